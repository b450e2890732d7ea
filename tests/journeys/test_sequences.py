"""Strings: from the first start to a string that the model has filled in, with a real engine."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from dgm_studio.ui.sequences.sequences_view import SequencesView
from dgm_studio.ui.window.main_window import MainWindow

from .conftest import PATIENCE_MS


def test_strings_are_drawn_trained_on_scrubbed_and_filled_in(
    qtbot: QtBot, open_window: Callable[..., MainWindow]
) -> None:
    window = open_window()
    studio = window.studio

    def until(true: Callable[[], bool]) -> None:
        qtbot.waitUntil(true, timeout=PATIENCE_MS)

    until(lambda: studio.ready)
    qtbot.mouseClick(window.top.workspaces.buttons["sequences"], Qt.MouseButton.LeftButton)
    view = window.views.currentWidget()
    assert isinstance(view, SequencesView)
    studio.set_sampling(count=24)
    until(lambda: studio.run.samples is not None and studio.run.samples.done and len(studio.run.samples.x) == 24)
    assert view.samples.count == 24
    assert studio.run.samples.valid is not None
    qtbot.mouseClick(window.top.train, Qt.MouseButton.LeftButton)
    until(lambda: studio.run.step >= 3)
    qtbot.mouseClick(window.top.train, Qt.MouseButton.LeftButton)
    until(lambda: not studio.run.training and studio.run.samples.shown_step == studio.run.step)
    studio.set_time(0.5)
    assert (view.samples.rows[:, -1] == len(view.alphabet)).all()  # the last letters are not there yet
    studio.set_time(1.0)
    known = view.data.rows[0].tolist()
    view.filling.cells.show_string(known, view.alphabet, [i == 1 for i in range(len(known))])
    asked = studio.run.filled
    view.filling.again.click()
    until(lambda: studio.run.filled is not asked and studio.run.filled.done)
    answers = view.filling.answers.rows
    assert 1 <= len(answers) <= len(view.alphabet)
    assert (answers[:, [0, *range(2, len(known))]] == [known[0], *known[2:]]).all()
