"""Below a comparison: the curves of all runs in one picture, the measured table, and the settings in which they differ."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QMenu, QStackedWidget, QVBoxLayout, QWidget

from dgm_studio.language import tr
from dgm_studio.protocol.messages import Curve, Curves, History, Measured, Opened, Progress
from dgm_studio.studio.compare.comparison import letter
from dgm_studio.studio.compare.published import SOURCE
from dgm_studio.studio.compare.results import provenance, results
from dgm_studio.studio.compare.table_files import FORMS_SAID, write_table
from dgm_studio.studio.compare.writing import WRITERS
from dgm_studio.studio.reading.command_line import command_lines
from dgm_studio.studio.reading.quality import by_topic, ranked
from dgm_studio.studio.studio import Studio

from ..binding import bind
from ..controls import Chip, ComboBox, Elided, QuietSlider, Segmented, Tree, button, format_number
from ..look import theme
from ..naming import join
from .compare_curves import AXES, CompareCurves
from .sweep_view import STEPS, SweepView
from .tables import MeasuredTable, SettingsTable

_VIEWS = (
    ("curves", tr("Curves"), tr("One measure of all runs as they train.")),
    ("table", tr("Table"), tr("What was measured of every run, with errors.")),
    ("settings", tr("Settings"), tr("The settings in which the runs differ.")),
    ("sweep", tr("Sweep"), tr("A knob of every run over a range against a measure.")),
)


class ComparePanel(QWidget):
    """Follows the cells of the session while the comparison is in front. ``image_asked``: the pictures are to be saved."""

    image_asked = Signal()

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._studio = studio
        self.view = Segmented(_VIEWS, tr("What is shown of the comparison"))
        self.view.chosen.connect(self._choose)
        self.view.show_value("curves")
        self.measure = ComboBox()
        self.measure.setAccessibleName(tr("Measure shown"))
        self.measure.activated.connect(lambda _: studio.show_measure(self.measure.currentData()))
        self.axis = ComboBox()
        self.axis.setAccessibleName(tr("Curves over"))
        self.axis.setToolTip(
            tr(
                "Seconds are those of training alone, at the rate of each run on the whole. Network passes are counted in a "
                "step of training; of a run that was opened and not trained since they are not known."
            )
        )
        for name, title in AXES:
            self.axis.addItem(tr("over {title}", title=title), name)
        for box in (self.measure, self.axis):
            box.setSizeAdjustPolicy(ComboBox.SizeAdjustPolicy.AdjustToContents)
        self.axis.activated.connect(lambda _: self.refresh())
        self.history = QuietSlider()
        self.history.setAccessibleName(tr("Training history of all"))
        self.history.setToolTip(tr("Show every run as it was at the nearest step it kept."))
        self.history.setRange(0, 1000)
        self.history.setMinimumWidth(theme.px(48))
        self.history.setMaximumWidth(theme.px(220))
        self.history.valueChanged.connect(self._scrubbed)
        self.take = button(
            tr("Take away"), tr("The table as Markdown, CSV, LaTeX or a picture; the runs as one picture.")
        )
        self.take.clicked.connect(lambda: self.show_menu(self.take.mapToGlobal(self.take.rect().topLeft())))
        self.again = button(tr("Measure all"), tr("Compute every measure of every run now."))
        self.again.clicked.connect(studio.comparison.measure_all)
        self.lecture = Chip(
            tr("lectures"), tr("Put what courses say beside what was measured: {source}.", source=SOURCE)
        )
        self.lecture.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.lecture.toggled.connect(self._show_published)
        for beside in (self.again, self.lecture):
            beside.hide()  # beside the table alone: there is hardly room beside the curves
        self.when = Elided()
        self.when.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.live = button(tr("Live"), tr("Show the newest weights of every run."))
        self.live.clicked.connect(self._go_live)
        head = QHBoxLayout()
        head.setSpacing(8)
        for widget in (self.view, self.measure, self.axis):
            head.addWidget(widget)
        for each in (self.when, self.history, self.live, self.lecture, self.again, self.take):
            head.addWidget(each, 1 if each is self.when else 0)

        self.curves = CompareCurves()
        self.table = MeasuredTable()
        self.table.passes_asked.connect(self._sweep_passes)
        self.settings = SettingsTable()
        self.settings.copied.connect(studio.comparison.copy_setting)
        self.stack = QStackedWidget()
        self.sweep = SweepView(studio)
        self.about = Elided()
        self.about.setToolTip(tr("Where the figures are from."))
        measured = QWidget()
        inner = QVBoxLayout(measured)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(4)
        inner.addWidget(self.table, 1)
        inner.addWidget(self.about)
        for page in (self.curves, measured, self.settings, self.sweep):
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
        theme.follow(self._later)  # cells of the tables have colours of their own
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
                "lectures": self.lecture,
                "take_away": self.take,
                "table": self.table,
                "settings": self.settings,
                "curves": self.curves,
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

    def _show_published(self, on: bool) -> None:
        self.table.published = on
        self.refresh()

    def _sweep_passes(self) -> None:
        """Quality against passes: the sampler's steps of every run, over a range, against the measure in front."""
        self._choose("sweep")
        self.sweep.begin(STEPS)

    def refresh(self) -> None:
        """Show the page that is chosen."""
        view = self.view.value
        self.stack.setCurrentIndex([name for name, *_ in _VIEWS].index(view))
        self.measure.setVisible(view in ("curves", "sweep"))
        self.axis.setVisible(view == "curves")
        for each in (self.again, self.lecture):
            each.setVisible(view == "table")
        self._show_history()
        if view == "curves":
            self.curves.show_runs(self._studio.comparison.runs, self._offer_measures()[1], str(self.axis.currentData()))
        elif view == "sweep":
            self.sweep.show_measure(self._offer_measures()[1])
        elif view == "table":
            self.table.show_comparison(self._studio)
            self.about.setText(provenance(results(self._studio)))
        else:
            self.settings.show_comparison(self._studio)

    # --- measures ---------------------------------------------------------------------------------------------------

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
            tr("near step {max} of {last}", max=format_number(max(past), integer=True), last=last)
            if past
            else tr("step {last} · live", last=last)
        )
        self.live.setVisible(bool(past))

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
        menu.addAction(tr("Copy the table as Markdown"), lambda: self._copy(".md"))
        menu.addAction(tr("Copy the table as LaTeX"), lambda: self._copy(".tex"))
        menu.addAction(tr("Copy the runs as command lines"), self._copy_commands)
        menu.addAction(tr("Save the table"), self._save_table)
        menu.addSeparator()
        menu.addAction(tr("Save the pictures"), lambda: self.image_asked.emit())
        menu.popup(at)
        return menu

    def _copy(self, ending: str) -> None:
        theme.application().clipboard().setText(WRITERS[ending](results(self._studio)))
        self._studio.notify("info", tr("The table is on the clipboard."))

    def _copy_commands(self) -> None:
        """What trains and samples every run again, each under the letter of its cell."""
        lines: list[str] = []
        for slot, run in self._studio.comparison.runs.items():
            if run.opened is not None:
                classes = tuple(run.opened.info.classes)
                lines += command_lines(run.opened.spec, run.step, classes, f"{letter(slot)}-{run.opened.spec.family}")
        theme.application().clipboard().setText("\n".join(lines))
        self._studio.notify("info", tr("The commands that train and sample every run again are on the clipboard."))

    def _save_table(self) -> None:
        kinds = ";;".join(
            (tr("Markdown (*.md)"), tr("CSV (*.csv)"), tr("LaTeX (*.tex)"), tr("JSON (*.json)"), tr("Picture (*.png)"))
        )
        name, _ = QFileDialog.getSaveFileName(self, tr("Save the table"), "comparison.md", kinds)
        if name:
            self.save_table(Path(name))

    def save_table(self, path: Path) -> None:
        """Write the table in the form that the ending of the file says; a notice says what came of it."""
        ending = path.suffix.lower()
        try:
            written = write_table(results(self._studio), path)
        except OSError as error:
            self._studio.notify(
                "bad", tr("The table was not saved: {error}.", error=error), tr("Choose another folder.")
            )
            return
        if written:
            self._studio.notify("info", tr("Saved {name}.", name=path.name))
        else:
            self._studio.notify(
                "warn",
                tr("A table is not saved as {ending}.", ending=ending or tr("a file without ending")),
                FORMS_SAID,
            )

    def describe(self) -> list[str]:
        """The newest value of every run in words, for who cannot see the curves."""
        said = []
        for slot, run in self._studio.comparison.runs.items():
            curve: Any = None if run.curves is None else run.curves.measures.get(self.measure.currentData())
            if curve is not None and len(curve.values):
                said.append(f"{letter(slot)}: {curve.title} {float(curve.values[-1]):.3g}")
        return said
