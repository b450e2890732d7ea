"""The page of a step as learners will see it, made anew as it is written: what has not changed stays, and nothing blinks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from dgm_studio.language import tr
from dgm_studio.lessons.lesson import Block, Explain, Hint, LessonGoal, LessonStep, Prediction, Reveal, Text

from ..controls import dim, label
from ..lesson.prose import Prose, measure
from ..look import theme

_WORDS: dict[type[Block], tuple[str, str]] = {
    Prediction: (tr("Predict"), "mask"),
    LessonGoal: (tr("Goal"), "accent"),
    Hint: (tr("Hint, when it is asked for"), "warn"),
    Explain: (tr("In your words"), "line"),
    Reveal: (tr("What happened, after the goal"), "good"),
}
_ASKED = {"draw": tr("painted on the plane"), "number": tr("a number"), "choice": ""}


class PagePreview(QScrollArea):
    """Shows a step; nothing in it can be pressed."""

    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(tr("The page as learners see it"))
        self._holder = QWidget()
        self._column = QVBoxLayout(self._holder)
        self._column.setContentsMargins(0, 0, 12, 0)
        self._column.setSpacing(14)
        self.title = label("", "", wrap=True)
        self._column.addWidget(self.title)
        self._column.addStretch(1)
        self._shown: list[tuple[tuple[Block, Path], QWidget]] = []
        self.setWidget(self._holder)
        theme.follow(self._restyle)

    def show_step(self, step: LessonStep | None, folder: Path) -> None:
        """None is shown as nothing."""
        self.title.setText("" if step is None else step.title)
        blocks = [] if step is None else [(_bare(block), folder) for block in step.blocks]
        before = list(self._shown)
        if [key for key, _ in before] == blocks:
            return
        place = self.verticalScrollBar().value()
        self._shown = []
        for number, key in enumerate(blocks, 1):
            found = next((pair for pair in before if pair[0] == key), None)
            if found is not None:
                before.remove(found)
            widget = found[1] if found is not None else self._taken_over(before, *key) or _shown(*key)
            self._shown.append((key, widget))
            if self._column.indexOf(widget) != number:
                self._column.removeWidget(widget)
                self._column.insertWidget(number, widget)
        for _, widget in before:
            widget.setParent(None)
            widget.deleteLater()
        self.verticalScrollBar().setValue(place)

    def _taken_over(
        self, before: list[tuple[tuple[Block, Path], QWidget]], block: Block, folder: Path
    ) -> QWidget | None:
        """The widget of a text that is being typed, with what it says now."""
        if not isinstance(block, Text):
            return None
        found = next((pair for pair in before if isinstance(pair[0][0], Text)), None)
        if found is None or not isinstance(found[1], Prose):
            return None
        before.remove(found)
        found[1].show_markdown(block.markdown, folder)
        return found[1]

    def _restyle(self) -> None:
        self.title.setStyleSheet(f"font-size: {theme.px(21)}px; font-weight: 600;")
        self._holder.setMaximumWidth(measure() + 24)


def _bare(block: Block) -> Block:
    """A block wherever it stands."""
    return replace(block, line=0)


def _shown(block: Block, folder: Path) -> QWidget:
    if isinstance(block, Text):
        text = Prose()
        text.show_markdown(block.markdown, folder)
        return text
    title, tone = _WORDS[type(block)]
    card = QFrame()
    card.setProperty("surface", "page-card")
    card.setProperty("tone", tone)
    column = QVBoxLayout(card)
    column.setContentsMargins(16, 12, 16, 12)
    column.setSpacing(8)
    column.addWidget(label(title, "title"))
    words = Prose(14)
    words.show_markdown(block.text, folder)
    words.setVisible(bool(block.text.strip()))
    column.addWidget(words)
    if isinstance(block, Prediction):
        _add_answers(column, block, folder)
    elif isinstance(block, LessonGoal):
        for each in block.condition.comparisons:
            column.addWidget(dim(str(each), wrap=True))
    return card


def _add_answers(column: QVBoxLayout, block: Prediction, folder: Path) -> None:
    for number, choice in enumerate(block.choices, 1):
        text = Prose(14)
        text.show_markdown(f"{'●' if str(number) == block.answer else '○'} {choice}", folder)
        column.addWidget(text)
    asked = _ASKED[block.kind]
    if block.kind == "number":
        asked = tr("{asked} in {unit}", asked=asked, unit=block.unit) if block.unit else asked
        asked += tr("; it turns out to be {answer}", answer=block.answer) if block.answer else ""
    if asked:
        column.addWidget(dim(asked, wrap=True))
