"""The lesson that is being written: its steps, the text of one, and beside it the page, what it shows, or its translation.

What is typed is on the page a moment after, and in the lesson's folder when it can be read.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from dgm_studio.language import tr
from dgm_studio.lessons.lesson import TEXT
from dgm_studio.studio.studio import Studio

from ..binding import bind
from ..controls import Elided, Segmented, Tree, button, label
from ..lesson.shelf import LessonCard
from ..look import theme
from ..look.icons import icon
from ..naming import join
from .about_form import AboutForm
from .page_preview import PagePreview
from .shown_panel import ShownPanel
from .step_editor import StepEditor
from .step_list import StepList
from .translation_panel import TranslationPanel

REST_MS = 300
_MOST_PROBLEMS = 4
"""Lines of the list before it scrolls."""


class WriterView(QWidget):
    """Follows the studio's writer."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._studio, self._writer = studio, studio.writer
        writer = self._writer
        self.home = button(tr("Lessons"), tr("Back to the shelf; what you wrote is kept."), "link")
        self.home.clicked.connect(studio.lesson.to_shelf)
        self.name = Elided("", "title")
        self.state = Elided("", "dim")
        self.mine = button(tr("Keep mine"), tr("Write over what another program wrote."), "link")
        self.theirs = button(tr("Take theirs"), tr("Read the file again; Ctrl+Z brings yours back."), "link")
        self.mine.clicked.connect(writer.overwrite)
        self.theirs.clicked.connect(writer.read_again)
        self.undo = button("", tr("Take back the last change (Ctrl+Z)."), "flat")
        self.redo = button("", tr("Do it again (Ctrl+Shift+Z)."), "flat")
        for made, name, run in ((self.undo, tr("Undo"), writer.undo), (self.redo, tr("Redo"), writer.redo)):
            made.setAccessibleName(name)
            made.setProperty("fit", "tight")
            made.clicked.connect(run)
        self.record = button(
            tr("Record step"), tr("A new step that begins with what is in front in the program (Ctrl+Alt+R).")
        )
        self.record.clicked.connect(lambda: studio.commands.run("lesson.record"))
        self.trying = button(tr("Try it"), tr("Play this step as a learner does; nothing is kept."), "primary")
        self.trying.clicked.connect(lambda: studio.commands.run("lesson.try"))

        self.steps = StepList(studio)
        self.about = AboutForm(studio)
        self.step = StepEditor(studio)
        self.middle = QStackedWidget()
        self.middle.addWidget(self.about)
        self.middle.addWidget(self.step)
        self.problems = QListWidget()
        self.problems.setAccessibleName(tr("What is to be mended"))
        self.problems.setWordWrap(True)
        self.problems.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.problems.itemClicked.connect(lambda _: self._go_to(self.problems.currentRow()))
        self.problems.itemActivated.connect(lambda _: self._go_to(self.problems.currentRow()))
        self.verdict = label("", "small")

        self.page, self.card = PagePreview(), QVBoxLayout()
        holder = QWidget()
        holder.setLayout(self.card)
        self.card.setContentsMargins(0, 0, 0, 0)
        self.seen = QStackedWidget()
        self.seen.addWidget(self.page)
        self.seen.addWidget(holder)
        self.shown, self.translation = ShownPanel(studio), TranslationPanel(studio)
        self.beside = QStackedWidget()
        self.tabs = Segmented(
            [
                ("page", tr("Page"), tr("The page as learners see it.")),
                ("shows", tr("What it shows"), tr("What of the program a learner sees at this step.")),
                ("translation", tr("Translation"), tr("This step in another language.")),
            ],
            tr("Beside the text"),
        )
        for each in (self.seen, self.shown, self.translation):
            self.beside.addWidget(each)
        self.tabs.chosen.connect(self._turn)
        self.tabs.show_value("page")
        self._lay_out()

        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self._rested)
        theme.follow(self._restyle)
        self._soon = QTimer(self)
        """What happens elsewhere happens many times at once, and more often than not somebody is on the way to another view."""
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(lambda: self.refresh() if self.isVisible() else None)
        bind(self, studio, "writing", lambda _: self.refresh())
        for topic in ("catalogue", "lesson", "commands"):
            bind(self, studio, topic, lambda _: self._soon.start())
        bind(self, studio, "writing", lambda _: self._rest.start() if not writer.state.kept else None)
        join(studio.controls, self)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.home)
        head.addWidget(self.name, 2)
        head.addWidget(self.state, 3)
        for widget in (self.mine, self.theirs, self.undo, self.redo, self.record, self.trying):
            head.addWidget(widget)
        middle = QWidget()
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.middle, 1)
        column.addWidget(self.verdict)
        column.addWidget(self.problems)
        right = QWidget()
        beside = QVBoxLayout(right)
        beside.setContentsMargins(0, 0, 0, 0)
        beside.setSpacing(12)
        beside.addWidget(self.tabs, 0, Qt.AlignmentFlag.AlignLeft)
        beside.addWidget(self.beside, 1)
        self.parts = QSplitter(Qt.Orientation.Horizontal)
        self.parts.setChildrenCollapsible(False)
        self.parts.setHandleWidth(1)
        for number, (part, margins) in enumerate(
            ((self.steps, (0, 0, 14, 0)), (middle, (14, 0, 14, 0)), (right, (14, 0, 0, 0)))
        ):
            layout = part.layout()
            assert layout is not None
            layout.setContentsMargins(*margins)
            self.parts.addWidget(part)
            self.parts.setStretchFactor(number, 0 if number == 0 else 1)
        self.parts.setSizes([theme.px(200), theme.px(520), theme.px(480)])
        whole = QVBoxLayout(self)
        whole.setContentsMargins(20, 12, 20, 14)
        whole.setSpacing(12)
        whole.addLayout(head)
        whole.addWidget(self.parts, 1)

    @property
    def controls(self) -> Tree:
        return {
            "writing": {
                "shelf": self.home,
                "undo": self.undo,
                "redo": self.redo,
                "record": self.record,
                "try": self.trying,
                "keep_mine": self.mine,
                "take_theirs": self.theirs,
                "": self.steps,
                "step": self.step,
                "problems": self.problems,
                "beside": self.tabs,
                "shows": self.shown,
                "translation": self.translation,
                **self.about.controls,
            }
        }

    def refresh(self) -> None:
        """Show what is written now."""
        if self._studio.lesson.place != "write" or self._writer.folder is None:
            return
        writer = self._writer
        self.name.setText(writer.title or tr("Without a title"))
        self._show_state()
        self.undo.setEnabled(writer.can_undo)
        self.redo.setEnabled(writer.can_redo)
        self.trying.setEnabled(bool(writer.lesson.steps))
        self.record.setEnabled(self._studio.recorder.possible)
        self.steps.refresh()
        self.middle.setCurrentWidget(self.about if writer.step is None else self.step)
        (self.about if writer.step is None else self.step).refresh()
        self._show_problems()
        self.tabs.buttons["shows"].setEnabled(writer.step is not None)
        if writer.step is None and self.tabs.value == "shows":
            self.tabs.show_value("page")
            self._turn("page")
        if self.beside.currentWidget() is self.seen:
            self._show_page()
        elif self.beside.currentWidget() is self.shown:
            self.shown.refresh()
        else:
            self.translation.refresh()

    def _show_state(self) -> None:
        state = self._writer.state
        words = tr("Saved") if state.kept else state.why or tr("Writing")
        role = "bad" if state.bad else "dim"
        self.state.setText(words)
        self.state.setToolTip(f"{words}\n{self._writer.folder}")
        if self.state.property("role") != role:
            self.state.setProperty("role", role)
            self.state.style().unpolish(self.state)
            self.state.style().polish(self.state)
        self.mine.setVisible(state.taken)
        self.theirs.setVisible(state.taken)

    def _show_problems(self) -> None:
        found = self._writer.problems
        words = [
            f"{each.line or ''}   {each.message}" if each.file == TEXT else f"{each.file}  {each}" for each in found
        ]
        if [self.problems.item(i).text() for i in range(self.problems.count())] != words:
            self.problems.clear()
            self.problems.addItems(words)
        few = min(len(found), _MOST_PROBLEMS)
        self.problems.setVisible(bool(found))
        self.problems.setFixedHeight(few * (self.fontMetrics().lineSpacing() + theme.px(12)) + 4)
        many = tr("One thing") if len(found) == 1 else tr("{found} things", found=len(found))
        self.verdict.setText(tr("{many} to mend", many=many) if found else tr("Nothing to mend"))

    def _show_page(self) -> None:
        writer = self._writer
        lesson, _ = writer.read()
        if writer.step is not None:
            self.seen.setCurrentIndex(0)
            step = lesson.steps[writer.at] if lesson is not None and writer.at < len(lesson.steps) else None
            self.page.show_step(step, writer.folder or Path())
            return
        self.seen.setCurrentIndex(1)
        while self.card.count():
            item = self.card.takeAt(0)
            if item is not None and (widget := item.widget()) is not None:
                widget.setParent(None)
                widget.deleteLater()
        if lesson is not None:
            made = LessonCard(lesson, [False] * len(lesson.steps))
            made.setFixedSize(made.sizeHint())
            self.card.addWidget(made, 0, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.card.addStretch(1)

    def _turn(self, name: str) -> None:
        self.beside.setCurrentIndex(list(self.tabs.buttons).index(name))
        self.refresh()

    def _go_to(self, row: int) -> None:
        """To the place of a problem."""
        if not 0 <= row < len(self._writer.problems):
            return
        problem = self._writer.problems[row]
        if problem.file != TEXT:
            self.translation.language = problem.file.split(".")[1]
            self.tabs.show_value("translation")
            self._turn("translation")
            return
        at, line = self._writer.lesson.place(problem.line or 1)
        self._writer.choose(at)
        if at < 0:
            self.about.go_to(line)
        else:
            self.step.go_to(line)

    def _rested(self) -> None:
        self._writer.keep()

    def settle(self) -> None:
        """Keep what is being typed."""
        if self._rest.isActive():
            self._rest.stop()
            self._writer.keep()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.settle()

    def _restyle(self) -> None:
        self.home.setIcon(icon("back", "dim"))
        self.undo.setIcon(icon("undo"))
        self.redo.setIcon(icon("redo"))
        self.record.setIcon(icon("record", "bad"))
        self.trying.setIcon(icon("play", "on_accent"))
