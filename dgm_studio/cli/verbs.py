"""What the verbs do: read options, ask the engine, write the answer."""

from __future__ import annotations

import io
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from dgm_studio import atomic
from dgm_studio.api.job import RUN, BadInput, Failure, Job
from dgm_studio.protocol import messages as m
from dgm_studio.protocol.spec import DataKind
from dgm_studio.protocol.strings import text_of
from dgm_studio.studio.files.export import mosaic
from dgm_studio.studio.reading.quality import rounded, short_unit, value_said
from dgm_studio.studio.session.session import COUNTS
from dgm_studio.studio.wording import classes_said, explain, nearest, shortened

from . import output
from .examples import examples_from
from .job import progress_line, result, say
from .reading import AskedBy, fit_picture, key_values, known, label_of, open_run, told_of
from .wanting import wanted_run

_DENSITIES: dict[DataKind, tuple[str, str]] = {
    "points": ("kde, flow, autoregressive, diffusion and flow-matching", "vae estimates one"),
    "images": ("kde, flow and autoregressive", "vae, diffusion and flow-matching estimate one"),
    "strings": ("autoregressive", "masked has a bound on one"),
    "sounds": ("autoregressive", "diffusion and flow-matching estimate one"),
    "paths": ("kde and flow", "vae estimates one"),
}
"""Families with an exact density of a kind of data, and others that say something of it."""
SAMPLING_KEYS = ("sampler", "temperature")


# --- train --------------------------------------------------------------------------------------------------------


def train_run(
    data: str | None, source: str | None, family: str | None, recipe: str | None, settings: tuple[str, ...],
    steps: int | None, seconds: float | None, seed: int, device: str, conditional: bool, columns: str | None, out: Path,
    as_json: bool,
) -> None:  # fmt: skip
    """Train and save; see `dgm-studio train --help`."""
    output.check_target(out, (".dgm",))
    wanted = wanted_run(data, family, recipe, settings, columns, seed, device, conditional, source)
    spec, choice, chosen = wanted.spec, wanted.spec.data, wanted.family
    job = Job()
    opened = job.open(spec)
    if conditional and not opened.spec.conditional:
        raise BadInput(
            f"{opened.info.data_title} has no classes to be conditioned on. Leave out --conditional, or set data.clusters to 2 "
            "or more, so that groups of similar examples become classes."
            if not opened.info.classes and not opened.info.context
            else f"{chosen.title} cannot be conditioned on {'classes' if opened.info.classes else 'a context'}. Leave out "
            "--conditional."
        )
    for words in (*shortened(opened.info.problems), *(f"{choice.label}: {words}" for words in opened.info.said)):
        say(f"{words}.")
    if opened.info.kind != "points":  # as many as the window shows
        job.edit(spec.with_sampling(count=COUNTS[opened.info.kind]))
    if steps is None and seconds is None:
        steps = wanted.steps or opened.info.recipe_steps
    began = time.perf_counter()
    try:
        finished = job.ask(m.Train(RUN, steps=steps, seconds=seconds), m.Finished, progress_line(steps))
    except KeyboardInterrupt:
        saved = job.ask(m.Save(RUN, out), m.Saved)
        say(f"Interrupted at step {saved.step:,}; what was learned so far is in {out}.")
        raise
    except Failure as failure:
        if failure.step:
            job.ask(m.Save(RUN, out), m.Saved)
            say(f"The weights of step {failure.step:,} are in {out}.")
        raise
    job.ask(m.Save(RUN, out), m.Saved)
    values = {
        "out": str(out),
        "family": spec.family,
        "data": choice.label,
        **({} if spec.source is None else {"source": spec.source.label}),
        **({} if wanted.recipe is None else {"recipe": wanted.recipe.name, "look": wanted.recipe.look}),
        "steps": finished.step,
        "seconds": round(finished.seconds, 3),
        "steps_per_second": round(finished.step / max(finished.seconds, 1e-9), 2),
        "wall_seconds": round(time.perf_counter() - began, 3),
        "parameters": opened.info.parameters,
        "device": opened.info.device,
        "config": opened.spec.config,
        "training": opened.spec.training,
        "problems": list(opened.info.problems),
        "said": list(opened.info.said),
        "classes": list(opened.info.classes),
    }
    look = "" if wanted.recipe is None else f" {wanted.recipe.look}"
    result(values, as_json, f"Trained {finished.step:,} steps in {finished.seconds:.1f} s; saved {out}.{look}")


