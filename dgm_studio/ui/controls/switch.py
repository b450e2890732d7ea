"""Switch: on or off, told by position and colour; and the combo box of the look. Both paint what QSS cannot."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF, QWheelEvent
from PySide6.QtWidgets import QAbstractButton, QComboBox, QStyle, QStyleOptionComboBox, QStylePainter

from ..look import theme

_ARROW = 30
"""Room at the right of a combo box for its arrow."""


class Switch(QAbstractButton):
    """A checkable knob in a groove."""

    def __init__(self) -> None:
        super().__init__()
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        theme.follow(self.restyle)

    def restyle(self) -> None:
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(theme.px(32), theme.px(20))

    def paintEvent(self, event: QPaintEvent) -> None:
        t = theme.tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        height = theme.px(16)
        groove = QRectF(1.5, (self.height() - height) / 2, self.width() - 3, height)
        on = self.isChecked()
        alpha = 1.0 if self.isEnabled() else 0.4
        painter.setPen(QPen(t.colour("text" if self.hasFocus() else "accent" if on else "line"), 1.5))
        painter.setBrush(t.colour("accent" if on else "background", alpha))
        painter.drawRoundedRect(groove, height / 2, height / 2)
        side = height - 6
        left = groove.right() - side - 3 if on else groove.left() + 3
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(t.colour("on_accent" if on else "dim", alpha))
        painter.drawEllipse(QRectF(left, groove.top() + 3, side, side))


class ComboBox(QComboBox):
    """A combo box that leaves the wheel to the panel unless it was chosen on purpose."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumContentsLength(4)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QStylePainter(self)
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        room = self.width() - theme.px(_ARROW)
        option.currentText = self.fontMetrics().elidedText(option.currentText, Qt.TextElideMode.ElideRight, room)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.tokens().colour("dim"), 1.5))
        x, y = 14.0 if self.isRightToLeft() else self.width() - 14.0, self.height() / 2 - 1.5
        painter.drawPolyline(QPolygonF([QPointF(x - 3.5, y), QPointF(x, y + 3.5), QPointF(x + 3.5, y)]))
