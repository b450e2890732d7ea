"""Conditions of goals: what they say, that nothing in them is executed, and that noise passes none."""

from __future__ import annotations

import numpy as np
import pytest

from dgm_studio.lessons.condition import BadCondition, Fact, GoalCondition


def judged(text: str, **facts: float | str | Fact) -> bool | None:
    found = {name: value if isinstance(value, Fact) else Fact(value) for name, value in facts.items()}
    return GoalCondition.read(text).judge(found).passed


@pytest.mark.parametrize(
    ("text", "passed"),
    [
        ("steps >= 100", True),
        ("100 <= steps", True),
        ("steps < 100", False),
        ("50 < steps <= 100", True),
        ("50 < steps < 100", False),
        ("steps == 100 and family == 'gan'", True),
        ("steps == 99 or family != 'gan'", False),
        ("not steps > 100", True),
        ("not (steps > 100 or family == 'flow')", True),
        ("loss > -1", True),
        ("low < steps", True),
    ],
)
def test_comparisons_of_facts(text: str, passed: bool) -> None:
    assert judged(text, steps=100, family="gan", loss=-0.5, low=3) is passed


def test_a_measure_passes_two_standard_errors_beyond_its_bound_alone() -> None:
    assert judged("gap <= 0.1", gap=Fact(0.09, 0.02)) is False
    assert judged("gap <= 0.1", gap=Fact(0.05, 0.02)) is True
    assert judged("modes >= 0.9", modes=Fact(0.93, 0.02)) is False
    assert judged("modes >= 0.9", modes=Fact(0.95, 0.02)) is True


def test_a_negated_comparison_is_as_strict() -> None:
    assert judged("not gap > 0.1", gap=Fact(0.09, 0.02)) is False
    assert judged("not gap > 0.1", gap=Fact(0.05, 0.02)) is True


def test_two_measures_are_compared_with_the_error_of_their_difference() -> None:
    near = {"A.gap": Fact(0.10, 0.03), "B.gap": Fact(0.19, 0.04)}
    assert GoalCondition.read("A.gap < B.gap").judge(near).passed is False
    far = {"A.gap": Fact(0.10, 0.03), "B.gap": Fact(0.21, 0.04)}
    assert GoalCondition.read("A.gap < B.gap").judge(far).passed is True


def test_what_is_not_known_is_open_only_where_it_matters() -> None:
    assert judged("gap < 1 and steps > 5", steps=9) is None
    assert judged("gap < 1 and steps > 5", steps=3) is False
    assert judged("gap < 1 or steps > 5", steps=9) is True
    assert judged("gap < 1", gap=Fact(float("nan"))) is None
    assert judged("gap < 1", gap=Fact(0.5, float("nan"))) is False, "an error that nobody knows lets nothing pass"


def test_a_verdict_says_how_far_it_is_and_whether_only_noise_stands_between() -> None:
    (near,) = GoalCondition.read("gap <= 0.1").judge({"gap": Fact(0.09, 0.02)}).comparisons
    assert (near.bound, near.missing) == (pytest.approx(0.13), pytest.approx(0.03))
    assert near.by_noise_alone
    (far,) = GoalCondition.read("gap <= 0.1").judge({"gap": Fact(0.3, 0.02)}).comparisons
    assert far.missing == pytest.approx(0.24)
    assert not far.by_noise_alone


@pytest.mark.parametrize(
    "text",
    [
        "", "gap", "gap <=", "3 < 4", "gap in (1, 2)", "open('x') > 1", "gap < 1 if gap else 2", "gap < 'low'",
        "(gap := 3) < 4",
        "gap < float('inf')", "gap < 1e999", "[x for x in gap] < 3", "gap < gap[0]", "lambda: 3 < 4", "gap < 1; steps > 2",
        "().__class__ == 1", "not", "a" * 501 + " < 1", "(" * 300 + "gap < 1" + ")" * 300,
    ],
)  # fmt: skip
def test_what_is_no_condition_is_refused_in_words(text: str) -> None:
    with pytest.raises(BadCondition):
        GoalCondition.read(text)


@pytest.mark.parametrize(("text", "truth"), [("m >= 0.9", 0.9), ("m <= 0.9", 0.9), ("not m > 0.9", 0.9)])
def test_noise_passes_no_goal(text: str, truth: float) -> None:
    """A model that stands exactly at the boundary passes in fewer than 3 % of 1,000 measurements of it."""
    rng, condition = np.random.default_rng(0), GoalCondition.read(text)
    samples = rng.normal(truth, 0.3, (1000, 400))
    means, errors = samples.mean(1), samples.std(1, ddof=1) / np.sqrt(400)
    passed = [condition.judge({"m": Fact(float(m), float(s))}).passed for m, s in zip(means, errors, strict=True)]
    assert sum(p is True for p in passed) < 30
    beyond = 0.9 + (0.1 if ">=" in text else -0.1)
    assert condition.judge({"m": Fact(beyond, 0.015)}).passed is True
