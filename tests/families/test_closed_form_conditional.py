"""On a Gaussian with linear context every exact family reaches the closed-form conditional, whichever slots are given.

The gap is the mean over held-out pairs of ``log p(x | c) - log q(x | c)`` in nats; its standard error counts eight times.
"""

from __future__ import annotations

from functools import cache

import pytest
import torch

from dgm_studio.contract import DataSet, finish, rng_for
from dgm_studio.contract.context import kept
from dgm_studio.data.given_plane import SOURCES
from dgm_studio.engine.runs.run import Run
from dgm_studio.protocol.spec import DataChoice, RunSpec

SUBSETS = [(True, True), (True, False), (False, True), (False, False)]
N = 400
STEPS = {"kde": 60, "autoregressive": 400, "flow": 250, "flow-matching": 500, "diffusion": 500}
MARGIN = {"kde": 0.35, "autoregressive": 0.05, "flow": 0.08, "flow-matching": 0.08, "diffusion": 0.1}
"""Nats. Kernel regression has no more than its 2,000 examples, whose neighbours in context are few."""


@cache
def data() -> DataSet:
    source = next(source for source in SOURCES if source.name == "linear-gaussian")
    return finish(source.load(source.Params(), rng_for(0)))


@cache
def trained(family: str, steps: int) -> Run:
    run = Run("run", RunSpec(data=DataChoice(name="linear-gaussian"), family=family, conditional=True), data())
    run.trainer.train(steps)
    return run


def context(given: tuple[bool, bool]) -> torch.Tensor:
    known = data().held_out.context
    assert known is not None
    return kept(data().spec.context, known[:N], torch.tensor([given]).expand(N, -1))


@pytest.mark.parametrize("given", SUBSETS, ids=["both", "first", "second", "none"])
@pytest.mark.parametrize("family", list(STEPS))
def test_the_conditional_density_is_that_of_the_closed_form(family: str, given: tuple[bool, bool]) -> None:
    run, held = trained(family, STEPS[family]), data().held_out.x[:N]
    density, exact = run.trainer.model.abilities().log_density, data().log_density_given
    assert density is not None
    assert exact is not None
    ours = density(run.units.to_model(held), context(given)).detach() - run.log_volume()
    gap = exact(held.double(), context(given)) - ours
    error = float(gap.std()) / N**0.5
    assert -8 * error < float(gap.mean()) < MARGIN[family] + 8 * error
