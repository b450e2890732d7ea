"""Inside: pictures of what a model has learned, such as filters, a codebook or a receptive field."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from dgm_studio.language import tr
from dgm_studio.protocol.messages import Insides, Named

from ..controls import Chip, Tree, dim
from .tiles import Tiles

MOST = 400
"""More tiles than this cannot be told apart on a screen; the first ones are shown."""


class InsideView(QWidget):
    """A chip for each inner view of the family; ``chosen`` when another one is to be shown."""

    chosen = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.name = ""
        self._views: dict[str, Named] = {}
        self.chips: dict[str, Chip] = {}
        self.tiles = Tiles(tr("What the model has learned"))
        self.tiles.pickable = False
        self.about = dim("", wrap=True)
        self._bar = QHBoxLayout()
        self._bar.setSpacing(6)
        self._bar.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(self._bar)
        column.addWidget(self.about)
        column.addWidget(self.tiles, 1)

    @property
    def controls(self) -> Tree:
        return {"view": self.chips, "tiles": self.tiles}

    def show_views(self, views: Sequence[Named]) -> None:
        """The inner views of a run; the one that was in front stays there where it exists."""
        for chip in self.chips.values():
            chip.hide()
            chip.deleteLater()
        self._views = {v.name: v for v in views}
        self.chips = {}
        for at, view in enumerate(views):
            chip = Chip(view.title.lower(), view.help, one_of_many=True)
            chip.clicked.connect(lambda _=False, name=view.name: self.choose(name))
            self._bar.insertWidget(at, chip)
            self.chips[view.name] = chip
        self.tiles.show_images(np.zeros((0, 1, 1), np.uint8))
        self._show(self.name if self.name in self._views else next(iter(self._views), ""))

    def choose(self, name: str) -> None:
        self._show(name)
        self.chosen.emit()

    def _show(self, name: str) -> None:
        self.name = name
        for each, chip in self.chips.items():
            chip.setChecked(each == name)
        self.about.setText(self._views[name].help if name in self._views else "")

    def show_tiles(self, insides: Insides) -> None:
        """The pictures of a view; those of one that is not in front are dropped."""
        if insides.name == self.name:
            self.tiles.show_images(insides.tiles[:MOST], run=insides.columns or 1)
