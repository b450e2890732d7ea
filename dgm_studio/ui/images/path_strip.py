"""Path strip: how samples came about. A row per sample, a column per step, the clean estimate under each noisy picture."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QStackedLayout, QVBoxLayout, QWidget

from dgm_studio.language import tr
from dgm_studio.protocol.messages import Array, Samples

from ..controls import Chip, Tree, dim
from ..look import theme
from ..panels.empty_state import EmptyState
from .tiles import Tiles

ROWS = 8
_ALIGN = Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignHCenter
SMALLEST = 26
"""Narrowest column, in pixels, before steps are left out."""


def thinned(frames: int, columns: int) -> Array:
    """Which frames to show, first and last always among them: at most ``columns`` indices, evenly spread.

    A single column shows the first.
    """
    return np.unique(np.linspace(0, frames - 1, max(1, min(frames, columns))).round().astype(int))


def strip(path: Array, estimates: Array | None, columns: int) -> tuple[Array, Array]:
    """Pictures in reading order, and the frames that were chosen.

    ``path`` and ``estimates`` are (frames, k, *image); with estimates every sample takes two rows.
    """
    chosen = thinned(len(path), columns)
    parts = [path[chosen]] if estimates is None else [path[chosen], estimates[chosen]]
    stacked = np.stack(parts)  # (kinds, columns, k, *image)
    return np.ascontiguousarray(np.moveaxis(stacked, 2, 0)).reshape(-1, *path.shape[2:]), chosen


class TimeAxis(QWidget):
    """Sampling times under or over the columns of tiles."""

    def __init__(self, tiles: Tiles) -> None:
        super().__init__()
        self._tiles = tiles
        self._times: Array | None = None
        self._begins, self._ends = "noise", "data"
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("Sampling time, 0 to 1, which is data"))
        theme.follow(self._fit)

    def _fit(self) -> None:
        self.setFixedHeight(theme.px(20))
        self.update()

    def show_ends(self, begin: str, end: str = "data") -> None:
        """What samples are at time 0, and at time 1."""
        self._begins, self._ends = begin, end
        self.update()

    def show_times(self, times: Array | None) -> None:
        self._times = times
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._times is None or not self._tiles.grid.count:
            return
        painter = QPainter(self)
        font = painter.font()
        font.setPixelSize(theme.px(11))
        painter.setFont(font)
        painter.setPen(theme.tokens().colour("dim"))
        metrics = QFontMetrics(font)
        free, last = -1, len(self._times) - 1
        for i, t in enumerate(self._times):
            text = f"{self._begins} t = {t:.2g}" if i == 0 else f"{self._ends} {t:.2g}" if i == last else f"{t:.2f}"
            rect = self._tiles.tile_rect(i)
            width = metrics.horizontalAdvance(text)
            x = rect.center().x() - width // 2
            x = max(rect.left(), x) if i == 0 else min(x, rect.right() - width) if i == last else x
            if x > free and (i in (0, last) or x + width < self._tiles.tile_rect(last).right() - 70):
                painter.drawText(x, metrics.ascent() + 3, text)
                free = x + width + 12


class PathStrip(QWidget):
    """Shows `Samples.path`; ``clicked(sample, frame)``."""

    clicked = Signal(int, int)
    laid = Signal()
    """Other steps are on screen."""

    def __init__(self, rows: int = ROWS, with_estimates: bool = True) -> None:
        super().__init__()
        self._rows = rows
        self._samples: Samples | None = None
        self._first = 0
        self._kinds = 1
        self._shown: Array = np.zeros(0, int)
        self._chosen: Array = np.zeros(0, int)
        self._with_estimates = with_estimates
        self.tiles = Tiles(tr("Steps of sampling"), columns=1, gap=3, group=2 if with_estimates else 1, align=_ALIGN)
        self.tiles.pickable = False
        self.axis = TimeAxis(self.tiles)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.axis)
        column.addWidget(self.tiles, 1)
        self.tiles.clicked.connect(self._clicked)

    @property
    def controls(self) -> Tree:
        return {"steps": self.tiles}

    def show_samples(self, samples: Samples | None, first: int = 0) -> None:
        """Show the rows from sample ``first`` on."""
        self._samples, self._first = samples, first
        self._lay()

    def show_estimates(self, on: bool) -> None:
        self._with_estimates = on
        self._lay()

    @property
    def columns(self) -> int:
        """Steps on screen."""
        return len(self._chosen)

    def _lay(self) -> None:
        s = self._samples
        path = None if s is None else s.path
        if s is None or path is None or self._first >= path.shape[1]:
            self._chosen = np.zeros(0, int)
            self.tiles.show_images(np.zeros((0, 1, 1), np.uint8))
            self.axis.show_times(None)
            return
        # Samples come sorted by class: spread over all that are kept, so that a few rows show several classes.
        both = self._with_estimates and s.estimates is not None
        kinds = 2 if both else 1
        most = max(1, min(self._rows, (self.height() - 24) // (kinds * (SMALLEST + 4))))
        here = self._shown = self._first + thinned(path.shape[1] - self._first, most)
        rows = len(here)
        estimates = s.estimates[:, here] if both and s.estimates is not None else None
        side = max(SMALLEST, (self.height() - 24) // (rows * kinds) - 4) * path.shape[3] / path.shape[2]
        images, self._chosen = strip(path[:, here], estimates, max(2, int(self.width() // (side + 3))))
        self._kinds = kinds
        self.tiles.show_images(images, columns=len(self._chosen), group=kinds)
        self.axis.show_times(None if s.times is None else s.times[self._chosen])
        self.laid.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._lay()

    def _clicked(self, index: int) -> None:
        if self._chosen.size:
            row, column = divmod(index, len(self._chosen))
            self.clicked.emit(int(self._shown[row // self._kinds]), int(self._chosen[column]))


class PathView(QWidget):
    """The path in front: the strip, whether estimates are shown, and what to do when there is no path."""

    picked = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.strip = PathStrip()
        self.estimates = Chip(
            tr("clean estimates"), tr("Show the clean picture expected from each noisy one, E[x₁ | xₜ].")
        )
        self.estimates.setChecked(True)
        self.note = dim("")
        bar = QHBoxLayout()
        bar.setSpacing(8)
        bar.addWidget(self.estimates)
        bar.addWidget(self.note)
        bar.addStretch(1)
        front = QWidget()
        column = QVBoxLayout(front)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(bar)
        column.addWidget(self.strip, 1)
        self.empty = EmptyState()
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(front)
        self._steps = 0
        self.estimates.toggled.connect(self._toggle)
        self.strip.laid.connect(self._say)
        self.strip.clicked.connect(lambda sample, frame: self.picked.emit(sample))
        self.show_samples(None)

    @property
    def controls(self) -> Tree:
        return {"": self.strip, "estimates": self.estimates}

    def show_samples(self, samples: Samples | None) -> None:
        if samples is None or samples.path is None or len(samples.path) < 2:
            if samples is not None and samples.done:
                self.empty.say(
                    tr("Made in one step"),
                    tr("This family draws a sample at once; diffusion and flow matching show a path."),
                )
            else:
                self.empty.say(tr("No path yet"), tr("It appears with the next samples."))
            self._stack.setCurrentIndex(0)
            return
        self._stack.setCurrentIndex(1)
        self.estimates.setEnabled(samples.estimates is not None)
        self._steps = len(samples.path) - 1
        self.strip.show_samples(samples)

    def _say(self) -> None:
        shown = self.strip.columns
        self.note.setText(
            tr("{steps} steps", steps=self._steps)
            + (tr(", {shown} of {steps} frames", shown=shown, steps=self._steps + 1) if shown <= self._steps else "")
        )

    def _toggle(self, on: bool) -> None:
        self.strip.show_estimates(on)
