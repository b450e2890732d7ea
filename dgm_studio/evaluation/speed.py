"""How fast samples come on this machine, and in how many steps one after the other."""

from __future__ import annotations

from dgm_studio.contract import Evidence, Measure, Measurement


def _rate(evidence: Evidence) -> Measurement:
    assert evidence.speed is not None
    return Measurement(evidence.speed.samples / max(evidence.speed.seconds, 1e-9))


def _steps(evidence: Evidence) -> Measurement:
    assert evidence.speed is not None
    return Measurement(float(evidence.speed.steps))


MEASURE = (
    Measure(
        name="samples_per_second",
        title="Samples a second",
        unit="/s",
        help="How many samples the chosen sampler makes in a second of work on this machine.",
        reference="measured here",
        lower_is_better=False,
        applies=lambda evidence: evidence.speed is not None,
        work=Measure.at_once(_rate),
        say=lambda m: f"{m.value:,.0f} samples a second.",
        spoken=False,
    ),
    Measure(
        name="sampler_steps",
        title="Steps for a sample",
        unit="",
        help="How many steps one after the other a sample takes: what cannot be made faster by more samples at once.",
        reference="measured here",
        lower_is_better=True,
        applies=lambda evidence: evidence.speed is not None,
        work=Measure.at_once(_steps),
        say=lambda m: f"A sample takes {m.value:.0f} steps.",
        spoken=False,
    ),
)
