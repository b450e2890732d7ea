"""Frames in a file: a row of pictures as a PNG, or an animation as a WebP that runs there and back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from dgm_studio.protocol.messages import Array
from dgm_studio.studio.film.film_file import write_film

from .pixels import enlarged

SMALLEST = 128
"""Shorter side of an animation in pixels; small images are enlarged by a whole factor without smoothing."""


def write_frames(path: Path, frames: Array, frame_ms: int = 60) -> None:
    """Write frames (n, H, W[, 3]): ``.webp`` animates, any other ending is a strip. Raises OSError or ValueError."""
    if path.suffix.lower() == ".webp":
        height, width = frames.shape[1:3]
        factor = max(1, -(-SMALLEST // min(height, width)))
        big = enlarged(frames, width * factor, height * factor)
        coloured = big if big.ndim == 4 else np.repeat(big[..., None], 3, -1)
        there_and_back = [*coloured, *coloured[-2:0:-1]]
        write_film(path, there_and_back, len(there_and_back), 1000 / frame_ms)
        return
    Image.fromarray(np.concatenate(list(frames), axis=1)).save(path)
