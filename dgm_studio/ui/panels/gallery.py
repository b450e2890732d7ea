"""The data gallery: one tile per data set of the workspace, one to draw your own, one to open a file or folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QGridLayout, QWidget

from dgm_studio.language import tr
from dgm_studio.protocol.catalogue import SourceInfo
from dgm_studio.protocol.messages import Thumbnail
from dgm_studio.protocol.spec import KINDS, DataKind

from ..controls import Pages, Tile, Tree
from ..look import theme
from ..look.icons import icon

COLUMNS = 4
DRAWN = "drawn"
FILE = ""
"""The name of the tile that opens a file."""


class Gallery(Pages["_Tiles"]):
    """``chosen(name)``, ``draw_asked()`` and ``open_asked()`` say what was clicked."""

    chosen = Signal(str)
    draw_asked = Signal()
    open_asked = Signal()

    def __init__(self) -> None:
        super().__init__(most=len(KINDS))
        self._images: dict[str, np.ndarray] = {}
        theme.follow(self._tint)

    @property
    def tiles(self) -> Mapping[str, Tile]:
        """What is shown, by the name of the data set; the one that opens a file has none."""
        return {} if self.shown is None else self.shown.tiles

    @property
    def controls(self) -> Tree:
        return {name or "open": tile for name, tile in self.tiles.items()}

    def show_sources(self, sources: Sequence[SourceInfo], kind: DataKind) -> None:
        """One tile for each entry of the catalogue, all of one kind."""
        entries = _entries(sources)
        self.turn((entries, kind), lambda: self._make(entries, kind, _drawable(sources)))

    def prepare_sources(self, sources: Sequence[SourceInfo], kind: DataKind) -> None:
        """Make the tiles of a workspace that is going to be shown."""
        entries = _entries(sources)
        self.prepare((entries, kind), lambda: self._make(entries, kind, _drawable(sources)))

    def show_thumbnail(self, thumbnail: Thumbnail) -> None:
        self._images[thumbnail.name] = thumbnail.pixels
        for page in self.kept:
            self._tint_one(page, thumbnail.name)

    def show_choice(self, name: str) -> None:
        """Mark the tile of a data set; a file has none but the last."""
        for key, tile in self.tiles.items():
            tile.setChecked(key == name)

    def _make(self, entries: Sequence[tuple[str, str, str]], kind: DataKind, drawable: bool) -> _Tiles:
        page = _Tiles(entries, kind, drawable)
        for name, tile in page.tiles.items():
            if name == DRAWN:
                tile.clicked.connect(self.draw_asked)
            elif name == FILE:
                tile.clicked.connect(self.open_asked)
            else:
                tile.clicked.connect(lambda _=False, name=name: self.chosen.emit(name))
            self._tint_one(page, name)
        return page

    def _tint(self) -> None:
        for page in self.kept:
            for name in page.tiles:
                self._tint_one(page, name)

    def _tint_one(self, page: _Tiles, name: str) -> None:
        tile = page.tiles.get(name)
        if tile is None:
            return
        if name in (FILE, DRAWN):
            tile.show_icon(icon("folder" if name == FILE else "draw", "dim"))
        elif name in self._images:
            tile.show_image(tinted(self._images[name]))


def _drawable(sources: Sequence[SourceInfo]) -> bool:
    """Whether one of them can be drawn."""
    return any(s.name == DRAWN for s in sources)


_OPENS: dict[DataKind, str] = {
    "points": tr("CSV, NPY or NPZ file of points"),
    "images": tr("folder of pictures, or an IDX, NPZ or NPY file"),
    "strings": tr("text file with one string a line, or recordings"),
    "sounds": tr("WAV file, a folder of them, or lines of text"),
}


def _entries(sources: Sequence[SourceInfo]) -> tuple[tuple[str, str, str], ...]:
    """Name, title and help of what has a tile of its own."""
    return tuple((s.name, s.title, s.help) for s in sources if s.name != DRAWN and not s.from_file)


class _Tiles(QWidget):
    """The tiles of one workspace."""

    def __init__(self, entries: Sequence[tuple[str, str, str]], kind: DataKind, drawable: bool) -> None:
        super().__init__()
        self.tiles = {name: Tile(title, f"{title}: {help}") for name, title, help in entries}
        if drawable:
            self.tiles[DRAWN] = Tile(
                tr("Draw your own"), tr("Draw your own: paint points on the plane with a brush or a spray.")
            )
        if kind in _OPENS:
            self.tiles[FILE] = Tile(tr("Open data"), tr("Open data: a {opens}.", opens=_OPENS[kind]))
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(6)
        for column in range(COLUMNS):
            grid.setColumnStretch(column, 1)
        for index, tile in enumerate(self.tiles.values()):
            grid.addWidget(tile, index // COLUMNS, index % COLUMNS)


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
