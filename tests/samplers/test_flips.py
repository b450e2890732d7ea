"""Moves of binary units against the distribution over all their states."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from dgm_studio.contract import rng_for
from dgm_studio.samplers.flips import UnitStates, flip_move

EVERY = torch.tensor([[(i >> k) & 1 for k in range(4)] for i in range(16)]).float()


def coupled() -> tuple[Tensor, Tensor]:
    rng = rng_for(1)
    joined = torch.randn(4, 4, generator=rng)
    return torch.randn(4, generator=rng), (joined + joined.T).fill_diagonal_(0) / 2


def log_density(h: Tensor) -> tuple[Tensor, Tensor]:
    bias, joined = coupled()
    return h @ bias + 0.5 * ((h @ joined) * h).sum(1), bias + h @ joined


@pytest.mark.parametrize("size", [0.3, 2.0])
def test_moves_end_in_the_density_whatever_their_size(size: float) -> None:
    rng = rng_for(0)
    here = UnitStates.at(log_density, torch.zeros(20_000, 4))
    for _ in range(80):
        here, moved = flip_move(log_density, here, size, rng)
    assert 0.2 < float(moved.float().mean()) < 1
    number = (here.h @ 2.0 ** torch.arange(4)).long()
    found = torch.bincount(number, minlength=16) / len(number)
    assert float((found - log_density(EVERY)[0].softmax(0)).abs().sum()) / 2 < 0.02
