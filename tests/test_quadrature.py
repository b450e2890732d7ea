"""Quadrature where the mass is, and the picture made of it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from dgm_studio.contract import finish
from dgm_studio.engine.jobs.raster import levels_for, log_raster, raster
from dgm_studio.quadrature import refine, root

EXTENT = (-3.0, 5.0, -2.0, 3.0)
NOWHERE = np.empty((0, 2))


def gaussian(centre: tuple[float, float], std: float):
    def evaluate(points: np.ndarray):
        yield
        square = ((points - centre) ** 2).sum(1) / std**2
        return (-square / 2 - math.log(2 * math.pi * std**2))[:, None]

    return evaluate


@pytest.mark.parametrize("std", [0.5, 0.1, 0.02])
def test_the_integral_of_a_gaussian_is_one_wherever_points_lead_to_it(std: float) -> None:
    centre = (1.234, 0.567)
    known = np.random.default_rng(0).normal(centre, std, (200, 2))
    mesh = finish(refine(root(EXTENT), gaussian(centre, std), known, 4000))
    assert math.exp(mesh.log_mass()) == pytest.approx(1, abs=0.02)


def test_cells_cover_the_rectangle_once() -> None:
    mesh = finish(refine(root(EXTENT), gaussian((0.0, 0.0), 0.3), NOWHERE, 3000))
    assert np.exp(mesh.log_area()).sum() == pytest.approx(8 * 5)
    level = levels_for(mesh, 128)
    covered = raster(mesh, np.ones(len(mesh)), level)
    assert np.allclose(covered, 1)


def test_no_more_is_evaluated_than_was_allowed_unless_the_even_mesh_needs_it() -> None:
    asked: list[int] = []
    inner = gaussian((0.0, 0.0), 0.2)

    def counted(points: np.ndarray):
        asked.append(len(points))
        return (yield from inner(points))

    finish(refine(root(EXTENT), counted, NOWHERE, 1000))
    assert sum(asked) <= 1000


def test_a_picture_has_the_mass_of_its_mesh_however_coarse_it_is() -> None:
    mesh = finish(refine(root(EXTENT), gaussian((1.0, 0.5), 0.05), np.full((50, 2), (1.0, 0.5)), 2000))
    for level in (0, 2, 3):
        picture = np.exp(log_raster(mesh, mesh.values[:, 0], level))
        area = 8 * 5 / picture.size
        assert picture.sum() * area == pytest.approx(math.exp(mesh.log_mass()), rel=1e-6)


def test_a_density_that_is_nowhere_is_drawn_as_nothing() -> None:
    def nothing(points: np.ndarray):
        yield
        return np.full((len(points), 1), -np.inf)

    mesh = finish(refine(root(EXTENT), nothing, NOWHERE, 1000))
    assert mesh.log_mass() == -math.inf
    assert np.isneginf(log_raster(mesh, mesh.values[:, 0], 2)).all()


def test_cells_are_square_in_the_units_they_are_given() -> None:
    mesh = root((0.0, 1900.0, 0.0, 1.0), (1900.0, 1.0))
    assert (mesh.rows, mesh.columns) == (16, 16)
