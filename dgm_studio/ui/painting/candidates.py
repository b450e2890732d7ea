"""Candidates: what the model answered, live at every step, with a slider through the steps once they are all there."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from dgm_studio.studio.canvas import Results
from dgm_studio.studio.state import Array

from ..controls import BusyLine, dim, label
from ..views.player import Player
from ..views.tiles import Tiles


class Candidates(QWidget):
    """``picked(index)`` when one is chosen; ``scrubbed()`` when another step is shown."""

    picked = Signal(int)
    scrubbed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._results: Results | None = None
        self.tiles = Tiles("Candidates", limit=152, gap=12)
        self.caption = dim("")
        self.stale = label("stale · the canvas has changed since", "warn")
        self.stale.setAccessibleName("Stale")
        self.stale.setToolTip("These answer an earlier mask or image. Fill again for the present one.")
        self.busy = BusyLine()
        self.player = Player("steps", "noise", "data")
        head = QHBoxLayout()
        head.setContentsMargins(12, 0, 12, 0)
        head.setSpacing(8)
        head.addWidget(self.caption)
        head.addStretch(1)
        head.addWidget(self.stale)
        foot = QHBoxLayout()
        foot.setContentsMargins(12, 0, 12, 0)
        foot.addWidget(self.player)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.busy)
        column.addLayout(head)
        column.addWidget(self.tiles, 1)
        column.addLayout(foot)
        self.stale.hide()
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
        progress = answer.progress if answer is not None else None
        self.busy.show_activity("filling the mask" if running else "", progress if running else None)
        if answer is None:
            self.caption.setText("waiting for the model" if running else "")
            return
        n = len(answer.x)
        columns = n if n <= 8 else -(-n // 2)
        self.tiles.show_images(answer.x, columns=columns)
        if self.tiles.picked < 0:
            self.tiles.pick(0)
        path = self._path
        frames = 0 if path is None else len(path)
        self.player.show_frames(frames, frames - 1 if frames else 0)
        self.player.setVisible(frames > 1)
        noun = "candidate" if n == 1 else "candidates"
        state = f"{answer.progress:.0%}" if running else "stopped" if answer.stopped else "done"
        self.caption.setText(f"{n} {noun} · {answer.way} · {answer.honesty} · {state}")

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
