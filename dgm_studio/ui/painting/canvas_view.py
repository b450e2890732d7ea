"""Canvas view: the canvas on screen, zoomed and panned, and the tool over it. It draws the document and paints into it.

A stroke redraws only the rectangle that changed, so that it is on screen within a frame at any zoom. Nothing that is
held (Space, Tab, a button) outlives the focus: a key that is released in another window is never heard of.
"""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPointingDevice,
    QResizeEvent,
    QTabletEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from dgm_studio.language import tr
from dgm_studio.protocol.messages import Array
from dgm_studio.studio.painting.brush import Point, Rect
from dgm_studio.studio.painting.canvas import Canvas
from dgm_studio.studio.painting.canvas_tools import Tools

from ..images.pixels import to_qimage
from ..look import theme
from .canvas_marks import paint_brush, paint_grid, paint_outline
from .mask_overlay import MaskOverlay
from .pointer import Pointer
from .sight import ZOOM_STEP, Sight

_BUTTONS = (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton)


class CanvasView(QWidget):
    """Left button uses the tool, right button erases, Alt takes a colour, Space or the middle button pans, the wheel
    zooms, Tab held shows the original. Shift+Tab leaves by keyboard.
    """

    painted = Signal()
    """A stroke or a shape has begun."""
    picked = Signal(object)
    """A colour was taken from the picture."""
    seen_changed = Signal()
    """Zoom, pan, size or what the pointer is over."""
    resized = Signal()

    def __init__(self, canvas: Canvas) -> None:
        super().__init__()
        self.canvas = canvas
        self.tools = Tools()
        self.sight = Sight()
        self._space = self._original = False
        self._pan_from: QPointF | None = None
        self._over: QPointF | None = None
        self._image = QImage()
        self._preview: QImage | None = None
        self._outlined = True
        self._overlay = MaskOverlay()
        self._pointer = Pointer(canvas, self.picked.emit)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(160, 160)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName(tr("Canvas"))
        self.setAccessibleDescription(
            tr(
                "Paint with the left button, erase with the right one, Alt and a click take a colour. Space pans, the wheel "
                "zooms, Tab held shows the original, Shift+Tab leaves the canvas."
            )
        )
        leave = canvas.on("pixels", self._changed)
        self.destroyed.connect(lambda _=None: leave())
        theme.follow(self._restyle)
        self._changed(None)

    def sizeHint(self) -> QSize:
        return QSize(420, 420)

    # --- what is shown ----------------------------------------------------------------------------------------------

    def show_tools(self, tools: Tools) -> None:
        """What the pointer paints with from now on."""
        self._update_brush()
        self.tools = tools
        self._cursor()
        self._update_brush()

    @property
    def previews(self) -> bool:
        """Whether a candidate is shown in place of the picture."""
        return self._preview is not None

    def show_preview(self, image: Array | None, masked: bool = True) -> None:
        """Show a candidate in the image's place, with the mask's outline unless it did not act; None shows the image."""
        if image is None and self._preview is None:
            return
        self._outlined = masked
        self._preview = None if image is None else to_qimage(image)
        self.update()

    @property
    def zoom(self) -> float:
        """Logical pixels per image pixel."""
        return self.sight.zoom

    @property
    def over(self) -> tuple[int, int] | None:
        """The pixel under the pointer as (column, row), None outside the image."""
        if self._over is None:
            return None
        x, y = self.to_image(self._over)
        height, width = self.canvas.shape
        return (math.floor(x), math.floor(y)) if 0 <= x < width and 0 <= y < height else None

    def to_image(self, where: QPointF) -> Point:
        """A place in the widget in pixels of the image."""
        return self.sight.to_image(where)

    def to_widget(self, x: float, y: float) -> QPointF:
        return self.sight.to_widget(x, y)

    def fit(self) -> None:
        """Show all of the image, as large as it goes."""
        self.sight.fit(self.canvas.shape, self.size())
        self.update()
        self.seen_changed.emit()

    def zoom_at(self, where: QPointF, zoom: float) -> None:
        """Zoom so that what is at ``where`` stays there."""
        self.sight.zoom_at(where, zoom)
        self.update()
        self.seen_changed.emit()

    def _changed(self, where: Rect | None) -> None:
        if where is None:
            image = to_qimage(self.canvas.flat).convertToFormat(QImage.Format.Format_RGB32)
            if image.size() != self._image.size():
                self._preview = None
            self._image = image
            self._overlay.show_mask(self.canvas.mask)
            if self.sight.fitted:
                self.fit()
            self.update()
            return
        painter = QPainter(self._image)
        painter.drawImage(where.left, where.top, to_qimage(self.canvas.flat[where.slices]))
        painter.end()
        self._overlay.show_mask(self.canvas.mask, where)
        area = QRectF(self.to_widget(where.left, where.top), self.to_widget(where.right, where.bottom))
        self.update(area.toAlignedRect().adjusted(-1, -1, 1, 1))

    def _restyle(self) -> None:
        self._overlay.show_colour(theme.tokens().colour("mask"), self.devicePixelRatioF())
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        t = theme.tokens()
        painter = QPainter(self)
        painter.fillRect(event.rect(), t.colour("plot"))
        target = self.sight.target(self.canvas.shape)
        if self._original:
            painter.drawImage(target, to_qimage(self.canvas.original))
        else:
            shown = self._preview if self._preview is not None else self._image
            self._draw_image(painter, target, shown, event.rect())
            if self._preview is None:
                self._overlay.paint(painter, target, event.rect(), self.devicePixelRatioF())
            elif self._outlined:
                self._overlay.paint_outline(painter, target, event.rect(), self.devicePixelRatioF())
            paint_grid(painter, target, self.sight.zoom, event.rect())
        painter.setPen(QPen(t.colour("accent" if self.hasFocus() else "line"), 1))
        painter.drawRect(target.adjusted(-1, -1, 0, 0))
        outline = self._outline()
        if outline:
            paint_outline(painter, outline)
        elif self._shows_brush:
            paint_brush(painter, self._brush_area(), self.tools.brush, self.tools.erasing)

    def _draw_image(self, painter: QPainter, target: QRectF, image: QImage, clip: QRect) -> None:
        """Only the pixels in ``clip``: a whole image of 512 pixels costs more than a frame to scale in software."""
        x0, y0 = self.to_image(QPointF(clip.topLeft()))
        x1, y1 = self.to_image(QPointF(clip.bottomRight()) + QPointF(1, 1))
        part = QRectF(x0, y0, x1 - x0, y1 - y0).toAlignedRect().intersected(image.rect())
        if not part.isEmpty():
            place = QRectF(self.to_widget(part.left(), part.top()), part.size().toSizeF() * self.sight.zoom)
            painter.drawImage(place, image, QRectF(part))

    def _outline(self) -> list[QPointF]:
        """The shape being drawn, in the widget's coordinates."""
        points = self._pointer.outline
        if self._pointer.tool == "rectangle":
            (xa, ya), (xb, yb) = points
            left, top = math.floor(min(xa, xb)), math.floor(min(ya, yb))
            right, bottom = math.floor(max(xa, xb)) + 1, math.floor(max(ya, yb)) + 1
            points = [(left, top), (right, top), (right, bottom), (left, bottom)]
        return [self.to_widget(x, y) for x, y in points]

    @property
    def _shows_brush(self) -> bool:
        free = self._over is not None and not self._space and self._pan_from is None
        return free and self.tools.tool == "brush" and not self._original

    def _brush_area(self) -> QRectF:
        if self._over is None:
            return QRectF()
        x, y = self.tools.brush.snap(self.to_image(self._over))
        r = self.tools.brush.radius
        return QRectF(self.to_widget(x - r, y - r), self.to_widget(x + r, y + r))

    def _update_brush(self) -> None:
        self.update(self._brush_area().toAlignedRect().adjusted(-4, -4, 4, 4))

    # --- mouse and pen ----------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        button = event.button()
        if button == Qt.MouseButton.MiddleButton or (self._space and button == Qt.MouseButton.LeftButton):
            self._pan_from = event.position()
            self._cursor()
        elif button in _BUTTONS:
            pick = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
            self._press(event.position(), button == Qt.MouseButton.RightButton, pick)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        where = event.position()
        if not event.buttons():  # a release that another window took; keys are held on
            self._end_drag()
        if self._pan_from is not None:
            self.sight.pan(where - self._pan_from)
            self._pan_from = where
            self.update()
        self.pull(where)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._pan_from is not None:
            self._pan_from = None
            self._cursor()
        else:
            self._release()

    def tabletEvent(self, event: QTabletEvent) -> None:
        """A pen: its pressure is the size of the brush, its other end erases."""
        kind, where = event.type(), event.position()
        if self._space or event.button() == Qt.MouseButton.MiddleButton:
            event.ignore()  # comes again as a mouse event
            return
        if kind == QEvent.Type.TabletPress:
            other_end = event.pointerType() == QPointingDevice.PointerType.Eraser
            erase = other_end or event.button() == Qt.MouseButton.RightButton
            self._press(where, erase, bool(event.modifiers() & Qt.KeyboardModifier.AltModifier), event.pressure())
        elif kind == QEvent.Type.TabletMove:
            self.pull(where, event.pressure())
        else:
            self._release()
        event.accept()

    def _press(self, where: QPointF, erase: bool, pick: bool, pressure: float = 1.0) -> None:
        if not pick and self.tools.tool != "pick":
            self.painted.emit()
        self._pointer.press(self.to_image(where), self.tools, erase, pick, pressure)

    def pull(self, where: QPointF, pressure: float = 1.0) -> None:
        if self._pointer.busy:
            self._pointer.pull(self.to_image(where), pressure)
            if self._pointer.outline:
                self.update()
        self._update_brush()
        self._over = where
        self._update_brush()
        self.seen_changed.emit()

    def _release(self) -> None:
        outlined = bool(self._pointer.outline)
        self._pointer.release()
        if outlined:
            self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        turns = event.angleDelta().y() / 120
        if turns:
            self.zoom_at(event.position(), self.sight.zoom * ZOOM_STEP**turns)
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        self._update_brush()
        self._over = None
        self.seen_changed.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        if self.sight.fitted:
            self.fit()
        self.resized.emit()

    # --- keys that are held -----------------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        # Tab would move the focus before `keyPressEvent` hears of it; Shift+Tab still does.
        if event.type() in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease) and isinstance(event, QKeyEvent):
            if event.key() == Qt.Key.Key_Tab and not event.modifiers():
                if not event.isAutoRepeat():
                    self._show_original(event.type() == QEvent.Type.KeyPress)
                return True
        elif event.type() == QEvent.Type.WindowDeactivate:
            self._let_go()
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key == Qt.Key.Key_Space:
            if not event.isAutoRepeat():
                self._hold(True)
        elif key == Qt.Key.Key_0:
            self.fit()
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus):
            step = 1 / ZOOM_STEP if key == Qt.Key.Key_Minus else ZOOM_STEP
            self.zoom_at(QPointF(self.rect().center()), self.sight.zoom * step)
        elif key == Qt.Key.Key_Escape and self._pointer.outline:
            self._pointer.abandon()
            self.update()
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
        self._let_go()
        self.update()

    @property
    def drawing_shape(self) -> bool:
        """An outline is being drawn: Esc abandons it."""
        return bool(self._pointer.outline)

    def _let_go(self) -> None:
        """Nothing may stay held."""
        self._hold(False)
        self._show_original(False)
        self._end_drag()

    def _end_drag(self) -> None:
        """No button is held any more."""
        if self._pan_from is not None:
            self._pan_from = None
            self._cursor()
        if self._pointer.busy:
            self._pointer.abandon()
            self.update()

    def _show_original(self, on: bool) -> None:
        if on != self._original:
            self._original = on
            self.update()

    def _hold(self, on: bool) -> None:
        self._space = on
        if not on:
            self._pan_from = None
        self._cursor()
        self._update_brush()

    def _cursor(self) -> None:
        shape = Qt.CursorShape
        if self._pan_from is not None:
            self.setCursor(shape.ClosedHandCursor)
        elif self._space:
            self.setCursor(shape.OpenHandCursor)
        else:
            self.setCursor(shape.CrossCursor)
