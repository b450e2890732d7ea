"""The file around what was coded: ``.dgmz``, all that is needed to refuse what is not whole or belongs to another model.

    "DGMZ" | version | fingerprint of the model, 8 bytes | examples, channels, height, width, levels, group, bytes of the
    message, each in base 128 with the lowest digits first | CRC-32 of the numbers | CRC-32 of all else | message

The model is not in it: whoever reads needs the same run. Both checks are looked at, one before anything is decoded and the
other after it.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np

from dgm_studio.compression.coder import GROUP, Message, Numbers, decode, encode
from dgm_studio.contract import Lossless, Work
from dgm_studio.data_error import DataError
from dgm_studio.language import tr

MAGIC, VERSION, MARK = b"DGMZ", 1, 8
MOST_EXAMPLES, _MOST_GROUP = 1_000_000, 4096
_CHECK = 4


class BadArchive(DataError):
    """A ``.dgmz`` file that cannot be used; the message says why and what to do."""


@dataclass(frozen=True)
class PictureArchive:
    """Coded examples. ``mark`` is the fingerprint of the model, ``event`` the shape (C, H, W) of an example, ``check`` the
    CRC-32 of the numbers."""

    mark: bytes
    count: int
    event: tuple[int, int, int]
    levels: int
    group: int
    check: int
    payload: bytes

    def to_bytes(self) -> bytes:
        """The whole file."""
        fields = (self.count, *self.event, self.levels, self.group, len(self.payload))
        head = MAGIC + bytes([VERSION]) + self.mark + b"".join(map(_in_base_128, fields))
        head += self.check.to_bytes(_CHECK, "big")
        return head + zlib.crc32(self.payload, zlib.crc32(head)).to_bytes(_CHECK, "big") + self.payload

    @classmethod
    def from_bytes(cls, data: bytes, *, damaged: bool = False) -> PictureArchive:
        """What a file holds. Raises BadArchive for one that is foreign, newer, cut off or changed, unless it may be
        ``damaged``."""
        begin = len(MAGIC) + 1 + MARK
        if data[: len(MAGIC)] != MAGIC[: len(data)] or not data:
            raise BadArchive(tr("This is no .dgmz file. Give one that dgm-studio compress wrote."))
        if len(data) > len(MAGIC) and data[len(MAGIC)] != VERSION:
            raise BadArchive(
                tr(
                    "This .dgmz file is of format {data}, and this program reads format {version}. Update the program.",
                    data=data[len(MAGIC)],
                    version=VERSION,
                )
            )
        try:
            at, fields = begin, []
            for _ in range(7):
                value, at = _from_base_128(data, at)
                fields.append(value)
            count, channels, height, width, levels, group, size = fields
            check, whole = (int.from_bytes(data[at + k : at + k + _CHECK], "big") for k in (0, _CHECK))
            head, payload = data[: at + _CHECK], data[at + 2 * _CHECK :]
        except IndexError:
            raise BadArchive(tr("This .dgmz file ends within its head: it was cut off. Copy it again.")) from None
        if len(payload) < size:
            raise BadArchive(
                tr(
                    "This .dgmz file was cut off: it has {payload:,} of {size:,} coded bytes. Copy it again.",
                    payload=len(payload),
                    size=size,
                )
            )
        changed = len(payload) > size or zlib.crc32(payload, zlib.crc32(head)) != whole
        if changed and not damaged:
            raise BadArchive(tr("This .dgmz file is damaged: its checksum is another. Use another copy."))
        if not (0 < count <= MOST_EXAMPLES and 0 < group <= _MOST_GROUP and 2 <= levels <= 256):
            raise BadArchive(tr("This .dgmz file says of itself what cannot be. Use another copy."))
        return cls(data[len(MAGIC) + 1 : begin], count, (channels, height, width), levels, group, check, payload)


def compress(
    lossless: Lossless, mark: bytes, event: tuple[int, int, int], numbers: Numbers, group: int = GROUP
) -> Work[tuple[PictureArchive, Message]]:
    """Numbers (n, D) as an archive, which was decoded and compared number by number before anybody hears of its size.

    Raises BadArchive where that fails.
    """
    message = yield from encode(lossless, numbers, group)
    back = yield from decode(lossless, message.payload, len(numbers), group)
    if not np.array_equal(back, numbers):
        raise BadArchive(
            tr(
                "What was coded did not come back as it was, so nothing is written: this device gives other probabilities from "
                "one pass to the next. Use the CPU."
            )
        )
    return PictureArchive(
        mark, len(numbers), event, lossless.levels, group, check_of(numbers), message.payload
    ), message


def decompress(
    lossless: Lossless, mark: bytes, event: tuple[int, int, int], archive: PictureArchive, *, damaged: bool = False
) -> Work[Numbers]:
    """The numbers (n, D) of an archive. Raises BadArchive where it belongs to another model, and where what comes out is not
    what went in, unless it may be ``damaged``."""
    if archive.mark != mark:
        raise BadArchive(
            tr(
                "This .dgmz file was written with another model ({hex}; this one is {hex_2}). Give the "
                "run that it was compressed with, at the same training step.",
                hex=archive.mark.hex(),
                hex_2=mark.hex(),
            )
        )
    if (archive.event, archive.levels) != (event, lossless.levels):
        raise BadArchive(tr("This .dgmz file holds examples of another shape than its model knows. Use another copy."))
    numbers = yield from decode(lossless, archive.payload, archive.count, archive.group)
    if not damaged and check_of(numbers) != archive.check:
        raise BadArchive(
            tr(
                "The examples in this .dgmz file do not come out as they went in: this machine finds other probabilities than "
                "the one that wrote it. Decompress it there."
            )
        )
    return numbers


def check_of(numbers: Numbers) -> int:
    """CRC-32 of numbers below 256."""
    return zlib.crc32(np.ascontiguousarray(numbers, np.uint8).tobytes())


def _in_base_128(value: int) -> bytes:
    digits = bytearray()
    while value > 127:
        digits.append(value & 127 | 128)
        value >>= 7
    return bytes([*digits, value])


def _from_base_128(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        digit = data[at]
        value, shift, at = value | (digit & 127) << shift, shift + 7, at + 1
        if digit < 128:
            return value, at
        if shift > 63:
            raise IndexError
