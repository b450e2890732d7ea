"""A translation beside the lesson: the same step in another language, and which steps that language has not yet."""

from __future__ import annotations

import re

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from dgm_studio.language import tr
from dgm_studio.lessons.draft import DraftStep
from dgm_studio.studio.studio import Studio

from ..controls import ComboBox, Tree, button, dim
from ..look import theme
from .text_editor import LessonEditor

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_ADD = "+"


class TranslationPanel(QWidget):
    """Follows the step in hand. ``typed`` whenever a person has changed something."""

    typed = Signal()

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._writer = studio.writer
        self._own = False
        self.language = ""
        self.choice = ComboBox()
        self.choice.setAccessibleName(tr("Language of the translation"))
        self.choice.activated.connect(lambda _: self._choose(str(self.choice.currentData())))
        self.new = QLineEdit()
        self.new.setAccessibleName(tr("Another language"))
        self.new.setPlaceholderText(tr("Another language, such as ko"))
        self.new.returnPressed.connect(self._add)
        self.add = button(tr("Add"), tr("Translate this lesson into another language."))
        self.add.clicked.connect(self._add)
        self.note = dim("", wrap=True)
        self.begin = button(tr("Begin with the original"), tr("Copy the words of this step, to be translated."))
        self.begin.clicked.connect(self._begin)
        self.title = QLineEdit()
        self.title.setAccessibleName(tr("Title in the translation"))
        self.title.textEdited.connect(lambda _: self._typed())
        self.text = LessonEditor(tr("Text of the translation"), tr("This step in the other language."))
        self.text.typed.connect(self._typed)
        self.text.undo_asked.connect(self._writer.undo)
        self.text.redo_asked.connect(self._writer.redo)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.choice)
        head.addWidget(self.new, 1)
        head.addWidget(self.add)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(self.note)
        column.addWidget(self.title)
        column.addWidget(self.text, 1)
        column.addWidget(self.begin)
        theme.follow(self._restyle)

    @property
    def controls(self) -> Tree:
        return {"language": self.choice, "new": self.new, "add": self.add, "begin": self.begin, "title": self.title,
                "text": self.text}  # fmt: skip

    def refresh(self) -> None:
        """Show the step in hand in the chosen language."""
        writer = self._writer
        languages = writer.languages
        if self.language not in languages and not self._own:
            self.language = languages[0] if languages else self.language
        shown = [*dict.fromkeys((*languages, *filter(None, (self.language,))))]
        if [self.choice.itemData(i) for i in range(self.choice.count())] != shown:
            self.choice.clear()
            for each in shown:
                self.choice.addItem(each, each)
        self.choice.setCurrentIndex(self.choice.findData(self.language))
        self.choice.setVisible(bool(shown))
        there = bool(self.language)
        about = writer.step is None
        for widget in (self.title, self.text, self.begin):
            widget.setVisible(there)
        draft, at = writer.value.other(self.language), writer.at
        self.note.setText(self._said())
        if not there:
            return
        has = not about and at < len(draft.steps)
        missing = not about and at in writer.missing(self.language)
        self.begin.setVisible(missing and not (has and draft.steps[at].body.strip()))
        if self._own:
            return
        if about:
            title, body = draft.said.get("title", ""), draft.said.get("summary", "")
        else:
            title, body = (draft.steps[at].title, draft.steps[at].body) if has else ("", "")
        if self.title.text() != title:
            self.title.setText(title)
        self.title.setPlaceholderText(tr("The lesson's title") if about else tr("The step's title"))
        self.text.show_text(body, draft.first_line(at) + 2 if has else 1)

    def _said(self) -> str:
        writer = self._writer
        if not self.language:
            return tr("Translations hold words alone; what a step begins with, shows and asks for stays the lesson's.")
        missing = [str(at + 1) for at in writer.missing(self.language)]
        if not missing:
            return tr("Every step is there in {language}.", language=self.language)
        steps = (
            tr("Step {missing} is", missing=missing[0])
            if len(missing) == 1
            else tr("Steps {names} are", names=", ".join(missing))
        )
        return tr(
            "{steps} not there in {language}, or with other blocks: learners see the original.",
            steps=steps,
            language=self.language,
        )

    def _choose(self, language: str) -> None:
        self.language = language
        self.refresh()

    def _add(self) -> None:
        language = self.new.text().strip()
        if not _LANGUAGE.fullmatch(language) or language == self._writer.lesson.said.get("language"):
            self.note.setText(
                tr(
                    "{language!r} is no other language: write its short name, such as ko, zh or pt-BR.",
                    language=language,
                )
            )
            return
        self.language = language
        self.new.clear()
        self.refresh()

    def _begin(self) -> None:
        step = self._writer.step
        if step is not None:
            self._writer.translate(self.language, self._writer.at, DraftStep(step.title, step.body))
            self.typed.emit()

    def _typed(self) -> None:
        self._own = True
        writer, title, body = self._writer, self.title.text(), self.text.toPlainText()
        if writer.step is None:
            writer.say("title", title, self.language)
            writer.say("summary", body, self.language)
        else:
            writer.translate(self.language, writer.at, DraftStep(title, body))
        self._own = False
        self.typed.emit()

    def _restyle(self) -> None:
        self.title.setStyleSheet(f"font-size: {theme.px(16)}px; font-weight: 600;")
