"""Tile words: what is said of each picture of a row, below it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ..look import theme
from .tiles import Tiles

_LINE = 18


class TileWords(QWidget):
    """A word under each picture of a row, in the warning's colour where it is wrong."""

    def __init__(self, tiles: Tiles) -> None:
        super().__init__()
        self._tiles = tiles
        self.words: Sequence[str] = ()
        self._wrong: Sequence[bool] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.follow(self._fit)

    def _fit(self) -> None:
        self.setFixedHeight(theme.px(_LINE))

    def show_words(self, words: Sequence[str], wrong: Sequence[bool]) -> None:
        self.words, self._wrong = words, wrong
        self.setAccessibleName(", ".join(words))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, t = QPainter(self), theme.tokens()
        flags = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter
        for i, (word, wrong) in enumerate(zip(self.words, self._wrong, strict=True)):
            tile = self._tiles.tile_rect(i)
            left = self.mapFromGlobal(self._tiles.mapToGlobal(tile.topLeft())).x()
            where = QRect(left - 2, 0, tile.width() + 4, self.height())
            painter.setPen(t.colour("bad" if wrong else "dim"))
            painter.drawText(
                where, flags, painter.fontMetrics().elidedText(word, Qt.TextElideMode.ElideRight, where.width())
            )
