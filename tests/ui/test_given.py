"""Conditioning in the plane through the real window: a line, a band and a region, beside the truth."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent

from dgm_studio.protocol import messages as m
from dgm_studio.protocol.messages import ConditionalSliceResult, RegionResult
from dgm_studio.ui.plane import given
from dgm_studio.ui.plane.given import rasterised
from dgm_studio.ui.plane.given_card import conditioned_said, confined_said, table

from . import fake_backend as fake


def test_a_polygon_is_rasterised_low_y_first() -> None:
    corners = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 0.5], [0.0, 0.5]])
    region = rasterised(corners, (0.0, 1.0, 0.0, 1.0), 10)
    assert region[:5].all()
    assert not region[5:].any()


def told(**changes: object) -> ConditionalSliceResult:
    grid = np.linspace(-1, 1, 5)
    values = {"ticket": 1, "axis": 0, "low": 0.5, "high": 0.5, "samples": np.zeros(10), "grid": grid,
              "truth": np.ones(5), "model": None, "distance": 0.1234, "floor": 0.05, "method": "pigdm",
              "honesty": "heuristic"}  # fmt: skip
    return ConditionalSliceResult("r", 1, **{**values, **changes})


def test_what_is_said_names_way_honesty_and_distance() -> None:
    assert conditioned_said(told(), "PiGDM").startswith("PiGDM (heuristic): Wasserstein distance 0.123")
    assert "cannot be checked" in conditioned_said(told(distance=None, floor=None), "PiGDM")
    said = confined_said(RegionResult("r", 1, 2, np.zeros((5, 2)), 0.25, 0.01, 0.3, 0.2, 0.1))
    assert said.startswith(
        "Rejection from the model (exact for it): 25.0% (± 2.0%) of the model lies here, 30.0% of the truth"
    )
    assert conditioned_said(told(method="rejection", honesty="exact"), "").startswith("Rejection from the model")


def test_methods_are_listed_with_their_distances_and_seconds_the_nearest_first() -> None:
    rows = [
        (told(method="a", distance=0.3), 0.02),
        (told(method="b", distance=0.1), 1.5),
        (told(method="c", distance=None), 1.0),
    ]
    said = table(rows, {"a": "Replacement", "b": "Twisted SMC", "c": "Other"})
    places = [
        said.index(word) for word in ("Twisted SMC", "0.100", "1.50 s", "Replacement", "0.300", "Other", "true samples")
    ]
    assert places == sorted(places)


@pytest.fixture(autouse=True)
def only_what_a_test_calls(monkeypatch) -> None:
    """Nothing is asked because something has rested, however long a test takes."""
    for wait in ("SOON_MS", "REST_MS"):
        monkeypatch.setattr(given, wait, 3_600_000)


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
    asked = newest(backend, m.ConditionalSlice)
    assert asked.axis == 1
    assert asked.low < asked.high
    answer = told(ticket=asked.ticket, axis=1, low=asked.low, high=asked.high, distance=0.2, method="rejection")
    running.say(dataclasses.replace(answer, run=running.name))
    assert "0.200" in tool.card.sentence.text()
    assert tool.card.title.text().startswith("p(x₁ | x₂")
    running.window.plane.given.toggle()
    assert not tool.card.isVisibleTo(running.window)


def answer(running, backend, **changes: object) -> ConditionalSliceResult:
    asked = newest(backend, m.ConditionalSlice)
    made = told(ticket=asked.ticket, axis=asked.axis, low=asked.low, high=asked.high, method=asked.method, **changes)
    running.say(dataclasses.replace(made, run=running.name))
    return made


@pytest.fixture
def line(running, tool, qtbot):
    """A line whose first answers, quick and careful, have come."""
    methods = tuple(
        m.SamplerInfo(n, n.title(), "", {}, "heuristic", "mask", n == "slow") for n in ("quick", "middle", "slow")
    )
    running.say(fake.opened(running.name, running.studio.spec, methods=methods))
    return tool


def test_another_axis_clears_the_law_and_says_that_it_is_asked(running, line, backend) -> None:
    line.ask()
    answer(running, backend)
    assert line.card.bars.opts["height"] is not None
    assert len(line.card.truth.getData()[0]) == 5
    late = newest(backend, m.ConditionalSlice)
    line.choose_axis(1)
    assert len(line.card.bars.opts["height"]) == 0
    assert line.card.truth.getData()[0] is None or len(line.card.truth.getData()[0]) == 0
    assert "asking" in line.card.busy.text()
    running.say(dataclasses.replace(told(ticket=late.ticket, axis=0), run=running.name))
    assert len(line.card.bars.opts["height"]) == 0  # an answer about the other axis comes too late


def test_a_drag_is_answered_quickly_and_the_careful_way_when_it_rests(running, line, backend) -> None:
    line.line.setPos(0.1)
    line.ask_quickly()
    quick = newest(backend, m.ConditionalSlice)
    assert (quick.method, quick.low) == ("quick", 0.1)
    line.line.setPos(0.2)
    line.ask_quickly()
    assert newest(backend, m.ConditionalSlice) is quick  # one at a time
    answer(running, backend)
    assert newest(backend, m.ConditionalSlice).low == pytest.approx(0.2)
    line.settle()
    answer(running, backend)
    careful = newest(backend, m.ConditionalSlice)
    assert careful.method == "slow"
    assert "asking Slow" in line.card.busy.text()
    answer(running, backend)
    assert not line.card.busy.isVisibleTo(line.card)


def test_all_methods_answer_in_turn_and_are_compared(running, line, backend) -> None:
    line.card.every.click()
    distances = {"quick": 0.5, "middle": 0.3, "slow": 0.1}
    while line.asking is not None:
        answer(running, backend, distance=distances[newest(backend, m.ConditionalSlice).method])
    assert [a.method for a in backend.of(m.ConditionalSlice)[-3:]] == ["quick", "middle", "slow"]
    said = line.card.table.text()
    assert said.index("Slow") < said.index("Middle") < said.index("Quick") < said.index("true samples")
    assert line.card.table.isVisibleTo(line.card)
    line.choose_mode("band")
    assert not line.card.table.isVisibleTo(line.card)


def test_a_region_drawn_by_hand_is_asked_for(running, tool, backend, qtbot) -> None:
    tool.choose_mode("region")
    at = [QPoint(300 + round(80 * np.cos(a)), 300 + round(60 * np.sin(a))) for a in np.linspace(0, 6, 30)]
    qtbot.mousePress(tool.lasso, Qt.MouseButton.LeftButton, pos=at[0])
    for point in at[1:]:
        move = QMouseEvent(QEvent.Type.MouseMove, QPointF(point), tool.lasso.mapToGlobal(QPointF(point)),
                           Qt.MouseButton.LeftButton, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)  # fmt: skip
        tool.lasso.mouseMoveEvent(move)
    qtbot.mouseRelease(tool.lasso, Qt.MouseButton.LeftButton, pos=at[-1])
    asked = newest(backend, m.RegionQuery)
    assert 0.005 < asked.region.mean() < 0.2
    confined = m.RegionResult(running.name, 1, asked.ticket, np.zeros((5, 2)), 0.1, 0.01, None, None, None)
    running.say(confined)
    assert "10.0%" in tool.card.sentence.text()


def test_a_family_without_ways_says_what_works(running, tool) -> None:
    running.say(fake.opened(running.name, running.studio.spec, methods=()))
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


@pytest.mark.parametrize("size", [(1440, 900), (1280, 720), (1000, 700)])
def test_the_card_stands_in_the_steer_panel_and_in_view(running, tool, backend, qapp, size) -> None:
    running.window.resize(*size)
    tool.toggle()
    tool.toggle()
    for _ in range(3):
        qapp.processEvents()
    steer = running.window.steer
    assert steer.isAncestorOf(tool.card)
    assert not tool.card.visibleRegion().isEmpty()


def test_what_is_chosen_stays_where_it_is_when_the_mode_changes(running, tool, qapp) -> None:
    places = []
    for mode in ("line", "band", "region", "line"):
        tool.choose_mode(mode)
        qapp.processEvents()
        places.append(tool.card.mode.buttons["region"].geometry().translated(tool.card.mode.pos()))
    assert all(place == places[0] for place in places)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("samples", [np.full(10, 99.0), np.full(10, np.nan), np.zeros(0)], ids=["far", "nan", "none"])
def test_samples_and_laws_that_are_nowhere_leave_an_empty_picture(tool, samples: np.ndarray) -> None:
    tool.card.show_conditioned(told(samples=samples, truth=np.full(5, np.nan), model=None))
    low, high = tool.card.plot.item.getViewBox().viewRange()[1]
    assert 0 <= low < high < 1e-3
