"""The card of conditioning in the plane: the model's law of one coordinate beside the exact one, and how far apart they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from dgm_studio.language import tr
from dgm_studio.protocol.messages import ConditionalSliceResult, RegionResult, SamplerInfo

from ..controls import ChoiceRow, Segmented, Tree, button, dim, format_number, label
from ..look import theme
from ..look.plots import Plot

MODES = (
    ("line", tr("line"), tr("One coordinate is known exactly: the model answers by a method of filling a mask.")),
    ("band", tr("band"), tr("One coordinate is known to lie in a band: samples of the model that fall into it.")),
    ("region", tr("region"), tr("Draw a region by hand: samples of the model that fall into it.")),
)
_BINS = 40
_HEIGHT = 120
_REJECTION = "rejection"
_BY_REJECTION = tr("Rejection from the model (exact for it)")
"""How a band and a region are answered, whatever the family: they have positive probability."""
_TABLE_HELP = tr("Wasserstein distance of each method's samples from the exact law, and the seconds it took.")
_KEY = tr("Bars are samples, the dashed line the truth, the other line the model's own law where it has a density.")


class GivenCard(QWidget):
    """Emits what is to be asked; shows the newest answer. What is chosen stands on top and stays where it is."""

    mode_chosen = Signal(str)
    axis_chosen = Signal(int)
    method_chosen = Signal(object)
    all_asked = Signal()
    """Every method is to answer, one after the other."""
    closed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.title = label(tr("Conditioning"), "title")
        self.close_button = button(tr("Close"), tr("Put the line away (C)."), "link")
        self.close_button.clicked.connect(self.closed)
        head = QHBoxLayout()
        head.addWidget(self.title)
        head.addStretch(1)
        head.addWidget(self.close_button)
        self.mode = Segmented(MODES, tr("What is known"))
        self.mode.chosen.connect(self.mode_chosen)
        self.axis = Segmented(
            (("0", "x₁", tr("The first coordinate is known.")), ("1", "x₂", tr("The second is known."))), tr("Known")
        )
        self.axis.chosen.connect(lambda name: self.axis_chosen.emit(int(name)))
        choice, known = QHBoxLayout(), QHBoxLayout()
        known.setSpacing(8)
        self._known = dim(tr("known"))
        choice.addWidget(self.mode)
        known.addWidget(self._known)
        known.addWidget(self.axis)
        choice.addStretch(1)
        known.addStretch(1)
        self.method = ChoiceRow(
            tr("by"), help=tr("The way in which the model is made to agree with what is known."), long=True
        )
        self.method.changed.connect(self.method_chosen)
        self.plot = Plot(tr("The conditional law"), ground="panel")
        self.plot.setMouseEnabled(x=False, y=False)
        self.plot.item.hideAxis("left")
        self.plot.item.getAxis("bottom").setStyle(showValues=False)
        self.plot.setToolTip(_KEY)
        self._titles: dict[str, str] = {}
        self._told: dict[str, tuple[ConditionalSliceResult, float]] = {}
        self.bars = pg.BarGraphItem(x=[], height=[], width=1)
        self.truth = pg.PlotDataItem()
        self._model = pg.PlotDataItem()
        for item in (self.bars, self.truth, self._model):
            self.plot.item.addItem(item)
        self.key = dim("")
        self.sentence = dim("", wrap=True)
        self.busy = dim("")
        self.busy.hide()
        self.table = dim("")
        self.table.setTextFormat(Qt.TextFormat.RichText)
        self.table.setAccessibleName(tr("Distances by method"))
        self.table.setToolTip(_TABLE_HELP)
        self.every = button(
            tr("All methods"), tr("Ask every method about this place, and compare their distances."), "link"
        )
        self.every.clicked.connect(self.all_asked)
        foot = QHBoxLayout()
        foot.addWidget(self.busy, 1)
        foot.addWidget(self.every, 0, Qt.AlignmentFlag.AlignRight)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 16)
        column.setSpacing(8)
        for layout in (head, choice, known):
            column.addLayout(layout)
        for widget in (self.method, self.plot, self.key, self.sentence, self.table):
            column.addWidget(widget)
        column.addLayout(foot)
        theme.follow(self._restyle)

    @property
    def controls(self) -> Tree:
        return {
            "known": self.mode,
            "coordinate": self.axis,
            "method": self.method,
            "all_methods": self.every,
            "law": self.plot,
            "close": self.close_button,
        }

    def show_methods(self, methods: Sequence[SamplerInfo], chosen: str) -> None:
        self._titles = {w.name: w.title for w in methods}
        self.method.show_options([(w.name, f"{w.title} · {tr(w.honesty)}", w.help) for w in methods])
        self.method.show_value(chosen)
        self.method.setEnabled(bool(methods))

    def show_mode(self, mode: str, axis: int) -> None:
        self.mode.show_value(mode)
        self.axis.show_value(str(axis))
        for each in (self._known, self.axis):
            each.setVisible(mode != "region")
        self.method.setVisible(mode == "line")
        self.plot.setVisible(mode != "region")
        self._show_table()

    def say(self, text: str) -> None:
        """A sentence while there is no answer."""
        self.sentence.setText(text)

    def show_asking(self, method: str | None) -> None:
        """Which way is being asked, by name; "" the model itself, None: nobody is."""
        self.busy.setText(
            "" if method is None else tr("asking {value} …", value=self._titles.get(method, tr("the model")))
        )
        self.busy.setVisible(method is not None)

    def clear(self) -> None:
        """Another place or another coordinate: no law that was shown is the one that is asked for."""
        self._told = {}
        self.bars.setOpts(x0=[], width=1, height=[], y0=0)
        self.truth.setData([], [])
        self._model.setData([], [])
        self.plot.item.getAxis("bottom").setStyle(showValues=False)
        self.title.setText(tr("Conditioning"))
        self.key.setText("")
        self._show_table()

    def show_method(self, told: ConditionalSliceResult, seconds: float) -> None:
        """Add a method's distance to the table, or replace it; those about another place go."""
        about = (told.axis, told.low, told.high, told.step)
        same = {name: row for name, row in self._told.items() if about == _about(row[0])}
        self._told = {**same, told.method: (told, seconds)}
        self._show_table()

    def _show_table(self) -> None:
        on_line = not self.method.isHidden()
        self.every.setVisible(on_line and len(self._titles) > 1)
        listed = on_line and len(self._told) > 1
        self.table.setText(table(list(self._told.values()), self._titles))
        self.table.setVisible(listed)
        self.sentence.setHidden(listed)  # the table says it of every method
        self.key.setVisible(not (listed or self.plot.isHidden()))

    def show_conditioned(self, told: ConditionalSliceResult) -> None:
        free, known = ("x₂", "x₁") if told.axis == 0 else ("x₁", "x₂")
        at = (
            format_number(told.low)
            if told.low == told.high
            else tr("{low} to {high}", low=format_number(told.low), high=format_number(told.high))
        )
        self.title.setText(f"p({free} | {known} = {at})")
        low, high = float(told.grid[0]), float(told.grid[-1])
        counts, edges = np.histogram(told.samples, bins=_BINS, range=(low, high))
        heights = counts * _BINS / ((high - low) * max(1, counts.sum()))  # none of a model that has run off are in view
        self.bars.setOpts(x0=edges[:-1], width=(high - low) / _BINS, height=heights, y0=0)
        self.truth.setData(told.grid, told.truth if told.truth is not None else np.full(len(told.grid), np.nan))
        self._model.setData(told.grid, told.model if told.model is not None else np.full(len(told.grid), np.nan))
        drawn = np.concatenate([np.ravel(v) for v in (heights, told.truth, told.model) if v is not None])
        top = float(drawn.max(initial=1e-6, where=np.isfinite(drawn)))
        self.plot.item.getViewBox().setRange(xRange=(low, high), yRange=(0.0, 1.05 * top), padding=0)
        self.plot.item.getAxis("bottom").setStyle(showValues=True)
        laws = ((tr("dashed truth"), told.truth), (tr("line model's own"), told.model))
        self.key.setText(" · ".join([tr("bars samples"), *(word for word, law in laws if law is not None)]))
        self.sentence.setText(conditioned_said(told, self._titles.get(told.method, told.method.capitalize())))

    def show_confined(self, told: RegionResult) -> None:
        self.title.setText(tr("Within the region"))
        self.sentence.setText(confined_said(told))

    def _restyle(self) -> None:
        t = theme.tokens()
        self.plot.setFixedHeight(theme.px(_HEIGHT))
        self.bars.setOpts(brush=t.colour("model", 0.45), pen=None)
        self.truth.setPen(pg.mkPen(t.colour("text"), width=1.5, style=Qt.PenStyle.DashLine))
        self._model.setPen(pg.mkPen(t.colour("model"), width=1.5))


