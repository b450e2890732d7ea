"""Sight: which part of the canvas is seen, and how large. Pans, zooms about a place, and fits all of it."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, QSize

from dgm_studio.studio.painting.brush import Point

MARGIN = 12
ZOOMS = (0.25, 160.0)
ZOOM_STEP = 1.2
WHOLE_FROM = 6
"""Zoom from which only whole ones are fitted, so that all pixels are equally large."""


class Sight:
    """``zoom`` is in logical pixels per image pixel, ``corner`` where the image begins in the widget; ``fitted`` until
    one zooms or pans.
    """

    def __init__(self) -> None:
        self.zoom = 1.0
        self.corner = QPointF(0, 0)
        self.fitted = True

    def to_image(self, where: QPointF) -> Point:
        """A place in the widget in pixels of the image."""
        return (where.x() - self.corner.x()) / self.zoom, (where.y() - self.corner.y()) / self.zoom

    def to_widget(self, x: float, y: float) -> QPointF:
        return QPointF(self.corner.x() + x * self.zoom, self.corner.y() + y * self.zoom)

    def target(self, shape: tuple[int, int]) -> QRectF:
        """Where an image (H, W) lies in the widget."""
        height, width = shape
        return QRectF(self.corner.x(), self.corner.y(), width * self.zoom, height * self.zoom)

    def fit(self, shape: tuple[int, int], widget: QSize) -> None:
        """Show all of an image (H, W), as large as it goes."""
        height, width = shape
        room = min((widget.width() - 2 * MARGIN) / width, (widget.height() - 2 * MARGIN) / height)
        self.zoom = float(math.floor(room)) if room >= WHOLE_FROM else max(room, ZOOMS[0])
        left, top = (widget.width() - width * self.zoom) / 2, (widget.height() - height * self.zoom) / 2
        self.corner = QPointF(round(left), round(top))
        self.fitted = True

    def zoom_at(self, where: QPointF, zoom: float) -> None:
        """Zoom so that what is at ``where`` stays there."""
        zoom = min(max(zoom, ZOOMS[0]), ZOOMS[1])
        x, y = self.to_image(where)
        self.zoom = zoom
        self.corner = QPointF(where.x() - x * zoom, where.y() - y * zoom)
        self.fitted = False

    def pan(self, by: QPointF) -> None:
        self.corner += by
        self.fitted = False
