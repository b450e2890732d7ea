"""A run as commands that train and sample it again: what `dgm-studio` is told on a command line for what is in the window.

The weights come out the same on the same machine, as step k depends on nothing but the seed and the steps before it, unless
batch or learning rate were changed on the way: the commands hold what they are now.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from dgm_studio.language import tr
from dgm_studio.protocol.context import written
from dgm_studio.protocol.spec import RunSpec, Sampling

DRAWN = "drawn"


def command_lines(spec: RunSpec, steps: int, classes: tuple[str, ...] = (), name: str = "") -> list[str]:
    """The commands that train a run for so many steps (0: those of its recipe) and draw its samples. ``classes`` are those that
    it knows, ``name`` that of its file without an ending, made of data and family where it is empty.
    """
    if DRAWN in {spec.data.name, spec.source and spec.source.name}:
        return [tr("# Points that were drawn by hand are in no command; save the run, and open its file.")]
    stem = name or "-".join((spec.data.label.partition(".")[0], spec.family))
    file = f"{stem}.dgm"
    train = ["train", "--data", spec.data.path or spec.data.name, "--family", spec.family]
    params = dict(spec.data.params)
    columns = params.pop("columns", None)
    train += [] if columns is None else ["--columns", str(columns)]
    train += [*_settings({f"data.{key}": value for key, value in params.items()})]
    train += [*_settings({"data.clusters": spec.data.clusters})] if spec.data.clusters else []
    if spec.source is not None:
        train += ["--source", spec.source.path or spec.source.name]
        train += [*_settings({f"source.{key}": value for key, value in spec.source.params.items()})]
    train += [*_settings({**spec.config, **spec.training})]
    train += ["--conditional"] if spec.conditional else []
    train += ["--seed", str(spec.seed), *(["--steps", str(steps)] if steps else [])]
    train += [] if spec.device == "auto" else ["--device", spec.device.partition(":")[0]]
    sampling = spec.sampling
    sample = ["sample", file, "-n", str(sampling.count), "--seed", str(sampling.seed)]
    if (asked := asked_for(sampling, classes)) is not None:
        sample += ["--label" if isinstance(sampling.label, int) else "--given", asked]
    sample += [*_settings(sampled_with(sampling)), "--out", f"{stem}.npy"]
    return [shlex.join(["dgm-studio", *words]) for words in ([*train, "--out", file], sample)]


def asked_for(sampling: Sampling, classes: tuple[str, ...]) -> str | None:
    """The class or the context that samples are asked for, as it is written; None for none."""
    if isinstance(sampling.label, int):
        return classes[sampling.label] if sampling.label < len(classes) else None
    return None if sampling.label is None else written(sampling.label)


def sampled_with(sampling: Sampling) -> dict[str, Any]:
    """Sampler, temperature and knobs by name, where they are not as the run has them by itself."""
    warm = {} if sampling.temperature == 1.0 else {"temperature": sampling.temperature}
    return {**({} if sampling.sampler is None else {"sampler": sampling.sampler}), **warm, **sampling.knobs}


def _settings(values: Mapping[str, Any]) -> Iterator[str]:
    for key, value in values.items():
        said = value if isinstance(value, str) else json.dumps(value)
        yield from ("--set", f"{key}={said}")
