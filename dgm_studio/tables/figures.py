"""From what the engine says of one run to its cells of the measured table, each with its claim or with the reason why not."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from dgm_studio.language import tr
from dgm_studio.protocol.messages import Compressed, Curve, Measured, RunInfo

from .result_table import COLUMNS, ResultCell

NEEDED = (
    "nll", "nll_estimate", "nll_bound", "samples_per_second", "network_passes", "linear_probe", "latent_neighbours",
    "probe_of_examples", "beside_gaussian", "sliced_wasserstein", "frechet", "distortion", "late_loss",
)  # fmt: skip
"""Measures that the five columns are made of."""
CLOSE = 0.02
"""Nats of a point, or bits of a pixel: a likelihood whose solver may be off by more has not converged."""
NEAR_BEST, _ROUNDS = 1.1, 5
"""How near to the lowest of a distance is near, and of how many rounds of measuring that is said."""
_DISTANCES = {"frechet": "Fréchet distance", "sliced_wasserstein": "sliced Wasserstein distance"}
_LIKELIHOODS = {"nll": "exact", "nll_estimate": "estimate", "nll_bound": "lower bound"}


@dataclass(frozen=True)
class RunFindings:
    """What the engine said of one run: ``compressed`` the file of its held-out images, or ``not_compressed`` why there is
    none.

    ``worked`` of ``tried`` trainings ended better than one Gaussian; for a saved run that is itself. ``curves`` are measures as
    they were while it trained, a step of which took ``seconds_per_step``.
    """

    title: str
    info: RunInfo
    measured: Measured
    compressed: Compressed | None = None
    not_compressed: str = ""
    worked: int = 1
    tried: int = 1
    curves: Mapping[str, Curve] = field(default_factory=dict)
    seconds_per_step: float = 0.0


def figures_of(found: RunFindings, measures: Sequence[str] = ()) -> dict[str, ResultCell]:
    """The five columns and the ``measures`` that are asked for by name."""
    five = (_training, _likelihood, _sampling, _compression, _representation)
    cells = {name: make(found) for name, make in zip(COLUMNS, five, strict=True)}
    return cells | {name: _measure(found, name) for name in measures}


def refused_figures(kind: str, reason: str, measures: Sequence[str] = ()) -> dict[str, ResultCell]:
    """All cells of a run of which nothing can be said."""
    return {name: ResultCell(kind=kind, refused=reason) for name in (*COLUMNS, *measures)}


def diverged_figures(title: str, step: int, message: str, measures: Sequence[str] = ()) -> dict[str, ResultCell]:
    """Those of a run whose training ran away: that is its one figure."""
    reason = tr(
        "{title}: {message} The weights before that are no result of this budget.", title=title, message=message
    )
    cells = refused_figures("diverged", reason, measures)
    return cells | {
        "training": ResultCell(0.0, None, "share", "diverged", note=tr("diverged after step {step:,}", step=step))
    }


def _value(measured: Measured, name: str) -> Mapping[str, float | None] | None:
    return measured.values.get(name)


def _training(found: RunFindings) -> ResultCell:
    return ResultCell(
        found.worked / found.tried,
        None,
        "share",
        "stable" if found.worked == found.tried else "unstable",
        note="; ".join(_training_notes(found)),
        count=found.tried,
    )


def _training_notes(found: RunFindings) -> Iterator[str]:
    late = _value(found.measured, "late_loss")
    if late is not None:
        yield f"late in training the loss varies by {late['value']:.2g} from step to step"
    for name, said in _DISTANCES.items():
        curve = found.curves.get(name)
        near = None if curve is None else near_its_best(curve)
        if near is not None and found.seconds_per_step > 0:
            yield f"its {said} was within {NEAR_BEST:g} of its own best after {near * found.seconds_per_step:.3g} s"
            return


def near_its_best(curve: Curve) -> float | None:
    """The first step from which a distance is at most `NEAR_BEST` times its lowest; None where it was hardly measured."""
    steps, values = np.asarray(curve.steps, float), np.asarray(curve.values, float)
    known = np.isfinite(values)
    steps, values = steps[known], values[known]
    if len(values) < _ROUNDS or values.min() <= 0:
        return None
    return float(steps[np.argmax(values <= NEAR_BEST * values.min())])


def _likelihood(found: RunFindings) -> ResultCell:
    info, measured = found.info, found.measured
    if info.density is None:
        return ResultCell(kind="cannot", refused=f"{found.title} makes samples and has no density.")
    if info.density == "unnormalised":
        return ResultCell(kind="unnormalised", refused=f"{found.title} knows its density up to a factor only.")
    for name, kind in _LIKELIHOODS.items():
        value = _value(measured, name)
        if value is not None:
            unit = measured.units[name]
            if measured.numerical > CLOSE:
                note = tr(
                    "the ODE solver is off by {numerical:.2g} {unit}, more than {close}",
                    numerical=measured.numerical,
                    unit=unit,
                    close=CLOSE,
                )
                return ResultCell(value["value"], value["error"], unit, "not converged", note=note)
            if measured.rounded_to:
                levels = measured.rounded_to
                what = "sounds at" if found.info.kind == "sounds" else "images rounded to"
                of = "companded" if found.info.kind == "sounds" else "grey"
                note = tr(
                    "of {what} {levels} {of} levels, which are easier to predict than those of all levels",
                    what=what,
                    levels=levels,
                    of=of,
                )
                return ResultCell(value["value"], value["error"], unit, f"{kind} of {levels} levels", note=note)
            return ResultCell(value["value"], value["error"], unit, kind)
    return ResultCell(kind="–", refused=f"The likelihood of {found.title} was not found.")


def _sampling(found: RunFindings) -> ResultCell:
    value, passes = _value(found.measured, "samples_per_second"), _value(found.measured, "network_passes")
    if value is None:
        return ResultCell(kind="–", refused=f"The speed of {found.title} was not measured.")
    count = passes["value"] if passes is not None else None
    notes = (
        []
        if not count
        else [tr("{count:,.0f} network pass{value} for a sample", count=count, value="es" * (count != 1))]
    )
    notes += [
        tr(
            "{said} of the samples {far:.3g}, of fresh data {far_2:.3g}",
            said=said,
            far=far["value"],
            far_2=far["floor"],
        )
        for name, said in _DISTANCES.items()
        if (far := _value(found.measured, name)) is not None and far["floor"] is not None
    ][:1]
    return ResultCell(value["value"], value["error"], "samples/s", note="; ".join(notes))


_NO_FILE = {
    "points": "Points are real numbers: no file of them is without loss.",
    "sounds": "Sounds are kept as WAV: files without loss are of pictures.",
    "paths": "Paths are real numbers: no file of them is without loss.",
    "strings": "Strings are kept as text: files without loss are of pictures.",
}


def _compression(found: RunFindings) -> ResultCell:
    written, lost = found.compressed, _value(found.measured, "distortion")
    if written is None and lost is not None and 0 < (found.info.latent_size or 0) < math.prod(found.info.event):
        size = found.info.latent_size
        note = tr(
            "{size} numbers for {prod:,} bring held-out examples back so near, in standard "
            "deviations of the data; no file is written, as without bits-back coding a bound is none",
            size=size,
            prod=math.prod(found.info.event),
        )
        return ResultCell(lost["value"], lost["error"], "standard deviations", "lossy", note=note)
    if found.info.kind != "images":
        return ResultCell(kind="cannot", refused=_NO_FILE[found.info.kind])
    if written is None:
        return ResultCell(kind="cannot", refused=found.not_compressed or found.info.lossy)
    usual = ", ".join(f"{name} {size:,}" for name, size in written.sizes.items())
    weights = tr("the weights besides have {value:,}", value=4 * found.info.parameters)
    note = tr("{images:,} images, {usual} bytes; {weights}", images=len(written.images), usual=usual, weights=weights)
    return ResultCell(float(len(written.data)), None, "bytes", "lossless", note=note)


def _representation(found: RunFindings) -> ResultCell:
    value = _value(found.measured, "linear_probe")
    if value is not None:
        floor, near = value["floor"], _value(found.measured, "latent_neighbours")
        plain = _value(found.measured, "probe_of_examples")
        note = "a linear probe of the latents"
        note += "" if near is None else tr("; by the nearest latents {near:.2f}", near=near["value"])
        note += "" if plain is None else tr(", by a probe of the examples themselves {plain:.2f}", plain=plain["value"])
        note += "" if floor is None else tr(", by guessing {floor:.2f}", floor=floor)
        return ResultCell(value["value"], value["error"], "accuracy", note=note)
    info = found.info
    if info.latent_size is None:
        return ResultCell(kind="none", refused=f"{found.title} has no latents of examples.")
    if len(info.classes) < 2:
        return ResultCell(kind="no classes", refused="These data have no classes that a latent could tell.")
    return ResultCell(kind="none", refused=f"{found.title} has no encoder that is quick enough to be probed.")


def _measure(found: RunFindings, name: str) -> ResultCell:
    value = _value(found.measured, name)
    if value is None:
        return ResultCell(kind="–", refused=f"The measure {name} does not apply to {found.title} on these data.")
    floor = value["floor"]
    note = "" if floor is None else tr("floor {floor:.3g}", floor=floor)
    return ResultCell(value["value"], value["error"], found.measured.units.get(name, ""), note=note)
