"""What is shown in place of a run that could not be opened: why, and what can be done."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from dgm_studio.studio.state import RunState
from dgm_studio.studio.studio import Studio

from .. import theme
from ..controls import button, dim, label
from ..icons import icon


class FailedView(QWidget):
    """The reason in the middle; undo goes back to what worked."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._studio = studio
        self._sign = label()
        self._reason = label("", "", wrap=True)
        self._reason.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        hint = dim("Choose other data or another family at the left, or take the last change back.", wrap=True)
        hint.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.undo = button("Undo the last change", "Go back to what was open before (Ctrl+Z).", "primary")
        self.undo.clicked.connect(lambda: studio.commands.run("edit.undo"))
        column = QVBoxLayout()
        column.setSpacing(12)
        column.addStretch(1)
        column.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(label("This run could not be opened", "title"), 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self._reason)
        column.addWidget(hint)
        column.addWidget(self.undo, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)
        row = QHBoxLayout(self)
        row.addStretch(1)
        row.addLayout(column, 3)
        row.addStretch(1)
        theme.follow(self._restyle)

    def show_run(self, run: RunState) -> None:
        self._reason.setText(run.failure[:1].upper() + run.failure[1:])
        self.undo.setVisible(self._studio.can_undo)

    def _restyle(self) -> None:
        self._sign.setPixmap(icon("bad", "bad").pixmap(32, 32))
