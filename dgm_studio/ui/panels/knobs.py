"""Knobs: rows of the panels once more, in another place, such as the few that matter in a lesson or in front of a class.

A knob shows what its row shows and does what that does, whether or not the panel is on screen.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal
from shiboken6 import isValid

from dgm_studio.language import tr
from dgm_studio.lessons.facts import KNOBS
from dgm_studio.protocol.messages import Opened
from dgm_studio.protocol.spec import DataChoice
from dgm_studio.studio.controls import Control
from dgm_studio.studio.studio import Studio

from ..binding import bind, bind_run
from ..controls import ChoiceRow, Row
from .gallery import DRAWN

FAMILY, DATA = "model.family", "data.set"
"""Names of the two choices that panels have cards for and knobs a row."""


class Knobs(QObject):
    """The knobs that ``wanted(name)`` says yes to. ``changed`` when there are others than before; rows are the caller's to lay
    out, and go when they are gone from here.
    """

    changed = Signal()

    def __init__(self, studio: Studio, parent: QObject) -> None:
        super().__init__(parent)
        self._studio = studio
        self._wanted: Callable[[str], bool] = lambda _: False
        self.rows: dict[str, Row] = {}
        self._of: dict[str, weakref.ref[Row]] = {}
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self.refresh)
        for topic in ("session", "workspace", "catalogue"):
            bind(self, studio, topic, lambda _: self._soon.start(0))
        bind_run(self, studio, Opened, lambda _: self._soon.start(0))
        bind_run(self, studio, "edited", lambda _: self._soon.start(0))

    def choose(self, wanted: Callable[[str], bool]) -> None:
        """Which names are to be seen."""
        self._wanted = wanted
        self.refresh()

    def refresh(self) -> None:
        """Show what the rows show now."""
        there = self._there()
        kept = {name: row for name, row in self.rows.items() if name in there and self._is_of(name, there[name])}
        gone = [row for name, row in self.rows.items() if name not in kept]
        rows: dict[str, Row] = {}
        for name, source in there.items():
            rows[name] = kept[name] if name in kept else self._made(name, source)
        same = list(rows) == list(self.rows) and not gone
        self.rows = rows
        for name, source in there.items():
            if isinstance(source, Row):
                _copy(source, rows[name])
        self._show_choices()
        if not same:
            self.changed.emit()
        for row in gone:
            row.setParent(None)
            row.deleteLater()

    def _there(self) -> dict[str, Row | None]:
        """What is wanted and can be used now, by name, the two choices first."""
        found: dict[str, Row | None] = {}
        for name, control in self._studio.controls.offered():
            if name.partition(".")[0] not in KNOBS:
                continue
            for choice in (DATA, FAMILY):
                if name.startswith(f"{choice}.") and choice not in found and self._wanted(name):
                    found[choice] = None
            row = _row_of(control)
            if row is not None and not row.isHidden() and self._wanted(name):
                found[name] = row
        return dict(sorted(found.items(), key=lambda item: item[1] is not None))

    def _is_of(self, name: str, source: Row | None) -> bool:
        return source is None or ((there := self._of.get(name)) is not None and there() is source)

    def _made(self, name: str, source: Row | None) -> Row:
        if source is None:
            return self._choice(name)
        made, there = source.twin(), weakref.ref(source)
        self._of[name] = there

        def pass_on(value: object) -> None:
            row = there()
            if row is not None and isValid(row):
                row.show_value(value)
                row.changed.emit(value)

        def let_go() -> None:
            row = there()
            if row is not None and isValid(row):
                row.released.emit()

        made.changed.connect(pass_on)
        made.released.connect(let_go)
        return made

    def _choice(self, name: str) -> Row:
        studio = self._studio
        if name == FAMILY:
            made = ChoiceRow(tr("family"), help=tr("Another model of the same data."))
            made.changed.connect(studio.choose_family)
        else:
            made = ChoiceRow(tr("data"), help=tr("Other data for the same family."))
            made.changed.connect(lambda data: studio.choose_data(DataChoice(name=data)))
        return made

    def _show_choices(self) -> None:
        studio, kind = self._studio, self._studio.kind
        family, data = self.rows.get(FAMILY), self.rows.get(DATA)
        if isinstance(family, ChoiceRow):
            fitting = [each for each in studio.catalogue.families if each.accepts.get(kind) is None]
            family.show_options([(each.name, each.title, each.help) for each in fitting])
            family.show_value(studio.spec.family)
        if isinstance(data, ChoiceRow):
            sources = [s for s in studio.catalogue.data if s.kind == kind and s.name != DRAWN and not s.from_file]
            data.show_options([(each.name, each.title, each.help) for each in sources])
            data.show_value(studio.spec.data.name)


def _row_of(control: Control) -> Row | None:
    widget = getattr(control, "widget", None)
    return widget if isinstance(widget, Row) else None


def _copy(source: Row, row: Row) -> None:
    """Show in one row what another one shows."""
    if isinstance(source, ChoiceRow) and isinstance(row, ChoiceRow):
        row.show_options([(value, title) for value, title in source.options.items()])
    row.setEnabled(source.isEnabled())
    row.show_value(source.value)
