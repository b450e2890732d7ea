"""The files that films are written to, a frame at a time: animated WebP, APNG and GIF.

Each frame after the first holds the rectangle alone in which it differs from the one before; what follows from the two is
made by `FilmForm.packed`, which needs no other frame, so that several are made at a time, and written in order. Only a few
frames are in memory. Formats: WebP container (RFC 9649), APNG (Portable Network Graphics, third edition, 2025), GIF89a.
"""

from __future__ import annotations

import io
import struct
import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import IO

import numpy as np
from PIL import GifImagePlugin, Image

from dgm_studio.protocol.messages import Array

_FASTEST = {"lossless": True, "quality": 0, "method": 0, "exact": True}
"""How WebP is written: without loss; more effort costs seconds a frame and saves a tenth."""


def changed(before: Array | None, now: Array, even: bool = False) -> tuple[int, int, int, int]:
    """The rectangle (left, top, right, bottom) in which two frames (H, W, C) differ, of one pixel where they do not; with
    ``even`` its left and top are even numbers.
    """
    height, width = now.shape[:2]
    if before is None:
        return 0, 0, width, height
    other = (before != now).any(-1)
    rows, columns = np.flatnonzero(other.any(1)), np.flatnonzero(other.any(0))
    if not len(rows):
        return 0, 0, 1, 1
    left, top, right, bottom = int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
    return (left - left % 2, top - top % 2, right, bottom) if even else (left, top, right, bottom)


class FilmForm(ABC):
    """How a film of ``count`` frames of ``size`` (width, height), ``fps`` a second, is written; ``alpha``: the pixels given are
    (H, W, 4), else (H, W, 3), uint8.
    """

    def __init__(self, size: tuple[int, int], count: int, fps: float, loop: bool, alpha: bool) -> None:
        self._size, self._count, self._fps, self._loop, self._alpha = size, count, fps, loop, alpha

    @abstractmethod
    def begin(self, file: IO[bytes]) -> None:
        """Write what stands before the first frame."""

    @abstractmethod
    def packed(self, before: Array | None, now: Array) -> tuple[bytes, tuple[int, int, int, int]]:
        """A frame in the form of the file, with the rectangle that it fills. Touches nothing else: made in any thread."""

    @abstractmethod
    def write(self, file: IO[bytes], index: int, data: bytes, where: tuple[int, int, int, int]) -> None:
        """Write a packed frame; they come in order."""

    @abstractmethod
    def end(self, file: IO[bytes]) -> None:
        """Write what stands after the last frame."""

    def _ticks(self, index: int, a_second: int) -> int:
        """How long a frame is seen in parts of a second; over a film no time is lost to rounding."""
        return round((index + 1) * a_second / self._fps) - round(index * a_second / self._fps)


