"""The workspace of paths: what is dragged is asked for, a fan has its sides, plans are followed, strokes join the data."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QApplication

from dgm_studio.contract import ContextSlot
from dgm_studio.protocol import messages as m
from dgm_studio.protocol.paths import SLOTS
from dgm_studio.studio.studio import Studio
from dgm_studio.ui.compare.paths_cell import PathsCell
from dgm_studio.ui.paths.paths_view import PathsView
from dgm_studio.ui.window.main_window import MainWindow

from . import fake_backend as fake

CONTEXT = tuple(ContextSlot(name, -1.0, 1.0) for name in SLOTS)
ABOUT = {"event": (16, 2), "extent": None, "slots": CONTEXT, "context": CONTEXT, "classes": (), "has_truth": False}
ALONG = np.linspace(-1, 1, 16)


def arc(height: float) -> np.ndarray:
    """A path (16, 2) from start to goal that is so high in its middle."""
    return np.stack([ALONG, height * (1 - ALONG**2)], 1)


FAN = np.stack([arc(0.5), arc(0.4), arc(-0.5), arc(0.1)])


def drawn(studio: Studio) -> m.Samples:
    noise = np.zeros_like(FAN)
    return m.Samples(
        studio.run.name, 5, FAN, None, np.stack([noise, FAN]), np.array([0.0, 1.0]), None, True, 0.05, 5,
        sampling=studio.spec.sampling,
    )  # fmt: skip


@pytest.fixture
def view(window: MainWindow, studio: Studio, say: Callable[..., None], qapp: QApplication) -> PathsView:
    """The workspace in front, with samples and data."""
    say(fake.ready())
    studio.set_workspace("paths")
    qapp.processEvents()
    name = studio.run.name
    given = {name: np.zeros(3) for name in SLOTS}
    say(fake.opened(name, studio.spec, "2d", **ABOUT), m.Data(name, 0, FAN[:3], None, given=given), drawn(studio))
    found = window.views.currentWidget()
    assert isinstance(found, PathsView)
    return found


def test_the_fan_is_told_by_sides_and_what_collides_apart(view, studio, qapp) -> None:
    assert (view.plot.left.count, view.plot.right.count, view.plot.colliding.count) == (2, 1, 1)
    assert "3 left, 1 right · 1 collide" in view.caption.text()
    assert view.plot.demonstrations.count == 3
    studio.set_time(0.0)  # on its way a path has the colour of what it becomes
    qapp.processEvents()
    assert (view.plot.left.count, view.plot.right.count, view.plot.colliding.count) == (2, 1, 1)
    assert "collide" not in view.caption.text()
    studio.set_given("obstacle_x", None)  # of no obstacle there is no side
    assert view.situation is None


def test_dragging_the_obstacle_asks_in_the_new_situation(view, studio, backend, window, qapp) -> None:
    window.show()
    qapp.processEvents()
    asked = len(backend.of(m.Regress))
    before = studio.history.value
    middle = view.plot.place_of(np.array([0.0, 0.0]))
    view.plot.press(middle)
    for step in (10, 20, 30):
        view.plot.move(middle + QPointF(step, 0))
    view.plot.release(middle + QPointF(30, 0))
    x, y = view.plot.to_data(middle + QPointF(30, 0))
    assert view.given["obstacle_x"] == pytest.approx(x, abs=1e-3)
    assert view.given["obstacle_y"] == pytest.approx(y, abs=1e-3)
    assert backend.of(m.Edit)[-1].spec.sampling.label == tuple(studio.spec.sampling.label)
    assert len(backend.of(m.Regress)) > asked
    studio.undo()  # the whole drag is one step
    assert studio.history.value.spec("paths") == before.spec("paths")


def test_the_goal_stays_on_its_line_and_a_place_far_off_is_not_taken(view, studio) -> None:
    view.plot.dragged.emit("goal", 0.3, 0.2)
    assert view.given["goal_y"] == 0.2
    view.plot.dragged.emit("start", -7.0, 9.0)
    assert (view.given["start_x"], view.given["start_y"]) == (-1.0, 1.0)


def test_regression_is_shown_beside_with_its_collisions(view, studio, backend, say) -> None:
    ticket = backend.of(m.Regress)[-1].ticket
    say(m.Regressed(studio.run.name, 5, ticket, (), arc(0.0), 0.5, 1.0))
    assert view.plot.regression.count == 1
    assert "100% collide" in view.beside.text()
    view.beside.setChecked(False)
    assert not view.plot.regression.item.isVisible()


def test_plans_are_followed_and_a_new_situation_ends_that(view, studio, backend, say) -> None:
    view.following.keep.setChecked(False)
    view.following.follow.click()
    (asked,) = backend.of(m.Rollout)
    assert (asked.committed, asked.stride) == (False, pytest.approx(0.2, rel=0.02))
    tracks = np.stack([arc(0.5), arc(-0.5)])
    told = m.RolledOut(studio.run.name, 5, asked.ticket, False, tracks, (FAN, FAN[:2]), (0, 8), np.array([1, 0]),
                       np.array([False, True]), np.array([True, True]))  # fmt: skip
    say(told)
    assert "0.50 changes of side · 50% of 2 collide · 2 plans" in view.following.said.text()
    assert view.following.playing
    for _ in range(9):
        view.following.advance()
    assert view.plot.left.count == 2  # the candidates of the second plan
    assert view.plot.right.count == 0
    assert view.plot.followed.count == 1
    for _ in range(9):
        view.following.advance()
    assert not view.following.playing
    studio.set_given("obstacle_y", 0.1)
    assert view.plot.followed.count == 0
    assert not view.following.said.text()


def test_a_stroke_joins_the_data_and_can_be_taken_out_again(view, studio, window, qapp) -> None:
    window.show()
    qapp.processEvents()
    view.draw.setChecked(True)
    view.plot.press(view.plot.place_of(np.array([-0.8, 0.1])))
    for x, y in ((-0.4, 0.4), (0.0, 0.5), (0.4, 0.4)):
        view.plot.move(view.plot.place_of(np.array([x, y])))
    assert view.plot.drawn.count == 1
    view.plot.release(view.plot.place_of(np.array([0.4, 0.4])))
    (one,) = json.loads(studio.spec.data.params["drawn"])
    assert one["path"][0] == [-1.0, 0.0]
    assert one["path"][-1] == [1.0, 0.0]
    assert one["obstacle"] == [0.0, 0.0]
    assert view.clear.isVisible()
    view.clear.click()
    assert not studio.spec.data.params["drawn"]


def test_paths_are_compared_in_cells(view, window, studio, say) -> None:
    studio.set_workspace("compare")
    say(fake.opened(studio.run.name, studio.spec, "2d", **ABOUT), drawn(studio))
    assert studio.kind == "paths"
    (cell,) = window.findChildren(PathsCell)
    assert cell.plot.left.count == 2
