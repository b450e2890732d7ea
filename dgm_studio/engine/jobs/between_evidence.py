"""Evidence of a run between two data sets: held-out examples of its source, carried to the data and back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from torch import Tensor

from dgm_studio.contract import Abilities, Evidence, Translated, Work
from dgm_studio.evaluation.shared.features import FeatureNet

from ..runs.run import Run
from .translating import carried_in_chunks

_MOST = {True: 256, False: 400}
"""Examples that are carried: pictures, points."""

Judge = Callable[[Tensor], Tensor]


def translated(run: Run, abilities: Abilities, found: Evidence, features: FeatureNet | None) -> Work[Evidence]:
    """What was found, with examples of the source where they are carried; unchanged where samples start in noise."""
    source, ability = run.source, abilities.translation
    if source is None or ability is None:
        return found
    some = slice(_MOST[run.event_spec.is_image])
    begun = run.units.to_model(source.held_out.x[some])
    carried = yield from carried_in_chunks(ability.forward, begun.to(run.device), run.shown.chunk)
    returned = yield from carried_in_chunks(ability.back, carried, run.shown.chunk)
    values = Translated(begun, carried.cpu(), returned.cpu())
    label, judge = source.held_out.label, _judge(run, features)
    if label is not None and judge is not None and source.spec.classes == run.data.spec.classes:
        held, own = run.units.to_model(run.data.held_out.x[:2000]), run.data.held_out.label
        assert own is not None  # there are classes
        right = float((judge(held) == own[: len(held)]).float().mean())
        values = replace(values, label=label[some], judge=judge, judge_right=right)
    return replace(found, translated=values)


def _judge(run: Run, features: FeatureNet | None) -> Judge | None:
    """What tells the classes of the data: their exact law in the plane, a network that has learned them from images."""
    exact, units = run.data.joint_log_density, run.units
    if exact is not None:
        return lambda x: exact(units.to_data(x)).argmax(1)
    if features is None or not run.data.spec.classes:
        return None
    net = features
    return lambda x: net(x).argmax(1)
