"""Candidates: what the model answered, live at every step, with a slider through the steps once they are all there."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from PySide6.QtCore import QRectF, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget

from dgm_studio.studio.canvas_steps import Results
from dgm_studio.studio.state import Array

from .. import theme
from ..controls import dim, label
from ..views.player import Player
from ..views.tiles import Tiles

HINT = "Paint over what the model shall generate, then press Enter."


class Candidates(QWidget):
    """``picked(index)`` when one is chosen; ``scrubbed()`` when another step is shown."""

    picked = Signal(int)
    scrubbed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._results: Results | None = None
        self._titles: Mapping[str, str] = {}
        self._progress: float | None = None
        self._beside = False
        self.tiles = Tiles("Candidates", limit=152, gap=12)
        self.caption = dim("", wrap=True)
        self.stale = label("stale · the canvas has changed since", "warn")
        self.stale.setAccessibleName("Stale")
        self.stale.setToolTip("These answer an earlier mask or image. Fill again for the present one.")
        self.player = Player("steps", "noise", "data")
        self._head = head = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        head.setContentsMargins(12, 0, 12, 0)
        head.setSpacing(8)
        head.addWidget(self.caption, 1)
        head.addWidget(self.stale)
        foot = QHBoxLayout()
        foot.setContentsMargins(12, 0, 12, 0)
        foot.addWidget(self.player)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 8)
        column.setSpacing(6)
        column.addLayout(head)
        middle = QHBoxLayout()
        middle.setContentsMargins(12, 0, 12, 0)
        middle.addWidget(self.tiles)
        column.addLayout(middle, 1)
        column.addLayout(foot)
        self.stale.hide()
        self.show_results(None, False)
        self.tiles.clicked.connect(self.picked)
        self.player.moved.connect(self._scrub)

    @property
    def index(self) -> int:
        """The picked candidate, -1 for none."""
        return self.tiles.picked

    @property
    def frame(self) -> int | None:
        """The step that is shown, None for the finished answer."""
        path = self._path
        if path is None or self.player.frame >= len(path) - 1:
            return None
        return self.player.frame

    @property
    def shown(self) -> Array | None:
        """The picked candidate as it is on screen."""
        images, index = self.tiles.images, self.tiles.picked
        return images[index] if 0 <= index < len(images) else None

    @property
    def _path(self) -> Array | None:
        answer = self._results.answer if self._results else None
        return answer.path if answer is not None and answer.done else None

    def show_results(self, results: Results | None, running: bool) -> None:
        """Show the candidates there are; ``running`` while more steps are to come."""
        fresh = results is None or self._results is None or results.image is not self._results.image
        self._results = results
        answer = results.answer if results else None
        if fresh:
            self.tiles.pick(-1)
        self._progress = None if not running else 0.0 if answer is None else answer.progress
        self.update()
        self.player.setVisible(answer is not None)
        if answer is None:
            self.tiles.show_images(np.zeros((0, 1, 1), np.uint8))
            self.player.show_frames(0)
            self.caption.setText("waiting for the model" if running else HINT)
            return
        n = len(answer.x)
        self.tiles.show_images(answer.x, columns=self._columns(n))
        if self.tiles.picked < 0:
            self.tiles.pick(0)
        path = self._path
        frames = 0 if path is None else len(path)
        self.player.show_frames(frames, frames - 1 if frames else 0)
        noun = "candidate" if n == 1 else "candidates"
        state = f"{answer.progress:.0%}" if running else "stopped" if answer.stopped else "done"
        self.caption.setText(f"{n} {noun} · {self._titles.get(answer.way, answer.way)} · {answer.honesty} · {state}")

    def _columns(self, n: int) -> int | None:
        """A row or two under the canvas; beside it as many columns as make the tiles largest."""
        return None if self._beside else n if n <= 8 else -(-n // 2)

    def show_beside(self, beside: bool) -> None:
        """Whether they stand at the right of the canvas, else below it."""
        if beside == self._beside:
            return
        self._beside = beside
        directions = QBoxLayout.Direction
        self._head.setDirection(directions.TopToBottom if beside else directions.LeftToRight)
        images = self.tiles.images
        self.tiles.show_images(images, columns=self._columns(len(images)))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A line above the candidates: how far they are. Beside the canvas they are set off from it as well."""
        t = theme.tokens()
        painter = QPainter(self)
        edge = QRectF(0, 0, 1, self.height()) if self._beside else QRectF(0, 0, self.width(), 1)
        painter.fillRect(edge, t.colour("line"))
        if self._progress is not None:
            painter.fillRect(QRectF(0, 0, self.width() * max(0.02, self._progress), 2), t.colour("accent"))

    def show_ways(self, titles: Mapping[str, str]) -> None:
        """What to call the ways by name."""
        self._titles = titles

    def show_stale(self, stale: bool) -> None:
        self.stale.setVisible(stale)

    def _scrub(self, frame: int) -> None:
        path = self._path
        if path is not None and self._results is not None and self._results.answer is not None:
            self.tiles.show_images(path[frame])
            times = self._results.answer.times
            at = f"t = {times[frame]:.2f}" if times is not None else f"step {frame}"
            self.caption.setText(f"step {frame} of {len(path) - 1} · {at}")
            self.scrubbed.emit()
