"""Writing results: arrays, tables, mosaics and animations, each whole or not at all."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from dgm_studio import atomic
from dgm_studio.api.job import BadInput
from dgm_studio.protocol.messages import Array, RunInfo, Samples
from dgm_studio.studio.files.export import write_samples
from dgm_studio.studio.painting.images import to_png

_PLOT = 512
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
    """Frames of equal size as a lossless animated WebP, or as MP4, that lingers on its last frame; small ones are enlarged.

    Raises BadInput for an MP4 where what encodes it is not installed.
    """
    factor = max(1, 256 // max(frames[0].shape[:2]))
    pictures = [
        Image.fromarray(f).resize((f.shape[1] * factor, f.shape[0] * factor), Image.Resampling.NEAREST).convert("RGB")
        for f in frames
    ]
    if path.suffix.lower() == ".mp4":
        atomic.write(path, _mp4([*pictures, *[pictures[-1]] * (1200 // milliseconds)], 1000 / milliseconds))
        return
    buffer = io.BytesIO()
    durations = [milliseconds] * (len(pictures) - 1) + [1200]
    pictures[0].save(
        buffer, "WEBP", save_all=True, append_images=pictures[1:], duration=durations, loop=0, lossless=True
    )
    atomic.write(path, buffer.getvalue())


def _mp4(pictures: list[Image.Image], rate: float) -> bytes:
    try:
        import imageio_ffmpeg  # noqa: F401
        from imageio import v3
    except ImportError:
        raise BadInput("An .mp4 needs the extra: pip install 'dgm-studio[video]'. A .webp needs nothing.") from None
    # H.264 wants even sides
    even = [np.asarray(p.crop((0, 0, p.width + p.width % 2, p.height + p.height % 2))) for p in pictures]
    encoded: bytes = v3.imwrite("<bytes>", np.stack(even), extension=".mp4", fps=rate, macro_block_size=2)
    return encoded
