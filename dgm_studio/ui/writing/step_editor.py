"""The editor of a step: its title, how it begins and what it shows, its text, and buttons that put a block into it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from dgm_studio.language import tr
from dgm_studio.lessons.heading import cut_heading, joined_heading
from dgm_studio.lessons.skeletons import SKELETONS
from dgm_studio.studio.studio import Studio

from ..controls import Flow, Tree, button, dim
from ..look import theme
from ..sequences.letters import typeface
from .text_editor import LessonEditor


class StepEditor(QWidget):
    """Of the step in hand. ``typed`` whenever a person has changed something."""

    typed = Signal()

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._writer = studio.writer
        self._own = False
        self.title = QLineEdit()
        self.title.setAccessibleName(tr("Title of the step"))
        self.title.setPlaceholderText(tr("What this step is called"))
        self.title.textEdited.connect(lambda _: self._typed())
        self.attributes = QLineEdit()
        self.attributes.setAccessibleName(tr("Attributes of the step"))
        self.attributes.setToolTip(
            tr(
                "session= where it begins, compare= several runs, show= and lock= what a learner sees and may not change, "
                "set= what is set, slide for the view alone."
            )
        )
        self.attributes.setPlaceholderText(tr("goes on from the step before"))
        self.attributes.textEdited.connect(lambda _: self._typed())
        self.text = LessonEditor(
            tr("Text of the step"), tr("What a learner reads here, as Markdown; formulas between dollars.")
        )
        self.text.typed.connect(self._typed)
        self.text.undo_asked.connect(self._writer.undo)
        self.text.redo_asked.connect(self._writer.redo)
        self.blocks: dict[str, QPushButton] = {}
        self.bar = Flow(gap=4, between=4)
        for name, skeleton in SKELETONS.items():
            made = button(skeleton.title, skeleton.help)
            made.setProperty("fit", "tight")
            made.clicked.connect(lambda _=False, name=name: self._insert(name))
            self.blocks[name] = made
            self.bar.add(made)
        begins = QHBoxLayout()
        begins.setSpacing(8)
        begins.addWidget(dim(tr("Begins")))
        begins.addWidget(self.attributes, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.title)
        column.addLayout(begins)
        column.addWidget(self.text, 1)
        column.addWidget(self.bar)
        theme.follow(self._restyle)

    @property
    def controls(self) -> Tree:
        return {"title": self.title, "attributes": self.attributes, "text": self.text, "insert": self.blocks}

    def refresh(self) -> None:
        """Show the step in hand; a field that somebody types in has it already."""
        writer, step = self._writer, self._writer.step
        if step is None:
            return
        if not self._own:
            for field, text in zip((self.title, self.attributes), cut_heading(step.heading), strict=True):
                if field.text() != text:
                    field.setText(text)
                    field.setCursorPosition(0 if field is self.attributes else len(text))
            self.text.show_text(step.body, writer.lesson.first_line(writer.at) + 2)
        places = (writer.lesson.place(each.line) for each in writer.problems if each.file == "lesson.md")
        self.text.show_wrong(line for at, line in places if at == writer.at and line >= 0)

    def go_to(self, line: int) -> None:
        """Bring a line to the front, -1 for the heading."""
        if line < 0:
            self.attributes.setFocus()
        else:
            self.text.go_to(line)

    def _typed(self) -> None:
        self._own = True
        self._writer.write(self.text.toPlainText(), joined_heading(self.title.text(), self.attributes.text()))
        self._own = False
        self.typed.emit()

    def _insert(self, name: str) -> None:
        first, last = self._writer.insert_block(name, self.text.line)
        self.text.choose(first, last)
        self.text.setFocus()
        self.typed.emit()

    def _restyle(self) -> None:
        self.attributes.setFont(typeface(theme.px(12)))
        self.title.setStyleSheet(f"font-size: {theme.px(16)}px; font-weight: 600;")
