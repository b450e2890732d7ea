"""Imitating: a run on paths as a policy. What regression makes of the same demonstrations, and plans that are followed a little
way before the next is made (receding horizon; action chunks of Chi et al. 2023, arXiv:2303.04137).

A policy of two modes that draws other noise for each plan may choose another side each time, and dithers; one that keeps its
noise keeps, by the continuity of the flow, mostly to its side.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from dgm_studio.contract import Frame, Work
from dgm_studio.contract.context import decoded, encoded, from_values
from dgm_studio.language import tr
from dgm_studio.nets.mlp import Mlp
from dgm_studio.nets.regression import learn_regression
from dgm_studio.protocol import messages as m
from dgm_studio.protocol.context import ContextValues
from dgm_studio.protocol.paths import SLOTS, Floats, Situation, collides, sides

from ..errors import UserError
from ..runs.run import Run
from .showing import Emit, Job, walk

MOST = 500
_FAN = 24
"""Candidates that are shown of the first walk at each turn."""
_TURNS = 40
_STEP = 0.025
"""Of tracks, in data units."""
_NEAR = 0.12
"""So near to the goal a walk has arrived."""


def regress(run: Run, emit: Emit, intent: m.Regress) -> Job:
    """The path of a net with squared error. Raises UserError where the data are not of situations."""
    _checked(run, intent.given)
    if run.regression is None:
        data = run.data.train
        assert data.context is not None
        run.regression = yield from learn_regression(data.context, run.units.to_model(data.x))
    given = from_values(run.data.spec.context, intent.given)
    x = _path(run, run.regression, given)[0]
    held = run.data.held_out
    assert held.context is not None
    situation = _situation(run, held.context)
    hit, blocked = collides(_path(run, run.regression, held.context), situation.obstacle), situation.blocked
    there = float(hit[blocked].mean()) if blocked.any() else 0.0
    emit(m.Regressed(run.name, run.step, intent.ticket, intent.given, x, float(hit.mean()), there))


def _path(run: Run, net: Mlp, context: Tensor) -> Floats:
    x: Tensor = net(context)
    path: Floats = run.units.to_data(x.view(-1, *run.data.spec.event)).numpy()
    return path


def _situation(run: Run, context: Tensor) -> Situation:
    return Situation.of({name: value.numpy() for name, value in decoded(run.data.spec.context, context).items()})


def _checked(run: Run, given: ContextValues) -> None:
    named = {slot.name for slot in run.data.spec.context}
    if run.data.spec.data_kind != "paths" or not named.issuperset(SLOTS):
        raise UserError(
            tr("{name} are no paths around an obstacle, so nothing can be imitated in them.", name=run.data.name)
        )
    missing = [name for name in SLOTS if name not in dict(given)]
    if missing:
        raise UserError(tr("A path is planned from a whole situation; give {names} too.", names=", ".join(missing)))


@dataclass
class _Walks:
    """How far the walks have come: the places (n, 2) where they are and were, and on which sides their plans were (n,)."""

    at: Floats
    done: np.ndarray
    changes: np.ndarray
    side: np.ndarray
    tracks: list[Floats]


def rollout(run: Run, emit: Emit, intent: m.Rollout) -> Job:
    """Follow plans a part at a time. Raises UserError for a run that has learned no situations, and numbers out of range."""
    _checked(run, intent.given)
    if not run.event_spec.context:
        raise UserError(
            tr("This {title} run has learned no situations; switch “use classes” on.", title=run.family.title)
        )
    if not (1 <= intent.count <= MOST and 0.05 <= intent.stride <= 4):
        raise UserError(
            tr(
                "1 to {most} walks follow plans for 0.05 to 4 each, not {count} for {stride:g}.",
                most=MOST,
                count=intent.count,
                stride=intent.stride,
            )
        )
    n = intent.count
    first = Situation.of({name: np.full(n, value) for name, value in intent.given})
    walks = _Walks(first.start, np.zeros(n, bool), np.zeros(n, np.int64), np.zeros(n, np.int64), [first.start[:, None]])
    plans, turned = [], []
    for turn in range(_TURNS):
        seed = intent.seed if intent.committed else intent.seed + 1009 * turn
        here = replace(first, start=walks.at)
        found = yield from _plans(run, here, n, seed)
        if not walks.done[0]:
            plans.append(found[[0, *range(n, len(found))]])
            turned.append(sum(part.shape[1] for part in walks.tracks) - 1)
        _follow(walks, found[:n], here, intent.stride)
        if walks.done.all():
            break
        yield
    tracks = np.concatenate(walks.tracks, 1)
    collided = collides(tracks, first.obstacle)
    arrived = np.linalg.norm(walks.at - first.goal, axis=1) < _NEAR
    emit(
        m.RolledOut(run.name, run.step, intent.ticket, intent.committed, tracks, tuple(plans), tuple(turned), walks.changes,
                    collided, arrived)
    )  # fmt: skip


def _plans(run: Run, here: Situation, n: int, seed: int) -> Work[Floats]:
    """A plan for each of the n walks, and behind them other candidates for the first (n + fan, L, 2)."""
    slots = run.event_spec.context
    bounds = {slot.name: (slot.low, slot.high) for slot in slots}
    values = {name: torch.from_numpy(np.clip(value, *bounds[name])) for name, value in here.values.items()}
    context = encoded(slots, values)
    label = torch.cat([context, context[:1].expand(_FAN - 1, -1)]).to(run.device)
    steer = replace(run.steer(len(label)), label=label)
    last: Frame | None = None
    for frame in walk(run.shown.abilities().samplers[run.sampler_name], steer, len(label), seed, run):
        last = frame or last
        yield
    assert last is not None
    return run.units.array(last.x.float())


def _follow(walks: _Walks, plans: Floats, here: Situation, stride: float) -> None:
    """Go along the plans (n, L, 2) from where the walks are, and count whose plan is on another side than the last."""
    side = sides(plans, here)
    ahead = ((here.obstacle - walks.at) * (here.goal - walks.at)).sum(1) > 0
    counts = ahead & ~walks.done
    walks.changes += counts & (walks.side != 0) & (side != walks.side)
    walks.side = np.where(counts, side, walks.side)
    line = np.concatenate([walks.at[:, None], plans[:, 1:]], 1)
    far = np.concatenate([np.zeros((len(line), 1)), np.linalg.norm(np.diff(line, axis=1), axis=2).cumsum(1)], 1)
    far += 1e-9 * np.arange(far.shape[1])  # strictly rising, whatever repeats
    steps = max(1, round(stride / _STEP))
    # what is left behind the next stretch would be too short to be planned for
    reach = np.where(far[:, -1] < stride + _NEAR, far[:, -1], stride)
    at = np.minimum(np.arange(1, steps + 1) / steps, 1)[None] * reach[:, None]
    track = np.stack(
        [
            np.stack([np.interp(a, f, p[:, 0]), np.interp(a, f, p[:, 1])], 1)
            for a, f, p in zip(at, far, line, strict=True)
        ]
    )
    track = np.where(walks.done[:, None, None], walks.at[:, None], track)
    walks.tracks.append(track)
    walks.done = walks.done | (far[:, -1] < stride + _NEAR)
    walks.at = track[:, -1]
