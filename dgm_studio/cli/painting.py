"""The verbs of the canvas: inpaint, restore, edit. Answers come as one row of pictures, with method and honesty; those to
a pattern of letters as lines of text, to a sound as sounds."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np

from dgm_studio import atomic
from dgm_studio.api import Run
from dgm_studio.api.job import RUN, BadInput
from dgm_studio.protocol import messages as m
from dgm_studio.protocol.context import Label
from dgm_studio.protocol.strings import pattern_of, text_of
from dgm_studio.studio.files.export import mosaic, write_samples
from dgm_studio.studio.painting.canvas_files import mask_from_image
from dgm_studio.studio.wording import nearest

from . import output
from .job import result, say
from .reading import (
    AskedBy,
    fit,
    fit_picture,
    key_values,
    label_of,
    mask_from,
    open_run,
    picture_from,
    same_size,
    temperature,
    told_of,
)
from .reading import (
    known as known_settings,
)
from .sounds import free_from, sounds_from

Condition = Literal["mask", "strokes", "observation"]


def inpaint_run(
    run: Path, image: Path | None, mask: Path | None, text: str | None, sound: Path | None, gap: str | None,
    every: int | None, known: str | None, resize: bool, count: int, method: str | None, settings: tuple[str, ...],
    label: AskedBy, seed: int, device: str, out: Path | None, as_json: bool,
) -> None:  # fmt: skip
    if text is not None:
        _fill_text(run, text, count, method, settings, label, seed, device, out, as_json)
        return
    if sound is not None:
        _fill_sound(run, sound, gap, every, count, method, settings, label, seed, device, out, as_json)
        return
    if known is not None:
        _fill_numbers(run, known, count, method, settings, label, seed, device, out, as_json)
        return
    if image is None or mask is None or out is None:
        raise BadInput(
            "inpaint takes --image, --mask and --out for pictures, --text for strings, --sound, --gap or --every, and --out "
            "for sounds, or --known for points and paths."
        )
    output.check_target(out, (".png",))
    model = _on_pictures(run, device)
    opened = model.opened
    event = opened.info.event
    number = label_of(label, opened)
    ask = _asking(model, count, method, settings, number, seed, "mask")
    pixels = picture_from(image, opened)
    (free,) = same_size(resize, (image.name, pixels), (mask.name, mask_from(mask)))
    picture = fit(pixels, image.name, event)
    _write(ask(picture, mask_from_image(free, (event[1], event[2]))), count, seed, out, as_json, told_of(number))


def _fill_text(
    run: Path, text: str, count: int, method: str | None, settings: tuple[str, ...], label: AskedBy, seed: int, device: str,
    out: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Fill the hidden letters of a pattern; the answers are printed, and written where a file is named."""
    if out is not None:
        output.check_target(out, (".txt",))
    model = open_run(run, device)
    opened = model.opened
    info = opened.info
    if info.kind != "strings":
        raise BadInput(f"This run is on {info.kind}, not on strings: --text is for strings.")
    try:
        row, hidden = pattern_of(text, info.alphabet, info.event[0])
    except ValueError as error:
        raise BadInput(str(error)) from None
    number = label_of(label, opened)
    ask = _asking(model, count, method, settings, number, seed, "mask")
    answer = ask(np.array(row, np.uint8), np.array(hidden, np.float32))
    strings = [text_of(each, info.alphabet) for each in answer.x.tolist()]
    valid = None if answer.valid is None else [bool(each) for each in answer.valid]
    if out is not None:
        atomic.write(out, "".join(f"{each}\n" for each in strings).encode())
    values = {
        "out": None if out is None else str(out), "n": count, "method": answer.method, "honesty": answer.honesty, "seed": seed,
        "text": text, "strings": strings, "valid": valid, **told_of(number),
    }  # fmt: skip
    marks = ["" if valid is None else "  valid" if each else "  not valid" for each in valid or [True] * count]
    lines = [f"{each}{mark}" for each, mark in zip(strings, marks, strict=True)]
    result(values, as_json, "\n".join([*lines, f"Filled by {answer.method} ({answer.honesty})."]))


