"""Notes of a lesson in a window of its own: what the teacher sees on the laptop while the class sees the presenter.

The step, its questions and goals, every hint, what is revealed, the step that follows, and the time. It stands on another
screen than the window where there is one.
"""

from __future__ import annotations

import time

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication, QHideEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from dgm_studio.language import tr
from dgm_studio.lessons.lesson import Explain, Hint, LessonGoal, Prediction, Reveal
from dgm_studio.studio.studio import Studio

from ..binding import bind
from ..controls import Tree, button, dim, label
from ..lesson.prose import Prose
from ..look import theme
from ..naming import join

_WORDS = {Prediction: tr("Predict"), LessonGoal: tr("Goal"), Hint: tr("Hint"), Explain: tr("Ask"), Reveal: tr("Reveal")}


class PresenterNotes(QWidget):
    """Follows the step in front; its buttons go on and back."""

    def __init__(self, studio: Studio, window: QWidget) -> None:
        super().__init__(window, Qt.WindowType.Window)
        self._studio, self._over = studio, window
        self._begun = time.monotonic()
        self._shown: object = None
        self.setWindowTitle(tr("Notes"))
        self.title, self.clock, self.follows = label("", "title", wrap=True), label("", "number"), dim("", wrap=True)
        self.back = button(tr("Back"), tr("The step before (Page Up)."))
        self.next = button(tr("Next"), tr("The next step (Page Down)."), "primary")
        self.back.clicked.connect(studio.lesson.back)
        self.next.clicked.connect(studio.lesson.next)
        self.body = QWidget()
        self.column = QVBoxLayout(self.body)
        self.column.setContentsMargins(0, 0, 8, 0)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(self.body)
        head, foot = QHBoxLayout(), QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.clock)
        foot.addWidget(self.follows, 1)
        foot.addWidget(self.back)
        foot.addWidget(self.next)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(24, 18, 16, 16)
        whole.setSpacing(12)
        whole.addLayout(head)
        whole.addWidget(area, 1)
        whole.addLayout(foot)
        self._tick = QTimer(self)
        self._tick.setInterval(1000)
        self._tick.timeout.connect(self._show_time)
        bind(self, studio, "lesson", lambda _: self.refresh())
        join(studio.controls, self)
        self.resize(theme.px(560), theme.px(640))

    @property
    def controls(self) -> Tree:
        return {"notes": {"back": self.back, "next": self.next}}

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._begun = time.monotonic()
        self._tick.start()
        elsewhere = [screen for screen in QGuiApplication.screens() if screen is not self._over.screen()]
        if elsewhere:
            self.move(elsewhere[0].availableGeometry().topLeft())
        self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._tick.stop()

    def refresh(self) -> None:
        """Show the step in front."""
        player = self._studio.lesson
        step, lesson = player.step, player.lesson
        if self.isHidden():
            return
        self._show_time()
        for each, possible in ((self.back, player.has_back), (self.next, player.has_next)):
            each.setEnabled(possible)
        if step is self._shown and step is not None:
            return
        self._shown = step
        while self.column.count():
            item = self.column.takeAt(0)
            if item is not None and (widget := item.widget()) is not None:
                widget.setParent(None)
                widget.deleteLater()
        if step is None or lesson is None:
            self.title.setText(tr("No lesson is in front"))
            self.follows.setText("")
            return
        self.title.setText(tr("{at} of {steps} · {title}", at=player.at + 1, steps=len(lesson.steps), title=step.title))
        following = lesson.steps[player.at + 1].title if player.has_next else ""
        self.follows.setText(tr("Then: {following}", following=following) if following else tr("The last step."))
        for block in step.blocks:
            if isinstance(block, Prediction | LessonGoal | Hint | Explain | Reveal):
                self.column.addWidget(label(_WORDS[type(block)], "small"))
                text = Prose(16)
                condition = f"\n\n`{block.condition.text}`" if isinstance(block, LessonGoal) else ""
                text.show_markdown(block.text + condition, lesson.folder)
                self.column.addWidget(text)
        self.column.addStretch(1)

    def _show_time(self) -> None:
        """Minutes and seconds since the notes were opened."""
        minutes, seconds = divmod(int(time.monotonic() - self._begun), 60)
        self.clock.setText(f"{minutes}:{seconds:02}")
