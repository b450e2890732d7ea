"""Points with a context: every conditional is a density, and that of the samples."""

from __future__ import annotations

import pytest
import torch

from dgm_studio.contract import DataSet, finish, rng_for
from dgm_studio.contract.context import kept
from dgm_studio.data.given_plane import SOURCES

SETS = {source.name: source for source in SOURCES}


@pytest.fixture(params=sorted(SETS))
def data(request: pytest.FixtureRequest) -> DataSet:
    source = SETS[request.param]
    return finish(source.load(source.Params(), rng_for(5)))


SUBSETS = [(a, b) for a in (False, True) for b in (False, True)]


@pytest.mark.parametrize("given", SUBSETS)
def test_every_conditional_integrates_to_one(data: DataSet, given: tuple[bool, bool]) -> None:
    axis = (torch.arange(400, dtype=torch.double) + 0.5) / 400 * 16 - 8
    x = torch.cartesian_prod(axis, axis)
    assert data.log_density_given is not None
    assert data.held_out.context is not None
    for i in (0, 7):
        context = kept(data.spec.context, data.held_out.context[i : i + 1], torch.tensor([given])).expand(len(x), -1)
        mass = data.log_density_given(x, context).exp().sum() * (16 / 400) ** 2
        assert float(mass) == pytest.approx(1, abs=2e-3)


@pytest.mark.parametrize("given", SUBSETS)
def test_each_is_that_of_the_points(data: DataSet, given: tuple[bool, bool]) -> None:
    """By the law of total probability: averaged over the contexts of data, p(x | c) is p(x) at every x."""
    assert data.log_density is not None
    assert data.log_density_given is not None
    assert data.held_out.context is not None
    context = kept(data.spec.context, data.held_out.context, torch.tensor([given]).expand(len(data.held_out), -1))
    for x in data.train.x[:5].double():
        each = data.log_density_given(x.expand(len(context), -1), context).exp()
        error = each.std() / len(each) ** 0.5
        assert float(each.mean()) == pytest.approx(float(data.log_density(x[None]).exp()), abs=float(8 * error) + 1e-6)


def test_given_more_a_point_is_less_surprising(data: DataSet) -> None:
    """The entropy of x falls by the information that the context holds of it, whichever slots are given."""
    assert data.log_density_given is not None
    assert data.held_out.context is not None
    nats = {}
    for given in SUBSETS:
        context = kept(data.spec.context, data.held_out.context, torch.tensor([given]).expand(len(data.held_out), -1))
        nats[given] = -data.log_density_given(data.held_out.x.double(), context).mean()
    assert data.entropy == pytest.approx(float(nats[False, False]), abs=0.1)
    assert nats[True, True] < min(nats[True, False], nats[False, True])
    assert max(nats[True, False], nats[False, True]) < nats[False, False]
