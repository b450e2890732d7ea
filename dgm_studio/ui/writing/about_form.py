"""What a lesson says of itself, as a small form."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFormLayout, QLineEdit, QVBoxLayout, QWidget

from dgm_studio.language import tr
from dgm_studio.lessons.lesson import LEVELS
from dgm_studio.studio.studio import Studio

from ..controls import ComboBox, Fold, Tree, dim, label
from .text_editor import LessonEditor

_FIELDS = (
    ("title", tr("Title"), ""),
    ("author", tr("Author"), tr("Who wrote it.")),
    ("minutes", tr("Minutes"), tr("How long a learner takes.")),
    ("language", tr("Language"), tr("Such as en or ko.")),
    ("summary", tr("Summary"), tr("A sentence for the shelf.")),
    ("lectures", tr("Lectures"), tr("What it belongs to, parted by semicolons.")),
)


class AboutForm(QWidget):
    """Each field goes into its own line of the text."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._writer = studio.writer
        self._own = False
        self.fields: dict[str, QLineEdit] = {}
        form = QFormLayout()
        form.setContentsMargins(0, 0, 0, 0)
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(10)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        self.level = ComboBox()
        self.level.setAccessibleName(tr("Level"))
        for level in LEVELS:
            self.level.addItem(level, level)
        self.level.activated.connect(lambda _: self._say("level", str(self.level.currentData())))
        for key, title, help in _FIELDS:
            field = QLineEdit()
            field.setAccessibleName(title)
            field.setPlaceholderText(help)
            field.textEdited.connect(lambda text, key=key: self._say(key, text))
            self.fields[key] = field
            form.addRow(dim(title), field)
            if key == "minutes":
                form.addRow(dim(tr("Level")), self.level)
        self.text = LessonEditor(tr("What the lesson says of itself, as text"))
        self.text.typed.connect(self._typed)
        self.text.undo_asked.connect(self._writer.undo)
        self.text.redo_asked.connect(self._writer.redo)
        self.text.setMinimumHeight(160)
        self.as_text = Fold(tr("As text"), tr("The lines that stand before the first step."))
        self.as_text.body.addWidget(self.text)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(label(tr("About this lesson"), "title"))
        column.addLayout(form)
        column.addWidget(self.as_text)
        column.addStretch(1)

    @property
    def controls(self) -> Tree:
        return {"about": {**self.fields, "level": self.level, "as_text": self.as_text, "text": self.text}}

    def refresh(self) -> None:
        """Show what stands in the text now; a field that somebody types in has it already."""
        said = self._writer.lesson.said
        if not self._own:
            for key, field in self.fields.items():
                if field.text() != said.get(key, ""):
                    field.setText(said.get(key, ""))
                    field.setCursorPosition(0)
        self.level.setCurrentIndex(self.level.findData(said.get("level", "")))
        self.text.show_text(self._writer.lesson.head, 1)

    def go_to(self, line: int) -> None:
        """Bring a line of what stands before the first step to the front."""
        self.as_text.open()
        self.text.go_to(line)

    def _say(self, key: str, value: str) -> None:
        self._own = True
        self._writer.say(key, value)
        self._own = False

    def _typed(self) -> None:
        self._writer.write_head(self.text.toPlainText())
