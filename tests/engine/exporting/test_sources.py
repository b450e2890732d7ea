"""Modules as text: names are the module's unless something between binds them."""

from __future__ import annotations

import ast

import pytest

from dgm_studio.contract import Settings, knob
from dgm_studio.engine.exporting import plain_settings as plain
from dgm_studio.engine.exporting.sources import uses


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("def f(a): return a + b", {"b"}),
        ("def f():\n    b = 1\n    return lambda c: b + c + d", {"d"}),
        ("def f(x=y): return [x for x in x]", {"y"}),
        ("x = [y for y in y]", {"x", "y"}),
        ("class A(B):\n    c = D\n    def f(self): return c", {"B", "D", "c"}),
        ("def f(a: T) -> U: return a", set()),
        ("def f():\n    try: g()\n    except E as e: return e", {"g", "E"}),
        ("def f():\n    if (n := g()): return n", {"g"}),
    ],
)
def test_only_what_nothing_between_binds_is_needed_of_the_module(text: str, names: set[str]) -> None:
    assert {node.id for node in uses(ast.parse(text).body[0]).names} == names


def test_settings_without_pydantic_have_the_values_of_those_with_it() -> None:
    class Checked(Settings):
        steps: int = knob(8, 1, 100, help="Steps.")
        noise: float = knob(0.5, 0.0, 1.0, help="Noise.")

    class Plain(plain.PlainSettings):
        steps: int = plain.knob(8, 1, 100, help="Steps.")
        noise: float = plain.knob(0.5, 0.0, 1.0, help="Noise.")

    assert dict(Plain(steps=3)) == dict(Checked(steps=3)) == {"steps": 3, "noise": 0.5}
    other = plain.extend(Plain, noise=0.1)
    assert dict(other()) == {"steps": 8, "noise": 0.1}
    assert issubclass(other, Plain)
    assert dict(Plain().model_copy(update={"steps": 2})) == {"steps": 2, "noise": 0.5}
    with pytest.raises(ValueError, match="no setting stepps"):
        Plain(stepps=3)
    with pytest.raises(AttributeError, match="do not change"):
        Plain().steps = 4
