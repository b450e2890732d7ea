"""The strip below the view: train or pause, the three or four knobs that matter, the family, and a thin curve."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate

import numpy as np
from PySide6.QtCore import QSize
from PySide6.QtGui import QFont, QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QPushButton, QWidget

from dgm_studio.language import tr
from dgm_studio.protocol.messages import Curves, Opened, Progress
from dgm_studio.studio.reading.quality import ranked
from dgm_studio.studio.studio import Studio

from ..binding import bind, bind_run
from ..controls import Elided, Row, SliderRow, Tree, button
from ..look import theme
from ..look.icons import icon
from ..look.plots import Plot
from ..panels.curve_plot import finite
from ..panels.knobs import FAMILY, Knobs

USUAL = ("sampling.steps", "sampling.temperature", "sampling.class", "training.learning_rate", "sampling.sampler")
"""What is offered where no lesson says what matters."""
MOST = 3
"""Knobs beside the family."""
_TYPE, _CURVE = 22, 210
_GAP, _BETWEEN = 24, 28
_AROUND = 2 * _GAP + 64 + _GAP
"""Pixels of margins and of the button that trains."""
_LEAST, _CHOICE, _FIELD = 130, 180, 74
"""Pixels of a knob at the least, of a choice, and of a typed value."""


class PresenterStrip(QFrame):
    """`show_names` says which knobs matter. Everything in it acts at once."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._studio = studio
        self.setProperty("surface", "bar")
        self.train = QPushButton()
        self.train.setProperty("kind", "flat")
        self.train.setAccessibleName(tr("Train"))
        self.train.clicked.connect(studio.toggle_train)
        self.fill = button(tr("Fill"), tr("Let the model generate what is masked (Enter)."), "primary")
        self.fill.clicked.connect(lambda: studio.commands.run("canvas.fill"))
        self.knobs = Knobs(studio, self)
        self.knobs.changed.connect(self._lay_out)
        self._stacks: dict[Row, QWidget] = {}
        self._has_room = True
        """Whether there is room for the curve."""
        self.curve = Plot(tr("A measure while it trains"), ground="panel")
        self.curve.setMouseEnabled(x=False, y=False)
        for side in ("left", "bottom"):
            self.curve.item.hideAxis(side)
        self.curve.setFixedSize(_CURVE, 64)
        self._line = self.curve.item.plot()
        self._row = QHBoxLayout()
        self._row.setSpacing(_BETWEEN)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(24, 10, 24, 10)
        whole.setSpacing(_GAP)
        whole.addWidget(self.train)
        whole.addWidget(self.fill)
        whole.addLayout(self._row, 1)
        whole.addWidget(self.curve)
        theme.follow(self._restyle)
        bind(self, studio, "session", lambda _: self.refresh())
        bind(self, studio, "measure", lambda _: self._show_curve())
        for event in (Opened, Progress):
            bind_run(self, studio, event, lambda _: self.refresh())
        bind_run(self, studio, Curves, lambda _: self._show_curve())

    @property
    def controls(self) -> Tree:
        return {"train": self.train, "fill": self.fill, "curve": self.curve, "knob": dict(self.knobs.rows)}

    def show_names(self, wanted: Callable[[str], bool]) -> None:
        """Which knobs there are; the usual ones where none of the rest is a row."""
        self.knobs.choose(wanted)
        self._lay_out()
        self.refresh()

    def refresh(self) -> None:
        """Show whether it trains."""
        if self.isHidden():
            return
        studio = self._studio
        training = studio.training
        self.train.setIcon(icon("pause" if training else "play", "text"))
        self.train.setAccessibleName(tr("Pause") if training else tr("Train"))
        self.train.setToolTip(f"{self.train.accessibleName()} (T)")
        self.train.setVisible(studio.run.learns or studio.workspace == "compare")
        self.fill.setVisible(studio.workspace == "images" and studio.session.image_view == "paint")
        self._show_curve()

    def _show_curve(self) -> None:
        if self.isHidden():
            return
        curves = self._studio.run.curves
        measures, losses = ({}, {}) if curves is None else (dict(curves.measures), dict(curves.losses))
        name = self._studio.measure if self._studio.measure in measures else next(iter(ranked(measures)), "")
        chosen = measures.get(name)
        if chosen is None or len(chosen.values) < 2:
            chosen = next(iter(losses.values()), chosen)
        steps, values = (np.empty(0), np.empty(0)) if chosen is None else finite(chosen)
        self._line.setData(steps, values)
        self.curve.setVisible(len(values) > 1 and self._has_room)
        self.curve.setToolTip("" if chosen is None else chosen.title or "loss")

    def _lay_out(self) -> None:
        """The knobs side by side, each with its name and value above its slider."""
        named = sorted(self.knobs.rows.items(), key=lambda item: _rank(item[0]))
        others = [row for name, row in named if name != FAMILY][:MOST]
        family = [row for name, row in self.knobs.rows.items() if name == FAMILY]
        rows = self._fitting(others, family)
        for row in self.knobs.rows.values():
            if row not in self._stacks:
                row.setParent(self)
                self._stacks[row] = _Stack(row, self)
        for row in [row for row in self._stacks if row not in self.knobs.rows.values()]:
            self._stacks.pop(row).deleteLater()
        while self._row.count():
            self._row.takeAt(0)
        for row, stack in self._stacks.items():
            row.hide()
            stack.setVisible(row in rows)
        for row in rows:
            self._row.addWidget(self._stacks[row], self._wide(row))

    def _fitting(self, others: Sequence[Row], family: Sequence[Row]) -> list[Row]:
        """As many of the others as have room beside the family for their names as a whole, one at least; the curve gives way
        where there would be fewer than two."""
        if self.width() <= 200:  # not laid out yet
            return [*others, *family]
        room = self.width() - _AROUND - sum(self._wide(row) for row in family)
        counts = [_count([self._wide(row) for row in others], room - taken) for taken in (_CURVE + _GAP, 0)]
        self._has_room = counts[0] >= min(2, len(others))
        self._show_curve()
        return [*others[: max(1, counts[0] if self._has_room else counts[1])], *family]

    def _wide(self, row: Row) -> int:
        """What a knob takes with its name, its value and the gap before the next."""
        font = QFont(self.font())
        font.setPixelSize(_TYPE)
        slides = isinstance(row, SliderRow)
        named = QFontMetrics(font).horizontalAdvance(row.title) + 8 + (_FIELD if slides else 0)
        return max(_LEAST if slides else _CHOICE, named) + _BETWEEN

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self._lay_out()

    def _restyle(self) -> None:
        t = theme.tokens()
        self.setStyleSheet(
            f'QFrame[surface="bar"] {{ border-top: 1px solid {t.line}; border-bottom: none; }}'
            f"QLabel, QLineEdit, QComboBox {{ font-size: {_TYPE}px; }} QLineEdit {{ border: none; background: transparent;"
            f" font-weight: 600; padding: 0; }} QComboBox {{ min-height: 38px; }}"
            f"QSlider {{ min-height: 30px; }} QSlider::handle:horizontal {{ width: 22px; height: 22px; margin: -9px 0;"
            f" border-radius: 11px; }} QPushButton {{ font-size: {_TYPE}px; min-height: 44px; }}"
        )
        self.train.setIconSize(QSize(44, 44))
        self.train.setFixedSize(64, 64)
        self._line.setPen({"color": t.colour("model"), "width": 2.0})
        self.refresh()


def _count(widths: Sequence[int], room: int) -> int:
    """How many, from the first on, fit into a room."""
    return sum(total <= room for total in accumulate(widths))


def _rank(name: str) -> int:
    return USUAL.index(name) if name in USUAL else len(USUAL)


def usual(name: str) -> bool:
    """The knobs that matter where no lesson says so, and the family."""
    return name in USUAL or name.startswith(f"{FAMILY}.")


class _Stack(QWidget):
    """The parts of a row over one another; the row goes on working, where nobody sees it."""

    def __init__(self, row: Row, parent: QWidget) -> None:
        super().__init__(parent)
        self._made_of = row
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(0, 1)
        grid.addWidget(Elided(row.title, ""), 0, 0)
        if isinstance(row, SliderRow):
            grid.addWidget(row.field, 0, 1)
        grid.addWidget(row.entry, 1, 0, 1, 2)
        theme.follow(self._fit)

    def _fit(self) -> None:
        """A value is no wider than it has to be: its name needs the room."""
        if isinstance(self._made_of, SliderRow):
            self._made_of.field.setFixedWidth(_FIELD)
