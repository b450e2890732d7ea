"""Answers as facts: goals may speak of what was asked of a run, of the run as it is now alone."""

from __future__ import annotations

import numpy as np
import pytest

from dgm_studio.lessons.answers import ANSWERS, facts_answered, facts_filled, is_answer
from dgm_studio.lessons.condition import GoalCondition
from dgm_studio.protocol import messages as m

TOLD = m.OutliersTold("run", 7, 1, {"upside-down data": (0.9, 0.6)}, "exact")


def test_outliers_are_called_by_their_set() -> None:
    found = facts_answered([TOLD, None], 7)
    assert found["outliers.upside_down_data"].value == 0.9
    assert found["outliers.upside_down_data_typical"].value == 0.6
    assert all(is_answer(name) for name in found)
    assert GoalCondition.read("outliers.upside_down_data >= 0.8").judge(found).passed is True


def test_an_answer_of_other_weights_is_none() -> None:
    assert facts_answered([TOLD], 8) == {}


def test_a_share_of_few_examples_has_their_error() -> None:
    n = 100
    x, p = np.zeros((n, 8, 8), np.uint8), np.full((n, 2), 0.5)
    judged = {"net": (0.97, 0.5, 0.5), "robust": (0.99, 0.84, 0.9), "model": (1.0, None, 0.96)}
    told = m.Attacked("run", 7, 1, ("a", "b"), x, x, np.zeros(n, int), p, p, judged, None, 0.7, None, "net", 0.1)
    found = facts_answered([told], 7)
    assert found["attack.right"].value == 0.5
    assert found["attack.right"].error == pytest.approx(0.05)
    assert (found["attack.purified"].value, found["attack.epsilon"].value) == (0.7, 0.1)
    assert set(found) <= set(ANSWERS)


def test_a_point_has_its_class_by_the_shares_of_the_classes_and_several_have_none() -> None:
    evidence = np.array([[0.0, 0.0]])
    told = m.Classified("run", 7, 1, ("a", "b"), evidence, "Bayes", "exact", np.array([-5.0]), shares=(0.9, 0.1))
    found = facts_answered([told], 7)
    assert found["point.class"].value == "a"
    assert found["point.sure"].value == pytest.approx(0.9)
    assert found["point.log_density"].value == -5
    two = m.Classified("run", 7, 1, ("a", "b"), np.zeros((2, 2)), "Bayes", "exact")
    assert facts_answered([two], 7) == {}


def _filled(asked: m.Fill, x: np.ndarray, ticket: int = 1) -> m.Filled:
    return m.Filled("run", 7, ticket, x, 1.0, True, "ddnm", "heuristic")


def test_answers_on_the_canvas_are_compared_with_the_picture_where_it_was_hidden() -> None:
    image, mask = np.zeros((2, 2), np.uint8), np.array([[0, 0], [1, 1]], np.float32)
    asked = m.Fill("run", image, mask, 2, 0, 1)
    x = np.zeros((2, 2, 2), np.uint8)
    x[0, 1], x[1, 1] = 255, 0
    found = facts_filled(asked, _filled(asked, x), 7)
    assert found["fill.hidden"].value == 0.5
    assert found["fill.error"].value == pytest.approx(0.5**0.5)
    assert found["fill.error_of_mean"].value == pytest.approx(0.5)
    assert found["fill.spread"].value == pytest.approx(0.5)
    assert set(found) <= set(ANSWERS)
    assert facts_filled(asked, _filled(asked, x, ticket=2), 7) == {}, "the answer to another question"
    assert facts_filled(asked, _filled(asked, x), 8) == {}, "of other weights"


def test_an_observation_hides_the_whole_picture() -> None:
    image = np.zeros((2, 2, 3), np.uint8)
    asked = m.Fill("run", image, np.zeros((2, 2), np.float32), 1, 0, 1, condition="observation", operator="gray")
    found = facts_filled(asked, _filled(asked, np.full((1, 2, 2, 3), 51, np.uint8)), 7)
    assert (found["fill.operator"].value, found["fill.error"].value) == ("gray", pytest.approx(0.2))
    few = m.Fill("run", image, np.zeros((2, 2), np.float32), 1, 0, 1, condition="observation", operator="pixels:0.05")
    found = facts_filled(few, _filled(few, np.full((1, 2, 2, 3), 51, np.uint8)), 7)
    assert (found["fill.operator"].value, found["fill.amount"].value) == ("pixels", 0.05)
