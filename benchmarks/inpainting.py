"""Inpainting: what every family makes of masked pictures that it has never seen, by every way it has.

`python -m benchmarks.inpainting [--families vae,gan] [--data digits] [--pictures N] [--seconds N] [--json FILE] [--quick]`

Families are trained without classes, by their recipes or as much of them as fits into ``--seconds``. Held-out pictures lose
their lower half, their middle (a square of half the side), or a random half of their pixels; each is answered by four
candidates. Over the hole are measured

* the **error** to the truth: root of the mean square, as a share of the range from black to white, of the best of the four
  and of all four (a blurred mean has a small error and is no digit);
* **agreement**: share of candidates that a support-vector machine on pixels finds to be of the true class;
* **spread**: distance between candidates of one picture, in the unit of the error: 0 is one answer four times;
* process seconds per picture, four candidates, all pictures in one batch.

Trivial answers to beat are the mean picture, and the training picture nearest in the known pixels. The four nearest are shown
beside them: where a set is dense they are hard to beat, and no model.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor

from dgm_studio.conditions.mask import Mask
from dgm_studio.contract import Method, Steer, finish, rng_for, trajectory

from .images import fitting, names
from .learning import Ground, ground
from .pictures import DATA, Predict, asked, classifier
from .results import table
from .surroundings import surroundings

SECONDS, QUICK_SECONDS = 30.0, 0.5
PICTURES, QUICK_PICTURES = 20, 4
CANDIDATES = 4
Answer = Callable[[Tensor, Tensor], Tensor]
"""Known pictures (n, C, H, W) and mask (C, H, W), to candidates (n * CANDIDATES, C, H, W), those of a picture together."""


def masks(event: tuple[int, ...]) -> dict[str, Tensor]:
    """1 where something is to be generated (C, H, W)."""
    height, width = event[1:]
    half, square = torch.zeros(event), torch.zeros(event)
    half[:, height // 2 :] = 1
    square[:, height // 4 : height - height // 4, width // 4 : width - width // 4] = 1
    some = (torch.rand(event[1:], generator=rng_for(11)) < 0.5).float().expand(event)
    return {"half": half, "square": square, "random": some}


@dataclass(frozen=True)
class Row:
    """One way of one family on one mask."""

    family: str
    method: str
    honesty: str
    data: str
    mask: str
    best: float
    mean: float
    agreement: float
    spread: float
    seconds: float


@dataclass(frozen=True)
class Question:
    """Held-out pictures (n, C, H, W), their classes (n,), and who tells the class of an answer."""

    on: Ground
    x: Tensor
    label: Tensor
    predict: Predict

    @classmethod
    def of(cls, on: Ground, count: int) -> Question:
        label = on.data.held_out.label
        assert label is not None
        return cls(on, on.held_out()[:count], label[:count], classifier(on)[0])

    def put(self, family: str, method: str, honesty: str, answer: Answer) -> Iterator[Row]:
        """A row per mask. Raises AssertionError where a known pixel was changed."""
        for name, mask in masks(tuple(self.x.shape[1:])).items():
            begin = time.process_time()
            y = answer(self.x, mask)
            seconds = (time.process_time() - begin) / len(self.x)
            known = (mask == 0).expand_as(y)
            assert torch.equal(y[known], self.x.repeat_interleave(CANDIDATES, 0)[known]), "known pixels were changed"
            error, spread = self._errors(y, mask)
            right = self.predict(y) == self.label.repeat_interleave(CANDIDATES)
            yield Row(
                family, method, honesty, self.on.name, name, float(error.min(1).values.mean()), float(error.mean()),
                float(right.float().mean()), float(spread.mean()), seconds,
            )  # fmt: skip

    def _errors(self, y: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Errors (n, CANDIDATES), and distances between the candidates of a picture (n, pairs)."""
        hole = mask.flatten() > 0
        four = y.nan_to_num().clamp(-1, 1).flatten(1)[:, hole].view(len(self.x), CANDIDATES, -1) / 2
        truth = self.x.flatten(1)[:, None, hole] / 2
        one, other = torch.triu_indices(CANDIDATES, CANDIDATES, 1)
        return (four - truth).square().mean(2).sqrt(), (four[:, one] - four[:, other]).square().mean(2).sqrt()


def mean_picture(on: Ground) -> Answer:
    mean = on.train().mean(0)
    return lambda x, mask: torch.where(mask > 0, mean, x).repeat_interleave(CANDIDATES, 0)