# --- using a run --------------------------------------------------------------------------------------------------


def sample_run(
    run: Path,
    count: int,
    settings: tuple[str, ...],
    label: AskedBy,
    seed: int,
    device: str,
    out: Path,
    as_json: bool,
) -> None:
    ending = output.check_target(out, (".npy", ".csv", ".npz", ".png", ".txt", ".wav", ".webp", ".mp4"))
    job, opened = open_run(run, device)
    if opened.info.kind == "strings" and ending not in (".txt", ".npy", ".npz"):
        raise BadInput(
            f"Strings are written as .txt, one a line, or as .npy or .npz of letter numbers, not as {ending}."
        )
    if opened.info.kind == "sounds" and ending not in (".wav", ".npy", ".npz"):
        raise BadInput(f"Sounds are written as .wav, one after the other, or as .npy or .npz, not as {ending}.")
    if opened.info.kind == "paths" and ending not in (".npy", ".npz", ".png", ".webp", ".mp4"):
        raise BadInput(f"Paths are written as .npy or .npz, or drawn as .png, .webp or .mp4, not as {ending}.")
    pairs = key_values(settings)
    sampling = opened.spec.sampling
    name = pairs.pop("sampler", sampling.sampler)
    by_name = {s.name: s for s in opened.info.samplers}
    if name not in by_name:
        raise BadInput(
            f"There is no sampler {name!r}.{nearest(str(name), list(by_name))} There is {', '.join(by_name)}."
        )
    temperature = pairs.pop("temperature", sampling.temperature)
    known(pairs, [*SAMPLING_KEYS, *by_name[name].schema.get("properties", {})], f"Sampler {name!r}")
    knobs = {**(sampling.knobs if name == sampling.sampler else {}), **pairs}
    edit = opened.spec.with_sampling
    try:
        spec = edit(sampler=name, knobs=knobs, temperature=temperature, label=label_of(label, opened))
    except ValidationError as error:
        raise BadInput(explain(error)) from None
    job.edit(spec.with_(device=device) if device != "auto" else spec)
    samples = _drawn(job, count, seed, ending in (".webp", ".mp4"))
    if ending in (".webp", ".mp4"):
        assert samples.path is not None
        image = opened.info.kind == "images"
        output.write_animation(out, [mosaic(f) if image else output.scatter(f, opened.info) for f in samples.path])
    else:
        output.write_examples(out, samples, opened.info)
    values = {"out": str(out), "n": len(samples.x), "seconds": round(samples.seconds, 4), "sampler": name, "seed": seed,
              **told_of(spec.sampling.label), **({"rate": opened.info.rate} if opened.info.rate else {})}  # fmt: skip
    said = ""
    if opened.info.kind == "strings":
        values["strings"] = [text_of(row, opened.info.alphabet) for row in samples.x.tolist()]
        if samples.valid is not None:
            values["valid"] = float(samples.valid.mean())
            said = f", {samples.valid.mean():.1%} of them valid"
    result(values, as_json, f"Wrote {len(samples.x):,} samples to {out}{said} ({samples.seconds:.2f} s).")


def _drawn(job: Job, count: int, seed: int, keep_path: bool) -> m.Samples:
    return job.ask(m.Sample(RUN, count, seed, 1, keep_path), m.Samples)


def log_density(
    run: Path, points: Path, columns: str | None, label: AskedBy, device: str, out: Path, as_json: bool
) -> None:
    output.check_target(out, (".npy",))
    job, opened = open_run(run, device)
    if opened.info.density is None:
        what = {"images": "pictures"}.get(opened.info.kind, opened.info.kind)
        exact, estimated = _DENSITIES[opened.info.kind]
        raise BadInput(
            f"{opened.spec.family} has no density of {what}: it makes samples, but says nothing about how likely one "
            f"is. {exact} have an exact one; {estimated}."
        )
    number = label_of(label, opened)
    examples = examples_from(points, opened, columns)
    answer = job.ask(m.DensityQuery(RUN, examples.x, 1, number), m.Densities)
    buffer = io.BytesIO()
    np.save(buffer, answer.values, allow_pickle=False)
    atomic.write(out, buffer.getvalue())
    mean = float(answer.values.mean())
    values = {"out": str(out), "n": len(answer.values), "kind": answer.kind, "unit": "nats", "mean": mean,
              **told_of(number)}  # fmt: skip
    if opened.info.kind == "strings":
        values["bits_per_letter"] = -float(answer.values.sum()) / np.log(2) / int((examples.x > 0).sum())
    if opened.info.kind == "sounds":
        values["bits_per_sample"] = -mean / np.log(2) / opened.info.event[-1]
    if opened.info.kind == "images":
        values |= examples.report()
        values["bits_per_dimension"] = -mean / np.log(2) / int(np.prod(opened.info.event))
    result(
        values,
        as_json,
        f"Mean log-density {mean:.4f} nats ({answer.kind}) over {len(answer.values):,} examples; wrote {out}.",
    )


