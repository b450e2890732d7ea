"""Strings after a minute: how many samples are valid, and what it costs to reveal letters together.

    python -m benchmarks.strings [--seconds 60] [--data brackets,sums] [--families autoregressive,masked]

Each family is trained on each set for so many seconds of processor time, which no other program can take away, and measured:
the share of valid samples, bits per letter over those the law of the data needs, and how many samples are copies. Of masked
diffusion the share of valid samples is given for 1, 2, 4 and all letters a step, in a random order, and for 1 from left to
right.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass

import torch

from dgm_studio.contract import Batch, DataSet, Model, Steer, Training, finish, rng_for, trajectory
from dgm_studio.engine import catalogue
from dgm_studio.evaluation.shared.sets import share_error

SAMPLES = 1000
TOGETHER = (1, 2, 4, 16)


@dataclass(frozen=True)
class Trained:
    """A model and what its training took."""

    model: Model
    steps: int
    seconds: float


def trained(family: str, data: DataSet, seconds: float, seed: int = 0) -> Trained:
    """A model by its recipe after so many seconds of processor time."""
    made = catalogue.families()[family]
    recipe = made.recipe(data.spec, torch.device("cpu"))
    model = made.build(made.Config(**recipe.config), data.spec, rng_for(seed, 1))
    settings: Training = recipe.training
    model.retune(settings)
    x, steps, begin = data.train.x.float(), 0, time.process_time()
    while time.process_time() - begin < seconds:
        some = torch.randint(len(x), (settings.batch,), generator=rng_for(seed, 2, steps))
        model.train_step(Batch.of(x[some]), rng_for(seed, 3, steps))
        steps += 1
    return Trained(model, steps, time.process_time() - begin)


@torch.no_grad()
def drawn(model: Model, **knobs: int | str) -> torch.Tensor:
    sampler = next(iter(model.abilities().samplers.values()))
    return finish(trajectory(sampler, SAMPLES, Steer(sampler.Knobs(**knobs)), 4))[-1].x


def valid_share(data: DataSet, x: torch.Tensor) -> float:
    assert data.valid is not None
    return float(data.valid(x).double().mean())


@torch.no_grad()
def bits_above(data: DataSet, model: Model, n: int = 1000) -> float:
    """Bits per letter of held-out strings above those that the law itself needs."""
    x, density = data.held_out.x[:n], model.abilities().log_density
    assert density is not None
    assert data.log_density is not None
    nats = data.log_density(x).double() - density(x.float()).double()
    return float(nats.sum() / torch.tensor(2.0).log() / (x > 0).sum())


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.strings", description="Strings after a minute.")
    parser.add_argument("--seconds", type=float, default=60.0, help="of processor time (%(default)s)")
    parser.add_argument("--data", default="brackets,sums,dates,roman", help="which sets (%(default)s)")
    parser.add_argument("--families", default="autoregressive,masked", help="which families (%(default)s)")
    options = parser.parse_args()
    torch.set_num_threads(1)
    print(
        "| data | family | steps | valid | at 2, 4, all letters a step | left to right | bits/letter above the law | copies |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for name in options.data.split(","):
        source = catalogue.sources()[name]
        data = finish(source.load(source.Params(), rng_for(0)))
        known = {tuple(row) for row in data.train.x.tolist()}
        for family in options.families.split(","):
            made = trained(family, data, options.seconds)
            together = TOGETHER if family == "masked" else TOGETHER[:1]
            x, *more = (drawn(made.model, letters=min(letters, data.spec.size)) for letters in together)
            share = valid_share(data, x)
            others = ", ".join(f"{valid_share(data, y):.2f}" for y in more) or "–"
            left = f"{valid_share(data, drawn(made.model, order='first')):.3f}" if family == "masked" else "–"
            copies = sum(tuple(row) in known for row in x.long().tolist()) / len(x)
            print(
                f"| {name} | {family} | {made.steps:,} | {share:.3f} ± {share_error(share, len(x)):.3f} | {others} | {left} | "
                f"{bits_above(data, made.model):.3f} | {copies:.2f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
