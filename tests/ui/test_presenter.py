"""The presenter: what a room sees, keys of a clicker, and everything back where it was."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from dgm_studio.lessons.finding import open_lesson
from dgm_studio.ui.look import theme

SAMPLE = Path(__file__).parent / "lesson" / "sample"


def _press(running: SimpleNamespace, qapp: QApplication, *keys: Qt.Key) -> None:
    for key in keys:
        QTest.keyClick(running.window.plane.canvas, key)
        qapp.processEvents()


def test_a_room_sees_title_number_knobs_and_nothing_else(running: SimpleNamespace, qapp: QApplication) -> None:
    window, studio = running.window, running.studio
    shown = {name: dock.isVisible() for name, dock in window.docks.items()}
    studio.commands.run("view.presenter")
    presenter = window.presenter
    theme.settle()
    qapp.processEvents()
    assert "on" in presenter.head.title.text()
    assert presenter.head.number.text()
    assert presenter.head.title.font().pixelSize() >= 22
    for bar in (window.menuBar(), window.main_bar, window.statusBar(), *window.docks.values()):
        assert bar.isHidden()
    assert not window.plane.legend.isVisible()  # nothing is on the data or beside it
    assert len(presenter.strip.knobs.rows) >= 2
    row = presenter.strip.knobs.rows["sampling.steps"]
    row.enter(5)
    assert studio.spec.sampling.knobs["steps"] == 5
    studio.controls["presenter.strip.knob.model.family"].set("vae")
    assert studio.spec.family == "vae"
    studio.undo()
    _press(running, qapp, Qt.Key.Key_S)
    assert window.docks["steer"].isVisible()
    _press(running, qapp, Qt.Key.Key_S, Qt.Key.Key_P)
    assert window.docks["progress"].isVisible()
    assert not window.docks["steer"].isVisible()
    presenter.head.leave.click()
    theme.settle()
    qapp.processEvents()
    assert {name: dock.isVisible() for name, dock in window.docks.items()} == shown
    assert not presenter.head.isVisible()
    assert window.plane.legend.isVisible()


def test_a_clicker_turns_the_pages_of_a_lesson_and_blanks(running: SimpleNamespace, qapp: QApplication) -> None:
    window, player = running.window, running.studio.lesson
    player.play(open_lesson(SAMPLE), 0)
    player.not_opened()
    window.toggle_presenter()
    qapp.processEvents()
    assert window.lessons.dock.isHidden()
    running.studio.commands.run("view.notes")
    qapp.processEvents()
    notes = window.presenter.notes
    assert notes.title.text() == "1 of 2 · Cut corners"
    _press(running, qapp, Qt.Key.Key_PageDown)
    assert player.at == 1
    assert window.lessons.dock.isHidden()
    assert notes.title.text() == "2 of 2 · How far is it?"
    assert notes.follows.text() == "The last step."
    assert not notes.next.isEnabled()
    notes.close()
    _press(running, qapp, Qt.Key.Key_PageDown)  # there is no further step
    assert player.at == 1
    _press(running, qapp, Qt.Key.Key_Period)
    assert window.presenter.blank.isVisible()
    _press(running, qapp, Qt.Key.Key_PageUp)  # in the dark it only brings back the light
    assert not window.presenter.blank.isVisible()
    assert player.at == 1
    _press(running, qapp, Qt.Key.Key_PageUp)
    assert player.at == 0
    player.not_opened()
    _press(running, qapp, Qt.Key.Key_L)
    assert window.lessons.dock.isVisible()
    _press(running, qapp, Qt.Key.Key_Escape)
    assert not window.presenting
    assert window.lessons.dock.isVisible()
    assert not window.docks["setup"].isVisible()
    theme.settle()
    window.lessons.end()
