"""Summary: what the candidates have in common and where they differ, and what the model was shown of the picture."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from dgm_studio.language import tr
from dgm_studio.protocol.messages import Array, Filled
from dgm_studio.studio.painting.results import mean_and_spread

from ..controls import label
from ..images.tiles import Tiles

SIDE = 96
"""Of a picture, at most."""


class Figure(QWidget):
    """A picture over a line of text."""

    def __init__(self, title: str, help: str) -> None:
        super().__init__()
        self.tile = Tiles(title, columns=1, limit=SIDE)
        self.tile.pickable = False
        self.tile.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setToolTip(help)
        self.words = label(title, "small")
        self.words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.tile, 1)
        column.addWidget(self.words)

    def show_image(self, image: Array | None, words: str) -> None:
        self.setVisible(image is not None)
        if image is not None:
            self.tile.show_images(image[None])
            self.words.setText(words)


class Summary(QWidget):
    """Mean and spread of several candidates; what a measurement or a sketch shows."""

    def __init__(self) -> None:
        super().__init__()
        self.mean = Figure(tr("mean"), tr("The mean of the candidates, pixel by pixel."))
        self.spread = Figure(
            tr("spread"),
            tr("The standard deviation at every pixel; the number is the largest, 1 being black to white."),
        )
        self.seen = Figure(tr("what the model sees"), tr("All that the model was shown of the picture."))
        self._table = pg.colormap.get("viridis").getLookupTable(nPts=256, alpha=False).astype(np.uint8)
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(8)
        for figure in (self.seen, self.mean, self.spread):
            self._row.addWidget(figure, 1)
        self.show_images(np.zeros((0, 1, 1), np.uint8), None)

    def show_images(self, x: Array, answer: Filled | None) -> None:
        """Candidates (n, H, W[, 3]) as they are on screen, and the answer they belong to."""
        seen = answer.observed if answer is not None else None
        self.seen.show_image(seen, tr("model sees"))
        if len(x) > 1:
            mean, spread, most = mean_and_spread(x)
            self.mean.show_image(mean, "mean")
            self.spread.show_image(self._table[spread], tr("spread {most:.2f}", most=most))
        else:
            self.mean.show_image(None, "")
            self.spread.show_image(None, "")
        self.setVisible(seen is not None or len(x) > 1)
