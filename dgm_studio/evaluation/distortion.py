"""What comes back of held-out examples after they went through the latents and back: the distortion of a lossy code.

Root mean square difference in standard deviations of the data, so that 1 is what the mean of all examples would do, and 0
what a lossless code does (Shannon 1959). It says nothing of the rate, which for real latents is not finite: of so many numbers.
"""

from __future__ import annotations

from dgm_studio.contract import Evidence, Measure, Measurement
from dgm_studio.language import tr


def distortion(evidence: Evidence) -> Measurement:
    """Of the first held-out examples that were brought back; the error is that of their mean."""
    assert evidence.brought_back is not None
    back = evidence.brought_back.flatten(1).double()
    square = (back - evidence.held_out[: len(back)].flatten(1).double()).square().mean(1)
    value = float(square.mean().sqrt())
    error = float(square.std() / len(square) ** 0.5) / (2 * value) if value > 0 and len(square) > 1 else 0.0
    return Measurement(value, error)


MEASURE = Measure(
    name="distortion",
    title="Distortion through the latents",
    unit="standard deviations",
    help="How far encoded and decoded held-out examples are from where they were: 0 loses nothing, 1 keeps the mean alone.",
    reference="Shannon 1959 (IRE Nat. Conv. Rec. 7)",
    lower_is_better=True,
    topic="latents",
    applies=lambda evidence: evidence.brought_back is not None and len(evidence.brought_back) > 0,
    work=Measure.at_once(distortion),
    say=lambda m: tr("What went through the latents comes back {value:.2g} standard deviations off.", value=m.value),
    spoken=False,
)
