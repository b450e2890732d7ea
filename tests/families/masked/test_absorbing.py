"""The absorbing process: its bound in closed form, its walk, and what pixels revealed together do not know."""

from __future__ import annotations

import itertools
import math

import pytest
import torch
from torch import Tensor

from dgm_studio.conditions.mask import Mask
from dgm_studio.contract import Batch, DataSpec, Steer, finish, rng_for, trajectory
from dgm_studio.families.masked.absorbing import bound, bound_in_slices, hidden_numbers, revealed
from dgm_studio.families.masked.masked import FAMILY, Config
from dgm_studio.families.masked.unmasking_walks import Unmasking, UnmaskingKnobs

PAIR = DataSpec((1, 1, 2), levels=2, value_range=(-1, 1))
TABLE = torch.tensor([[0.45, 0.05], [0.1, 0.4]]).log()
"""log p(first, second) of two numbers of two levels."""


def exact(level: Tensor, hidden: Tensor, label: Tensor | None = None) -> Tensor:
    """Logits of the true conditionals of `TABLE` (n, 2, 2)."""
    joint = TABLE.expand(len(level), 2, 2).clone()
    for axis in (0, 1):
        seen = torch.nn.functional.one_hot(level[:, axis], 2).bool() | hidden[:, axis, None]
        joint = joint.masked_fill(~(seen[:, :, None] if axis == 0 else seen[:, None, :]), -1e9)
    return torch.stack((joint.logsumexp(2), joint.logsumexp(1)), 1)


def test_every_count_of_hidden_numbers_is_as_likely() -> None:
    hidden, weight = hidden_numbers(6000, 6, rng_for(0), torch.device("cpu"))
    count = hidden.sum(1)
    assert torch.equal(weight, 6 / count)
    assert float((torch.bincount(count, minlength=7)[1:] / 6000 - 1 / 6).abs().max()) < 1e-3
    share = hidden.float().mean(0)
    assert float((share - share.mean()).abs().max()) < 6 * 0.5 / math.sqrt(6000)


def test_of_the_share_of_endings_only_the_last_are_hidden() -> None:
    n, share = 6000, 0.25
    hidden, weight = hidden_numbers(n, 6, rng_for(0), torch.device("cpu"), share)
    assert torch.equal(weight, 6 / hidden.sum(1))
    ends = (hidden[:, 1:] >= hidden[:, :-1]).all(1).double()
    # of m of 6 at random they are the last in one of so many ways
    expected = share + (1 - share) * sum(1 / math.comb(6, m) for m in range(1, 7)) / 6
    assert abs(float(ends.mean()) - expected) < 6 * 0.5 / math.sqrt(n)


def test_with_true_conditionals_the_bound_is_the_likelihood_itself() -> None:
    """Over both orders of two numbers the chain rule holds exactly, so that the mean of the bound is -log p."""
    level = torch.tensor(list(itertools.product((0, 1), repeat=2)))
    nats = -TABLE.flatten()
    estimate = bound(exact, level.repeat(20_000, 1), None, rng_for(1)).view(-1, 4)
    error = estimate.std(0) / math.sqrt(len(estimate))
    assert bool(((estimate.mean(0) - nats).abs() < 6 * error + 1e-6).all())
    # all counts looked at: only the order is left to chance
    looked = torch.stack([list(bound_in_slices(exact, level, None, 9, rng_for(2, i)))[-1] for i in range(2000)])
    error = looked.std(0) / math.sqrt(len(looked))
    assert bool(((looked.mean(0) - nats).abs() < 6 * error + 1e-6).all())


def test_of_what_ignores_how_numbers_hang_together_it_is_a_bound() -> None:
    """A network of marginals alone costs at least as much as the truth on average."""

    def marginals(level: Tensor, hidden: Tensor, label: Tensor | None) -> Tensor:
        return exact(level, torch.ones_like(hidden))

    level = torch.tensor(list(itertools.product((0, 1), repeat=2)))
    p = TABLE.flatten().exp()
    cost = torch.stack([list(bound_in_slices(marginals, level, None, 2, rng_for(i)))[-1] for i in range(400)]).mean(0)
    entropy = -(p * p.log()).sum()
    together = (p * (TABLE.exp().sum(1)[level[:, 0]] * TABLE.exp().sum(0)[level[:, 1]] / p).log()).sum()
    assert float((p * cost).sum() - entropy) == pytest.approx(float(-together), abs=0.02)


