"""Program: hold the numbers of the program that draws the data and turn them one by one, and infer which drew a picture."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from dgm_studio.language import tr
from dgm_studio.protocol.context import ContextSlot, ContextValues
from dgm_studio.protocol.messages import Array, Inferred, Inferring, Opened, ProgramDrawn
from dgm_studio.studio.painting.canvas import Canvas
from dgm_studio.studio.studio import Studio

from ..binding import bind, bind_run
from ..controls import Elided, Heading, Segmented, SliderRow, Tree, button
from ..look import theme
from ..naming import join
from ..panels.context import ContextRows
from .histogram import Histogram
from .question_view import QuestionView
from .tiles import Tiles

COUNT, DRAWS = 12, 400
SOURCES = (
    ("picked", tr("picked"), tr("Infer the numbers of the picture that is picked above.")),
    ("canvas", tr("canvas"), tr("Infer the numbers of the picture on the canvas.")),
)
_SOON_MS, _SLOTS, _ACROSS, _TILE = 60, 290, 3, 52
_NONE = np.zeros((0, 1, 1), np.uint8)


class ProgramView(QuestionView):
    """Asks about the data of the images run, and about the picture on the ``canvas``."""

    def __init__(self, studio: Studio, canvas: Canvas) -> None:
        super().__init__(studio, "program", _SOON_MS)
        self._canvas = canvas
        self._slots: tuple[ContextSlot, ...] = ()
        self._held: dict[str, float | str] = {}
        self._seed = 0
        self._drawn: ProgramDrawn | None = None
        self._true: dict[str, float] | None = None
        self.rows = ContextRows()
        self.free = button(tr("All free"), tr("Hold no number: each picture has its own."), "link")
        self.others = button(tr("Others"), tr("Draw the numbers that are not held anew."))
        self.drawn = Tiles(tr("Pictures by the program"), columns=COUNT // 2, limit=theme.px(_TILE), align=_LEFT)
        self.drawn.setFixedHeight(2 * theme.px(_TILE) + 8)
        self.source = Segmented(SOURCES, tr("Picture whose numbers are inferred"))
        self.source.show_value("picked")
        self.noise = SliderRow(
            tr("noise"), 0, 1, step=0.25, zero=tr("none"),
            help=tr("Deviation of noise over the picture; 1 is half the way from black to white. Each takes a while to learn."),
        )  # fmt: skip
        self.check = button(
            tr("Check ranks"), tr("Draws from the posterior have true numbers stand anywhere among them.")
        )
        self.said = Elided()
        self.histograms: list[Histogram] = []
        self.again = Tiles(
            tr("Pictures drawn anew by inferred numbers"), columns=COUNT, limit=theme.px(_TILE), align=_LEFT
        )
        self.again.pickable = False
        self.again.setFixedHeight(theme.px(_TILE) + 4)
        self._lay()
        self.rows.changed.connect(self._turned)
        self.free.clicked.connect(self._free_all)
        self.others.clicked.connect(self._draw_others)
        self.drawn.clicked.connect(lambda _: self._infer_picked())
        self.source.chosen.connect(lambda _: self.infer())
        self.noise.changed.connect(lambda _: self.infer())
        self.check.clicked.connect(lambda: self.infer(check=True))
        bind_run(self, studio, Opened, self._opened, "images")
        bind_run(self, studio, ProgramDrawn, self._show_drawn, "images")
        bind_run(self, studio, Inferred, self._show_inferred, "images")
        bind_run(self, studio, Inferring, self._show_learning, "images")
        bind(self, studio, "unanswered", self._unanswered)
        theme.follow(self._restyle)
        opened = studio.runs["images"].opened
        if opened is not None:
            self._opened(opened)
        join(studio.controls, self)

    def _lay(self) -> None:
        slots = QVBoxLayout()
        slots.setSpacing(4)
        slots.addWidget(Heading(tr("Numbers of the program")))
        slots.addWidget(self.rows)
        line = QHBoxLayout()
        for each in (self.free, self.others):
            line.addWidget(each)
        line.addStretch(1)
        slots.addLayout(line)
        slots.addStretch(1)
        self._left = QWidget()
        self._left.setLayout(slots)
        bar = QHBoxLayout()
        bar.setSpacing(12)
        bar.addWidget(self.source)
        bar.addStretch(1)
        bar.addWidget(self.check)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(8)
        right = QVBoxLayout()
        right.setSpacing(8)
        right.addWidget(self.drawn)
        right.addWidget(Heading(tr("Which numbers drew it")))
        right.addLayout(bar)
        right.addWidget(self.noise)
        right.addWidget(self.said)
        right.addWidget(self.again)
        right.addLayout(self._grid)
        right.addStretch(1)
        body = QWidget()
        body.setProperty("surface", "plot")
        across = QHBoxLayout(body)
        across.setContentsMargins(0, 0, 8, 0)
        across.setSpacing(16)
        across.addWidget(self._left, 0, Qt.AlignmentFlag.AlignTop)
        across.addLayout(right, 1)
        self.page = QScrollArea()
        self.page.setWidgetResizable(True)
        self.page.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.page.setFrameShape(QFrame.Shape.NoFrame)
        self.page.setWidget(body)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.page)

    @property
    def controls(self) -> Tree:
        return {
            "program": {
                "hold": self.rows,
                "free": self.free,
                "others": self.others,
                "drawn": self.drawn,
                "source": self.source,
                "noise": self.noise,
                "check": self.check,
                "again": self.again,
            }
        }

    # --- what a person does ---------------------------------------------------------------------------------------------

    @property
    def held(self) -> ContextValues:
        """The numbers that are held."""
        return tuple(self._held.items())

    def infer(self, *, check: bool = False) -> None:
        """Ask which numbers drew the picture that is picked, or the one on the canvas."""
        image = self._image()
        if image is None or not self.in_front:
            return
        self.said.setText(tr("A net learns from pictures and their numbers …"))
        self._studio.ask.infer(image, DRAWS, float(self.noise.value), check=check)

    def _image(self) -> Array | None:
        self._true = None
        if self.source.value == "canvas":
            return np.array(self._canvas.flat)
        picked = self.drawn.picked
        if self._drawn is None or not 0 <= picked < len(self._drawn.x):
            return None
        self._true = {name: float(value[picked]) for name, value in self._drawn.values.items()}
        image: Array = self._drawn.x[picked]
        return image

    def _infer_picked(self) -> None:
        self.source.show_value("picked")
        self.infer()

    def _turned(self, name: str, value: float | str | None) -> None:
        if value is None:
            self._held.pop(name, None)
        else:
            self._held[name] = value
        self.rows.show_label(self.held)
        self.ask_soon()

    def _free_all(self) -> None:
        self._held = {}
        self.rows.show_label(())
        self.ask()

    def _draw_others(self) -> None:
        self._seed += 1
        self.ask()

    def ask(self) -> None:
        """Draw pictures with the numbers that are held."""
        if self._slots and self.in_front:
            self._studio.ask.draw_program(self.held, COUNT, self._seed)

    @property
    def is_new(self) -> bool:
        return self._drawn is None and "draw program" not in self._studio.runs["images"].waiting

    # --- what is shown --------------------------------------------------------------------------------------------------

    def _opened(self, event: Opened) -> None:
        """Another run: its program, of which nothing is held."""
        if event.info.program != self._slots:
            self._slots, self._held = event.info.program, {}
            self.rows.show_slots(self._slots)
            self.rows.show_label(())
        self._drawn = None
        self.drawn.show_images(_NONE)
        self._show_inferred(None)
        self.ask_if_new()

    def _show_drawn(self, drawn: ProgramDrawn) -> None:
        self._drawn = drawn
        self.drawn.show_images(drawn.x)
        if self.source.value == "picked" and self.drawn.picked >= 0:
            self.infer()

    def _show_learning(self, learning: Inferring) -> None:
        self.said.setText(tr("A net learns from pictures and their numbers: {min:.0%}", min=min(1.0, learning.share)))

    def _show_inferred(self, told: Inferred | None) -> None:
        shown: list[tuple[ContextSlot, Array, bool]] = []
        if told is not None:
            shown = [(slot, told.values[slot.name], False) for slot in self._slots]
            if told.ranks is not None:
                shown += [(slot, told.ranks[slot.name], True) for slot in self._slots]
        while len(self.histograms) < len(shown):
            made = Histogram()
            self._grid.addWidget(made, *divmod(len(self.histograms), _ACROSS))
            self.histograms.append(made)
        for i, histogram in enumerate(self.histograms):
            histogram.setVisible(i < len(shown))
        for histogram, (slot, values, ranked) in zip(self.histograms, shown, strict=False):
            if ranked:
                histogram.show_ranks(slot, values)
            else:
                histogram.show_draws(slot, values, None if self._true is None else self._true[slot.name])
        self.again.show_images(_NONE if told is None else told.again)
        self.check.setEnabled(told is not None)
        self._say(told)

    def _say(self, told: Inferred | None) -> None:
        if told is None:
            text = tr("Pick a picture: draws from p(numbers | picture) show what it tells, and what it leaves open.")
        else:
            text = tr(
                "{draws} draws given the picture; below, what {again} of them draw.", draws=DRAWS, again=len(told.again)
            )
            if told.ranks is not None:
                text = tr(
                    "Ranks over {checked} fresh pictures: {ranks_said}",
                    checked=told.checked,
                    ranks_said=ranks_said(list(told.ranks.values())),
                )
        self.said.setText(text)
        self.said.setToolTip(text)

    def _unanswered(self, kind: str) -> None:
        if kind == "infer":
            self._show_inferred(None)

    def _restyle(self) -> None:
        self._left.setFixedWidth(theme.px(_SLOTS))


_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


def ranks_said(counts: Sequence[Array]) -> str:
    """How many of the numbers have even ranks, by the chi-squared statistic at one in a hundred for each."""
    even = 0
    for each in counts:
        expected = each.sum() / len(each)
        even += bool(((each - expected) ** 2 / expected).sum() < _CHI_SQUARED)
    return tr("even within chance for {even} of {counts} numbers.", even=even, counts=len(counts))


_CHI_SQUARED = 18.48
"""Of 7 degrees of freedom at one in a hundred."""
