"""Particle paths: the way of single samples from noise to data, and where all particles are at a sampling time."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtWidgets import QGraphicsPathItem

from dgm_studio.protocol.messages import Array

from ...look import theme
from .field_layer import fade

SHOWN = 40


class PathsLayer:
    """Draws the first paths up to a sampling time."""

    def __init__(self, plot: pg.PlotItem, z: float) -> None:
        self._lines = QGraphicsPathItem()
        self._lines.setZValue(z)
        plot.addItem(self._lines, ignoreBounds=True)
        self._on = True
        self._path: Array | None = None
        self._times: Array | None = None
        self._t = 1.0

    @property
    def item(self) -> QGraphicsPathItem:
        """What draws them."""
        return self._lines

    def show(self, path: Array | None, times: Array | None, t: float) -> None:
        """Show ``path`` (frames, k, 2) at progress ``times`` (frames,) up to ``t``."""
        self._path, self._times, self._t = path, times, t
        self._update()

    def switch(self, on: bool) -> None:
        self._on = on
        self._update()

    def fade(self, on: bool) -> None:
        """Show them faintly: they belong to another moment."""
        fade((self._lines,), on)

    def restyle(self) -> None:
        pen = pg.mkPen(theme.tokens().colour("model", 0.75), width=1)
        pen.setCosmetic(True)
        self._lines.setPen(pen)

    def _update(self) -> None:
        path, times = self._path, self._times
        if not self._on or path is None or times is None or len(path) < 2:
            self._lines.hide()
            return
        self._lines.show()
        few = path[:, :SHOWN]
        done = few[times < self._t]
        track = np.concatenate([done, at(few, times, self._t)[None]]).astype(np.float64)
        frames, k = track.shape[:2]
        flat = track.transpose(1, 0, 2).reshape(-1, 2)
        connect = np.ones(frames * k, dtype=np.int32)
        connect[frames - 1 :: frames] = 0
        self._lines.setPath(pg.arrayToQPath(flat[:, 0], flat[:, 1], connect=connect))


def at(path: Array, times: Array, t: float) -> Array:
    """Particles (k, 2) at progress ``t``, on straight lines between the frames (frames, k, 2) at ``times``."""
    after = int(np.searchsorted(times, t))
    if not 0 < after < len(times):
        end: Array = path[0 if after <= 0 else -1]
        return end
    gap = float(times[after] - times[after - 1])
    share = (t - float(times[after - 1])) / gap if gap > 0 else 1.0
    between: Array = (1 - share) * path[after - 1] + share * path[after]
    return between
