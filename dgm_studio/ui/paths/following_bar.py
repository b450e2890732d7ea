"""The bar of following: how long a plan is followed before the next is made, whether noise is kept, and what came of it."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from dgm_studio.language import tr
from dgm_studio.protocol.messages import RolledOut

from ..controls import Chip, Elided, SliderRow, Tree, button
from ..look import theme
from ..look.icons import icon

_TICK = 33
"""Milliseconds from one place along a track to the next."""


class FollowingBar(QWidget):
    """``asked`` to follow plans; ``moved(k)`` with the position along the first track while it is played, ``ended`` after."""

    asked = Signal()
    moved = Signal(int)
    ended = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.follow = button(
            tr("Follow"), tr("Follow a plan a little way, plan anew from there, and so on to the goal.")
        )
        self.follow.clicked.connect(self._pressed)
        self.stride = SliderRow(
            tr("follow for"),
            0.1,
            2.0,
            scale="log",
            help=tr("How far a plan is followed before the next is made; the way is 2 long."),
        )
        self.stride.show_value(0.2)
        self.keep = Chip(
            tr("same noise"),
            tr("Draw every plan from the noise of the first, so that it keeps to its side; else it dithers."),
        )
        self.keep.setChecked(True)
        self.said = Elided()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.follow)
        row.addWidget(self.stride)
        row.addWidget(self.keep)
        row.addWidget(self.said, 1)
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK)
        self._timer.timeout.connect(self._advance)
        self._at, self._last = 0, 0
        theme.follow(self._restyle)

    @property
    def controls(self) -> Tree:
        return {"follow": self.follow, "stride": self.stride, "same_noise": self.keep}

    @property
    def playing(self) -> bool:
        return self._timer.isActive()

    def play(self, told: RolledOut) -> None:
        """Say what came of it, and play the first walk from its start."""
        self.said.setText(said(told))
        self.said.setToolTip(self.said.text())
        first = told.tracks[0]
        moving = np.flatnonzero(np.linalg.norm(np.diff(first, axis=0), axis=1) > 1e-9)
        self._at, self._last = 0, int(moving[-1]) + 1 if len(moving) else 0
        self._timer.start()
        self._restyle()
        self.moved.emit(0)

    def stop(self) -> None:
        """Rest where it is."""
        self._timer.stop()
        self._restyle()

    def clear(self) -> None:
        """What was followed is no longer on screen."""
        self.stop()
        self.said.setText("")

    def advance(self) -> None:
        """One place further."""
        self._at += 1
        self.moved.emit(min(self._at, self._last))
        if self._at >= self._last:
            self.stop()
            self.ended.emit()

    def _advance(self) -> None:
        self.advance()

    def _pressed(self) -> None:
        if self.playing:
            self.stop()
        else:
            self.asked.emit()

    def _restyle(self) -> None:
        self.follow.setText(tr("Pause") if self.playing else tr("Follow"))
        self.follow.setIcon(icon("pause" if self.playing else "play"))
        self.follow.setMinimumWidth(theme.px(88))
        self.stride.setFixedWidth(theme.px(210))


def said(told: RolledOut) -> str:
    """What came of following plans, in a sentence."""
    n, turns = len(told.changes), len(told.plans)
    parts = [
        tr("{mean:.2f} changes of side", mean=told.changes.mean()),
        tr("{mean:.0%} of {n} collide", mean=told.collided.mean(), n=n),
    ]
    if not told.arrived.all():
        parts.append(tr("{mean:.0%} arrive", mean=told.arrived.mean()))
    return " · ".join([*parts, tr("{turns} plan{plural}", turns=turns, plural="s" if turns != 1 else "")])
