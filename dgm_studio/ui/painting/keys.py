"""Keys of the canvas: what a key means, given what is going on.

Enter asks, or accepts the picked candidate once fresh ones are there; Esc stops, or puts them away; 1-9 pick one. The tools'
keys are those of the canvas's commands too (`canvas_commands`).
"""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence

from dgm_studio.language import tr

State = Literal["empty", "running", "fresh", "stale"]
"""No candidates, some to come, finished ones for what is on the canvas, or ones for what was on it."""

TOOLS: dict[str, str] = {
    "M": "mask",
    "B": "colour",
    "E": "erase",
    "L": "lasso",
    "R": "rectangle",
    "G": "flood",
    "O": "pick",
    "X": "swap",
    "F": "all",
    "I": "invert",
    "[": "smaller",
    "]": "larger",
    "V": "live",
    "K": "latent",
}
"""Actions by key."""
_STANDARD = (
    (QKeySequence.StandardKey.Undo, "undo"),
    (QKeySequence.StandardKey.Redo, "redo"),
    (QKeySequence.StandardKey.Copy, "copy"),
    (QKeySequence.StandardKey.Paste, "paste"),
)
_ENTER = {"empty": "fill", "running": "", "fresh": "accept", "stale": "fill"}
_ESCAPE = {"empty": "", "running": "stop", "fresh": "discard", "stale": "discard"}


def action(event: QKeyEvent, state: State) -> str:
    """The action of a key press, empty where the canvas has no use for it."""
    for standard, name in _STANDARD:
        if event.matches(standard):
            return name
    if event.key() == Qt.Key.Key_Y and event.modifiers() == Qt.KeyboardModifier.ControlModifier:
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
    if Qt.Key.Key_1 <= key <= Qt.Key.Key_9 and state != "empty":
        return tr("pick {key}", key=key - Qt.Key.Key_0)
    return TOOLS.get(QKeySequence(key).toString(), "")
