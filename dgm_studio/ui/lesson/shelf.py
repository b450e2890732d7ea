"""The shelf: a card for every lesson, with its minutes and level, how much of it is done, and what is wrong with one that
cannot be read.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QLocale, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFont, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from dgm_studio.language import ENGLISH, tr
from dgm_studio.lessons.draft_file import drafted
from dgm_studio.lessons.finding import ENDING, FoundLesson, find_lessons
from dgm_studio.lessons.lesson import Lesson
from dgm_studio.lessons.progress import load_progress
from dgm_studio.studio.studio import Studio

from ..binding import bind
from ..controls import Card, ComboBox, Tree, button, dim, label
from ..look import theme
from ..naming import join

_CARD = QSize(300, 148)
_GAP = 12


class _ShelfCard(Card):
    """A title, a summary, and at its foot a few words and a bar for each step; behind its dots it can be changed."""

    def __init__(self, title: str, summary: str, foot: str, done: Sequence[bool], change: str) -> None:
        super().__init__(title, "", summary)
        self.title, self.summary, self.foot, self.done = title, summary, foot, done
        self.setCheckable(False)
        self.offer([("change", change, tr("Write this lesson: its text, what it shows, and where its steps begin."))])

    @property
    def dots(self) -> QRect:
        side = theme.px(24)
        return QRect(self.width() - side - theme.px(8), theme.px(8), side, side)

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
        beside = inner.adjusted(0, 0, -theme.px(22), -inner.height() + 2 * line + 2)
        used = painter.boundingRect(beside, wrapped, self.title)
        painter.drawText(beside, wrapped, self.title)
        painter.setFont(self.font())
        painter.setPen(t.colour("dim"))
        foot_high = painter.fontMetrics().height() + theme.px(14)
        top = min(used.bottom(), inner.top() + 2 * line + 2) + theme.px(6)
        room = QRect(inner.left(), top, inner.width(), inner.bottom() - foot_high - top)
        lines = max(1, room.height() // painter.fontMetrics().lineSpacing())
        painter.drawText(room, wrapped, _in_lines(self.summary, painter, room.width(), lines))
        painter.drawText(inner, Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft, self.foot)
        self._paint_steps(painter, inner)
        self.paint_dots(painter)

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


class LessonCard(_ShelfCard):
    """A lesson that can be played; its ``language`` is said where that is not the one asked for."""

    def __init__(self, lesson: Lesson, done: Sequence[bool], own: bool = False, language: str = "") -> None:
        said = (tr("{minutes} min", minutes=lesson.minutes), lesson.level, "yours" if own else "", language)
        foot = " · ".join(part for part in said if part)
        super().__init__(lesson.title, lesson.summary, foot, done, tr("Change") if own else tr("Copy and change"))
        self.lesson = lesson
        lectures = "\n".join(lesson.lectures)
        self.setToolTip(f"{lesson.summary}\n{lectures}".strip())
        self.setAccessibleDescription(
            tr(
                "{summary} {foot}, {sum} of {done} steps done",
                summary=lesson.summary,
                foot=foot,
                sum=sum(done),
                done=len(done),
            )
        )


class UnfinishedCard(_ShelfCard):
    """A lesson of a person's own that cannot be played yet; a click goes on with writing it."""

    def __init__(self, folder: Path, why: str) -> None:
        super().__init__(folder.name.replace("-", " "), why, tr("not finished"), (), tr("Go on writing"))
        self.folder = folder


