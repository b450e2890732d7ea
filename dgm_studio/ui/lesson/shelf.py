"""The shelf: a card for every lesson, with its minutes and level, how much of it is done, and what is wrong with one that
cannot be read.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QFont, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from dgm_studio.lessons.finding import FoundLesson, find_lessons
from dgm_studio.lessons.lesson import Lesson
from dgm_studio.lessons.progress import load_progress
from dgm_studio.studio.studio import Studio

from ..binding import bind
from ..controls import Tree, button, dim, label
from ..controls.cards import Choosable
from ..look import theme
from ..naming import join

_CARD = QSize(300, 148)
_GAP = 12


class LessonCard(Choosable):
    """Title, summary, and at its foot minutes, level, and a bar for each step."""

    def __init__(self, lesson: Lesson, done: Sequence[bool]) -> None:
        super().__init__(lesson.title, lesson.summary)
        self.setCheckable(False)
        self.lesson, self.done = lesson, done
        lectures = "\n".join(lesson.lectures)
        self.setToolTip(f"{lesson.summary}\n{lectures}".strip())
        self.setAccessibleDescription(f"{lesson.summary} {self.foot}, {sum(done)} of {len(done)} steps done")

    @property
    def foot(self) -> str:
        return " · ".join(part for part in (f"{self.lesson.minutes} min", self.lesson.level) if part)

    def sizeHint(self) -> QSize:
        return QSize(theme.px(_CARD.width()), theme.px(_CARD.height()))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self.paint_frame(painter, "panel")
        t, edge = theme.tokens(), theme.px(16)
        inner = self.rect().adjusted(edge, theme.px(13), -edge, -theme.px(13))
        title = QFont(self.font())
        title.setPixelSize(theme.px(15))
        title.setWeight(QFont.Weight.DemiBold)
        painter.setFont(title)
        painter.setPen(t.colour("text"))
        wrapped = Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap
        line = painter.fontMetrics().height()
        used = painter.boundingRect(inner.adjusted(0, 0, 0, -inner.height() + 2 * line + 2), wrapped, self.lesson.title)
        painter.drawText(QRect(inner.left(), inner.top(), inner.width(), 2 * line + 2), wrapped, self.lesson.title)
        painter.setFont(self.font())
        painter.setPen(t.colour("dim"))
        foot_high = painter.fontMetrics().height() + theme.px(14)
        top = min(used.bottom(), inner.top() + 2 * line + 2) + theme.px(6)
        room = QRect(inner.left(), top, inner.width(), inner.bottom() - foot_high - top)
        lines = max(1, room.height() // painter.fontMetrics().lineSpacing())
        painter.drawText(room, wrapped, _in_lines(self.lesson.summary, painter, room.width(), lines))
        painter.drawText(inner, Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft, self.foot)
        self._paint_steps(painter, inner)

    def _paint_steps(self, painter: QPainter, inner: QRect) -> None:
        """A bar for each step at the right of the foot; a tick where all are done."""
        t = theme.tokens()
        if self.done and all(self.done):
            painter.setPen(t.colour("good"))
            painter.drawText(inner, Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignRight, "✓ done")
            return
        wide, gap, high = theme.px(14), theme.px(4), theme.px(4)
        left = inner.right() - len(self.done) * (wide + gap) + gap
        middle = inner.bottom() - painter.fontMetrics().height() // 2
        painter.setPen(Qt.PenStyle.NoPen)
        for number, done in enumerate(self.done):
            painter.setBrush(t.colour("good" if done else "line"))
            painter.drawRoundedRect(left + number * (wide + gap), middle, wide, high, high / 2, high / 2)


class LessonShelf(QWidget):
    """``chosen`` with a lesson; ``results_asked`` by a teacher who wants to open slips; ``open_asked`` for a file."""

    chosen = Signal(object)
    results_asked = Signal()
    open_asked = Signal()

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._studio = studio
        self.cards: list[LessonCard] = []
        self.problems = dim("", wrap=True)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._holder = QWidget()
        self._grid = QGridLayout(self._holder)
        self._grid.setContentsMargins(0, 0, 8, 0)
        self._grid.setSpacing(_GAP)
        self._area.setWidget(self._holder)
        self.results = button("Open results", "Result slips of a class: a table, and what was predicted as histograms.")
        self.results.clicked.connect(self.results_asked)
        self.open = button("Open lesson", "A lesson from a file or folder.")
        self.open.clicked.connect(self.open_asked)
        head = QHBoxLayout()
        self.title = label("Lessons", "title")
        head.addWidget(self.title)
        head.addStretch(1)
        head.addWidget(self.open)
        head.addWidget(self.results)
        column = QVBoxLayout(self)
        column.setContentsMargins(32, 22, 24, 12)
        column.setSpacing(12)
        column.addLayout(head)
        column.addWidget(
            dim("Predict what a model will do, run it, and measure. Your own runs wait until you come back.")
        )
        column.addWidget(self._area, 1)
        column.addWidget(self.problems)
        theme.follow(self._restyle)
        bind(self, studio, "lesson", lambda _: self._follow())
        join(studio.controls, self)

    @property
    def controls(self) -> Tree:
        cards = {card.lesson.name: card for card in self.cards}
        return {"shelf": {"lesson": cards, "open": self.open, "results": self.results}}

    def read(self) -> None:
        """Look which lessons there are, and how far each is."""
        found = find_lessons()
        for card in self.cards:
            card.setParent(None)
            card.deleteLater()
        self.cards = [self._card(each.lesson) for each in found if each.lesson is not None]
        self._say(found)
        self._lay_out()

    def _card(self, lesson: Lesson) -> LessonCard:
        card = LessonCard(lesson, load_progress(lesson)[0].done(lesson))
        card.clicked.connect(lambda: self.chosen.emit(lesson))
        return card

    def _say(self, found: list[FoundLesson]) -> None:
        wrong = [each for each in found if each.problem is not None]
        self.problems.setText("\n".join(f"{each.place.name} cannot be read. {each.problem}" for each in wrong[:3]))
        self.problems.setVisible(bool(wrong))

    def _follow(self) -> None:
        if self._studio.lesson.place == "shelf" and self.isVisible():
            self.read()

    def _lay_out(self) -> None:
        while self._grid.count():
            self._grid.takeAt(0)
        columns = max(1, (self.width() - 64 + _GAP) // (theme.px(_CARD.width()) + _GAP))
        for number, card in enumerate(self.cards):
            self._grid.addWidget(card, number // columns, number % columns)
            card.show()
        rows = -(-len(self.cards) // columns)
        for row in range(self._grid.rowCount()):
            self._grid.setRowStretch(row, 1 if row == rows else 0)
        self._grid.setRowStretch(rows, 1)
        for at in range(self._grid.columnCount()):
            self._grid.setColumnStretch(at, 1 if at < columns else 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out()

    def _restyle(self) -> None:
        self.title.setStyleSheet(f"font-size: {theme.px(20)}px; font-weight: 600;")


def _in_lines(text: str, painter: QPainter, wide: int, lines: int) -> str:
    """A text that takes so many lines at most, with dots where it is cut."""
    metrics, words = painter.fontMetrics(), text.split()
    made: list[str] = [""]
    for word in words:
        longer = f"{made[-1]} {word}".strip()
        if metrics.horizontalAdvance(longer) <= wide:
            made[-1] = longer
        elif len(made) < lines:
            made.append(word)
        else:
            made[-1] = metrics.elidedText(f"{made[-1]} {word} …", Qt.TextElideMode.ElideRight, wide)
            break
    return "\n".join(made)
