"""Paths: how many collide, on which sides they pass, how smooth they are, and how near to what was demonstrated.

One path is drawn for each of the held-out situations, so that everything is judged where nothing was learned:

    collides      = the least distance of path and obstacle is below its radius, counted;
    side balance  = min(p, 1 - p) of the share p that passes on the left, where the straight way is blocked;
    roughness     = root mean square of |x_{i-1} - 2 x_i + x_{i+1}| / 2, over the mean step;
    far off       = root mean square distance, waypoint by waypoint, to the nearest demonstration.

A net with squared error is smooth and collides; one that copies is safe and smooth and knows only what it has seen, which the
copying test of these paths tells.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from dgm_studio.contract import Evidence, Measure, Measurement, Work
from dgm_studio.contract.context import decoded
from dgm_studio.evaluation.copying import MEASURE as COPYING
from dgm_studio.evaluation.shared.sets import mean_error, share_error
from dgm_studio.language import tr
from dgm_studio.protocol.paths import SLOTS, Floats, Situation, collides, roughness, sides

_LEAST = 50
_ROWS = 100


def _applies(evidence: Evidence) -> bool:
    drawn, told = evidence.given_samples, {slot.name for slot in evidence.spec.context}
    return drawn is not None and evidence.to_data is not None and told.issuperset(SLOTS) and len(drawn) >= _LEAST


def _drawn(evidence: Evidence) -> tuple[Floats, Floats, Situation]:
    """In data units samples (n, L, 2), the demonstrations held out (n, L, 2) and what both are for."""
    samples, context, to_data = evidence.given_samples, evidence.held_out_context, evidence.to_data
    assert samples is not None
    assert context is not None
    assert to_data is not None
    n = len(samples)
    situation = Situation.of({k: v.numpy() for k, v in decoded(evidence.spec.context, context[:n]).items()})
    return to_data(samples).numpy(), to_data(evidence.held_out[:n]).numpy(), situation


def _collisions(evidence: Evidence) -> Measurement:
    samples, held, situation = _drawn(evidence)
    share = float(collides(samples, situation.obstacle).mean())
    blocked = situation.blocked
    note = ""
    if blocked.any():
        there = float(collides(samples, situation.obstacle)[blocked].mean())
        note = tr("where the straight way is blocked, {there:.1%}", there=there)
    return Measurement(
        share, share_error(share, len(samples)), float(collides(held, situation.obstacle).mean()), note=note
    )


def _balance(evidence: Evidence) -> Measurement:
    samples, held, situation = _drawn(evidence)
    blocked = situation.blocked
    n = int(blocked.sum())
    if not n:
        return Measurement(0.0, 0.0, note=tr("nothing is in the way"))
    left, data = (float((sides(x, situation)[blocked] > 0).mean()) for x in (samples, held))
    note = tr("{left:.0%} on the left and {value:.0%} on the right", left=left, value=1 - left)
    return Measurement(min(left, 1 - left), share_error(left, n), min(data, 1 - data), note=note)


def _roughness(evidence: Evidence) -> Measurement:
    samples, held, _ = _drawn(evidence)
    value, error = mean_error(torch.from_numpy(roughness(samples)))
    return Measurement(value, error, float(roughness(held).mean()))


def _nearest(x: Tensor, to: Tensor) -> Work[Tensor]:
    parts = []
    for i in range(0, len(x), _ROWS):
        parts.append(torch.cdist(x[i : i + _ROWS].flatten(1), to.flatten(1)).min(1).values)
        yield
    far: Tensor = torch.cat(parts) / x.shape[1] ** 0.5
    return far


def _far_off(evidence: Evidence) -> Work[Measurement]:
    samples, held, _ = _drawn(evidence)
    assert evidence.to_data is not None
    train = evidence.to_data(evidence.train)
    far = yield from _nearest(torch.from_numpy(np.ascontiguousarray(samples)), train)
    floor = yield from _nearest(torch.from_numpy(np.ascontiguousarray(held)), train)
    value, error = mean_error(far)
    return Measurement(value, error, float(floor.mean()))


def _copying(evidence: Evidence) -> Work[Measurement]:
    assert evidence.given_samples is not None
    return (yield from COPYING.work(replace(evidence, samples=evidence.given_samples)))


MEASURE = (
    Measure(
        name="collisions",
        title="Collisions",
        unit="share",
        help="Share of the paths that enter the obstacle, one for each held-out situation.",
        reference="counted here",
        lower_is_better=True,
        topic="coverage",
        rank=4,
        applies=_applies,
        work=Measure.at_once(_collisions),
        kinds=("paths",),
        floor_help="the share of demonstrations, none",
        say=lambda m: tr(
            "{value:.1%} of the paths collide (±\xa0{error:.1%}){word}.",
            value=m.value,
            error=m.error,
            word=f"; {m.note}" if m.note else "",
        ),
    ),
    Measure(
        name="side_balance",
        title="Rarer side",
        unit="share",
        help="Where the straight way is blocked, the share of paths that pass on the side that is taken less often: "
        "demonstrations take both alike, and a policy that has lost a mode takes one.",
        reference="counted here",
        lower_is_better=False,
        topic="coverage",
        rank=6,
        applies=_applies,
        work=Measure.at_once(_balance),
        kinds=("paths",),
        floor_help="the share of demonstrations",
        say=lambda m: tr("Where the way is blocked, {note}.", note=m.note) if m.note else tr("Nothing is in the way."),
    ),
    Measure(
        name="roughness",
        title="Roughness",
        unit="mean steps",
        help="How far waypoints lie from the middle between their neighbours, in mean steps: 0 for even steps along a line.",
        reference="Flash & Hogan 1985 (doi:10.1523/JNEUROSCI.05-07-01688.1985), by second differences",
        lower_is_better=True,
        topic="distance",
        rank=30,
        applies=_applies,
        work=Measure.at_once(_roughness),
        kinds=("paths",),
        floor_help="that of demonstrations",
        say=lambda m: tr(
            "Paths bend by {value:.3f} of a step from one waypoint to the next; demonstrations by {floor:.3f}.",
            value=m.value,
            floor=m.floor or 0,
        ),
    ),
    Measure(
        name="far_off",
        title="Distance to demonstrations",
        unit="",
        help="How far a path is, waypoint by waypoint, from the nearest demonstration; far below that of held-out ones it "
        "copies.",
        reference="as the nearest-neighbour distances of Meehan et al. 2020 (arXiv:2004.05675)",
        lower_is_better=True,
        topic="distance",
        rank=20,
        applies=_applies,
        work=_far_off,
        kinds=("paths",),
        floor_help="that of demonstrations held out",
        say=lambda m: tr(
            "Paths lie {value:.3f} from the nearest demonstration, those held out {floor:.3f}.",
            value=m.value,
            floor=m.floor or 0,
        ),
    ),
    replace(
        COPYING,
        name="copied_demonstrations",
        title="Copying of demonstrations",
        applies=_applies,
        work=_copying,
        kinds=("paths",),
    ),
)
