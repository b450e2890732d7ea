"""What is shown in place of a run that could not be opened: why, and what can be done."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from dgm_studio.language import tr
from dgm_studio.studio.session.state import RunState
from dgm_studio.studio.studio import Studio

from ..controls import Tree, button, dim, label
from ..look import theme
from ..look.icons import icon
from ..naming import join


class FailedView(QWidget):
    """The reason in the middle; undo goes back to what worked."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._studio = studio
        self._sign = label()
        self.reason = label("", "", wrap=True)
        self.reason.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        hint = dim(tr("Choose other data or another family at the left, or take the change back."), wrap=True)
        hint.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.undo = button(tr("Back to what worked"), tr("Take back what could not be opened (Ctrl+Z)."), "primary")
        self.undo.clicked.connect(studio.undo_failure)
        column = QVBoxLayout()
        column.setSpacing(12)
        column.addStretch(1)
        column.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(label(tr("This run could not be opened"), "title"), 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self.reason)
        column.addWidget(hint)
        column.addWidget(self.undo, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)
        row = QHBoxLayout(self)
        row.addStretch(1)
        row.addLayout(column, 3)
        row.addStretch(1)
        theme.follow(self._restyle)
        join(studio.controls, self)

    @property
    def controls(self) -> Tree:
        return {"failed.undo": self.undo}

    def show_run(self, run: RunState) -> None:
        self.reason.setText(run.failure[:1].upper() + run.failure[1:])
        self.undo.setVisible(run.opened is not None or self._studio.can_undo)

    def _restyle(self) -> None:
        self._sign.setPixmap(icon("bad", "bad").pixmap(32, 32))
