"""Time to quality: how long each family trains until it is as good as the anchor, over the time the anchor's recipe takes.

`python -m benchmarks.time_to_quality [--families flow,vae] [--densities moons,rings] [--json FILE] [--quick]`

An anchor (`benchmarks/anchors.py`, `benchmarks/anchors_digits.py`) is plain PyTorch for the same idea, and a figure that such
code is known to reach. Here the anchor's whole recipe is run first, on one thread of this process; then our family trains by
its own recipe and is judged at growing numbers of steps, with its averaged weights, until it reaches the figure (within the
standard error of the difference) or has had the anchor's time and its own recipe. Time is process time of training steps.

* **gap**: mean of log p(x) - log q(x) over 16,000 fresh points, nats (4,000 where the density takes an ODE);
* **one step**: sliced Wasserstein-2 distance of 8,000 samples made in one step;
* **modes**: reverse KL over the modes of 5,000 samples (0 is balanced), infinite while a mode is missing;
* **nats**: mean cost of a held-out black-and-white digit, to a tenth.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch

from dgm_studio.contract import LogDensity, Recipe
from dgm_studio.engine.catalogue import families

from . import anchors, anchors_digits
from .learning import Contestant, Ground, Learned, Pupil, ground, ours, sampled
from .results import number, table
from .surroundings import surroundings

GOAL = 0.5
QUICK = 0.05
"""Share of every recipe that a quick run trains."""
FIRST, GROWTH = 0.1, 1.25
"""First judgement at this share of our recipe, then at so many times the steps of the one before."""
COSTLY_PASSES = 20
FIGURE_POINTS = 2000
"""The figures are known from so many points, which has an error of its own."""


Judge = Callable[[Learned, Ground], tuple[float, float]]
"""What was learned, to the value the figure is about and its standard error; lower is better."""


@dataclass(frozen=True)
class Case:
    """A family in one setting on one data set, the anchor's figure and the anchor."""

    family: str
    data: str
    judge: Judge
    unit: str
    figure: float
    anchor: Callable[[], Contestant]
    config: dict[str, Any] = field(default_factory=dict)

    @property
    def title(self) -> str:
        return " ".join([self.family, *(f"{k}={v}" for k, v in self.config.items())])


@dataclass(frozen=True)
class Outcome:
    """What the anchor reached in how many seconds, and ours when it was there, or when it gave up."""

    family: str
    data: str
    unit: str
    figure: float
    anchor: str
    anchor_value: float
    anchor_seconds: float
    value: float
    steps: int
    seconds: float
    reached: bool

    @property
    def ratio(self) -> float:
        return self.seconds / self.anchor_seconds


# --- judges -------------------------------------------------------------------------------------------------------


def gap(learned: Learned, on: Ground) -> tuple[float, float]:
    density = learned.log_density
    assert density is not None
    costly = isinstance(density, LogDensity) and density.passes > COSTLY_PASSES
    count = 4000 if costly else 16_000
    value, error = on.gap(lambda x: density(x), count)
    return value, error * math.sqrt(1 + count / FIGURE_POINTS)


def one_step(learned: Learned, on: Ground) -> tuple[float, float]:
    """Of a sampler that is told to take one step, or of what is made in one anyway."""
    assert learned.sample is not None
    abilities = learned.abilities
    if abilities is None:
        with torch.no_grad():
            return on.distance(learned.sample(8000)), 0.0
    name = next(name for name in ("jumps", "euler", "decode") if name in abilities.samplers)
    return on.distance(sampled(abilities, 8000, Recipe(sampler=name), steps=1)), 0.0


def modes(learned: Learned, on: Ground) -> tuple[float, float]:
    """A sample counts for a mode within three standard deviations of it."""
    assert learned.sample is not None
    assert on.data.modes is not None
    centres = on.units.to_model(on.data.modes.float())
    away = torch.cdist(on.draw(5000, -4), centres).min(1).values
    with torch.no_grad():
        distance, which = torch.cdist(learned.sample(5000), centres).min(1)
    hits = torch.bincount(which[distance <= 3 * (away.square().mean() / 2).sqrt()], minlength=len(centres)).double()
    if not bool((hits > 0).all()):
        return math.inf, 0.0
    share = hits / hits.sum()
    return float((share * (len(centres) * share).log()).sum()), 0.0


def nats(learned: Learned, on: Ground) -> tuple[float, float]:
    assert learned.log_density is not None
    with torch.no_grad():
        cost = -learned.log_density(on.held_out())
    return float(cost.mean()), 0.05  # the figures are known to a tenth


def _cases(
    family: str, judge: Judge, unit: str, anchor: Callable[[], Contestant], figures: dict[str, float], **config: Any
) -> list[Case]:
    return [Case(family, data, judge, unit, figure, anchor, config) for data, figure in figures.items()]


