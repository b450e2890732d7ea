"""Tool strip: the tools of the canvas as icons, one under the other, with their keys; below them the two colours."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QToolButton, QVBoxLayout

from dgm_studio.language import tr
from dgm_studio.studio.painting.canvas_tools import Tools

from ..controls import Tree, separator
from ..look import theme
from ..look.icons import icon
from .colours import Wells

WIDTH = 44
TOOLS = (
    (
        "mask",
        "mask",
        tr("Mask brush  M"),
        tr("Paints what the model shall generate: mask = 1, or the strength that is set."),
    ),
    ("colour", "brush", tr("Colour brush  B"), tr("Paints colour over the picture; the model is asked with it.")),
    (
        "erase",
        "eraser",
        tr("Eraser  E"),
        tr("Takes away what was painted on the layer in hand. The right button does too."),
    ),
    ("lasso", "lasso", tr("Lasso  L"), tr("Draw around an area to fill it.")),
    ("rectangle", "rectangle", tr("Rectangle  R"), tr("Drag from corner to corner to fill it.")),
    ("flood", "flood", tr("Fill area  G"), tr("Fills the connected area that looks like the pixel clicked on.")),
    ("pick", "pick", tr("Pick colour  O"), tr("Takes the colour of a pixel. Alt and a click do so with any tool.")),
)
"""Action, icon, name with key, and what it does."""


class ToolStrip(QFrame):
    """``did(action)`` with a tool of `TOOLS` or "swap"; ``colour_chosen(colour)``."""

    did = Signal(str)
    colour_chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("Tools"))
        self.setAutoFillBackground(True)
        self.buttons: dict[str, QToolButton] = {}
        self.wells = Wells()
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 8, 6, 8)
        column.setSpacing(4)
        for name, _, title, help in TOOLS:
            made = QToolButton()
            made.setCheckable(True)
            made.setProperty("kind", "tool")
            made.setToolTip(f"<b>{title.replace('  ', ' &nbsp; ')}</b><br>{help}")
            made.setAccessibleName(title.rpartition("  ")[0])
            made.setAccessibleDescription(help)
            made.clicked.connect(lambda _=False, name=name: self.did.emit(name))
            self.buttons[name] = made
            column.addWidget(made)
            if name in ("erase", "pick"):
                column.addSpacing(2)
                column.addWidget(separator())
                column.addSpacing(2)
        self.swap = QToolButton()
        self.swap.setProperty("kind", "tool")
        self.swap.setToolTip(f"<b>{tr('Swap colours')} &nbsp; X</b>")
        self.swap.setAccessibleName(tr("Swap colours"))
        self.swap.setAccessibleDescription(tr("Paints with the colour that waits, and lets the other one wait."))
        self.swap.clicked.connect(lambda: self.did.emit("swap"))
        column.addWidget(self.wells, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self.swap)
        column.addStretch(1)
        self.wells.chosen.connect(self.colour_chosen)
        theme.follow(self._restyle)
        self.show_tools(Tools())

    @property
    def controls(self) -> Tree:
        return {"tool": self.buttons, "colour": self.wells, "swap": self.swap}

    def show_tools(self, tools: Tools) -> None:
        """What is in hand."""
        brush = "erase" if tools.erasing else tools.target
        on = brush if tools.tool == "brush" else tools.tool
        for name, made in self.buttons.items():
            made.setChecked(name == on)
        self.wells.show_colours(tools.colour, tools.spare)

    def _restyle(self) -> None:
        self.setFixedWidth(theme.px(WIDTH))
        side = theme.px(18)
        for name, glyph, *_ in TOOLS:
            made = self.buttons[name]
            made.setIcon(icon(glyph, "mask" if name == "mask" else "text"))
            made.setIconSize(QSize(side, side))
        self.swap.setIcon(icon("swap", "dim"))
        self.swap.setIconSize(QSize(theme.px(14), theme.px(14)))
