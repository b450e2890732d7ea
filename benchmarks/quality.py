"""Quality: what each family learns from its recipe, in 2D against anchors and on images as sheets to look at.

`python -m benchmarks.quality [2d] [images] [--out FOLDER] [--seconds N] [--quick]`

In the plane every family trains for its recipe's steps, then all measures are taken thoroughly: the exact **gap** in nats
where the family has an exact density, else sliced Wasserstein-2 over its floor, and for the GAN the modes it covers. The
anchor is what a careful plain PyTorch implementation reached, and in what time; the goal is its value in half its time.

On images every family trains for so many seconds of training time and leaves a sheet of 10 by 10 samples, conditional on
the class where it can be (a row per class when there are ten), beside the sliced Wasserstein-2 distance and its floor.
Everything runs headless, through the engine's synchronous twin.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .results import number, table
from .surroundings import surroundings

QUICK_STEPS, QUICK_SECONDS = 40, 3.0
SHEET = 10


@dataclass(frozen=True)
class Case:
    """A family on a density; ``anchor`` in nats (or modes, or sliced Wasserstein-2) after ``seconds`` of training."""

    family: str
    data: str
    anchor: float | None = None
    seconds: float | None = None
    config: dict[str, Any] = field(default_factory=dict)

    @property
    def title(self) -> str:
        return " ".join([self.family, *map(str, self.config.values())])


def _cases(
    family: str, seconds: float | None, anchors: dict[str, float | None], config: dict[str, Any] | None = None
) -> list[Case]:
    return [Case(family, data, anchor, seconds, config or {}) for data, anchor in anchors.items()]


CASES = [
    *_cases("kde", None, {"moons": None, "checkerboard": None, "25-gaussians": None}),
    *_cases("flow", 25.0, {"moons": 0.008, "checkerboard": 0.068, "rings": 0.108, "two-spirals": 0.055, "25-gaussians": 0.082},
            {"kind": "spline"}),
    *_cases("flow", 20.0, {"moons": 0.033, "checkerboard": 0.33}, {"kind": "realnvp"}),
    *_cases("vae", None, {"moons": None, "8-gaussians": None}),
    *_cases("gan", 46.0, {"25-gaussians": 25.0}),
    *_cases("diffusion", 11.2, {"moons": 0.000, "checkerboard": 0.070, "8-gaussians": 0.002}),
    *_cases("flow-matching", 9.2, {"moons": 0.034, "checkerboard": 0.179, "8-gaussians": 0.074, "two-spirals": 0.229}),
]  # fmt: skip
PICTURES = ("digits", "glyphs")
PICTURE_FAMILIES = ("kde", "flow", "vae", "gan", "diffusion", "flow-matching")


class Bench:
    """One run in an engine of its own. Raises RuntimeError with the engine's words when something fails."""

    def __init__(self, family: str, data: str, config: dict[str, Any], conditional: bool = False) -> None:
        from dgm_studio.engine import messages as m
        from dgm_studio.engine.inline_backend import InlineBackend
        from dgm_studio.engine.spec import DataChoice, RunSpec

        self._m = m
        self._backend = InlineBackend()
        self._backend.start()
        spec = RunSpec(data=DataChoice(name=data), family=family, config=config, conditional=conditional)
        self._backend.send(m.Open("run", spec))
        self.info = self._until(m.Opened).info

    def _until(self, kind: type[Any]) -> Any:
        event = self._backend.run_until(lambda e: isinstance(e, (kind, self._m.Failed)))
        if not isinstance(event, kind):
            raise RuntimeError(f"{event.message} {event.advice}" if event is not None else f"no {kind.__name__} came")
        return event

    def train(self, steps: int | None = None, seconds: float | None = None) -> tuple[int, float]:
        """Steps made and the seconds of training they took."""
        self._backend.send(self._m.Train("run", steps, seconds))
        done = self._until(self._m.Finished)
        return done.step, done.seconds

    def measure(self) -> dict[str, Any]:
        self._backend.send(self._m.Measure("run", ticket=1))
        values: dict[str, Any] = self._until(self._m.Measured).values
        return values

    def sample(self, count: int) -> Any:
        self._backend.send(self._m.Sample("run", count, seed=0, ticket=1))
        return self._until(self._m.Samples).x


