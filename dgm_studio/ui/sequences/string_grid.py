"""String grid: strings one below the other in as many columns as there is room for, each with a word on whether it is valid."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent

from dgm_studio.language import tr
from dgm_studio.protocol.messages import Array

from ..look import theme
from .letters import Glyphs, letters_of
from .row_grid import RowGrid

SIZE = 14
_ROW, _MARK, _GAP, _NOTE = 23, 18, 22, 30
_FAINT = 0.35
_NOTHING: Array = np.zeros((0, 1), np.uint8)


class StringGrid(RowGrid):
    """``show_strings`` takes rows (n, L) of letter numbers. A valid one has a tick before it and one that is not a cross; with
    ``counts`` each says behind it how often it came. ``clicked(index)`` for one that is picked.
    """

    def __init__(self, title: str, token: str = "text") -> None:
        super().__init__(title, token, _NOTHING)
        self._letters: list[list[str]] = []
        self._valid: Array | None = None
        self._counts: Sequence[int] = ()
        self._glyphs = Glyphs()
        theme.follow(self.update)

    def draw_finely(self) -> None:
        """Draw letters as letters rather than from pixels."""
        self._glyphs.kept = False

    def sizeHint(self) -> QSize:
        return QSize(theme.px(280), theme.px(120))

    def show_strings(
        self, rows: Array, alphabet: tuple[str, ...], valid: Array | None = None, counts: Sequence[int] = ()
    ) -> None:
        self._rows, self._valid, self._counts = rows, valid, counts
        self._letters = [letters_of(row, alphabet) for row in rows.tolist()]
        if self.picked >= len(rows):
            self.picked = -1
        said = tr("{rows} strings", rows=len(rows))
        if valid is not None and len(valid):
            said += tr(", {mean:.0%} of them valid", mean=valid.mean())
        self.setAccessibleDescription(said)
        self.update()

    @property
    def _size(self) -> float:
        return theme.px(SIZE)

    @property
    def _width(self) -> int:
        """Of one string with its mark, its count and the gap after it."""
        letters = round(self._glyphs.pitch(self._size) * int(self._rows.shape[1]))
        marked = theme.px(_MARK) if self._valid is not None else theme.px(4)
        return marked + letters + theme.px(_GAP) + (theme.px(_NOTE) if self._counts else 0)

    @property
    def columns(self) -> int:
        return max(1, (self.width() + theme.px(_GAP)) // max(1, self._width))

    @property
    def lines(self) -> int:
        return max(1, self.height() // theme.px(_ROW))

    def place_of(self, index: int) -> QRect:
        """Where a string is: column after column, so that the first are read downwards."""
        lines = min(self.lines, -(-self.count // self.columns))
        column, line = divmod(index, max(1, lines))
        height = theme.px(_ROW)
        return QRect(column * self._width, line * height, self._width - theme.px(_GAP) // 2, height)

    # --- painting ---------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.count:
            return
        painter = QPainter(self)
        painter.setOpacity(_FAINT if self._faded else 1.0)
        ratio, size, t = self.devicePixelRatioF(), self._size, theme.tokens()
        pitch, marked = self._glyphs.pitch(size), theme.px(_MARK) if self._valid is not None else theme.px(4)
        for index in range(self.shown):
            rect = self.place_of(index)
            top = rect.y() + (rect.height() - 1.5 * size) / 2
            good = self._valid is None or bool(self._valid[index])
            if self._valid is not None:
                self._glyphs.draw(
                    painter, rect.x() + 3, top, "✓" if good else "✗", "good" if good else "bad", size, ratio
                )
            for k, letter in enumerate(self._letters[index]):
                token = self._token if good else "dim"
                self._glyphs.draw(painter, rect.x() + marked + k * pitch, top, letter, token, size, ratio)
            if self._counts and self._counts[index] > 1:
                painter.setPen(t.colour("dim"))
                around = rect.adjusted(0, 0, -theme.px(4), 0)
                flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
                painter.drawText(around, flags, f"×{self._counts[index]}")
        painter.setOpacity(1.0)
        self.outline(painter)