def _picture_or_example(text: str, opened: m.Opened) -> m.Array | int:
    """A picture file, or the number of a training example."""
    if text.isdecimal() and not Path(text).exists():
        return int(text)
    if opened.info.kind != "images":
        raise BadInput(f"A run on {opened.info.kind} interpolates between training examples: give their numbers.")
    return fit_picture(Path(text), opened)


def interpolate_run(
    run: Path, start: str, end: str, frames: int, geometry: str | None, label: AskedBy, device: str, out: Path,
    as_json: bool,
) -> None:  # fmt: skip
    ending = output.check_target(out, (".png", ".webp", ".mp4"))
    job, opened = open_run(run, device)
    a, b = _picture_or_example(start, opened), _picture_or_example(end, opened)
    shape: Any = geometry or (
        "sphere" if opened.info.latent_gaussian and (opened.info.latent_size or 0) >= 8 else "line"
    )
    number = label_of(label, opened)
    answer = job.ask(m.Interpolate(RUN, a, b, frames, shape, 1, number), m.Interpolated)
    image = opened.info.kind == "images"
    if ending in (".webp", ".mp4"):
        pictures = list(answer.frames) if image else [output.scatter(f[None], opened.info) for f in answer.frames]
        output.write_animation(out, pictures)
    else:
        strip = mosaic(answer.frames, frames) if image else output.scatter(answer.frames, opened.info)
        output.write_picture(out, strip)
    note = "" if answer.exact else " The ends are the model's own reproductions, not the pictures given."
    names = opened.info.classes
    values = {
        "out": str(out), "frames": frames, "geometry": shape, "exact": answer.exact,
        "classes": [names[y] for y in answer.classes], "classes_from": answer.origin, "class_change": answer.change,
        **told_of(number),
    }  # fmt: skip
    result(values, as_json, f"Wrote {frames} frames to {out}.{note} {classes_said(answer, names)}".rstrip())


def evaluate_run(run: Path, against: Path | None, columns: str | None, device: str, as_json: bool) -> None:
    job, opened = open_run(run, device)
    others = None if against is None else examples_from(against, opened, columns)
    answer = job.ask(m.MeasureNow(RUN, 1, None if others is None else others.x), m.Measured)
    measures = {name: {**found, "unit": answer.units[name]} for name, found in answer.values.items()}
    values: dict[str, Any] = {
        "family": opened.spec.family, "data": opened.spec.data.label,
        **({} if opened.spec.source is None else {"source": opened.spec.source.label}), "step": answer.step,
        "measures": measures, **({} if others is None else others.report()),
    }  # fmt: skip
    lines = [_measured(name, v, short_unit(answer.units[name])) for name, v in answer.values.items()]
    result(values, as_json, "\n".join([*lines, *answer.said.values()]))


def _measured(name: str, found: Mapping[str, float | None], unit: str) -> str:
    value, error, floor = found["value"], found["error"], found["floor"]
    assert value is not None, f"measured {name} has no value"
    said = f"{value_said(value, error)} {unit}".rstrip()
    return f"{name:22} {said}" + (f"  (floor {rounded(floor, error)})" if floor is not None else "")


def take_screenshot(run: Path | None, workspace: str | None, theme: str, size: str, seconds: float, out: Path) -> None:
    """Render the window; see `ui.app.screenshot`."""
    output.check_target(out, (".png",))
    width, sign, height = size.lower().partition("x")
    if not (
        sign and width.isdecimal() and height.isdecimal() and 600 <= int(width) <= 8000 and 400 <= int(height) <= 8000
    ):
        raise BadInput(f"--size takes WIDTHxHEIGHT such as 1440x900, at least 600x400, not {size!r}.")
    if run is not None and not run.is_file():
        raise BadInput(f"{run} does not exist. Check the path.")
    from dgm_studio.ui.app import screenshot

    screenshot(run, workspace, theme, (int(width), int(height)), out, seconds)
    say(f"Wrote {out}.")
