"""Work in slices, randomness as an argument, and the words for kinds of data, densities and honesty."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any, Literal, TypeVar

import torch

T = TypeVar("T")
Rng = torch.Generator
Work = Generator[None, None, T]
"""A computation in slices: yields ``None`` between slices of a few milliseconds and returns its result."""

Kind = Literal["real", "binary", "discrete"]
DensityKind = Literal["exact", "lower bound", "estimate", "unnormalised"]
Honesty = Literal["exact", "asymptotic", "heuristic"]


def finish(work: Generator[Any, None, T]) -> T:
    """Run a computation in slices, whatever it tells between them, to its end and return its result."""
    while True:
        try:
            next(work)
        except StopIteration as stop:
            result: T = stop.value
            return result


def rng_for(seed: int, *path: int, device: torch.device | str = "cpu", shift: int = 0) -> Rng:
    """A generator for one purpose, derived from a seed and a path of integers such as (stream, step).

    Equal arguments give equal streams; different paths give independent ones (SplitMix64 mixing of the path).
    ``shift`` is for tests alone, which set its default: every stream of the program becomes another.
    """
    state = (seed ^ (shift * 0xD1B54A32D192ED03)) & 0xFFFFFFFFFFFFFFFF
    for part in path:
        state = (state ^ (part & 0xFFFFFFFFFFFFFFFF)) * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF
        state = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9 & 0xFFFFFFFFFFFFFFFF
        state = (state ^ (state >> 27)) * 0x94D049BB133111EB & 0xFFFFFFFFFFFFFFFF
        state ^= state >> 31
    return torch.Generator(device).manual_seed(state & 0x7FFFFFFFFFFFFFFF)


@contextmanager
def seeded(rng: Rng) -> Iterator[None]:
    """What draws from torch's own generator on the CPU, as layers do for their first weights, draws by the seed of ``rng``.

    Afterwards that generator goes on as if nothing had happened. Others stay untouched: `torch.manual_seed` would seed
    those of every CUDA device too.
    """
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(rng.initial_seed())
        yield
