"""The head of a wave that is being written: what was written last, and what was expected of every sample before it
was there, as a column of heat."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRect, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from dgm_studio.language import tr
from dgm_studio.protocol.messages import Array, Predicted
from dgm_studio.protocol.sounds import LOUDEST

from ..look import theme

BEFORE, AFTER = 72, 8
"""Samples that are shown up to the head, and room behind it."""


class WaveHead(QWidget):
    """``show_sound`` takes a sound (T,) and how many of its samples are there; ``show_predicted`` what was expected of each."""

    def __init__(self) -> None:
        super().__init__()
        self._sound: Array | None = None
        self.position, self._rate = 0, 1
        self._token = "model"
        self._predicted: Predicted | None = None
        self.words = ""
        self.setAccessibleName(tr("Head of the wave"))
        self.setToolTip(
            tr(
                "The samples before the head, one by one. Columns of heat: how likely each value was before the sample was "
                "there. What is soft is drawn larger, as the model hears it."
            )
        )
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.follow(self.update)

    def sizeHint(self) -> QSize:
        return QSize(theme.px(320), theme.px(110))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.px(120), theme.px(60))

    @property
    def predicted(self) -> Predicted | None:
        """What is known of the sound that is shown, if anything."""
        found = self._predicted
        if found is None or self._sound is None:
            return None
        return found if np.array_equal(found.example, self._sound) else None

    def show_sound(self, sound: Array | None, head: int, rate: int, token: str = "model") -> None:
        self._sound, self.position, self._rate, self._token = sound, head, rate, token
        self.update()

    def show_predicted(self, predicted: Predicted | None) -> None:
        self._predicted = predicted
        self.update()

    def _place(self, values: Array) -> Array:
        """Where values lie between the least, 0, and the greatest, 1: companded, as in ITU-T G.711."""
        x = values.astype(np.float64) / LOUDEST
        found: Array = 0.5 + 0.5 * np.sign(x) * np.log1p(255 * np.abs(x)) / np.log(256)
        return found

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, t = QPainter(self), theme.tokens()
        room = self.rect().adjusted(0, 0, -1, -1)
        painter.setPen(t.colour("line"))
        painter.drawRect(room)
        inside = room.adjusted(1, 1, 0, 0)
        painter.drawLine(inside.left(), inside.center().y(), inside.right(), inside.center().y())
        if self._sound is None:
            return
        first = max(0, min(self.position - BEFORE, len(self._sound) - BEFORE - AFTER))
        count = min(BEFORE + AFTER, len(self._sound) - first)
        pitch = inside.width() / count
        predicted = self.predicted
        if predicted is not None:
            stop = min(first + count, self.position + 1)
            self._heat(painter, inside, predicted.probabilities[first:stop], pitch)
        seen = self._sound[first : self.position]
        if len(seen):
            high = inside.height() - 4
            ys = inside.y() + 2 + high * (1 - self._place(seen))
            points = [QPointF(inside.x() + (i + 0.5) * pitch, y) for i, y in enumerate(ys.tolist())]
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(t.colour("text", 0.75), 1.2))
            painter.drawPolyline(QPolygonF(points))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(t.colour("text"))
            size = max(1.0, min(2.2, pitch / 3))
            for point in points:
                painter.drawEllipse(point, size, size)
        at = inside.x() + (self.position - first) * pitch
        if first < self.position < first + count:
            painter.setPen(QPen(t.colour("accent"), 1, Qt.PenStyle.DashLine))
            painter.drawLine(QLineF(at, inside.y(), at, inside.bottom()))
        painter.setPen(t.colour("dim"))
        place = inside.adjusted(4, 1, -4, 0)
        painter.drawText(
            place, Qt.AlignmentFlag.AlignLeft, tr("{value:.0f} ms", value=1000 * self.position / self._rate)
        )
        painter.drawText(place, Qt.AlignmentFlag.AlignRight, self.words)

    def _heat(self, painter: QPainter, inside: QRect, chances: Array, pitch: float) -> None:
        """Columns of probability, each as bright as its likeliest value."""
        if not len(chances):
            return
        share = chances.astype(np.float32).T[::-1]
        share = np.sqrt(share / np.maximum(share.max(0, keepdims=True), 1e-6))
        colour = theme.tokens().colour(self._token)
        pixels = np.empty((*share.shape, 4), np.uint8)
        pixels[..., 0], pixels[..., 1], pixels[..., 2] = colour.blue(), colour.green(), colour.red()
        pixels[..., 3] = 210 * share
        high, wide = share.shape
        image = QImage(pixels.tobytes(), wide, high, 4 * wide, QImage.Format.Format_ARGB32).copy()
        painter.drawImage(QRect(inside.x(), inside.y() + 2, round(wide * pitch), inside.height() - 4), image)
