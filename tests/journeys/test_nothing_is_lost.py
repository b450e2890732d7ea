"""Five ways in which a trained run was once lost, with real keys over the real engine: none of them loses it now."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from dgm_studio.protocol import messages as m
from dgm_studio.studio.files.tray import Kept
from dgm_studio.ui.window.main_window import MainWindow

from .conftest import PATIENCE_MS

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


class Hands:
    """What a person does with the window, and waits for."""

    def __init__(self, window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
        self.window, self.studio, self._qtbot = window, window.studio, qtbot
        self.asked: list[str] = []
        self.answer = ""

        def ask(_: object, title: str, *__: object) -> tuple[str, str]:
            self.asked.append(title)
            return self.answer, ""

        monkeypatch.setattr(QFileDialog, "getSaveFileName", ask)
        monkeypatch.setattr(QFileDialog, "getOpenFileName", ask)

    def until(self, true: Callable[[], bool]) -> None:
        self._qtbot.waitUntil(true, timeout=PATIENCE_MS)

    def press(self, key: Qt.Key, *with_: Qt.KeyboardModifier) -> None:
        modifiers = Qt.KeyboardModifier.NoModifier
        for each in with_:
            modifiers |= each
        self._qtbot.keyClick(self.window, key, modifiers)

    def train(self, steps: int = 30) -> None:
        goal = self.studio.run.step + steps
        self.studio.backend.send(m.Train(self.studio.run.name, steps=steps))
        self.until(lambda: self.studio.run.step >= goal and not self.studio.run.training)

    def choose(self, family: str) -> None:
        self._qtbot.mouseClick(self.window.setup.families.cards[family], Qt.MouseButton.LeftButton)
        self.until(lambda: self.stands(family, 0))

    def stands(self, family: str, step: int) -> bool:
        run = self.studio.run
        return run.opened is not None and (run.opened.spec.family, run.step) == (family, step)

    def save(self, path: Path) -> None:
        """Ctrl+S; where a name is asked for it is this one."""
        before = digest(path)
        self.answer = str(path)
        self.press(Qt.Key.Key_S, CTRL)
        self.until(lambda: digest(path) != before)

    def kept(self) -> list[Kept]:
        return self.studio.kept_runs()


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else ""


@pytest.fixture
def hands(open_window: Callable[..., MainWindow], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Hands:
    return Hands(open_window(), qtbot, monkeypatch)


def test_saving_in_one_workspace_does_not_touch_the_file_of_the_other(hands: Hands, tmp_path: Path) -> None:
    hands.press(Qt.Key.Key_2, CTRL)
    hands.until(lambda: hands.stands("diffusion", 0))
    hands.train(5)
    hands.save(tmp_path / "digits.dgm")
    images = digest(tmp_path / "digits.dgm")
    hands.press(Qt.Key.Key_1, CTRL)
    hands.until(lambda: hands.studio.run.opened is not None)
    hands.train()
    hands.save(tmp_path / "moons.dgm")
    assert hands.asked == ["Save run", "Save run"], "each has a file of its own"
    hands.train()
    hands.save(tmp_path / "moons.dgm")
    assert len(hands.asked) == 2, "its own file is not asked about again"
    assert digest(tmp_path / "digits.dgm") == images


def test_saving_after_choosing_another_family_does_not_replace_the_trained_run(hands: Hands, tmp_path: Path) -> None:
    hands.train()
    hands.save(tmp_path / "moons.dgm")
    trained = digest(tmp_path / "moons.dgm")
    hands.choose("vae")
    hands.answer = ""
    hands.press(Qt.Key.Key_S, CTRL)
    assert hands.asked[1:] == ["Save run"], "and nothing was chosen"
    hands.train(5)
    assert digest(tmp_path / "moons.dgm") == trained


def test_a_click_on_a_family_is_taken_back_with_everything_that_was_learned(hands: Hands) -> None:
    hands.train(60)
    hands.choose("vae")
    assert [k.step for k in hands.kept()] == [60]
    assert hands.window.menus.actions["edit.undo"].text() == "Undo: choose VAE"
    hands.press(Qt.Key.Key_Z, CTRL)
    hands.until(lambda: hands.stands("flow-matching", 60))
    history = hands.studio.run.history
    assert history is not None
    assert len(history.steps) > 1, "also what can be scrubbed"
    hands.press(Qt.Key.Key_Z, CTRL, SHIFT)
    hands.until(lambda: hands.stands("vae", 0))


def test_a_branch_is_taken_back_to_the_trunk(hands: Hands) -> None:
    hands.train(60)
    assert hands.studio.run.history is not None
    early = int(hands.studio.run.history.steps[1])
    hands.studio.rewind(early)
    hands.until(lambda: hands.studio.run.history is not None and hands.studio.run.history.shown == early)
    hands.press(Qt.Key.Key_B, CTRL)
    hands.until(lambda: hands.stands("flow-matching", early))
    hands.train(5)
    hands.press(Qt.Key.Key_Z, CTRL)
    hands.until(lambda: hands.stands("flow-matching", 60))
    assert [k.step for k in hands.kept()] == [early + 5]


def test_opening_a_file_and_quitting_keep_every_run(
    hands: Hands, open_window: Callable[..., MainWindow], tmp_path: Path
) -> None:
    hands.train()
    hands.save(tmp_path / "moons.dgm")
    hands.train(11)
    hands.answer = str(tmp_path / "moons.dgm")
    hands.press(Qt.Key.Key_O, CTRL)
    hands.until(lambda: hands.stands("flow-matching", 30))
    hands.until(lambda: [k.step for k in hands.kept()] == [41])  # what was not saved

    hands.press(Qt.Key.Key_2, CTRL)
    hands.until(lambda: hands.stands("diffusion", 0))
    hands.train(7)
    hands.press(Qt.Key.Key_K, CTRL, SHIFT)
    (slot,) = hands.studio.session.contenders
    hands.until(lambda: hands.studio.runs[slot].step == 7)
    hands.window.close()

    again = open_window(restore=True)
    assert [k.step for k in again.studio.kept_runs()] == [41]
    assert again.studio.run.step == 7
    assert again.studio.session.contenders == (slot,)
    hands.until(lambda: again.studio.runs[slot].step == 7)
