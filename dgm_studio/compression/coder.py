"""Coding examples by a model: each number by its probability given those before it, as the decoder will find it.

Half a unit in the last place is enough to ruin a file: where encoder and decoder disagree about one frequency, all that
follows is noise. So the encoder goes the decoder's own way, number after number through the same passes in the same groups, and
never through the one pass that would score a whole example. Probabilities are float64 and frequencies of 16 bits, each at
least 1, so that another processor, whose sums round elsewhere, finds the same ones but for a chance in a million.

What a file costs is ``sum -log2 p`` of its numbers, the model's own negative log-likelihood (Shannon 1948), and some bytes.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dgm_studio.compression.arithmetic import ArithmeticDecoder, ArithmeticEncoder
from dgm_studio.contract import Lossless, SymbolWalk, Work

Numbers = NDArray[np.int64]
TOTAL = 1 << 16
"""The sum of the frequencies of all levels of a number."""
GROUP = 24
"""Examples that are walked side by side; what is damaged in one group leaves those before it whole."""


@dataclass(frozen=True)
class Message:
    """Numbers as ``payload``, and ``ideal``, the bits that the model's own probabilities would take."""

    payload: bytes
    ideal: float


def frequencies(log_p: NDArray[np.float64]) -> Numbers:
    """Log-probabilities (n, L) to whole numbers (n, L) of at least 1 that sum to `TOTAL`; L is at most 256."""
    levels = log_p.shape[-1]
    p = np.exp(log_p - log_p.max(-1, keepdims=True))
    share = p / p.sum(-1, keepdims=True)
    found: Numbers = 1 + np.floor(share * (TOTAL - levels)).astype(np.int64)
    likeliest = share.argmax(-1)
    found[np.arange(len(found)), likeliest] += TOTAL - found.sum(-1)
    return found


def encode(lossless: Lossless, numbers: Numbers, group: int = GROUP) -> Work[Message]:
    """Numbers (n, D) below ``lossless.levels`` to bytes, in slices."""
    encoder, ideal = ArithmeticEncoder(), 0.0
    for first in range(0, len(numbers), group):
        part = numbers[first : first + group]
        walk = lossless.begin(len(part))
        for position in range(lossless.size):
            log_p, ends = _ends(walk)
            given = part[:, position]
            ideal -= float(np.take_along_axis(log_p, given[:, None], 1).sum()) / np.log(2)
            for row, level in zip(ends, given.tolist(), strict=True):
                encoder.write(row[level], row[level + 1], TOTAL)
            if position + 1 < lossless.size:
                walk.write(given)
            yield
    return Message(encoder.finish(), ideal)


def decode(lossless: Lossless, payload: bytes, n: int, group: int = GROUP) -> Work[Numbers]:
    """Bytes to numbers (n, D), in slices. Bytes that nobody wrote are some message, too."""
    decoder = ArithmeticDecoder(payload)
    numbers = np.zeros((n, lossless.size), np.int64)
    for first in range(0, n, group):
        part = numbers[first : first + group]
        walk = lossless.begin(len(part))
        for position in range(lossless.size):
            _, ends = _ends(walk)
            for i, row in enumerate(ends):
                wanted = decoder.where(TOTAL)
                level = bisect_right(row, wanted) - 1
                decoder.read(row[level], row[level + 1], TOTAL)
                part[i, position] = level
            if position + 1 < lossless.size:
                walk.write(part[:, position])
            yield
    return numbers


def _ends(walk: SymbolWalk) -> tuple[NDArray[np.float64], list[list[int]]]:
    """Log-probabilities (n, L) of the next number, and where the shares of its levels begin and end, (n, L + 1) of `TOTAL`."""
    log_p = walk.read()
    ends = np.zeros((len(log_p), log_p.shape[1] + 1), np.int64)
    np.cumsum(frequencies(log_p), axis=1, out=ends[:, 1:])
    return log_p, ends.tolist()
