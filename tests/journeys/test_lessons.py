"""A whole lesson as a learner plays it, with mouse and keys over the real engine: predict, run, reach, hand in, come back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from dgm_studio.lessons.slip import read_slip
from dgm_studio.ui.lesson.prediction_card import DrawCard, NumberCard
from dgm_studio.ui.window.main_window import MainWindow

from .conftest import PATIENCE_MS

SAMPLE = Path(__file__).parents[1] / "ui" / "lesson" / "sample"


def _click(widget: QWidget) -> None:
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton)


def test_a_lesson_is_played_from_the_first_prediction_to_the_slip(
    open_window: Callable[..., MainWindow], qtbot: QtBot, tmp_path: Path
) -> None:
    window = open_window()
    studio, player = window.studio, window.studio.lesson
    own = studio.session.run_id("2d")
    window.lessons.play(SAMPLE)
    qtbot.waitUntil(lambda: not player.is_opening, timeout=PATIENCE_MS)
    panel = window.lessons.panel
    assert panel is not None
    draw, goal = panel.cards[0], panel.cards[1]
    assert isinstance(draw, DrawCard)
    assert studio.session.layers == ("data",)  # what is to be predicted is not shown yet

    _click(draw.paint)
    glass, size = window.lessons.brush.glass, window.lessons.brush.glass.size()
    left, right = QPoint(size.width() // 4, size.height() // 2), QPoint(3 * size.width() // 4, size.height() // 3)
    QTest.mousePress(glass, Qt.MouseButton.LeftButton, pos=left)
    for step in range(1, 11):
        QTest.mouseMove(glass, left + (right - left) * (step / 10))
    QTest.mouseRelease(glass, Qt.MouseButton.LeftButton, pos=right)
    _click(draw.keep)
    qtbot.waitUntil(lambda: "from your painting" in draw.said.text(), timeout=PATIENCE_MS)

    assert not goal.reached  # one step is too few, and it says how far it is
    assert "1 → ≥ 8" in goal.rows[0].value.text()
    knob = window.lessons.trying.knobs.rows["sampling.steps"]
    knob.field.setFocus()
    knob.field.selectAll()
    QTest.keyClicks(knob.field, "18")
    QTest.keyClick(knob.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: goal.reached, timeout=PATIENCE_MS)

    _click(panel.next)
    assert (player.at, panel.title.text()) == (1, "How far is it?")
    number = next(card for card in panel.cards if isinstance(card, NumberCard))
    QTest.keyClicks(number.field, "0.3")
    QTest.keyClick(number.field, Qt.Key.Key_Return)
    last = next(card for card in panel.cards if hasattr(card, "check"))
    _click(last.check)
    qtbot.waitUntil(lambda: last.reached, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: "away" in number.said.text(), timeout=PATIENCE_MS)

    window.lessons.write_slip(tmp_path / "slip.json")
    slip = read_slip(tmp_path / "slip.json")
    assert slip.goals == (2, 2)
    assert slip.steps[0].predictions[0].made is not None
    assert "from your painting" in slip.steps[0].predictions[0].made.distance

    _click(window.top.workspaces.buttons["2d"])
    qtbot.waitUntil(lambda: studio.run.id == own, timeout=PATIENCE_MS)
    assert studio.document is None
    window.lessons.play(SAMPLE)  # another day
    qtbot.waitUntil(lambda: not player.is_opening, timeout=PATIENCE_MS)
    assert player.record is not None
    assert player.record.done == (True, False)
    assert player.at == 1
