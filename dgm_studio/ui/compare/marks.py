"""How the runs of a comparison are told apart: a letter, a colour and a marker, which stay with a cell while it is there.

The colours are those that colour-blind people can tell apart (Okabe & Ito 2008), darker on a light ground.
"""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from dgm_studio.language import tr
from dgm_studio.studio.compare.comparison import letter
from dgm_studio.studio.session.session import CELLS

from ..look import theme

_COLOURS = {
    "dark": ("#56b4e9", "#e69f00", "#00b386", "#cc79a7", "#f0e442", "#b0b0b0"),
    "light": ("#0072b2", "#c25500", "#009e73", "#b3538c", "#8f7a00", "#6f6f6f"),
}
_MARKERS = ("o", "s", "t", "d", "+", "star")


def colour_of(slot: str) -> QColor:
    """The colour of a cell in the look in use."""
    return QColor(_COLOURS[theme.tokens().name][CELLS.index(letter(slot))])


def marker_of(slot: str) -> str:
    """pyqtgraph's symbol of a cell."""
    return _MARKERS[CELLS.index(letter(slot))]


class Mark(QWidget):
    """The letter of a cell on its colour."""

    def __init__(self, slot: str) -> None:
        super().__init__()
        self._slot = slot
        self.setAccessibleName(tr("Cell {letter}", letter=letter(slot)))
        theme.follow(self._fit)

    def _fit(self) -> None:
        self.setFixedSize(QSize(theme.px(20), theme.px(20)))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour_of(self._slot))
        painter.drawRoundedRect(self.rect(), 6, 6)
        font = self.font()
        font.setPixelSize(theme.px(12))
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(QColor("#101318" if theme.tokens().name == "dark" else "#ffffff"))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, letter(self._slot))
