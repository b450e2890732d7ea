"""The verbs draw and infer: the program behind a run's data forwards, with numbers held, and backwards, from a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from dgm_studio.api.job import RUN, BadInput
from dgm_studio.protocol import messages as m
from dgm_studio.protocol.context import ContextSlot, parsed
from dgm_studio.studio.files.export import mosaic

from . import output
from .job import result
from .reading import fit_picture, open_run

_ACROSS = 12


def _value(slot: ContextSlot, number: float) -> float | str:
    return slot.values[int(number)] if slot.values else float(number)


def draw_pictures(run: Path, hold: str, count: int, seed: int, out: Path | None, as_json: bool) -> None:
    if out is not None:
        output.check_target(out, (".png",))
    model = open_run(run, "cpu")
    opened = model.opened
    slots = opened.info.program
    try:
        held = parsed(hold, slots) if hold else ()
    except ValueError as error:
        raise BadInput(str(error)) from None
    told = model.ask(m.DrawProgram(RUN, 1, held, count, seed), m.ProgramDrawn)
    if out is not None:
        output.write_picture(out, mosaic(told.x, min(count, _ACROSS)))
    rows = [{slot.name: _value(slot, told.values[slot.name][i]) for slot in slots} for i in range(count)]
    lines = [", ".join(f"{k} {v if isinstance(v, str) else format(v, '.3g')}" for k, v in row.items()) for row in rows]
    result(
        {**({} if out is None else {"out": str(out)}), "n": count, "held": dict(held), "numbers": rows},
        as_json,
        "\n".join(lines),
    )


def infer_numbers(
    run: Path, image: Path, count: int, noise: float, ranks: bool, seed: int, out: Path | None, as_json: bool
) -> None:
    if out is not None:
        output.check_target(out, (".png",))
    model = open_run(run, "cpu")
    opened = model.opened
    if opened.info.kind != "images":
        raise BadInput(
            f"This run is on {opened.info.kind}, which no program draws. Choose a run on turtle, shapes or scenes."
        )
    told = model.ask(m.Infer(RUN, 1, fit_picture(image, opened), count, seed, noise, ranks), m.Inferred)
    if out is not None:
        output.write_picture(out, mosaic(told.again, min(len(told.again), _ACROSS)))
    numbers: dict[str, Any] = {}
    lines: list[str] = []
    for slot in opened.info.program:
        draws = told.values[slot.name]
        if slot.values:
            shares = np.bincount(draws.astype(int), minlength=len(slot.values)) / count
            numbers[slot.name] = {value: float(share) for value, share in zip(slot.values, shares, strict=True)}
            lines.append(
                f"{slot.name}: " + ", ".join(f"{value} {share:.0%}" for value, share in numbers[slot.name].items())
            )
            continue
        low, middle, high = (float(q) for q in np.quantile(draws, (0.25, 0.5, 0.75)))
        numbers[slot.name] = {
            "mean": float(draws.mean()),
            "deviation": float(draws.std()),
            "quartiles": [low, middle, high],
        }
        lines.append(f"{slot.name}: {middle:.3g} ({low:.3g} to {high:.3g})")
    values: dict[str, Any] = {
        **({} if out is None else {"out": str(out)}),
        "n": count,
        "noise": noise,
        "numbers": numbers,
    }
    if told.ranks is not None:
        values |= {"ranks": {name: counts.tolist() for name, counts in told.ranks.items()}, "checked": told.checked}
        lines += [f"ranks of {name}: {' '.join(map(str, counts))}" for name, counts in told.ranks.items()]
    result(values, as_json, "\n".join(lines))
