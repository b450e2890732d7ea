"""The quiet parts of a page: hints that come one at a time, words of one's own, and what is revealed in the end."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QPlainTextEdit

from dgm_studio.language import tr
from dgm_studio.lessons.lesson import Explain, Hint, Reveal
from dgm_studio.lessons.progress import MOST_LETTERS
from dgm_studio.studio.lesson.player import LessonPlayer

from ..controls import Tree, button
from .page_card import PageCard
from .prose import Prose

REST_MS = 600
"""Words are kept once typing has rested so long."""


class HintCard(PageCard):
    """All hints of a step; the next one is shown when it is asked for."""

    def __init__(self, player: LessonPlayer, number: int, hints: Sequence[Hint], folder: Path) -> None:
        super().__init__(player, number, "", "warn", "", folder)
        self.title.hide()
        self.hints = hints
        self.texts = [Prose(14) for _ in hints]
        for hint, text in zip(hints, self.texts, strict=True):
            text.show_markdown(hint.text, folder)
            self.column.addWidget(text)
        self.more = button("", tr("Show one more hint."), "link")
        self.more.setProperty("flush", True)
        self.more.clicked.connect(player.show_hint)
        self.row.addWidget(self.more)
        self.end()

    def refresh(self) -> None:
        shown = min(self.player.step_record.hints, len(self.hints))
        for at, text in enumerate(self.texts):
            text.setVisible(at < shown)
        self.more.setText(tr("Hint ({shown} of {hints})", shown=shown + 1, hints=len(self.hints)))
        self.more.setAccessibleName(self.more.text())
        self.more.setVisible(shown < len(self.hints))
        self.tone("warn" if shown else "quiet")

    @property
    def controls(self) -> Tree:
        return {"hint": self.more}


class ExplainCard(PageCard):
    """Words of one's own, which nobody grades."""

    def __init__(self, player: LessonPlayer, number: int, explain: Explain, folder: Path) -> None:
        super().__init__(player, number, tr("In your words"), "line", explain.text, folder)
        assert player.record is not None
        self._record, self._at = player.record, player.at
        self.field = QPlainTextEdit()
        self.field.setAccessibleName(tr("In your words"))
        self.field.setPlaceholderText(tr("Write down why. It is kept on this machine and never graded."))
        self.field.setPlainText(player.step_record.answers.get(self.key, ""))
        self.field.setFixedHeight(self.px(84))
        self.field.setTabChangesFocus(True)
        self.column.addWidget(self.field)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self.settle)
        self.field.textChanged.connect(self._rest.start)
        self.end()

    def settle(self) -> None:
        """Keep what is written."""
        self._rest.stop()
        answers, text = self._record.step(self._at).answers, self.field.toPlainText()[:MOST_LETTERS]
        if text != answers.get(self.key, ""):
            self._record.change(self._at, answers={**answers, self.key: text})

    @property
    def controls(self) -> Tree:
        return {"words": self.field}


class RevealCard(PageCard):
    """What is shown once the goals before it are reached, or when it is asked for."""

    def __init__(self, player: LessonPlayer, number: int, reveal: Reveal, folder: Path) -> None:
        super().__init__(player, number, tr("What happened"), "good", reveal.text, folder)
        self.ask = button(tr("Reveal"), tr("Show what is behind it, without the goal."), "link")
        self.ask.setProperty("flush", True)
        self.ask.clicked.connect(player.reveal)
        self.row.addWidget(self.ask)
        self.end()

    @property
    def shown(self) -> bool:
        step, record = self.player.step, self.player.step_record
        return record.revealed or (step is not None and bool(step.goals) and len(record.goals) >= len(step.goals))

    def refresh(self) -> None:
        shown = self.shown
        self.title.setVisible(shown)
        self.text.setVisible(shown)
        self.ask.setVisible(not shown)
        self.tone("good" if shown else "quiet")

    @property
    def controls(self) -> Tree:
        return {"reveal": self.ask}
