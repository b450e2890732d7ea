"""Sounds after a minute: bits per sample, how far spectra are from those of the data, and what it costs to write one.

    python -m benchmarks.sounds [--seconds 60] [--data plucked,bells,vowels,drums] [--families autoregressive,flow-matching]

Each family learns each set with its classes for so many seconds of processor time, which no other program can take away. The
floors are those of held-out data; seconds are those of one sound of 2,048 samples, drawn alone, on one thread.
"""

from __future__ import annotations

import argparse
import time

import torch

from dgm_studio.contract import Batch, DataSet, Evidence, Model, Steer, finish, rng_for, trajectory
from dgm_studio.engine import catalogue
from dgm_studio.evaluation.sounds import class_heard, spectral_distance

SAMPLES, JUDGED = 96, 48


def trained(family: str, data: DataSet, seconds: float, seed: int = 0) -> tuple[Model, int]:
    """A model by its recipe after so many seconds of processor time, and its steps."""
    made = catalogue.families()[family]
    recipe = made.recipe(data.spec, torch.device("cpu"))
    model = made.build(made.Config(**recipe.config), data.spec, rng_for(seed, 1))
    model.retune(recipe.training)
    assert data.fresh is not None
    spent, steps = 0.0, 0
    while spent < seconds:
        batch = data.fresh(recipe.training.batch, rng_for(seed, 2, steps))
        x = Batch(batch.x.float() / 32768, batch.index, batch.label)
        begin = time.process_time()
        model.train_step(x, rng_for(seed, 3, steps))
        spent += time.process_time() - begin
        steps += 1
    return model, steps


@torch.inference_mode()
def drawn(model: Model, label: torch.Tensor) -> tuple[torch.Tensor, float]:
    """Sounds (n, 1, T) of classes (n,), and the processor time of one that is drawn alone."""
    sampler = next(iter(model.abilities().samplers.values()))
    knobs = sampler.Knobs()
    x = finish(trajectory(sampler, len(label), Steer(knobs, label=label), 4))[-1].x
    begin = time.process_time()
    finish(trajectory(sampler, 1, Steer(knobs, label=label[:1]), 5))
    return x.clone(), time.process_time() - begin


def bits(data: DataSet, model: Model) -> tuple[float, str]:
    """Per sample of held-out sounds, of 256 companded levels or of 16 bits, and which of both."""
    density = model.abilities().log_density
    assert density is not None
    x, label = data.held_out.x[:JUDGED].float() / 32768, data.held_out.label
    assert label is not None
    with torch.no_grad():
        nats = finish(density.work(x, label[:JUDGED])).double().mean()
    width = 0.0 if density.levels else torch.tensor(2 / (data.spec.levels - 1)).log()
    cost = -(nats / data.spec.size + width) / torch.tensor(2.0).log()
    return float(cost), "8 bits, companded" if density.levels else "16 bits, estimated"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sounds", description="Sounds after a minute.")
    parser.add_argument("--seconds", type=float, default=60.0, help="of processor time (%(default)s)")
    parser.add_argument("--data", default="plucked,bells,vowels,drums", help="which sets (%(default)s)")
    parser.add_argument("--families", default="autoregressive,flow-matching", help="which families (%(default)s)")
    options = parser.parse_args()
    torch.set_num_threads(1)
    print("| data | family | steps | bits/sample | distance of spectra (floor) | class heard (held out) | s a sound |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for name in options.data.split(","):
        source = catalogue.sources()[name]
        data = finish(source.load(source.Params(), rng_for(0)))
        for family in options.families.split(","):
            model, steps = trained(family, data, options.seconds)
            label = torch.arange(SAMPLES) % len(data.spec.classes)
            x, seconds = drawn(model, label)
            train, held = (part.x.float() / 32768 for part in (data.train, data.held_out))
            e = Evidence(
                data.spec, x, train, held, rng_for(6), train_label=data.train.label, held_out_label=data.held_out.label,
                sample_label=label,
            )  # fmt: skip
            far, heard, (cost, of) = finish(spectral_distance(e)), class_heard(e), bits(data, model)
            print(
                f"| {name} | {family} | {steps:,} | {cost:.2f} ({of}) | {far.value:.2f} ± {far.error:.2f} ({far.floor:.2f}) | "
                f"{heard.value:.2f} ({heard.floor:.2f}) | {seconds:.2f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
