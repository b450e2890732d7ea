"""The learner: what it needs to go on, and what it can do without."""

from __future__ import annotations

import copy

import pytest
import torch

from dgm_studio.contract import Batch, DataSpec, Training, rng_for
from dgm_studio.families.latent import vae
from dgm_studio.families.shared.learner import EPSILON, Learner


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


@pytest.mark.parametrize("weight_decay", [0.0, 0.3])
def test_a_learner_is_adam_with_decoupled_weight_decay(weight_decay: float) -> None:
    """Step for step as torch's AdamW, under the same rates and without clipping."""
    ours = Learner(torch.nn.Linear(3, 2).double(), betas=(0.8, 0.95), clip=1e9, weight_decay=weight_decay)
    theirs = copy.deepcopy(ours.net)
    optimiser = torch.optim.AdamW(theirs.parameters(), betas=(0.8, 0.95), eps=EPSILON, weight_decay=weight_decay)
    ours.retune(Training(learning_rate=0.05))
    for i in range(60):
        x = torch.randn(16, 3, generator=rng_for(i), dtype=torch.double)
        optimiser.param_groups[0]["lr"] = ours.learning_rate
        optimiser.zero_grad()
        theirs(x).square().mean().backward()
        optimiser.step()
        ours.learn(ours.net(x).square().mean())
    for p, q in zip(ours.net.parameters(), theirs.parameters(), strict=True):
        assert torch.allclose(p, q, rtol=0, atol=1e-12)


def test_gradients_are_those_of_the_last_loss_alone() -> None:
    learner = Learner(torch.nn.Linear(3, 2), clip=1e9)
    for scale in (1.0, 5.0):
        learner.net(torch.full((1, 3), scale)).sum().backward()  # what another loss leaves behind
        learner.learn(learner.net(torch.ones(1, 3)).sum())
        for p in learner.parameters():
            assert p.grad is not None
            assert torch.equal(p.grad, torch.ones_like(p))
