"""Thumbnails: a run as one small picture, from what it drew last."""

from __future__ import annotations

import numpy as np

from dgm_studio.protocol.messages import Array, Data, Samples
from dgm_studio.protocol.sounds import LOUDEST

WIDTH, HEIGHT = 96, 72
MEMBER = "thumbnail.png"
"""Where a file has the picture of its run."""
_WAVES = 3
"""Sounds on a picture."""
_SEEN = 24
"""Pixels that the longer side of one image should have."""
_GROUND, _DATA, _MODEL = (24, 26, 34), (86, 140, 220), (255, 158, 74)
"""Colours of the ground, of data and of the model, as on the plane in the dark."""


def thumbnail(samples: Samples | None, data: Data | None) -> bytes | None:
    """A PNG of at most `WIDTH` x `HEIGHT` pixels; None where nothing was drawn yet and no data are known."""
    from ..painting.images import to_png
    from .export import mosaic  # with all that reads pictures, which the window need not wait for

    x = samples.x if samples is not None and len(samples.x) else None
    shown = x if x is not None else data.x if data is not None and len(data.x) else None
    if shown is None:
        return None
    if shown.ndim == 3 and shown.dtype != np.uint8:  # paths: their waypoints
        known = data.x.reshape(-1, 2) if data is not None else None
        return to_png(_plane(None if x is None else x.reshape(-1, 2), known))
    if shown.ndim > 2:
        larger = max(1, _SEEN // max(shown.shape[1:3]))
        height, width = (larger * side for side in shown.shape[1:3])
        columns, rows = max(1, WIDTH // width), max(1, HEIGHT // height)
        return to_png(mosaic(shown[: columns * rows].repeat(larger, 1).repeat(larger, 2), columns))
    if shown.dtype == np.uint8:
        return to_png(_letters(shown))
    if shown.dtype == np.int16:
        return to_png(_waves(shown))
    return to_png(_plane(x, data.x if data is not None else None))


def _letters(strings: Array) -> Array:
    """Strings (n, L) as rows of cells, each letter in a shade of its own."""
    cell = max(1, min(8, WIDTH // strings.shape[1]))
    rows = strings[: HEIGHT // cell].astype(np.float64)
    share = rows / max(1.0, float(rows.max()))
    inked = np.where(rows[..., None] > 0, 0.3 + 0.7 * share[..., None], 0.0)
    shades = np.array(_GROUND) + inked * (np.array(_MODEL) - np.array(_GROUND))
    return np.asarray(shades.round().astype(np.uint8).repeat(cell, 0).repeat(cell, 1))


def _waves(sounds: Array) -> Array:
    """Sounds (n, T), one below the other."""
    pixels = np.full((HEIGHT, WIDTH, 3), _GROUND, np.uint8)
    some = sounds[:_WAVES].astype(np.float64) / LOUDEST
    pitch = HEIGHT / len(some)
    for i, sound in enumerate(some):
        for column, part in enumerate(np.array_split(sound, WIDTH)):
            top, foot = (round((i + 0.5 - 0.45 * float(value)) * pitch) for value in (part.max(), part.min()))
            pixels[max(0, top) : min(HEIGHT, foot + 1), column] = _MODEL
    return pixels


def _plane(samples: Array | None, data: Array | None) -> Array:
    """Dots of the data and of the model on one ground."""
    pixels = np.full((HEIGHT, WIDTH, 3), _GROUND, np.uint8)
    everything = next(x for x in (data, samples) if x is not None)
    finite = everything[np.isfinite(everything).all(1)]
    if not len(finite):
        return pixels
    low, high = np.quantile(finite, (0.005, 0.995), axis=0)
    unit = max(float(((high - low) / (WIDTH - 8, HEIGHT - 8)).max()), 1e-300)
    corner = (low + high) / 2 - unit * np.array((WIDTH, HEIGHT)) / 2
    for points, colour in ((data, _DATA), (samples, _MODEL)):
        if points is None:
            continue
        places = (points[np.isfinite(points).all(1)][:1000] - corner) / unit
        column, row = np.clip(places, -1, 1e6).astype(int).T
        inside = (column >= 0) & (column < WIDTH) & (row >= 0) & (row < HEIGHT)
        pixels[HEIGHT - 1 - row[inside], column[inside]] = colour
    return pixels
