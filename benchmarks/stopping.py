"""Stopping: the longest slice of every family, in the plane and on pictures of 28x28.

The engine looks for a Stop between slices, so that a slice is the longest that one waits. A slice is a start or a step of a
sampler, or of a way to fill a mask, as the program asks for them: 1,000 points, 64 pictures, 16 candidates. Measured is the
processor time of the thread, the lesser of two walks, after three steps of training on noise. Shown is the slowest sampler
or way of each family. `tests/conformance/test_stopping_laws.py` counts the same slices.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from .results import Result

TARGET = {"points": 0.1, "pictures": 0.4}
SAMPLES = {"points": 1000, "pictures": 64}
CANDIDATES = 16
FIRST, ENOUGH = 10, 0.6
"""Slices, and seconds of them, after which the rest is taken to be alike."""


def measure(quick: bool) -> list[Result]:
    import torch

    from dgm_studio.discovery import discover

    torch.set_num_threads(1)
    families = discover("dgm_studio.families", "FAMILY")
    return [
        result
        for kind in TARGET
        for name, family in families.items()
        if not quick or name in ("diffusion", "ebm", "vq-vae")
        for result in _slowest(name, family, kind)
    ]


def _slowest(name: str, family: Any, kind: str) -> Iterator[Result]:
    import torch

    from dgm_studio.contract import Batch, DataSpec, rng_for

    points = kind == "points"
    event, span = ((2,), None) if points else ((1, 28, 28), (-1.0, 1.0))
    specs = [DataSpec(event, classes=classes, value_range=span) for classes in (("a", "b"), ())]
    spec = next((spec for spec in specs if family.accepts(spec) is None), None)
    if spec is None:
        return
    recipe = family.recipe(spec, torch.device("cpu"))
    model = family.build(family.Config(**recipe.config), spec, rng_for(0))
    model.retune(recipe.training)

    def batch(n: int, i: int) -> Batch:
        rng = rng_for(1, i)
        x = torch.randn(n, *event, generator=rng) if points else 2 * torch.rand(n, *event, generator=rng) - 1
        return Batch.of(x, torch.randint(2, (n,), generator=rng) if spec.classes else None)

    for i in range(3):
        model.train_step(batch(recipe.training.batch, i), rng_for(2, i))
    walks = list(_walks(model, spec, recipe, kind, batch(1, 9).x[0]))
    with torch.no_grad():
        seconds, what = max((min(_longest(*walk) for _ in range(2)), what) for what, *walk in walks)
    yield Result(f"{name}, {kind}", 1000 * seconds, "ms", 1000 * TARGET[kind], note=what)


def _walks(model: Any, spec: Any, recipe: Any, kind: str, value: Any) -> Iterator[tuple[str, Any, int, Any]]:
    """What can be walked: its name, the sampler, how many samples, and how it is steered."""
    import torch

    from dgm_studio.completion import complete
    from dgm_studio.conditions.mask import Mask
    from dgm_studio.contract import Steer

    abilities = complete(model.abilities(), spec)

    def steer(n: int, knobs: Any, condition: Any = None) -> Any:
        label = torch.zeros(n, dtype=torch.long) if spec.classes else None
        return Steer(knobs, label=label, condition=condition)

    default = recipe.sampler or next(iter(abilities.samplers))
    for name, sampler in abilities.samplers.items():
        knobs = sampler.Knobs(**(recipe.knobs if name == default else {}))
        yield name, sampler, SAMPLES[kind], steer(SAMPLES[kind], knobs)
    mask = torch.ones(spec.event)
    mask[..., : spec.event[-1] // 2] = 0
    for name, method in abilities.methods.items():
        if method.condition == "mask":
            knobs = method.sampler.Knobs()
            yield f"to fill by {name}", method.sampler, CANDIDATES, steer(CANDIDATES, knobs, Mask(value, mask))


def _longest(sampler: Any, n: int, steer: Any) -> float:
    """Seconds of the longest of the first slices of a walk."""
    from dgm_studio.contract import trajectory

    work, spent, end = trajectory(sampler, n, steer, 0), [], object()
    while len(spent) < FIRST and sum(spent) < ENOUGH:
        begin = time.thread_time()
        more = next(work, end)
        spent.append(time.thread_time() - begin)
        if more is end:
            break
    return max(spent)
