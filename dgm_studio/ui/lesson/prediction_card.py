"""Predictions: painted on the plane, a number, or one of some choices; kept, then laid beside what turned out to be true."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLineEdit, QPushButton

from dgm_studio.language import tr
from dgm_studio.lessons.condition import Fact
from dgm_studio.lessons.lesson import Prediction
from dgm_studio.lessons.progress import MadePrediction
from dgm_studio.studio.lesson.painted import PaintedPrediction
from dgm_studio.studio.lesson.player import LessonPlayer
from dgm_studio.studio.reading.quality import value_said

from ..controls import Tree, button, dim, format_number, label, parse_number
from .brush import PredictionBrush
from .page_card import PageCard
from .prose import Prose

_LETTERS = "ABCDEFGHIJKL"


class PredictionCard(PageCard):
    """What all kinds share: it can be passed over, and done again."""

    def __init__(self, player: LessonPlayer, number: int, prediction: Prediction, folder: Path) -> None:
        super().__init__(player, number, tr("Predict"), "mask", prediction.text, folder)
        self.prediction = prediction
        self.said = label("", "dim", wrap=True)
        self.skip = button(tr("Skip"), tr("Go on without a prediction."), "link")
        self.skip.clicked.connect(lambda: player.predict(number, MadePrediction(kind=prediction.kind)))
        self.again = button(tr("Again"), tr("Predict anew."), "link")
        self.again.clicked.connect(lambda: player.take_back(number))
        self.answer = button(tr("See the answer"), tr("Show what turned out to be true."), "link")
        self.answer.clicked.connect(self._see)

    def end(self) -> None:
        for each in (self.answer, self.again, self.skip):
            self.row.addWidget(each)
        self.column.addWidget(self.said)
        super().end()

    @property
    def made(self) -> bool:
        """Whether it was made or passed over."""
        return self.key in self.player.step_record.predictions

    @property
    def kept(self) -> MadePrediction | None:
        """What was predicted; None for nothing."""
        return self.player.step_record.predictions.get(self.key)

    @property
    def given(self) -> float | None:
        """The answer where the lesson itself gives it as a number."""
        return parse_number(self.prediction.answer) if self.prediction.answer else None

    @property
    def seen(self) -> bool:
        """Whether the answer that a lesson gives was looked at."""
        return self.kept is not None and self.kept.truth is not None

    def _see(self) -> None:
        if self.given is not None:
            self.player.see(self.number, self.given)

    @property
    def fact(self) -> Fact | None:
        """What its answer names, as it is now; a number that a lesson gives is that. None for nothing."""
        if self.given is not None:
            return Fact(self.given)
        return self.player.facts().get(self.prediction.answer)

    def refresh(self) -> None:
        self.again.setVisible(self.made)
        self.skip.setVisible(not self.made)
        held = self.made and self.given is not None and self.prediction.kind != "draw"
        self.answer.setVisible(held and not self.seen)
        words = self.words() if self.made else ""
        self.said.setText(words)
        self.said.setVisible(bool(words))

    def words(self) -> str:
        """What is said of a prediction that was made."""
        return ""

    @property
    def controls(self) -> Tree:
        return {"skip": self.skip, "again": self.again, "answer": self.answer}


class DrawCard(PredictionCard):
    """PaintedPrediction with the brush on the plane."""

    def __init__(
        self, player: LessonPlayer, number: int, prediction: Prediction, folder: Path, brush: PredictionBrush
    ) -> None:
        super().__init__(player, number, prediction, folder)
        self._brush = brush
        self._mine = False
        self.paint = button(tr("Paint"), tr("Paint on the plane where you expect the samples."), "primary")
        self.keep = button(tr("Keep and look"), tr("Keep what is painted, and see what the model does."), "primary")
        self.undo = button(tr("Undo"), tr("Take the last stroke back (Ctrl+Z)."))
        self.paint.clicked.connect(self.begin)
        self.keep.clicked.connect(self._keep)
        self.undo.clicked.connect(brush.undo)
        brush.painted.connect(self._show_painting)
        brush.done.connect(self._keep)
        for each in (self.paint, self.keep, self.undo):
            self.row.addWidget(each)
        self.end()

    def begin(self) -> None:
        """Open the brush on the plane."""
        self._mine = True
        self._brush.open()
        self.refresh()

    def _keep(self) -> None:
        if self._mine and self._brush.value.strokes:
            self._mine = False
            painted = self._brush.value
            self._brush.close()
            self.player.predict(self.number, painted.made)

    def _show_painting(self) -> None:
        if self._mine:
            self.refresh()

    def refresh(self) -> None:
        if self.made or self.player.is_opening:
            self._mine = False
        painting = self._mine and self._brush.active
        super().refresh()
        self.paint.setVisible(not self.made and not painting)
        self.keep.setVisible(painting)
        self.keep.setEnabled(bool(self._brush.value.strokes))
        self.undo.setVisible(painting)
        self.undo.setEnabled(bool(self._brush.value.strokes))
        if self.made:
            self._brush.close()
            self._brush.show(None if self.kept is None else PaintedPrediction.of(self.kept))

    def words(self) -> str:
        if self.kept is None or not self.kept.points:
            return ""
        verdict = self.player.painted_verdict(self.number)
        return (
            tr("Kept. How far the samples are from it is said once they are shown.")
            if verdict is None
            else verdict.said
        )

    @property
    def controls(self) -> Tree:
        return {"paint": self.paint, "keep": self.keep, "undo": self.undo, **super().controls}


class NumberCard(PredictionCard):
    """A number that is typed."""

    def __init__(self, player: LessonPlayer, number: int, prediction: Prediction, folder: Path) -> None:
        super().__init__(player, number, prediction, folder)
        self.field = QLineEdit()
        self.field.setAccessibleName(tr("Your prediction"))
        self.field.setFixedWidth(self.px(96))
        self.field.returnPressed.connect(self._keep)
        self.field.textChanged.connect(lambda _: self._follow_typing())
        self.keep = button(tr("Keep"), tr("Keep this number (Enter)."), "primary")
        self.keep.clicked.connect(self._keep)
        self.row.addWidget(self.field)
        self.row.addWidget(dim(prediction.unit))
        self.row.addWidget(self.keep)
        self.end()

    def _follow_typing(self) -> None:
        self.keep.setEnabled(parse_number(self.field.text()) is not None)

    def _keep(self) -> None:
        value = parse_number(self.field.text())
        if value is not None:
            self.player.predict(self.number, MadePrediction(kind="number", number=value))

    def refresh(self) -> None:
        super().refresh()
        if self.kept is not None:
            self.field.setText("" if self.kept.number is None else format_number(self.kept.number))
        self.field.setReadOnly(self.made)
        self.keep.setVisible(not self.made)
        self._follow_typing()

    def words(self) -> str:
        kept, unit = None if self.kept is None else self.kept.number, self.prediction.unit
        if kept is None:
            return ""
        said = tr("You said {kept} {unit}", kept=format_number(kept), unit=unit).strip()
        fact = self.fact
        if self.given is not None and not self.seen:
            return f"{said}."
        if fact is None or fact.value is None or isinstance(fact.value, str):
            return (
                f"{said}."
                if not self.prediction.answer
                else tr("{said}. It is compared once that is measured.", said=said)
            )
        value = float(fact.value)
        return tr(
            "{said}; it is {value_said} {unit}", said=said, value_said=value_said(value, fact.error or None), unit=unit
        ).rstrip() + (tr(", {value} away.", value=format_number(abs(value - kept))))

    @property
    def controls(self) -> Tree:
        return {"number": self.field, "keep": self.keep, **super().controls}


class ChoiceCard(PredictionCard):
    """One of some answers; a click keeps it."""

    def __init__(self, player: LessonPlayer, number: int, prediction: Prediction, folder: Path) -> None:
        super().__init__(player, number, prediction, folder)
        self.choices: list[QPushButton] = []
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(6)
        for at, (letter, text) in enumerate(zip(_LETTERS, prediction.choices, strict=False)):
            made = button(letter, text)
            made.setAccessibleName(f"{letter}: {text}")
            made.setCheckable(True)
            made.setFixedWidth(self.px(32))
            made.setStyleSheet("padding: 0;")
            made.clicked.connect(
                lambda _=False, at=at: player.predict(number, MadePrediction(kind="choice", choice=at + 1))
            )
            words = Prose(14)
            words.show_markdown(text, folder)
            grid.addWidget(made, at, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(words, at, 1, Qt.AlignmentFlag.AlignVCenter)
            self.choices.append(made)
        grid.setColumnStretch(1, 1)
        self.column.addLayout(grid)
        self.end()

    def refresh(self) -> None:
        super().refresh()
        chosen = None if self.kept is None else self.kept.choice
        for at, each in enumerate(self.choices, start=1):
            each.setChecked(chosen == at)
            each.setEnabled(not self.made or chosen == at)

    def words(self) -> str:
        kept = None if self.kept is None else self.kept.choice
        if kept is None or not 1 <= kept <= len(self.choices):
            return ""
        if not self.seen:
            return tr("You chose {letters}. Now see whether it is so.", letters=_LETTERS[kept - 1])
        right = self.given
        if right is None:
            return ""
        return (
            tr("✓ {letters} is right.", letters=_LETTERS[kept - 1])
            if right == kept
            else tr("✗ It is {letters}.", letters=_LETTERS[int(right) - 1])
        )

    @property
    def controls(self) -> Tree:
        return {"choice": {str(at): each for at, each in enumerate(self.choices, start=1)}, **super().controls}


def prediction_card(
    player: LessonPlayer, number: int, prediction: Prediction, folder: Path, brush: PredictionBrush
) -> PredictionCard:
    """The card for a kind of prediction."""
    if prediction.kind == "draw":
        return DrawCard(player, number, prediction, folder, brush)
    return (NumberCard if prediction.kind == "number" else ChoiceCard)(player, number, prediction, folder)
