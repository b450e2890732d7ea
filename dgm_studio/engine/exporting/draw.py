"""Drawing samples of an exported run, from its weights alone.

In an exported file this is what everything above is for. It draws as the program does, the same samples for the same seed on
the same machine: step i of a sampler draws from a generator derived from seed and i.
"""

from __future__ import annotations

import argparse
import ast
import sys
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dgm_studio.contract import Abilities, Batch, DataSpec, ExamplePool, Family, Steer, Units, rng_for
from dgm_studio.engine.jobs.walking import walked
from dgm_studio.engine.runs.apportioning import class_numbers

_TABLES: dict[str, Tensor] = {}


def embeddings(name: str) -> Tensor:
    """The table (values, size) of a name, as it lies beside the weights."""
    return _TABLES[name]


@dataclass(frozen=True)
class ExportedRun:
    """A run as values: its family and settings, and what samples are asked for unless one says otherwise.

    ``portion`` is how many samples are drawn side by side, ``derived`` what follows from the abilities of its model.
    """

    title: str
    family: Family
    config: Mapping[str, Any]
    spec: DataSpec
    units: Units
    sampler: str
    knobs: Mapping[str, Any]
    count: int
    seed: int
    temperature: float = 1.0
    label: int | None = None
    build_seed: int = 0
    portion: int = 4096
    pools: Mapping[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    derived: Callable[[Abilities, DataSpec], Abilities] = lambda abilities, spec: abilities


class SampleDrawer:
    """A run with its weights, from the file at ``weights`` (.npz)."""

    def __init__(self, run: ExportedRun, weights: Path) -> None:
        self.run = run
        with np.load(weights, allow_pickle=False) as arrays:
            self._arrays = {name: torch.from_numpy(arrays[name]) for name in arrays.files}
        _TABLES.update(self._under("table."))
        pools = {end: self._pool(end, *said) for end, said in run.pools.items()}
        self.spec = replace(run.spec, source=pools.get("source"), target=pools.get("target"))
        self.model = run.family.build(run.family.Config(**run.config), self.spec, rng_for(run.build_seed, 1))
        self.model.load_state_dict(self._under("weights."))
        self.samplers = run.derived(self.model.abilities(), self.spec).samplers

    def _under(self, start: str) -> dict[str, Tensor]:
        return {name.removeprefix(start): a for name, a in self._arrays.items() if name.startswith(start)}

    def _pool(self, end: str, title: str, parts: tuple[str, ...]) -> ExamplePool:
        found = self._under(f"{end}.")
        return ExamplePool(title, Batch.of(found["x"], found.get("label")), self.run.units, parts)

    def sample(
        self,
        n: int | None = None,
        seed: int | None = None,
        label: int | None = None,
        temperature: float | None = None,
        sampler: str | None = None,
        **knobs: Any,
    ) -> NDArray[Any]:
        """Samples (n, ...) in data units; what is left out is as it was when the run was exported.

        ``label`` is the number of a class, ``knobs`` are settings of the sampler, such as ``steps=8``.
        """
        run = self.run
        n, seed = run.count if n is None else n, run.seed if seed is None else seed
        name = run.sampler if sampler is None else sampler
        if name not in self.samplers:
            raise SystemExit(f"There is no sampler {name!r}. There is {', '.join(self.samplers)}.")
        chosen = self.samplers[name]
        held = chosen.Knobs(**{**(run.knobs if name == run.sampler else {}), **knobs})
        heat = run.temperature if temperature is None else temperature
        steer = Steer(held, heat, self._labels(n, run.label if label is None else label))
        with torch.no_grad():
            (last,) = deque(walked(chosen, steer, n, seed, run.portion, torch.device("cpu")), maxlen=1)
        assert last is not None
        return run.units.array(last.x)

    def _labels(self, n: int, label: int | None) -> Tensor | None:
        given = self._arrays.get("given")
        if given is not None:
            return given.expand(n, -1)
        if not self.spec.classes:
            return None
        if label is not None and not 0 <= label < len(self.spec.classes):
            raise SystemExit(f"There is no class {label}: classes are 0 to {len(self.spec.classes) - 1}.")
        return class_numbers(n, label, self.spec, self._arrays.get("labels"))


def command_line(run: ExportedRun, file: str) -> None:
    """Draw samples as the arguments of the command line say, and write them."""
    parser = argparse.ArgumentParser(description=run.title)
    parser.add_argument("--n", type=int, default=run.count, help="how many samples")
    parser.add_argument("--seed", type=int, default=run.seed, help="of the noise")
    parser.add_argument(
        "--label", type=int, help=f"number of a class: {', '.join(run.spec.classes) or 'there is none'}"
    )
    parser.add_argument("--temperature", type=float, help="1 is the model itself")
    parser.add_argument("--sampler", help=f"instead of {run.sampler}")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a setting of the sampler")
    parser.add_argument("--weights", type=Path, default=Path(file).with_suffix(".npz"), help="where they lie")
    parser.add_argument("--out", type=Path, default=Path("samples.npy"), help="an .npy file to write")
    asked = parser.parse_args()
    knobs = {name: _value(text) for name, _, text in (pair.partition("=") for pair in asked.set)}
    x = SampleDrawer(run, asked.weights).sample(
        asked.n, asked.seed, asked.label, asked.temperature, asked.sampler, **knobs
    )
    np.save(asked.out, x)
    sys.stdout.write(f"Wrote {len(x):,} samples {x.shape[1:]} to {asked.out}.\n")


def _value(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):  # a word
        return text
