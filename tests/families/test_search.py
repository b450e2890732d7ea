"""Finding codes by optimisation: what the generator made is found again."""

from __future__ import annotations

import torch

from dgm_studio.contract import Batch, DataSpec, Training, finish, rng_for
from dgm_studio.families.gan import FAMILY


def test_a_code_is_found_for_what_the_generator_makes() -> None:
    spec = DataSpec((1, 8, 8), value_range=(-1.0, 1.0))
    recipe = FAMILY.recipe(spec, torch.device("cpu"))
    model = FAMILY.build(FAMILY.Config(**recipe.config), spec, rng_for(0))
    model.retune(Training())
    bars = torch.full((64, 1, 8, 8), -1.0)
    for i in range(64):
        bars[i, 0, i % 8] = 1.0
    for step in range(80):
        model.train_step(Batch.of(bars), rng_for(0, step))
    latent = model.abilities().latent
    assert latent is not None
    assert latent.search is not None
    with torch.no_grad():
        x = finish(latent.decode(latent.prior(4, rng_for(1)), None))
        found = finish(latent.decode(finish(latent.search(x, None)), None))
    spread = (x - x.roll(1, 0)).square().mean()
    assert float((found - x).square().mean()) < 0.2 * float(spread)
