"""Moments: of which training step, sampling time and settings each picture and number is, beside what is looked at.

A picture is finished some time after it was begun, and a person moves on meanwhile: to an earlier step of training, another
sampling time, another temperature. What was made for another moment is then shown with a word that says so, and fainter.
Everything here is a function of what is known; nothing keeps time.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from dgm_studio.language import tr
from dgm_studio.protocol.context import Label, written
from dgm_studio.protocol.messages import Curve, Field, Measured, Samples
from dgm_studio.protocol.spec import RunSpec, Sampling

from ..session.state import RunState
from .quality import ranked, sentences

SLACK, SHARE = 20, 4
"""A picture lags once the model is further by more than so many steps and by more than so great a part of them."""
OF_THE_DATA = frozenset({"truth", "pairs"})
"""Layers that do not change while a model learns."""
NEAR = 0.05
"""Sampling times this close are taken for the same."""


@dataclass(frozen=True)
class Moment:
    """What is looked at: weights of a training ``step``, the newest where it is ``live``; the sampling time; and what is held
    while sampling.
    """

    step: int
    live: bool
    t: float
    sampling: Sampling
    has_temperature: bool = False
    uses_label: bool = False


@dataclass(frozen=True)
class Age:
    """How a picture differs from what is looked at: in words, empty where it does not; then it is shown fainter."""

    word: str = ""

    @property
    def faded(self) -> bool:
        return bool(self.word)


FRESH = Age()
BEFORE = Age(tr("before the change"))
"""Of everything that a model has shown which is about to be replaced."""
COMING = Age(tr("on its way"))
"""Of what was asked for and is not there yet."""


def looked_at(run: RunState, spec: RunSpec, t: float) -> Moment:
    """The moment that a person looks at: ``spec`` is what is wanted of the run, ``t`` the sampling time on the slider."""
    shown = None if run.history is None else run.history.shown
    sampling = spec.sampling
    if run.opened is not None:
        held = {"temperature": sampling.temperature, "label": sampling.label}
        sampling = run.opened.spec.sampling.model_copy(update=held)
    info = None if run.opened is None else run.opened.info
    return Moment(
        run.step if shown is None else shown,
        shown is None,
        t,
        sampling,
        info is not None and bool(info.temperature),
        info is not None and (info.uses_label or bool(info.slots)),
    )


def ages(run: RunState, spec: RunSpec, t: float, wanted: Collection[str] = ()) -> dict[str, Age]:
    """The age of every layer of the plane and view of pictures that there is something of, "samples" and "path" among them,
    and of those wanted that there is nothing of yet.
    """
    if run.opened is not None and not run.ready_for(spec):
        return dict.fromkeys([*run.fields, "samples", "path", "latent", "inside"], BEFORE)
    now = looked_at(run, spec, t)
    found = {name: age_of_field(field, now) for name, field in run.fields.items()}
    if run.samples is not None:
        found["samples"] = found["path"] = age_of_samples(run.samples, now)
    if run.latents is not None:
        found["latent"] = _said(_behind(run.latents.shown_step, now))
    if run.insides is not None:
        found["inside"] = _said(_behind(run.insides.shown_step, now))
    waited = {} if run.opened is None else {name: COMING for name in wanted if name not in found}
    return {**found, **waited}


def age_of_samples(samples: Samples, now: Moment) -> Age:
    words = [*_behind(samples.shown_step, now), *_held(samples.sampling, now)]
    if abs(now.t - 1.0) > NEAR and samples.path is None:
        words.append("t = 1")
    return _said(words)


def age_of_field(field: Field, now: Moment) -> Age:
    """The age of a field; those of the data are of every moment, but the truth may be finer than a picture."""
    if field.layer in OF_THE_DATA:
        return Age(field.note)
    words = list(_behind(field.shown_step, now))
    if abs(now.t - field.t) > NEAR:
        words.append(f"t = {field.t:.3g}")
    density = field.layer in ("density", "difference")
    if density and now.has_temperature and now.sampling.temperature != field.temperature:
        words.append(f"T = {field.temperature:.3g}")
    if now.uses_label and field.layer != "regions" and now.sampling.label != field.label:
        words.append(_other_label(field.label, now.sampling.label))
    return _said(words)


def _other_label(label: Label, now: Label) -> str:
    """A word for what belongs to another class, or was given something else than is ``now``."""
    if isinstance(label, int):
        return tr("another class")
    if label is None and (now is None or isinstance(now, int)):
        return tr("all classes")
    return tr("given {written}", written=written(label) or "nothing") if label is not None else tr("nothing given")


def _said(words: Sequence[str]) -> Age:
    return Age(", ".join(words)) if words else FRESH


def _behind(made: int, now: Moment) -> Sequence[str]:
    """A word for weights of another step: how far training has gone since, or which step they are of."""
    behind = now.step - made
    if not now.live or behind < 0:
        return () if behind == 0 else (tr("step {counted}", counted=_counted(made)),)
    return (
        ()
        if behind <= max(SLACK, now.step // SHARE)
        else (tr("{counted} of {counted_2}", counted=_counted(made), counted_2=_counted(now.step)),)
    )


def _counted(step: int) -> str:
    """A number of steps, with a thin space between thousands."""
    return f"{step:,}".replace(",", "\u202f")


def _held(sampling: Sampling | None, now: Moment) -> Sequence[str]:
    """A word for samples that were drawn with something else held; how many and from which noise is not told."""
    if sampling is None:
        return ()
    words = []
    if now.has_temperature and sampling.temperature != now.sampling.temperature:
        words.append(f"T = {sampling.temperature:.3g}")
    if now.uses_label and sampling.label != now.sampling.label:
        words.append(_other_label(sampling.label, now.sampling.label))
    if (sampling.sampler, sampling.knobs) != (now.sampling.sampler, now.sampling.knobs):
        words.append(tr("other settings"))
    return words


@dataclass(frozen=True)
class Reading:
    """The value of a measure, with the training ``step`` it was found at; None where it was not measured then."""

    name: str
    title: str
    unit: str
    value: float | None
    error: float | None
    floor: float | None
    step: int | None
    age: Age
    said: tuple[str, ...] = ()
    """What the measures of that moment say, the most telling first."""


def reading(run: RunState, spec: RunSpec, wanted: str = "") -> Reading | None:
    """The measure ``wanted``, else the most telling one, as it is of the step that is looked at; None before the first."""
    curves = {} if run.curves is None else dict(run.curves.measures)
    names = [n for n in ranked(curves) if len(curves[n].values)]
    if not names:
        return None
    name = wanted if wanted in names else names[0]
    curve = curves[name]
    now = looked_at(run, spec, 1.0)
    told = run.measured
    if not now.live and told is not None and told.of_step == now.step and name in told.values:
        value = told.values[name]
        said = tuple(sentences(told))
        age = _said(_settings(curve, told, now))
        return Reading(name, curve.title, curve.unit, value["value"], value["error"], curve.floor, now.step, age, said)
    at = _measured_by(curve, now)
    if at is None:
        age = Age(tr("not measured at step {counted}", counted=_counted(now.step)))
        return Reading(name, curve.title, curve.unit, None, None, curve.floor, None, age)
    step = int(curve.steps[at])
    error = None if curve.errors is None else float(curve.errors[at])
    same = told if told is not None and told.of_step == step else None
    words = list(_behind(step, now)) if now.live else []
    words += _settings(curve, same, now)
    if run.opened is not None and not run.ready_for(spec):
        words = [BEFORE.word]
    said = () if same is None else tuple(sentences(same))
    return Reading(name, curve.title, curve.unit, float(curve.values[at]), error, curve.floor, step, _said(words), said)


def measured_now(run: RunState, spec: RunSpec, told: Measured | None = None) -> Measured | None:
    """What was ``told``, or measured last, where it is of the weights and the settings that are looked at; else None."""
    told, now = told or run.measured, looked_at(run, spec, 1.0)
    if told is None or not run.ready_for(spec) or _behind(told.of_step, now):
        return None
    return None if _held(told.sampling, now) else told


def _settings(curve: Curve, told: Measured | None, now: Moment) -> Sequence[str]:
    """A likelihood is of temperature 1 and of no sampler; everything else is of what was held while it was measured."""
    if curve.topic == "likelihood":
        return ("T = 1",) if now.has_temperature and now.sampling.temperature != 1.0 else ()
    return () if told is None else _held(told.sampling, now)


def _measured_by(curve: Curve, now: Moment) -> int | None:
    """The place on the curve of the last value up to the step looked at; None where that is far behind it."""
    if now.live:
        return len(curve.steps) - 1
    at = int(np.searchsorted(np.asarray(curve.steps), now.step, side="right")) - 1
    far = at < 0 or now.step - int(curve.steps[at]) > max(SLACK, now.step // SHARE)
    return None if far else at