def nearest_pictures(on: Ground, count: int) -> Answer:
    """The ``count`` nearest training pictures in turn."""
    train = on.train()

    def answer(x: Tensor, mask: Tensor) -> Tensor:
        keep = 1 - mask
        distance = torch.cdist((x * keep).flatten(1), (train * keep).flatten(1))
        near = distance.topk(count, largest=False).indices.repeat(1, CANDIDATES // count)
        found = train[near.flatten()]
        return torch.where(mask > 0, found, x.repeat_interleave(CANDIDATES, 0))

    return answer


def trivial_answers(on: Ground) -> dict[str, Answer]:
    return {
        "mean picture": mean_picture(on),
        "nearest picture": nearest_pictures(on, 1),
        "four nearest pictures": nearest_pictures(on, CANDIDATES),
    }


def by_method(method: Method) -> Answer:
    """The way with its usual knobs, without a class."""

    def answer(x: Tensor, mask: Tensor) -> Tensor:
        known = x.repeat_interleave(CANDIDATES, 0)
        steer = Steer(method.sampler.Knobs(), condition=Mask(known, mask))
        with torch.no_grad():
            made = finish(trajectory(method.sampler, len(known), steer, 5))[-1].x
        return torch.where(mask > 0, made, known)

    return answer


def rows(data: str, families: list[str], pictures: int, seconds: float) -> Iterator[Row]:
    """Trivial answers first, then every way of every family, as they come."""
    on = ground(data)
    question = Question.of(on, pictures)
    for name, answer in trivial_answers(on).items():
        yield from question.put(name, "", "", answer)
    for family in asked(families, on, labelled=False):
        pupil = fitting(family, on, seconds, labelled=False)
        pupil.train()
        abilities = pupil.learned().abilities
        assert abilities is not None
        for name, method in abilities.methods.items():
            if method.condition == "mask":
                yield from question.put(family, name, method.honesty, by_method(method))


HEADS = ["family", "method", "honesty", "data", "best of 4", "mean of 4", "agreement", "spread", "s/picture"]


def _summary(found: list[Row]) -> list[list[str]]:
    """A line per way, its three masks beside each other."""
    methods: dict[tuple[str, str, str], list[Row]] = {}
    for r in found:
        methods.setdefault((r.data, r.family, r.method), []).append(r)

    def each(values: list[float], form: str) -> str:
        return " / ".join(format(v, form) for v in values)

    return [
        [
            family, method, of[0].honesty, data, each([r.best for r in of], ".2f"), each([r.mean for r in of], ".2f"),
            each([100 * r.agreement for r in of], ".0f") + " %", each([r.spread for r in of], ".2f"),
            each([r.seconds for r in of], ".2f"),
        ]
        for (data, family, method), of in methods.items()
    ]  # fmt: skip


def losers(found: list[Row]) -> list[str]:
    """Per way the masks on which it loses to a trivial answer: by the best of four, or by agreement to the nearest."""
    trivial = {(r.data, r.mask, r.family): r for r in found if not r.method}
    said: dict[str, list[str]] = {}
    for r in found:
        mean, near = (trivial[r.data, r.mask, name] for name in ("mean picture", "nearest picture"))
        by = ["error"] * (r.best > min(mean.best, near.best)) + ["agreement"] * (r.agreement < near.agreement)
        if r.method and by:
            said.setdefault(f"{r.data}, {r.family} by {r.method}", []).append(f"{r.mask} ({' and '.join(by)})")
    return [f"{who}: {', '.join(where)}" for who, where in said.items()]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.inpainting", description="Every family on masks.")
    parser.add_argument("--families", type=names, default=[], help="only these, separated by commas")
    parser.add_argument("--data", choices=DATA, help="only this set")
    parser.add_argument("--pictures", type=int, default=PICTURES, help="held-out pictures (%(default)s)")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="training time at most, each (%(default)s)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures as JSON, too")
    parser.add_argument("--quick", action="store_true", help="hardly any training, to see that it works")
    options = parser.parse_args()
    seconds = QUICK_SECONDS if options.quick else options.seconds
    pictures = QUICK_PICTURES if options.quick else options.pictures
    found: list[Row] = []
    with surroundings():
        torch.set_num_threads(1)
        try:
            for data in DATA:
                if data != (options.data or data):
                    continue
                for row in rows(data, options.families, pictures, seconds):
                    found.append(row)
                    print(row, file=sys.stderr, flush=True)
        except ValueError as error:
            parser.error(str(error))
    print("Three figures in a cell: lower half / middle square / random half.\n")
    print(table(HEADS, _summary(found)))
    print("\nNo better than a trivial answer:\n" + "\n".join(f"* {line}" for line in losers(found) or ["none"]))
    if options.json:
        options.json.write_text(json.dumps([asdict(r) for r in found], indent=1) + "\n")


if __name__ == "__main__":
    main()
