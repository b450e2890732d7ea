"""Models side by side: from nothing to "GAN collapse against diffusion", and found again as it was."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from dgm_studio.ui.window.main_window import MainWindow

from .conftest import PATIENCE_MS

LEFT = Qt.MouseButton.LeftButton


class Counted:
    """A person's actions: clicks and keys."""

    def __init__(self, qtbot: QtBot, window: MainWindow) -> None:
        self._qtbot, self._window, self.count = qtbot, window, 0

    def click(self, widget: object) -> None:
        self.count += 1
        self._qtbot.mouseClick(widget, LEFT)

    def choose(self, menu: QMenu, title: str) -> None:
        """Go into the submenu and click: two actions."""
        self.count += 2
        (action,) = [a for found in menu.findChildren(QMenu) for a in found.actions() if a.text() == title]
        action.trigger()
        menu.close()

    def key(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        self.count += 1
        self._qtbot.keyClick(self._window, key, modifier)

    def until(self, true: Callable[[], bool]) -> None:
        self._qtbot.waitUntil(true, timeout=PATIENCE_MS)


def test_a_comparison_is_built_trained_and_found_as_it_was(
    qtbot: QtBot, open_window: Callable[..., MainWindow]
) -> None:
    window = open_window()
    studio, hands = window.studio, Counted(qtbot, window)
    hands.until(lambda: "25-gaussians" in window.setup.gallery.tiles)
    hands.click(window.setup.gallery.tiles["25-gaussians"])
    hands.click(window.setup.families.cards["diffusion"])
    hands.until(lambda: studio.run.is_of(studio.spec))
    hands.click(window.top.workspaces.buttons["compare"])
    hands.until(lambda: len(studio.session.cells) == 1)
    view = window.views.currentWidget()
    hands.count += 1  # the button that opens the menu
    hands.choose(view.show_menu(view.mapToGlobal(QPoint(20, 20))), "GAN")
    hands.until(lambda: all(run.opened is not None for run in studio.comparison.runs.values()))
    hands.click(window.top.train)
    hands.until(lambda: all(run.step >= 20 for run in studio.comparison.runs.values()))
    hands.click(window.top.train)
    hands.until(lambda: not studio.training)
    assert hands.count < 12
    assert [studio.session.spec(slot).family for slot in studio.session.cells] == ["diffusion", "gan"]
    hands.until(lambda: all(run.samples is not None for run in studio.comparison.runs.values()))

    steps = {slot: run.step for slot, run in studio.comparison.runs.items()}
    ids = {slot: studio.session.run_id(slot) for slot in studio.session.cells}
    window.close()
    again = open_window(restore=True)
    studio = again.studio
    assert studio.workspace == "compare"
    hands.until(lambda: all(run.step == steps[slot] for slot, run in studio.comparison.runs.items()))
    assert {slot: studio.session.run_id(slot) for slot in studio.session.cells} == ids
    studio.set_workspace("2d")
    hands.until(lambda: studio.run.opened is not None)
    assert studio.spec.family == "diffusion"


def test_one_that_is_taken_out_comes_back_with_what_it_learned(
    qtbot: QtBot, open_window: Callable[..., MainWindow]
) -> None:
    window = open_window()
    studio, hands = window.studio, Counted(qtbot, window)
    hands.click(window.top.workspaces.buttons["compare"])
    studio.comparison.add_family("vae")
    hands.until(lambda: all(run.opened is not None for run in studio.comparison.runs.values()))
    hands.click(window.top.train)
    hands.until(lambda: studio.runs["cell-B"].step >= 10)
    hands.click(window.top.train)
    hands.until(lambda: not studio.training)
    step = studio.runs["cell-B"].step
    hands.click(window.views.currentWidget().cells["cell-B"].close_button)
    assert studio.session.cells == ("cell-A",)
    hands.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    hands.until(lambda: "cell-B" in studio.runs and studio.runs["cell-B"].step == step)
