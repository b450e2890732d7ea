"""The page of a lesson: where it is, its text and cards in a readable measure, and the ways on and back."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QScrollArea, QToolButton, QVBoxLayout, QWidget

from dgm_studio.language import tr
from dgm_studio.lessons.lesson import Explain, Hint, LessonGoal, Prediction, Reveal, Text
from dgm_studio.studio.studio import Studio

from ..binding import bind
from ..controls import Elided, Tree, button, dim, label
from ..look import theme
from ..look.icons import icon
from ..naming import join
from .asking_cards import ExplainCard, HintCard, RevealCard
from .brush import PredictionBrush
from .goal_card import GoalCard
from .page_card import PageCard
from .prediction_card import prediction_card
from .prose import Prose, measure
from .step_dots import StepDots

WIDE = 500
"""Pixels of the panel where there is room."""
_MARGIN = 24


class LessonPanel(QWidget):
    """``slip_asked`` for the result slip; everything else goes to the player."""

    slip_asked = Signal()

    def __init__(self, studio: Studio, brush: PredictionBrush) -> None:
        super().__init__()
        self._studio, self._player, self._brush = studio, studio.lesson, brush
        self.cards: list[PageCard] = []
        self._shown: tuple[object, int] | None = None

        self.home = button(tr("Lessons"), tr("Back to the shelf; what was done is kept."), "link")
        self.home.clicked.connect(self._go_home)
        self.name = Elided("", "dim")
        self.everything = button(
            tr("Show everything"), tr("All panels of the program, or only what this step is about."), "link"
        )
        self.everything.setCheckable(True)
        self.everything.clicked.connect(self._player.show_everything)
        self.over = button(tr("Record over it"), tr("Let this step begin as it is on screen now."), "link")
        self.over.clicked.connect(lambda: studio.commands.run("lesson.record_over"))
        head = QHBoxLayout()
        head.setSpacing(6)
        head.addWidget(self.home)
        head.addWidget(self.name, 1)
        head.addWidget(self.over)
        head.addWidget(self.everything)

        self.dots = StepDots()
        self.dots.chosen.connect(self._player.go)
        self.count = dim()
        self.outline = QToolButton()
        self.outline.setProperty("kind", "flat")
        self.outline.setAccessibleName(tr("Outline"))
        self.outline.setToolTip(tr("All steps of this lesson."))
        self.outline.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._menu = QMenu(self.outline)
        self.outline.setMenu(self._menu)
        where = QHBoxLayout()
        where.setSpacing(8)
        where.addWidget(self.dots)
        where.addWidget(self.count)
        where.addStretch(1)
        where.addWidget(self.outline)

        self.title = label("", "", wrap=True)
        self.body = QWidget()
        self.column = QVBoxLayout(self.body)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(14)
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setWidget(self.body)

        self.back = button(tr("Back"), tr("The step before."))
        self.reset = button(tr("Reset step"), tr("This step as it begins; answers stay."))
        self.next = button(tr("Next"), tr("The next step."), "primary")
        self.slip = button(
            tr("Result slip"), tr("What you predicted and reached, to hand in: JSON or one page as PDF.")
        )
        self.back.clicked.connect(self._player.back)
        self.reset.clicked.connect(self._player.reset)
        self.next.clicked.connect(self._player.next)
        self.slip.clicked.connect(self.slip_asked)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        self.rehearsing = dim()
        self.stop = button(tr("Stop"), tr("Stop rehearsing; the steps that are ready stay so."))
        self.stop.clicked.connect(lambda: studio.rehearsal.stop())
        foot.addWidget(self.rehearsing)
        foot.addWidget(self.back)
        foot.addWidget(self.reset)
        foot.addStretch(1)
        foot.addWidget(self.stop)
        foot.addWidget(self.slip)
        foot.addWidget(self.next)

        whole = QVBoxLayout(self)
        whole.setSpacing(10)
        whole.addLayout(head)
        whole.addLayout(where)
        whole.addWidget(self.title)
        whole.addWidget(self.area, 1)
        whole.addLayout(foot)
        self._whole = whole
        theme.follow(self._restyle)
        bind(self, studio, "lesson", lambda _: self.refresh())
        bind(self, studio, "catalogue", lambda _: self.refresh())
        join(studio.controls, self)
        self.refresh()

    @property
    def controls(self) -> Tree:
        cards = {str(card.number): card.controls for card in self.cards}
        return {
            "lesson": {
                "shelf": self.home,
                "everything": self.everything,
                "record_over": self.over,
                "outline": self.outline,
                "steps": self.dots,
                "back": self.back,
                "reset": self.reset,
                "next": self.next,
                "slip": self.slip,
                "stop": self.stop,
                "block": cards,
            }
        }

    def sizeHint(self) -> QSize:
        return QSize(theme.px(WIDE), theme.px(600))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.px(320), theme.px(300))

    def refresh(self) -> None:
        """Show the step in front."""
        player, step = self._player, self._player.step
        if player.lesson is None or player.record is None or step is None:
            return
        lesson, at = player.lesson, player.at
        if self._shown != (lesson, at):
            self._shown = (lesson, at)
            self._rebuild()
        self.name.setText(lesson.title)
        self.dots.show_steps([each.title for each in lesson.steps], player.record.done, at)
        self.count.setText(tr("{at} of {steps}", at=at + 1, steps=len(lesson.steps)))
        self.back.setEnabled(at > 0)
        last = at == len(lesson.steps) - 1
        self.next.setVisible(not last)
        self.slip.setVisible(last and not player.tried)
        rehearsal = self._studio.rehearsal
        written = player.tried and not rehearsal.under_way
        self.home.setText(tr("Back to writing") if written else tr("Lessons"))
        self.over.setVisible(written)
        for each in (self.back, self.reset, *((self.next,) if not last else ())):
            each.setVisible(not rehearsal.under_way)
        self.rehearsing.setVisible(rehearsal.under_way)
        self.stop.setVisible(rehearsal.under_way)
        self.rehearsing.setText(rehearsal.said)
        self.over.setEnabled(self._studio.commands["lesson.record_over"].enabled())
        self.everything.setChecked(player.everything)
        self.everything.setText(tr("Show less") if player.everything else tr("Show everything"))
        self.everything.setVisible(bool(step.show or step.lock))
        for card in self.cards:
            card.refresh()

    def _go_home(self) -> None:
        """Whoever tries what they write goes back to it."""
        written = self._player.tried and not self._studio.rehearsal.under_way
        (self._player.write if written else self._player.to_shelf)()

    def _rebuild(self) -> None:
        """Make the page of another step."""
        player, step = self._player, self._player.step
        assert player.lesson is not None
        assert step is not None
        self._brush.close()
        self._brush.show(None)
        while self.column.count():
            item = self.column.takeAt(0)
            if item is not None and (widget := item.widget()) is not None:
                widget.setParent(None)
                widget.deleteLater()
        for card in self.cards:
            card.settle()
        self.cards = []
        folder, hints = player.lesson.folder, [block for block in step.blocks if isinstance(block, Hint)]
        for number, block in enumerate(step.blocks):
            made: QWidget | None = None
            if isinstance(block, Text):
                made = Prose()
                made.show_markdown(block.markdown, folder)
            elif isinstance(block, Prediction):
                made = prediction_card(player, number, block, folder, self._brush)
            elif isinstance(block, LessonGoal):
                made = GoalCard(player, number, block, folder, self._studio.catalogue)
            elif isinstance(block, Hint):
                made = HintCard(player, number, hints, folder) if block is hints[0] else None
            elif isinstance(block, Explain):
                made = ExplainCard(player, number, block, folder)
            elif isinstance(block, Reveal):
                made = RevealCard(player, number, block, folder)
            if made is not None:
                self.column.addWidget(made)
            if isinstance(made, PageCard):
                self.cards.append(made)
        self.column.addStretch(1)
        self.title.setText(step.title)
        self._menu.clear()
        for number, each in enumerate(player.lesson.steps):
            action = QAction(f"{number + 1}. {each.title}", self._menu)
            action.triggered.connect(lambda _=False, number=number: player.go(number))
            self._menu.addAction(action)
        bar = self.area.verticalScrollBar()
        bar.setValue(0)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """No line is longer than reads well."""
        margin = theme.px(_MARGIN if self.width() >= theme.px(400) else 14)
        self._whole.setContentsMargins(margin, theme.px(14), margin - 8, theme.px(16))
        self.body.setMaximumWidth(measure() + 12)
        self.column.setContentsMargins(0, 0, 8, 0)

    def _restyle(self) -> None:
        self.home.setIcon(icon("back", "dim"))
        self.outline.setIcon(icon("list", "dim"))
        font = self.font()
        font.setPixelSize(theme.px(21))
        font.setWeight(font.Weight.DemiBold)
        self.title.setFont(font)
        self.title.setStyleSheet(f"font-size: {theme.px(21)}px; font-weight: 600;")
        self._fit()
