"""Scales of heat maps: their range in their own unit, and a reason where nothing is to be seen."""

from __future__ import annotations

import numpy as np
import pytest

from dgm_studio.protocol import messages as m
from dgm_studio.studio.reading.scales import peak_of, scale_of


def field(layer: str, values: np.ndarray) -> m.Field:
    return m.Field("r", 1, layer, values, (-1.0, 1.0, -1.0, 1.0), "exact")


def test_a_density_goes_from_nothing_to_its_peak() -> None:
    scale = scale_of(field("density", np.log(np.linspace(0.001, 2.0, 10_000)).reshape(100, 100)))
    assert scale.low == 0
    assert scale.high == pytest.approx(2.0, rel=0.01)
    assert scale.unit
    assert not scale.note


def test_a_difference_is_centred_and_says_when_it_is_too_small_to_see() -> None:
    above = np.linspace(-0.3, 0.2, 100).reshape(10, 10)
    scale = scale_of(field("difference", above), peak=1.0)
    assert (scale.low, scale.high) == pytest.approx((-0.3, 0.3))
    faint = scale_of(field("difference", above / 100), peak=1.0)
    assert faint.note == "below 0.004 everywhere"
    assert (faint.low, faint.high) == pytest.approx((-0.01, 0.01))


def test_a_field_without_a_value_says_so() -> None:
    nothing = np.full((8, 8), -np.inf)
    assert scale_of(field("density", nothing)).note == "0 everywhere"
    assert peak_of(nothing) == 0
    assert scale_of(field("surface", np.full((8, 8), np.nan))).note


def test_a_surface_has_its_own_range() -> None:
    scale = scale_of(field("surface", np.linspace(-5, 7, 10_000).reshape(100, 100)))
    assert (scale.low, scale.high) == pytest.approx((-5, 7), abs=0.3)
