"""Demonstrations around an obstacle: none collides, half pass on either side, and drawn ones join them."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from dgm_studio.contract import DataSet, Units, finish, rng_for
from dgm_studio.contract.context import decoded, is_given
from dgm_studio.data.detours import SOURCES, DetourParams, demonstrate, read_drawn
from dgm_studio.protocol.paths import Situation, collides, sides


def loaded(**params: object) -> DataSet:
    return finish(SOURCES[0].load(DetourParams(**params), rng_for(5)))


@pytest.mark.parametrize(("aside", "begun"), [(0.0, 0.0), (0.2, 0.5), (0.45, 1.0)])
def test_no_demonstration_collides_and_each_goes_from_its_start_to_its_goal(aside: float, begun: float) -> None:
    path, situation = demonstrate(500, aside, begun, rng_for(3))
    assert path.shape == (500, 16, 2)
    assert not collides(path.numpy(), situation.obstacle).any()
    assert np.allclose(path[:, 0], situation.start, atol=1e-6)
    assert np.allclose(path[:, -1], situation.goal, atol=1e-6)
    steps = np.linalg.norm(np.diff(path.numpy(), axis=1), axis=2)
    assert (steps.max(1) < 1.2 * steps.min(1)).all()  # even, but for corners that are cut


def test_both_sides_are_taken_alike_where_the_way_is_blocked() -> None:
    path, situation = demonstrate(2000, 0.2, 0.0, rng_for(3))
    assert situation.blocked.all()
    assert abs((sides(path.numpy(), situation) > 0).mean() - 0.5) < 5 * 0.5 / 2000**0.5


def test_the_context_is_whole_and_says_what_the_paths_are_for() -> None:
    data = loaded(examples=200)
    for part in (data.train, data.held_out):
        assert part.context is not None
        assert is_given(data.spec.context, part.context).all()
        situation = Situation.of({k: v.numpy() for k, v in decoded(data.spec.context, part.context).items()})
        assert np.allclose(part.x[:, 0], situation.start, atol=1e-5)
        assert not collides(part.x.numpy(), situation.obstacle).any()
    assert not torch.equal(data.train.x[:50], data.held_out.x[:50])


def test_units_of_paths_are_those_of_the_plane() -> None:
    data = loaded(examples=200)
    units = Units.of(data)
    assert len(units.shift) == 2
    assert len(units.scale) == 1
    z = units.to_model(data.train.x)
    assert torch.allclose(z.flatten(0, 1).mean(0), torch.zeros(2), atol=1e-4)
    assert torch.allclose(units.to_data(z).float(), data.train.x, atol=1e-5)


def test_drawn_demonstrations_join_the_data_as_often_as_said() -> None:
    one = {"path": [[-1, 0], [0, 0.5], [1, 0.1]], "obstacle": [0.1, 0]}
    data = loaded(examples=100, drawn=[one], weight=7)
    assert len(data.train) == 107
    assert torch.equal(data.train.x[0], data.train.x[6])
    assert torch.allclose(data.train.x[0, [0, -1]], torch.tensor([[-1.0, 0.0], [1.0, 0.1]]))
    assert data.train.context is not None
    told = decoded(data.spec.context, data.train.context[:1])
    assert float(told["obstacle_x"]) == pytest.approx(0.1, abs=1e-5)
    assert float(told["goal_y"]) == pytest.approx(0.1, abs=1e-5)
    assert len(read_drawn("")[0]) == 0


@pytest.mark.parametrize(
    "text", ["nonsense", json.dumps([{"path": [[0, 0], [9, 0]], "obstacle": [0, 0]}]), '[{"path": 3}]']
)
def test_a_drawing_that_is_none_is_refused_with_a_reason(text: str) -> None:
    with pytest.raises(ValidationError, match="drawn demonstrations"):
        DetourParams(drawn=text)
