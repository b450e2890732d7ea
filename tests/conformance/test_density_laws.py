"""Laws of exact densities, their gradients and their latents, over all discovered families."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from conformance_cases import ONE_CASES, ONE_POINT_CASES, POINT_CASES, SPECS, Case, abilities_of, examples, plane

from dgm_studio.contract import Work, finish, rng_for
from dgm_studio.quadrature import Floats, refine, root


def first_class(case: Case, n: int) -> torch.Tensor | None:
    return torch.zeros(n, dtype=torch.long) if case.spec.classes else None


@pytest.mark.parametrize("case", ONE_POINT_CASES, ids=str)
def test_exact_density_integrates_to_one(case: Case) -> None:
    """Within five hundredths, as what lies beyond the square counts, too."""
    density = abilities_of(case).log_density
    if density is None or density.kind != "exact":
        return
    for classes in {False, bool(case.spec.classes)} if density.passes == 1 else {bool(case.spec.classes)}:

        def log_p(x: torch.Tensor, classes: bool = classes) -> torch.Tensor:
            with torch.no_grad():
                return density(x, first_class(case, len(x)) if classes else None)

        assert mass(log_p, expensive=density.passes > 1) == pytest.approx(1, abs=0.05)


def mass(log_p: Callable[[torch.Tensor], torch.Tensor], expensive: bool) -> float:
    """The integral of a density: on an even grid, or where its mass is if it is dear to evaluate."""
    if not expensive:
        x, area = plane()
        return float(log_p(x).exp().sum() * area)

    def evaluate(x: Floats) -> Work[Floats]:
        yield
        return log_p(torch.from_numpy(x).float()).double().numpy()[:, None]

    known = examples(SPECS["points"], 2000, rng_for(12)).x.double().numpy()
    return math.exp(finish(refine(root((-4.2, 4.2, -4.2, 4.2)), evaluate, known, most=2400)).log_mass())


@pytest.mark.parametrize("case", ONE_CASES, ids=str)
def test_density_is_finite_on_data_and_says_its_kind(case: Case) -> None:
    density = abilities_of(case).log_density
    if density is None:
        return
    assert density.kind in ("exact", "lower bound", "estimate", "unnormalised")
    batch = examples(case.spec, 16, rng_for(7))
    with torch.no_grad():
        value = density(batch.x, batch.label)
    assert value.shape == (16,)
    assert bool(value.isfinite().all())


@pytest.mark.parametrize("case", ONE_POINT_CASES, ids=str)
def test_score_is_the_gradient_of_an_exact_density(case: Case) -> None:
    """Where the density is one network pass; along an ODE a learned score is only near the gradient.

    Splines have kinks: beside one the gradients to either side differ, and the score is one of them or between.
    """
    abilities = abilities_of(case)
    if (
        abilities.score is None
        or abilities.log_density is None
        or abilities.log_density.kind != "exact"
        or abilities.log_density.passes > 1
    ):
        return
    x = examples(case.spec, 8, rng_for(8)).x
    label = first_class(case, 8)
    score = abilities.score(x, 1.0, label)
    h = 1e-3
    for axis in range(2):
        step = torch.zeros(2).index_fill(0, torch.tensor(axis), h)
        with torch.no_grad():
            before, here, after = (abilities.log_density(x + k * step, label) for k in (-1, 0, 1))
        grads = torch.stack([here - before, after - here]) / h
        slack = 0.05 + 0.02 * grads.abs().amax(0)
        assert bool((score[:, axis] >= grads.amin(0) - slack).all()), (score[:, axis], grads)
        assert bool((score[:, axis] <= grads.amax(0) + slack).all()), (score[:, axis], grads)


@pytest.mark.parametrize("case", ONE_CASES, ids=str)
def test_latents_decode_to_examples_of_the_right_shape(case: Case) -> None:
    latent = abilities_of(case).latent
    if latent is None:
        return
    z = latent.prior(3, rng_for(1))
    assert z.shape == (3, latent.size)
    for label in (None, first_class(case, 3)):
        x = finish(latent.decode(z, label))
        assert x.shape == (3, *case.spec.event)
        assert bool(x.isfinite().all())
        if latent.encode is not None:
            assert finish(latent.encode(x, label)).shape == (3, latent.size)


@pytest.mark.parametrize("case", ONE_CASES, ids=str)
def test_exact_latents_come_back(case: Case) -> None:
    latent = abilities_of(case).latent
    if latent is None or not latent.exact or latent.encode is None:
        return
    batch = examples(case.spec, 8, rng_for(9))
    label = batch.label
    there = finish(latent.encode(batch.x, label))
    back = finish(latent.decode(there, label))
    assert float((back - batch.x).abs().max()) < 0.02


@pytest.mark.parametrize("case", ONE_POINT_CASES, ids=str)
def test_exact_latents_have_the_right_volume(case: Case) -> None:
    """log p(x) = log N(z; 0, I) + log |det dz/dx|, the Jacobian by central differences."""
    abilities = abilities_of(case)
    latent, density = abilities.latent, abilities.log_density
    if latent is None or density is None or latent.encode is None:
        return
    if not (latent.exact and latent.gaussian and density.kind == "exact"):
        return
    x, label, h = examples(case.spec, 4, rng_for(10)).x, first_class(case, 4), 5e-3
    z = finish(latent.encode(x, label))
    columns = []
    for axis in range(2):
        step = torch.zeros(2).index_fill(0, torch.tensor(axis), h)
        plus, minus = (finish(latent.encode(x + s * step, label)) for s in (1, -1))
        columns.append((plus - minus) / (2 * h))
    volume = torch.linalg.slogdet(torch.stack(columns, -1)).logabsdet
    expected = -0.5 * z.square().sum(-1) - math.log(2 * math.pi) + volume
    with torch.no_grad():
        torch.testing.assert_close(density(x, label), expected, rtol=0.02, atol=0.06)


@pytest.mark.parametrize("case", POINT_CASES, ids=str)
def test_far_from_all_data_there_is_no_density_and_never_no_number(case: Case) -> None:
    abilities = abilities_of(case)
    if abilities.log_density is None:
        return
    direction = torch.nn.functional.normalize(torch.randn(6, 1, 2, generator=rng_for(11)), dim=-1)
    x = (direction * torch.tensor([1e3, 1e6, 1e12, 1e18, 1e24, 1e30])[:, None]).flatten(0, 1)
    for label in {None, first_class(case, len(x))}:
        with torch.no_grad():
            value = abilities.log_density(x, label)
        assert not bool(value.isnan().any())
        assert bool((value < -1e3).all())
