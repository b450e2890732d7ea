"""The gallery: trained models that come with the program, each a picture, its name and what to try; a click opens it."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from dgm_studio.language import tr
from dgm_studio.studio.files.exhibits import Exhibit, exhibits
from dgm_studio.studio.studio import Studio

from ..controls import Tree, button, dim, label
from ..controls.cards import Choosable
from ..look import theme

_COLUMNS = 4
_CARD = QSize(212, 194)
_PICTURE = QSize(196, 120)


class ExhibitCard(Choosable):
    """The picture of an exhibit, its title and two lines of what to try."""

    def __init__(self, exhibit: Exhibit) -> None:
        super().__init__(exhibit.title, exhibit.tip)
        self.setCheckable(False)
        self.exhibit = exhibit
        self._pixmap = QPixmap()
        self._pixmap.loadFromData(exhibit.thumbnail)

    def sizeHint(self) -> QSize:
        return QSize(theme.px(_CARD.width()), theme.px(_CARD.height()))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self.paint_frame(painter, "raised")
        t, edge = theme.tokens(), theme.px(8)
        wide, high = self.width() - 2 * edge, theme.px(_PICTURE.height())
        if not self._pixmap.isNull():
            size = self._pixmap.size().scaled(wide, high, Qt.AspectRatioMode.KeepAspectRatio)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            left, top = (self.width() - size.width()) // 2, edge + (high - size.height()) // 2
            painter.drawPixmap(QRect(left, top, size.width(), size.height()), self._pixmap)
        below = self.rect().adjusted(edge + 2, 2 * edge + high - 2, -edge, -edge)
        painter.setFont(self.font())
        painter.setPen(t.colour("text"))
        line = painter.fontMetrics().height()
        title = painter.fontMetrics().elidedText(self.exhibit.title, Qt.TextElideMode.ElideRight, below.width())
        painter.drawText(below, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft, title)
        small = QFont(self.font())
        small.setPixelSize(theme.px(11))
        painter.setFont(small)
        painter.setPen(t.colour("dim"))
        wrapped = Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap
        painter.drawText(below.adjusted(0, line + 1, 0, 0), wrapped, self.exhibit.tip)


class GalleryDialog(QDialog):
    """All exhibits; what is open when one is chosen is kept among the runs."""

    def __init__(self, studio: Studio, parent: QWidget) -> None:
        super().__init__(parent)
        self._studio = studio
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Gallery"))
        self.cards = [ExhibitCard(each) for each in exhibits()]
        grid_box = QWidget()
        grid = QGridLayout(grid_box)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(theme.px(8))
        for i, card in enumerate(self.cards):
            grid.addWidget(card, i // _COLUMNS, i % _COLUMNS)
            grid.setRowStretch(i // _COLUMNS + 1, 1)
            grid.setRowStretch(i // _COLUMNS, 0)
            card.clicked.connect(lambda _=False, card=card: self._chosen(card.exhibit))
        area = QScrollArea()
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidgetResizable(True)
        area.setWidget(grid_box)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 16, 16)
        column.setSpacing(10)
        column.addWidget(label(tr("Trained models to begin with"), "title"))
        column.addWidget(
            dim(tr("Open one and move anything in Steer, walk, paint, or train it on. What is open now is kept."))
        )
        column.addWidget(area)
        self.done_button = button(tr("Close"), tr("Close this window (Esc); it is in the File menu."))
        self.done_button.clicked.connect(self.reject)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.done_button)
        column.addLayout(row)
        grid_width = _COLUMNS * theme.px(_CARD.width()) + (_COLUMNS - 1) * theme.px(8)
        self.resize(min(grid_width + 60, parent.width()), min(theme.px(620), parent.height()))

    @property
    def controls(self) -> Tree:
        cards = {f"gallery.{card.exhibit.name}": card for card in self.cards}
        return {**cards, "gallery.close": self.done_button}

    def _chosen(self, exhibit: Exhibit) -> None:
        self.accept()
        self._studio.open(exhibit.path)
