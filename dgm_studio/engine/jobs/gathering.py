"""Gathering: samples, densities, classes and latents of a run at one moment, which is what measures look at."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from dgm_studio.contract import Evidence, Frame, LogDensity, Sampler, Speed, Work, rng_for
from dgm_studio.contract.context import encoded
from dgm_studio.evaluation.shared.features import learn_features
from dgm_studio.protocol import messages as m
from dgm_studio.quadrature import Floats, refine, root

from ..runs.memo import Note
from ..runs.passes import Passes
from ..runs.run import Run
from .between_evidence import translated
from .deciding import evidence_in_chunks
from .given_evidence import under_context
from .parts import in_parts
from .showing import DRAWN, in_chunks, walk

SAMPLES, FIRST, FIRST_SOUNDS = 1500, 100, 24
COSTLY_PASSES = 20


@dataclass(frozen=True)
class Depth:
    """How much a round of measuring looks at: so many ``samples``, but no more than ``patience`` seconds of work gives; so many
    points and ``images`` whose density or class is asked for, all of cheap points where ``cheap``; whether features are
    learned for it, and passes of the networks counted."""

    samples: int
    patience: float
    points: int
    images: int
    cheap: int = SAMPLES
    features: bool = True
    passes: bool = True


FIRST_LOOK = Depth(300, 0.3, 100, 16, 300, features=False, passes=False)
"""A first number soon after training began; the next rounds sharpen it."""
WHILE_TRAINING = Depth(SAMPLES, 2.0, 300, 64)
AT_REST = Depth(SAMPLES, 5.0, 1000, 128)
THOROUGH = Depth(SAMPLES, 5.0, 1 << 30, 1 << 30)
"""Every held-out example, whatever its density costs."""
_SAMPLES_SEED = 4242
_ENCODED, _AT_ONCE = 400, 100
_LONGER = 4
"""Sounds are so many times as long as pictures, and fewer are looked at."""
_SLICES = 4
"""Fewer slices of work do not tell how their lengths vary."""
_END = object()
PASSES = Note[int]("network passes for a sample, of a sampler and its knobs", most=64)
_PLACES, _KNOWN = 12_000, 10_000
"""Evaluations over the plane, and examples that lead to where the mass is."""


@dataclass(frozen=True)
class Drawn:
    """Samples (n, *event) in model units on the CPU, the classes (n,) they were asked to be of, and how fast they came."""

    x: Tensor
    label: Tensor | None
    speed: Speed


def _drawn(run: Run, sampler: Sampler, n: int, depth: Depth) -> Work[Drawn]:
    """Up to n samples with the person's own knobs.

    A first few tell how many can be had within the depth's ``patience``; a slow sampler is measured on fewer.
    """
    first = min(n, FIRST_SOUNDS if run.event_spec.is_sound else FIRST)
    passes = (yield from count_passes(run, sampler)) if depth.passes else 0
    drawn = yield from _walked(run, sampler, first, _SAMPLES_SEED)
    speed = replace(drawn.speed, passes=passes)
    more = min(n - first, int(depth.patience / max(speed.seconds / first, 1e-9)) - first)
    if more <= 0:
        return replace(drawn, speed=speed)
    rest = yield from _walked(run, sampler, more, _SAMPLES_SEED + 1)
    seconds, error = speed.seconds + rest.speed.seconds, math.hypot(speed.error, rest.speed.error)
    label = None if drawn.label is None or rest.label is None else torch.cat([drawn.label, rest.label])
    return Drawn(torch.cat([drawn.x, rest.x]), label, Speed(first + more, rest.speed.steps, seconds, error, passes))


def _walked(run: Run, sampler: Sampler, n: int, seed: int) -> Work[Drawn]:
    steer = run.steer(n)
    last: Frame | None = None
    steps, slices, begin = -1, [], time.perf_counter()
    for frame in walk(sampler, steer, n, seed, run):
        last = frame or last
        steps += frame is not None
        slices.append(time.perf_counter() - begin)
        yield
        begin = time.perf_counter()
    assert last is not None
    spent = torch.tensor(slices, dtype=torch.double)
    # of a few slices the spread is not known: then any of them may have been half as long or as long again
    error = float(spent.std()) * len(spent) ** 0.5 if len(spent) >= _SLICES else float(spent.sum()) / 2
    label = None if steer.label is None else steer.label.cpu()
    return Drawn(last.x.float().cpu(), label, Speed(n, max(steps, 1), float(spent.sum()), error))


def count_passes(run: Run, sampler: Sampler) -> Work[int]:
    """How often the networks run for one sample; found once for a sampler and its knobs."""
    steer = run.steer(1)
    key = (sampler.title, steer.knobs, steer.label is None)
    count = run.shown.memo.find(PASSES, of=key)
    if count is None:
        passes, frames = Passes(), walk(sampler, steer, 1, _SAMPLES_SEED, run)
        more = True
        while more:
            with passes:
                more = next(frames, _END) is not _END
            yield
        count = run.shown.memo.keep(PASSES, passes.count, of=key)
    return count


def gather(run: Run, depth: Depth = AT_REST, against: m.Array | None = None) -> Work[Evidence]:
    """Evidence for the measures, all of it of one step of a model that learns on meanwhile."""
    abilities, data = run.shown.frozen("measure"), run.goal
    held_raw = data.held_out.x if against is None else None
    held = run.units.to_model(held_raw) if held_raw is not None else run.tensor(against).cpu()  # type: ignore[arg-type]
    n = min(depth.samples, len(held))
    pick = torch.randperm(len(held), generator=rng_for(_SAMPLES_SEED, 1))[: max(n, AT_REST.points)]
    held = held[pick]
    # of strings all: whether one is a copy is seen by looking through them
    train = run.units.to_model(data.train.x[: len(data.train) if data.spec.alphabet else max(2 * n, 2000)])
    train_label = data.train.label[: len(train)] if data.train.label is not None else None
    held_label = data.held_out.label[pick] if data.held_out.label is not None and held_raw is not None else None
    drawn = yield from _drawn(run, abilities.samplers[run.sampler_name], n, depth)
    found = Evidence(
        spec=run.event_spec,
        samples=drawn.x,
        train=train,
        held_out=held,
        rng=rng_for(_SAMPLES_SEED, 2),
        log_volume=run.log_volume(),
        modes=None if data.modes is None else run.units.to_model(data.modes.float()),
        train_label=train_label,
        held_out_label=held_label,
        speed=drawn.speed,
        sample_label=drawn.label if run.event_spec.classes else None,
        losses=_losses(run),
        valid=data.valid,
        to_data=run.units.to_data,
    )
    large = run.event_spec.is_image or run.event_spec.is_sound
    some = (depth.images // _LONGER if run.event_spec.is_sound else depth.images) if large else depth.points
    if abilities.log_density is not None and abilities.log_density.kind != "unnormalised" and data is run.data:
        cheap = abilities.log_density.passes < COSTLY_PASSES and not large
        points = held[: max(depth.cheap, some) if cheap else some]
        found = yield from _likelihood(run, abilities.log_density, found, points)
        if data.log_density is not None and held_raw is not None:
            true = data.log_density(held_raw[pick][: len(points)]).float() + run.log_volume()
            found = replace(found, true_log_density=true)
            yield
            if abilities.log_density.kind == "exact" and cheap and depth is not FIRST_LOOK:
                found = replace(found, grid=(yield from _over_the_plane(run, abilities.log_density)))
    if run.event_spec.context and data.held_out.context is not None and held_raw is not None:
        cheap = not run.event_spec.is_image
        n = min(depth.cheap if cheap else depth.images, SAMPLES)
        known = replace(found, held_out_context=data.held_out.context[pick])
        found = yield from under_context(run, abilities, known, held_raw[pick], n, depth.points)
    if abilities.classifier is not None and held_label is not None:
        asked = held[: min(some, 4000 if depth is THOROUGH else max(64, 20000 // abilities.classifier.passes))].to(
            run.device
        )
        evidence = yield from evidence_in_chunks(abilities.classifier, asked, run.shown.chunk)
        found = replace(found, class_evidence=evidence.cpu())
    latent, causes = abilities.latent, _causes(run, _ENCODED)
    if (
        latent is not None
        and latent.encode is not None
        and ((train_label is not None and held_label is not None) or causes)
        and latent.cheap
    ):
        seen, queried = train[:_ENCODED].to(run.device), held[:_ENCODED].to(run.device)
        own, theirs = (
            label[: len(x)].to(run.device) if run.event_spec.classes and label is not None else None
            for label, x in ((train_label, seen), (held_label, queried))
        )
        latents = yield from in_parts(latent.encode, seen, own, _AT_ONCE)
        queries = yield from in_parts(latent.encode, queried, theirs, _AT_ONCE)
        back = yield from in_parts(latent.decode, queries, theirs, _AT_ONCE)
        found = replace(
            found,
            latents=latents.cpu(),
            held_out_latents=queries.cpu(),
            brought_back=back.float().cpu(),
            factors=causes,
        )
    if run.event_spec.is_image and len(train) >= 100 and (depth.features or run.features is not None):
        if run.features is None:
            taught = run.data.train.take(slice(len(train)))
            run.features = yield from learn_features(
                run.units.to_model(taught.x), taught.label, len(run.data.spec.classes)
            )
        found = replace(found, features=run.features.features)
        if drawn.label is not None and train_label is not None and len(run.event_spec.classes) > 1:
            net = run.features
            found = replace(found, class_judge=lambda x: net(x).softmax(1))
    if depth is not FIRST_LOOK:
        found = yield from translated(run, abilities, found, run.features)
    return found


def _causes(run: Run, n: int) -> dict[str, Tensor]:
    """What the first training examples were drawn by, as numbers (n, k) by name: an angle as cosine and sine, a choice as one
    of its values. Classes are asked for elsewhere."""
    program = run.data.program
    slots = {} if program is None else {key: slot for key, slot in program.slots.items() if key in run.data.factors}
    return {slot.name: encoded((slot,), {slot.name: run.data.factors[key][:n]})[:, 1:] for key, slot in slots.items()}


def _losses(run: Run) -> tuple[Tensor, Tensor] | None:
    """Steps and losses (k,) up to the weights that are shown."""
    curve = run.trainer.recorder.loss_curves().get("loss")
    if curve is None:
        return None
    steps, values = torch.as_tensor(np.asarray(curve.steps)), torch.as_tensor(np.asarray(curve.values))
    seen = steps <= run.shown.step
    return steps[seen], values[seen]


def _likelihood(run: Run, density: LogDensity, found: Evidence, points: Tensor) -> Work[Evidence]:
    """The model's nats on held-out and, as many, on training examples."""
    log_q = (yield from in_chunks(density, points.to(run.device), None, run.shown.chunk)).cpu()
    finite = run.data.fresh is None
    seen = found.train[: len(points)].to(run.device)
    log_train = (yield from in_chunks(density, seen, None, run.shown.chunk)).cpu() if finite else None
    return replace(
        found,
        log_density=log_q,
        train_log_density=log_train,
        density_kind=density.kind,
        levels=density.levels,
        numerical=density.numerical(),
        chains=None if (chains := density.chains()) is None else chains.double().cpu(),
    )


def _over_the_plane(run: Run, density: LogDensity) -> Work[tuple[Tensor, Tensor, Tensor] | None]:
    """True and model log-density (cells,) in data units over where the data are, and the areas of the cells."""
    extent, true = run.extent(), run.data.log_density
    if extent is None or true is None:
        return None

    def evaluate(points: Floats) -> Work[Floats]:
        log_q = yield from in_chunks(density, run.tensor(points), None, run.shown.chunk)
        log_p = true(torch.from_numpy(points).float()).double()
        return torch.stack([log_q.double().cpu() - run.log_volume(), log_p], 1).numpy()

    examples = run.data.train.x[:_KNOWN].double().numpy()
    drawn = run.shown.memo.find(DRAWN)
    known = examples if drawn is None else np.concatenate([examples, drawn])
    mesh = yield from refine(root(extent, run.units.step), evaluate, known, _PLACES)
    log_q, log_p = torch.from_numpy(mesh.values).T
    return log_p.float(), log_q.float(), torch.from_numpy(np.exp(mesh.log_area()))
