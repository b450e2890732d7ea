"""Completion: what follows from the abilities of a model, whatever its family.

A family states what it alone knows; what can be derived is derived here, once for all:

* from an exact class-conditional density, a classifier by Bayes' rule;
* from a density in few dimensions, samples at a true temperature, by importance resampling;
* where arithmetic overflows far from all data, the density that must be there, none;
* from a method of filling a mask that knows only known and unknown, one whose masks may be soft.

Nothing follows from a bound.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from dgm_studio.conditions.decided import Decided
from dgm_studio.contract import Abilities, Classifier, DataSpec, LogDensity, Method, Work
from dgm_studio.samplers.tempering import Tempering

TEMPERED = "tempered"
_FAR = 1e3
_MOST_NUMBERS = 4
"""Importance resampling is hopeless in more dimensions: a few samples take all the weight."""


def complete(abilities: Abilities, spec: DataSpec) -> Abilities:
    """The abilities and what follows from them. Cheap."""
    abilities = replace(abilities, methods={name: softened(method, spec) for name, method in abilities.methods.items()})
    density = abilities.log_density
    if density is None:
        return abilities
    density = vanishing(density)
    abilities = replace(abilities, log_density=density)
    if (
        abilities.classifier is None
        and abilities.uses_label
        and len(spec.classes) > 1
        and density.kind in ("exact", "estimate")
    ):
        abilities = replace(abilities, classifier=bayes(density, len(spec.classes)))
    return with_tempered(abilities, density, spec)


def with_derived_sampler(abilities: Abilities, spec: DataSpec) -> Abilities:
    """The abilities and the sampler that follows from them alone, as `complete` derives it."""
    density = abilities.log_density
    return abilities if density is None else with_tempered(abilities, vanishing(density), spec)


def with_tempered(abilities: Abilities, density: LogDensity, spec: DataSpec) -> Abilities:
    """The abilities, in few dimensions with a sampler at a true temperature by importance resampling among them."""
    if density.kind not in ("exact", "unnormalised") or spec.size > _MOST_NUMBERS:
        return abilities
    first = next(iter(abilities.samplers.values()))
    return replace(abilities, samplers={**abilities.samplers, TEMPERED: Tempering(first, density)})


def softened(method: Method, spec: DataSpec) -> Method:
    """The method itself where it follows soft masks, else with every pixel decided by chance in proportion to its strength."""
    if method.condition != "mask" or method.follows_strength:
        return method
    return replace(method, sampler=Decided(method.sampler, spec.event))


def vanishing(density: LogDensity) -> LogDensity:
    """The density itself, and none where it is lost to overflow at a point beyond a thousand standard deviations.

    What integrates to one vanishes there; nearer to the data a value that is not a number stays one, as it is a defect.
    """

    def work(x: Tensor, label: Tensor | None) -> Work[Tensor]:
        value = yield from density.work(x, label)
        far = x.flatten(1).abs().amax(1) > _FAR
        return torch.where(value.isnan() & far, -torch.inf, value)

    return replace(density, work=work)


def bayes(density: LogDensity, classes: int) -> Classifier:
    """log p(x | y) of every class from a class-conditional density."""

    def work(x: Tensor) -> Work[Tensor]:
        columns = []
        for y in range(classes):
            columns.append((yield from density.work(x, torch.full((len(x),), y, device=x.device))))
            yield
        return torch.stack(columns, 1)

    exact = density.kind == "exact"
    title = "Bayes' rule on exact densities" if exact else "Bayes' rule on estimated densities"
    return Classifier(title, "exact" if exact else "heuristic", work, passes=density.passes * classes)


def posterior(evidence: Tensor, prior: Tensor | None = None) -> Tensor:
    """p(y | x) (n, classes) from log p(x | y) (n, classes) and a prior (classes,), uniform where None."""
    return torch.softmax(evidence if prior is None else evidence + prior.clamp_min(1e-12).log(), -1)
