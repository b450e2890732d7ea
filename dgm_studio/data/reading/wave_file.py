"""Sounds from WAV files, by Python's own `wave`: 8, 16, 24 or 32 bits, channels mixed, other rates resampled, cut into seconds.

Whatever was done to a file is said; what cannot be used raises `DataError` with the cure.
"""

from __future__ import annotations

import wave
from dataclasses import dataclass
from math import gcd
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dgm_studio.data_error import DataError
from dgm_studio.language import tr
from dgm_studio.protocol.sounds import LOUDEST

SUFFIXES = (".wav", ".wave")
LONGEST = 600.0
"""Seconds of a file that are read, at most."""
SHORTEST = 0.1
"""Seconds that a file has at least; up to a whole second it is followed by silence."""
SILENT = 1e-4

Samples = NDArray[np.float64]


@dataclass(frozen=True)
class Wave:
    """A recording within [-1, 1], one channel, and what was done to read it."""

    x: Samples
    rate: int
    said: tuple[str, ...] = ()


def read_wave(path: Path) -> Wave:
    """The whole of a file. Raises `DataError`."""
    try:
        with wave.open(str(path), "rb") as file:
            channels, width, rate, count = file.getparams()[:4]
            content = file.readframes(min(count, int(LONGEST * rate)))
    except (wave.Error, EOFError) as error:
        why = str(error) or "it is cut short"
        cure = "save it as PCM of 16 bits" if "format" in why else "use another copy"
        raise DataError(
            tr("{path} cannot be read as a WAV file ({why}): {cure}", path=path, why=why, cure=cure)
        ) from None
    if width not in (1, 2, 3, 4) or not channels or not rate:
        raise DataError(tr("{path} has samples of {value} bits: save it as PCM of 16 bits", path=path, value=8 * width))
    x = _numbers(content[: len(content) // (width * channels) * width * channels], width).reshape(-1, channels)
    said = []
    if channels > 1:
        said.append(f"{channels} channels are mixed into one")
    if count > len(x):
        said.append(f"the first {len(x) / rate:,.0f} of {count / rate:,.0f} s are read")
    return Wave(x.mean(1), rate, tuple(said))


def _numbers(content: bytes, width: int) -> Samples:
    """PCM of so many bytes a sample, within [-1, 1]: unsigned where it is one byte, else signed, the least first."""
    if width == 1:
        return (np.frombuffer(content, np.uint8).astype(np.float64) - 128) / 128
    if width == 3:
        parts = np.frombuffer(content, np.uint8).reshape(-1, 3)
        padded = np.zeros((len(parts), 4), np.uint8)
        padded[:, 1:] = parts
        return padded.view("<i4")[:, 0] / float(1 << 31)
    return np.frombuffer(content, f"<i{width}") / float(1 << (8 * width - 1))


def resampled(x: Samples, rate: int, wanted: int) -> Samples:
    """Another rate by the Fourier transform: what lies above half of the lower of both is left out, all else is kept."""
    if rate == wanted:
        return x
    common = gcd(rate, wanted)
    pad = -len(x) % (rate // common)  # so that the lengths are whole
    long = np.concatenate([x, np.zeros(pad)])
    length = len(long) * wanted // rate
    spectrum = np.fft.rfft(long)
    kept = np.zeros(length // 2 + 1, complex)
    some = min(len(kept), len(spectrum))
    kept[:some] = spectrum[:some]
    found: Samples = np.fft.irfft(kept, length) * (length / len(long))
    return found[: round(len(x) * wanted / rate)]


def seconds_of(path: Path, rate: int, length: int) -> tuple[NDArray[np.int16], tuple[str, ...]]:
    """A file as sounds (n, length) of 16 bits at a rate, and what was done. Raises `DataError` for one that is too short or
    silent."""
    found = read_wave(path)
    said = list(found.said)
    if len(found.x) < SHORTEST * found.rate:
        raise DataError(
            tr(
                "{path} is {x:.2f} s long: {shortest:g} s are the least, {length:.2f} s are one sound",
                path=path,
                x=len(found.x) / found.rate,
                shortest=SHORTEST,
                length=length / rate,
            )
        )
    x = resampled(found.x, found.rate, rate)
    if found.rate != rate:
        said.append(f"resampled from {found.rate:,} to {rate:,} Hz")
    if np.abs(x).max() < SILENT:
        raise DataError(tr("{path} is silent: choose another recording", path=path))
    if np.abs(x).max() > 1:  # what lies between the samples of a loud file may be louder
        x = x / np.abs(x).max()
    if len(x) < length:
        said.append(f"{len(x) / rate:.2f} s long, with silence up to {length / rate:.2f} s")
        x = np.concatenate([x, np.zeros(length - len(x))])
    elif len(x) > length:
        said.append(f"{len(x) / rate:.2f} s long, cut into {len(x) // length} of {length / rate:.2f} s")
    rows = x[: len(x) // length * length].reshape(-1, length)
    loud = np.abs(rows).max(1) >= SILENT
    if not loud.all():
        said.append(f"{int((~loud).sum())} silent ones left out")
    return (rows[loud] * LOUDEST).round().clip(-LOUDEST, LOUDEST - 1).astype(np.int16), tuple(said)


def waves_in(path: Path) -> list[Path]:
    """The WAV files of a folder and of the folders in it, in order."""
    return sorted(p for p in path.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file() and p.name[0] != ".")
