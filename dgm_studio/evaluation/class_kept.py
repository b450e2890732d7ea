"""Class kept: of how many held-out examples of the source the class is the same once they are carried to the data.

Which class an example then looks to be of is said by the exact law of the data in the plane, and by a network that has learned
the classes of images. How often that judge is right on held-out data is the most that can be reached.
"""

from __future__ import annotations

from dgm_studio.contract import Evidence, Measure, Measurement
from dgm_studio.evaluation.shared.sets import share_error
from dgm_studio.language import tr


def compute(evidence: Evidence) -> Measurement:
    seen = evidence.translated
    assert seen is not None
    assert seen.judge is not None
    assert seen.label is not None
    kept, untouched = (float((seen.judge(x) == seen.label).float().mean()) for x in (seen.carried, seen.begun))
    note = tr("Left as they are, {untouched:.0%} look to be of their class among the data.", untouched=untouched)
    return Measurement(kept, share_error(kept, len(seen.begun)), seen.judge_right, note=note)


MEASURE = Measure(
    name="class_kept",
    title="Class kept",
    unit="share",
    help="Share of examples of the source that are of the same class once they have become data.",
    reference="Zhu et al. 2017, arXiv:1703.10593",
    lower_is_better=False,
    topic="translation",
    rank=40,
    applies=lambda evidence: evidence.translated is not None and evidence.translated.judge is not None,
    work=Measure.at_once(compute),
    floor_help="how often the judge of classes is right on held-out data",
    say=lambda m: tr("{value:.0%} keep their class on the way to the data. {note}", value=m.value, note=m.note),
)
