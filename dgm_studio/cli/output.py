"""Writing results: arrays, tables, mosaics and animations, each whole or not at all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from dgm_studio import atomic
from dgm_studio.api.job import BadInput
from dgm_studio.protocol.messages import Array, RunInfo, Samples
from dgm_studio.studio.files.export import write_samples
from dgm_studio.studio.film.choice import BadFilm
from dgm_studio.studio.film.film_file import write_film
from dgm_studio.studio.painting.images import to_png

_PLOT = 512
_LINGER_MS = 1200
_MODEL = (217, 111, 0)


def check_target(path: Path, endings: tuple[str, ...]) -> str:
    """The ending of ``path``, checked before any work is done. Raises BadInput."""
    ending = path.suffix.lower()
    if ending not in endings:
        raise BadInput(f"{path} does not end in {' or '.join(endings)}, which says what to write. Name it so.")
    if path.is_dir():
        raise BadInput(f"{path} is a folder. Name a file in it.")
    if not path.absolute().parent.is_dir():
        raise BadInput(f"The folder {path.absolute().parent} does not exist. Create it or choose another.")
    return ending


def scatter(points: Array, info: RunInfo) -> Array:
    """Points (n, 2) or paths (n, L, 2) drawn on white (512, 512, 3), axes equal in what the coordinates call a step."""
    left, right, low, high = info.extent or (-4, 4, -4, 4)
    step = np.array(info.step)
    side = max((right - left) / step[0], (high - low) / step[1]) * step
    cx, cy = (left + right) / 2, (low + high) / 2
    picture = Image.new("RGB", (_PLOT, _PLOT), "white")
    pen = ImageDraw.Draw(picture)
    if points.ndim == 3:
        return _lines(picture, pen, points)
    for x, y in (points - (cx, cy)) / side + 0.5:
        px, py = float(x) * _PLOT, (1 - float(y)) * _PLOT
        pen.ellipse((px - 1.5, py - 1.5, px + 1.5, py + 1.5), fill=_MODEL)
    return np.asarray(picture)


def _lines(picture: Image.Image, pen: ImageDraw.ImageDraw, paths: Array) -> Array:
    """Paths (n, L, 2) as lines, in the square from -1.25 to 1.25."""
    for path in (paths * (1, -1) / 2.5 + 0.5) * _PLOT:
        pen.line([(float(x), float(y)) for x, y in path], _MODEL, 1)
    return np.asarray(picture)


def write_examples(path: Path, samples: Samples, info: RunInfo) -> None:
    """Samples as .npy, .npz (``x`` and ``y``), .csv (points), .txt (strings), .wav (sounds) or .png (a mosaic, or points or
    paths drawn)."""
    if path.suffix.lower() == ".png" and info.kind in ("points", "paths"):
        write_picture(path, scatter(samples.x, info))
        return
    try:
        write_samples(path, samples.x, samples.labels, info.classes, info.axes, info.alphabet, info.rate)
    except ValueError as error:
        raise BadInput(f"{error}.") from None


def write_picture(path: Path, pixels: Array) -> None:
    """Pixels (H, W[, 3]) as a PNG."""
    atomic.write(path, to_png(pixels))


def write_animation(path: Path, frames: list[Array], milliseconds: int = 80) -> None:
    """Frames of equal size as a film that lingers on its last frame; small ones are enlarged.

    Raises BadInput for an MP4 where what encodes it is not installed.
    """
    factor = max(1, 256 // max(frames[0].shape[:2]))
    coloured = [f if f.ndim == 3 else np.repeat(f[..., None], 3, -1) for f in frames]
    large = [f.repeat(factor, 0).repeat(factor, 1) for f in coloured]
    large += large[-1:] * (_LINGER_MS // milliseconds)
    try:
        write_film(path, large, len(large), 1000 / milliseconds)
    except BadFilm as error:
        raise BadInput(str(error)) from None
