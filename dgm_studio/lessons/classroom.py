"""What a class did of a lesson: a row a learner, without names, and how predictions are spread, as values to be drawn."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from .progress import MadePrediction
from .slip import ResultSlip

MOST_BARS = 12


@dataclass(frozen=True)
class LearnerRow:
    """A learner: a ``number`` from 1 on, by when they began, ``passed`` goals of so many, minutes and hints
    in all, and what was predicted, in words."""

    number: int
    passed: int
    goals: int
    minutes: float
    hints: int
    predictions: tuple[str, ...]


@dataclass(frozen=True)
class PredictionSpread:
    """How a class predicted: ``counts`` by ``labels``. Of numbers the labels are ranges between ``edges``; ``truths`` is what
    turned out for each learner, and ``middle`` their median guess."""

    step: str
    asked: str
    unit: str
    labels: tuple[str, ...]
    counts: tuple[int, ...]
    edges: tuple[float, ...] = ()
    truths: tuple[float | str, ...] = ()
    middle: float | None = None
    silent: int = 0
    """Learners who predicted nothing."""


def by_lesson(slips: Sequence[ResultSlip]) -> dict[tuple[str, str], list[ResultSlip]]:
    """Slips by lesson and fingerprint, the largest class first: figures of a lesson that has changed do not mix."""
    found: dict[tuple[str, str], list[ResultSlip]] = {}
    for slip in slips:
        found.setdefault((slip.title, slip.fingerprint), []).append(slip)
    return dict(sorted(found.items(), key=lambda item: -len(item[1])))


def class_table(slips: Sequence[ResultSlip]) -> list[LearnerRow]:
    """A row for each slip of one lesson, by when they began."""
    ordered = sorted(slips, key=lambda slip: (slip.started, slip.slip))
    return [
        LearnerRow(
            number,
            *slip.goals,
            slip.seconds / 60,
            sum(step.hints for step in slip.steps),
            tuple(prediction_said(each.made, each.choices) for step in slip.steps for each in step.predictions),
        )
        for number, slip in enumerate(ordered, 1)
    ]


def prediction_said(made: MadePrediction | None, choices: Sequence[str] = ()) -> str:
    """What was predicted, in a few words; empty where nothing was."""
    if made is None:
        return ""
    if made.number is not None:
        return f"{made.number:.4g}"
    if made.choice is not None:
        return choices[made.choice - 1] if 1 <= made.choice <= len(choices) else str(made.choice)
    return made.distance or "painted"


def spreads(slips: Sequence[ResultSlip]) -> list[PredictionSpread]:
    """How each prediction of one lesson is spread over its learners, in the order of the lesson; painted ones apart."""
    if not slips:
        return []
    found = []
    for i, step in enumerate(slips[0].steps):
        for j, asked in enumerate(step.predictions):
            made = [slip.steps[i].predictions[j].made for slip in slips if _has(slip, i, j)]
            said = [each for each in made if each is not None]
            silent = len(slips) - len(said)
            truths = tuple(each.truth for each in said if each.truth is not None)
            if asked.choices:
                counts = Counter(each.choice for each in said)
                numbers = range(1, len(asked.choices) + 1)
                bars = tuple(counts.get(n, 0) for n in numbers)
                found.append(
                    PredictionSpread(step.title, asked.asked, "", asked.choices, bars, (), truths, None, silent)
                )
            elif numbers_ := [each.number for each in said if each.number is not None]:
                edges, bars = histogram(numbers_)
                labels = tuple(f"{a:.3g} to {b:.3g}" for a, b in pairwise(edges))
                middle = float(median(numbers_))
                found.append(
                    PredictionSpread(step.title, asked.asked, asked.unit, labels, bars, edges, truths, middle, silent)
                )
    return found


def histogram(numbers: Sequence[float]) -> tuple[tuple[float, ...], tuple[int, ...]]:
    """Edges (n + 1,) at round numbers and counts (n,) of at most `MOST_BARS` bars."""
    low, high = min(numbers), max(numbers)
    bars = min(MOST_BARS, max(1, math.ceil(math.sqrt(len(numbers)))))
    width = _round_up((high - low) / bars) if high > low else max(abs(low), 1.0) / 10
    first = math.floor(low / width)
    count = math.floor(high / width) - first + 1
    edges = tuple(round((first + i) * width, 12) for i in range(count + 1))
    counts = Counter(math.floor(number / width) - first for number in numbers)
    return edges, tuple(counts.get(i, 0) for i in range(count))


def _round_up(width: float) -> float:
    """The next of 1, 2, 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(width))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= width * (1 - 1e-9))


def _has(slip: ResultSlip, step: int, prediction: int) -> bool:
    return step < len(slip.steps) and prediction < len(slip.steps[step].predictions)
