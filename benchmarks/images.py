"""Images: what every family makes of 8x8 digits and 28x28 glyphs, conditional on the class, by its own recipe.

`python -m benchmarks.images [--families vae,gan] [--data digits] [--seconds N] [--out FOLDER] [--json FILE] [--quick]`

Training takes the recipe's steps, or as many as fit into ``--seconds`` of process time on one thread; then whole stages of the
recipe shrink alike. Measured are

* **bits/dim** of held-out pictures given their class, where the family has a density: its kind is named, and its grey levels
  where they are not those of the data, for then figures do not compare (2 levels: black and white);
* **Frechet** distance of features to held-out pictures (small classifier trained on the set), over that of training pictures,
  the floor: 1 is as good as data;
* **as asked**: share of samples that a support-vector machine on pixels finds to be of the class asked for;
* seconds of training, and samples a second of process time.

`samples-DATA.png` shows two samples per class and family, data on top.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from dgm_studio.contract import DataSpec, LogDensity, finish
from dgm_studio.engine.catalogue import families
from dgm_studio.evaluation.frechet import frechet_squared
from dgm_studio.evaluation.shared.features import FeatureNet, learn_features

from .learning import CPU, Ground, Learned, Pupil, ground, ours, sampled
from .pictures import DATA, Predict, asked, classifier, write_sheet
from .results import number, table
from .surroundings import surroundings

SECONDS, QUICK_SECONDS = 30.0, 1.0
SAMPLES = 350
COLUMNS = 20
COSTLY_PASSES = 20
_TRIAL = 4
"""Steps made to see how many fit into the time."""


@dataclass(frozen=True)
class Row:
    """One family on one data set; None where it has no density."""

    family: str
    data: str
    kind: str
    levels: int
    bits: float | None
    frechet: float
    floor: float
    as_asked: float
    steps: int
    recipe_steps: int
    seconds: float
    rate: float


@dataclass(frozen=True)
class Judges:
    """What all families of a data set are judged by."""

    features: FeatureNet
    predict: Predict
    accuracy: float
    floor: float

    @classmethod
    def of(cls, on: Ground) -> Judges:
        net = finish(learn_features(on.train(), on.data.train.label, len(on.spec(labelled=True).classes)))
        train, held = (net.features(x[:SAMPLES]) for x in (on.train(), on.held_out()))
        return cls(net, *classifier(on), frechet_squared(train, held))


def fitting(family: str, on: Ground, seconds: float, *, labelled: bool) -> Pupil:
    """Our family in training, with a recipe short enough for so many seconds."""
    spec = on.spec(labelled=labelled)
    trial = Pupil(ours(family, spec), on, labelled=labelled)
    trial.train(1)
    before = trial.seconds
    trial.train(1 + _TRIAL)
    share = min(1.0, seconds * _TRIAL / max(1e-9, trial.seconds - before) / trial.contestant.steps)
    return Pupil(ours(family, spec, share=share), on, labelled=labelled)


def bits_per_dim(density: LogDensity, spec: DataSpec, x: Tensor, label: Tensor) -> float:
    """Mean cost of a pixel value, in bits; of a density over [-1, 1], with bins as wide as the data's levels."""
    with torch.no_grad():
        cost = -float(density(x, label).double().mean()) / spec.size
    return (cost - (0.0 if density.levels else math.log(2 / (spec.levels - 1)))) / math.log(2)


def judge(family: str, on: Ground, judges: Judges, seconds: float) -> tuple[Row, Tensor]:
    """Train, then judge; also samples (COLUMNS, C, H, W) to look at."""
    spec = on.spec(labelled=True)
    pupil = fitting(family, on, seconds, labelled=True)
    pupil.train()
    learned: Learned = pupil.learned()
    abilities = learned.abilities
    assert abilities is not None
    recipe = families()[family].recipe(spec, CPU)
    label = torch.arange(SAMPLES) * len(spec.classes) // SAMPLES
    begin = time.process_time()
    x = sampled(abilities, SAMPLES, recipe, label)
    took = time.process_time() - begin
    density, bits = abilities.log_density, None
    if density is not None and density.kind != "unnormalised":
        n = 40 if density.passes > COSTLY_PASSES else 200
        held, truth = on.held_out()[:n], on.data.held_out.label
        assert truth is not None
        bits = bits_per_dim(density, spec, held, truth[:n])
    there = judges.features.features(on.held_out()[:SAMPLES])
    row = Row(
        family, on.name, density.kind if density else "", density.levels if density else 0, bits,
        frechet_squared(judges.features.features(x.nan_to_num().clamp(-1, 1)), there), judges.floor,
        float((judges.predict(x) == label).float().mean()), pupil.steps, recipe.steps, pupil.seconds, SAMPLES / took,
    )  # fmt: skip
    return row, x[torch.linspace(0, SAMPLES - 1, COLUMNS).long()]


def rows(data: str, names: list[str], seconds: float, folder: Path) -> Iterator[Row]:
    """One per family, as they come; then the sheet is written."""
    on = ground(data)
    judges = Judges.of(on)
    print(f"{data}: the classifier is right on {judges.accuracy:.1%} of held-out pictures", file=sys.stderr)
    label = on.data.held_out.label
    assert label is not None
    first = torch.cat([(label == y).nonzero()[:2, 0] for y in range(len(on.spec(labelled=True).classes))])
    shown = {"data": _grey(on, on.held_out()[first])}
    for name in asked(names, on, labelled=True):
        row, x = judge(name, on, judges, seconds)
        shown[name] = _grey(on, x)
        write_sheet(folder / f"samples-{data}.png", shown, zoom=3 if on.spec().event[-1] < 16 else 1)
        print("  ".join(_cells(row)), file=sys.stderr, flush=True)
        yield row


def _grey(on: Ground, x: Tensor) -> np.ndarray:
    return on.units.array(x.nan_to_num())


HEADS = ["family", "data", "bits/dim", "kind", "Fréchet / floor", "as asked", "steps", "of", "seconds", "samples/s"]


def _cells(r: Row) -> list[str]:
    kind = f"{r.kind}, {r.levels} levels" if r.levels else r.kind
    return [
        r.family, r.data, "" if r.bits is None else f"{r.bits:.2f}", kind, f"{r.frechet / r.floor:.1f}", f"{r.as_asked:.0%}",
        f"{r.steps:,}", f"{r.recipe_steps:,}", f"{r.seconds:.0f}", number(r.rate),
    ]  # fmt: skip


def names(text: str) -> list[str]:
    """Names separated by commas."""
    return [name.strip() for name in text.split(",") if name.strip()]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.images", description="Every family on pictures.")
    parser.add_argument("--families", type=names, default=[], help="only these, separated by commas")
    parser.add_argument("--data", choices=DATA, help="only this set")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="training time at most, each (%(default)s)")
    parser.add_argument("--out", type=Path, default=Path("out/images"), help="folder for the sheets (%(default)s)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures as JSON, too")
    parser.add_argument("--quick", action="store_true", help="hardly any training, to see that it works")
    options = parser.parse_args()
    seconds = QUICK_SECONDS if options.quick else options.seconds
    with surroundings():
        torch.set_num_threads(1)
        try:
            found = [r for data in DATA if data == (options.data or data)
                     for r in rows(data, options.families, seconds, options.out)]  # fmt: skip
        except ValueError as error:
            parser.error(str(error))
    print(table(HEADS, [_cells(r) for r in found]))
    if options.json:
        options.json.write_text(json.dumps([asdict(r) for r in found], indent=1) + "\n")


if __name__ == "__main__":
    main()
