"""Stopping laws: an engine looks for a Stop between slices, so no slice may last, whatever the family and its ways.

A slice is a start or a step of a sampler. Measured is the processor time of the thread, which a busy machine does not
lengthen; a slice that seems too long is timed once more, since whatever is used first in a process is loaded then.
"""

from __future__ import annotations

import time

import pytest
import torch
from conformance_cases import CPU, FAMILIES, SPECS, examples, quick
from torch.nn.functional import interpolate

from dgm_studio.completion import complete
from dgm_studio.conditions.mask import Mask
from dgm_studio.contract import Batch, DataSpec, Rng, Sampler, Settings, Steer, rng_for, trajectory

GLYPHS = DataSpec((1, 28, 28), classes=("bar", "column"), value_range=(-1, 1))
LIMIT = {"points": 0.1, "glyphs": 0.3}
"""Seconds from Stop to rest."""
CANDIDATES = 16
"""The most that can be asked for at once."""
SAMPLES = {"points": 1000, "glyphs": 64}
"""What the program draws at once."""
FIRST, ENOUGH = 10, 0.4
"""Slices, and seconds of them, after which the rest is taken to be alike."""


def pictures(spec: DataSpec, n: int, rng: Rng) -> Batch:
    """Examples of the laws, pictures of them enlarged."""
    if not spec.is_image:
        return examples(spec, n, rng)
    small = examples(SPECS["labelled-images"], n, rng)
    return Batch.of(interpolate(small.x, spec.event[1:]), small.label if spec.classes else None)


def slices(sampler: Sampler, n: int, steer: Steer) -> list[float]:
    """Seconds of the first slices of a walk."""
    work, spent = trajectory(sampler, n, steer, 0), []
    with torch.no_grad():
        while len(spent) < FIRST and sum(spent) < ENOUGH:
            begin = time.thread_time()
            try:
                next(work)
            except StopIteration:
                return spent
            finally:
                spent.append(time.thread_time() - begin)
    return spent


def longest(sampler: Sampler, n: int, steer: Steer, limit: float) -> float:
    """The longest slice among the first, and among all of a walk of few steps, to its end."""
    found = 0.0
    for knobs in (steer.knobs, quick(sampler, 3)):
        asked = Steer(knobs, label=steer.label, condition=steer.condition)
        spent = slices(sampler, n, asked)
        if max(spent) > limit:
            spent = [min(pair) for pair in zip(spent, slices(sampler, n, asked), strict=False)]
        found = max(found, *spent)
    return found


@pytest.mark.parametrize("kind", list(LIMIT))
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
    for i in range(3):
        model.train_step(pictures(spec, recipe.training.batch, rng_for(1, i)), rng_for(2, i))
    able, late = complete(model.abilities(), spec), {}

    def held(n: int, knobs: Settings, condition: Mask | None = None) -> Steer:
        return Steer(knobs, label=torch.zeros(n, dtype=torch.long) if spec.classes else None, condition=condition)

    for title, sampler in able.samplers.items():
        shown = recipe.knobs if title == (recipe.sampler or next(iter(able.samplers))) else {}
        late[title] = longest(sampler, SAMPLES[kind], held(SAMPLES[kind], sampler.Knobs(**shown)), LIMIT[kind])
    mask = torch.ones(spec.event)
    mask[..., : spec.event[-1] // 2] = 0
    condition = Mask(pictures(spec, 1, rng_for(3)).x[0], mask)
    for title, way in able.ways.items():
        if way.condition == "mask":
            steer = held(CANDIDATES, way.sampler.Knobs(), condition)
            late[f"to fill by {title}"] = longest(way.sampler, CANDIDATES, steer, LIMIT[kind])
    assert {title: seconds for title, seconds in late.items() if seconds > LIMIT[kind]} == {}
