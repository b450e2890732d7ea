"""Sound filling: a gap in a sound, what follows it, or the samples between those that are known, as the model makes them."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from dgm_studio.language import tr
from dgm_studio.protocol.messages import Array, Filled, RunInfo

from ..controls import ComboBox, Tree, button, label
from .method_box import MethodBox
from .sound_player import multimedia
from .sound_strip import SoundStrip

COUNT = 4
"""Answers that are asked for; one is shown at a time."""
_SOON_MS = 150
_GAP = 0
_WHAT = ((_GAP, tr("a gap")), (2, tr("every 2nd known")), (4, tr("every 4th known")))


class SoundFilling(QWidget):
    """``asked`` when the sound, what is free, or the method has changed; then `sound`, `free` and `method` are the question.
    ``heard(sound)`` and ``saved(sound)`` for what shall be played or kept."""

    asked = Signal()
    heard = Signal(object)
    saved = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._answers: Array | None = None
        self._number = 0
        self.seed = 0
        self.strip = SoundStrip()
        self.what = ComboBox()
        self.what.setAccessibleName(tr("What is filled in"))
        self.what.setToolTip(
            tr("A gap that is marked with the mouse, or all samples but every 2nd or 4th: a finer rate.")
        )
        for value, text in _WHAT:
            self.what.addItem(text, value)
        self.methods = MethodBox()
        self.what.setSizeAdjustPolicy(ComboBox.SizeAdjustPolicy.AdjustToContents)
        self.next = button(tr("Next answer"), tr("Show another of the answers."), "link")
        self.again = button(tr("Again"), tr("Ask once more, with other random numbers."))
        self.play = button(tr("Play"), tr("Play the sound as it is filled in."))
        self.save = button(tr("Save WAV"), tr("Keep the sound as it is filled in as a WAV file."))
        if multimedia() is None:
            self.play.setEnabled(False)
            self.play.setToolTip(
                tr("Playing needs QtMultimedia (the package PySide6-Addons). Save a WAV file and play that.")
            )
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_SOON_MS)
        self._soon.timeout.connect(self._ask)
        self.strip.changed.connect(self._soon.start)
        self.what.activated.connect(lambda _: self._show_what())
        self.methods.activated.connect(lambda _: self._ask())
        self.next.clicked.connect(self._show_next)
        self.again.clicked.connect(self._ask_again)
        self.play.clicked.connect(lambda: self.heard.emit(self.result))
        self.save.clicked.connect(lambda: self.saved.emit(self.result))
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(label(tr("Fill in"), "title"))
        head.addWidget(self.what)
        head.addStretch(1)
        for each in (self.next, self.methods, self.again, self.play, self.save):
            head.addWidget(each)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(head)
        column.addWidget(self.strip)
        self.next.hide()

    @property
    def controls(self) -> Tree:
        return {
            "sound": self.strip,
            "what": self.what,
            "method": self.methods,
            "next": self.next,
            "again": self.again,
            "play": self.play,
            "save": self.save,
        }

    @property
    def sound(self) -> Array | None:
        return self.strip.sound

    @property
    def every(self) -> int:
        """Every so many samples one is known; 0 where a gap is filled."""
        return int(self.what.currentData() or 0)

    @property
    def free(self) -> Array:
        """1 where a sample is to be made (T,)."""
        length = 0 if self.strip.sound is None else len(self.strip.sound)
        if self.every:
            between: Array = np.arange(length) % self.every != 0
            return between.astype(np.float32)
        free = np.zeros(length, np.float32)
        low, high = (round(share * length) for share in self.strip.gap)
        free[low : max(high, low + 1)] = 1
        return free

    @property
    def method(self) -> str:
        return self.methods.method

    @property
    def result(self) -> Array | None:
        """The sound as it is filled in, or as it is."""
        return self.strip.sound if self._answers is None else self._answers[self._number]

    @property
    def empty(self) -> bool:
        """Whether no sound is there yet."""
        return self.strip.sound is None

    def show_info(self, info: RunInfo) -> None:
        """Another run: its methods. A sound of other data is forgotten."""
        self.methods.show_info(info)
        if self.strip.sound is not None and len(self.strip.sound) != info.event[-1]:
            self.strip.show_sound(None)
        self._forget()

    def show_sound(self, sound: Array, *, ask: bool = True) -> None:
        """Another sound to fill in; where its gap is stays. ``ask`` for it at once, which takes the model seconds."""
        self.strip.show_sound(sound)
        self._forget()
        if ask:
            self._soon.start()

    def show_filled(self, filled: Filled) -> None:
        """The answers, one at a time; while they are on their way the first, as it is."""
        sound = self.strip.sound
        if not filled.x.size or sound is None or filled.x.shape[1:] != sound.shape:
            return
        if not filled.done:
            self.strip.show_answer(filled.x[0], bool(self.every))
            return
        self._answers, self._number = filled.x, 0
        self._show_answer(tr(" · step {step:,}", step=filled.step))

    def _show_answer(self, more: str = "") -> None:
        assert self._answers is not None
        self.strip.show_answer(self._answers[self._number], bool(self.every))
        self.next.setVisible(len(self._answers) > 1)
        self.strip.say(
            tr("{number} of {answers}{more}", number=self._number + 1, answers=len(self._answers), more=more)
        )

    def _show_next(self) -> None:
        if self._answers is not None:
            self._number = (self._number + 1) % len(self._answers)
            self._show_answer()

    def _forget(self) -> None:
        self._answers, self._number = None, 0
        self.next.hide()
        self.strip.say(tr("Drag across the sound to mark a gap.") if not self.every else "")

    def _show_what(self) -> None:
        self.strip.show_answer(None, bool(self.every))
        self.strip.show_gap(not self.every)
        self._forget()
        self._ask()

    def _ask(self) -> None:
        if not self.empty:
            self._answers = None
            self.asked.emit()

    def _ask_again(self) -> None:
        self.seed += 1
        self._ask()
