"""Canvas marks: what is drawn over the picture to aim by: the pixel grid, the brush, the outline of a shape.

Marks are light on dark and dark on light, as a wide dark line under a thin light one, so that they show on any picture.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QLineF, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF

from dgm_studio.studio.painting.brush import Brush

GRID_FROM = 10.0
"""Zoom (logical pixels per image pixel) from which single pixels are outlined."""
_GRID_ALPHA = 0.22
_PENS = ((Qt.GlobalColor.black, 3.0), (Qt.GlobalColor.white, 1.4))


def paint_grid(painter: QPainter, target: QRectF, zoom: float, clip: QRect) -> None:
    """Lines between the pixels of an image drawn at ``target``, as far as they lie in ``clip``."""
    if zoom < GRID_FROM:
        return
    seen = QRectF(clip).intersected(target)
    if seen.isEmpty():
        return
    pen = QPen(Qt.GlobalColor.gray, 0)
    colour = pen.color()
    colour.setAlphaF(_GRID_ALPHA)
    pen.setColor(colour)
    painter.setPen(pen)
    columns = _between(seen.left() - target.left(), seen.right() - target.left(), zoom, target.width())
    rows = _between(seen.top() - target.top(), seen.bottom() - target.top(), zoom, target.height())
    lines = [QLineF(target.left() + x, seen.top(), target.left() + x, seen.bottom()) for x in columns]
    lines += [QLineF(seen.left(), target.top() + y, seen.right(), target.top() + y) for y in rows]
    painter.drawLines(lines)


def _between(low: float, high: float, zoom: float, full: float) -> list[float]:
    """Where inner grid lines lie between two places."""
    first, last = max(1, int(low // zoom)), int(high // zoom) + 1
    return [i * zoom for i in range(first, last + 1) if i * zoom < full - 0.5]


def paint_brush(painter: QPainter, area: QRectF, brush: Brush, erasing: bool) -> None:
    """The edge of the brush: dashed while it erases, a square where single pixels count, its hard core dotted."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, width in _PENS:
        pen = QPen(colour, width)
        if erasing and width < 3:
            pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        if brush.size <= 2:
            painter.drawRect(area)
        else:
            painter.drawEllipse(area)
    if brush.hardness < 1 and brush.size > 4:
        core = area.width() / 2 * (1 - brush.hardness)
        painter.setPen(QPen(Qt.GlobalColor.white, 0.7, Qt.PenStyle.DotLine))
        painter.drawEllipse(area.adjusted(core, core, -core, -core))


def paint_outline(painter: QPainter, points: Sequence[QPointF]) -> None:
    """A closed shape that has not been let go."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, width in _PENS:
        pen = QPen(colour, width)
        if width < 3:
            pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.drawPolygon(QPolygonF(list(points)))
