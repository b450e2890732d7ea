"""Pixels: uint8 arrays (H, W) or (H, W, 3) as pictures that Qt can draw."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QImage, QPixmap

from dgm_studio.protocol.messages import Array


def to_qimage(pixels: Array) -> QImage:
    """A picture with memory of its own: an array behind a QImage would not be kept alive by it."""
    pixels = np.ascontiguousarray(pixels)
    height, width = pixels.shape[:2]
    grey = pixels.ndim == 2
    form = QImage.Format.Format_Grayscale8 if grey else QImage.Format.Format_RGB888
    return QImage(pixels.data, width, height, width * (1 if grey else 3), form).copy()


def enlarged(pixels: Array, width: int, height: int) -> Array:
    """Nearest-neighbour copies (..., height, width[, 3]) of one or several pictures given as (..., H, W[, 3])."""
    axis = pixels.ndim - 2 - (pixels.shape[-1] == 3 and pixels.ndim > 2)
    rows = np.arange(height) * pixels.shape[axis] // height
    columns = np.arange(width) * pixels.shape[axis + 1] // width
    large: Array = pixels.take(rows, axis).take(columns, axis + 1)
    return large


def to_pixmap(pixels: Array, side: int, ratio: float = 1.0) -> QPixmap:
    """A picture of which the longer side takes ``side`` logical pixels, for a screen of that device pixel ratio."""
    height, width = pixels.shape[:2]
    scale = side * ratio / max(height, width)
    big = enlarged(pixels, max(1, round(width * scale)), max(1, round(height * scale)))
    pixmap = QPixmap.fromImage(to_qimage(big))
    pixmap.setDevicePixelRatio(ratio)
    return pixmap
