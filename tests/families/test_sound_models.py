"""The autoregressive model of sounds: its cursor against its parallel pass, companding, and what it may hear."""

from __future__ import annotations

import pytest
import torch

from dgm_studio.contract import rng_for, seeded
from dgm_studio.families.shared.levels import companded, expanded, from_levels, to_levels
from dgm_studio.nets.causal_wave import WaveNet

LEVELS, SIZE = 16, 200


@pytest.fixture(scope="module")
def net() -> WaveNet:
    with seeded(rng_for(1)):
        return WaveNet(SIZE, LEVELS, torch.linspace(-1, 1, LEVELS), 2, 8, 4).double().requires_grad_(False)


@pytest.fixture(scope="module")
def level() -> torch.Tensor:
    return torch.randint(LEVELS, (3, SIZE), generator=rng_for(2))


@pytest.mark.parametrize("done", [0, 1, 63, 150])
def test_written_one_by_one_it_says_what_it_says_at_once(net: WaveNet, level: torch.Tensor, done: int) -> None:
    given = torch.eye(2, dtype=torch.double)[[0, 1, 0]]
    at_once = net.logits(net.waves(level).double(), given)
    cursor = net.cursor(level, done, given)
    for i in range(done, SIZE):
        assert torch.allclose(cursor.read(), at_once[:, i], atol=1e-9)
        cursor.write(level[:, i])


def test_no_sample_hears_itself_or_what_follows(net: WaveNet, level: torch.Tensor) -> None:
    waves = net.waves(level).double()
    given = torch.zeros(3, 2, dtype=torch.double)
    changed = waves.clone()
    changed[:, 90:] = 0
    before, after = net.logits(waves, given), net.logits(changed, given)
    assert torch.equal(before[:, :91], after[:, :91])
    assert not torch.equal(before[:, 91], after[:, 91])


def test_companding_is_undone_and_levels_come_back() -> None:
    x = torch.linspace(-1, 1, 1001)
    assert torch.allclose(expanded(companded(x, 256), 256), x, atol=1e-5)
    k = torch.arange(256)[None]
    sound = from_levels(k, 256, (1, 256))
    assert sound.shape == (1, 1, 256)
    assert torch.equal(to_levels(sound, 256), k)
    gaps = sound[0, 0].diff()
    assert gaps[127] < gaps[0] / 100  # what is soft has more levels
