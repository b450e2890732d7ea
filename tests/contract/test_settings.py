"""Knobs: more of them, other defaults, and reading those of another sampler."""

from __future__ import annotations

from typing import Literal

import pytest
from pydantic import ValidationError

from dgm_studio.contract import Settings, Steer, extend, knob


class Walk(Settings):
    """How far."""

    steps: int = knob(5, 1, 250, scale="log", help="Steps.")
    size: float = knob(0.1, 0.0, 1.0, title="step size", help="Size.")


class Guidance(Settings):
    guidance: float = knob(1.0, 0.0, 8.0, help="Guidance.")


class Other(Settings):
    steps: int = knob(30, 2, 40, help="Steps.")
    start: Literal["noise", "chains"] = knob("noise", help="Start.")


def test_extended_knobs_are_both_and_keep_their_bounds_titles_and_order() -> None:
    both = extend(Walk, Guidance, steps=36)
    assert issubclass(both, Walk)
    assert issubclass(both, Guidance)
    assert list(both.model_fields) == ["steps", "size", "guidance"]
    assert both().model_dump() == {"steps": 36, "size": 0.1, "guidance": 1.0}
    schema, plain = both.model_json_schema(), Walk.model_json_schema()
    assert schema["title"] == "Walk"
    assert schema["description"] == "How far."
    assert schema["properties"]["size"] == plain["properties"]["size"]
    assert schema["properties"]["steps"] == {**plain["properties"]["steps"], "default": 36}
    for wrong in ({"steps": 251}, {"guidance": -1.0}, {"nothing": 1}):
        with pytest.raises(ValidationError):
            both(**wrong)


def test_equal_extensions_are_one_class_and_nothing_new_is_the_class_itself() -> None:
    assert extend(Walk, Guidance, steps=36) is extend(Walk, Guidance, steps=36)
    assert extend(Walk, Guidance) is not extend(Walk, Guidance, steps=36)
    assert extend(Walk) is Walk
    once = extend(Walk, Guidance)
    assert extend(once, Guidance) is once


def test_knobs_in_hand_are_read_as_they_are_and_those_of_another_sampler_where_both_have_them() -> None:
    knobs = extend(Walk, Guidance)(steps=7, guidance=2.0)
    assert Steer(knobs).read(Walk) is knobs
    assert Steer(knobs).read(Guidance) is knobs
    assert Steer(knobs).read(Other) == Other(steps=7)
    assert Steer().read(Walk) == Walk()
