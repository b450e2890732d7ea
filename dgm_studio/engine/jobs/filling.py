"""Filling: answers to what was painted, whatever the family.

A mask, strokes or a measurement becomes a condition, a method that meets it is walked frame by frame, and known values are
put back in data units at the end, so that they are identical to the last bit. The frames are kept (`answered`): any step
can be scrubbed to, and gone on from with another mask or seed, of a finished answer as of one that was stopped.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from dgm_studio.conditions.mask import Mask
from dgm_studio.conditions.observation import observe
from dgm_studio.conditions.operators import parse
from dgm_studio.conditions.strokes import Strokes
from dgm_studio.contract import Frame, Steer, Work, rng_for
from dgm_studio.language import tr
from dgm_studio.protocol import messages as m

from ..errors import UserError
from ..runs.run import Run
from ..runs.trajectories import FillCondition, Trajectory
from .showing import PATH_VALUES, REPORT_EVERY, Emit, Job, clock, valid, walk

_NOISE = 31


def fill(run: Run, emit: Emit, intent: m.Fill) -> Job:
    """Answer what was painted. Raises UserError where it does not fit the model."""
    answer = _begun(run, intent)
    asked = answer.asked
    if bool(asked.known.all()):
        # no way was walked: none is named
        emit(m.Filled(run.name, run.step, intent.ticket, asked.original.copy(), 1.0, True, "", "",
                      asked.original[None].copy(), np.ones(1), observed=asked.observed))  # fmt: skip
        return
    answer.frames = yield from _branched(run, intent)
    run.shown.answers.begin(intent.ticket, answer)
    told = 0.0
    for frame in _walked(run, answer):
        if frame is None:
            yield
            continue
        answer.frames.append(frame)
        now = time.perf_counter()
        if intent.live and frame.t < 1 and now - told > REPORT_EVERY:
            told = now
            x = asked.seen(run, frame)
            emit(m.Filled(run.name, run.step, intent.ticket, x, clock(frame), False, answer.name, answer.honesty))
        yield
    run.shown.answers.end(intent.ticket)
    emit(_told(run, answer))


def cut_short(run: Run, ticket: int) -> m.Filled:
    """The last that is told of an answer that was stopped: as far as it came, to be looked at and gone on from; nothing
    (no picture at all) where it had not begun or nobody would look at it.
    """
    answer = run.shown.answers.find(ticket)
    run.shown.answers.end(ticket)
    if answer is None or not answer.frames or not answer.intent.keep:
        return m.Filled(run.name, run.step, ticket, np.empty(0), 0.0, True, "", "", stopped=True)
    return _told(run, answer, stopped=True)


def _told(run: Run, answer: Trajectory, *, stopped: bool = False) -> m.Filled:
    """The last event about an answer, with its path, thinned to `PATH_VALUES` numbers."""
    intent, frames, asked = answer.intent, answer.frames, answer.asked
    shown = _evenly(len(frames), max(2, PATH_VALUES // (intent.count * run.event_spec.size)))
    path = np.stack([asked.seen(run, frames[i]) for i in shown])
    times = np.array([clock(frames[i]) for i in shown])
    return m.Filled(run.name, run.step, intent.ticket, path[-1], clock(frames[-1]), True, answer.name, answer.honesty,
                    path, times, stopped, np.array(shown), asked.observed, valid(run, path[-1]))  # fmt: skip


def _begun(run: Run, intent: m.Fill) -> Trajectory:
    """A question that was looked through, with no frames yet. Raises UserError where it does not fit the model."""
    name, method = run.method(intent.method, intent.condition)
    if not 1 <= intent.count <= 64:
        raise UserError(tr("Between 1 and 64 candidates can be asked for, not {count}.", count=intent.count))
    run.check_label(intent.label)
    return Trajectory(intent, _asked(run, intent), name, method)


def _walked(run: Run, answer: Trajectory) -> Iterator[Frame | None]:
    """The frames that follow those an answer has, and None between slices."""
    intent, method = answer.intent, answer.method
    labels = run.undecided(intent.count, intent.label)
    steer = Steer(method.sampler.Knobs(**intent.knobs), intent.temperature, labels, answer.asked.condition)
    return walk(method.sampler, steer, intent.count, intent.seed, run, begin=tuple(answer.frames))


def _asked(run: Run, intent: m.Fill) -> FillCondition:
    """Check what was painted and put it into model units. Raises UserError naming what does not fit."""
    image = np.asarray(intent.image)
    value = run.tensor(image)[0]
    mask = np.asarray(intent.mask, np.float32)
    event = run.event_spec.event
    spatial = event if len(event) == 1 or run.event_spec.data_kind == "paths" else event[1:]
    if mask.shape != tuple(spatial):
        raise UserError(
            tr("The mask has shape {shape}; this model needs {tuple}.", shape=mask.shape, tuple=tuple(spatial))
        )
    if not np.isfinite(mask).all() or mask.min() < 0 or mask.max() > 1:
        raise UserError(tr("A mask lies between 0 (keep) and 1 (generate); this one does not."))
    one = run.units.array(value[None])
    original = np.broadcast_to(image.astype(one.dtype), (intent.count, *one.shape[1:]))
    known = np.broadcast_to(_like(mask == 0, original), original.shape)
    if intent.condition == "mask":
        strength = torch.from_numpy(mask).to(run.device).expand(run.event_spec.event)
        return FillCondition(Mask(value, strength), original, known)
    if not run.event_spec.is_image:
        raise UserError(tr("Strokes and measurements are of pictures; hold a coordinate of a point instead."))
    if intent.condition == "strokes":
        return _sketched(run, intent, value, original)
    nothing = np.zeros_like(known)
    try:
        operator = parse(intent.operator, run.event_spec.event)
        rng = rng_for(intent.seed, _NOISE, device=run.device)
        seen = observe(operator, value[None], rng, intent.noise or None)
    except ValueError as error:
        raise UserError(f"{str(error)[:1].upper()}{str(error)[1:]}.") from None
    return FillCondition(seen, original, nothing, run.units.array(seen.image())[0])


def _sketched(run: Run, intent: m.Fill, value: Tensor, original: m.Array) -> FillCondition:
    """Strokes over the picture: what may change is where the mask is, or anywhere when nothing is masked."""
    strokes = np.asarray(intent.strokes if intent.strokes is not None else np.zeros((*intent.mask.shape, 4)), np.uint8)
    if strokes.shape != (*intent.mask.shape, 4):
        raise UserError(
            tr(
                "The strokes have shape {shape}; this model needs {value}.",
                shape=strokes.shape,
                value=(*intent.mask.shape, 4),
            )
        )
    if not 0 <= intent.strength <= 1:
        raise UserError(
            tr(
                "The strength lies between 0 (change nothing) and 1 (forget), not at {strength:g}.",
                strength=intent.strength,
            )
        )
    grey = run.event_spec.event[0] == 1
    ink = strokes[..., :3].mean(-1).round().astype(np.uint8) if grey else strokes[..., :3]
    alpha = torch.from_numpy(strokes[..., 3].astype(np.float32) / 255).to(run.device)
    paint = run.tensor(ink)[0]
    free = np.asarray(intent.mask, np.float32)
    anywhere = not free.any()
    mask = None if anywhere else torch.from_numpy(free).to(run.device).expand(value.shape)
    asked = Strokes(value, paint, alpha, intent.strength, mask)
    shown = run.units.array(asked.painted()[None])
    kept = np.broadcast_to(shown, original.shape)
    known = np.zeros(original.shape, bool) if anywhere else np.broadcast_to(_like(free == 0, kept), kept.shape)
    return FillCondition(asked, kept, known, shown[0])


def _branched(run: Run, intent: m.Fill) -> Work[list[Frame]]:
    """The frames of an earlier answer up to the one to go on from; its question is walked again where they are not kept.

    Raises UserError when neither is there, or the answer is of other size.
    """
    if intent.branch is None:
        return []
    ticket, number = intent.branch
    kept = run.shown.answers.find(ticket)
    before = kept.frames[: number + 1] if kept is not None else []
    if kept is None and intent.origin is not None:
        before = yield from _replayed(run, intent.origin, number)
    if not 0 <= number < len(before):
        raise UserError(
            tr("The steps of that answer are not kept any more. Ask again, then branch from the new answer.")
        )
    if len(before[-1].x) != intent.count or before[-1].t >= 1 or intent.count > run.shown.portion:
        raise UserError(
            tr(
                "One can go on from an unfinished step with as many candidates as it has, {x}, up to {portion}.",
                x=len(before[-1].x),
                portion=run.shown.portion,
            )
        )
    return before


def _replayed(run: Run, origin: m.Fill, number: int) -> Work[list[Frame]]:
    """The frames of a question up to one of them, as they were: a seed fixes every step."""
    answer = _begun(run, origin)
    answer.frames = (yield from _branched(run, origin))[: number + 1]
    for frame in _walked(run, answer):
        if len(answer.frames) > number:
            break
        if frame is not None:
            answer.frames.append(frame)
        yield
    return answer.frames


def _evenly(count: int, most: int) -> list[int]:
    """At most ``most`` of the numbers below ``count``, first and last among them."""
    return list(range(count)) if count <= most else np.unique(np.linspace(0, count - 1, most).astype(int)).tolist()


def _like(mask: m.Array, image: m.Array) -> m.Array:
    """A mask (H, W) beside images (n, H, W[, C]), or (2,) beside points."""
    return mask[None, ..., None] if image.ndim == mask.ndim + 2 else mask[None]
