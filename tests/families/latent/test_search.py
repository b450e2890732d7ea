"""Finding latents by optimisation: what the generator made is found again, whatever is asked about it."""

from __future__ import annotations

from functools import cache

import pytest
import torch

from dgm_studio.conditions.mask import Mask
from dgm_studio.conditions.observation import observe
from dgm_studio.conditions.operators import parse
from dgm_studio.conditions.strokes import Strokes
from dgm_studio.contract import Abilities, Batch, Condition, DataSpec, Steer, Training, finish, rng_for, trajectory
from dgm_studio.families.latent.gan import FAMILY
from dgm_studio.families.latent.membrane import FADING, membrane
from dgm_studio.families.latent.search import LatentSearch, SearchKnobs, search_methods
from dgm_studio.families.latent.search_goals import goal_of

SPEC = DataSpec((1, 8, 8), value_range=(-1.0, 1.0))
POINTS = DataSpec((2,))


@cache
def bars() -> Abilities:
    """A GAN that has seen eight bars."""
    recipe = FAMILY.recipe(SPEC, torch.device("cpu"))
    model = FAMILY.build(FAMILY.Config(**recipe.config), SPEC, rng_for(0))
    model.retune(Training())
    x = torch.full((64, 1, 8, 8), -1.0)
    for i in range(64):
        x[i, 0, i % 8] = 1.0
    for step in range(80):
        model.train_step(Batch.of(x), rng_for(0, step))
    return model.abilities()


def made(n: int) -> torch.Tensor:
    latent = bars().latent
    assert latent is not None
    with torch.no_grad():
        return finish(latent.decode(latent.prior(n, rng_for(1)), None))


def answers(method: str, condition: Condition, n: int) -> torch.Tensor:
    """What the search shows in the end; its steps draw no randomness that counts and work where gradients are off."""
    with torch.inference_mode():
        steer = Steer(SearchKnobs(steps=30), condition=condition)
        x = finish(trajectory(bars().methods[method].sampler, n, steer, 0))[-1].x
    return x.clone()


def test_a_latent_is_found_for_what_the_generator_makes() -> None:
    latent = bars().latent
    assert latent is not None
    assert latent.search is not None
    x = made(4)
    with torch.no_grad():
        found = finish(latent.decode(finish(latent.search(x, None)), None))
    spread = (x - x.roll(1, 0)).square().mean()
    assert float((found - x).square().mean()) < 0.2 * float(spread)


@pytest.mark.parametrize("operator", ["down2", "pixels:0.5", "fourier:0.5"])
def test_a_planted_picture_is_found_by_what_was_measured_of_it(operator: str) -> None:
    """The typical one of twelve: a search may end in a wrong valley. Over six seeds it is 0.02 of their spread at most."""
    x = made(12)
    with torch.inference_mode():
        seen = observe(parse(operator, SPEC.event), x, rng_for(2))
    found = answers("restore-search", seen, 12)
    spread = (x - x.roll(1, 0)).square().mean()
    assert float((found - x).square().flatten(1).mean(1).median()) < 0.35 * float(spread)


def test_strokes_are_met_when_weak_and_forgotten_when_strong() -> None:
    paint = made(3)[2]
    off = []
    for strength in (0.0, 1.0):
        strokes = Strokes(torch.full_like(paint, -1.0), paint, torch.ones(1, 8, 8), strength)
        off.append(float((answers("strokes-search", strokes, 6) - paint).square().mean()))
    assert off[0] < 0.2 * off[1]


def test_strokes_keep_what_their_mask_keeps() -> None:
    paint = made(3)[2]
    mask = torch.zeros(1, 8, 8)
    mask[:, :4] = 1
    x = answers("strokes-search", Strokes(paint, paint, torch.ones(1, 8, 8), 0.5, mask), 3)
    assert bool((x[:, :, 4:] == paint[:, 4:]).all())


@pytest.mark.parametrize("operator", ["down4", "blur:1", "noise:0.3", "fourier:0.25"])
def test_gradient_is_that_of_the_misfit(operator: str) -> None:
    seen = observe(parse(operator, SPEC.event), torch.randn(2, 1, 8, 8, generator=rng_for(0)), rng_for(1))
    goal = goal_of(Steer(condition=seen), SPEC, torch.zeros(6, 3), 3, 0.1)
    x = torch.randn(6, 1, 8, 8, generator=rng_for(2)).requires_grad_()
    misfit = goal.misfit(x)
    assert misfit.shape == (6,)
    (grad,) = torch.autograd.grad(misfit.sum(), x)
    torch.testing.assert_close(goal.grad(x.detach()), grad, rtol=1e-3, atol=1e-3)