class LessonShelf(QWidget):
    """``chosen`` with a lesson; ``results_asked`` by a teacher who wants to open slips; ``open_asked`` for a file;
    ``write_asked`` with a lesson to be changed, the folder of one that cannot be read, or None for a new one;
    ``rehearse_asked`` with a lesson."""

    chosen = Signal(object)
    results_asked = Signal()
    open_asked = Signal()
    write_asked = Signal(object)
    rehearse_asked = Signal(object)

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._studio = studio
        self.cards: list[LessonCard] = []
        self.unread: dict[Path, UnfinishedCard] = {}
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
        self.results = button(
            tr("Open results"), tr("Result slips of a class: a table, and what was predicted as histograms.")
        )
        self.results.clicked.connect(self.results_asked)
        self.open = button(tr("Open lesson"), tr("A lesson from a file or folder."))
        self.open.clicked.connect(self.open_asked)
        head = QHBoxLayout()
        self.title = label(tr("Lessons"), "title")
        head.addWidget(self.title)
        head.addStretch(1)
        self.language = ComboBox()
        self.language.setAccessibleName(tr("Language of the lessons"))
        self.language.setToolTip(
            tr("Where a lesson, or a step of it, is not translated, it is told in its own language.")
        )
        self.language.activated.connect(lambda at: self._studio.lesson.speak(str(self.language.itemData(at))))
        head.addWidget(self.language)
        self.write = button(
            tr("Write a lesson"), tr("Begin a lesson of your own; steps are recorded from what is on screen.")
        )
        self.write.clicked.connect(lambda: self.write_asked.emit(None))
        head.addWidget(self.write)
        head.addWidget(self.open)
        head.addWidget(self.results)
        column = QVBoxLayout(self)
        column.setContentsMargins(32, 22, 24, 12)
        column.setSpacing(12)
        column.addLayout(head)
        column.addWidget(
            dim(tr("Predict what a model will do, run it, and measure. Your own runs wait until you come back."))
        )
        column.addWidget(self._area, 1)
        column.addWidget(self.problems)
        theme.follow(self._restyle)
        bind(self, studio, "lesson", lambda _: self._follow())
        join(studio.controls, self)

    @property
    def controls(self) -> Tree:
        cards = {card.lesson.name: card for card in self.cards}
        unread = {f"{place.name}.mend": made for place, made in self.unread.items()}
        return {
            "shelf": {
                "lesson": {**cards, **unread},
                "language": self.language,
                "write": self.write,
                "open": self.open,
                "results": self.results,
            }
        }

    def read(self) -> None:
        """Look which lessons there are, and how far each is."""
        found = find_lessons(self._studio.lesson.language)
        for card in (*self.cards, *self.unread.values()):
            card.setParent(None)
            card.deleteLater()
        self._offer_languages([each.lesson for each in found if each.lesson is not None])
        self.cards = [self._card(each.lesson, each.own) for each in found if each.lesson is not None]
        whys = {each.place: str(each.problem) for each in found if each.problem is not None and each.own}
        whys |= {folder: tr("Nothing of it can be played yet.") for folder in drafted() if not folder.exists()}
        self.unread = {place: self._unfinished(place, why) for place, why in whys.items() if place.suffix != ENDING}
        self._say([each for each in found if each.place not in self.unread])
        self._lay_out()

    def _offer_languages(self, lessons: list[Lesson]) -> None:
        """The languages that any lesson is told in, each as it calls itself; nothing where there is only one."""
        there = sorted({language for lesson in lessons for language in lesson.languages})
        self.language.clear()
        for each in there:
            self.language.addItem(own_name(each), each)
        at = self.language.findData(self._studio.lesson.language)
        self.language.setCurrentIndex(at if at >= 0 else self.language.findData(ENGLISH))
        self.language.setVisible(len(there) > 1)

    def _card(self, lesson: Lesson, own: bool) -> LessonCard:
        spoken = self.language.currentData()
        other = "" if spoken is None or spoken in lesson.languages else own_name(lesson.language)
        card = LessonCard(lesson, load_progress(lesson)[0].done(lesson), own, other)
        card.clicked.connect(lambda: self.chosen.emit(lesson))
        card.offer(
            [
                *card.offers,
                ("rehearse", tr("Rehearse"), tr("Open every step once, so that each opens at once when it counts.")),
            ]
        )
        asked = {"change": self.write_asked, "rehearse": self.rehearse_asked}
        card.offered.connect(lambda name: asked[name].emit(lesson))
        return card

    def _unfinished(self, place: Path, why: str) -> UnfinishedCard:
        card = UnfinishedCard(place, why)
        card.clicked.connect(lambda: self.write_asked.emit(place))
        card.offered.connect(lambda _: self.write_asked.emit(place))
        return card

    def _say(self, found: list[FoundLesson]) -> None:
        wrong = [each for each in found if each.problem is not None]
        self.problems.setText(
            "\n".join(
                tr("{name} cannot be read. {problem}", name=each.place.name, problem=each.problem) for each in wrong[:3]
            )
        )
        self.problems.setVisible(bool(wrong))

    def _follow(self) -> None:
        if self._studio.lesson.place == "shelf" and self.isVisible():
            self.read()

    def _lay_out(self) -> None:
        while self._grid.count():
            self._grid.takeAt(0)
        columns = max(1, (self.width() - 64 + _GAP) // (theme.px(_CARD.width()) + _GAP))
        cards = [*self.cards, *self.unread.values()]
        for number, card in enumerate(cards):
            self._grid.addWidget(card, number // columns, number % columns)
            card.show()
        rows = -(-len(cards) // columns)
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


def own_name(language: str) -> str:
    """A language as it calls itself, such as 한국어."""
    named = QLocale(language)
    return tr("English") if named.language() == QLocale.Language.English else named.nativeLanguageName() or language


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
