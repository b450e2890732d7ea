"""Policies: from the first start to a plan that is followed around an obstacle which was dragged, with a real engine."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from dgm_studio.protocol.messages import Regressed, RolledOut
from dgm_studio.ui.paths.paths_view import PathsView
from dgm_studio.ui.window.main_window import MainWindow

from .conftest import PATIENCE_MS


def test_a_policy_is_trained_its_obstacle_dragged_and_its_plans_followed(
    qtbot: QtBot, open_window: Callable[..., MainWindow]
) -> None:
    window = open_window()
    studio = window.studio

    def until(true: Callable[[], bool]) -> None:
        qtbot.waitUntil(true, timeout=PATIENCE_MS)

    until(lambda: studio.ready)
    qtbot.mouseClick(window.top.workspaces.buttons["paths"], Qt.MouseButton.LeftButton)
    view = window.views.currentWidget()
    assert isinstance(view, PathsView)
    until(lambda: studio.run.samples is not None and studio.run.samples.done)
    until(lambda: studio.run.latest(Regressed) is not None)
    assert view.plot.regression.count == 1
    qtbot.mouseClick(window.top.train, Qt.MouseButton.LeftButton)
    until(lambda: studio.run.step >= 20)
    qtbot.mouseClick(window.top.train, Qt.MouseButton.LeftButton)
    until(lambda: not studio.run.training and studio.run.samples.shown_step == studio.run.step)

    port, start = view.plot.viewport(), view.plot.place_of(np.zeros(2)).toPoint()
    qtbot.mousePress(port, Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseMove(port, pos=start + QPoint(20, -12))
    qtbot.mouseRelease(port, Qt.MouseButton.LeftButton, pos=start + QPoint(20, -12))
    assert view.given["obstacle_x"] > 0.02
    assert view.given["obstacle_y"] > 0.01
    until(lambda: studio.run.samples.done and studio.run.samples.sampling.label == studio.spec.sampling.label)
    until(lambda: dict(studio.run.latest(Regressed).given) == view.given)

    view.following.follow.click()
    until(lambda: studio.run.latest(RolledOut) is not None)
    assert "collide" in view.following.said.text()
    until(lambda: view.plot.followed.count == 1)
    view.following.stop()
    studio.undo()  # the drag, all of it
    assert view.given["obstacle_x"] == 0
    assert view.plot.followed.count == 0  # of another situation
