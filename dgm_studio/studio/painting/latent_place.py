"""Latent place: where on the latent plane a picture lies, by looking through what the decoder makes of the plane's grid."""

from __future__ import annotations

import numpy as np

from dgm_studio.protocol.messages import Array, Latents


def nearest_place(latents: Latents, image: Array) -> Array | None:
    """The place (2,) of the grid whose picture is nearest to ``image`` (H, W[, 3]); None without a grid that fits."""
    grid = latents.grid
    if grid is None or grid.shape[2:] != image.shape:
        return None
    rows, columns = grid.shape[:2]
    gaps = ((grid.astype(np.float32) - image) ** 2).reshape(rows, columns, -1).sum(-1)
    row, column = np.unravel_index(int(gaps.argmin()), gaps.shape)
    x0, x1, y0, y1 = latents.extent
    return np.array([x0 + (column + 0.5) / columns * (x1 - x0), y0 + (row + 0.5) / rows * (y1 - y0)])


def latent_at(latents: Latents, place: Array) -> Array:
    """The latent (k,) of a place (2,) on the plane."""
    latent = latents.centre + place @ latents.axes if len(latents.axes) else place
    return np.asarray(latent, np.float32)
