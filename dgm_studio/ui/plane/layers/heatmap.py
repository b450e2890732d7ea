"""Heatmaps: a density with alpha rising with it and contours of its mass, a difference centred on zero, or a surface."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Literal

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QGraphicsItem, QGraphicsPathItem

from dgm_studio.protocol.messages import Field
from dgm_studio.studio.reading.scales import ColourScale, scale_of

from ...look import theme
from .contours import contours, mass_levels, path_of, resolved
from .field_layer import FieldLayer

Kind = Literal["model", "truth", "difference", "surface"]

# One violet hue with even steps of lightness. Viridis itself ends in the hues of the data and of the model, whose
# points must stand out on it.
_VIOLET = ("241a4d", "37287a", "4b3a9e", "6352bd", "7d6ed4", "9a8ee6", "b9b1f3")


EDGE = 24
"""Cells by which the border of a picture is drawn out."""


class SmoothImage(pg.ImageItem):
    """An image whose cells blend into one another: a coarse field looks like what it stands for."""

    def paint(self, painter: QPainter, *args: object) -> None:
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setRenderHint(QPainter.RenderHint.LosslessImageRendering)  # in a PDF it were a JPEG
        super().paint(painter, *args)


class HeatmapLayer(FieldLayer):
    """Shows a `Field` over its extent."""

    def __init__(self, plot: pg.PlotItem, kind: Kind, z: float) -> None:
        super().__init__()
        self._kind = kind
        self.image = SmoothImage(axisOrder="row-major")
        self.image.setZValue(z)
        self._lines = QGraphicsPathItem()
        self._lines.setZValue(z + 0.5)
        self._peak: float | None = None
        self._ceiling: float | None = None
        self._scaled: tuple[Field, float | None, float | None, ColourScale] | None = None
        plot.addItem(self.image, ignoreBounds=True)
        plot.addItem(self._lines, ignoreBounds=True)

    @property
    def kind(self) -> Kind:
        """Which colours it has."""
        return self._kind

    @property
    def scale(self) -> ColourScale | None:
        """From where to where its colours go; None while it shows nothing."""
        if not self._on or self.field is None:
            return None
        known = self._scaled
        if known is None or known[0] is not self.field or known[1:3] != (self._peak, self._ceiling):
            scale = scale_of(self.field, self._peak)
            if self._ceiling is not None:
                scale = replace(scale, high=self._ceiling)
            known = self._scaled = self.field, self._peak, self._ceiling, scale
        return known[3]

    def show_peak(self, peak: float | None) -> None:
        """The highest density near a difference, beside which it is large or small."""
        if peak != self._peak:
            self._peak = peak
            self._draw_anew()

    def show_ceiling(self, density: float | None) -> None:
        """The density with the last colour, where several pictures have one scale; None for that of this one."""
        if density != self._ceiling:
            self._ceiling = density
            self._draw_anew()

    def restyle(self) -> None:
        t = theme.tokens()
        neutral = self._kind == "truth"
        pen = pg.mkPen(t.colour("text" if neutral else "model", 0.55 if neutral else 0.5), width=1)
        pen.setCosmetic(True)
        if neutral:
            pen.setStyle(Qt.PenStyle.DashLine)
        self._lines.setPen(pen)
        self._draw_anew()

    def _items(self) -> Sequence[QGraphicsItem]:
        return self.image, self._lines

    def _set_visible(self, on: bool) -> None:
        self.image.setVisible(on)
        self._lines.setVisible(on and self._kind != "difference")

    def _draw(self, field: Field) -> None:
        left, right, low, high = (float(v) for v in field.extent)
        values = np.asarray(field.values, np.float64)
        rows, columns = values.shape
        index = _indices(self._kind, values, self.scale or scale_of(field, self._peak))
        colours = softened(table(self._kind, theme.tokens())[index])
        self.image.setImage(colours, autoLevels=False, levels=(0, 255))
        across, up = (right - left) / columns, (high - low) / rows
        self.image.setRect(
            QRectF(left - EDGE * across, low - EDGE * up, (columns + 2 * EDGE) * across, (rows + 2 * EDGE) * up)
        )
        if self._kind == "difference":
            return
        finite = np.where(
            np.isfinite(values), values, np.nanmin(np.where(np.isfinite(values), values, np.nan), initial=0)
        )
        if self._kind == "surface":
            levels = _even_levels(finite)
        else:
            levels = [level for level in mass_levels(values) if resolved(finite, level)]
        self._lines.setPath(path_of(contours(finite, levels), values.shape, field.extent))


def _indices(kind: Kind, values: np.ndarray, scale: ColourScale) -> np.ndarray:
    """Row of the colour table for each cell: for a density the square root of its share of the highest, else even steps."""
    if kind in ("model", "truth"):
        peak = math.log(scale.high) if scale.high > 0 else 0.0
        share = np.exp(0.5 * np.minimum(np.nan_to_num(values - peak, nan=-60.0, neginf=-60.0), 0.0))
    else:
        share = (np.nan_to_num(values) - scale.low) / (scale.high - scale.low)
    row: np.ndarray = np.rint(np.clip(share, 0, 1) * 255).astype(np.uint8)
    return row


def softened(colours: np.ndarray) -> np.ndarray:
    """Colours (rows, columns, 4) with their border drawn out and fading: where the view has moved on, nothing is cut off
    before the next picture comes.
    """
    wide = np.pad(colours, ((EDGE, EDGE), (EDGE, EDGE), (0, 0)), mode="edge")
    ramp = np.linspace(0.0, 0.7, EDGE + 1)[1:]
    for axis, count in enumerate(colours.shape[:2]):
        fade = np.concatenate([ramp, np.ones(count), ramp[::-1]])
        wide[..., 3] = np.rint(wide[..., 3] * (fade[:, None] if axis == 0 else fade)).astype(np.uint8)
    return wide


def _reach(values: np.ndarray) -> tuple[float, float]:
    finite = values[np.isfinite(values)]
    low, high = np.quantile(finite, [0.02, 0.98]) if len(finite) else (0.0, 1.0)
    return float(low), max(float(high), float(low) + 1e-9)


def _even_levels(values: np.ndarray, count: int = 9) -> list[float]:
    """Heights of contours at even steps."""
    return [float(v) for v in np.linspace(*_reach(values), count + 2)[1:-1]]


@cache
def table(kind: Kind, look: theme.Tokens) -> np.ndarray:
    """256 colours (256, 4) uint8 with their opacity."""
    at = np.linspace(0.0, 1.0, 256)
    if kind == "difference":  # too little of the model is the colour of the data, too much that of the model
        far = 2 * at[:, None] - 1
        ends = [np.array(theme.rgb(look.colour(token))) for token in ("data", "model")]
        rgb = np.where(far < 0, ends[0], ends[1]).astype(float)
        alpha = np.abs(far[:, 0]) ** 0.7 * 0.85
    elif kind == "surface":
        grey = np.array(theme.rgb(look.colour("accent")), np.float64)
        rgb = np.repeat(grey[None], 256, 0)
        alpha = 0.05 + 0.55 * at
    elif kind == "truth":
        grey = np.array(theme.rgb(look.colour("dim")), np.float64)
        rgb = np.repeat(grey[None], 256, 0)
        alpha = at * 0.6
    else:
        stops = np.array([[int(c[i : i + 2], 16) for i in (0, 2, 4)] for c in _VIOLET], float)
        # On a light ground the map runs the other way, so that dense is always what stands out most.
        where = (0.85 * at if look.name == "dark" else 1 - 0.75 * at) * (len(stops) - 1)
        rgb = np.stack([np.interp(where, np.arange(len(stops)), stops[:, i]) for i in range(3)], -1)
        alpha = np.minimum(1.0, at * 1.3) * 0.8
    return np.concatenate([rgb, 255 * alpha[:, None]], 1).round().astype(np.uint8)
