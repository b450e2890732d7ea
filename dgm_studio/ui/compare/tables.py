"""The tables of a comparison: a row for each measure or setting, a column for each run."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QBrush
from PySide6.QtWidgets import QTableWidgetItem

from dgm_studio.language import tr
from dgm_studio.studio.compare.comparison import letter
from dgm_studio.studio.compare.published import SOURCE, published
from dgm_studio.studio.compare.results import results
from dgm_studio.studio.compare.standings import Difference, differences, standings
from dgm_studio.studio.compare.writing import figure_said
from dgm_studio.studio.reading.quality import short_unit, value_said
from dgm_studio.studio.studio import Studio
from dgm_studio.tables.result_table import COLUMNS

from ..controls import WordTable, format_number
from .marks import colour_of

_CLAIMS = {
    "training": tr(
        "Whether training came to something: its samples are nearer to the data than those of one Gaussian."
    ),
    "likelihood": tr("On held-out data, with its kind: exact, a bound, an estimate; cannot where the model has none."),
    "sampling": tr("Samples a second on this machine. A double click shows what quality more or fewer passes give."),
    "compression": tr("Bytes of a file without loss, where the model can write one; else what its latents lose."),
    "representation": tr("How often a linear probe reads the class off the latent of a held-out example."),
}
"""The five columns of the lectures' table."""
_MARKS = {True: "✓", False: "✗", None: "?"}
"""Whether what is published agrees with what was measured."""


class _ByRun(WordTable):
    """A column for every run."""

    def head(self, studio: Studio, first: str) -> list[str]:
        """A column for every run under its letter and family; returns their slots."""
        runs = studio.comparison.runs
        self.setColumnCount(1 + len(runs))
        self.setHorizontalHeaderItem(0, QTableWidgetItem(first))
        for column, slot in enumerate(runs, start=1):
            title = studio.catalogue.family_title(studio.session.spec(slot).family)
            item = QTableWidgetItem(f"{letter(slot)}  {title}")
            item.setForeground(QBrush(colour_of(slot)))
            self.setHorizontalHeaderItem(column, item)
        return list(runs)


class MeasuredTable(_ByRun):
    """What courses say of models, as it was measured here or why it was not; then every measure of every run with its error and
    step, bold what no other run clearly beats. A double click on a figure of sampling, or Enter: ``passes_asked``.
    """

    passes_asked = Signal()

    def __init__(self) -> None:
        super().__init__(tr("Measures of all runs"))
        self.published = False
        """Whether what is published stands behind what was measured."""
        self._claims: list[str] = []
        self.setToolTip(
            tr("Bold: no other run is better by more than two standard errors. Grey: of another step or setting.")
        )
        self.cellDoubleClicked.connect(self._opened)
        self.activated.connect(lambda index: self._opened(index.row(), index.column()))

    def show_comparison(self, studio: Studio) -> None:
        slots = self.head(studio, "measure")
        rows = standings(studio.comparison.runs, studio.session, studio.catalogue)
        table = results(studio)
        self._claims = claims = [name for name in COLUMNS if name in table.columns]
        self.setRowCount(len(claims) + len(rows))
        for at, name in enumerate(claims):
            self.write(at, 0, name, help=_CLAIMS[name])
            for column, (slot, record) in enumerate(zip(slots, table.runs, strict=True), start=1):
                cell = record.cells[name]
                said, about_it = figure_said(cell), cell.refused or cell.note
                if self.published:
                    family = studio.catalogue.family(record.family)
                    claim = published(
                        "" if family is None else family.group, name, cell, studio.comparison.runs[slot].measured
                    )
                    said += "" if claim is None else f"   {_MARKS[claim.agrees]} {claim.says}"
                    about_it += (
                        tr("\n{source} says nothing of this branch.", source=SOURCE)
                        if claim is None
                        else f"\n{SOURCE}: {claim.says}."
                    )
                self.write(at, column, said, help=about_it.strip(), faded=cell.value is None)
        for at, row in enumerate(rows, start=len(claims)):
            unit = short_unit(row.unit)
            about = studio.catalogue.measure(row.name)
            self.write(at, 0, f"{row.title} ({unit})" if unit else row.title, help="" if about is None else about.help)
            for column, slot in enumerate(slots, start=1):
                found = row.readings[slot]
                if found is None or found.value is None:
                    self.write(at, column, "–", faded=True)
                    continue
                step = "" if found.step is None else tr("at step {step}", step=format_number(found.step, integer=True))
                said = value_said(found.value, found.error)
                aged = found.age.faded
                self.write(
                    at, column, said, help=found.age.word or step, strong=slot in row.best and not aged, faded=aged
                )

    def _opened(self, row: int, column: int) -> None:
        if column and 0 <= row < len(self._claims) and self._claims[row] == "sampling":
            self.passes_asked.emit()


class SettingsTable(_ByRun):
    """Only what differs; a double click, or Enter, ``copied`` (key, slot): the value goes to all the others."""

    copied = Signal(str, str)

    def __init__(self) -> None:
        super().__init__(tr("Settings in which the runs differ"))
        self.setToolTip(tr("Double-click a value to give it to all runs."))
        self._rows: Sequence[Difference] = ()
        self._slots: Sequence[str] = ()
        self.cellDoubleClicked.connect(self._copy)
        self.activated.connect(lambda index: self._copy(index.row(), index.column()))

    def show_comparison(self, studio: Studio) -> None:
        self._slots = self.head(studio, "setting")
        specs = {s: r.opened.spec for s, r in studio.comparison.runs.items() if r.opened is not None}
        self._rows = differences(specs)
        self.setRowCount(len(self._rows))
        for at, row in enumerate(self._rows):
            self.write(at, 0, row.title, help=row.key)
            for column, slot in enumerate(self._slots, start=1):
                value = row.values.get(slot)
                self.write(at, column, "–" if slot not in row.values else _said(value), faded=slot not in row.values)

    def _copy(self, row: int, column: int) -> None:
        if 0 <= row < len(self._rows) and 1 <= column <= len(self._slots):
            slot = self._slots[column - 1]
            if slot in self._rows[row].values:
                self.copied.emit(self._rows[row].key, slot)


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, int | float):
        return format_number(value, integer=isinstance(value, int))
    return "none" if value is None else str(value)
