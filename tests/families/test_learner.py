"""The learner: what it needs to go on, and what it can do without."""

from __future__ import annotations

import pytest
import torch

from dgm_studio.contract import Batch, DataSpec, Training, rng_for
from dgm_studio.families import vae


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
