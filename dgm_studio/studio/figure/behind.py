"""The numbers behind a figure, as an archive of arrays or, where they are one table, as CSV."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np

from dgm_studio import atomic
from dgm_studio.language import tr
from dgm_studio.protocol.messages import Array, Curve

from ..session.session import Session
from ..session.state import RunState
from .choice import BadFigure


def write_numbers(path: Path, run: RunState, session: Session, view: str) -> None:
    """Write what a view shows of a run: ``.npz`` holds every array with a name, ``.csv`` points or curves. Raises BadFigure for
    another ending or where there is no table, OSError.
    """
    arrays, buffer = numbers(run, session, view), io.BytesIO()
    if path.suffix.lower() == ".npz":
        np.savez_compressed(buffer, allow_pickle=False, **arrays)
    elif path.suffix.lower() == ".csv":
        buffer.write(_table(arrays, view).encode())
    else:
        raise BadFigure(tr("{name} does not end in .npz or .csv: name it so.", name=path.name))
    atomic.write(path, buffer.getvalue())


def numbers(run: RunState, session: Session, view: str) -> dict[str, Array]:
    """Arrays by name: curves as ``<name>.step``, ``.value`` and ``.error``; samples (n, *event) with their classes; of the
    plane each field with its extent (left, right, bottom, top).
    """
    if view in ("loss", "quality"):
        curves = {} if run.curves is None else dict(run.curves.losses if view == "loss" else run.curves.measures)
        return {f"{name}.{part}": array for name, curve in curves.items() for part, array in _parts(curve).items()}
    found: dict[str, Array] = {}
    for name, event in (("samples", run.samples), ("data", run.data)):
        if event is not None:
            found[name] = event.x
            if event.labels is not None:
                found[f"{name}.class"] = event.labels
    for name, field in run.fields.items():
        if name in session.layers:
            found[f"{name}.field"], found[f"{name}.extent"] = field.values, np.asarray(field.extent, np.float64)
    return found


def _parts(curve: Curve) -> dict[str, Array]:
    errors = {} if curve.errors is None else {"error": np.asarray(curve.errors)}
    return {"step": np.asarray(curve.steps), "value": np.asarray(curve.values), **errors}


def _table(arrays: dict[str, Array], view: str) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    if view in ("loss", "quality"):
        writer.writerow(["curve", "step", "value", "error"])
        for name in dict.fromkeys(key.rpartition(".")[0] for key in arrays):
            errors = arrays.get(f"{name}.error", np.full(len(arrays[f"{name}.value"]), np.nan))
            rows = zip(arrays[f"{name}.step"].tolist(), arrays[f"{name}.value"].tolist(), errors.tolist(), strict=True)
            writer.writerows([name, int(step), value, "" if error != error else error] for step, value, error in rows)
        return text.getvalue()
    tables = {name: x for name, x in arrays.items() if name in ("samples", "data") and x.ndim == 2 and x.shape[1] == 2}
    if not tables:
        raise BadFigure(tr("These numbers are no table of points: name the file .npz."))
    writer.writerow(["of", "x", "y", "class"])
    for name, x in tables.items():
        labels = arrays.get(f"{name}.class")
        classes = [""] * len(x) if labels is None else labels.tolist()
        writer.writerows([name, *point, y] for point, y in zip(x.tolist(), classes, strict=True))
    return text.getvalue()
