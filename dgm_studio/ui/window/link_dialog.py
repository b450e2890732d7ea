"""The link of the session, large, as a QR code (ISO/IEC 18004) for who sits in the last row, with its text to be copied."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from dgm_studio.language import tr

from ..controls import Tree, button, dim, label
from ..look import theme

_SIDE = 420
_QUIET = 4
"""Modules of white around a code, without which cameras do not find it."""


def qr_image(link: str) -> QImage | None:
    """A QR code, one pixel for a module; None for a link that is longer than any code holds."""
    import segno

    try:
        matrix = segno.make_qr(link, error="l").matrix
    except segno.DataOverflowError:
        return None
    side = len(matrix) + 2 * _QUIET
    image = QImage(side, side, QImage.Format.Format_Grayscale8)
    image.fill(255)
    for y, row in enumerate(matrix):
        for x, dark in enumerate(row):
            if dark:
                image.setPixel(x + _QUIET, y + _QUIET, 0)
    return image


class _Modules(QWidget):
    """Modules as whole pixels, black on white in every theme."""

    def __init__(self, image: QImage) -> None:
        super().__init__()
        self._image = image
        self.setAccessibleName(tr("QR code of the link"))
        self.setFixedSize(theme.px(_SIDE), theme.px(_SIDE))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        ratio = self.devicePixelRatioF()
        module = max(1, int(self.width() * ratio) // self._image.width()) / ratio
        side = module * self._image.width()
        painter.translate((self.width() - side) / 2, (self.height() - side) / 2)
        painter.scale(module, module)
        painter.drawImage(0, 0, self._image)


class LinkDialog(QDialog):
    """Closed by Esc; *Copy* puts the text on the clipboard."""

    def __init__(self, link: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Link to this session"))
        self._link = link
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(10)
        image = qr_image(link)
        if image is not None:
            column.addWidget(_Modules(image), 0, Qt.AlignmentFlag.AlignHCenter)
        said = tr(
            "Data, families and settings; whoever opens it trains by themselves. Paste it into the palette (Ctrl+K)."
        )
        column.addWidget(label(said, "", True))
        column.addWidget(
            dim(tr("{link:,} letters", link=len(link)) + ("" if image else tr(", too long for a QR code")))
        )
        self.copy_button = button(tr("Copy"), tr("Put the text on the clipboard."), "primary")
        self.copy_button.clicked.connect(self.copy)
        self.close_button = button(tr("Close"), tr("Close this window (Esc)."))
        self.close_button.clicked.connect(self.accept)
        row = QHBoxLayout()
        row.addWidget(self.copy_button)
        row.addStretch(1)
        row.addWidget(self.close_button)
        column.addLayout(row)
        self.setFixedWidth(theme.px(_SIDE + 48))

    @property
    def controls(self) -> Tree:
        return {"link.copy": self.copy_button, "link.close": self.close_button}

    def copy(self) -> None:
        theme.application().clipboard().setText(self._link)
