"""What is asked of a film: the timeline, length, rate, size and look; and the place on the timeline that each frame shows."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from dgm_studio.language import tr
from dgm_studio.protocol.messages import Array, Extent

Timeline = Literal["sampling", "training", "interpolation", "latents", "painting"]
TIMELINES: tuple[Timeline, ...] = get_args(Timeline)
ENDINGS = (".webp", ".gif", ".png", ".mp4")
RATES = (24, 30, 60)
LEAST_SIDE, MOST_HEIGHT, MOST_WIDTH = 64, 2160, 4096
LEAST_HEIGHT = 480
"""Films are this high or more when a person chooses from the window."""
GIF_RATE = 50
"""Frames a second of which the hundredths that a GIF counts in allow no more."""
MOST_FRAMES = 7200
USUAL_SECONDS = {"sampling": 4.0, "training": 6.0, "interpolation": 4.0, "latents": 8.0, "painting": 4.0}
REST_SECONDS = 0.6
"""How long the end is seen before a film begins again."""


class BadFilm(ValueError):
    """What was asked of a film cannot be done; the message says why and what can."""


@dataclass(frozen=True)
class FilmChoice:
    """``seconds`` is how long the film takes in all, at the end of which it rests for ``rest`` of them unless it runs back;
    ``size`` is width and height in pixels. ``loop`` begins again for ever where the file can say so. ``title``, ``number`` and
    ``legend`` are drawn into every frame. ``extent`` is what of the plane is in view, in data units; None for all of the data.
    """

    of: Timeline = "sampling"
    seconds: float = USUAL_SECONDS["sampling"]
    fps: int = 30
    size: tuple[int, int] = (1280, 720)
    loop: bool = True
    back: bool = False
    """Whether it runs there and back."""
    rest: float = REST_SECONDS
    theme: Literal["light", "dark"] = "dark"
    title: bool = True
    number: bool = True
    legend: bool = True
    transparent: bool = False
    extent: Extent | None = None
    layers: tuple[str, ...] | None = None
    """Of the plane, by name; None for those that are on."""
    through: tuple[tuple[float, float], ...] | None = None
    """Places of the latent plane that a walk goes through in straight lines; None for once around its middle."""

    @property
    def count(self) -> int:
        """How many frames it has."""
        return max(2, round(self.seconds * self.fps))

    def check(self, path: Path) -> None:
        """Raises BadFilm for what cannot be made, or not into a file of this name."""
        ending, (width, height) = path.suffix.lower(), self.size
        if ending not in ENDINGS:
            raise BadFilm(
                tr(
                    "{name} does not end in {names} or {endings}: name it so.",
                    name=path.name,
                    names=", ".join(ENDINGS[:-1]),
                    endings=ENDINGS[-1],
                )
            )
        if not 1 <= self.fps <= 60:
            raise BadFilm(tr("A film has 1 to 60 frames a second, not {fps}.", fps=self.fps))
        if not (math.isfinite(self.seconds) and self.seconds > 0):
            raise BadFilm(tr("A film takes some seconds, not {seconds:g}.", seconds=self.seconds))
        if self.count > MOST_FRAMES:
            raise BadFilm(
                tr(
                    "{count:,} frames are more than the {most_frames:,} that a film may have: make it shorter.",
                    count=self.count,
                    most_frames=MOST_FRAMES,
                )
            )
        if not (LEAST_SIDE <= width <= MOST_WIDTH and LEAST_SIDE <= height <= MOST_HEIGHT):
            raise BadFilm(
                tr(
                    "A film is {least_side} to {most_width} pixels wide and {least_side} to {most_height} "
                    "high, not {width} x {height}.",
                    least_side=LEAST_SIDE,
                    most_width=MOST_WIDTH,
                    most_height=MOST_HEIGHT,
                    width=width,
                    height=height,
                )
            )
        if ending == ".gif" and self.fps > GIF_RATE:
            raise BadFilm(
                tr(
                    "A GIF holds at most {gif_rate} frames a second, not {fps}. Choose 30, or write .webp, "
                    ".png or .mp4.",
                    gif_rate=GIF_RATE,
                    fps=self.fps,
                )
            )
        if ending == ".mp4" and self.transparent:
            raise BadFilm(tr("An .mp4 has no transparent ground. Write .webp or .png, or give it a ground."))

    def places(self) -> Array:
        """Where on the timeline each frame is (count,), from 0, its beginning, to 1. The first is 0; the end is reached, once
        in the middle where it runs there and back, else at the end, where it rests.
        """
        n = self.count
        if self.back:
            there = np.linspace(0.0, 1.0, n // 2 + 1)
            again = np.linspace(1.0, 0.0, n - len(there) + 2)[1:-1]
            return np.concatenate([there, again])
        rest = min(round(self.rest * self.fps), n // 2)
        return np.concatenate([np.linspace(0.0, 1.0, n - rest), np.ones(rest)])


def size_of(text: str) -> tuple[int, int]:
    """Width and height from words like ``1920x1080``. Raises BadFilm."""
    width, sign, height = text.lower().partition("x")
    if not (sign and width.isdecimal() and height.isdecimal()):
        raise BadFilm(tr("A size is WIDTHxHEIGHT in pixels such as 1920x1080, not {words!r}.", words=text))
    return int(width), int(height)
