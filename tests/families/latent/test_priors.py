"""Priors fitted to latents: known mixtures are found again, and holes are left out."""

from __future__ import annotations

import torch
from effort import Effort

from dgm_studio.contract import rng_for
from dgm_studio.families.latent.priors import LatentMemory, LatentMixture, components_for, fit

CENTRES = torch.tensor([[4.0, 0.0], [-4.0, 1.0], [0.0, 5.0]])
FACTORS = torch.tensor([[[1.0, 0.0], [0.5, 0.3]], [[0.3, 0.0], [0.0, 0.3]], [[0.5, 0.0], [-0.7, 0.4]]])


def three(n: int, seed: int) -> torch.Tensor:
    """Latents (n, 2) of three unlike Gaussians, equally often."""
    truth = LatentMixture(torch.full((1, 3), 1 / 3), CENTRES[None], FACTORS[None])
    return truth.sample(torch.zeros(n, dtype=torch.long), 1.0, rng_for(seed))


def test_a_known_mixture_is_found_again() -> None:
    n = 30_000  # a variance of 10,000 is off by 0.014, a mean by 0.01
    found = fit(three(n, 0), torch.zeros(n, dtype=torch.long), 0, 3)
    order = torch.cdist(CENTRES, found.mean[0]).argmin(1)
    assert sorted(order.tolist()) == [0, 1, 2]
    torch.testing.assert_close(found.mean[0, order], CENTRES, atol=0.08, rtol=0)
    torch.testing.assert_close(found.weight[0, order], torch.full((3,), 1 / 3), atol=0.03, rtol=0)
    covariance = (found.factor @ found.factor.mT)[0, order]
    torch.testing.assert_close(covariance, FACTORS @ FACTORS.mT, atol=0.12, rtol=0)


def test_density_agrees_with_torch_and_differentiates() -> None:
    z, first = three(5, 1), torch.zeros(5, dtype=torch.long)
    ours = LatentMixture(torch.full((1, 3), 1 / 3), CENTRES[None], FACTORS[None])
    parts = torch.distributions.MultivariateNormal(CENTRES, scale_tril=FACTORS)
    theirs = torch.distributions.MixtureSameFamily(torch.distributions.Categorical(torch.ones(3)), parts)
    torch.testing.assert_close(ours.log_density(z, first), theirs.log_prob(z))
    at = z.clone().requires_grad_()
    (grad,) = torch.autograd.grad(ours.log_density(at, first).sum(), at)
    assert bool(grad.isfinite().all())


def test_each_class_has_its_own_latents_and_a_class_never_seen_has_those_of_all() -> None:
    label = torch.arange(900) % 3
    latents = CENTRES[label] + 0.1 * torch.randn(900, 2, generator=rng_for(2))
    found = fit(latents, label, 4, 2)
    for y in range(3):
        z = found.sample(torch.full((200,), y), 1.0, rng_for(y))
        assert float((z - CENTRES[y]).norm(dim=-1).max()) < 0.6
    torch.testing.assert_close(
        found.sample(torch.full((4000,), 3), 1.0, rng_for(5)).mean(0), CENTRES.mean(0), atol=0.3, rtol=0
    )


def test_few_or_equal_latents_give_a_prior_all_the_same() -> None:
    for latents in (torch.zeros(2, 5), torch.randn(3, 40, generator=rng_for(0))):
        found = fit(latents, torch.zeros(len(latents), dtype=torch.long), 0, 20)
        assert bool(found.sample(torch.zeros(50, dtype=torch.long), 1.0, rng_for(0)).isfinite().all())


def test_latents_are_remembered_in_a_ring_and_saved() -> None:
    memory = LatentMemory(2, 2)
    asked = torch.tensor([0, 1, 0])
    torch.testing.assert_close(
        memory.draw("mixture", asked, 1.0, rng_for(0)), torch.randn(3, 2, generator=rng_for(0)), msg="nothing seen yet"
    )
    for i in range(20):
        label = torch.arange(512) % 2
        centre = 0.0 if i < 10 else 8.0
        latents = centre + label[:, None] + 0.1 * torch.randn(512, 2, generator=rng_for(i))
        memory.remember(latents, label)
    z = memory.draw("gaussian", asked.repeat(100), 1.0, rng_for(1))
    assert float(z.min()) > 7
    assert abs(float(z[1::3].mean()) - 9) < 0.05
    twin = LatentMemory(2, 2)
    twin.load_state_dict(memory.state_dict())
    for which in ("gaussian", "mixture"):
        torch.testing.assert_close(*(m.draw(which, asked, 1.0, rng_for(2)) for m in (memory, twin)), rtol=0, atol=0)


def test_temperature_narrows_each_part_and_keeps_them_apart() -> None:
    found = fit(three(3000, 0), torch.zeros(3000, dtype=torch.long), 0, 3)
    cold = found.sample(torch.zeros(500, dtype=torch.long), 0.01, rng_for(0))
    distance, which = torch.cdist(cold, CENTRES).min(1)
    assert float(distance.max()) < 0.5
    assert len(which.unique()) == 3


def test_fitting_is_quick() -> None:
    latents, label = torch.randn(4096, 16, generator=rng_for(0)), torch.arange(4096) % 10
    with Effort() as effort:
        fit(latents, label, 10, components_for(10))
    assert effort.operations < 12_000
    assert effort.numbers < 60_000_000
