"""The status line: what the run is doing in a word and a shape, how fast, where, and which file."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from dgm_studio.language import tr
from dgm_studio.protocol.messages import Opened, Progress
from dgm_studio.studio.studio import Studio

from ..binding import bind, bind_run
from ..controls import format_number, label
from ..look import theme

_TOKENS = {
    "starting": "dim",
    "loading": "warn",
    "ready": "dim",
    "training": "good",
    "paused": "warn",
    "finished": "accent",
    "failed": "bad",
}
_SAID = {
    "starting": tr("starting"),
    "loading": tr("loading"),
    "ready": tr("ready"),
    "training": tr("training"),
    "paused": tr("paused"),
    "finished": tr("finished"),
    "failed": tr("failed"),
}


class StateDot(QWidget):
    """A shape for a state: full while training, two bars when paused, a cross when failed, a ring otherwise."""

    def __init__(self) -> None:
        super().__init__()
        self._state = "starting"
        self.setFixedSize(QSize(12, 12))

    def show_state(self, state: str) -> None:
        if state != self._state:
            self._state = state
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = theme.tokens().colour(_TOKENS.get(self._state, "dim"))
        painter.setPen(QPen(colour, 1.6))
        box = QRectF(2, 2, 8, 8)
        if self._state == "training" or self._state == "finished":
            painter.setBrush(colour)
            painter.drawEllipse(box) if self._state == "training" else painter.drawRect(box)
        elif self._state == "paused":
            painter.drawLine(4, 2, 4, 10)
            painter.drawLine(8, 2, 8, 10)
        elif self._state == "failed":
            painter.drawLine(2, 2, 10, 10)
            painter.drawLine(10, 2, 2, 10)
        else:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(box)


class StatusLine(QFrame):
    """One line at the bottom of the window."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._studio = studio
        self.dot = StateDot()
        self.state, self.speed, self.where, self.share, self.file = (label("", "small") for _ in range(5))
        self.speed.setToolTip(tr("Optimiser steps per second of training."))
        self.share.setToolTip(tr("Part of the engine's time that goes to what is on screen."))
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 12, 0)
        row.setSpacing(6)
        row.addWidget(self.dot)
        row.addWidget(self.state)
        for widget in (self.speed, self.where, self.share):
            row.addSpacing(12)
            row.addWidget(widget)
        row.addStretch(1)
        row.addWidget(self.file)
        theme.follow(self._restyle)
        for topic in ("session", "workspace", "file", "catalogue", "failed"):
            bind(self, studio, topic, self._refresh)
        for kind in (Opened, Progress):
            bind_run(self, studio, kind, self._refresh)
        self._refresh()

    def _refresh(self, _: Any = None) -> None:
        studio, run = self._studio, self._studio.run
        progress = run.progress
        state = progress.phase if progress else "starting" if not studio.ready else "loading"
        if run.failure:
            state = "failed"
        self.dot.show_state(state)
        said: str = _SAID.get(state, state)
        if not run.learns and state in ("training", "paused", "ready"):
            said = tr("taking in the examples") if run.training else tr("ready")
        step = tr(" · step {step}", step=format_number(run.step, integer=True)) if run.step and run.learns else ""
        self.state.setText(f"{said}{step}")
        trains = progress if run.training and run.learns else None
        self.speed.setText(
            tr("{steps_per_second} steps/s", steps_per_second=format_number(trains.steps_per_second, integer=True))
            if trains
            else ""
        )
        threads = studio.catalogue.threads
        device = progress.device if progress else ""
        words = (
            tr(" · {threads} thread{plural}", threads=threads, plural="s" if threads != 1 else "")
            if device.lower().startswith("cpu")
            else ""
        )
        self.where.setText(f"{device}{words}")
        self.share.setText(tr("preview {preview_share:.0%}", preview_share=trains.preview_share) if trains else "")
        spec = studio.spec
        document = studio.document
        name = document.path.name if document is not None else tr("no file")
        family = studio.catalogue.family_title(spec.family)
        self.file.setText(f"{spec.data.label} · {family} · {name}")

    def _restyle(self) -> None:
        self.setFixedHeight(theme.px(27))
        self.dot.update()