class WebP(FilmForm):
    """Animated WebP without loss."""

    def begin(self, file: IO[bytes]) -> None:
        width, height = self._size
        file.write(b"RIFF\0\0\0\0WEBP")
        flags = 0x02 | (0x10 if self._alpha else 0)
        file.write(_riff(b"VP8X", bytes([flags, 0, 0, 0]) + _three(width - 1) + _three(height - 1)))
        file.write(_riff(b"ANIM", b"\0\0\0\0" + struct.pack("<H", 0 if self._loop else 1)))

    def packed(self, before: Array | None, now: Array) -> tuple[bytes, tuple[int, int, int, int]]:
        left, top, right, bottom = changed(before, now, even=True)
        buffer = io.BytesIO()
        Image.fromarray(np.ascontiguousarray(now[top:bottom, left:right])).save(buffer, "WEBP", **_FASTEST)
        whole = buffer.getvalue()
        parts = b"".join(whole[at : at + size] for name, at, size in _chunks(whole) if name in _PIXELS)
        return parts, (left, top, right, bottom)

    def write(self, file: IO[bytes], index: int, data: bytes, where: tuple[int, int, int, int]) -> None:
        left, top, right, bottom = where
        head = b"".join(
            map(_three, (left // 2, top // 2, right - left - 1, bottom - top - 1, self._ticks(index, 1000)))
        )
        file.write(_riff(b"ANMF", head + b"\x02" + data))  # laid over what was there, not mixed with it

    def end(self, file: IO[bytes]) -> None:
        size = file.tell()
        file.seek(4)
        file.write(struct.pack("<I", size - 8))
        file.seek(size)


_PIXELS = (b"VP8L", b"VP8 ", b"ALPH")


def _riff(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def _three(value: int) -> bytes:
    return value.to_bytes(3, "little")


def _chunks(whole: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Name, place and size with head and padding of the chunks of a WebP file."""
    at = 12
    while at + 8 <= len(whole):
        length = 8 + struct.unpack_from("<I", whole, at + 4)[0]
        yield whole[at : at + 4], at, length + length % 2
        at += length + length % 2


class Apng(FilmForm):
    """Animated PNG; who knows no animation shows the first frame."""

    def begin(self, file: IO[bytes]) -> None:
        width, height = self._size
        self._told = 0
        file.write(b"\x89PNG\r\n\x1a\n")
        file.write(_png(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 6 if self._alpha else 2, 0, 0, 0)))
        file.write(_png(b"acTL", struct.pack(">II", self._count, 0 if self._loop else 1)))

    def packed(self, before: Array | None, now: Array) -> tuple[bytes, tuple[int, int, int, int]]:
        left, top, right, bottom = changed(before, now)
        part = now[top:bottom, left:right]
        rows = np.full((len(part), 1 + part[0].size), 2, np.uint8)  # each byte less the one above it: filter 2
        flat = part.reshape(len(part), -1)
        rows[0, 1:] = flat[0]
        np.subtract(flat[1:], flat[:-1], out=rows[1:, 1:])
        return zlib.compress(rows.tobytes(), 4), (left, top, right, bottom)

    def write(self, file: IO[bytes], index: int, data: bytes, where: tuple[int, int, int, int]) -> None:
        left, top, right, bottom = where
        numerator, denominator = (
            (1, int(self._fps)) if float(self._fps).is_integer() else (self._ticks(index, 1000), 1000)
        )
        control = struct.pack(
            ">IIIIIHHBB", self._told, right - left, bottom - top, left, top, numerator, denominator, 0, 0
        )
        file.write(_png(b"fcTL", control))
        self._told += 1
        if index == 0:
            file.write(_png(b"IDAT", data))
        else:
            file.write(_png(b"fdAT", struct.pack(">I", self._told) + data))
            self._told += 1

    def end(self, file: IO[bytes]) -> None:
        file.write(_png(b"IEND", b""))


def _png(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


class Gif(FilmForm):
    """GIF, each frame with a table of 255 colours of its own; what is hardly opaque becomes transparent."""

    def begin(self, file: IO[bytes]) -> None:
        width, height = self._size
        file.write(b"GIF89a" + struct.pack("<HHBBB", width, height, 0, 0, 0))
        if self._loop:
            file.write(b"!\xff\x0bNETSCAPE2.0\x03\x01\0\0\0")

    def packed(self, before: Array | None, now: Array) -> tuple[bytes, tuple[int, int, int, int]]:
        left, top, right, bottom = changed(None if self._alpha else before, now)
        part = np.ascontiguousarray(now[top:bottom, left:right])
        image = Image.fromarray(part[..., :3]).quantize(255, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        extra: dict[str, int] = {}
        if self._alpha:  # what was drawn before is cleared, for transparent pixels cover nothing
            index = np.asarray(image).copy()
            index[part[..., 3] < 128] = 255
            palette = (image.getpalette() or []) + [0] * 768
            image = Image.fromarray(index, "P")
            image.putpalette(palette[:768])
            extra = {"transparency": 255, "disposal": 2}
        data = GifImagePlugin.getdata(image, (left, top), include_color_table=True, **extra)
        return b"".join(data), (left, top, right, bottom)

    def write(self, file: IO[bytes], index: int, data: bytes, where: tuple[int, int, int, int]) -> None:
        hundredths = self._ticks(index, 100)
        if data.startswith(b"!\xf9"):
            file.write(data[:4] + struct.pack("<H", hundredths) + data[6:])
        else:
            file.write(b"!\xf9\x04\x04" + struct.pack("<H", hundredths) + b"\0\0" + data)

    def end(self, file: IO[bytes]) -> None:
        file.write(b";")
