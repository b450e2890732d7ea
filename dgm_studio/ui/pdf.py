"""What all PDF files of the program have in common: no margins of the writer's own, a title, and bytes in place of a file."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF
from PySide6.QtGui import QPageSize, QPdfWriter

from dgm_studio.language import tr


def pdf(title: str, dots: int, draw: Callable[[QPdfWriter], None], size: QPageSize | None = None) -> bytes:
    """The pages that ``draw`` draws with ``dots`` to the inch, of A4 unless another ``size`` is given."""
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setPageSize(size or QPageSize(QPageSize.PageSizeId.A4))
    writer.setPageMargins(QMarginsF(0, 0, 0, 0))
    writer.setResolution(dots)
    writer.setTitle(title)
    writer.setCreator(tr("DGM Studio"))
    draw(writer)
    buffer.close()
    return bytes(content.data())
