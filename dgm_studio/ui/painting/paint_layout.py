"""Paint layout: where tools, canvas, candidates and panel lie, for the room there is.

The tools stand at the left of the canvas. The candidates are at its right where there is more width than height, else
below it; whatever a result is shown with later stands with them.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from ..controls import separator
from ..look import theme
from .candidates import Candidates

PANEL_WIDTHS = (228, 288)
BESIDE_WIDTHS = (176, 320)
WIDE = 1.25
"""Width over height from which candidates go beside the canvas."""
_ANY = 16777215
"""Qt's own QWIDGETSIZE_MAX."""


class PaintLayout:
    """Lays the parts out in ``owner``."""

    def __init__(
        self, owner: QWidget, strip: QWidget, view: QWidget, foot: QWidget, candidates: Candidates, panel: QWidget
    ) -> None:
        self._candidates = candidates
        self._taken = False
        self.scroll = QScrollArea()
        self.scroll.setWidgetResizable(True)
        self.scroll.setFrameShape(QFrame.Shape.NoFrame)
        self.scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.scroll.setWidget(panel)
        self.scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        easel = QVBoxLayout()
        easel.setContentsMargins(0, 0, 0, 0)
        easel.setSpacing(0)
        easel.addWidget(view, 1)
        easel.addWidget(foot)
        self._work = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._work.setContentsMargins(0, 0, 0, 0)
        self._work.setSpacing(0)
        self._work.addLayout(easel, 7)
        self._work.addWidget(candidates, 4)
        self._row = QHBoxLayout(owner)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(0)
        self._row.addWidget(strip)
        self._row.addWidget(separator(vertical=True))
        self._row.addLayout(self._work, 1)
        self._edge = separator(vertical=True)
        self._row.addWidget(self._edge)
        self._row.addWidget(self.scroll)

    def take_panel(self) -> QWidget:
        """Give the panel away."""
        self._taken = True
        self._edge.hide()
        self.scroll.setMinimumWidth(0)
        self.scroll.setMaximumWidth(_ANY)
        self._row.removeWidget(self.scroll)
        self.scroll.setParent(None)
        return self.scroll

    def fit(self, width: int, height: int) -> None:
        """The panel and the candidates give way to the canvas in a narrow window."""
        if not self._taken:
            panel = _within(round(width * 0.36), PANEL_WIDTHS)
            self.scroll.setFixedWidth(panel)
            width -= panel
        beside = width >= WIDE * height
        directions = QBoxLayout.Direction
        self._work.setDirection(directions.LeftToRight if beside else directions.TopToBottom)
        self._candidates.show_beside(beside)
        if beside:
            self._candidates.setFixedWidth(_within(round(width * 0.34), BESIDE_WIDTHS))
        else:
            self._candidates.setMinimumWidth(0)
            self._candidates.setMaximumWidth(_ANY)


def _within(width: int, bounds: tuple[int, int]) -> int:
    low, high = bounds
    return theme.px(min(high, max(low, width)))