def _about(told: ConditionalSliceResult) -> tuple[object, ...]:
    """What was known, and to which state of the model."""
    return told.axis, told.low, told.high, told.step


def table(rows: Sequence[tuple[ConditionalSliceResult, float]], titles: Mapping[str, str]) -> str:
    """Method, distance from the exact law and seconds as rich text, the nearest first; and how near true samples are."""
    known = sorted(rows, key=lambda row: np.inf if row[0].distance is None else row[0].distance)
    lines = [
        (
            titles.get(told.method, told.method),
            "–" if told.distance is None else f"{told.distance:.3f}",
            f"{seconds:.2f} s",
        )
        for told, seconds in known
    ]
    floor = next((told.floor for told, _ in known if told.floor is not None), None)
    if floor is not None:
        lines.append((tr("true samples"), f"{floor:.3f}", ""))
    cells = "".join(
        f"<tr><td>{name}</td><td align=right style='padding-left:16px'>{distance}</td>"
        f"<td align=right style='padding-left:16px'>{seconds}</td></tr>"
        for name, distance, seconds in lines
    )
    return f"<table cellspacing=0>{cells}</table>"


def conditioned_said(told: ConditionalSliceResult, title: str) -> str:
    """How far the answer is from the exact law; ``title`` names the method."""
    method = f"{title} ({tr(told.honesty)})" if told.method != _REJECTION else _BY_REJECTION
    if told.distance is None or told.floor is None:
        return tr("{method}: the true law is not known here, so the answer cannot be checked.", method=method)
    return tr(
        "{method}: Wasserstein distance {distance:.3f} from the exact law; {samples} true "
        "samples are {floor:.3f} away.",
        method=method,
        distance=told.distance,
        samples=len(told.samples),
        floor=told.floor,
    )


def confined_said(told: RegionResult) -> str:
    """How much of the model lies there, and how it compares."""
    said = tr(
        "{by_rejection}: {share:.1%} (± {value:.1%}) of the model lies here",
        by_rejection=_BY_REJECTION,
        share=told.share,
        value=2 * told.error,
    )
    if told.true_share is not None:
        said += tr(", {true_share:.1%} of the truth", true_share=told.true_share)
    if told.distance is not None and told.floor is not None:
        said += tr(
            ". Inside, samples are {distance:.3f} from true ones; true ones {floor:.3f} from each other",
            distance=told.distance,
            floor=told.floor,
        )
    return f"{said}."
