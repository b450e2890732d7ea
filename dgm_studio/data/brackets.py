"""Balanced brackets (Dyck words): each that opens is closed, by one of its kind and in the right order.

There are C_n k^n of n pairs of k kinds, where C_n = (2n choose n) / (n + 1). The number of pairs is uniform over 1 to 8, and so
is the word given it: with a height h and r letters left there are

    b(r, h) = (r choose (r - h) / 2) (h + 1) / ((r + h) / 2 + 1)

ways to go on without kinds, by which each letter is drawn (Chomsky & Schützenberger 1963).
"""

from __future__ import annotations

import math
from functools import cache
from typing import Literal

import torch

from dgm_studio.contract import Rng, Settings, knob
from dgm_studio.data.shared.strings import LONGEST, StringLaw, StringParams, source

PAIRS = ("()", "[]", "{}")
MOST = LONGEST // 2


class BracketParams(StringParams):
    """How many strings, of how many kinds of brackets."""

    examples: int = knob(20_000, 100, 50_000, scale="log", help="Strings drawn; a fifth of them is held out.")
    kinds: Literal[1, 2, 3] = knob(2, help="Kinds of brackets: round, square, curly. With one it is enough to count.")


@cache
def completions(left: int, height: int) -> int:
    """How many words of ``left`` brackets of one kind close ``height`` that are open."""
    if height > left or (left - height) % 2:
        return 0
    return math.comb(left, (left - height) // 2) * (height + 1) // ((left + height) // 2 + 1)


def balanced(text: str) -> bool:
    """Whether a text is made of brackets that close in order; nothing at all is no string of the data."""
    closing = {pair[1]: pair[0] for pair in PAIRS}
    opened: list[str] = []
    for letter in text:
        if letter in closing.values():
            opened.append(letter)
        elif letter not in closing or not opened or opened.pop() != closing[letter]:
            return False
    return bool(text) and not opened


def brackets(kinds: int) -> StringLaw:
    counts = [completions(2 * n, 0) * kinds**n for n in range(1, MOST + 1)]

    def one(n: int, chance: list[float], which: list[int]) -> str:
        letters: list[str] = []
        opened: list[int] = []
        for i in range(2 * n):
            left = 2 * n - i
            if chance[i] * completions(left, len(opened)) < completions(left - 1, len(opened) + 1):
                opened.append(which[i])
                letters.append(PAIRS[which[i]][0])
            else:
                letters.append(PAIRS[opened.pop()][1])
        return "".join(letters)

    def draw(n: int, rng: Rng) -> list[str]:
        pairs = torch.randint(1, MOST + 1, (n,), generator=rng).tolist()
        chance = torch.rand(n, LONGEST, generator=rng, dtype=torch.double).tolist()
        which = torch.randint(kinds, (n, LONGEST), generator=rng).tolist()
        return [one(*row) for row in zip(pairs, chance, which, strict=True)]

    def log_p(text: str) -> float:
        return -math.log(MOST * counts[len(text) // 2 - 1]) if rule(text) else -math.inf

    def rule(text: str) -> bool:
        return balanced(text) and set(text) <= set(letters) and len(text) <= LONGEST

    letters = "".join(PAIRS[:kinds])
    entropy = math.log(MOST) + sum(map(math.log, counts)) / MOST
    return StringLaw(letters, LONGEST, draw, rule, log_p, entropy, apart=False)


def _law(params: Settings) -> StringLaw:
    assert isinstance(params, BracketParams)
    return brackets(int(params.kinds))


SOURCES = (
    source(
        "brackets",
        "Brackets",
        "Balanced brackets of up to three kinds: whatever opens is closed in order, however far away.",
        BracketParams,
        _law,
    ),
)
