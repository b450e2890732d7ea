"""Frames in a file: a row of pictures as a PNG, or an animation as a WebP that runs there and back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from dgm_studio.protocol.messages import Array

from .pixels import enlarged

SMALLEST = 128
"""Shorter side of an animation in pixels; small images are enlarged by a whole factor without smoothing."""


def write_frames(path: Path, frames: Array, frame_ms: int = 60) -> None:
    """Write frames (n, H, W[, 3]): ``.webp`` animates, any other ending is a strip. Raises OSError or ValueError."""
    if path.suffix.lower() == ".webp":
        height, width = frames.shape[1:3]
        factor = max(1, -(-SMALLEST // min(height, width)))
        big = enlarged(frames, width * factor, height * factor)
        there_and_back = [Image.fromarray(f) for f in (*big, *big[-2:0:-1])]
        there_and_back[0].save(
            path, save_all=True, append_images=there_and_back[1:], duration=frame_ms, loop=0, lossless=True
        )
        return
    Image.fromarray(np.concatenate(list(frames), axis=1)).save(path)
