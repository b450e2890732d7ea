"""The verb translate: given examples from one data set to the other, with what the way costs."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from dgm_studio.api.job import RUN, BadInput
from dgm_studio.protocol import messages as m
from dgm_studio.studio.files.export import mosaic, write_samples

from . import output
from .examples import examples_from
from .job import result
from .reading import open_run

_ACROSS = 32
"""Pictures in a row of a mosaic."""


def translate_run(
    run: Path, points: Path, columns: str | None, back: bool, device: str, out: Path, as_json: bool
) -> None:
    ending = output.check_target(out, (".npy", ".csv", ".npz", ".png"))
    model = open_run(run, device)
    opened = model.opened
    info = opened.info
    if not info.translates:
        raise BadInput(
            f"{run.name} starts from noise, so there is nothing to translate from. Train with --source and a family that "
            "takes one, such as bridge."
        )
    examples = examples_from(points, opened, columns)
    told = model.ask(m.Translate(RUN, examples.x, 1, back), m.TranslatedExamples)
    if ending == ".png":
        output.write_picture(out, _picture(examples.x, told.examples, info))
    else:
        try:
            write_samples(out, told.examples, None, (), info.axes)
        except ValueError as error:
            raise BadInput(f"{error}.") from None
    begin, end = (info.data_title, info.source_title) if back else (info.source_title, info.data_title)
    values = {
        "out": str(out), "n": len(told.examples), "from": begin, "to": end, "cost": told.cost,
        "cycle_error": told.cycle_error, **examples.report(),
    }  # fmt: skip
    result(
        values,
        as_json,
        f"Carried {len(told.examples):,} examples from {begin} to {end}, on average {told.cost:.3g} squared standard "
        f"deviations far; back again they are off by {told.cycle_error:.2g}. Wrote {out}.",
    )


def _picture(begun: m.Array, carried: m.Array, info: m.RunInfo) -> m.Array:
    """Where points went, or rows of pictures that alternate: given, carried."""
    if begun.ndim == 2:
        return output.scatter(carried, info)
    columns = min(_ACROSS, len(begun))
    n = columns * (len(begun) // columns)
    rows = [x[:n].reshape(-1, columns, *x.shape[1:]) for x in (begun, carried)]
    return mosaic(np.stack(rows, 1).reshape(-1, *begun.shape[1:]), columns)
