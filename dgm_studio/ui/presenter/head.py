"""The line above the view: family, data and step, the one number large, and a way out that can be seen."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout

from dgm_studio.language import tr
from dgm_studio.protocol.messages import Curves, Measured, Opened, Progress, Samples
from dgm_studio.studio.reading.headline import headline
from dgm_studio.studio.studio import Studio

from ..binding import bind, bind_run
from ..controls import Elided, Tree, button, label
from ..look import theme
from ..look.icons import icon

TITLE, WORDS, NUMBER = 28, 22, 40
"""Pixels of type that can be read from the last row at 1280x720; they do not follow the scale of the look."""


def sized(widget: QLabel, pixels: int, token: str, bold: bool = False) -> None:
    """Give a label type of a size and colour of its own."""
    colour, weight = theme.tokens().colour(token).name(), 600 if bold else 400
    widget.setStyleSheet(f"font-size: {pixels}px; color: {colour}; font-weight: {weight};")


class PresenterHead(QFrame):
    """``leave`` is the button that ends presenting."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._studio = studio
        self.setProperty("surface", "bar")
        self.title, self.step = Elided("", ""), label()
        self.number, self.what = label(), label()
        self.leave = button("", tr("Leave the presenter (Esc)."), "flat")
        self.leave.setAccessibleName(tr("Leave the presenter"))
        self.leave.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self.title)
        words.addWidget(self.step)
        row = QHBoxLayout(self)
        row.setContentsMargins(24, 10, 12, 10)
        row.setSpacing(14)
        row.addLayout(words, 1)
        row.addWidget(self.number)
        row.addWidget(self.what)
        row.addWidget(self.leave, 0, Qt.AlignmentFlag.AlignTop)
        theme.follow(self._restyle)
        for topic in ("session", "workspace", "lesson", "measure"):
            bind(self, studio, topic, lambda _: self.refresh())
        for event in (Opened, Progress, Measured, Samples, Curves):
            bind_run(self, studio, event, lambda _: self.refresh())

    @property
    def controls(self) -> Tree:
        return {"leave": self.leave}

    def refresh(self) -> None:
        """Say what is in front; nothing while nobody presents."""
        if self.isHidden():
            return
        told = headline(self._studio)
        self.title.setText(told.title)
        self.step.setText(told.step)
        self.number.setText(told.number)
        self.number.setEnabled(not told.faded)
        self.what.setText(told.what)
        self.setAccessibleName(f"{told.title}, {told.step}, {told.number} {told.what}")

    def _restyle(self) -> None:
        sized(self.title, TITLE, "text", bold=True)
        sized(self.step, WORDS, "dim")
        sized(self.number, NUMBER, "warn", bold=True)
        sized(self.what, WORDS, "text")
        self.leave.setIcon(icon("close", "dim"))
        self.leave.setFixedSize(40, 40)
