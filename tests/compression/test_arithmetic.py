"""Arithmetic coding against exact fractions, against the entropy, and against another coder."""

from __future__ import annotations

import math
from fractions import Fraction

import constriction
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dgm_studio.compression.arithmetic import MOST, ArithmeticDecoder, ArithmeticEncoder

Laws = list[tuple[list[int], int]]


@st.composite
def messages(draw: st.DrawFn) -> Laws:
    """Symbols, each under frequencies of its own, from even to one in a million."""
    found: Laws = []
    for _ in range(draw(st.integers(0, 40))):
        weights = draw(st.lists(st.integers(1, MOST // 8), min_size=1, max_size=8))
        found.append((weights, draw(st.integers(0, len(weights) - 1))))
    return found


def encoded(message: Laws) -> bytes:
    encoder = ArithmeticEncoder()
    for weights, symbol in message:
        encoder.write(sum(weights[:symbol]), sum(weights[: symbol + 1]), sum(weights))
    return encoder.finish()


def decoded(data: bytes, laws: list[list[int]]) -> list[int]:
    decoder, found = ArithmeticDecoder(data), []
    for weights in laws:
        ends = np.cumsum([0, *weights]).tolist()
        where = decoder.where(ends[-1])
        symbol = next(i for i in range(len(weights)) if ends[i] <= where < ends[i + 1])
        decoder.read(ends[symbol], ends[symbol + 1], ends[-1])
        found.append(symbol)
    return found


def interval(message: Laws) -> tuple[Fraction, Fraction]:
    """The message as [low, low + range) of [0, 1), without rounding."""
    low, width = Fraction(0), Fraction(1)
    for weights, symbol in message:
        total = sum(weights)
        low += width * Fraction(sum(weights[:symbol]), total)
        width *= Fraction(weights[symbol], total)
    return low, width


@given(messages())
@settings(max_examples=150, deadline=None)
def test_what_is_written_is_read(message: Laws) -> None:
    assert decoded(encoded(message), [weights for weights, _ in message]) == [symbol for _, symbol in message]


@given(messages())
@settings(max_examples=60, deadline=None)
def test_the_bytes_are_a_number_that_means_this_message(message: Laws) -> None:
    """Its place among exact fractions, but for the last of 48 bits at every symbol, and its length."""
    data = encoded(message)
    low, width = interval(message)
    number = Fraction(int.from_bytes(data, "big"), 256 ** len(data))
    slack = Fraction(len(message) + 1, 1 << 45)
    assert low - slack <= number <= low + width + slack
    bits = -math.log2(width.numerator) + math.log2(width.denominator)
    assert 8 * len(data) <= bits + 2 + 8 + len(message) * 2**-20


def test_a_long_message_costs_its_entropy() -> None:
    rng = np.random.default_rng(0)
    weights = [1, 9, 90, 900]
    p = np.array(weights) / sum(weights)
    symbols = rng.choice(4, size=20_000, p=p)
    bits = -np.log2(p[symbols]).sum()
    data = encoded([(weights, int(s)) for s in symbols])
    assert bits <= 8 * len(data) <= bits + 10
    assert decoded(data, [weights] * len(symbols)) == symbols.tolist()


@pytest.mark.parametrize("levels", [2, 17, 256])
def test_another_coder_needs_as_many_bytes(levels: int) -> None:
    """constriction's range coder under the same laws, whose words are of four bytes."""
    rng = np.random.default_rng(levels)
    total = 1 << 16
    counts = 1 + rng.multinomial(total - levels, rng.dirichlet(np.full(levels, 0.3)), size=2000)
    symbols = np.array([rng.choice(levels, p=row / total) for row in counts], np.int32)
    ours = encoded([(row.tolist(), int(s)) for row, s in zip(counts, symbols, strict=True)])
    theirs = constriction.stream.queue.RangeEncoder()
    theirs.encode(symbols, constriction.stream.model.Categorical(perfect=False), (counts / total).astype(np.float32))
    assert abs(len(ours) - 4 * len(theirs.get_compressed())) <= 12


def test_a_certain_message_costs_nothing() -> None:
    assert encoded([([5], 0)] * 1000) == b""
    assert decoded(b"", [[5]] * 3) == [0, 0, 0]


@given(st.binary(max_size=40))
@settings(max_examples=100, deadline=None)
def test_any_bytes_are_some_message(data: bytes) -> None:
    assert len(decoded(data, [[1, 2, 3]] * 50)) == 50
