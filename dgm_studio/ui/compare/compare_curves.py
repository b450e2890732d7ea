"""The curves of a comparison: one measure of all runs in one picture, repeats of a setting as a mean and a band."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt

from dgm_studio.language import tr
from dgm_studio.protocol.messages import Curve
from dgm_studio.studio.compare.standings import mean_curve, repeats
from dgm_studio.studio.session.state import RunState

from ..look import theme
from ..look.plots import Plot
from ..panels.curve_plot import ErrorBand, finite
from .marks import colour_of, marker_of

AXES = (
    ("steps", tr("steps")),
    ("examples", tr("examples")),
    ("seconds", tr("seconds")),
    ("passes", tr("network passes")),
)
"""What curves are drawn over, by name."""
_BAND = 50
"""Opacity of an error band, of 255."""


def per_step(run: RunState, axis: str) -> float | None:
    """What a step of a run is in the unit of an axis; None where it is not known."""
    if axis == "examples" and run.opened is not None:
        return float(run.opened.spec.training.get("batch", 1))
    if axis == "seconds":
        return run.seconds / run.step if run.step else 1.0
    if axis == "passes":
        return float(run.progress.passes) if run.progress is not None and run.progress.passes else None
    return 1.0


class CompareCurves(Plot):
    """Of the runs in ``show_runs``, by slot; colour and marker are the cell's."""

    def __init__(self) -> None:
        super().__init__(tr("Curves of all runs"), ground="panel")
        self._lines: dict[str, tuple[pg.PlotDataItem, ErrorBand]] = {}
        self._means: dict[str, tuple[pg.PlotDataItem, ErrorBand]] = {}
        """Of settings with several seeds, by the slot of their first run."""
        self.setMouseEnabled(x=False, y=False)
        self.item.getAxis("left").setWidth(44)
        self.floor = pg.InfiniteLine(angle=0, movable=False)
        self.floor.hide()
        self.addItem(self.floor, ignoreBounds=True)
        theme.follow(self._restyle)

    def show_runs(self, runs: Mapping[str, RunState], measure: str, axis: str) -> None:
        """Draw a measure of all runs over an axis; of one of which a step's worth is not known there is no curve."""
        for slot in [s for s in self._lines if s not in runs]:
            for item in self._lines.pop(slot):
                self.removeItem(item)
        found: dict[str, tuple[Curve, float]] = {}
        for slot, run in runs.items():
            curve = None if run.curves is None else run.curves.measures.get(measure)
            scale = per_step(run, axis)
            if curve is not None and scale is not None:
                found[slot] = curve, scale
        drawn = []
        for slot in runs:
            line, band = self._line(slot)
            line.setVisible(slot in found)
            band.setVisible(slot in found)
            if slot in found:
                curve, scale = found[slot]
                steps, values = finite(curve)
                line.setData(steps * scale, values, symbol=marker_of(slot), symbolSize=6 * theme.scale())
                line.setSymbolBrush(colour_of(slot))
                line.setSymbolPen(None)
                if curve.errors is not None:
                    band.show_curve(Curve(np.asarray(curve.steps, float) * scale, curve.values, curve.errors))
                drawn.append((steps * scale, values))
        self._show_repeats(runs, found)
        floors = [float(curve.floor) for curve, _ in found.values() if curve.floor is not None]
        self.floor.setVisible(bool(floors))
        if floors:
            self.floor.setValue(floors[-1])
        self._show_range(drawn, floors)

    def _show_repeats(self, runs: Mapping[str, RunState], found: Mapping[str, tuple[Curve, float]]) -> None:
        """Runs that differ in their seed alone: a thick mean, thin members, and the band from the lowest to the highest."""
        specs = {slot: run.opened.spec for slot, run in runs.items() if run.opened is not None}
        there = [[s for s in slots if s in found] for slots in repeats(specs)]
        groups = {slots[0]: slots for slots in there if len(slots) > 1}
        for first in [first for first in self._means if first not in groups]:
            for item in self._means.pop(first):
                self.removeItem(item)
        for slot in self._lines:
            self._pen(slot, thin=any(slot in slots for slots in groups.values()))
        for first, slots in groups.items():
            if first not in self._means:
                self._means[first] = pg.PlotDataItem(), ErrorBand()
                for item in reversed(self._means[first]):
                    self.addItem(item, ignoreBounds=True)
            line, band = self._means[first]
            mean, spread = mean_curve([found[slot][0] for slot in slots])
            scale = found[first][1]
            line.setData(np.asarray(mean.steps) * scale, mean.values)
            band.show_curve(Curve(np.asarray(spread.steps) * scale, spread.values, spread.errors))
            line.setPen(pg.mkPen(colour_of(first), width=3 * theme.scale()))
            band.setBrush(_faint(first))
            for slot in slots:  # what is drawn of their errors would hide how far they lie apart
                self._lines[slot][1].hide()
        self.item.getAxis("left").setLabel(tr("mean, min to max") if groups else "")

    def _line(self, slot: str) -> tuple[pg.PlotDataItem, ErrorBand]:
        if slot not in self._lines:
            line, band = pg.PlotDataItem(), ErrorBand()
            self.addItem(band, ignoreBounds=True)
            self.addItem(line)
            self._lines[slot] = line, band
            self._pen(slot)
        return self._lines[slot]

    def _show_range(self, drawn: list[tuple[np.ndarray, np.ndarray]], floors: list[float]) -> None:
        parts = [(x, y) for x, y in drawn if len(x)]
        for side in ("left", "bottom"):
            self.item.getAxis(side).setStyle(showValues=bool(parts))
        if not parts:
            return
        # what a run did before it had learned anything can be far off: each is shown for what it does later
        late = np.concatenate([y[len(y) // 4 :] for _, y in parts])
        low, high = min(float(late.min()), *floors, float(late.max())), float(late.max())
        pad = 0.08 * (high - low) or max(abs(high) * 0.1, 1e-3)
        self.setXRange(0.0, 1.03 * max(float(x[-1]) for x, _ in parts), padding=0.0)
        self.setYRange(low - pad, high + pad, padding=0.0)

    # --- looks ----------------------------------------------------------------------------------------------------

    def _pen(self, slot: str, thin: bool = False) -> None:
        line, band = self._lines[slot]
        line.setPen(pg.mkPen(colour_of(slot), width=(0.8 if thin else 1.6) * theme.scale()))
        line.setSymbolBrush(colour_of(slot))
        band.setBrush(_faint(slot))

    def _restyle(self) -> None:
        self.floor.setPen(pg.mkPen(theme.tokens().colour("dim"), width=1, style=Qt.PenStyle.DashLine))
        for slot in self._lines:
            self._pen(slot)

    def drawn(self, slot: str) -> tuple[np.ndarray, np.ndarray]:
        """The curve of a run as it is seen: places along the axis, and values."""
        line = self._lines[slot][0]
        x, y = line.getData()
        hidden = x is None or y is None or not line.isVisible()
        return (np.zeros(0), np.zeros(0)) if hidden else (x, y)

    @property
    def drawn_means(self) -> tuple[str, ...]:
        """The first runs of the settings that are drawn as a mean of several seeds."""
        return tuple(self._means)


def _faint(slot: str) -> pg.QtGui.QColor:
    colour = colour_of(slot)
    colour.setAlpha(_BAND)
    return colour
