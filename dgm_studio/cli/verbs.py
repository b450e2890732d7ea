"""What the verbs do: read options, ask the engine, write the answer."""

from __future__ import annotations

import io
import time
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import ValidationError

from dgm_studio import atomic
from dgm_studio.api import BadInput, Failure, MeasuredValue
from dgm_studio.api.training import untrained
from dgm_studio.protocol import messages as m
from dgm_studio.protocol.spec import DataKind
from dgm_studio.protocol.strings import text_of
from dgm_studio.studio.files.export import mosaic
from dgm_studio.studio.reading.quality import rounded, short_unit, value_said
from dgm_studio.studio.session.session import COUNTS
from dgm_studio.studio.wording import classes_said, explain, nearest, shortened

from . import output
from .examples import examples_from
from .job import end_line, progress_line, result, say
from .reading import AskedBy, asked_for, fit_picture, key_values, known, label_of, open_run, told_of
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
    model = untrained(spec)
    opened = model.opened
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
        model.set(spec.with_sampling(count=COUNTS[opened.info.kind]))
    if steps is None and seconds is None:
        steps = wanted.steps or opened.info.recipe_steps
    began = time.perf_counter()
    try:
        try:
            model.train(steps, seconds=seconds, progress=progress_line(steps))
        finally:
            end_line()
    except KeyboardInterrupt:
        model.save(out)
        say(f"Interrupted at step {model.step:,}; what was learned so far is in {out}.")
        raise
    except Failure as failure:
        if failure.step:
            model.save(out)
            say(f"The weights of step {failure.step:,} are in {out}.")
        raise
    model.save(out)
    values = {
        "out": str(out),
        "family": spec.family,
        "data": choice.label,
        **({} if spec.source is None else {"source": spec.source.label}),
        **({} if wanted.recipe is None else {"recipe": wanted.recipe.name, "look": wanted.recipe.look}),
        "steps": model.step,
        "seconds": round(model.training_seconds, 3),
        "steps_per_second": round(model.step / max(model.training_seconds, 1e-9), 2),
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
    result(values, as_json, f"Trained {model.step:,} steps in {model.training_seconds:.1f} s; saved {out}.{look}")


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
    model = open_run(run, device)
    opened = model.opened
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
    number = label_of(label, opened)
    try:
        drawn = model.draw(
            count, seed=seed, label=asked_for(number, opened), temperature=temperature, sampler=str(name), knobs=knobs,
            path=ending in (".webp", ".mp4"),
        )  # fmt: skip
    except ValidationError as error:
        raise BadInput(explain(error)) from None
    samples = drawn.told
    if ending in (".webp", ".mp4"):
        assert samples.path is not None
        image = opened.info.kind == "images"
        output.write_animation(out, [mosaic(f) if image else output.scatter(f, opened.info) for f in samples.path])
    else:
        output.write_examples(out, samples, opened.info)
    values = {"out": str(out), "n": len(samples.x), "seconds": round(samples.seconds, 4), "sampler": name, "seed": seed,
              **told_of(number), **({"rate": opened.info.rate} if opened.info.rate else {})}  # fmt: skip
    said = ""
    if opened.info.kind == "strings":
        values["strings"] = [text_of(row, opened.info.alphabet) for row in samples.x.tolist()]
        if samples.valid is not None:
            values["valid"] = float(samples.valid.mean())
            said = f", {samples.valid.mean():.1%} of them valid"
    result(values, as_json, f"Wrote {len(samples.x):,} samples to {out}{said} ({samples.seconds:.2f} s).")


def log_density(
    run: Path, points: Path, columns: str | None, label: AskedBy, device: str, out: Path, as_json: bool
) -> None:
    output.check_target(out, (".npy",))
    model = open_run(run, device)
    opened = model.opened
    if opened.info.density is None:
        what = {"images": "pictures"}.get(opened.info.kind, opened.info.kind)
        exact, estimated = _DENSITIES[opened.info.kind]
        raise BadInput(
            f"{opened.spec.family} has no density of {what}: it makes samples, but says nothing about how likely one "
            f"is. {exact} have an exact one; {estimated}."
        )
    number = label_of(label, opened)
    examples = examples_from(points, opened, columns)
    found = model.log_density(examples.x, label=asked_for(number, opened))
    buffer = io.BytesIO()
    np.save(buffer, found, allow_pickle=False)
    atomic.write(out, buffer.getvalue())
    mean, kind = float(found.mean()), model.density_kind
    values = {"out": str(out), "n": len(found), "kind": kind, "unit": "nats", "mean": mean,
              **told_of(number)}  # fmt: skip
    if opened.info.kind == "strings":
        values["bits_per_letter"] = -float(found.sum()) / np.log(2) / int((examples.x > 0).sum())
    if opened.info.kind == "sounds":
        values["bits_per_sample"] = -mean / np.log(2) / opened.info.event[-1]
    if opened.info.kind == "images":
        values |= examples.report()
        values["bits_per_dimension"] = -mean / np.log(2) / int(np.prod(opened.info.event))
    result(
        values,
        as_json,
        f"Mean log-density {mean:.4f} nats ({kind}) over {len(found):,} examples; wrote {out}.",
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
    model = open_run(run, device)
    opened = model.opened
    a, b = _picture_or_example(start, opened), _picture_or_example(end, opened)
    number = label_of(label, opened)
    shape: Literal["line", "sphere"] | None = None if geometry is None else "line" if geometry == "line" else "sphere"
    answer = model.interpolate(a, b, frames, geometry=shape, label=asked_for(number, opened))
    image = opened.info.kind == "images"
    if ending in (".webp", ".mp4"):
        pictures = list(answer.frames) if image else [output.scatter(f[None], opened.info) for f in answer.frames]
        output.write_animation(out, pictures)
    else:
        strip = mosaic(answer.frames, frames) if image else output.scatter(answer.frames, opened.info)
        output.write_picture(out, strip)
    note = "" if answer.exact else " The ends are the model's own reproductions, not the pictures given."
    values = {
        "out": str(out), "frames": frames, "geometry": answer.geometry, "exact": answer.exact,
        "classes": list(answer.classes), "classes_from": answer.classes_from, "class_change": answer.class_change,
        **told_of(number),
    }  # fmt: skip
    said = classes_said(answer.told, opened.info.classes)
    result(values, as_json, f"Wrote {frames} frames to {out}.{note} {said}".rstrip())


def evaluate_run(run: Path, against: Path | None, columns: str | None, device: str, as_json: bool) -> None:
    model = open_run(run, device)
    opened = model.opened
    others = None if against is None else examples_from(against, opened, columns)
    found = model.evaluate(against=None if others is None else others.x)
    measures = {
        name: {"value": each.value, "error": each.known_error, "floor": each.floor, "unit": each.unit}
        for name, each in found.items()
    }
    values: dict[str, Any] = {
        "family": opened.spec.family, "data": opened.spec.data.label,
        **({} if opened.spec.source is None else {"source": opened.spec.source.label}), "step": model.step,
        "measures": measures, **({} if others is None else others.report()),
    }  # fmt: skip
    lines = [_measured(name, each) for name, each in found.items()]
    result(values, as_json, "\n".join([*lines, *(each.said for each in found.values() if each.said)]))


def _measured(name: str, found: MeasuredValue) -> str:
    said = f"{value_said(found.value, found.known_error)} {short_unit(found.unit)}".rstrip()
    return f"{name:22} {said}" + (
        f"  (floor {rounded(found.floor, found.known_error)})" if found.floor is not None else ""
    )


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
