"""A tick: a box that is ticked, empty, or ticked in part, beside what it is for."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from ..look import theme

_BOX, _GAP = 15, 9


class TickBox(QAbstractButton):
    """``bold`` for one of a group; a group of which some are ticked is `show_partly`."""

    def __init__(self, text: str, help: str = "", bold: bool = False) -> None:
        super().__init__()
        self._bold, self._partly = bold, False
        self.setText(text)
        self.setCheckable(True)
        self.setToolTip(help)
        self.setAccessibleName(text)
        self.setAccessibleDescription(help)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.follow(self.updateGeometry)

    @property
    def partly(self) -> bool:
        return self._partly

    def show_partly(self, on: bool, partly: bool) -> None:
        """Show all of a group as ticked, or some of it."""
        self.setChecked(on)
        self._partly = partly and not on
        self.update()

    def _font(self) -> QFont:
        font = QFont(self.font())
        font.setWeight(QFont.Weight.DemiBold if self._bold else QFont.Weight.Normal)
        return font

    def sizeHint(self) -> QSize:
        return QSize(theme.px(_BOX + _GAP) + self.fontMetrics().horizontalAdvance(self.text()) + 8, theme.px(26))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.px(60), theme.px(26))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, t = QPainter(self), theme.tokens()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        side = theme.px(_BOX)
        box = QRectF(1.5, (self.height() - side) / 2, side, side)
        filled = self.isChecked() or self._partly
        edge = "accent" if filled else "text" if self.underMouse() else "dim"
        painter.setPen(QPen(t.colour(edge), 1.2))
        painter.setBrush(t.colour("accent") if filled else t.colour("background"))
        painter.drawRoundedRect(box, 3, 3)
        painter.setPen(QPen(t.colour("on_accent"), 1.8, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        if self.isChecked():
            at = [(0.24, 0.52), (0.43, 0.71), (0.77, 0.31)]
            painter.drawPolyline(QPolygonF([QPointF(box.left() + x * side, box.top() + y * side) for x, y in at]))
        elif self._partly:
            middle = box.center().y()
            painter.drawLine(QPointF(box.left() + 0.27 * side, middle), QPointF(box.right() - 0.27 * side, middle))
        painter.setFont(self._font())
        painter.setPen(t.colour("text"))
        words = self.rect().adjusted(theme.px(_BOX + _GAP), 0, 0, 0)
        short = painter.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, words.width())
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, short)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(t.colour("text"), 1, Qt.PenStyle.DashLine))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
