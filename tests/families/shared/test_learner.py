"""The learner: what it needs to go on, and what it can do without."""

from __future__ import annotations

import pytest
import torch

from dgm_studio.contract import Batch, DataSpec, Training, rng_for
from dgm_studio.families.latent import vae
from dgm_studio.families.shared.learner import Learner


@pytest.mark.parametrize("missing", ["optimiser.mean", "optimiser.square", "optimiser.moves"])
def test_without_a_part_of_the_moments_the_optimiser_starts_afresh(missing: str) -> None:
    spec = DataSpec((2,))
    model = vae.FAMILY.build(vae.FAMILY.Config(), spec, rng_for(0))
    model.retune(Training())
    model.train_step(Batch.of(torch.randn(16, 2, generator=rng_for(1))), rng_for(2))
    state = model.state_dict()
    del state[missing]
    model.load_state_dict(state)
    assert not any(key.startswith("optimiser.") for key in model.state_dict())


def test_what_only_samples_holds_its_weights_and_their_average_and_no_more() -> None:
    learner = Learner(torch.nn.Linear(3, 2))
    assert all(p.grad is None for p in learner.parameters())
    learner.learn(learner.net(torch.ones(1, 3)).square().sum())
    assert all(p.grad is not None for p in learner.parameters())
    assert any(key.startswith("optimiser.") for key in learner.state_dict())


def test_gradients_are_those_of_the_last_loss_alone() -> None:
    learner = Learner(torch.nn.Linear(3, 2), clip=1e9)
    for scale in (1.0, 5.0):
        learner.net(torch.full((1, 3), scale)).sum().backward()  # what another loss leaves behind
        learner.learn(learner.net(torch.ones(1, 3)).sum())
        for p in learner.parameters():
            assert p.grad is not None
            assert torch.equal(p.grad, torch.ones_like(p))
