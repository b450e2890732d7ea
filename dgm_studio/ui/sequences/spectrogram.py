"""Spectrogram: how loud a sound is at every pitch and moment, on a scale of decibels."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from dgm_studio.language import tr
from dgm_studio.protocol.messages import Array
from dgm_studio.protocol.sounds import LOUDEST

from ..look import theme

_RANGE_DB = 60.0
_LABEL = 16


def decibels(sound: Array, window: int = 128) -> Array:
    """Decibels (window / 2 + 1, moments) of a sound (T,), of the short-time Fourier transform in half overlapping Hann windows;
    0 is a tone as loud as there is room for."""
    hop = window // 4
    padded = np.pad(sound.astype(np.float64) / LOUDEST, window // 2)
    parts = np.lib.stride_tricks.sliding_window_view(padded, window)[::hop]
    loud: Array = np.abs(np.fft.rfft(parts * np.hanning(window), axis=1)).T * (4 / window)
    return 20 * np.log10(np.maximum(loud, 1e-6))


class Spectrogram(QWidget):
    """The ``shown`` sound, time to the right as below a wave of the same width."""

    def __init__(self) -> None:
        super().__init__()
        self._image: QImage | None = None
        self._loud: Array | None = None
        self._rate = 0
        self._token = "model"
        self._until = 1.0
        self.setAccessibleName(tr("Spectrogram"))
        self.setToolTip(tr("How loud it is at every pitch (upwards) and moment, over 60 dB."))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.follow(self._tint)

    def sizeHint(self) -> QSize:
        return QSize(theme.px(200), theme.px(110))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.px(90), theme.px(60))

    def show_sound(self, sound: Array | None, rate: int, token: str = "model", until: float = 1.0) -> None:
        """Another sound (T,) int16, of which so much is written; None for nothing."""
        window = 128 * max(1, rate // 2000)
        self._loud = None if sound is None else decibels(sound, window)
        self._rate, self._token, self._until = rate, token, until
        self._tint()

    def _tint(self) -> None:
        """From clear to the colour of the sound's origin."""
        self._image = None
        if self._loud is not None:
            colour = theme.tokens().colour(self._token)
            share = np.clip(1 + self._loud[::-1] / _RANGE_DB, 0, 1)
            pixels = np.empty((*share.shape, 4), np.uint8)
            pixels[..., 0], pixels[..., 1], pixels[..., 2] = colour.blue(), colour.green(), colour.red()
            pixels[..., 3] = 255 * share
            high, wide = share.shape
            self._image = QImage(pixels.tobytes(), wide, high, 4 * wide, QImage.Format.Format_ARGB32).copy()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, t = QPainter(self), theme.tokens()
        room = self.rect().adjusted(0, 0, -1, -1)
        painter.setPen(t.colour("line"))
        painter.drawRect(room)
        if self._image is None:
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        inside = room.adjusted(1, 1, 0, 0)
        painter.save()
        painter.setClipRect(QRect(inside.x(), inside.y(), round(inside.width() * self._until), inside.height()))
        painter.drawImage(inside, self._image)
        painter.restore()
        painter.setPen(t.colour("text"))
        high = theme.px(_LABEL)
        place = QRect(inside.x() + 4, inside.y() + 1, inside.width() - 8, high)
        painter.drawText(place, Qt.AlignmentFlag.AlignLeft, f"{self._rate / 2000:g} kHz")