def test_a_linear_decoder_gives_the_most_likely_latent() -> None:
    """Of ``x = z`` known as v within s, the best latent is ``v / (1 + s^2)``."""
    search = LatentSearch(lambda z, given: z, POINTS, 2)
    v = torch.tensor([1.0, -2.0])
    steer = Steer(SearchKnobs(steps=200, tolerance=0.5, variety=0.0), condition=Mask(v, torch.zeros(2)))
    latent = finish(trajectory(search, 3, steer, 0))[-1].state["latent"]
    torch.testing.assert_close(latent, (v / 1.25).expand(3, 2), rtol=0, atol=0.02)


def test_with_variety_a_linear_decoder_gives_fair_draws() -> None:
    """Of ``x = z`` known as v within s, the latent is ``N(v / (1 + s^2), s^2 / (1 + s^2))``."""
    search = LatentSearch(lambda z, given: z, POINTS, 2)
    v = torch.tensor([1.0, -2.0])
    steer = Steer(SearchKnobs(steps=100, tolerance=0.5, starts=1), condition=Mask(v, torch.zeros(2)))
    latent = finish(trajectory(search, 4000, steer, 0))[-1].state["latent"]
    torch.testing.assert_close(latent.mean(0), v / 1.25, rtol=0, atol=0.03)
    torch.testing.assert_close(latent.T.cov(), 0.2 * torch.eye(2), rtol=0, atol=0.02)


def test_of_many_trials_a_search_starts_where_pictures_fit() -> None:
    search = LatentSearch(lambda z, given: z, POINTS, 2)
    v = torch.tensor([1.0, -1.0])
    off = []
    for trials in (1, 64):
        steer = Steer(SearchKnobs(trials=trials), condition=Mask(v, torch.zeros(2)))
        off.append(float((search.start(50, steer, rng_for(0)).state["latents"] - v).square().mean()))
    assert off[1] < 0.2 * off[0]


def test_a_membrane_carries_what_is_missed_into_the_hole_and_fades() -> None:
    """Against the dense solution of ``(l - Laplacian) u = 0`` in the hole with ``u = r`` around it."""
    hole = torch.zeros(1, 1, 6, 5)
    hole[..., 1:6, 1:4] = 1
    off = torch.randn(2, 1, 6, 5, generator=rng_for(0)) * (1 - hole)
    index = torch.arange(30).view(6, 5)
    laplacian = torch.zeros(30, 30)
    for a, b in ((index[1:], index[:-1]), (index[:, 1:], index[:, :-1])):
        laplacian[a.flatten(), b.flatten()] = laplacian[b.flatten(), a.flatten()] = 1
    stiff = FADING * torch.eye(30) + laplacian.sum(1).diag() - laplacian
    free = hole.flatten() > 0
    exact = torch.linalg.solve(stiff[free][:, free], -stiff[free][:, ~free] @ off.flatten(1)[:, ~free].T).T
    found = membrane(off, hole.expand_as(off))
    torch.testing.assert_close(found.flatten(1)[:, free], exact, rtol=0, atol=1e-3)
    assert not found.flatten(1)[:, ~free].any()
    lonely = membrane(torch.zeros(1, 1, 4, 4), torch.ones(1, 1, 4, 4))
    assert not lonely.any()


def test_pictures_are_searched_for_masks_measurements_and_strokes_and_points_for_masks() -> None:
    methods = search_methods(LatentSearch(lambda z, given: z, SPEC, 64), "Finds.")
    assert {name: method.condition for name, method in methods.items()} == {
        "search": "mask",
        "restore-search": "observation",
        "objective-search": "objective",
        "strokes-search": "strokes",
    }
    assert list(search_methods(LatentSearch(lambda z, given: z, POINTS, 2), "Finds.")) == ["search"]


def test_nothing_asked_is_refused() -> None:
    with pytest.raises(ValueError, match="fills a mask"):
        bars().methods["search"].sampler.start(2, Steer(SearchKnobs()), rng_for(0))
