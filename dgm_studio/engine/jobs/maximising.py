"""Maximising: pictures that please a classifier as much as may be, by every method side by side.

In pixels alone, where nothing holds them to what data look like; and under each prior that the model has, where they are its
samples that the classifier is sure of.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import cast

import numpy as np
from torch import Tensor

from dgm_studio.conditions.ascent import ascents
from dgm_studio.conditions.objective import Objective
from dgm_studio.contract import Frame, Sampler, Steer, Work
from dgm_studio.language import tr
from dgm_studio.nets.discriminative import DataClassifier
from dgm_studio.protocol import messages as m

from ..errors import UserError
from ..runs.run import Run
from .attacking import classifier_of
from .showing import PATH_VALUES, REPORT_EVERY, Emit, Job, clock, in_chunks, walk

MOST, _HELD = 16, 500


@dataclass
class _Walk:
    """One of the methods, and how far it came."""

    name: str
    title: str
    help: str
    steps: Iterator[Frame | None]
    frames: list[Frame] = field(default_factory=list)
    told: float = 0.0

    @property
    def done(self) -> bool:
        return bool(self.frames) and self.frames[-1].t >= 1


def maximise(run: Run, emit: Emit, intent: m.Maximise) -> Job:
    """Walk every method. Raises UserError for data without classes, and for a unit or a layer that the classifier lacks."""
    spec = run.data.spec
    if not spec.is_image:
        raise UserError(tr("What pleases a classifier is looked for in pictures. Choose pictures with classes."))
    if not 1 <= intent.count <= MOST:
        raise UserError(
            tr("Between 1 and {most} pictures can be asked for, not {count}.", most=MOST, count=intent.count)
        )
    net = yield from classifier_of(run, intent.classifier)
    layers = tuple(h.shape[1] for h in net.hidden(run.units.to_model(run.data.train.x[:1])))
    held = run.data.held_out.take(slice(_HELD))
    right = float((net(run.units.to_model(held.x)).argmax(1) == held.label).float().mean())
    yield
    value, shown = _value(net, intent.target, len(spec.classes), layers)
    start = None if intent.image is None else run.tensor(np.asarray(intent.image))[0]
    steer = Steer(condition=Objective(value, start), label=run.undecided(intent.count, None))
    methods = [_begun(run, intent, steer, *each) for each in _methods(run, pixels=intent.pixels)]
    if not methods:
        raise UserError(
            tr("{title} is no prior under which a picture could be led; pixels alone can be.", title=run.family.title)
        )

    def tell(method: _Walk, *, done: bool = False, last: bool = False) -> Work[m.Maximised]:
        x, frames = method.frames[-1].x, method.frames
        log_p, kind, path, times = None, "", None, None
        if done:
            kept = _evenly(len(frames), max(2, PATH_VALUES // (x.numel() * len(methods))))
            path = np.stack([run.units.array(frames[i].x) for i in kept])
            times = np.array([clock(frames[i]) for i in kept])
            density = run.shown.abilities().log_density
            if density is not None:
                nats = yield from in_chunks(density, x, None, run.shown.chunk)
                log_p, kind = (
                    (nats - (0.0 if density.levels else run.log_volume())).double().cpu().numpy(),
                    density.kind,
                )
        return m.Maximised(
            run.name, run.step, intent.ticket, method.name, method.title, method.help, run.units.array(x), clock(frames[-1]),
            shown(x).double().cpu().numpy(), spec.classes, layers, right, path, times, last, log_p, kind,
        )  # fmt: skip

    while not all(method.done for method in methods):
        for method in (each for each in methods if not each.done):
            frame = next(method.steps)
            yield
            if frame is None:
                continue
            method.frames.append(frame)
            now = time.perf_counter()
            if method.done or now - method.told > REPORT_EVERY:
                method.told = now
                event = yield from tell(method, done=method.done, last=all(each.done for each in methods))
                emit(event)


def _methods(run: Run, *, pixels: bool) -> Iterator[tuple[str, str, str, Sampler]]:
    """Name, title, help and sampler of every method."""
    if pixels:
        for name, ascent in ascents(run.data.spec, run.device).items():
            yield name, ascent.title, ascent.help, ascent
    for name, method in run.shown.abilities().methods.items():
        if method.condition == "objective":
            yield name, f"{run.family.title} · {method.title[0].lower()}{method.title[1:]}", method.help, method.sampler


def _begun(run: Run, intent: m.Maximise, steer: Steer, name: str, title: str, help: str, sampler: Sampler) -> _Walk:
    knobs = sampler.Knobs()
    if "pull" in type(knobs).model_fields:
        knobs = type(knobs)(**{**knobs.model_dump(), "pull": intent.pull})
    walked = Steer(knobs, 1.0, steer.label, steer.condition)
    return _Walk(name, title, help, walk(sampler, walked, intent.count, intent.seed, run))


Read = Callable[[Tensor], Tensor]


def _value(
    net: DataClassifier, target: tuple[str | int, ...], classes: int, layers: tuple[int, ...]
) -> tuple[Read, Read]:
    """What is made large, and what is shown of it, both of images (n, *event) to (n,). Raises UserError."""
    kind, *numbers = target

    def logits(x: Tensor) -> Tensor:
        out: Tensor = net(x.cpu())
        return out.to(x.device)

    if kind == "class":
        (y,) = cast(list[int], numbers)
        if not 0 <= y < classes:
            raise UserError(
                tr("There is no class {y}; classes are counted from 0 to {classes}.", y=y, classes=classes - 1)
            )
        return lambda x: logits(x).log_softmax(1)[:, y], lambda x: logits(x).softmax(1)[:, y]
    layer, *unit = cast(list[int], numbers)
    if not 0 <= layer < len(layers):
        raise UserError(
            tr(
                "There is no hidden layer {layer}; this classifier has {layers}, counted from 0.",
                layer=layer,
                layers=len(layers),
            )
        )
    if unit and not 0 <= unit[0] < layers[layer]:
        raise UserError(
            tr(
                "There is no unit {unit} in layer {layer}; it has {layers}, counted from 0.",
                unit=unit[0],
                layer=layer,
                layers=layers[layer],
            )
        )

    def said(x: Tensor) -> Tensor:
        h: Tensor = net.hidden(x.cpu())[layer].to(x.device)
        return h[:, unit[0]].flatten(1).mean(1) if unit else h.flatten(1).square().mean(1)

    return said, said


def _evenly(count: int, most: int) -> list[int]:
    return list(range(count)) if count <= most else np.unique(np.linspace(0, count - 1, most).astype(int)).tolist()
