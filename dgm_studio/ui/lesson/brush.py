"""The brush of predictions: paint on the plane where the samples are going to be, as a layer of its own.

A stroke is everything within the brush of a line that is dragged; undo takes the last one back. Without a mouse the arrows move
the brush and the space bar sets it down.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QGraphicsPathItem, QWidget

from dgm_studio.language import tr
from dgm_studio.studio.lesson.painted import PaintedPrediction

from ..look import theme
from ..plane.plane_plot import PlanePlot

RADIUS = 16
"""Of the brush, in pixels."""
_KEY_STEP = 8
_ARROWS = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1)}


class PaintedLayer:
    """Shows a `PaintedPrediction` on the plane."""

    def __init__(self, plot: PlanePlot, z: float = 6.0) -> None:
        self._item = QGraphicsPathItem()
        self._item.setZValue(z)
        plot.item.addItem(self._item, ignoreBounds=True)
        self._radius = 0.0
        self.painted: PaintedPrediction | None = None
        self._item.hide()

    def show(self, painted: PaintedPrediction | None) -> None:
        self.painted = painted
        path = QPainterPath()
        for stroke in () if painted is None else painted.strokes:
            path.moveTo(*stroke[0])
            for x, y in stroke[1:] or [(stroke[0][0] + 1e-6, stroke[0][1])]:
                path.lineTo(x, y)
        self._item.setPath(path)
        self._radius = 0.0 if painted is None else painted.radius
        self._item.setVisible(painted is not None and bool(painted.strokes))
        self.restyle()

    def restyle(self) -> None:
        pen = QPen(theme.tokens().colour("mask", 0.34), 2 * self._radius)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        self._item.setPen(pen)


class _Glass(QWidget):
    """A clear sheet over the plane that catches the strokes."""

    def __init__(self, parent: QWidget, brush: PredictionBrush) -> None:
        super().__init__(parent)
        self._brush = brush
        self.at: QPointF | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName(tr("Paint your prediction: drag, or move the brush by arrow keys and press Space"))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._brush.begin(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.at = event.position()
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._brush.move(event.position())
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._brush.end()

    def leaveEvent(self, event: QEvent) -> None:
        self.at = None
        self.update()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            own = event.matches(QKeySequence.StandardKey.Undo) or event.key() in (*_ARROWS, Qt.Key.Key_Space)
            if own:
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Undo):
            self._brush.undo()
        elif event.key() in _ARROWS:
            dx, dy = _ARROWS[Qt.Key(event.key())]
            here = self.at or QPointF(self.rect().center())
            self.at = QPointF(here.x() + dx * _KEY_STEP, here.y() + dy * _KEY_STEP)
            self.update()
        elif event.key() == Qt.Key.Key_Space:
            here = self.at or QPointF(self.rect().center())
            self._brush.begin(here)
            self._brush.end()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape):
            self._brush.done.emit()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        t = theme.tokens()
        if self._brush.is_empty:
            painter.setPen(t.colour("dim"))
            font = painter.font()
            font.setPixelSize(theme.px(14))
            painter.setFont(font)
            words = tr("Paint where you expect the samples: drag here")
            painter.drawText(self.rect().adjusted(0, theme.px(12), 0, 0), Qt.AlignmentFlag.AlignHCenter, words)
        if self.at is not None:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(t.colour("mask"), 1.5))
            painter.drawEllipse(self.at, theme.px(RADIUS), theme.px(RADIUS))


class PredictionBrush(QObject):
    """``painted`` after every stroke, ``done`` when somebody has finished by a key."""

    painted = Signal()
    done = Signal()

    def __init__(self, plot: PlanePlot, parent: QObject) -> None:
        super().__init__(parent)
        self._plot = plot
        self.layer = PaintedLayer(plot)
        self.glass = _Glass(plot, self)
        self.glass.hide()
        self._so_far = PaintedPrediction((), 1.0)
        self._stroke: list[tuple[float, float]] = []
        plot.resized.connect(self._cover)
        theme.follow(self._restyle)

    @property
    def active(self) -> bool:
        return not self.glass.isHidden()

    @property
    def is_empty(self) -> bool:
        return not self._so_far.strokes and not self._stroke

    @property
    def value(self) -> PaintedPrediction:
        """What is painted."""
        return self._so_far

    def open(self, painted: PaintedPrediction | None = None) -> None:
        """Begin to paint, from nothing unless told."""
        self._so_far = painted or PaintedPrediction((), self._radius())
        self._cover()
        self.glass.show()
        self.glass.raise_()
        self.glass.setFocus()
        self.layer.show(self._so_far)

    def close(self) -> None:
        self.glass.hide()

    def show(self, painted: PaintedPrediction | None) -> None:
        """Lay what was kept over the plane."""
        if not self.active:
            self.layer.show(painted)

    def begin(self, place: QPointF) -> None:
        if self.is_empty:
            self._so_far = PaintedPrediction((), self._radius())
        self._stroke = [self._plot.to_data(place)]
        self._show()

    def move(self, place: QPointF) -> None:
        if self._stroke:
            self._stroke.append(self._plot.to_data(place))
            self._show()

    def end(self) -> None:
        if self._stroke:
            self._so_far = self._so_far.with_stroke(self._stroke)
            self._stroke = []
            self.layer.show(self._so_far)
            self.painted.emit()

    def undo(self) -> None:
        self._so_far = PaintedPrediction(self._so_far.strokes[:-1], self._so_far.radius)
        self.layer.show(self._so_far)
        self.painted.emit()

    def _show(self) -> None:
        self.layer.show(self._so_far.with_stroke(self._stroke))
        self.glass.update()

    def _radius(self) -> float:
        """Of the brush in data units, as the plane is now."""
        left, right, *_ = self._plot.extent()
        wide = max(1.0, self._plot.item.getViewBox().width())
        return float(theme.px(RADIUS) * (right - left) / wide)

    def _cover(self) -> None:
        self.glass.setGeometry(self._plot.rect())

    def _restyle(self) -> None:
        self.layer.restyle()
