"""Letter filling: a string of which some letters are hidden, and what the model puts there, as often as it does."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from dgm_studio.language import tr
from dgm_studio.protocol.messages import Array, Filled, RunInfo

from ..controls import Elided, Tree, button, label
from ..look import theme
from .letter_cells import LetterCells
from .method_box import MethodBox
from .string_grid import StringGrid

COUNT = 24
"""Answers that are asked for; equal ones are shown once."""
_SOON_MS = 120
_HEIGHT = 96
_HIDDEN = (0.35, 0.65)
"""Of the letters of the first string those between these shares of it are hidden."""


class LetterFilling(QWidget):
    """``asked`` when letters, what is hidden, or the method has changed; then `row`, `hidden` and `method` are the question."""

    asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._alphabet: tuple[str, ...] = ()
        self.cells = LetterCells()
        self.answers = StringGrid(tr("Answers of the model"), "text")
        self.answers.setFixedHeight(_HEIGHT)
        self.methods = MethodBox()
        self.none_hidden = button(tr("Show all"), tr("Hide no letter."), "link")
        self.none_hidden.clicked.connect(self._hide_none)
        self.again = button(tr("Again"), tr("Ask once more, with other random numbers."))
        self.seed = 0
        self.words = Elided()
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_SOON_MS)
        self._soon.timeout.connect(self._ask)
        self.cells.changed.connect(self._soon.start)
        self.methods.activated.connect(lambda _: self._ask())
        self.again.clicked.connect(self._ask_again)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(label(tr("Fill in"), "title"))
        head.addWidget(self.words, 1)
        for each in (self.none_hidden, self.methods, self.again):
            head.addWidget(each)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(head)
        column.addWidget(self.cells)
        column.addWidget(self.answers)
        theme.follow(self._fit)

    @property
    def controls(self) -> Tree:
        return {
            "letters": self.cells,
            "answers": self.answers,
            "method": self.methods,
            "show_all": self.none_hidden,
            "again": self.again,
        }

    @property
    def row(self) -> Array:
        """The string (L,), hidden letters as such."""
        letters = zip(self.cells.row, self.cells.hidden, strict=True)
        return np.array([len(self._alphabet) if h else k for k, h in letters], np.uint8)

    @property
    def hidden(self) -> Array:
        """1 where a letter is to be filled in (L,)."""
        return np.array(self.cells.hidden, np.float32)

    @property
    def method(self) -> str:
        return self.methods.method

    def show_info(self, info: RunInfo) -> None:
        """Another run: its letters and its methods. A string of other data is forgotten."""
        self.methods.show_info(info)
        if info.alphabet != self._alphabet or self.cells.count != info.event[0]:
            self._alphabet = info.alphabet
            self.cells.show_string([], info.alphabet, [])
        self.clear()

    def show_string(self, row: list[int]) -> None:
        """Another string to fill in; hidden stays what was, at first something in its middle."""
        first = not self.cells.count
        hidden = None
        if first:
            letters = sum(k > 0 for k in row)
            low, high = (round(share * letters) for share in _HIDDEN)
            hidden = [low <= i < max(high, low + 1) for i in range(len(row))]
        self.cells.show_string(row, self._alphabet, hidden)
        self._soon.start()

    @property
    def empty(self) -> bool:
        """Whether no string is there yet."""
        return not self.cells.count

    def clear(self) -> None:
        self.answers.show_strings(np.zeros((0, 1), np.uint8), self._alphabet)

    def show_filled(self, filled: Filled, step: int) -> None:
        """The answers, the most frequent first; while they are on their way, as they are."""
        if not filled.x.size:
            return
        if not filled.done:
            self.answers.show_strings(filled.x[:COUNT], self._alphabet)
            return
        rows, first, counts = np.unique(filled.x, axis=0, return_index=True, return_counts=True)
        order = np.argsort(-counts, kind="stable")
        valid = None if filled.valid is None else filled.valid[first][order]
        self.answers.show_strings(rows[order], self._alphabet, valid, counts[order].tolist())
        said = tr("{rows} different answers out of {x}", rows=len(rows), x=len(filled.x))
        if filled.valid is not None:
            said += tr(" · {mean:.0%} valid", mean=filled.valid.mean())
        self.words.setText(tr("{said} · step {step:,}", said=said, step=step))
        self.words.setToolTip(self.words.text())

    def _ask(self) -> None:
        if any(self.cells.hidden):
            self.asked.emit()
        else:
            self.clear()
            self.words.setText(tr("Click letters to hide them; the model fills them in."))

    def _ask_again(self) -> None:
        self.seed += 1
        self._ask()

    def _hide_none(self) -> None:
        self.cells.show_string(self.cells.row, self._alphabet, [False] * self.cells.count)
        self._ask()

    def _fit(self) -> None:
        self.answers.setFixedHeight(theme.px(_HEIGHT))
