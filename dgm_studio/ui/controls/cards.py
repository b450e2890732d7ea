"""Cards and tiles: buttons that show what they choose. They paint themselves, so that a gallery stays cheap."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAction,
    QContextMenuEvent,
    QFont,
    QIcon,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
)
from PySide6.QtWidgets import QAbstractButton, QMenu, QSizePolicy

from ..look import theme


class Choosable(QAbstractButton):
    """A checkable surface with the frame, hover and focus ring of the look."""

    def __init__(self, name: str, help: str) -> None:
        super().__init__()
        self.setCheckable(True)
        self.setToolTip(help)
        self.setAccessibleName(name)
        self.setAccessibleDescription(help)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        theme.follow(self.restyle)

    def restyle(self) -> None:
        self.updateGeometry()
        self.update()

    def paint_frame(self, painter: QPainter, fill: str) -> None:
        t = theme.tokens()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        chosen = self.isChecked()
        painter.setPen(QPen(t.colour("accent" if chosen else "line"), 1.5 if chosen else 1.0))
        painter.setBrush(t.colour("hover" if self.underMouse() and self.isEnabled() else fill))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)
        if chosen:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(t.colour("accent", 0.14))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)
        if self.hasFocus():  # another line than that of what is chosen: the two are often apart
            painter.setPen(QPen(t.colour("text"), 1.0, Qt.PenStyle.DashLine))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(3.5, 3.5, -3.5, -3.5), 4, 4)


class Card(Choosable):
    """A title and a line below it; what is not possible is dimmed and says why in its tooltip.

    A card that `offer`s more has a menu behind its dots, which a right click and the menu key open too: ``offered`` with the
    name of what was chosen in it.
    """

    offered = Signal(str)

    def __init__(self, title: str, subtitle: str, help: str = "") -> None:
        self._title, self._subtitle, self._help = title, subtitle, help
        self._offers: tuple[tuple[str, str, str], ...] = ()
        super().__init__(title, help)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def show_reason(self, reason: str | None) -> None:
        """Why it cannot be chosen; None when it can."""
        self.setEnabled(reason is None)
        self.setToolTip(self._help if reason is None else reason)

    def offer(self, offers: Sequence[tuple[str, str, str]]) -> None:
        """What its menu offers: name, title and help of each."""
        self._offers = tuple(offers)
        self.update()

    @property
    def offers(self) -> tuple[tuple[str, str, str], ...]:
        """What its menu offers now."""
        return self._offers

    def menu(self) -> QMenu | None:
        """A menu of what it offers; None where that is nothing."""
        if not self._offers:
            return None
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        for name, title, help in self._offers:
            action = QAction(title, menu)
            action.setToolTip(help)
            action.triggered.connect(lambda _=False, name=name: self.offered.emit(name))
            menu.addAction(action)
        return menu

    @property
    def dots(self) -> QRect:
        """Where a press opens the menu."""
        side = theme.px(18)
        return QRect(self.width() - side - 3, 3, side, side)

    def _open_menu(self) -> None:
        menu = self.menu()
        if menu is not None:
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.popup(self.mapToGlobal(self.dots.bottomLeft()))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if self._offers:
            self._open_menu()
        else:
            event.ignore()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if (
            self._offers
            and event.button() == Qt.MouseButton.LeftButton
            and self.dots.contains(event.position().toPoint())
        ):
            self._open_menu()
        else:
            super().mousePressEvent(event)

    def sizeHint(self) -> QSize:
        return QSize(theme.px(120), theme.px(46))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.px(80), theme.px(46))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self.paint_frame(painter, "raised")
        t = theme.tokens()
        alpha = 1.0 if self.isEnabled() else 0.5
        inner = self.rect().adjusted(theme.px(10), theme.px(5), -theme.px(6), -theme.px(5))
        half = inner.height() // 2
        painter.setPen(t.colour("text", alpha))
        wide = inner.width() - (theme.px(14) if self._offers else 0)
        self._line(painter, QRect(inner.left(), inner.top(), wide, half), self._title, self.font())
        small = QFont(self.font())
        small.setPixelSize(theme.px(11))
        painter.setPen(t.colour("dim", alpha))
        self.paint_dots(painter, alpha)
        painter.setPen(t.colour("dim", alpha))
        below = QRect(inner.left(), inner.top() + half, inner.width(), half)
        self._line(painter, below, self._subtitle, small)

    def paint_dots(self, painter: QPainter, alpha: float = 1.0) -> None:
        """Three dots where it offers more."""
        if self._offers:
            painter.setBrush(theme.tokens().colour("dim", alpha))
            painter.setPen(Qt.PenStyle.NoPen)
            middle, step = self.dots.center(), theme.px(4)
            for k in (-1, 0, 1):
                painter.drawEllipse(QRectF(middle.x() + k * step - 1, middle.y() - 1, 2.4, 2.4))

    def _line(self, painter: QPainter, where: QRect, text: str, font: QFont) -> None:
        painter.setFont(font)
        short = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, where.width())
        painter.drawText(where, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, short)


class Tile(Choosable):
    """A square picture or icon to choose."""

    def __init__(self, name: str, help: str = "") -> None:
        self._pixmap: QPixmap | None = None
        self._icon: QIcon | None = None
        super().__init__(name, help)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def show_image(self, pixmap: QPixmap) -> None:
        self._pixmap = pixmap
        self.update()

    def show_icon(self, icon: QIcon) -> None:
        self._icon = icon
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(theme.px(60), theme.px(60))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.px(36), theme.px(60))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self.paint_frame(painter, "plot")
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if self._pixmap is not None:
            side = min(self.width(), self.height()) - 8
            spot = QRect((self.width() - side) // 2, (self.height() - side) // 2, side, side)
            painter.drawPixmap(spot, self._pixmap)
        elif self._icon is not None:
            side = theme.px(18)
            self._icon.paint(painter, QRect((self.width() - side) // 2, (self.height() - side) // 2, side, side))