def plane(quick: bool) -> Iterator[list[str]]:
    """A row of the table per case."""
    for case in CASES:
        bench = Bench(case.family, case.data, case.config)
        steps, seconds = bench.train(steps=QUICK_STEPS if quick else bench.info.recipe_steps)
        measured = bench.measure()
        yield [
            case.title, case.data, *_figure(case, measured),
            "" if case.anchor is None else number(case.anchor), f"{steps:,}", f"{seconds:.1f}",
            "" if case.seconds is None else f"{case.seconds / 2:.1f}", f"{1000 * seconds / max(1, steps):.2f}",
        ]  # fmt: skip


def _figure(case: Case, measured: dict[str, Any]) -> tuple[str, str]:
    """The figure that the anchor is about, and what else is worth knowing."""
    w2 = measured["sliced_wasserstein"]
    distance = f"sliced W2 {w2['value'] / w2['floor']:.1f} x floor"
    if case.family == "gan" and "modes" in measured:
        modes = round(measured["modes"]["value"] * 25)
        return f"{modes} modes", f"{measured['good_samples']['value']:.0%} near a mode, {distance}"
    if "gap" in measured:
        gap = measured["gap"]
        return f"{gap['value']:.3f} ± {gap['error']:.3f} nats", distance
    return distance, "no exact density"


def images(seconds: float, folder: Path) -> Iterator[list[str]]:
    """A row of the table per family and data set; writes the sheets."""
    from dgm_studio.studio.pictures import to_png

    folder.mkdir(parents=True, exist_ok=True)
    for data in PICTURES:
        for family in PICTURE_FAMILIES:
            try:
                bench, way = Bench(family, data, {}, conditional=True), "by class"
            except RuntimeError:  # a family without classes says so
                bench, way = Bench(family, data, {}), ""
            steps, spent = bench.train(seconds=seconds)
            w2 = bench.measure()["sliced_wasserstein"]
            path = folder / f"{data}-{family}.png"
            path.write_bytes(to_png(sheet(bench.sample(SHEET * SHEET))))
            yield [
                family, data, way, f"{w2['value']:.3f}", f"{w2['floor']:.3f}", f"{w2['value'] / w2['floor']:.1f}",
                f"{steps:,}", f"{spent:.0f}", f"{1000 * spent / max(1, steps):.1f}", path.name,
            ]  # fmt: skip


def sheet(x: Any, zoom: int = 2) -> Any:
    """uint8 pictures (100, H, W[, 3]) as one of 10 by 10, each enlarged."""
    rows = x.reshape(SHEET, SHEET, *x.shape[1:])
    page = rows.swapaxes(1, 2).reshape(SHEET * x.shape[1], SHEET * x.shape[2], *x.shape[3:])
    return page.repeat(zoom, 0).repeat(zoom, 1)


def _show(heads: list[str], rows: Iterator[list[str]]) -> None:
    """Print a table, and its rows to standard error as they come."""
    found = []
    for row in rows:
        print("  ".join(row), file=sys.stderr, flush=True)
        found.append(row)
    print(table(heads, found), end="\n\n", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality", description="What each family learns.")
    parser.add_argument("parts", nargs="*", metavar="PART", help="2d, images; both when none is named")
    parser.add_argument("--out", type=Path, default=Path("out/quality"), help="folder for the sheets (%(default)s)")
    parser.add_argument("--seconds", type=float, default=60.0, help="training time per family on images (%(default)s)")
    parser.add_argument("--quick", action="store_true", help="hardly any training, to see that it works")
    options = parser.parse_args()
    parts = options.parts or ["2d", "images"]
    if unknown := set(parts) - {"2d", "images"}:
        parser.error(f"there is no part {unknown.pop()!r}; there is 2d and images")
    with surroundings():
        if "2d" in parts:
            heads = [
                "family",
                "density",
                "reached",
                "besides",
                "anchor",
                "steps",
                "seconds",
                "half the anchor's",
                "ms/step",
            ]
            _show(heads, plane(options.quick))
        if "images" in parts:
            heads = [
                "family",
                "data",
                "conditional",
                "sliced W2",
                "floor",
                "ratio",
                "steps",
                "seconds",
                "ms/step",
                "sheet",
            ]
            _show(heads, images(QUICK_SECONDS if options.quick else options.seconds, options.out))


if __name__ == "__main__":
    main()
