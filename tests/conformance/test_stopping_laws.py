"""Stopping laws: an engine looks for a Stop between slices, so no slice may be long, whatever the family and its ways.

A slice is a start or a step of a sampler. Its length is counted, not timed: a plain core makes some 100,000 operations,
a thousand million numbers and 40 thousand million multiplications and additions a second, so that the limits are about
0.1 s in the plane and 0.4 s on pictures (``python -m benchmarks stopping`` measures them).
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import torch
from conformance_cases import CPU, FAMILIES, SPECS, examples, quick
from effort import Effort
from torch.nn.functional import interpolate

from dgm_studio.completion import complete
from dgm_studio.conditions.mask import Mask
from dgm_studio.contract import Batch, DataSpec, Rng, Sampler, Settings, Steer, rng_for, trajectory

GLYPHS = DataSpec((1, 28, 28), classes=("bar", "column"), value_range=(-1, 1))
CANDIDATES = 16
"""The most that can be asked for at once."""
SAMPLES = {"points": 1000, "glyphs": 64}
"""What the program draws at once."""
FIRST = 3
"""Slices after which the rest is taken to be alike."""
_END = object()


@dataclass(frozen=True)
class Limit:
    """The most that a slice may be."""

    operations: int
    numbers: int
    flops: int

    def passed_by(self, effort: Effort) -> bool:
        return (
            effort.operations > self.operations or effort.numbers > self.numbers or effort.flops > self.flops
        )  # fmt: skip


LIMITS = {"points": Limit(8_000, 60_000_000, 4_000_000_000), "glyphs": Limit(8_000, 400_000_000, 16_000_000_000)}


def pictures(spec: DataSpec, n: int, rng: Rng) -> Batch:
    """Examples of the laws, pictures of them enlarged."""
    if not spec.is_image:
        return examples(spec, n, rng)
    small = examples(SPECS["labelled-images"], n, rng)
    return Batch.of(interpolate(small.x, spec.event[1:]), small.label if spec.classes else None)


def slices(sampler: Sampler, n: int, steer: Steer) -> list[Effort]:
    """What the first slices of a walk cost."""
    work, spent = trajectory(sampler, n, steer, 0), []
    with torch.no_grad():
        more = True
        while more and len(spent) < FIRST:
            with Effort() as effort:
                more = next(work, _END) is not _END
            spent.append(effort)
    return spent


def too_long(sampler: Sampler, n: int, steer: Steer, limit: Limit) -> list[str]:
    """Slices past the limit among the first, and in a walk of few steps, which goes to its end."""
    found = []
    for knobs in (steer.knobs, quick(sampler, 3)):
        for i, effort in enumerate(slices(sampler, n, Steer(knobs, label=steer.label, condition=steer.condition))):
            if limit.passed_by(effort):
                found.append(
                    f"slice {i}: {effort.operations} operations, {effort.numbers} numbers, {effort.flops} flops"
                )
    return found


@pytest.mark.parametrize("kind", list(LIMITS))
@pytest.mark.parametrize("name", list(FAMILIES))
def test_no_slice_keeps_a_stop_waiting(name: str, kind: str) -> None:
    family, spec = FAMILIES[name], GLYPHS if kind == "glyphs" else SPECS["labelled-points"]
    if family.accepts(spec) is not None:
        spec = DataSpec(spec.event, value_range=spec.value_range)
    if family.accepts(spec) is not None:
        return
    recipe = family.recipe(spec, CPU)
    model = family.build(family.Config(**recipe.config), spec, rng_for(0))
    model.retune(recipe.training)
    for i in range(2):
        model.train_step(pictures(spec, recipe.training.batch, rng_for(1, i)), rng_for(2, i))
    abilities, late = complete(model.abilities(), spec), {}

    def held(n: int, knobs: Settings, condition: Mask | None = None) -> Steer:
        return Steer(knobs, label=torch.zeros(n, dtype=torch.long) if spec.classes else None, condition=condition)

    for title, sampler in abilities.samplers.items():
        shown = recipe.knobs if title == (recipe.sampler or next(iter(abilities.samplers))) else {}
        late[title] = too_long(sampler, SAMPLES[kind], held(SAMPLES[kind], sampler.Knobs(**shown)), LIMITS[kind])
    mask = torch.ones(spec.event)
    mask[..., : spec.event[-1] // 2] = 0
    condition = Mask(pictures(spec, 1, rng_for(3)).x[0], mask)
    for title, method in abilities.methods.items():
        if method.condition == "mask":
            steer = held(CANDIDATES, method.sampler.Knobs(), condition)
            late[f"to fill by {title}"] = too_long(method.sampler, CANDIDATES, steer, LIMITS[kind])
    assert {title: slices for title, slices in late.items() if slices} == {}
