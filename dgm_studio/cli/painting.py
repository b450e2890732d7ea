"""The verbs of the canvas: inpaint, restore, edit. Answers come as one row of pictures, with method and honesty."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np
from PIL import Image

from dgm_studio.engine import messages as m
from dgm_studio.studio.export import mosaic

from . import output
from .job import RUN, BadInput, Job, result, say
from .reading import class_number, fit_picture, key_values, open_run, picture_from, temperature

Condition = Literal["mask", "strokes", "observation"]


def inpaint_run(
    run: Path, image: Path, mask: Path, resize: bool, count: int, method: str | None, settings: tuple[str, ...],
    label: str | None, seed: int, device: str, out: Path, as_json: bool,
) -> None:  # fmt: skip
    output.check_target(out, (".png",))
    job, opened = _on_pictures(run, device)
    event = opened.info.event
    _check_sizes(image, mask, resize)
    picture = fit_picture(image, event)
    strength = fit_picture(mask, (1, *event[1:])).astype(np.float32) / 255
    ask = _asking(job, opened, count, method, settings, label, seed, "mask")
    _write(ask(picture, strength), count, seed, out, as_json, {})


def restore_run(
    run: Path, operator: str, image: Path, noise: float, count: int, method: str | None, settings: tuple[str, ...],
    label: str | None, seed: int, device: str, out: Path, as_json: bool,
) -> None:  # fmt: skip
    output.check_target(out, (".png",))
    job, opened = _on_pictures(run, device)
    picture = fit_picture(image, opened.info.event)
    everywhere = np.ones(opened.info.event[1:], np.float32)
    ask = _asking(job, opened, count, method, settings, label, seed, "observation", operator=operator, noise=noise)
    answer = ask(picture, everywhere)
    _write(answer, count, seed, out, as_json, {"operator": operator}, before=[picture, answer.observed])


def edit_run(
    run: Path, image: Path | None, strokes: Path, mask: Path | None, strength: float, count: int, method: str | None,
    settings: tuple[str, ...], label: str | None, seed: int, device: str, out: Path, as_json: bool,
) -> None:  # fmt: skip
    output.check_target(out, (".png",))
    job, opened = _on_pictures(run, device)
    event = opened.info.event
    paint = _strokes(strokes, event)
    blank = np.zeros((*event[1:], 3) if event[0] == 3 else event[1:], np.uint8)
    picture = blank if image is None else fit_picture(image, event)
    free: m.Array = np.zeros(event[1:], np.float32)
    if mask is not None:
        free = fit_picture(mask, (1, *event[1:])).astype(np.float32) / 255
    ask = _asking(job, opened, count, method, settings, label, seed, "strokes", strokes=paint, strength=strength)
    answer = ask(picture, free)
    _write(answer, count, seed, out, as_json, {"strength": strength}, before=[answer.observed])


def _on_pictures(run: Path, device: str) -> tuple[Job, m.Opened]:
    job, opened = open_run(run, device)
    if len(opened.info.event) != 3:
        raise BadInput("This run is on points of the plane, not on pictures, so there is nothing to paint on.")
    return job, opened


def _asking(
    job: Job, opened: m.Opened, count: int, method: str | None, settings: tuple[str, ...], label: str | None,
    seed: int, condition: Condition, **more: Any,
) -> Any:  # fmt: skip
    """A function of picture and mask that asks the run and waits for the answer. Raises BadInput."""
    knobs = key_values(settings)
    warmth = temperature(knobs)
    careful = opened.info.careful(condition)
    way = method or (careful.name if careful else None)
    number = class_number(label, opened)

    def ask(picture: m.Array, mask: m.Array) -> m.Filled:
        intent = m.Fill(
            RUN, picture, mask, count, seed, 1, way, knobs, warmth, number, live=False, condition=condition, **more
        )
        return job.ask(intent, m.Filled)

    return ask


def _check_sizes(image: Path, mask: Path, resize: bool) -> None:
    """A mask of another size than its picture is a mistake more often than not. Raises BadInput, unless told to go on."""
    a, b = picture_from(image).shape[:2], picture_from(mask).shape[:2]
    if a != b and not resize:
        raise BadInput(
            f"{image.name} is {a[1]}x{a[0]} pixels and {mask.name} {b[1]}x{b[0]}. Give --resize to stretch the mask over "
            "the picture."
        )


def _strokes(path: Path, event: tuple[int, ...]) -> m.Array:
    """Strokes (H, W, 4): where the picture is clear there is no paint; one without transparency is paint all over."""
    picture_from(path)
    with Image.open(path) as opened:
        paint = opened.convert("RGBA")
    if paint.size != (event[2], event[1]):
        say(
            f"{path.name} is {paint.width}x{paint.height}; it was resized to {event[2]}x{event[1]}, which the model knows."
        )
        paint = paint.resize((event[2], event[1]), Image.Resampling.LANCZOS)
    return np.asarray(paint)


def _write(
    answer: m.Filled, count: int, seed: int, out: Path, as_json: bool, more: dict[str, Any],
    before: list[m.Array | None] | None = None,
) -> None:  # fmt: skip
    """One row: what was given, where there is more than the mask to it, then the answers."""
    given = [p for p in before or [] if p is not None]
    row = np.concatenate([np.stack(given), answer.x]) if given else answer.x
    output.write_picture(out, mosaic(row, len(row)))
    values = {
        "out": str(out), "n": count, "method": answer.way or None, "honesty": answer.honesty or None, "seed": seed, **more,
    }  # fmt: skip
    if not answer.way:
        say("The mask is black everywhere, so nothing was generated.")
        result(values, as_json, f"Wrote the picture as it was to {out}.")
        return
    answers = "1 answer" if count == 1 else f"{count} answers"
    result(values, as_json, f"Wrote {answers} to {out} by {answer.way} ({answer.honesty}).")