CASES = [
    *_cases("autoregressive", gap, "gap", anchors.autoregressive,
            {"moons": 0.012, "checkerboard": 0.096, "rings": 0.065, "two-spirals": 0.040, "25-gaussians": 0.0003}),
    *_cases("flow", gap, "gap", anchors.spline,
            {"moons": 0.008, "checkerboard": 0.068, "rings": 0.108, "two-spirals": 0.055, "25-gaussians": 0.082}),
    *_cases("flow", gap, "gap", anchors.realnvp, {"moons": 0.033, "checkerboard": 0.33}, kind="realnvp"),
    *_cases("diffusion", gap, "gap", anchors.diffusion, {"moons": 0.0, "checkerboard": 0.070, "8-gaussians": 0.002}),
    *_cases("flow-matching", gap, "gap", anchors.flow_matching,
            {"moons": 0.034, "checkerboard": 0.179, "8-gaussians": 0.074, "two-spirals": 0.229}),
    *_cases("flow-matching", one_step, "one step", anchors.transport, {"moons": 0.07}, coupling="ot"),
    *_cases("few-step", one_step, "one step", anchors.reflow,
            {"moons": 0.047, "checkerboard": 0.075, "8-gaussians": 0.072}),
    *_cases("ebm", gap, "gap", anchors.contrastive, {"moons": 0.013, "checkerboard": 0.143}),
    *_cases("ebm", gap, "gap", anchors.persistent, {"moons": 0.022}, method="pcd"),
    *_cases("ebm", gap, "gap", anchors.oracle, {"moons": 0.005}, method="grid"),
    *_cases("energy-matching", gap, "gap", anchors.persistent, {"moons": 0.022}),
    *_cases("few-step", one_step, "one step", anchors.reflow, {"moons": 0.047}, method="improved-meanflow"),
    *_cases("drifting", one_step, "one step", anchors.reflow,
            {"moons": 0.047, "checkerboard": 0.075, "8-gaussians": 0.072}),
    *_cases("quadtree", gap, "gap", anchors.autoregressive,
            {"moons": 0.012, "checkerboard": 0.096, "rings": 0.065, "two-spirals": 0.040}),
    *_cases("gan", modes, "reverse KL", anchors.gan, {"25-gaussians": 0.18}),
    *_cases("rbm", nats, "nats", anchors_digits.rbm, {"digits": 19.9}, hidden=16),
    *_cases("autoregressive", nats, "nats", anchors_digits.made, {"digits": 17.5}, net="made"),
    *_cases("quadtree", nats, "nats", anchors_digits.made, {"digits": 17.5}),
    *_cases("masked", nats, "nats", anchors_digits.made, {"digits": 17.5}),
    *_cases("vae", nats, "nats", anchors_digits.vae, {"digits": 16.6}, latent=8, draws=256),
    *_cases("vae", nats, "nats", lambda: anchors_digits.vae(10), {"digits": 16.2},
            latent=8, draws=256, objective="iwae"),
]  # fmt: skip


# --- measuring ----------------------------------------------------------------------------------------------------


def measure(case: Case, share: float) -> Outcome:
    """Both, one after the other; ``share`` below 1 shortens both recipes. Raises ModuleNotFoundError without a library."""
    on = ground(case.data, case.judge is nats)
    theirs = Pupil(case.anchor(), on)
    theirs.train(round(share * theirs.contestant.steps))
    reached, _ = case.judge(theirs.learned(), on)
    contestant = ours(case.family, on.spec(), case.config, share)
    mine, at = Pupil(contestant, on), FIRST * contestant.steps
    value, error = math.inf, 0.0
    while value > case.figure + error and (mine.steps < contestant.steps or mine.seconds < theirs.seconds):
        mine.train(max(10, round(at)))
        value, error = case.judge(mine.learned(), on)
        at *= GROWTH
    return Outcome(
        case.title, case.data, case.unit, case.figure, theirs.contestant.title, reached, theirs.seconds, value,
        mine.steps, mine.seconds, value <= case.figure + error,
    )  # fmt: skip


def outcomes(wanted: list[Case], share: float) -> Iterator[Outcome]:
    """One per case, as they come; what cannot be run is said and left out."""
    for case in wanted:
        if case.family not in families():
            print(f"{case.title}: there is no such family", file=sys.stderr)
            continue
        try:
            outcome = measure(case, share)
        except ModuleNotFoundError as error:
            print(f"{case.title} on {case.data}: its anchor needs {error.name}", file=sys.stderr)
            continue
        print("  ".join(_row(outcome)), file=sys.stderr, flush=True)
        yield outcome


HEADS = ["family", "data", "measure", "to reach", "anchor here", "in", "reached", "steps", "in", "ratio", ""]


def _row(o: Outcome) -> list[str]:
    verdict = "not reached" if not o.reached else "ok" if o.ratio <= GOAL else "slower"
    return [
        o.family, o.data, o.unit, number(o.figure), number(o.anchor_value), f"{o.anchor_seconds:.1f} s", number(o.value),
        f"{o.steps:,}", f"{o.seconds:.1f} s", f"{o.ratio:.2f}", verdict,
    ]  # fmt: skip


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.time_to_quality", description="Time to an anchor's quality."
    )
    parser.add_argument("--families", type=_names, default=[], help="only these, separated by commas")
    parser.add_argument("--densities", type=_names, default=[], help="only on these data sets")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the outcomes as JSON, too")
    parser.add_argument("--quick", action="store_true", help="a twentieth of every recipe, to see that it works")
    options = parser.parse_args()
    for name, known in (("families", {c.family for c in CASES}), ("densities", {c.data for c in CASES})):
        if unknown := set(getattr(options, name)) - known:
            parser.error(f"there is no anchor for {unknown.pop()!r}; there is one for {', '.join(sorted(known))}")
    wanted = [
        case
        for case in CASES
        if case.family in (options.families or [case.family]) and case.data in (options.densities or [case.data])
    ]
    with surroundings():
        torch.set_num_threads(1)
        Pupil(anchors.autoregressive(), ground("moons")).train(5)  # torch's first steps take a second of their own
        found = list(outcomes(wanted, QUICK if options.quick else 1.0))
    print(table(HEADS, [_row(o) for o in found]))
    if options.json:
        options.json.write_text(json.dumps([{**asdict(o), "ratio": o.ratio} for o in found], indent=1) + "\n")


if __name__ == "__main__":
    main()
