"""The Qt binding keeps its reference counts: PySide6 6.12.0 on Python 3.11 loses one of None with every void call."""

from __future__ import annotations

import sys

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot


class Emitter(QObject):
    told = Signal(bool)


def test_emitting_and_painting_lose_no_references(qtbot: QtBot) -> None:
    emitter, label = Emitter(), QLabel()
    qtbot.addWidget(label)
    label.show()
    heard = []
    emitter.told.connect(heard.append)
    for _ in range(50):  # caches fill
        emitter.told.emit(True)
        label.setText("x")
    heard.clear()
    before = sys.getrefcount(None), sys.getrefcount(True)
    for i in range(3000):
        emitter.told.emit(True)
        label.setText(str(i))
        label.update()
        label.repaint()
    heard_true = len(heard)
    heard.clear()
    after = sys.getrefcount(None), sys.getrefcount(True)
    assert heard_true == 3000
    assert after[0] > before[0] - 500
    assert after[1] > before[1] - 500
