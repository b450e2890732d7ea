"""Histogram: how draws of one number lie in its range, and where the true one is; or how often each of some values came."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from dgm_studio.language import tr
from dgm_studio.protocol.context import ContextSlot
from dgm_studio.protocol.messages import Array

from ..controls import format_number
from ..look import theme

BINS = 24
_HEIGHT, _WORDS = 74, 15


class Histogram(QWidget):
    """Of draws (n,) of one slot."""

    def __init__(self) -> None:
        super().__init__()
        self.shares: Array = np.zeros(0)
        self._title = ""
        self._ends: Sequence[str] = ()
        self._true: float | None = None
        self._even: tuple[float, float] | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.follow(self._fit)

    def _fit(self) -> None:
        self.setFixedHeight(theme.px(_HEIGHT))
        self.update()

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.px(72), theme.px(_HEIGHT))

    def show_draws(self, slot: ContextSlot, draws: Array, true: float | None) -> None:
        """Draws of a number in its range, or positions among its values, and the true one where it is known."""
        self._title, self._even = slot.name, None
        if slot.values:
            counts = np.bincount(draws.astype(int), minlength=len(slot.values))
            self._ends = slot.values
            self._true = None if true is None else (true + 0.5) / len(slot.values)
        else:
            counts = np.histogram(draws, BINS, (slot.low, slot.high))[0]
            self._ends = (format_number(slot.low), format_number(slot.high))
            self._true = None if true is None else (true - slot.low) / (slot.high - slot.low)
        self.shares = counts / max(1, counts.sum())
        self._say(slot)

    def show_ranks(self, slot: ContextSlot, counts: Array) -> None:
        """Counts of ranks, and between which of them all but one in a hundred would lie if they were even."""
        self._title, self._true, self._ends = tr("{name} · ranks", name=slot.name), None, ("lowest", "highest")
        n, bins = float(counts.sum()), len(counts)
        self.shares = counts / max(1.0, n)
        spread = 2.58 * ((1 / bins) * (1 - 1 / bins) / max(1.0, n)) ** 0.5
        self._even = (1 / bins - spread, 1 / bins + spread)
        self._say(slot)

    def _say(self, slot: ContextSlot) -> None:
        named = zip(slot.values, self.shares, strict=False) if slot.values and self._even is None else ()
        said = ", ".join(f"{name} {share:.0%}" for name, share in named) or tr("{shares} bins", shares=len(self.shares))
        self.setAccessibleName(self._title)
        self.setAccessibleDescription(said)
        self.setToolTip(f"{self._title}: {said}")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if not len(self.shares):
            return
        painter, t = QPainter(self), theme.tokens()
        words = theme.px(_WORDS)

        painter.setPen(t.colour("text"))
        painter.drawText(QRectF(0, 0, self.width(), words), Qt.AlignmentFlag.AlignLeft, self._title)
        top, low = words + 2.0, self.height() - words - 1.0
        most = max(float(self.shares.max()), (self._even or (0, 0))[1])
        pitch = self.width() / len(self.shares)
        if self._even is not None:
            first, last = (low - share / most * (low - top) for share in (self._even[1], max(0.0, self._even[0])))
            painter.fillRect(QRectF(0, first, self.width(), last - first), t.colour("line"))
        for i, share in enumerate(self.shares):
            height = share / most * (low - top)
            outside = self._even is not None and not self._even[0] <= share <= self._even[1]
            colour = t.colour("bad" if outside else "model")
            painter.fillRect(QRectF(i * pitch, low - height, max(1.0, pitch - 1), height), colour)
        painter.setPen(QPen(t.colour("line"), 1))
        painter.drawLine(0, round(low), self.width(), round(low))
        if self._true is not None:
            painter.setPen(QPen(t.colour("accent"), 2))
            x = round(self._true * self.width())
            painter.drawLine(x, round(top), x, round(low))
        painter.setPen(t.colour("dim"))
        below = QRectF(0, low + 1, self.width(), words)
        if len(self._ends) == len(self.shares):
            for i, word in enumerate(self._ends):
                where = QRectF(i * pitch, low + 1, pitch, words)
                fitted = painter.fontMetrics().elidedText(word, Qt.TextElideMode.ElideRight, int(pitch))
                painter.drawText(where, Qt.AlignmentFlag.AlignHCenter, fitted)
        else:
            painter.drawText(below, Qt.AlignmentFlag.AlignLeft, self._ends[0])
            painter.drawText(below, Qt.AlignmentFlag.AlignRight, self._ends[-1])
