"""Sounds: how far their spectra are from those of the data, and whether the class asked for is heard.

The energy distance of two sets (Székely & Rizzo 2013, doi:10.1016/j.jspi.2013.03.018),

    D^2 = 2 E |X - Y| - E |X - X'| - E |Y - Y'|,

is zero for equal laws alone. Here |X - Y| is the root mean square difference of two spectra over time, in decibels: phases,
which nobody hears, have no part in it, and a sound that comes a moment later is another. Without bias, so that two draws of
the data are at zero on average.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from dgm_studio.contract import Evidence, Measure, Measurement, Work
from dgm_studio.evaluation.shared.sets import enough, equal_sets, leave_out, share_error
from dgm_studio.evaluation.shared.spectra import classes_heard, log_spectra
from dgm_studio.language import tr

_LEAST, _MOST = 12, 256


def _apart(x: Tensor, y: Tensor) -> Tensor:
    away: Tensor = torch.cdist(x, y, compute_mode="donot_use_mm_for_euclid_dist")
    return away / math.sqrt(x.shape[1])


def energy_distance(x: Tensor, y: Tensor) -> float:
    """Unbiased, of spectra (n, D) and (m, D) in decibels."""
    n, m = len(x), len(y)
    within = _apart(x, x).sum() / (n * (n - 1)) + _apart(y, y).sum() / (m * (m - 1))
    return float(2 * _apart(x, y).mean() - within)


def spectral_distance(evidence: Evidence) -> Work[Measurement]:
    """Between samples and held-out data; the floor is that of as many training examples, in size."""
    rate, shape = evidence.spec.rate, (-1, *evidence.spec.event)
    samples, train, held = (log_spectra(x.view(shape), rate).flatten(1) for x in equal_sets(evidence, _MOST, _LEAST))
    yield
    value = energy_distance(samples, held)
    error = yield from leave_out(energy_distance, samples, held)
    return Measurement(value, error, abs(energy_distance(train, held)))


def class_heard(evidence: Evidence) -> Measurement:
    """The share of samples that are heard to be of the class asked for; the floor is that of held-out data."""
    assert evidence.train_label is not None
    assert evidence.sample_label is not None
    known, classes = evidence.train[:_TAUGHT], len(evidence.spec.classes)
    label = evidence.train_label[: len(known)]

    def right(x: Tensor, wanted: Tensor) -> float:
        return float((classes_heard(x, known, label, classes, evidence.spec.rate) == wanted).double().mean())

    share = right(evidence.samples, evidence.sample_label)
    held = evidence.held_out_label
    floor = None if held is None else right(evidence.held_out[:_TAUGHT], held[:_TAUGHT])
    return Measurement(share, share_error(share, len(evidence.samples)), floor)


_TAUGHT = 1000

MEASURE = (
    Measure(
        name="spectral_distance",
        title="Distance of spectra",
        unit="dB",
        help="Energy distance between the spectra of samples and of held-out sounds, over time and in decibels.",
        reference="Székely & Rizzo 2013 (doi:10.1016/j.jspi.2013.03.018)",
        lower_is_better=True,
        topic="distance",
        rank=10,
        applies=lambda evidence: enough(evidence, _LEAST),
        work=spectral_distance,
        kinds=("sounds",),
        floor_help="the distance of as many training examples",
        say=lambda m: tr(
            "The spectra of samples are {value:.2f} (±\xa0{error:.2f}) dB from those of data.",
            value=m.value,
            error=m.error,
        ),
    ),
    Measure(
        name="class_heard",
        title="Class heard",
        unit="share",
        help="Share of samples that are heard to be of the class they were asked to be of, by the class whose mean spectrum is "
        "nearest; nothing was trained for it.",
        reference="Fisher 1936 (doi:10.1111/j.1469-1809.1936.tb02137.x)",
        lower_is_better=False,
        topic="classes",
        applies=lambda evidence: (
            evidence.sample_label is not None and evidence.train_label is not None and len(evidence.spec.classes) > 1
        ),
        work=Measure.at_once(class_heard),
        kinds=("sounds",),
        floor_help="the share of held-out sounds that are heard right",
        say=lambda m: tr(
            "{value:.0%} of the samples are heard to be of their class; of held-out sounds {floor:.0%}.",
            value=m.value,
            floor=m.floor or 0,
        ),
    ),
)