def _fill_sound(
    run: Path, sound: Path, gap: str | None, every: int | None, count: int, method: str | None, settings: tuple[str, ...],
    label: AskedBy, seed: int, device: str, out: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Fill a gap of a sound, or what lies between every k-th sample; the answers are written one after the other."""
    if out is None:
        raise BadInput("Sounds are written, not printed: name a .wav file by --out.")
    output.check_target(out, (".wav", ".npy"))
    model = open_run(run, device)
    opened = model.opened
    info = opened.info
    if info.kind != "sounds":
        raise BadInput(f"This run is on {info.kind}, not on sounds: --sound is for sounds.")
    free = free_from(gap, every, info)
    rows = sounds_from(sound, info)
    if len(rows) > 1:
        say(f"{sound.name}: only the first of them is filled in.")
    number = label_of(label, opened)
    answer = _asking(model, count, method, settings, number, seed, "mask")(rows[0], free)
    write_samples(out, answer.x, None, rate=info.rate)
    values = {
        "out": str(out), "n": count, "method": answer.method, "honesty": answer.honesty, "seed": seed, "rate": info.rate,
        "known": float((free == 0).mean()), **told_of(number),
    }  # fmt: skip
    answers = "1 answer" if count == 1 else f"{count} answers"
    result(values, as_json, f"Wrote {answers} to {out} by {answer.method} ({answer.honesty}).")


def _fill_numbers(
    run: Path, text: str, count: int, method: str | None, settings: tuple[str, ...], label: AskedBy, seed: int, device: str,
    out: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Make what is not known of a point or a path; the answers are printed, and written where a file is named."""
    if out is not None:
        output.check_target(out, (".npy", ".csv"))
    model = open_run(run, device)
    opened = model.opened
    info = opened.info
    if info.kind not in ("points", "paths"):
        raise BadInput(f"This run is on {info.kind}, not on points or paths: --known is for these.")
    if out is not None and info.kind == "paths":
        output.check_target(out, (".npy",))
    x, free = _numbers(text, info.event)
    number = label_of(label, opened)
    answer = _asking(model, count, method, settings, number, seed, "mask")(x, free)
    if out is not None:
        write_samples(out, answer.x, None, axes=info.axes)
    values = {
        "out": None if out is None else str(out), "n": count, "method": answer.method, "honesty": answer.honesty, "seed": seed,
        "known": float((free == 0).mean()), "x": answer.x.tolist(), **told_of(number),
    }  # fmt: skip
    lines = ["; ".join(", ".join(f"{v:.4g}" for v in each) for each in np.atleast_2d(one)) for one in answer.x]
    result(values, as_json, "\n".join([*lines, f"Made by {answer.method} ({answer.honesty})."]))


def _numbers(text: str, event: tuple[int, ...]) -> tuple[m.Array, m.Array]:
    """What is known of an example of the shape ``event``, 0 where nothing is, and 1 where it is to be made. Raises BadInput."""
    cells = [[cell.strip() for cell in row.split(",")] for row in text.split(";")]
    shape = event if len(event) == 2 else (1, *event)
    if len(cells) != shape[0] or any(len(row) != shape[1] for row in cells):
        asked = (
            f"{shape[1]} numbers" if shape[0] == 1 else f"{shape[0]} waypoints of {shape[1]} numbers, with ; between"
        )
        raise BadInput(f"--known takes {asked}, or ? in place of a number.")
    free = np.array([[cell == "?" for cell in row] for row in cells])
    try:
        x = np.array([[0.0 if cell == "?" else float(cell) for cell in row] for row in cells])
    except ValueError:
        strange = next(cell for row in cells for cell in row if cell != "?" and not _is_number(cell))
        raise BadInput(f"--known takes numbers and ?, not {strange!r}.") from None
    if not free.any():
        raise BadInput("All is known; put ? in place of what is to be made.")
    return x.reshape(event), free.reshape(event).astype(np.float32)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def restore_run(
    run: Path, operator: str, image: Path, noise: float, count: int, method: str | None, settings: tuple[str, ...],
    label: AskedBy, seed: int, device: str, out: Path, as_json: bool,
) -> None:  # fmt: skip
    output.check_target(out, (".png",))
    model = _on_pictures(run, device)
    opened = model.opened
    picture = fit_picture(image, opened)
    everywhere = np.ones(opened.info.event[1:], np.float32)
    number = label_of(label, opened)
    ask = _asking(model, count, method, settings, number, seed, "observation", operator=operator, noise=noise)
    answer = ask(picture, everywhere)
    _write(
        answer, count, seed, out, as_json, {"operator": operator, **told_of(number)}, before=[picture, answer.observed]
    )


def edit_run(
    run: Path, image: Path | None, strokes: Path, mask: Path | None, resize: bool, strength: float, count: int,
    method: str | None, settings: tuple[str, ...], label: AskedBy, seed: int, device: str, out: Path, as_json: bool,
) -> None:  # fmt: skip
    output.check_target(out, (".png",))
    model = _on_pictures(run, device)
    opened = model.opened
    event = opened.info.event
    given = [(strokes.name, picture_from(strokes, opened, paint=True))]
    if mask is not None:
        given.append((mask.name, mask_from(mask)))
    if image is not None:
        under = picture_from(image, opened)
        first, picture = (image.name, under), fit(under, image.name, event)
    else:
        first, picture = given[0], np.zeros((*event[1:], 3) if event[0] == 3 else event[1:], np.uint8)
    paint, *free = same_size(resize, first, *given)
    if event[0] == 1 and _colourful(paint):
        say(f"{strokes.name} has colours; they were made grey, as the model knows pictures.")
    paint = fit(paint, strokes.name, event)
    may = mask_from_image(free[0], (event[1], event[2])) if free else np.zeros(event[1:], np.float32)
    number = label_of(label, opened)
    ask = _asking(model, count, method, settings, number, seed, "strokes", strokes=paint, strength=strength)
    answer = ask(picture, may)
    _write(answer, count, seed, out, as_json, {"strength": strength, **told_of(number)}, before=[answer.observed])


def _on_pictures(run: Path, device: str) -> Run:
    model = open_run(run, device)
    opened = model.opened
    if opened.info.kind != "images":
        what = {"points": "points of the plane", "paths": "paths"}.get(
            opened.info.kind, f"{opened.info.kind}, which inpaint fills"
        )
        raise BadInput(f"This run is on {what}, not on pictures, so there is nothing to paint on.")
    return model


def _asking(
    model: Run, count: int, method: str | None, settings: tuple[str, ...], label: Label,
    seed: int, condition: Condition, **more: Any,
) -> Any:  # fmt: skip
    """A function of picture and mask that asks the run and waits for the answer. Raises BadInput."""
    opened, knobs = model.opened, key_values(settings)
    warmth = temperature(knobs)
    careful = opened.info.careful(condition)
    chosen = _named(opened, condition, method) if method else careful
    if chosen is not None:
        known_settings(knobs, [*chosen.schema.get("properties", {}), "temperature"], f"Method {chosen.name!r}")

    def ask(picture: m.Array, mask: m.Array) -> m.Filled:
        name = None if chosen is None else chosen.name
        intent = m.Fill(
            RUN, picture, mask, count, seed, 1, name, knobs, warmth, label, live=False, condition=condition, **more
        )
        return model.ask(intent, m.Filled)

    return ask


def _named(opened: m.Opened, condition: Condition, name: str) -> m.SamplerInfo | None:
    """A way by its name, or by the short one, without the task before the dash. Raises BadInput with those there are."""
    methods = {method.name: method for method in opened.info.methods_for(condition)}
    if not methods:
        return None  # the engine says what to do
    found = methods.get(name) or next((method for long, method in methods.items() if long.endswith(f"-{name}")), None)
    if found is None:
        raise BadInput(f"There is no method {name!r} here.{nearest(name, methods)} There is {', '.join(methods)}.")
    return found


def _colourful(paint: m.Array) -> bool:
    """Whether strokes (H, W, 4) show other than grey."""
    seen = paint[paint[..., 3] > 0]
    return bool((seen[:, :1] != seen[:, 1:3]).any())


def _write(
    answer: m.Filled, count: int, seed: int, out: Path, as_json: bool, more: dict[str, Any],
    before: list[m.Array | None] | None = None,
) -> None:  # fmt: skip
    """One row: what was given, where there is more than the mask to it, then the answers."""
    given = [p for p in before or [] if p is not None]
    row = np.concatenate([np.stack(given), answer.x]) if given else answer.x
    output.write_picture(out, mosaic(row, len(row)))
    values = {
        "out": str(out), "n": count, "method": answer.method or None, "honesty": answer.honesty or None, "seed": seed, **more,
    }  # fmt: skip
    if not answer.method:
        say("The mask is black everywhere, so nothing was generated.")
        result(values, as_json, f"Wrote the picture as it was to {out}.")
        return
    answers = "1 answer" if count == 1 else f"{count} answers"
    result(values, as_json, f"Wrote {answers} to {out} by {answer.method} ({answer.honesty}).")
