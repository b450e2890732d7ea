"""The measured table as text: Markdown, CSV and LaTeX, from the object that is drawn, with errors and how many repeats."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping

from dgm_studio.language import tr
from dgm_studio.tables.result_table import ResultCell, ResultTable

from ..reading.quality import short_unit, value_said


def figure_said(cell: ResultCell) -> str:
    """A cell in a few words: value, error, unit and kind, or the word that stands in its place."""
    if cell.value is None:
        return cell.kind or "–"
    if cell.unit == "share" and cell.error is None:
        return f"{cell.kind} {round(cell.value * cell.count)}/{cell.count}"
    said = value_said(cell.value, cell.error)
    unit, kind = short_unit(cell.unit), cell.kind.replace("lower bound", "bound")
    return " ".join(part for part in (said, unit, kind) if part)


def markdown(table: ResultTable) -> str:
    """A table of GitHub's Markdown, its provenance and why cells are empty below it."""
    lines = [_row(table.heads), _row(["---"] * len(table.heads))]
    lines += [
        _row([_counted(row.title, len(row.runs)), *(figure_said(row.cells[c]) for c in table.columns)])
        for row in table.rows
    ]
    return "\n".join([*lines, "", *(f"* {text}" for text in notes(table)), ""])


def notes(table: ResultTable) -> list[str]:
    """What belongs under the table: data, budget, where it was made, what stands beside figures, and why cells are empty."""
    beside = [
        f"{row.title}, {table.titles.get(name, name).lower()}: {cell.note}."
        for row in table.rows
        for name, cell in row.cells.items()
        if cell.note
    ]
    about = [f"{name}: {words}." for name, words in table.about.items()]
    return [
        tr("Data: {data}. Budget: {budget}.", data=table.data, budget=table.budget),
        *about,
        *beside,
        *table.reasons,
    ]


def _counted(title: str, n: int) -> str:
    return f"{title} (n = {n})" if n > 1 else title


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def comma_separated(table: ResultTable) -> str:
    """A CSV with a line for each setting: value, error, unit, kind and reason of each column."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    parts = ("", "_error", "_unit", "_kind", "_refused")
    writer.writerow(["model", "n", *(f"{c}{part}" for c in table.columns for part in parts)])
    for row in table.rows:
        cells = (row.cells[c] for c in table.columns)
        figures = [part for cell in cells for part in (cell.value, cell.error, cell.unit, cell.kind, cell.refused)]
        writer.writerow([row.title, len(row.runs), *("" if part is None else part for part in figures)])
    return text.getvalue()


_SPECIAL = {"&": r"\&", "%": r"\%", "_": r"\_", "#": r"\#", "$": r"\$", "±": r"$\pm$", "–": "--", "×": r"$\times$"}


def latex(table: ResultTable) -> str:
    """A ``tabular`` that needs no package, its notes as comments."""
    lines = [r"\begin{tabular}{" + "l" * (1 + len(table.columns)) + "}", r"\hline"]
    lines.append(" & ".join(map(_escaped, table.heads)) + r" \\ \hline")
    for row in table.rows:
        cells = [_counted(row.title, len(row.runs)), *(figure_said(row.cells[c]) for c in table.columns)]
        lines.append(" & ".join(map(_escaped, cells)) + r" \\")
    return "\n".join([*lines, r"\hline", r"\end{tabular}", *(f"% {text}" for text in notes(table)), ""])


def _escaped(text: str) -> str:
    return "".join(_SPECIAL.get(letter, letter) for letter in text)


def plain(table: ResultTable) -> str:
    """Columns of text for a terminal, and what belongs under them."""
    rows = [table.heads]
    rows += [
        [_counted(row.title, len(row.runs)), *(figure_said(row.cells[c]) for c in table.columns)] for row in table.rows
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([*lines, "", *notes(table)])


WRITERS: Mapping[str, Callable[[ResultTable], str]] = {".md": markdown, ".csv": comma_separated, ".tex": latex}
"""By the ending of the file."""
