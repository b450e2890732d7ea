"""Drawn points: packed as text, refused when unusable, a kernel density otherwise."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from dgm_studio.contract import DataError, rng_for
from dgm_studio.data.drawn import MAX_CENTRES, SOURCES, DrawnParams, kernel_density, pack_points, unpack_points

DRAWN = SOURCES[0]


def test_points_survive_packing_and_json() -> None:
    points = [[0.5, -1.25], [3.0, 2.0]]
    params = DrawnParams(points=points)
    again = DrawnParams(**json.loads(params.model_dump_json()))
    assert again == params
    np.testing.assert_array_equal(unpack_points(again.points), np.array(points, np.float32))


def test_a_full_drawing_stays_small_and_quick(load) -> None:
    points = np.random.default_rng(0).normal(size=(20_000, 2))
    params = DrawnParams(points=points)
    assert len(params.points) < 220_000
    data = load(DRAWN, points=params.points)
    assert np.isfinite(data.entropy)
    assert data.log_density(data.held_out.x).isfinite().all()


def test_one_point_is_a_gaussian() -> None:
    density = kernel_density(np.array([[1.0, 2.0]], np.float32), 0.5)
    assert density.entropy == pytest.approx(math.log(2 * math.pi * math.e * 0.25), abs=1e-9)


def test_long_drawings_are_thinned_evenly() -> None:
    line = np.stack([np.linspace(-4, 4, 12_000), np.zeros(12_000)], -1).astype(np.float32)
    density = kernel_density(line, 0.1)
    assert density.width == 2 * MAX_CENTRES
    assert abs(float(density.sample(20_000, rng_for(0)).x[:, 0].mean())) < 0.1


def test_an_empty_drawing_says_what_to_do(load) -> None:
    with pytest.raises(DataError, match="nothing is drawn yet: draw"):
        load(DRAWN)


@pytest.mark.parametrize(
    ("points", "reason"),
    [
        ([[0.0, float("nan")]], "must lie within"),
        ([[50.0, 0.0]], "must lie within"),
        (np.zeros((20_001, 2)), "erase some"),
        ("not base64!", "not base64"),
        (pack_points([[1.0, 2.0]])[:-4], "not base64"),
    ],
)
def test_unusable_drawings_are_refused(points: object, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        DrawnParams(points=points)
