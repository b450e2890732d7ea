"""The data gallery: one tile per data set of the workspace, one to draw your own, one to open a file or folder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QGridLayout, QWidget

from dgm_studio.studio.state import Thumbnail

from .. import theme
from ..controls import Tile
from ..icons import icon

COLUMNS = 4
DRAWN = "drawn"


class Gallery(QWidget):
    """``chosen(name)``, ``draw_asked()`` and ``open_asked()`` say what was clicked."""

    chosen = Signal(str)
    draw_asked = Signal()
    open_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.tiles: dict[str, Tile] = {}
        self._pictures: dict[str, np.ndarray] = {}
        self._entries: list[tuple[str, str, str]] | None = None
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(6)
        for column in range(COLUMNS):
            self._grid.setColumnStretch(column, 1)
        theme.follow(self._tint)

    def show_sources(self, sources: list[Mapping[str, Any]], drawable: bool) -> None:
        """One tile for each entry of the catalogue."""
        entries = [(s["name"], s["title"], s["help"]) for s in sources if s["name"] != DRAWN and not s.get("from_file")]
        if entries == self._entries:
            return
        self._entries = entries
        for tile in self.tiles.values():
            self._grid.removeWidget(tile)
            tile.hide()
            tile.deleteLater()
        self.tiles = {}
        for name, title, help in entries:
            tile = Tile(title, f"{title}: {help}")
            tile.clicked.connect(lambda _=False, name=name: self.chosen.emit(name))
            self.tiles[name] = tile
        if drawable:
            draw = Tile("Draw your own", "Draw your own: paint points on the plane with a brush or a spray.")
            draw.clicked.connect(self.draw_asked)
            self.tiles[DRAWN] = draw
        what = "CSV, NPY or NPZ file of points" if drawable else "folder of pictures, or an IDX, NPZ or NPY file"
        file = Tile("Open data", f"Open data: a {what}.")
        file.clicked.connect(self.open_asked)
        self.tiles[""] = file
        for index, tile in enumerate(self.tiles.values()):
            self._grid.addWidget(tile, index // COLUMNS, index % COLUMNS)
        self._tint()

    def show_thumbnail(self, thumbnail: Thumbnail) -> None:
        self._pictures[thumbnail.name] = thumbnail.pixels
        self._tint_one(thumbnail.name)

    def show_choice(self, name: str) -> None:
        """Mark the tile of a data set; a file has none but the last."""
        for key, tile in self.tiles.items():
            tile.setChecked(key == name)

    def _tint(self) -> None:
        for name in self.tiles:
            self._tint_one(name)

    def _tint_one(self, name: str) -> None:
        tile = self.tiles.get(name)
        if tile is None:
            return
        if name in ("", DRAWN):
            tile.show_icon(icon("folder" if name == "" else "draw", "dim"))
        elif name in self._pictures:
            tile.show_picture(tinted(self._pictures[name]))


def tinted(pixels: np.ndarray) -> QPixmap:
    """Intensity (h, w) uint8 in the colour of data, transparent where there is none; (h, w, 3) as it is."""
    if pixels.ndim == 3:
        rgb = np.ascontiguousarray(pixels[..., :3])
        image = QImage(rgb.data, rgb.shape[1], rgb.shape[0], 3 * rgb.shape[1], QImage.Format.Format_RGB888)
        return QPixmap.fromImage(image.copy())
    colour = theme.tokens().colour("data")
    rgba = np.empty((*pixels.shape, 4), np.uint8)
    rgba[..., :3] = (colour.red(), colour.green(), colour.blue())
    rgba[..., 3] = pixels
    image = QImage(rgba.data, rgba.shape[1], rgba.shape[0], 4 * rgba.shape[1], QImage.Format.Format_RGBA8888)
    return QPixmap.fromImage(image.copy())
