"""The verb film: a saved run as a film of its sampling, its training, a way through its latents, or an answer of its canvas."""

from __future__ import annotations

import math
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from dgm_studio.api.job import BadInput
from dgm_studio.protocol.layers import PLANE_LAYERS
from dgm_studio.protocol.messages import Extent
from dgm_studio.studio.film.choice import ENDINGS, USUAL_SECONDS, BadFilm, FilmChoice, Timeline, size_of
from dgm_studio.studio.film.offstage import LessonPlace
from dgm_studio.studio.wording import nearest

from . import output
from .job import result
from .lessons import lesson_named

_SAID_EVERY = 0.5
"""Seconds between words on how far it is."""


def film_run(
    run: Path, step: int | None, of: Timeline, layers: str | None,
    seconds: float | None, speed: float, fps: int, size: str, theme: Any, back: bool, once: bool,
    no_title: bool, no_number: bool, no_legend: bool, transparent: bool, extent: str | None, through: str | None,
    start: int, end: int, out: Path,
    as_json: bool,
) -> None:  # fmt: skip
    """Film and write; see `dgm-studio film --help`."""
    output.check_target(out, ENDINGS)
    if step is None and not run.is_file():
        raise BadInput(f"{run} does not exist. Check the path.")
    begun = time.perf_counter()
    try:
        choice = FilmChoice(
            of=of, seconds=USUAL_SECONDS[of] / speed if seconds is None else seconds, fps=fps, size=size_of(size), theme=theme,
            back=back, loop=not once, title=not no_title, number=not no_number, legend=not no_legend, transparent=transparent,
            extent=extent_of(extent), layers=layers_of(layers), through=places_of(through),
        )  # fmt: skip
        choice.check(out)
        from dgm_studio.ui.film.filming import film

        before = signal.signal(signal.SIGTERM, _stop)
        try:
            film(run if step is None else _place(str(run), step), choice, out, _teller(), (start, end))
        finally:
            signal.signal(signal.SIGTERM, before)
    except BadFilm as error:
        raise BadInput(str(error)) from None
    values = {
        "out": str(out), "of": of, "frames": choice.count, "fps": fps, "size": list(choice.size),
        "bytes": out.stat().st_size, "wall_seconds": round(time.perf_counter() - begun, 2),
    }  # fmt: skip
    result(values, as_json, f"Wrote {choice.count} frames to {out} ({out.stat().st_size / 1e6:.1f} MB).")


def _place(name: str, step: int) -> LessonPlace:
    """A step of a lesson by its number from 1 on. Raises BadInput."""
    lesson = lesson_named(name)
    if step > len(lesson.steps):
        raise BadInput(f"{lesson.title} has {len(lesson.steps)} steps, and no step {step}.")
    return LessonPlace(lesson, step - 1)


def layers_of(text: str | None) -> tuple[str, ...] | None:
    """The layers of the plane named in ``A,B,...``, in the order they are laid; None for those that are on. Raises BadInput."""
    if text is None:
        return None
    asked, names = {part.strip() for part in text.split(",") if part.strip()}, [layer.name for layer in PLANE_LAYERS]
    if unknown := sorted(asked - set(names)):
        raise BadInput(f"There is no layer {unknown[0]!r}.{nearest(unknown[0], names)} There is {', '.join(names)}.")
    return tuple(name for name in names if name in asked)


def extent_of(text: str | None) -> Extent | None:
    """What of the plane is meant by ``left,right,bottom,top``. Raises BadInput."""
    if text is None:
        return None
    try:
        left, right, low, high = (float(part) for part in text.split(","))
    except ValueError:
        raise BadInput(f"--extent takes left,right,bottom,top such as -3,3,-2,2, not {text!r}.") from None
    if not (left < right and low < high):
        raise BadInput(f"--extent goes from left to right and from bottom to top, unlike {text!r}.")
    return left, right, low, high


def places_of(text: str | None) -> tuple[tuple[float, float], ...] | None:
    """The places of the latent plane in ``x,y;x,y;...``. Raises BadInput."""
    if text is None:
        return None
    try:
        places = tuple((float(x), float(y)) for x, y in (part.split(",") for part in text.split(";")))
    except ValueError:
        raise BadInput(f"--through takes places such as 0,0;1.5,-1, not {text!r}.") from None
    if not all(math.isfinite(value) for place in places for value in place):
        raise BadInput(f"--through takes finite numbers, not {text!r}.")
    return places


def _stop(*_: object) -> None:
    """Whoever is asked to end leaves no half film."""
    raise KeyboardInterrupt


def _teller() -> Callable[[int, int], None]:
    """Says how far a film is, on one line of a terminal or on a line every now and then."""
    on_terminal, last = sys.stderr.isatty(), [0.0]

    def tell(frame: int, count: int) -> None:
        now = time.monotonic()
        if frame in (1, count) or now - last[0] > _SAID_EVERY:
            last[0] = now
            line = f"frame {frame} of {count}"
            click.echo(f"\r{line:<40}" if on_terminal else line, nl=not on_terminal or frame == count, err=True)

    return tell
