"""Keys of the canvas: what a key means, given what is going on.

Enter fills the mask, or accepts the picked candidate once fresh ones are there; Esc stops, or puts them away.
"""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence

State = Literal["empty", "running", "fresh", "stale"]
"""No candidates, some to come, finished ones for what is on the canvas, or ones for what was on it."""

_TOOLS = {
    Qt.Key.Key_M: "mask",
    Qt.Key.Key_E: "erase",
    Qt.Key.Key_F: "all",
    Qt.Key.Key_I: "invert",
    Qt.Key.Key_BracketLeft: "smaller",
    Qt.Key.Key_BracketRight: "larger",
}
_ENTER = {"empty": "fill", "running": "", "fresh": "accept", "stale": "fill"}
_ESCAPE = {"empty": "", "running": "stop", "fresh": "discard", "stale": "discard"}


def action(event: QKeyEvent, state: State) -> str:
    """The action of a key press, empty where the canvas has no use for it."""
    if event.matches(QKeySequence.StandardKey.Undo):
        return "undo"
    control_y = event.key() == Qt.Key.Key_Y and event.modifiers() == Qt.KeyboardModifier.ControlModifier
    if event.matches(QKeySequence.StandardKey.Redo) or control_y:
        return "redo"
    if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
        return ""
    key = Qt.Key(event.key())
    if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
        return _ENTER[state]
    if key == Qt.Key.Key_Escape:
        return _ESCAPE[state]
    if key == Qt.Key.Key_A:
        return "" if state == "running" else "again"
    return _TOOLS.get(key, "")
