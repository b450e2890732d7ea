"""Outliers by likelihood and by typicality, and examples on which one of them fails.

By likelihood an example is odd when ``log p`` is low. But high likelihood is no proof: under a standard normal in d dimensions
the origin is likelier than every sample, by d/2 nats on average, and still no sample looks like it. By typicality it is odd
when ``log p`` is far from its average on data, to either side (Nalisnick et al. 2019, arXiv:1906.02994).
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from dgm_studio.contract import DataSpec, Rng


def area_under_curve(inside: Tensor, outside: Tensor) -> float:
    """Chance that a score of ``outside`` (m,) is above one of ``inside`` (n,), ties counted half: 1 tells all apart."""
    ordered = inside.double().sort().values
    outside = outside.double()
    below = torch.searchsorted(ordered, outside) + torch.searchsorted(ordered, outside, right=True)
    return float(below.double().mean() / 2 / len(inside))


def oddness(log_density: Tensor) -> Tensor:
    """How unlikely: minus nats (n,)."""
    return -log_density


def untypicality(log_density: Tensor, reference: Tensor) -> Tensor:
    """How far from usual (n,): the distance of the nats from their mean on ``reference`` (m,), in its deviations."""
    deviation: Tensor = (log_density - reference.mean()).abs() / reference.std(
        correction=min(1, len(reference) - 1)
    ).clamp_min(1e-9)
    return deviation


def strangers(x: Tensor, spec: DataSpec, rng: Rng) -> Mapping[str, Tensor]:
    """Sets of examples that are not data, made from data ``x`` (n, *event) in model units."""
    if spec.alphabet:
        return _strange_strings(x, spec, rng)
    if spec.is_sound:
        return _strange_sounds(x, spec, rng)
    if not spec.is_image:
        reach = x.abs().max()
        return {
            "uniform points": (2 * torch.rand(x.shape, generator=rng) - 1) * reach,
            "points far away": x + 4 * reach,
            "mirrored data": -x,
        }
    noise = torch.randint(spec.levels, x.shape, generator=rng).to(x) * (2 / (spec.levels - 1)) - 1
    order = torch.randperm(spec.size, generator=rng)
    return {
        "blank pictures": torch.full_like(x, float(x.median())),
        "noise": noise,
        "negatives": -x,
        "shuffled pixels": x.flatten(1)[:, order].view_as(x),
        "upside-down data": x.flip(-2),
    }


def _strange_sounds(x: Tensor, spec: DataSpec, rng: Rng) -> Mapping[str, Tensor]:
    """Sounds as loud as the data's own: noise, silence, backwards, samples in another order."""
    loud = x.flatten(1).std(1).view(-1, 1, 1)
    return {
        "white noise": (torch.randn(x.shape, generator=rng).to(x) * loud).clamp(-1, 1),
        "silence": torch.zeros_like(x),
        "reversed data": x.flip(-1),
        "shuffled samples": x[..., torch.randperm(spec.size, generator=rng)],
    }


def _strange_strings(x: Tensor, spec: DataSpec, rng: Rng) -> Mapping[str, Tensor]:
    """Strings as long as the data's own, of other letters or of theirs in another order."""
    there = x > 0
    place = torch.arange(spec.size, device=x.device).expand_as(x)
    last = there.sum(1, keepdim=True) - 1
    shuffled = torch.rand(x.shape, generator=rng).masked_fill(~there, 2.0).argsort(1)
    return {
        "random letters": torch.where(there, torch.randint(1, len(spec.alphabet), x.shape, generator=rng).to(x), x),
        "shuffled letters": x.gather(1, shuffled),
        "reversed data": x.gather(1, torch.where(place <= last, last - place, place)),
    }
