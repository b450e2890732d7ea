"""Files of pictures: whole ones come back bit for bit, others are refused, and a flipped bit spoils what follows."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from dgm_studio.compression import archive, coder, usual
from dgm_studio.compression.archive import BadArchive, PictureArchive
from dgm_studio.contract import Lossless, finish
from dgm_studio.studio.reading.flipping import flipped

EVENT, LEVELS, MARK = (1, 3, 4), 3, b"eightby."


class Repeating:
    """A number is likely what the one before it was."""

    def __init__(self, n: int, stay: float = 0.9) -> None:
        self.stay, self.last = stay, np.zeros(n, np.int64)

    def read(self) -> np.ndarray:
        p = np.full((len(self.last), LEVELS), (1 - self.stay) / (LEVELS - 1))
        p[np.arange(len(p)), self.last] = self.stay
        return np.log(p)

    def write(self, level: np.ndarray) -> None:
        self.last = level.copy()


def lossless(stay: float = 0.9) -> Lossless:
    def unused(x: torch.Tensor) -> torch.Tensor:
        raise AssertionError("only numbers are looked at")

    return Lossless(LEVELS, 12, unused, unused, lambda n: Repeating(n, stay))


def numbers(n: int = 70, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    found = np.zeros((n, 12), np.int64)
    for i in range(1, 12):
        found[:, i] = np.where(rng.random(n) < 0.9, found[:, i - 1], rng.integers(0, LEVELS, n))
    return found


def written(k: np.ndarray) -> bytes:
    return finish(archive.compress(lossless(), MARK, EVENT, k, group=16))[0].to_bytes()


def read(data: bytes, *, stay: float = 0.9, mark: bytes = MARK, damaged: bool = False) -> np.ndarray:
    found = PictureArchive.from_bytes(data, damaged=damaged)
    return finish(archive.decompress(lossless(stay), mark, EVENT, found, damaged=damaged))


def test_numbers_come_back() -> None:
    for n in (1, 16, 70):
        assert np.array_equal(read(written(numbers(n))), numbers(n))


def test_the_size_is_the_models_own_likelihood() -> None:
    """But for two bits, and for frequencies of 16 bits, which make up for what they lose elsewhere."""
    found, message = finish(archive.compress(lossless(), MARK, EVENT, numbers(400), group=16))
    assert 0.995 * message.ideal - 10 <= 8 * len(found.payload) <= 1.005 * message.ideal + 10


def test_every_bit_of_a_file_is_looked_after() -> None:
    """Whichever is turned, nothing is read; a flip within the magic or the version is a word of its own."""
    data = written(numbers(8))
    for bit in range(8 * len(data)):
        other = bytearray(data)
        other[bit // 8] ^= 1 << bit % 8
        with pytest.raises(BadArchive):
            read(bytes(other))


def test_every_shorter_file_is_refused() -> None:
    data = written(numbers(8))
    for end in range(len(data)):
        with pytest.raises(BadArchive):
            read(data[:end])
    with pytest.raises(BadArchive, match="damaged"):
        read(data + b"\0")


@given(st.binary(max_size=80))
@settings(max_examples=200, deadline=None)
def test_foreign_bytes_are_refused(data: bytes) -> None:
    for begin in (b"", archive.MAGIC + bytes([archive.VERSION])):
        with pytest.raises(BadArchive):
            PictureArchive.from_bytes(begin + data)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda d: b"PK\3\4" + d[4:], "no .dgmz file"),
        (lambda d: d[:4] + bytes([9]) + d[5:], "format 9.*Update"),
        (lambda d: d[:-3], "cut off.*Copy it again"),
        (lambda d: d[:-1] + bytes([d[-1] ^ 1]), "damaged.*another copy"),
    ],
)
def test_what_is_wrong_is_said_with_the_cure(change, words: str) -> None:
    with pytest.raises(BadArchive, match=words):
        read(change(written(numbers())))


def test_another_model_is_named() -> None:
    with pytest.raises(BadArchive, match=r"another model.*Give the run"):
        read(written(numbers()), mark=b"another.")


def test_other_probabilities_are_told_from_damage() -> None:
    with pytest.raises(BadArchive, match="other probabilities"):
        read(written(numbers()), stay=0.8)


def test_a_flipped_bit_spoils_what_follows_and_nothing_before() -> None:
    k = numbers()
    data = written(k)
    coded = len(PictureArchive.from_bytes(data).payload)
    turned = flipped(data, coded, 8 * coded // 2)
    assert flipped(turned, coded, 8 * coded // 2 + 8 * coded) == data
    with pytest.raises(BadArchive, match="damaged"):
        read(turned)
    there = read(turned, damaged=True)
    same = (there == k).all(1)
    assert same[:16].all()
    assert not same[-16:].all()


def test_frequencies_are_whole_positive_and_near_the_probabilities() -> None:
    rng = np.random.default_rng(0)
    for levels in (2, 17, 256):
        log_p = 30 * rng.standard_normal((50, levels))
        found = coder.frequencies(log_p)
        assert (found.sum(1) == coder.TOTAL).all()
        assert found.min() >= 1
        p = np.exp(log_p - log_p.max(1, keepdims=True))
        assert np.allclose(found / coder.TOTAL, p / p.sum(1, keepdims=True), atol=(levels + 1) / coder.TOTAL)


def test_what_does_not_come_back_is_not_written() -> None:
    """A device that gives other numbers from pass to pass."""
    calls = iter(range(1000))
    uneven = Lossless(LEVELS, 12, lambda x: x, lambda x: x, lambda n: Repeating(n, 0.9 - 0.1 * (next(calls) > 4)))
    with pytest.raises(BadArchive, match="nothing is written"):
        finish(archive.compress(uneven, MARK, EVENT, numbers(70), group=16))


@pytest.mark.parametrize("levels", [2, 4, 17, 256])
def test_usual_sizes_hold_every_number(levels: int) -> None:
    k = np.random.default_rng(0).integers(0, levels, (9, 16)).astype(np.uint8)
    packed = usual.packed(k, levels)
    bits = int(np.ceil(np.log2(levels)))
    each = np.unpackbits(np.frombuffer(packed, np.uint8))[: bits * k.size].reshape(-1, bits)
    assert np.array_equal(each @ (1 << np.arange(bits)[::-1]), k.ravel())
    sizes = usual.sizes(k, k.reshape(9, 4, 4), levels)
    assert sizes["raw"] == len(packed)
    assert sizes["zlib"] > 0
    assert sizes["png"] > 0