def test_the_surest_are_revealed_and_never_more_than_are_hidden() -> None:
    hidden = torch.tensor([[True, True, False, True], [False, False, False, True]])
    surety = torch.tensor([[0.1, 0.9, 1.0, 0.5], [1.0, 1.0, 1.0, 0.0]])
    assert revealed(hidden, 2, surety).tolist() == [[False, True, False, True], [False, False, False, True]]


@pytest.mark.parametrize(("pixels", "expected"), [(1, 0.85), (2, 0.5)])
def test_one_at_a_time_is_exact_and_all_at_once_loses_what_binds_them(pixels: int, expected: float) -> None:
    """Both are equal in .45 + .4 of all cases; drawn apart in .5 * .55 + .5 * .45."""
    n = 20_000
    x = finish(trajectory(Unmasking(exact, PAIR, 2), n, Steer(UnmaskingKnobs(pixels=pixels)), 0))[-1].x.flatten(1)
    assert float((x[:, 0] == x[:, 1]).float().mean()) == pytest.approx(expected, abs=6 * 0.5 / math.sqrt(n))


def test_what_is_known_is_seen_by_the_others() -> None:
    n = 20_000
    mask = Mask(torch.tensor([[[0.0, 1.0]]]), torch.tensor([[[1.0, 0.0]]]))
    walk = Unmasking(exact, PAIR, 2, masked=True)
    x = finish(trajectory(walk, n, Steer(UnmaskingKnobs(), condition=mask), 0))[-1].x.flatten(1)
    assert bool((x[:, 1] == 1).all())
    expected = 0.4 / 0.45  # p(first = 1 | second = 1)
    assert float((x[:, 0] == 1).float().mean()) == pytest.approx(expected, abs=6 * 0.5 / math.sqrt(n))


def test_a_network_learns_the_table() -> None:
    """Its bound comes near the entropy, which it cannot pass but by chance."""
    model = FAMILY.build(Config(width=32, blocks=1), PAIR, rng_for(0))
    p = TABLE.flatten().exp()

    def draw(n: int, *path: int) -> Batch:
        which = torch.multinomial(p, n, replacement=True, generator=rng_for(*path))
        return Batch.of(2.0 * torch.stack((which // 2, which % 2), 1).view(n, 1, 1, 2) - 1)

    for i in range(150):
        model.train_step(draw(256, 1, i), rng_for(2, i))
    density = model.abilities().log_density
    assert density is not None
    assert density.kind == "lower bound"
    x = 2.0 * torch.tensor(list(itertools.product((0, 1), repeat=2))).view(4, 1, 1, 2) - 1
    cost = -(p * density(x)).sum()
    assert float(cost) == pytest.approx(float(-(p * p.log()).sum()), abs=0.1)


def test_guidance_moves_logits_away_from_those_without_a_class() -> None:
    spec = DataSpec((1, 1, 2), levels=2, classes=("a", "b"), value_range=(-1, 1))

    def net(level: Tensor, hidden: Tensor, label: Tensor | None) -> Tensor:
        plain = torch.zeros(*level.shape, 2)
        return plain if label is None else plain + torch.tensor([0.0, 1.0])

    walk, n = Unmasking(net, spec, 2), 20_000
    for guidance, share in ((0.0, 0.5), (1.0, 1 / (1 + math.exp(-1))), (3.0, 1 / (1 + math.exp(-3)))):
        knobs = walk.Knobs.model_validate({"guidance": guidance})
        x = finish(trajectory(walk, n, Steer(knobs, label=torch.zeros(n, dtype=torch.long)), 0))[-1].x
        assert float((x == 1).float().mean()) == pytest.approx(share, abs=6 * 0.5 / math.sqrt(2 * n))
