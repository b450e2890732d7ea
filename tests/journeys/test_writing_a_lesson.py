"""A lesson from nothing: three steps are recorded while the program is played with, written, and played by a learner to its
goal."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from dgm_studio.lessons.reading import read_lesson
from dgm_studio.ui.window.main_window import MainWindow

from .conftest import PATIENCE_MS


def test_a_lesson_of_three_steps_is_recorded_written_and_played(
    open_window: Callable[..., MainWindow], qtbot: QtBot, qapp: QApplication
) -> None:
    window = open_window()
    studio, writer = window.studio, window.studio.writer

    def recorded(count: int) -> Callable[[], bool]:
        return lambda: len(writer.lesson.steps) == count

    studio.commands.run("lesson.record")  # untrained
    qtbot.waitUntil(recorded(1), timeout=PATIENCE_MS)
    studio.train()
    qtbot.waitUntil(lambda: studio.run.step >= 20, timeout=PATIENCE_MS)
    studio.pause()
    qtbot.waitUntil(lambda: not studio.run.training, timeout=PATIENCE_MS)
    trained = studio.run.step
    studio.commands.run("lesson.record")
    qtbot.waitUntil(recorded(2), timeout=PATIENCE_MS)
    studio.controls["sampling.steps"].set(2)
    qtbot.waitUntil(lambda: studio.run.opened.spec.sampling.knobs["steps"] == 2, timeout=PATIENCE_MS)
    studio.commands.run("lesson.record")
    qtbot.waitUntil(recorded(3), timeout=PATIENCE_MS)

    studio.commands.run("lesson.write")
    view = window.lessons.writer
    assert view is not None
    for number, words in enumerate(("What will it learn?", "It has learned.", "Two steps are few."), 1):
        view.steps.list.setCurrentRow(number)
        QTest.keyClicks(view.step.text, words)
    view.step.blocks["goal"].click()
    QTest.keyClicks(view.step.text, "sampling.steps >= 8")
    studio.controls["writing.beside"].set("shows")
    studio.controls["writing.shows.which"].set("some")
    studio.controls["writing.shows.show.sampling.steps"].set(True)
    view.steps.list.setCurrentRow(1)
    view.step.blocks["number"].click()
    view.steps.list.setCurrentRow(0)
    view.about.fields["title"].selectAll()
    QTest.keyClicks(view.about.fields["title"], "How many steps?")
    view.settle()
    assert writer.problems == ()
    lesson = read_lesson(writer.folder)
    assert [bool(step.start) for step in lesson.steps] == [True, True, True]
    assert len(list((writer.folder / "steps").iterdir())) == 3

    QTest.mouseClick(view.home, Qt.MouseButton.LeftButton)
    shelf = window.lessons.shelf
    card = next(each for each in shelf.cards if each.lesson.title == "How many steps?")
    QTest.mouseClick(card, Qt.MouseButton.LeftButton)
    player, panel = studio.lesson, window.lessons.panel
    assert panel is not None
    qtbot.waitUntil(lambda: not player.is_opening, timeout=PATIENCE_MS)
    assert studio.run.step == 0
    panel.next.click()
    qtbot.waitUntil(lambda: not player.is_opening and studio.run.step == trained, timeout=PATIENCE_MS)
    panel.next.click()
    qtbot.waitUntil(lambda: not player.is_opening and studio.spec.sampling.knobs.get("steps") == 2, timeout=PATIENCE_MS)
    goal = next(each for each in panel.cards if hasattr(each, "check"))
    assert not goal.reached
    knob = window.lessons.trying.knobs.rows["sampling.steps"]
    knob.field.selectAll()
    QTest.keyClicks(knob.field, "9")
    QTest.keyClick(knob.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: goal.reached, timeout=PATIENCE_MS)
