"""Paint panel: the brush, how the model shall answer, and what to start from."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from dgm_studio.language import tr

from ..controls import Heading, Tree
from .answer_panel import AnswerPanel
from .brush_panel import BrushPanel
from .rows import ActionRow

_START = (
    ("example", tr("Data"), tr("A random example of the data.")),
    ("sample", tr("Sample"), tr("The picked sample, or the first one.")),
    (
        "open",
        tr("File"),
        tr("A picture from a file, made to fit the model's images; it may be dropped on the canvas as well."),
    ),
    ("blank", tr("Blank"), tr("An empty page, all of it to be generated.")),
)
_TAKE = (
    ("copy", tr("Copy"), tr("The picture to the clipboard, or the picked candidate (Ctrl+C).")),
    ("paste", tr("Paste"), tr("Start from the picture in the clipboard (Ctrl+V).")),
    ("save_picture", tr("Save"), tr("Write the picture to a PNG file.")),
)
_MASK = (
    ("load_mask", tr("Load mask"), tr("Take the mask from the brightness of a picture: white is generated.")),
    ("save_mask", tr("Save mask"), tr("Write the mask to a PNG file: white is generated.")),
)


class PaintPanel(QWidget):
    """``did(action)`` with an action of its buttons, those of its ``brush`` and of its ``answer`` among them."""

    did = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setAutoFillBackground(True)
        self.heading = Heading(tr("Paint"))
        self.brush = BrushPanel()
        self.answer = AnswerPanel()
        start, take, mask = rows = [ActionRow(*actions) for actions in (_START, _TAKE, _MASK)]
        self.buttons: dict[str, QPushButton] = {**self.brush.buttons, **self.answer.buttons}
        self._own = frozenset(name for row in rows for name in row.buttons)
        for row in rows:
            self.buttons.update(row.buttons)
            row.did.connect(self.did)
        self.brush.did.connect(self.did)
        self.answer.did.connect(self.did)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 12)
        column.setSpacing(4)
        column.addWidget(self.heading)
        column.addWidget(self.brush)
        column.addSpacing(12)
        column.addWidget(self.answer)
        column.addSpacing(12)
        column.addWidget(Heading(tr("Start from")))
        column.addWidget(start)
        column.addSpacing(12)
        column.addWidget(Heading(tr("Picture and mask")))
        column.addWidget(take)
        column.addWidget(mask)
        column.addStretch(1)

    @property
    def controls(self) -> Tree:
        own = {name: made for name, made in self.buttons.items() if name in self._own}
        return {"brush": self.brush, "answer": self.answer, **own}

    def show_undo(self, can_undo: bool, can_redo: bool) -> None:
        self.buttons["undo"].setEnabled(can_undo)
        self.buttons["redo"].setEnabled(can_redo)
