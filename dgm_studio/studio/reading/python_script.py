"""A run as Python over `dgm_studio.api`: a script, or a notebook of the same lines, that trains and samples it again.

On the same machine it gives the same samples as the window, bit for bit, unless batch or learning rate were changed on the way.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import dgm_studio
from dgm_studio.protocol.spec import DataChoice, RunSpec

from .command_line import DRAWN, asked_for, sampled_with


class NoScript(ValueError):
    """A run that cannot be written so; the message says why."""


def parts(spec: RunSpec, steps: int, classes: tuple[str, ...] = ()) -> list[str]:
    """The lines in pieces: what is imported, the data, training, sampling. ``steps`` 0 are those of the recipe.

    Raises NoScript.
    """
    if DRAWN in {spec.data.name, spec.source and spec.source.name}:
        raise NoScript(
            "Points that were drawn by hand are in no script; save the run, and open its file with dgm.open."
        )
    data = f"data = {_data(spec.data)}"
    data += "" if spec.source is None else f"\nsource = {_data(spec.source)}"
    settings: dict[str, Any] = {"steps": steps} if steps else {}
    settings |= {"seed": spec.seed, **({"conditional": True} if spec.conditional else {})}
    settings |= {} if spec.device == "auto" else {"device": spec.device}
    begin = {} if spec.source is None else {"source": _Name("source")}
    train = _call("dgm.train", ["data", spec.family], {**begin, **settings, **spec.training, **spec.config}, plain=1)
    sampling = spec.sampling
    asked = asked_for(sampling, classes)
    drawn = {"seed": sampling.seed, **({} if asked is None else {"label": asked}), **sampled_with(sampling)}
    sample = _call("run.sample", [sampling.count], drawn)
    return [
        "import numpy as np\n\nimport dgm_studio.api as dgm",
        data,
        f"run = {train}",
        f'samples = {sample}\nnp.save("samples.npy", samples)',
    ]


def script(spec: RunSpec, steps: int, classes: tuple[str, ...] = ()) -> str:
    """A Python file. Raises NoScript."""
    head = f'"""{spec.data.label} by {spec.family}, made by DGM Studio {dgm_studio.__version__}."""'
    return "\n\n".join([head, *parts(spec, steps, classes)]) + "\n"


def notebook(spec: RunSpec, steps: int, classes: tuple[str, ...] = ()) -> str:
    """A notebook of format 4.5, whose last cell shows the run. Raises NoScript."""
    made = f"Made by DGM Studio {dgm_studio.__version__}; needs `dgm_studio` in its kernel."
    said = f"# {spec.data.label} by {spec.family}\n\n{made}"
    cells: list[dict[str, Any]] = [{"cell_type": "markdown", "id": "about", "metadata": {}, "source": said}]
    for number, text in enumerate([*parts(spec, steps, classes), "run"]):
        cells.append({"cell_type": "code", "id": f"part-{number}", "metadata": {}, "execution_count": None, "outputs": [],
                      "source": text})  # fmt: skip
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    whole = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


WRITTEN = {".py": script, ".ipynb": notebook}
"""Forms by the ending of a file."""


class _Name(str):
    """A name of the script, not a text."""


def _data(choice: DataChoice) -> str:
    """How data are asked for."""
    clusters = {"clusters": choice.clusters} if choice.clusters else {}
    return _call("dgm.data", [choice.path or choice.name], {**clusters, **choice.params})


def _written(value: Any) -> str:
    if isinstance(value, _Name):
        return value
    return json.dumps(value) if isinstance(value, str) else repr(value)


def _call(name: str, positional: list[Any], named: Mapping[str, Any], plain: int = 0) -> str:
    """A call as it is written; the first ``plain`` of its arguments are names, not values. Long ones take a line for each."""
    words = [str(value) if i < plain else json.dumps(value) for i, value in enumerate(positional)]
    words += [f"{key}={_written(value)}" for key, value in named.items()]
    line = f"{name}({', '.join(words)})"
    if len(line) <= 100:
        return line
    return f"{name}(\n" + "".join(f"    {word},\n" for word in words) + ")"
