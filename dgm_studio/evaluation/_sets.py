"""Equally many samples, training and held-out examples, flat, for measures that compare sets."""

from __future__ import annotations

import torch
from torch import Tensor

from dgm_studio.contract import Evidence


def enough(evidence: Evidence, least: int = 2) -> bool:
    """Whether there are at least so many of each."""
    return min(len(evidence.samples), len(evidence.train), len(evidence.held_out)) >= least


def equal_sets(evidence: Evidence, most: int, least: int = 2) -> tuple[Tensor, Tensor, Tensor]:
    """Samples, training and held-out examples, (n, D) each, drawn without replacement.

    Raises ValueError where one of them has fewer than ``least``.
    """
    n = min(len(evidence.samples), len(evidence.train), len(evidence.held_out), most)
    if n < least:
        raise ValueError(f"this measure needs {least} samples, training and held-out examples each, not {n}")

    def some(x: Tensor) -> Tensor:
        return x[torch.randperm(len(x), generator=evidence.rng)[:n]].flatten(1).float()

    return some(evidence.samples), some(evidence.train), some(evidence.held_out)
