"""The posterior of a program's numbers: codes, ranks, and a case where it is known."""

from __future__ import annotations

import math

import pytest
import torch

from dgm_studio.contract import ContextSlot, finish, rng_for
from dgm_studio.nets import posterior
from dgm_studio.nets.posterior import Posterior, learn_posterior, ranks

SLOTS = (
    ContextSlot("height", -1.0, 1.0),
    ContextSlot("turn", 0.0, 360.0, periodic=True),
    ContextSlot("side", values=("left", "right")),
)


def test_codes_are_the_numbers_and_back() -> None:
    net = Posterior((1, 8, 8), SLOTS)
    values = {"height": torch.tensor([-0.7, 0.2]), "turn": torch.tensor([10.0, 350.0]), "side": torch.tensor([0, 1])}
    u = net.encode(values)
    assert u.shape == (2, 1 + 2 + 2)
    back = net.decode(u)
    for name, value in values.items():
        torch.testing.assert_close(back[name].double(), value.double(), atol=1e-3, rtol=0)
    beyond = net.decode(10 * torch.ones(1, 5))
    assert float(beyond["height"]) == 1.0


def test_ranks_are_even_where_truth_is_a_draw_like_the_others() -> None:
    """Sixteen bins of 8,000: chi-squared with 15 degrees of freedom is above 60 once in 5 million; ties are broken evenly."""
    n, k = 8000, 15
    for draw in (
        lambda *size: torch.randn(*size, generator=rng_for(1)),
        lambda *size: (torch.rand(*size, generator=rng_for(2)) > 0.5).float(),
    ):
        both = draw(n, k + 1)
        counts = torch.bincount(ranks(both[:, 0], both[:, 1:], rng_for(3)), minlength=k + 1).double()
        assert float(((counts - n / 16) ** 2 / (n / 16)).sum()) < 60
    low = ranks(torch.full((5,), -9.0), torch.zeros(5, 7), rng_for(0))
    assert low.tolist() == [0] * 5


def test_a_bright_picture_tells_its_number_and_an_even_one_leaves_two_sides(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures are as bright as a number says, whichever side they come from: the number is found, and the sides are even."""
    monkeypatch.setattr(posterior, "LEARNING_STEPS", 250)
    slots = (ContextSlot("bright", -1.0, 1.0), ContextSlot("side", values=("left", "right")))
    n = 1000
    bright, side = torch.rand(n, generator=rng_for(1)) * 2 - 1, torch.randint(2, (n,), generator=rng_for(2))
    x = bright[:, None, None, None].expand(n, 1, 8, 8)
    net = finish(learn_posterior(x, {"bright": bright, "side": side}, slots))
    asked = torch.tensor([-0.5, 0.5]).view(2, 1, 1, 1).expand(2, 1, 8, 8)
    values = net.decode(finish(net.sample(asked, 400, rng_for(5))).flatten(0, 1))
    found = values["bright"].view(2, 400).mean(1)
    assert torch.allclose(found, torch.tensor([-0.5, 0.5], dtype=found.dtype), atol=0.2)
    share = values["side"].view(2, 400).double().mean(1)
    assert ((share - 0.5).abs() < 0.3).all()
    assert math.isfinite(float(share.sum()))
