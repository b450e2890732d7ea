"""How far a lesson is: a bar for each step, done, in front or to come; a click goes there."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from dgm_studio.language import tr

from ..look import theme

_WIDE, _GAP, _HIGH = 26, 6, 5


class StepDots(QWidget):
    """``chosen`` with the number of a step from 0 on."""

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._titles: Sequence[str] = ()
        self._done: Sequence[bool] = ()
        self._at = 0
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("Steps of the lesson"))
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def show_steps(self, titles: Sequence[str], done: Sequence[bool], at: int) -> None:
        self._titles, self._done, self._at = titles, done, at
        self.setToolTip("\n".join(f"{n}. {title}{'  ✓' if d else ''}" for n, (title, d) in self._each()))
        self.updateGeometry()
        self.update()

    def _each(self) -> Sequence[tuple[int, tuple[str, bool]]]:
        return list(enumerate(zip(self._titles, self._done, strict=True), start=1))

    def sizeHint(self) -> QSize:
        return QSize(theme.px(_WIDE + _GAP) * len(self._titles), theme.px(20))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = int(event.position().x() // max(1, theme.px(_WIDE + _GAP)))
        if 0 <= at < len(self._titles):
            self.chosen.emit(at)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, t = QPainter(self), theme.tokens()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        high = theme.px(_HIGH)
        for number, done in enumerate(self._done):
            token = "accent" if number == self._at else "good" if done else "line"
            painter.setBrush(t.colour(token))
            left = number * theme.px(_WIDE + _GAP)
            box = QRectF(left, (self.height() - high) / 2, theme.px(_WIDE), high)
            painter.drawRoundedRect(box, high / 2, high / 2)
