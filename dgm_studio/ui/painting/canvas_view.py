"""Canvas view: the canvas on screen, zoomed and panned, and the brush over it. It draws the document and paints into it.

A stroke redraws only the rectangle that changed, so that it is on screen within a frame at any zoom.
"""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from dgm_studio.studio.brush import Brush, Point, Rect
from dgm_studio.studio.canvas import Canvas
from dgm_studio.studio.state import Array

from .. import theme
from ..views.pixels import to_qimage
from .mask_overlay import MaskOverlay

MARGIN = 12
GRID_FROM = 10.0
"""Zoom (logical pixels per image pixel) from which single pixels are outlined."""
ZOOMS = (0.25, 160.0)


class CanvasView(QWidget):
    """Left button paints with the tool, right button erases, Space or the middle button pans, the wheel zooms."""

    painted = Signal()
    """A stroke has begun."""

    def __init__(self, canvas: Canvas) -> None:
        super().__init__()
        self.canvas = canvas
        self.brush = Brush(6)
        self.erasing = False
        self._zoom = 1.0
        self._corner = QPointF(0, 0)
        self._fitted = True
        self._space = False
        self._pan_from: QPointF | None = None
        self._pointer: QPointF | None = None
        self._picture = QImage()
        self._preview: QImage | None = None
        self._overlay = MaskOverlay()
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(160, 160)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName("Canvas")
        self.setAccessibleDescription("Paint with the left button, erase with the right one.")
        leave = canvas.on("pixels", self._changed)
        self.destroyed.connect(lambda _=None: leave())
        theme.follow(self._restyle)
        self._changed(None)

    def sizeHint(self) -> QSize:
        return QSize(420, 420)

    # --- what is shown ----------------------------------------------------------------------------------------------

    def show_brush(self, brush: Brush, erasing: bool) -> None:
        self._update_brush()
        self.brush, self.erasing = brush, erasing
        self._update_brush()

    def show_preview(self, image: Array | None) -> None:
        """Show a candidate in the image's place, with the mask faint; None shows the image again."""
        if image is None and self._preview is None:
            return
        self._preview = None if image is None else to_qimage(image)
        self.update()

    @property
    def zoom(self) -> float:
        """Logical pixels per image pixel."""
        return self._zoom

    def to_image(self, where: QPointF) -> Point:
        """A place in the widget in pixels of the image."""
        return (where.x() - self._corner.x()) / self._zoom, (where.y() - self._corner.y()) / self._zoom

    def to_widget(self, x: float, y: float) -> QPointF:
        return QPointF(self._corner.x() + x * self._zoom, self._corner.y() + y * self._zoom)

    def fit(self) -> None:
        """Show all of the image, as large as it goes; whole zooms are preferred."""
        height, width = self.canvas.shape
        room = min((self.width() - 2 * MARGIN) / width, (self.height() - 2 * MARGIN) / height)
        self._zoom = float(math.floor(room)) if room >= 6 else max(room, ZOOMS[0])
        self._corner = QPointF(
            round((self.width() - width * self._zoom) / 2), round((self.height() - height * self._zoom) / 2)
        )
        self._fitted = True
        self.update()

    @property
    def _target(self) -> QRectF:
        height, width = self.canvas.shape
        return QRectF(self._corner.x(), self._corner.y(), width * self._zoom, height * self._zoom)

    def _changed(self, where: Rect | None) -> None:
        if where is None:
            picture = to_qimage(self.canvas.image)
            if picture.size() != self._picture.size():
                self._preview = None
            self._picture = picture
            self._overlay.show_mask(self.canvas.mask)
            if self._fitted:
                self.fit()
            self.update()
            return
        self._overlay.show_mask(self.canvas.mask, where)
        self.update(self._on_screen(where))

    def _on_screen(self, where: Rect) -> QRect:
        area = QRectF(self.to_widget(where.left, where.top), self.to_widget(where.right, where.bottom))
        return area.toAlignedRect().adjusted(-1, -1, 1, 1)

    def _restyle(self) -> None:
        self._overlay.show_colour(theme.tokens().colour("mask"), self.devicePixelRatioF())
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        t = theme.tokens()
        painter = QPainter(self)
        painter.fillRect(event.rect(), t.colour("plot"))
        target = self._target
        painter.drawImage(target, self._preview if self._preview is not None else self._picture)
        faint = 0.3 if self._preview is not None else 1.0
        self._overlay.paint(painter, target, event.rect(), self.devicePixelRatioF(), faint)
        if self._zoom >= GRID_FROM:
            self._paint_grid(painter, target)
        painter.setPen(QPen(t.colour("accent" if self.hasFocus() else "line"), 1))
        painter.drawRect(target.adjusted(-1, -1, 0, 0))
        if self._pointer is not None and not self._space and self._pan_from is None:
            self._paint_brush(painter)

    def _paint_grid(self, painter: QPainter, target: QRectF) -> None:
        height, width = self.canvas.shape
        pen = QPen(Qt.GlobalColor.gray, 0)
        colour = pen.color()
        colour.setAlphaF(0.22)
        pen.setColor(colour)
        painter.setPen(pen)
        for column in range(1, width):
            x = target.left() + column * self._zoom
            painter.drawLine(QPointF(x, target.top()), QPointF(x, target.bottom()))
        for row in range(1, height):
            y = target.top() + row * self._zoom
            painter.drawLine(QPointF(target.left(), y), QPointF(target.right(), y))

    def _brush_area(self) -> QRectF:
        if self._pointer is None:
            return QRectF()
        x, y = self.brush.snap(self.to_image(self._pointer))
        r = self.brush.radius
        return QRectF(self.to_widget(x - r, y - r), self.to_widget(x + r, y + r))

    def _paint_brush(self, painter: QPainter) -> None:
        """Light on dark and dark on light: two outlines; dashed while it erases; a square where single pixels count."""
        area = self._brush_area()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for colour, width in ((Qt.GlobalColor.black, 3), (Qt.GlobalColor.white, 1.4)):
            pen = QPen(colour, width)
            if self.erasing and width < 3:
                pen.setStyle(Qt.PenStyle.DashLine)
            painter.setPen(pen)
            if self.brush.size <= 2:
                painter.drawRect(area)
            else:
                painter.drawEllipse(area)
        if self.brush.hardness < 1 and self.brush.size > 4:
            core = area.width() / 2 * (1 - self.brush.hardness)
            painter.setPen(QPen(Qt.GlobalColor.white, 0.7, Qt.PenStyle.DotLine))
            painter.drawEllipse(area.adjusted(core, core, -core, -core))

    def _update_brush(self) -> None:
        self.update(self._brush_area().toAlignedRect().adjusted(-4, -4, 4, 4))

    # --- what a person does -----------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        button = event.button()
        if button == Qt.MouseButton.MiddleButton or (self._space and button == Qt.MouseButton.LeftButton):
            self._pan_from = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        elif button in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton):
            self.painted.emit()
            erase = self.erasing or button == Qt.MouseButton.RightButton
            self.canvas.begin(self.to_image(event.position()), self.brush, erase)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        where = event.position()
        if self._pan_from is not None:
            self._corner += where - self._pan_from
            self._pan_from = where
            self._fitted = False
            self.update()
        elif self.canvas.painting:
            self.canvas.move(self.to_image(where))
        self._point(where)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._pan_from is not None:
            self._pan_from = None
            self._cursor()
        else:
            self.canvas.end()

    def wheelEvent(self, event: QWheelEvent) -> None:
        turns = event.angleDelta().y() / 120
        if turns:
            self.zoom_at(event.position(), self._zoom * 1.2**turns)
        event.accept()

    def zoom_at(self, where: QPointF, zoom: float) -> None:
        """Zoom so that what is at ``where`` stays there."""
        zoom = min(max(zoom, ZOOMS[0]), ZOOMS[1])
        x, y = self.to_image(where)
        self._zoom = zoom
        self._corner = QPointF(where.x() - x * zoom, where.y() - y * zoom)
        self._fitted = False
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space:
            if not event.isAutoRepeat():
                self._hold(True)
        elif event.key() == Qt.Key.Key_0:
            self.fit()
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._hold(False)
        else:
            super().keyReleaseEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """A key released in another window is never heard of: nothing may stay held."""
        self._hold(False)
        self.update()

    def leaveEvent(self, event) -> None:
        self._update_brush()
        self._pointer = None

    def resizeEvent(self, event: QResizeEvent) -> None:
        if self._fitted:
            self.fit()

    def _hold(self, on: bool) -> None:
        self._space = on
        if not on:
            self._pan_from = None
        self._cursor()
        self._update_brush()

    def _cursor(self) -> None:
        self.setCursor(Qt.CursorShape.OpenHandCursor if self._space else Qt.CursorShape.CrossCursor)

    def _point(self, where: QPointF) -> None:
        self._update_brush()
        self._pointer = where
        self._update_brush()
