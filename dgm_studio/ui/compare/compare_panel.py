"""Below a comparison: the curves of all runs in one picture, the measured table, and the settings in which they differ."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QMenu, QStackedWidget, QVBoxLayout, QWidget

from dgm_studio.protocol.messages import Curve, Curves, History, Measured, Opened, Progress
from dgm_studio.studio.compare.comparison import letter
from dgm_studio.studio.compare.results import provenance, results
from dgm_studio.studio.compare.standings import mean_curve, repeats
from dgm_studio.studio.compare.table_files import FORMS_SAID, write_table
from dgm_studio.studio.compare.writing import WRITERS
from dgm_studio.studio.reading.quality import by_topic, ranked
from dgm_studio.studio.studio import Studio

from ..binding import bind
from ..controls import ComboBox, Elided, QuietSlider, Segmented, Tree, button, format_number
from ..look import theme
from ..look.plots import Plot
from ..naming import join
from ..panels.curve_plot import ErrorBand, finite
from .marks import colour_of, marker_of
from .sweep_view import SweepView
from .tables import MeasuredTable, SettingsTable

_VIEWS = (
    ("curves", "Curves", "One measure of all runs as they train."),
    ("table", "Table", "What was measured of every run, with errors."),
    ("settings", "Settings", "The settings in which the runs differ."),
    ("sweep", "Sweep", "A knob of every run over a range against a measure."),
)
_AXES = (("steps", "steps"), ("examples", "examples"), ("seconds", "seconds"))
_BAND = 50
"""Opacity of an error band, of 255."""


class ComparePanel(QWidget):
    """Follows the cells of the session while the comparison is in front. ``image_asked``: the pictures are to be saved."""

    image_asked = Signal()

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._studio = studio
        self._lines: dict[str, tuple[pg.PlotDataItem, ErrorBand]] = {}
        self._means: dict[str, tuple[pg.PlotDataItem, ErrorBand]] = {}
        """Of settings with several seeds, by the slot of their first run."""
        self.view = Segmented(_VIEWS, "What is shown of the comparison")
        self.view.chosen.connect(self._choose)
        self.view.show_value("curves")
        self.measure = ComboBox()
        self.measure.setAccessibleName("Measure shown")
        self.measure.activated.connect(lambda _: studio.show_measure(self.measure.currentData()))
        self.axis = ComboBox()
        self.axis.setAccessibleName("Curves over")
        self.axis.setToolTip("Seconds are those of training alone, at the rate of each run on the whole.")
        for name, title in _AXES:
            self.axis.addItem(f"over {title}", name)
        for box in (self.measure, self.axis):
            box.setSizeAdjustPolicy(ComboBox.SizeAdjustPolicy.AdjustToContents)
        self.axis.activated.connect(lambda _: self._show_curves())
        self.history = QuietSlider()
        self.history.setAccessibleName("Training history of all")
        self.history.setToolTip("Show every run as it was at the nearest step it kept.")
        self.history.setRange(0, 1000)
        self.history.setMinimumWidth(theme.px(48))
        self.history.setMaximumWidth(theme.px(220))
        self.history.valueChanged.connect(self._scrubbed)
        self.take = button("Take away", "The table as Markdown, CSV, LaTeX or a picture; the runs as one picture.")
        self.take.clicked.connect(lambda: self.show_menu(self.take.mapToGlobal(self.take.rect().topLeft())))
        self.again = button("Measure all", "Compute every measure of every run now.")
        self.again.clicked.connect(studio.comparison.measure_all)
        self.again.hide()  # beside the table alone: there is hardly room beside the curves
        self.when = Elided()
        self.when.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.live = button("Live", "Show the newest weights of every run.")
        self.live.clicked.connect(self._go_live)
        head = QHBoxLayout()
        head.setSpacing(8)
        for widget in (self.view, self.measure, self.axis):
            head.addWidget(widget)
        for each in (self.when, self.history, self.live, self.again, self.take):
            head.addWidget(each, 1 if each is self.when else 0)

        self.plot = Plot("Curves of all runs", ground="panel")
        self.plot.setMouseEnabled(x=False, y=False)
        self.plot.item.getAxis("left").setWidth(44)
        self.floor = pg.InfiniteLine(angle=0, movable=False)
        self.floor.hide()
        self.plot.addItem(self.floor, ignoreBounds=True)
        self.table = MeasuredTable()
        self.settings = SettingsTable()
        self.settings.copied.connect(studio.comparison.copy_setting)
        self.stack = QStackedWidget()
        self.sweep = SweepView(studio)
        self.about = Elided()
        self.about.setToolTip("Where the figures are from.")
        measured = QWidget()
        inner = QVBoxLayout(measured)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(4)
        inner.addWidget(self.table, 1)
        inner.addWidget(self.about)
        for page in (self.plot, measured, self.settings, self.sweep):
            self.stack.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(6)
        column.addLayout(head)
        column.addWidget(self.stack, 1)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(100)
        self._soon.timeout.connect(self.refresh)
        theme.follow(self._restyle)
        for event in (Opened, Curves, Measured, History, Progress):
            bind(self, studio, event, lambda _: self._later())
        for topic in ("session", "workspace", "measure", "edited"):
            bind(self, studio, topic, lambda _: self._later())
        join(studio.controls, self)

    @property
    def controls(self) -> Tree:
        return {
            "comparison": {
                "view": self.view,
                "measure": self.measure,
                "axis": self.axis,
                "history": self.history,
                "live": self.live,
                "measure_all": self.again,
                "take_away": self.take,
                "table": self.table,
                "settings": self.settings,
                "curves": self.plot,
                "sweep": self.sweep,
            }
        }

    def _later(self) -> None:
        """Several runs say much at once: it is shown together."""
        if self._studio.workspace == "compare" and not self._soon.isActive():
            self._soon.start()

    def _choose(self, view: str) -> None:
        self.view.show_value(view)
        self.refresh()

    def refresh(self) -> None:
        """Show the page that is chosen."""
        view = self.view.value
        self.stack.setCurrentIndex([name for name, *_ in _VIEWS].index(view))
        self.measure.setVisible(view in ("curves", "sweep"))
        self.axis.setVisible(view == "curves")
        self.again.setVisible(view == "table")
        self._show_history()
        if view == "curves":
            self._show_curves()
        elif view == "sweep":
            self.sweep.show_measure(self._offer_measures()[1])
        elif view == "table":
            self.table.show_comparison(self._studio)
            self.about.setText(provenance(results(self._studio)))
        else:
            self.settings.show_comparison(self._studio)

    # --- curves ---------------------------------------------------------------------------------------------------

    def _show_curves(self) -> None:
        runs = self._studio.comparison.runs
        known, chosen = self._offer_measures()
        for slot in [s for s in self._lines if s not in runs]:
            for item in self._lines.pop(slot):
                self.plot.removeItem(item)
        drawn = []
        for slot, run in runs.items():
            curve = None if run.curves is None else run.curves.measures.get(chosen)
            line, band = self._line(slot)
            line.setVisible(curve is not None)
            band.setVisible(curve is not None)
            if curve is not None:
                steps, values = finite(curve)
                per_step = self._per_step(slot)
                line.setData(steps * per_step, values, symbol=marker_of(slot), symbolSize=6 * theme.scale())
                line.setSymbolBrush(colour_of(slot))
                line.setSymbolPen(None)
                if curve.errors is not None:
                    band.show_curve(Curve(np.asarray(curve.steps, float) * per_step, curve.values, curve.errors))
                drawn.append((steps * per_step, values))
        self._show_repeats(chosen)
        floors = [c.floor for c in known.values() if c is known.get(chosen) and c.floor is not None]
        self.floor.setVisible(bool(floors))
        if floors:
            self.floor.setValue(float(floors[0]))
        self._range(drawn, floors)

    def _show_repeats(self, chosen: str) -> None:
        """Runs that differ in their seed alone: a thick mean, thin members, and the band from the lowest to the highest."""
        runs = self._studio.comparison.runs
        specs = {slot: run.opened.spec for slot, run in runs.items() if run.opened is not None}
        groups = {}
        for slots in repeats(specs):
            found = [
                (s, c.measures[chosen]) for s in slots if (c := runs[s].curves) is not None and chosen in c.measures
            ]
            if len(found) > 1:
                groups[slots[0]] = found
        for first in [first for first in self._means if first not in groups]:
            for item in self._means.pop(first):
                self.plot.removeItem(item)
        for slot in self._lines:
            self._pen(slot, thin=any(slot in dict(found) for found in groups.values()))
        for first, found in groups.items():
            if first not in self._means:
                self._means[first] = pg.PlotDataItem(), ErrorBand()
                for item in reversed(self._means[first]):
                    self.plot.addItem(item, ignoreBounds=True)
            line, band = self._means[first]
            mean, spread = mean_curve([curve for _, curve in found])
            per_step = self._per_step(first)
            line.setData(np.asarray(mean.steps) * per_step, mean.values)
            band.show_curve(Curve(np.asarray(spread.steps) * per_step, spread.values, spread.errors))
            line.setPen(pg.mkPen(colour_of(first), width=3 * theme.scale()))
            faint = colour_of(first)
            faint.setAlpha(_BAND)
            band.setBrush(faint)
            for slot, _ in found:  # what is drawn of their errors would hide how far they lie apart
                self._lines[slot][1].hide()
        self.plot.item.getAxis("left").setLabel("mean, min to max" if groups else "")

    def _offer_measures(self) -> tuple[dict[str, Curve], str]:
        """Every measure that some run has, and the one that is shown."""
        known: dict[str, Curve] = {}
        for run in self._studio.comparison.runs.values():
            known.update({} if run.curves is None else run.curves.measures)
        names = [name for topic in by_topic(known) for name in topic]
        common = self._studio.comparison.measure
        chosen = common if common in known else next(iter(ranked(known)), "")
        self._offer([(name, known[name].title or name) for name in names], chosen)
        return known, chosen

    def _offer(self, choices: list[tuple[str, str]], chosen: str) -> None:
        there = [(self.measure.itemData(i), self.measure.itemText(i)) for i in range(self.measure.count())]
        if there != choices:
            self.measure.clear()
            for name, title in choices:
                self.measure.addItem(title, name)
        self.measure.setCurrentIndex(max(0, self.measure.findData(chosen)))

    def _per_step(self, slot: str) -> float:
        """What a step of a run is in the unit of the axis."""
        run = self._studio.runs[slot]
        if self.axis.currentData() == "examples" and run.opened is not None:
            return float(run.opened.spec.training.get("batch", 1))
        if self.axis.currentData() == "seconds" and run.step:
            return run.seconds / run.step
        return 1.0

    def _line(self, slot: str) -> tuple[pg.PlotDataItem, ErrorBand]:
        if slot not in self._lines:
            line, band = pg.PlotDataItem(), ErrorBand()
            self.plot.addItem(band, ignoreBounds=True)
            self.plot.addItem(line)
            self._lines[slot] = line, band
            self._pen(slot)
        return self._lines[slot]

    def _range(self, drawn: list[tuple[np.ndarray, np.ndarray]], floors: list[float]) -> None:
        parts = [(x, y) for x, y in drawn if len(x)]
        for side in ("left", "bottom"):
            self.plot.item.getAxis(side).setStyle(showValues=bool(parts))
        if not parts:
            return
        # what a run did before it had learned anything can be far off: each is shown for what it does later
        late = np.concatenate([y[len(y) // 4 :] for _, y in parts])
        low, high = float(late.min()), float(late.max())
        low = min([low, *(float(f) for f in floors)])
        pad = 0.08 * (high - low) or max(abs(high) * 0.1, 1e-3)
        self.plot.setXRange(0.0, 1.03 * max(float(x[-1]) for x, _ in parts), padding=0.0)
        self.plot.setYRange(low - pad, high + pad, padding=0.0)

    # --- history --------------------------------------------------------------------------------------------------

    @property
    def _last(self) -> int:
        return max((run.step for run in self._studio.comparison.runs.values()), default=0)

    def _show_history(self) -> None:
        shown = [r.history.shown for r in self._studio.comparison.runs.values() if r.history is not None]
        past = [step for step in shown if step is not None]
        if not past and not self.history.isSliderDown():
            blocked = self.history.blockSignals(True)
            self.history.setValue(1000)
            self.history.blockSignals(blocked)
        last = format_number(self._last, integer=True)
        self.when.setText(
            f"near step {format_number(max(past), integer=True)} of {last}" if past else f"step {last} · live"
        )
        self.live.setEnabled(bool(past))

    def _go_live(self) -> None:
        self.history.setValue(1000)
        self._studio.comparison.rewind(None)  # a run may have been rewound by itself, with the slider at its end

    def _scrubbed(self, position: int) -> None:
        self._studio.comparison.rewind(None if position >= 1000 else round(self._last * position / 1000))

    # --- taking away ----------------------------------------------------------------------------------------------

    def show_menu(self, at: QPoint) -> QMenu:
        """What can be taken away, in which form."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Copy the table as Markdown", lambda: self._copy(".md"))
        menu.addAction("Copy the table as LaTeX", lambda: self._copy(".tex"))
        menu.addAction("Save the table", self._save_table)
        menu.addSeparator()
        menu.addAction("Save the pictures", lambda: self.image_asked.emit())
        menu.popup(at)
        return menu

    def _copy(self, ending: str) -> None:
        theme.application().clipboard().setText(WRITERS[ending](results(self._studio)))
        self._studio.notify("info", "The table is on the clipboard.")

    def _save_table(self) -> None:
        kinds = ";;".join(("Markdown (*.md)", "CSV (*.csv)", "LaTeX (*.tex)", "JSON (*.json)", "Picture (*.png)"))
        name, _ = QFileDialog.getSaveFileName(self, "Save the table", "comparison.md", kinds)
        if name:
            self.save_table(Path(name))

    def save_table(self, path: Path) -> None:
        """Write the table in the form that the ending of the file says; a notice says what came of it."""
        ending = path.suffix.lower()
        try:
            written = write_table(results(self._studio), path)
        except OSError as error:
            self._studio.notify("bad", f"The table was not saved: {error}.", "Choose another folder.")
            return
        if written:
            self._studio.notify("info", f"Saved {path.name}.")
        else:
            self._studio.notify("warn", f"A table is not saved as {ending or 'a file without ending'}.", FORMS_SAID)

    # --- looks ----------------------------------------------------------------------------------------------------

    def _pen(self, slot: str, thin: bool = False) -> None:
        line, band = self._lines[slot]
        line.setPen(pg.mkPen(colour_of(slot), width=(0.8 if thin else 1.6) * theme.scale()))
        line.setSymbolBrush(colour_of(slot))
        faint = colour_of(slot)
        faint.setAlpha(_BAND)
        band.setBrush(faint)

    def _restyle(self) -> None:
        self.floor.setPen(pg.mkPen(theme.tokens().colour("dim"), width=1, style=Qt.PenStyle.DashLine))
        for slot in self._lines:
            self._pen(slot)

    def drawn(self, slot: str) -> tuple[np.ndarray, np.ndarray]:
        """The curve of a run as it is seen: places along the axis, and values."""
        x, y = self._lines[slot][0].getData()
        return (np.zeros(0), np.zeros(0)) if x is None or y is None else (x, y)

    @property
    def drawn_means(self) -> tuple[str, ...]:
        """The first runs of the settings that are drawn as a mean of several seeds."""
        return tuple(self._means)

    def describe(self) -> list[str]:
        """The newest value of every run in words, for who cannot see the curves."""
        said = []
        for slot, run in self._studio.comparison.runs.items():
            curve: Any = None if run.curves is None else run.curves.measures.get(self.measure.currentData())
            if curve is not None and len(curve.values):
                said.append(f"{letter(slot)}: {curve.title} {float(curve.values[-1]):.3g}")
        return said
