"""Sounds on the command line: a WAV file as the run knows sounds, and what of it is to be filled in."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from dgm_studio.api.job import BadInput
from dgm_studio.contract import DataError
from dgm_studio.data.reading.wave_file import seconds_of, waves_in
from dgm_studio.protocol import messages as m
from dgm_studio.studio.wording import shortened

from .job import say


def sounds_from(path: Path, info: m.RunInfo) -> m.Array:
    """The sounds (n, T) int16 of a WAV file or of a folder of them, at the rate of the run; what was done is said. Raises
    BadInput."""
    files = waves_in(path) if path.is_dir() else [path]
    if not files:
        raise BadInput(f"{path} holds no WAV files. Name a file or another folder.")
    found = []
    for file in files:
        if not file.is_file():
            raise BadInput(f"{file} does not exist. Check the path.")
        try:
            rows, said = seconds_of(file, info.rate, info.event[-1])
        except DataError as error:
            raise BadInput(f"{error}.") from None
        for words in shortened(said):
            say(f"{file.name}: {words}.")
        found.append(rows)
    return np.concatenate(found)


def free_from(gap: str | None, every: int | None, info: m.RunInfo) -> m.Array:
    """1 where a sound (T,) is to be made: in a gap such as ``0.3-0.5`` in seconds, or wherever it is not every k-th sample.
    Raises BadInput."""
    length, rate = info.event[-1], info.rate
    if (gap is None) == (every is None):
        raise BadInput(
            "Say what is to be filled in: --gap START-END in seconds, or --every K where every K-th sample is known."
        )
    if every is not None:
        if not 2 <= every <= length:
            raise BadInput(f"--every takes a number from 2 to {length}, not {every}.")
        between: m.Array = np.arange(length) % every != 0
        return between.astype(np.float32)
    assert gap is not None
    try:
        start, end = (float(part) for part in gap.split("-"))
    except ValueError:
        raise BadInput(f"--gap takes START-END in seconds, such as 0.3-0.5, not {gap!r}.") from None
    if not 0 <= start < end or start >= length / rate:
        raise BadInput(
            f"--gap lies within the {length / rate:.3f} s of a sound, its start before its end; {gap!r} does not."
        )
    at = np.arange(length) / rate
    within: m.Array = (at >= start) & (at < end)
    return within.astype(np.float32)
