"""Forms made from JSON schemas: a config, training settings or the knobs of a sampler become aligned rows.

A number with both bounds becomes a slider with a typed value, one without becomes a field, a choice a combo box, a
truth value a switch. Rows marked ``advanced`` are folded away, those marked ``hidden`` belong to another control.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from dgm_studio.language import tr

from .controls import ChoiceRow, EntryRow, Fold, Pages, Row, SliderRow, SwitchRow, Tree

KEPT = 4
"""Sets of rows that a form keeps: models and workspaces are gone back to."""


class Form(Pages["_Rows"]):
    """``changed(name, value)`` while a row is edited, ``released()`` when a drag has ended."""

    changed = Signal(str, object)
    released = Signal()

    def __init__(self) -> None:
        super().__init__(KEPT)
        self._schema: Mapping[str, Any] | None = None

    @property
    def rows(self) -> Mapping[str, Row]:
        """What is shown, by name."""
        return {} if self.shown is None else self.shown.rows

    @property
    def controls(self) -> Tree:
        fold = None if self.shown is None else self.shown.fold
        return self.rows if fold is None else {**self.rows, "advanced": fold}

    def show_schema(self, schema: Mapping[str, Any] | None) -> None:
        """Show the rows of a schema; those of the last few are kept."""
        if schema == self._schema:
            return
        self._schema = schema
        self.turn(None if schema is None else json.dumps(schema), lambda: self._make(schema or {}))

    def prepare_schema(self, schema: Mapping[str, Any]) -> None:
        """Make the rows of a schema that is going to be shown."""
        self.prepare(json.dumps(schema), lambda: self._make(schema))

    def _make(self, schema: Mapping[str, Any]) -> _Rows:
        rows = _Rows(schema)
        for name, row in rows.rows.items():
            row.changed.connect(lambda value, name=name: self.changed.emit(name, value))
            row.released.connect(self.released)
        return rows

    def show_values(self, values: Mapping[str, Any]) -> None:
        """Show values without emitting them."""
        rows = self.rows
        for name, value in values.items():
            if name in rows:
                rows[name].show_value(value)


class _Rows(QWidget):
    """The rows of one schema, by name; the advanced ones are folded away."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        super().__init__()
        self.rows: dict[str, Row] = {}
        self.fold: Fold | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        folded: list[Row] = []
        for name, field in schema.get("properties", {}).items():
            row = _row(name, resolve(field, schema))
            if row is None:
                continue
            self.rows[name] = row
            if field.get("advanced"):
                folded.append(row)
            else:
                column.addWidget(row)
        if folded:
            self.fold = Fold(tr("Advanced"))
            for row in folded:
                self.fold.body.addWidget(row)
            column.addWidget(self.fold)


def resolve(field: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """A field with its reference followed and an optional type taken for its type."""
    if "$ref" in field:
        target = schema.get("$defs", {}).get(str(field["$ref"]).rsplit("/", 1)[-1], {})
        return {**target, **{k: v for k, v in field.items() if k != "$ref"}}
    for key in ("anyOf", "allOf"):
        for option in field.get(key, ()):
            if option.get("type") != "null":
                rest = {k: v for k, v in field.items() if k != key}
                return resolve({**option, **rest}, schema)
    return field


def row_title(name: str, field: Mapping[str, Any]) -> str:
    """What to call a row: its own title where it has one, else its name in words."""
    words = name.replace("_", " ")
    title = str(field.get("title", ""))
    if not title or title == words.title():
        return words
    return title if title[1:2].isupper() else title[:1].lower() + title[1:]


def _row(name: str, field: Mapping[str, Any]) -> Row | None:
    if field.get("hidden") or "const" in field:
        return None
    title, help = tr(row_title(name, field)), tr(str(field.get("description", "")))
    kind = field.get("type")
    if "enum" in field:
        return ChoiceRow(title, [(value, tr(str(value).replace("_", " "))) for value in field["enum"]], help)
    if kind == "boolean":
        return SwitchRow(title, help)
    if kind in ("integer", "number"):
        low, high = field.get("minimum"), field.get("maximum")
        if low is None or high is None:
            return EntryRow(title, help, int if kind == "integer" else float)
        return SliderRow(
            title,
            low,
            high,
            scale=field.get("scale", "linear"),
            step=field.get("step"),
            unit=field.get("unit", ""),
            integer=kind == "integer",
            help=help,
            zero=tr(field.get("zero", "")),
        )
    return EntryRow(title, help) if kind == "string" else None
