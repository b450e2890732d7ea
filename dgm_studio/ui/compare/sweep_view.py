"""A sweep on screen: which knob over which range, a line for each run, and a click on a point to go there."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from dgm_studio.language import tr
from dgm_studio.studio.compare.sweep import Knob
from dgm_studio.studio.studio import Studio

from ..binding import bind
from ..controls import ComboBox, EntryRow, Tree, button, dim, parse_number
from ..look import theme
from ..look.plots import Plot
from .marks import colour_of, marker_of

STEPS = "sampling.steps"
"""The knob that says how many passes a sample takes, of samplers that have it."""
_POINTS = 6


class SweepView(QWidget):
    """Asks `Studio.sweeping`; ``measure`` is the one that is drawn."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._studio = studio
        self._measure = ""
        self._knobs: list[Knob] = []
        self._lines: dict[str, pg.PlotDataItem] = {}
        self.knob = ComboBox()
        self.knob.setAccessibleName(tr("Knob to sweep"))
        self.knob.setToolTip(
            tr("Of the sampler: the runs as they are. Of model or training: trained anew at each value.")
        )
        self.knob.setSizeAdjustPolicy(ComboBox.SizeAdjustPolicy.AdjustToContents)
        self.knob.activated.connect(lambda _: self._show_bounds())
        self.low = EntryRow(tr("from"), tr("The lowest value."))
        self.high = EntryRow(tr("to"), tr("The highest value."))
        self.count = EntryRow(tr("points"), tr("How many values are tried."), int)
        self.count.show_value(_POINTS)
        self.start = button(tr("Sweep"), tr("Measure every run at each value; stop at any time."), "primary")
        self.start.clicked.connect(self.toggle)
        self.said = dim()
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.knob)
        for row in (self.low, self.high, self.count):
            row.field.setMinimumWidth(theme.px(56))
            head.addWidget(row)
        head.addWidget(self.start)
        head.addWidget(self.said, 1)
        self.plot = Plot(tr("Sweep"), ground="panel")
        self.plot.setMouseEnabled(x=False, y=False)
        self.plot.item.getAxis("left").setWidth(44)
        self.floor = pg.InfiniteLine(angle=0, movable=False)
        self.floor.hide()
        self.plot.addItem(self.floor, ignoreBounds=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(head)
        column.addWidget(self.plot, 1)
        theme.follow(self._restyle)
        bind(self, studio, "sweep", lambda _: self.refresh())

    @property
    def controls(self) -> Tree:
        return {"knob": self.knob, "from": self.low, "to": self.high, "points": self.count, "start": self.start}

    def show_measure(self, name: str) -> None:
        """Draw this measure."""
        self._measure = name
        self.refresh()

    def refresh(self) -> None:
        """Show what can be swept, and the points there are."""
        sweeping = self._studio.sweeping
        knobs = sweeping.knobs()
        if [k.key for k in knobs] != [k.key for k in self._knobs]:
            chosen = self.knob.currentData()
            self._knobs = knobs
            self.knob.clear()
            for knob in knobs:
                part = {"sampling": "", "config": "model: ", "training": "training: "}[knob.key.partition(".")[0]]
                self.knob.addItem(f"{part}{knob.title}", knob.key)
            self.knob.setCurrentIndex(max(0, self.knob.findData(chosen)))
            self._show_bounds()
        self.start.setText(tr("Stop") if sweeping.running else tr("Sweep"))
        self.start.setEnabled(bool(knobs))
        done, of = sweeping.progress
        refused = next((p.refused for points in sweeping.points.values() for p in reversed(points) if p.refused), "")
        self.said.setText(tr("{done} of {of} points", done=done, of=of) if sweeping.running else refused)
        self._draw()

    def begin(self, key: str) -> None:
        """Sweep a knob over the range that is proposed, unless it is swept already or no run has it."""
        sweeping = self._studio.sweeping
        self.refresh()
        place = self.knob.findData(key)
        if place < 0:
            self._studio.notify("info", tr("No run here draws its samples in steps that can be chosen."))
            return
        under_way = sweeping.knob is not None and sweeping.knob.key == key and (sweeping.running or sweeping.points)
        self.knob.setCurrentIndex(place)
        if not under_way:
            self._show_bounds()
            sweeping.stop()
            self.toggle()

    def toggle(self) -> None:
        """Begin, or stop what is under way."""
        sweeping, knob = self._studio.sweeping, self._chosen
        if sweeping.running:
            sweeping.stop()
        elif knob is not None:
            low, high = parse_number(str(self.low.value)), parse_number(str(self.high.value))
            sweeping.start(
                knob,
                knob.low if low is None else low,
                knob.high if high is None else high,
                int(self.count.value or _POINTS),
            )

    @property
    def _chosen(self) -> Knob | None:
        return next((k for k in self._knobs if k.key == self.knob.currentData()), None)

    def _show_bounds(self) -> None:
        """A range that is worth a look: that of the knob, but no more than a hundredfold."""
        knob = self._chosen
        if knob is not None:
            high = min(knob.high, 64.0) if knob.integer and knob.log else knob.high
            self.low.show_value(f"{knob.low:g}")
            self.high.show_value(f"{high:g}")

    def _draw(self) -> None:
        sweeping = self._studio.sweeping
        for slot in [s for s in self._lines if s not in sweeping.points]:
            self.plot.removeItem(self._lines.pop(slot))
        floors: list[float] = []
        log = sweeping.knob is not None and sweeping.knob.log
        self.plot.setLogMode(x=log, y=False)
        seen: list[float] = []
        for slot, points in sweeping.points.items():
            there = sorted((p.value, p.values[self._measure]) for p in points if self._measure in p.values)
            pairs = [(x, v["value"]) for x, v in there if v["value"] is not None]
            floors += [float(v["floor"]) for _, v in there if v["floor"] is not None]
            line = self._line(slot)
            line.setLogMode(log, False)
            line.setData(np.array([x for x, _ in pairs], float), np.array([y for _, y in pairs], float))
            seen += [float(y) for _, y in pairs if y is not None and np.isfinite(y)]
        self.floor.setVisible(bool(floors))
        if floors:
            self.floor.setValue(float(np.mean(floors)))
            seen.append(float(np.mean(floors)))
        for side in ("left", "bottom"):
            self.plot.item.getAxis(side).setStyle(showValues=bool(seen))
        if seen:
            pad = 0.08 * (max(seen) - min(seen)) or 1e-3
            self.plot.setYRange(min(seen) - pad, max(seen) + pad, padding=0.0)
            self.plot.item.enableAutoRange("x")

    def _line(self, slot: str) -> pg.PlotDataItem:
        if slot not in self._lines:
            line = pg.PlotDataItem(symbol=marker_of(slot), symbolSize=8)
            line.sigPointsClicked.connect(lambda _, points, *__: self._clicked(slot, points))
            self.plot.addItem(line)
            self._lines[slot] = line
            self._pen(slot)
        return self._lines[slot]

    def _clicked(self, slot: str, points: Any) -> None:
        knob = self._studio.sweeping.knob
        if len(points) and knob is not None:
            at = float(points[0].pos().x())
            value = 10**at if knob.log else at
            known = [p.value for p in self._studio.sweeping.points.get(slot, ())]
            if known:
                self._studio.sweeping.go(slot, min(known, key=lambda v: abs(v - value)))

    def _pen(self, slot: str) -> None:
        line = self._lines[slot]
        line.setPen(pg.mkPen(colour_of(slot), width=1.6 * theme.scale()))
        line.setSymbolBrush(colour_of(slot))
        line.setSymbolPen(None)

    def _restyle(self) -> None:
        self.floor.setPen(pg.mkPen(theme.tokens().colour("dim"), width=1, style=Qt.PenStyle.DashLine))
        for slot in self._lines:
            self._pen(slot)
