"""Imitation: how often policies collide, which sides they take, and what following their plans comes to.

    python -m benchmarks.imitation [--families kde,vae,...] [--begun 0,0.5]

Each policy is trained by its recipe on 2,000 demonstrations, on one thread; seconds are of processor time. Every share is over
held-out situations whose straight way is blocked. Regression is the same in all: a net with squared error. ``begun`` is the
share of demonstrations that begin on the way. Plans are followed by the default policy for several strides, from the noise of
the first and from other noise, 200 walks each.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from dgm_studio.api.job import RUN, Job
from dgm_studio.contract import Batch, DataSet, Model, Steer, Units, finish, rng_for, trajectory
from dgm_studio.contract.context import decoded
from dgm_studio.engine import catalogue
from dgm_studio.evaluation.shared.sets import share_error
from dgm_studio.nets.regression import learn_regression
from dgm_studio.protocol import messages as m
from dgm_studio.protocol.paths import Floats, Situation, collides, roughness, sides
from dgm_studio.protocol.spec import DataChoice, RunSpec

FAMILIES = "flow-matching,diffusion,few-step,gan,vae,flow,kde,autoregressive"
GIVEN = (("start_x", -1.0), ("start_y", 0.0), ("goal_y", 0.0), ("obstacle_x", 0.0), ("obstacle_y", 0.0))
HELD = 1000


@dataclass(frozen=True)
class Task:
    """Demonstrations, their units, and the held-out situations that are blocked."""

    data: DataSet
    units: Units
    context: torch.Tensor
    situation: Situation

    @classmethod
    def of(cls, begun: float) -> Task:
        source = catalogue.sources()["detours"]
        data = finish(source.load(source.Params(begun=begun), rng_for(0)))
        context = data.held_out.context
        assert context is not None
        every = _situation(data, context)
        some = torch.from_numpy(every.blocked).nonzero()[:HELD, 0]
        return cls(data, Units.of(data), context[some], _situation(data, context[some]))

    def row(self, name: str, x: Floats, seconds: float) -> str:
        """What paths (n, L, 2) come to, as a row of a table."""
        hit, left = (float(v.mean()) for v in (collides(x, self.situation.obstacle), sides(x, self.situation) > 0))
        return (
            f"| {name} | {hit:.1%} ± {share_error(hit, len(x)):.1%} | {left:.0%} : {1 - left:.0%} | "
            f"{roughness(x).mean():.3f} | {seconds:.1f} s |"
        )


def _situation(data: DataSet, context: torch.Tensor) -> Situation:
    return Situation.of({name: value.numpy() for name, value in decoded(data.spec.context, context).items()})


def trained(task: Task, family: str, config: Mapping[str, Any], seed: int = 0) -> tuple[Model, float]:
    """A model by its recipe, some of its settings changed, and the seconds of processor time it took."""
    made = catalogue.families()[family]
    recipe = made.recipe(task.data.spec, torch.device("cpu"))
    model = made.build(made.Config(**{**recipe.config, **config}), task.data.spec, rng_for(seed, 1))
    model.retune(recipe.training)
    x, context, begin = task.units.to_model(task.data.train.x), task.data.train.context, time.process_time()
    assert context is not None
    for step in range(recipe.steps):
        some = torch.randint(len(x), (recipe.training.batch,), generator=rng_for(seed, 2, step))
        model.train_step(Batch(x[some], some, context[some]), rng_for(seed, 3, step))
    return model, time.process_time() - begin


@torch.no_grad()
def drawn(task: Task, model: Model, sampler: str = "", **knobs: int) -> Floats:
    """A path for each situation (n, L, 2), in data units."""
    offered = model.abilities().samplers
    chosen = offered[sampler] if sampler else next(iter(offered.values()))
    steer = Steer(chosen.Knobs(**knobs), label=task.context)
    x = finish(trajectory(chosen, len(task.context), steer, 4))[-1].x
    found: Floats = task.units.to_data(x).numpy()
    return found


def policies(begun: float, families: list[str]) -> None:
    task = Task.of(begun)
    print(f"\nbegun on the way: {begun:.0%}, {len(task.context)} situations\n")
    print("| policy | collide | left : right | roughness | training |")
    print("| --- | --- | --- | --- | --- |")
    context, begin = task.data.train.context, time.process_time()
    assert context is not None
    net = finish(learn_regression(context, task.units.to_model(task.data.train.x)))
    seconds = time.process_time() - begin
    mean = task.units.to_data(net(task.context).view(-1, *task.data.spec.event)).numpy()
    print(task.row("regression", mean, seconds))
    held, held_context = task.data.held_out, task.data.held_out.context
    assert held_context is not None
    blocked = _situation(task.data, held_context).blocked
    print(task.row("demonstrations held out", held.x.numpy()[np.flatnonzero(blocked)[: len(task.context)]], 0.0))
    for family in families:
        model, seconds = trained(task, family, {})
        print(task.row(family, drawn(task, model), seconds), flush=True)
        if family == "flow-matching":
            for steps, sampler in ((1, "euler"), (2, "midpoint"), (5, "midpoint")):
                print(task.row(f"  {steps} {sampler} steps", drawn(task, model, sampler, steps=steps), seconds))
            for components in (4, 8, 0):
                model, seconds = trained(task, family, {"components": components})
                name = f"  {components} components" if components else "  raw, 32 numbers"
                print(task.row(name, drawn(task, model), seconds), flush=True)


def plans() -> None:
    job = Job()
    job.open(RunSpec(data=DataChoice(name="detours"), conditional=True))
    job.ask(m.Train(RUN, steps=2000), m.Finished)
    print("\n| followed for | noise | plans | changes of side | walks that change | collide | arrive |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    ticket = 0
    for stride in (0.1, 0.2, 0.3, 0.5, 1.0):
        for committed in (True, False):
            ticket += 1
            told = job.ask(m.Rollout(RUN, ticket, GIVEN, stride, committed, 200), m.RolledOut)
            print(
                f"| {stride:g} | {'the same' if committed else 'other'} | {len(told.plans)} | {told.changes.mean():.2f} | "
                f"{(told.changes > 0).mean():.0%} | {told.collided.mean():.1%} | {told.arrived.mean():.0%} |"
            )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.imitation", description="Policies around an obstacle.")
    parser.add_argument("--families", default=FAMILIES, help="which families (%(default)s)")
    parser.add_argument("--begun", default="0,0.5", help="shares of demonstrations begun on the way (%(default)s)")
    options = parser.parse_args()
    torch.set_num_threads(1)
    for begun in options.begun.split(","):
        policies(float(begun), options.families.split(","))
    plans()


if __name__ == "__main__":
    main()
