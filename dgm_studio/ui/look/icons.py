"""Icons by what they mean, tinted with a colour of the look."""

from __future__ import annotations

import qtawesome
from PySide6.QtGui import QIcon

from . import theme

_GLYPHS = {
    "play": "ph.play-fill",
    "pause": "ph.pause-fill",
    "step": "ph.skip-forward",
    "reset": "ph.arrow-counter-clockwise",
    "dice": "ph.dice-five",
    "export": "ph.export",
    "search": "ph.magnifying-glass",
    "draw": "ph.pencil-simple",
    "folder": "ph.folder-open",
    "lock": "ph.lock-simple",
    "unlock": "ph.lock-simple-open",
    "close": "ph.x",
    "float": "ph.arrow-square-out",
    "brush": "ph.paint-brush",
    "spray": "ph.dots-nine",
    "eraser": "ph.eraser",
    "undo": "ph.arrow-u-up-left",
    "redo": "ph.arrow-u-up-right",
    "clear": "ph.trash",
    "branch": "ph.git-branch",
    "live": "ph.broadcast",
    "info": "ph.info",
    "warn": "ph.warning",
    "bad": "ph.warning-octagon",
    "good": "ph.check-circle",
    "frame": "ph.frame-corners",
    "mask": "ph.selection-background",
    "lasso": "mdi6.lasso",
    "rectangle": "ph.selection",
    "flood": "ph.paint-bucket",
    "pick": "ph.eyedropper",
    "swap": "ph.swap",
    "loop": "ph.repeat",
    "more": "ph.dots-three",
    "add": "ph.plus",
    "copy": "ph.copy",
    "film": "ph.film-strip",
    "back": "ph.caret-left",
    "list": "ph.list-bullets",
    "up": "ph.arrow-up",
    "down": "ph.arrow-down",
    "record": "ph.record-fill",
    "present": "ph.presentation",
}


def icon(name: str, token: str = "text") -> QIcon:
    """The icon of a meaning in the colour of a token; raises KeyError for an unknown one."""
    t = theme.tokens()
    made: QIcon = qtawesome.icon(_GLYPHS[name], color=getattr(t, token), color_disabled=t.colour("dim", 0.5))
    return made
