"""A small plot of curves over training steps, with the newest value and its error beside its title, and a legend of its lines.

Values with a standard error have a faint band of one error to either side.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QPainterPath, QResizeEvent
from PySide6.QtWidgets import QGraphicsPathItem, QHBoxLayout, QVBoxLayout, QWidget

from dgm_studio.language import tr
from dgm_studio.protocol.messages import Curve
from dgm_studio.studio.reading.quality import value_said

from ..controls import ComboBox, Tree, dim, format_number, label
from ..controls.numbers import THIN
from ..look import theme
from ..look.plots import Plot
from .curve_legend import CurveLegend, LegendEntry

_STYLES = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine, Qt.PenStyle.DashDotLine)
_DOT_ROOM = 1.04
_BAND_POINTS, _BAND_OPACITY = 200, 60
"""Points of an error band, and its opacity of 255."""
_MOST_AT_ONCE = 30
"""Entries the list of measures shows without scrolling."""


class CurvePlot(QWidget):
    """Curves of one ``token`` of colour, told apart by the style of their line."""

    chosen = Signal(str)

    def __init__(self, title: str, token: str, help: str) -> None:
        super().__init__()
        self._token = token
        self._curves: Mapping[str, Curve] = {}
        self._items: dict[str, pg.PlotDataItem] = {}
        self.bands: dict[str, ErrorBand] = {}
        self.title = label(title, "title")
        self.picker = ComboBox()
        self.picker.setAccessibleName(tr("{title} shown", title=title))
        self.picker.setToolTip(tr("Which measure the curve shows."))
        self.picker.activated.connect(lambda index: self.chosen.emit(self.picker.itemData(index)))
        self.picker.setProperty("kind", "flat")
        self.picker.setSizeAdjustPolicy(ComboBox.SizeAdjustPolicy.AdjustToContents)
        self.picker.hide()
        self.value = dim()
        self._words: list[str] = []
        self._choices: tuple[tuple[tuple[str, str], ...], tuple[str, ...]] = ((), ())
        self.setToolTip(help)
        head_row = QWidget()
        head_row.setFixedHeight(26)
        head = QHBoxLayout(head_row)
        head.setContentsMargins(0, 0, 0, 0)
        head.setSpacing(8)
        head.addWidget(self.title)
        head.addWidget(self.picker)
        head.addStretch(1)
        head.addWidget(self.value)
        self.plot = Plot(title, ground="panel")
        self.plot.setMouseEnabled(x=False, y=False)
        self.plot.setMinimumHeight(56)
        self.plot.item.getAxis("left").setWidth(40)
        self.plot.item.getAxis("bottom").setHeight(18)
        self.floor = pg.InfiniteLine(angle=0, movable=False)
        self.floor.hide()
        self.plot.addItem(self.floor, ignoreBounds=True)
        self.shown_at = pg.InfiniteLine(angle=90, movable=False)
        self.shown_at.hide()
        self.best_at = pg.InfiniteLine(angle=90, movable=False)
        self.best_at.hide()
        for line in (self.shown_at, self.best_at):
            self.plot.addItem(line, ignoreBounds=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(head_row)
        self.legend = CurveLegend()
        column.addWidget(self.legend)
        column.addWidget(self.plot, 1)
        theme.follow(self._restyle)

    @property
    def controls(self) -> Tree:
        return {"shown": self.picker, "curve": self.plot}

    def show_choices(self, choices: Sequence[tuple[str, str]], current: str, breaks: Collection[str] = ()) -> None:
        """Offer curves by (name, title) in place of the title, where there are several; a line before each of ``breaks``."""
        wanted = (tuple(choices), tuple(breaks))
        if wanted != self._choices:
            self._choices = wanted
            self.picker.clear()
            for name, title in choices:
                if name in breaks:
                    self.picker.insertSeparator(self.picker.count())
                self.picker.addItem(title, name)
        self.picker.setMaxVisibleItems(_MOST_AT_ONCE)
        self.picker.setCurrentIndex(max(0, self.picker.findData(current)))
        self.picker.setVisible(len(choices) > 1)
        self.title.setVisible(len(choices) <= 1)

    def show_curves(
        self, curves: Mapping[str, Curve], title: str | None = None, called: Mapping[str, str] | None = None
    ) -> None:
        """Draw curves; their newest values stand beside the title, and the legend has each ``called`` by a word of its own."""
        self._curves = curves
        if title is not None:
            self.title.setText(title)
        for name in [n for n in self._items if n not in curves]:
            self.plot.removeItem(self._items.pop(name))
            self.plot.removeItem(self.bands.pop(name))
        words, entries = [], []
        for index, (name, curve) in enumerate(curves.items()):
            item = self._items.get(name)
            if item is None:
                item = pg.PlotDataItem()
                item.setDownsampling(auto=True, method="peak")
                item.setClipToView(True)
                band = ErrorBand()
                self.plot.addItem(band, ignoreBounds=True)
                self.plot.addItem(item)
                self._items[name], self.bands[name] = item, band
                self._pen(index, name)
            steps, values = finite(curve)
            item.setData(steps, values, symbol="o" if len(steps) == 1 else None)
            self.bands[name].show_curve(curve)
            if len(values):
                number = _newest(values, newest_error(curve))
                word = (called or {}).get(name) or curve.title or name
                entries.append(LegendEntry(word, self._token, _STYLES[index % len(_STYLES)]))
                words.append(f"{number} {curve.unit}".strip() if len(curves) == 1 else f"{word} {number}")
        floors = [c.floor for c in curves.values() if c.floor is not None]
        self.floor.setVisible(bool(floors))
        if floors:
            self.floor.setValue(float(floors[0]))
            words.append(tr("floor {floors}", floors=format_number(floors[0])))
            entries.append(LegendEntry("floor", "dim", Qt.PenStyle.DashLine))
        self.legend.show_entries(entries)
        self._words = words
        self._show_words()
        self._range()

    def _show_words(self) -> None:
        """The newest values, and the floor beside them: as many of these as there is room for beside the whole title."""
        room = self.width() - (self.picker if self.picker.isVisibleTo(self) else self.title).sizeHint().width() - 16
        texts = [" · ".join(self._words[:count]) for count in range(len(self._words), 0, -1)]
        measure = self.value.fontMetrics().horizontalAdvance
        self.value.setText(next((text for text in texts if measure(text) <= room), ""))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_words()

    def show_step(self, step: int | None) -> None:
        """Mark a step of the past; None marks none."""
        self.shown_at.setVisible(step is not None)
        if step is not None:
            self.shown_at.setValue(float(step))

    def show_mark(self, step: int | None) -> None:
        """Mark the step since which a model overfits; None marks none."""
        self.best_at.setVisible(step is not None)
        if step is not None:
            self.best_at.setValue(float(step))

    def _range(self) -> None:
        parts = [finite(c) for c in self._curves.values()]
        parts = [(s, v) for s, v in parts if len(s)]
        for side in ("left", "bottom"):  # an empty plot has nothing to count
            self.plot.item.getAxis(side).setStyle(showValues=bool(parts))
        if not parts:
            return
        last = max(float(s[-1]) for s, _ in parts)
        values = np.concatenate([v for _, v in parts])
        # Early values can be far off: the curve is shown for what it does later.
        low, high = float(values.min()), float(np.quantile(values, 0.99)) if len(values) > 50 else float(values.max())
        for curve in self._curves.values():  # so much of the band as belongs to the newest value is to be seen
            _, drawn = finite(curve)
            if len(drawn) and (error := newest_error(curve)):
                low, high = min(low, float(drawn[-1]) - error), max(high, float(drawn[-1]) + error)
        low = min([low, *(float(c.floor) for c in self._curves.values() if c.floor is not None)])
        pad = 0.06 * (high - low) or max(abs(high) * 0.1, 1e-3)
        room = (
            _DOT_ROOM if any(len(s) == 1 for s, _ in parts) else 1.0
        )  # a single value is a dot, which must not be cut
        self.plot.setXRange(0.0, room * max(last, 1.0), padding=0.0)
        self.plot.setYRange(low - pad, high + pad, padding=0.0)

    def _pen(self, index: int, name: str) -> None:
        colour = theme.tokens().colour(self._token)
        self._items[name].setPen(pg.mkPen(colour, width=1.2 * theme.scale(), style=_STYLES[index % len(_STYLES)]))
        self._items[name].setSymbolBrush(colour)
        faint = QColor(colour)
        faint.setAlpha(_BAND_OPACITY)
        self.bands[name].setBrush(faint)

    def _restyle(self) -> None:
        t = theme.tokens()
        self.floor.setPen(pg.mkPen(t.colour("dim"), width=1, style=Qt.PenStyle.DashLine))
        self.shown_at.setPen(pg.mkPen(t.colour("accent"), width=1))
        self.best_at.setPen(pg.mkPen(t.colour("warn"), width=1, style=Qt.PenStyle.DashLine))
        for index, name in enumerate(self._items):
            self._pen(index, name)


class ErrorBand(QGraphicsPathItem):
    """One standard error to either side of a curve, as one filled shape of few points."""

    def __init__(self) -> None:
        super().__init__()
        self.setPen(pg.mkPen(None))

    def show_curve(self, curve: Curve) -> None:
        """Draw the band of a curve; nothing where it has no errors or fewer than two points."""
        path = QPainterPath()
        if curve.errors is not None and len(curve.errors) == len(curve.values):
            steps, values, errors = (np.asarray(a, float) for a in (curve.steps, curve.values, curve.errors))
            keep = np.flatnonzero(np.isfinite(values) & np.isfinite(errors))
            if len(keep) > 1 and errors[keep].max() > 0:
                keep = keep[np.unique(np.linspace(0, len(keep) - 1, min(len(keep), _BAND_POINTS)).astype(int))]
                x = np.concatenate([steps[keep], steps[keep][::-1]])
                y = np.concatenate([(values + errors)[keep], (values - errors)[keep][::-1]])
                path = pg.arrayToQPath(x, y)
        self.setPath(path)


def newest_error(curve: Curve) -> float:
    """The standard error of the newest value; 0 where there is none."""
    errors = np.asarray(() if curve.errors is None else curve.errors, float)
    return float(errors[-1]) if len(errors) and np.isfinite(errors[-1]) else 0.0


def _newest(values: np.ndarray, error: float) -> str:
    """The newest value, with its error where it has one."""
    value = float(values[-1])
    return value_said(value, error).replace("-", "−").replace(",", THIN) if error > 0 else format_number(value)


def finite(curve: Curve) -> tuple[np.ndarray, np.ndarray]:
    """Steps and values of a curve without what is not a number."""
    steps, values = np.asarray(curve.steps, float), np.asarray(curve.values, float)
    keep = np.isfinite(values)
    return steps[keep], values[keep]
