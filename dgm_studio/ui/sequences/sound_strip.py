"""Sound strip: one sound from end to end, a gap in it that is marked with the mouse, and an answer of the model in the gap."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from dgm_studio.language import tr
from dgm_studio.protocol.messages import Array

from ..look import theme
from .sound_grid import wave_lines

_LEAST = 0.005
_STEP = 0.01


class SoundStrip(QWidget):
    """``gap`` are its ends as shares of the sound; ``changed`` when a person has drawn another."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.sound: Array | None = None
        self.gap = (0.12, 0.25)
        self.words = ""
        self._answer: Array | None = None
        self._everywhere = False
        self._from: float | None = None
        self.setAccessibleName(tr("Sound to fill in"))
        self.setToolTip(tr("Drag across the sound to mark a gap; the model fills it in. Arrow keys move it."))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.follow(self.updateGeometry)

    def sizeHint(self) -> QSize:
        return QSize(theme.px(320), theme.px(76))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.px(160), theme.px(76))

    def show_sound(self, sound: Array | None) -> None:
        """Another sound (T,); what was filled in is of the one before."""
        self.sound, self._answer = sound, None
        self.update()

    def show_answer(self, answer: Array | None, everywhere: bool) -> None:
        """What the model made of it (T,): in the gap, or ``everywhere`` between samples that are known."""
        self._answer, self._everywhere = answer, everywhere
        self.update()

    def say(self, words: str) -> None:
        """A few words in its corner."""
        self.words = words
        self.update()

    def show_gap(self, shown: bool) -> None:
        """Whether there is a gap to be seen."""
        self._everywhere = not shown
        self.setCursor(Qt.CursorShape.CrossCursor if shown else Qt.CursorShape.ArrowCursor)
        self.update()

    def set_gap(self, start: float, end: float) -> None:
        """Another gap, by a person."""
        low, high = sorted((min(1.0, max(0.0, start)), min(1.0, max(0.0, end))))
        self.gap = (low, max(high, low + _LEAST))
        self.update()

    def _mark(self) -> QRect:
        left, right = (round(share * self.width()) for share in self.gap)
        return QRect(left, 0, max(2, right - left), self.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, t = QPainter(self), theme.tokens()
        room = self.rect()
        painter.setPen(t.colour("line"))
        painter.drawRect(room.adjusted(0, 0, -1, -1))
        painter.drawLine(room.left(), room.center().y(), room.right(), room.center().y())
        painter.setPen(t.colour("dim"))
        painter.drawText(room.adjusted(6, 2, -6, -2), Qt.AlignmentFlag.AlignRight, self.words)
        if self.sound is None:
            return
        answer = self._answer
        if self._everywhere:
            shown = self.sound if answer is None else answer
            painter.setPen(QPen(t.colour("dim" if answer is None else "mask"), 1))
            painter.drawLines(wave_lines(shown.astype(np.float64), room.adjusted(1, 2, -1, -2)))
            return
        mark = self._mark()
        for token, sound, clip in (
            ("data", self.sound, QRect(0, 0, mark.left(), room.height())),
            ("data", self.sound, QRect(mark.right() + 1, 0, room.width() - mark.right(), room.height())),
            ("dim" if answer is None else "mask", self.sound if answer is None else answer, mark),
        ):
            painter.setClipRect(clip)
            if token != "data":
                painter.fillRect(mark, t.colour("mask", 0.12))
            painter.setPen(QPen(t.colour(token), 1))
            painter.drawLines(wave_lines(sound.astype(np.float64), room.adjusted(1, 2, -1, -2)))
        painter.setClipping(False)
        painter.setPen(QPen(t.colour("mask"), 1))
        painter.drawRect(mark.adjusted(0, 0, -1, -1))

    # --- what a person does -----------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and not self._everywhere:
            self._from = event.position().x() / max(1, self.width())
            self._answer = None
            self.set_gap(self._from, self._from)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._from is not None:
            self.set_gap(self._from, event.position().x() / max(1, self.width()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._from is not None:
            self._from = None
            self.changed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        by = {Qt.Key.Key_Left: -_STEP, Qt.Key.Key_Right: _STEP}.get(Qt.Key(event.key()))
        if by is None or self._everywhere:
            super().keyPressEvent(event)
            return
        low, high = self.gap
        wide = high - low
        low = min(max(0.0, low + by), 1 - wide)
        self._answer = None
        self.set_gap(low, low + wide)
        self.changed.emit()
