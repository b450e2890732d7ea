"""Three hundred things that nobody would think of: nothing is raised, and Qt has nothing to say."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QApplication

from benchmarks.random_hands import run
from dgm_studio.ui.look import theme
from dgm_studio.ui.window.main_window import MainWindow


def test_random_hands_raise_nothing(open_window: Callable[..., MainWindow], qapp: QApplication) -> None:
    window = open_window()
    found = run(window, actions=300, seed=4, pause_ms=10)
    window.close()
    theme.apply(qapp, "dark")
    assert found.exceptions == []
    assert found.messages == []
