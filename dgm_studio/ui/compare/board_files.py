"""The cells of a comparison as a file: pixels twice as fine as on screen, or lines and letters that scale."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QBuffer, QPoint
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QWidget

from dgm_studio import atomic
from dgm_studio.language import tr

from ..look import theme

FINE = 2
"""Pixels of a PNG for one on screen."""


def write_board(board: QWidget, path: Path) -> bool:
    """Write what is seen of a widget as the ending says, ``.png`` or ``.svg``; False where that is not possible."""
    ending = path.suffix.lower()
    if ending not in (".png", ".svg"):
        return False
    try:
        atomic.write(path, _svg(board) if ending == ".svg" else _png(board))
    except OSError:
        return False
    return True


def _png(board: QWidget) -> bytes:
    image = QImage(board.size() * FINE, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(FINE)
    image.fill(theme.tokens().colour("plot"))
    board.render(image)
    buffer = _opened()
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(buffer.data().data())


def _svg(board: QWidget) -> bytes:
    from PySide6.QtSvg import QSvgGenerator  # who writes none needs none

    buffer = _opened()
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(board.size())
    generator.setViewBox(board.rect())
    generator.setTitle(tr("Comparison"))
    painter = QPainter(generator)
    painter.fillRect(board.rect(), theme.tokens().colour("plot"))
    board.render(painter, QPoint())
    painter.end()
    return bytes(buffer.data().data())


def _opened() -> QBuffer:
    buffer = QBuffer()
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    return buffer
