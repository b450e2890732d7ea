"""The modified discrete cosine transform: a rotation, undone by its transpose, in which a tone is one line."""

from __future__ import annotations

import math

import pytest
import torch

from dgm_studio.contract import rng_for
from dgm_studio.nets.mdct import Mdct, SpectrumSpace, window_size


@pytest.mark.parametrize(("length", "size"), [(64, 16), (128, 64), (2048, 64), (96, 6)])
def test_it_is_a_rotation(length: int, size: int) -> None:
    mdct = Mdct(length, size)
    whole = mdct.encode(torch.eye(length, dtype=torch.double)[:, None]).flatten(1)
    assert torch.allclose(whole @ whole.T, torch.eye(length, dtype=torch.double), atol=1e-6)
    x = torch.randn(3, 1, length, generator=rng_for(1)).double()
    assert torch.allclose(mdct.decode(mdct.encode(x)), x, atol=1e-6)


def test_a_tone_is_loud_at_its_pitch() -> None:
    mdct = Mdct(2048, 64)
    for k in (5, 20, 50):
        tone = torch.cos(math.pi / 64 * (k + 0.5) * torch.arange(2048))[None, None]
        energy = mdct.encode(tone)[0, 2:-2].square().sum(0)
        assert energy[k - 1 : k + 2].sum() > 0.95 * energy.sum()


def test_windows_divide_sounds_of_every_rate() -> None:
    for length in (64, 2048, 4096, 8192):
        assert length % window_size(length) == 0
    with pytest.raises(ValueError, match="must divide"):
        Mdct(100, 64)


def test_spreads_are_those_of_the_data_and_volume_is_kept() -> None:
    space = SpectrumSpace((1, 256))
    x = torch.randn(4096, 1, 256, generator=rng_for(2)) * 0.1
    for part in x.split(256):
        space.observe(part, rng_for(0))
    assert space.fitted >= 2048
    z = space.encode(x)
    assert float(space.scale) == pytest.approx(0.1, rel=0.02)
    assert (space.spread - 1).abs().max() < 0.1
    assert torch.allclose(space.decode(z), x, atol=1e-5)
    assert torch.allclose(z.square().sum(1) * space.scale**2, x.flatten(1).square().sum(1), rtol=1e-4)
