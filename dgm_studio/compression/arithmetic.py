"""Arithmetic coding with whole numbers: a message becomes one number in [0, 1), written to just as many bits as tell it apart.

Symbol s of frequency f_s of T narrows the interval [low, low + range) to its share [F_s, F_s + f_s) / T of it, so that a
message costs

    sum_i log2(T / f_(s_i)) bits, and at most two more to end it.

Leading bits in which both ends agree are written at once; ends that meet around one half wait until it is known to which
side they go (Witten, Neal & Cleary 1987, doi:10.1145/214762.214771). Numbers of Python have no width, so 48 bits serve.
"""

from __future__ import annotations

_WIDTH = 48
_WHOLE = 1 << _WIDTH
_HALF, _QUARTER = _WHOLE >> 1, _WHOLE >> 2
MOST = 1 << 24
"""The largest total of frequencies: the interval is never narrower than a quarter of the whole, 2^22 times as wide."""


class ArithmeticEncoder:
    """Writes symbols one after the other; ``finish`` gives the bytes."""

    def __init__(self) -> None:
        self._low, self._high = 0, _WHOLE - 1
        self._waiting = 0
        self._bits: list[int] = []

    def write(self, start: int, stop: int, total: int) -> None:
        """The symbol that takes [start, stop) of ``total``; 0 <= start < stop <= total <= `MOST`."""
        width = self._high - self._low + 1
        self._high = self._low + width * stop // total - 1
        self._low += width * start // total
        while True:
            if self._high < _HALF:
                self._put(0)
            elif self._low >= _HALF:
                self._put(1)
                self._low, self._high = self._low - _HALF, self._high - _HALF
            elif self._low >= _QUARTER and self._high < _HALF + _QUARTER:
                self._waiting += 1
                self._low, self._high = self._low - _QUARTER, self._high - _QUARTER
            else:
                return
            self._low, self._high = 2 * self._low, 2 * self._high + 1

    def _put(self, bit: int) -> None:
        self._bits.append(bit)
        self._bits.extend([1 - bit] * self._waiting)
        self._waiting = 0

    def finish(self) -> bytes:
        """All that was written. Bits that are missing behind the last are zeros to who reads."""
        if self._low > 0 or self._waiting:
            # a number within the interval whose further bits are zeros: a half if that is inside, else three quarters or one
            self._waiting += 1
            self._put(0 if self._low < _QUARTER else 1)
        bits, self._bits = self._bits, []
        while bits and not bits[-1]:
            bits.pop()
        bits += [0] * (-len(bits) % 8)
        return int("".join(map(str, bits)) or "0", 2).to_bytes(len(bits) // 8, "big")


class ArithmeticDecoder:
    """Reads what an `ArithmeticEncoder` wrote, given the same frequencies; whatever the bytes are, it finds some message."""

    def __init__(self, data: bytes) -> None:
        self._low, self._high = 0, _WHOLE - 1
        self._data, self._at = data, 0
        self._value = 0
        for _ in range(_WIDTH):
            self._value = 2 * self._value + self._bit()

    def _bit(self) -> int:
        byte, place = divmod(self._at, 8)
        self._at += 1
        return self._data[byte] >> (7 - place) & 1 if byte < len(self._data) else 0

    def where(self, total: int) -> int:
        """The number in [0, total) that lies within the next symbol's share."""
        width = self._high - self._low + 1
        return ((self._value - self._low + 1) * total - 1) // width

    def read(self, start: int, stop: int, total: int) -> None:
        """Move on past the symbol that takes [start, stop) of ``total``, in which `where` lies."""
        width = self._high - self._low + 1
        self._high = self._low + width * stop // total - 1
        self._low += width * start // total
        while True:
            if self._high < _HALF:
                gone = 0
            elif self._low >= _HALF:
                gone = _HALF
            elif self._low >= _QUARTER and self._high < _HALF + _QUARTER:
                gone = _QUARTER
            else:
                return
            self._low, self._high = 2 * (self._low - gone), 2 * (self._high - gone) + 1
            self._value = 2 * (self._value - gone) + self._bit()
