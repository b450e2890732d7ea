"""How close the very points on screen are to data: quick enough to come with them, whatever drew them.

The sliced Wasserstein distance to held-out points and the number of modes that have a sample, as `evaluation/` defines them.
Beside the distance stands its floor, that of as many training points; a class that is asked for is compared with its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from dgm_studio.contract import Evidence, rng_for
from dgm_studio.evaluation.modes import good_by_mode
from dgm_studio.evaluation.sliced_wasserstein import directions, sliced_squares
from dgm_studio.protocol import messages as m
from dgm_studio.protocol.context import Label

from ..runs.memo import Note
from ..runs.run import Run

MOST, LEAST = 2000, 20
"""Points compared at most, and without so many nothing is said."""
_DIRECTIONS = 32
_STREAM = 77


@dataclass(frozen=True)
class _Yardstick:
    """Held-out points projected and sorted (n, directions) along ``u``, and how far as many training points are from them: what
    does not change while a slider is moved, and takes most of the time."""

    u: Tensor
    lines: Tensor
    floor: float


_YARDSTICK = Note[_Yardstick]("the points that samples are measured by, of a number, a class and a goal", most=4)


def _yardstick(held: Tensor, train: Tensor) -> _Yardstick:
    u = directions(held.shape[1], rng_for(0, _STREAM), _DIRECTIONS)
    return _Yardstick(u, (held @ u).sort(0).values, float(sliced_squares(train, held, u).mean().sqrt()))


def closeness(run: Run, x: m.Array, label: Label) -> m.Closeness | None:
    """The closeness of points (n, 2) in data units; None for pictures, for too few points and where a context is given."""
    if label is not None and not isinstance(label, int):
        return None  # of what is given no two examples are the same
    if run.event_spec.data_kind != "points" or not torch.isfinite(torch.from_numpy(x)).all():
        return None
    drawn = run.units.to_model(torch.from_numpy(x)[:MOST])
    held, train = (
        run.units.to_model(_of_class(part.x, part.label, label)) for part in (run.goal.held_out, run.goal.train)
    )
    n = min(len(drawn), len(held), len(train))
    if n < LEAST:
        return None
    of, memo = (n, label, run.goal.name), run.shown.memo
    stick = memo.find(_YARDSTICK, of) or memo.keep(_YARDSTICK, _yardstick(held[:n], train[:n]), of)
    far = float((stick.lines - (drawn[:n] @ stick.u).sort(0).values).square().mean().sqrt())
    floor = stick.floor
    modes = run.goal.modes
    if modes is None or label is not None or len(modes) < 2:
        return m.Closeness(far, floor)
    evidence = Evidence(
        run.event_spec, drawn, train, held, rng_for(0, _STREAM), modes=run.units.to_model(modes.float())
    )
    return m.Closeness(far, floor, int((good_by_mode(evidence) > 0).sum()), len(modes))


def _of_class(x: Tensor, labels: Tensor | None, label: int | None) -> Tensor:
    return (x if label is None or labels is None else x[labels == label])[:MOST]
