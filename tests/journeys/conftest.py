"""The whole program: real window, real engine on its thread, real mouse and keys."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from dgm_studio.studio.start import open_studio
from dgm_studio.ui.app import begin, follow_with, make_application
from dgm_studio.ui.look import theme
from dgm_studio.ui.window.collecting import Collecting
from dgm_studio.ui.window.main_window import MainWindow

PATIENCE_MS = 120_000
"""A wait ends as soon as it is over: this is for a machine that four others work on."""


@pytest.fixture
def collecting(qapp: QApplication) -> Iterator[Collecting]:
    """As in the program, the engine's thread collects no garbage: destroying a widget there it may wait for a lock of Qt's that
    the window's thread holds while that waits for the interpreter.
    """
    owner = QObject()
    made = Collecting(owner)
    yield made
    gc.collect()
    made.stop()


@pytest.fixture
def open_window(qtbot: QtBot, qapp: QApplication, collecting: Collecting) -> Iterator[Callable[..., MainWindow]]:
    """Opens windows over studios of their own, and closes them when the journey ends."""
    make_application()
    windows: list[MainWindow] = []

    def make(restore: bool = False) -> MainWindow:
        studio = open_studio(restore=restore)
        theme.apply(qapp, "dark")
        window = MainWindow(studio)
        windows.append(window)
        window.resize(1280, 860)
        window.show()
        qtbot.waitExposed(window)
        follow_with(collecting, window)
        begin(window, None)
        qtbot.waitUntil(lambda: studio.run.opened is not None, timeout=PATIENCE_MS)
        return window

    yield make
    for window in windows:
        window.close()
        window.deleteLater()
    for _ in range(3):
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        QApplication.processEvents()
