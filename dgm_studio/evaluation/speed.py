"""How fast samples come on this machine, in how many steps one after the other, and in how many network passes."""

from __future__ import annotations

from dgm_studio.contract import Evidence, Measure, Measurement
from dgm_studio.language import tr
from dgm_studio.protocol.spec import KINDS


def _rate(evidence: Evidence) -> Measurement:
    assert evidence.speed is not None
    seconds = max(evidence.speed.seconds, 1e-9)
    rate = evidence.speed.samples / seconds
    return Measurement(rate, rate * evidence.speed.error / seconds)


def _steps(evidence: Evidence) -> Measurement:
    assert evidence.speed is not None
    return Measurement(float(evidence.speed.steps))


def _passes(evidence: Evidence) -> Measurement:
    assert evidence.speed is not None
    return Measurement(float(evidence.speed.passes))


MEASURE = (
    Measure(
        name="samples_per_second",
        title="Samples a second",
        unit="/s",
        help="How many samples the chosen sampler makes in a second of work on this machine.",
        reference="measured here",
        lower_is_better=False,
        topic="speed",
        applies=lambda evidence: evidence.speed is not None,
        work=Measure.at_once(_rate),
        kinds=KINDS,
        say=lambda m: tr("{value:,.0f} samples a second.", value=m.value),
        spoken=False,
    ),
    Measure(
        name="sampler_steps",
        title="Steps for a sample",
        unit="",
        help="How many steps one after the other a sample takes: what cannot be made faster by more samples at once.",
        reference="measured here",
        lower_is_better=True,
        topic="speed",
        applies=lambda evidence: evidence.speed is not None,
        work=Measure.at_once(_steps),
        kinds=KINDS,
        say=lambda m: tr("A sample takes {value:.0f} step{plural}.", value=m.value, plural="" if m.value == 1 else "s"),
        spoken=False,
    ),
    Measure(
        name="network_passes",
        title="Network passes for a sample",
        unit="",
        help="How often the networks run to make a sample, counted: a step of one sampler may cost as much as many of another.",
        reference="measured here",
        lower_is_better=True,
        topic="speed",
        applies=lambda evidence: evidence.speed is not None and evidence.speed.passes > 0,
        work=Measure.at_once(_passes),
        kinds=KINDS,
        say=lambda m: tr(
            "A sample takes {value:.0f} network pass{plural}.", value=m.value, plural="" if m.value == 1 else "es"
        ),
        spoken=False,
    ),
)
