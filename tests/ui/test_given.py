"""Conditioning in the plane through the real window: a line, a band and a region, beside the truth."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent

from dgm_studio.engine import messages as m
from dgm_studio.studio.state import Conditioned, Confined
from dgm_studio.ui.views.given import rasterised
from dgm_studio.ui.views.given_card import conditioned_said, confined_said

from . import fake_backend as fake


def test_a_polygon_is_rasterised_low_y_first() -> None:
    corners = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 0.5], [0.0, 0.5]])
    region = rasterised(corners, (0.0, 1.0, 0.0, 1.0), 10)
    assert region[:5].all()
    assert not region[5:].any()


def told(**changes: object) -> Conditioned:
    grid = np.linspace(-1, 1, 5)
    values = {"ticket": 1, "axis": 0, "low": 0.5, "high": 0.5, "samples": np.zeros(10), "grid": grid,
              "truth": np.ones(5), "model": None, "distance": 0.1234, "floor": 0.05, "way": "pigdm",
              "honesty": "heuristic"}  # fmt: skip
    return Conditioned("r", 1, **{**values, **changes})


def test_what_is_said_names_way_honesty_and_distance() -> None:
    assert conditioned_said(told(), "PiGDM").startswith("PiGDM (heuristic): Wasserstein distance 0.123")
    assert "cannot be checked" in conditioned_said(told(distance=None, floor=None), "PiGDM")
    said = confined_said(Confined("r", 1, 2, np.zeros((5, 2)), 0.25, 0.01, 0.3, 0.2, 0.1))
    assert said.startswith("25.0% (± 2.0%) of the model lies here, 30.0% of the truth.")


@pytest.fixture
def tool(running):
    running.window.plane.given.toggle()
    return running.window.plane.given


def newest(backend, kind: type[m.Intent]):
    return backend.of(kind)[-1]


def test_a_band_is_asked_for_and_the_answer_shown(running, tool, backend) -> None:
    assert tool.card.isVisibleTo(running.window)
    tool.choose_mode("band")
    tool.choose_axis(1)
    tool.ask()
    asked = newest(backend, m.Given)
    assert asked.axis == 1
    assert asked.low < asked.high
    answer = told(ticket=asked.ticket, axis=1, low=asked.low, high=asked.high, distance=0.2, way="rejection")
    running.say(dataclasses.replace(answer, run=running.name))
    assert "0.200" in tool.card.sentence.text()
    assert tool.card.title.text().startswith("p(x₁ | x₂")
    running.window.plane.given.toggle()
    assert not tool.card.isVisibleTo(running.window)


def test_a_region_drawn_by_hand_is_asked_for(running, tool, backend, qtbot) -> None:
    tool.choose_mode("region")
    at = [QPoint(300 + round(80 * np.cos(a)), 300 + round(60 * np.sin(a))) for a in np.linspace(0, 6, 30)]
    qtbot.mousePress(tool.lasso, Qt.MouseButton.LeftButton, pos=at[0])
    for point in at[1:]:
        move = QMouseEvent(QEvent.Type.MouseMove, QPointF(point), tool.lasso.mapToGlobal(QPointF(point)),
                           Qt.MouseButton.LeftButton, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)  # fmt: skip
        tool.lasso.mouseMoveEvent(move)
    qtbot.mouseRelease(tool.lasso, Qt.MouseButton.LeftButton, pos=at[-1])
    asked = newest(backend, m.Within)
    assert 0.005 < asked.region.mean() < 0.2
    confined = m.Confined(running.name, 1, asked.ticket, np.zeros((5, 2)), 0.1, 0.01, None, None, None)
    running.say(confined)
    assert "10.0%" in tool.card.sentence.text()


def test_a_family_without_ways_says_what_works(running, tool) -> None:
    running.say(fake.opened(running.name, running.studio.spec, ways=()))
    tool.choose_mode("line")
    tool.ask()
    assert "every family" in tool.card.sentence.text()


def test_the_key_opens_and_closes_the_tool_on_the_plane_alone(running) -> None:
    commands, given = running.studio.commands, running.window.plane.given
    assert commands["view.condition"].shortcut == "C"
    assert commands.run("view.condition")
    assert given.active
    assert commands["view.condition"].checked()
    assert commands.run("view.condition")
    assert not given.active
    running.studio.set_workspace("images")
    assert not commands.run("view.condition")


def test_the_card_leaves_the_time_slider_alone_in_a_small_window(running, tool, backend, qapp) -> None:
    running.window.resize(1000, 700)
    qapp.processEvents()
    tool.choose_mode("line")
    tool.ask()
    asked = newest(backend, m.Given)
    running.say(dataclasses.replace(told(ticket=asked.ticket, way="twisted SMC"), run=running.name))
    qapp.processEvents()
    assert not tool.card.geometry().intersects(running.window.plane.time.geometry())
    assert not tool.card.key.isVisibleTo(tool.card)
