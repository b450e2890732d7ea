"""Goals: how far each comparison is, and a tick once all of it holds beyond two standard errors."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from dgm_studio.language import tr
from dgm_studio.lessons.answers import is_answer
from dgm_studio.lessons.condition import ComparisonVerdict
from dgm_studio.lessons.facts import FACTS, MEASURED, bare
from dgm_studio.lessons.lesson import LessonGoal
from dgm_studio.protocol.catalogue import Catalogue
from dgm_studio.studio.lesson.player import LessonPlayer
from dgm_studio.studio.reading.quality import value_said

from ..controls import Tree, button, dim, label
from ..controls.numbers import THIN
from ..look import theme
from .page_card import PageCard

_SIGNS = {"<=": "≤", ">=": "≥", "==": "=", "!=": "≠"}
_WORDS = {"training_seconds": "seconds", "passes_per_sample": tr("passes a sample")}


class _Bar(QWidget):
    """How far a number is to another one."""

    def __init__(self) -> None:
        super().__init__()
        self._share, self._good = 0.0, False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(40)

    def show_share(self, share: float, good: bool) -> None:
        self._share, self._good = min(1.0, max(0.0, share)), good
        self.setFixedHeight(theme.px(18))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, t = QPainter(self), theme.tokens()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        high = theme.px(5)
        whole = QRectF(0, (self.height() - high) / 2, self.width(), high)
        painter.setBrush(t.colour("line"))
        painter.drawRoundedRect(whole, high / 2, high / 2)
        if self._share > 0:
            painter.setBrush(t.colour("good" if self._good else "accent"))
            painter.drawRoundedRect(
                QRectF(whole.left(), whole.top(), max(high, whole.width() * self._share), high), high / 2, high / 2
            )


class _ComparisonRow(QWidget):
    """The name of a measure, a bar, and its value beside what it has to reach."""

    def __init__(self) -> None:
        super().__init__()
        self.name, self.bar, self.value = dim(), _Bar(), label()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        row.addWidget(self.name)
        row.addWidget(self.bar, 1)
        row.addWidget(self.value)

    def show_verdict(self, verdict: ComparisonVerdict, name: str) -> None:
        self.name.setText(name)
        self.name.setMinimumWidth(theme.px(112))
        passed = bool(verdict.passed)
        self.bar.setVisible(not isinstance(verdict.target, str | bool))
        self.bar.show_share(_share(verdict), passed)
        self.value.setText(_said(verdict))
        self.value.setProperty("role", "good" if passed else "")
        self.value.style().unpolish(self.value)
        self.value.style().polish(self.value)


class GoalCard(PageCard):
    """A goal; *Measure now* asks for what it speaks of."""

    def __init__(self, player: LessonPlayer, number: int, goal: LessonGoal, folder: Path, catalogue: Catalogue) -> None:
        super().__init__(player, number, tr("Goal"), "accent", goal.text, folder)
        self.goal, self._catalogue = goal, catalogue
        self.rows = [_ComparisonRow() for _ in goal.condition.comparisons]
        for row in self.rows:
            self.column.addWidget(row)
        self.said = label("", "small", wrap=True)
        self.column.addWidget(self.said)
        self.check = button(tr("Measure now"), tr("Compute what this goal speaks of for the model as it is now."))
        self.check.clicked.connect(lambda: player.check(goal))
        self.row.addWidget(self.check)
        self.end()

    @property
    def _measures(self) -> bool:
        """Whether there is anything to measure: of facts and answers there is not."""
        return any(self._catalogue.measure(MEASURED.get(n, n)) for n in map(bare, self.goal.condition.names))

    @property
    def reached(self) -> bool:
        return self.key in self.player.step_record.goals

    def refresh(self) -> None:
        verdict = self.player.verdict(self.goal)
        for row, each in zip(self.rows, verdict.comparisons, strict=True):
            row.show_verdict(each, self._name(each.comparison.name))
        self.title.setText(tr("✓ Goal reached") if self.reached else tr("Goal"))
        self.tone("good" if self.reached else "accent")
        self.check.setVisible(not self.reached and self._measures)
        if self.reached:
            words = "" if verdict.passed else tr("Reached; what the model is like now is beside it.")
        elif any(each.by_noise_alone for each in verdict.comparisons):
            words = tr(
                "Close, but within two standard errors: that may be luck. Make it clearly better, or measure again."
            )
        elif any(each.passed is None for each in verdict.comparisons):
            asked = any(each.passed is None and is_answer(bare(each.comparison.name)) for each in verdict.comparisons)
            words = (
                tr("Counts what the model answers, as it is now: ask it.")
                if asked
                else tr("Not all of it is measured for the model as it is now.")
            )
        else:
            words = (
                tr("Counts only beyond two standard errors.") if any(e.fact.error for e in verdict.comparisons) else ""
            )
        self.said.setText(words)
        self.said.setVisible(bool(words))

    def _name(self, name: str) -> str:
        cell, dot, rest = name.partition(".")
        if dot and len(cell) == 1:
            return f"{cell}: {self._name(rest)}"
        measure = self._catalogue.measure(MEASURED.get(name, name))
        if name in _WORDS:
            return _WORDS[name]
        if measure is not None:
            return measure.title[:1].lower() + measure.title[1:]
        if is_answer(name):
            return name.replace(".", ", ").replace("_", " ")
        return name.split(".")[-1].replace("_", " ") if name not in FACTS else name.replace("_", " ")

    @property
    def controls(self) -> Tree:
        return {"measure": self.check}


def _share(verdict: ComparisonVerdict) -> float:
    """How much of the distance is done, 1 where it is reached."""
    if verdict.passed:
        return 1.0
    if verdict.bound is None or not isinstance(verdict.target, int | float):
        return 0.0
    up = verdict.comparison.sign in (">", ">=")
    small, large = (verdict.bound, verdict.target) if up else (verdict.target, verdict.bound)
    return 0.0 if large <= 0 or small <= 0 else float(small / large)


def _said(verdict: ComparisonVerdict) -> str:
    sign = _SIGNS.get(verdict.comparison.sign, verdict.comparison.sign)
    value, target = verdict.fact.value, verdict.target
    if isinstance(value, bool) or isinstance(target, bool):
        now = "–" if value is None else ("yes" if value else "no")
        return f"{now} → {'yes' if target else 'no'}"
    if isinstance(value, str) or isinstance(target, str):
        return f"{value or '–'} → {target}"
    now = "–" if value is None else value_said(float(value), verdict.fact.error or None)
    there = "–" if target is None else f"{float(target):g}"
    return f"{now} → {sign} {there}".replace(",", THIN)
