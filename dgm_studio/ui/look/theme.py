"""Theme: the design tokens of the light and dark looks, and how they reach Qt and pyqtgraph.

Fusion is painted from an own palette and one style sheet, because `QStyleHints.setColorScheme` alone does nothing on
the offscreen platform and on bare X11. Views ask `tokens()` for colours when they draw and `follow` to be told when
these change. Sizes lie on a grid of four pixels; ``scale`` enlarges the type for presenting.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Literal

import pyqtgraph as pg
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication

from .dressing import Dressing, dress
from .style_sheet import style_sheet

Name = Literal["light", "dark"]

ROW = 28
"""Height of a row of a form, in pixels."""
FONT = 13
"""The one size of type for work, in pixels."""


@dataclass(frozen=True)
class Tokens:
    """Colours as ``#rrggbb`` by their meaning; data is blue-green and the model orange everywhere."""

    name: Name
    background: str
    panel: str
    raised: str
    hover: str
    line: str
    plot: str
    text: str
    dim: str
    accent: str
    on_accent: str
    data: str
    model: str
    mask: str
    good: str
    warn: str
    bad: str

    def colour(self, token: str, alpha: float = 1.0) -> QColor:
        """The colour of a token's name, with an opacity in [0, 1]."""
        colour = QColor(getattr(self, token))
        colour.setAlphaF(alpha)
        return colour


def application() -> QApplication:
    """The one that is running."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    return app


def rgb(colour: QColor) -> tuple[int, int, int]:
    """Red, green and blue of a colour, 0 to 255."""
    return colour.red(), colour.green(), colour.blue()


DARK = Tokens(
    name="dark",
    background="#12151a",
    panel="#191d24",
    raised="#212732",
    hover="#2a3240",
    line="#2c3440",
    plot="#0e1116",
    text="#e8ebf0",
    dim="#98a3b3",
    accent="#5aa9ff",
    on_accent="#0b1420",
    data="#4fc3d9",
    model="#ffa245",
    mask="#e86ad8",
    good="#57c785",
    warn="#f2c14e",
    bad="#ff6b6b",
)
LIGHT = Tokens(
    name="light",
    background="#f3f5f8",
    panel="#ffffff",
    raised="#f0f2f6",
    hover="#e4e8ee",
    line="#dbe0e7",
    plot="#ffffff",
    text="#1b2027",
    dim="#5c6775",
    accent="#1d6fe0",
    on_accent="#ffffff",
    data="#0b8aa3",
    model="#d96f00",
    mask="#b02ca2",
    good="#1b8a4b",
    warn="#9a6a00",
    bad="#c62f2f",
)


PAPER = replace(
    LIGHT, background="#ffffff", panel="#ffffff", text="#000000", dim="#333333", line="#8a8a8a", accent="#1d5fc0"
)
"""For print: black on white, the colours of data and model as on screen."""


_HELD = "dgm_theme"
"""What an application has its theme as."""


class _Theme(QObject):
    """The look in use; a child of the application, so that it ends with it."""

    changed = Signal()

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self.tokens = DARK
        self.scale = 1.0
        self.dressing = Dressing(self)

    def wear(self, app: QApplication, look: Tokens, scale: float) -> Generator[bool, None, None]:
        """The steps of putting on a look; see `dressing`."""
        self.tokens, self.scale = look, scale
        pg.setConfigOptions(
            antialias=False, background=look.plot, foreground=look.dim, imageAxisOrder="row-major", useOpenGL=False
        )
        font = QFont(app.font())
        font.setPixelSize(round(FONT * scale))
        return dress(app, style_sheet(look, scale), font, _palette(look), self.changed.emit)


def _theme() -> _Theme:
    app = QApplication.instance()
    found = getattr(app, _HELD, None)  # every colour and length is asked of it, hundreds of times for one picture
    if isinstance(found, _Theme):
        return found
    if not isinstance(app, QApplication):
        raise RuntimeError("a theme needs a QApplication; make one first")
    made = _Theme(app)
    setattr(app, _HELD, made)
    return made


def tokens() -> Tokens:
    """The colours in use."""
    return _theme().tokens


def scale() -> float:
    """How much larger than for work the type is, 1 unless presenting."""
    return _theme().scale


def px(size: float) -> int:
    """A length on the four-pixel grid, enlarged while presenting."""
    return round(size * _theme().scale)


def follow(callback: Callable[[], None]) -> None:
    """Call a bound method of a QObject now and whenever the look changes; Qt ends it with the object."""
    _theme().changed.connect(callback)
    callback()


def system_name(app: QApplication) -> Name:
    """Light or dark, as the system has it; dark when it does not say."""
    return "light" if app.styleHints().colorScheme() == Qt.ColorScheme.Light else "dark"


def apply(app: QApplication, name: str = "dark", scale: float = 1.0) -> Tokens:
    """Give the whole program the look ``light``, ``dark`` or ``system`` at once; returns its tokens."""
    theme = _theme()
    theme.dressing.finish()
    look = _look(app, name)
    for _ in theme.wear(app, look, scale):
        pass
    return look


def change(app: QApplication, name: str, scale: float = 1.0) -> None:
    """Give it a look over the next few turns of the event loop, none of which takes long."""
    theme, look = _theme(), _look(app, name)
    if (look, scale) != (theme.tokens, theme.scale):
        theme.dressing.begin(theme.wear(app, look, scale))


@contextmanager
def worn(look: Tokens) -> Generator[None, None, None]:
    """What is made and drawn meanwhile has another look, at the usual size; nothing that is there already hears of it. No event
    may be let through until it is over.
    """
    theme = _theme()
    theme.dressing.finish()
    before = theme.tokens, theme.scale
    theme.tokens, theme.scale = look, 1.0
    try:
        yield
    finally:
        theme.tokens, theme.scale = before


@contextmanager
def dressed(look: Tokens) -> Generator[None, None, None]:
    """All that is there has another look meanwhile, and its own again afterwards. Nobody sees it, as no event may be let
    through until it is over.
    """
    theme, app = _theme(), application()
    theme.dressing.finish()
    before = theme.tokens, theme.scale
    try:
        for _ in theme.wear(app, look, theme.scale):
            pass
        yield
    finally:
        for _ in theme.wear(app, *before):
            pass


def settle() -> None:
    """Do at once what is left of a change under way."""
    _theme().dressing.finish()


def _look(app: QApplication, name: str) -> Tokens:
    return {"light": LIGHT, "dark": DARK}[system_name(app) if name == "system" else name]


def _palette(look: Tokens) -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    for which, token in (
        (role.Window, "panel"),
        (role.WindowText, "text"),
        (role.Base, "background"),
        (role.AlternateBase, "raised"),
        (role.Text, "text"),
        (role.PlaceholderText, "dim"),
        (role.Button, "raised"),
        (role.ButtonText, "text"),
        (role.BrightText, "bad"),
        (role.Highlight, "accent"),
        (role.HighlightedText, "on_accent"),
        (role.ToolTipBase, "raised"),
        (role.ToolTipText, "text"),
        (role.Link, "accent"),
        (role.Light, "raised"),
        (role.Midlight, "line"),
        (role.Mid, "line"),
        (role.Dark, "line"),
    ):
        palette.setColor(which, look.colour(token))
    for which in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, which, look.colour("dim", 0.6))
    return palette
