"""Measures of paths against paths whose answer is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from dgm_studio.contract import DataSpec, Evidence, Units, finish, rng_for
from dgm_studio.data.detours import CONTEXT, contexts, demonstrate
from dgm_studio.evaluation.paths import MEASURE
from dgm_studio.protocol.paths import RADIUS, Situation, clearance, collides, evenly, roughness, sides

BY_NAME = {measure.name: measure for measure in MEASURE}


def test_the_clearance_is_that_of_many_points_along_the_lines() -> None:
    path = torch.randn(20, 6, 2, generator=rng_for(1)).double().numpy()
    middle = torch.randn(20, 2, generator=rng_for(2)).double().numpy()
    fine = np.stack([evenly(p, 20_000) for p in path])
    nearest = np.linalg.norm(fine - middle[:, None], axis=2).min(1)
    assert np.allclose(clearance(path, middle), nearest, atol=1e-3)


def test_sides_are_seen_from_start_to_goal_whichever_way_that_is() -> None:
    above = np.array([[[-1, 0], [0, 0.5], [1, 0]]], float)
    there = Situation(np.array([-1.0, 0]), np.array([1.0, 0]), np.zeros(2))
    back = Situation(there.goal, there.start, there.obstacle)
    assert sides(above, there).tolist() == [1]
    assert sides(above[:, ::-1], back).tolist() == [-1]
    assert sides(above * (1, -1), there).tolist() == [-1]
    assert there.blocked
    assert not Situation(there.start, there.goal, np.array([0, RADIUS + 0.01])).blocked


def test_a_straight_walk_is_smooth_and_a_corner_is_as_rough_as_it_is() -> None:
    straight = np.stack([np.linspace(0, 1, 5), np.zeros(5)], 1)[None]
    corner = np.array([[[0, 0], [1, 0], [1, 1]]], float)
    assert roughness(straight)[0] < 1e-12
    assert roughness(corner)[0] == pytest.approx(2**0.5 / 2)


def evidence(samples: torch.Tensor, situation: Situation, n: int = 400) -> Evidence:
    """Of paths in data units drawn for situations, beside demonstrations."""
    held, _ = demonstrate(n, 0.2, 0.0, rng_for(7))
    train, _ = demonstrate(n, 0.2, 0.0, rng_for(8))
    units = Units((0.0, 0.0), (0.5,))
    to = units.to_model
    found = Evidence(DataSpec((16, 2), context=CONTEXT), to(samples), to(train), to(held), rng_for(0))
    return replace(found, given_samples=to(samples), held_out_context=contexts(situation), to_data=units.to_data)


def test_demonstrations_are_found_as_good_as_others() -> None:
    path, situation = demonstrate(400, 0.2, 0.0, rng_for(9))
    e = evidence(path, situation)
    found = {name: finish(one.work(e)) for name, one in BY_NAME.items()}
    assert all(one.can_measure(e) and one.say(found[name]) for name, one in BY_NAME.items())
    assert found["collisions"].value == 0
    assert found["side_balance"].value == pytest.approx(0.5, abs=5 * found["side_balance"].error)
    assert found["roughness"].value == pytest.approx(found["roughness"].floor, abs=6 * found["roughness"].error)
    assert abs(found["copied_demonstrations"].value) < 6


def test_a_policy_that_goes_straight_collides_and_is_smooth_and_one_of_one_side_is_told() -> None:
    _, situation = demonstrate(400, 0.2, 0.0, rng_for(9))
    share = torch.linspace(0, 1, 16)[None, :, None].double()
    start, goal = (torch.from_numpy(x)[:, None] for x in (situation.start, situation.goal))
    e = evidence(((1 - share) * start + share * goal).float(), situation)
    assert finish(BY_NAME["collisions"].work(e)).value == 1
    assert finish(BY_NAME["roughness"].work(e)).value < 1e-3
    path, demonstrated = demonstrate(1200, 0.2, 0.0, rng_for(9))
    left = np.flatnonzero(sides(path.numpy(), demonstrated) > 0)[:400]
    one_sided = Situation(demonstrated.start[left], demonstrated.goal[left], demonstrated.obstacle[left])
    balance = finish(BY_NAME["side_balance"].work(evidence(path[left], one_sided)))
    assert balance.value == 0
    assert "100% on the left" in balance.note
    assert not collides(path[left].numpy(), one_sided.obstacle).any()


def test_the_claimed_errors_of_shares_are_the_spread_over_repetitions() -> None:
    collided, said = [], []
    for seed in range(30):
        path, situation = demonstrate(100, 0.2, 0.0, rng_for(seed, 4))
        through = torch.rand(100, generator=rng_for(seed, 5)) < 0.3
        bent = torch.where(through[:, None, None], path * torch.tensor([1.0, 0.0]), path)
        found = finish(BY_NAME["collisions"].work(evidence(bent, situation, 100)))
        collided.append(found.value)
        said.append(found.error)
    assert 0.6 < float(np.std(collided)) / float(np.mean(said)) < 1.5
