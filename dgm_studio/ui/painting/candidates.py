"""Candidates: what the model answered, live at every step, with a slider through the steps once they are all there.

Beside them stand their mean and spread and, for a measurement, what the model was shown; below them earlier answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from PySide6.QtCore import QRectF, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from dgm_studio.language import tr
from dgm_studio.protocol.messages import Array
from dgm_studio.studio.painting.canvas_steps import Results

from ..controls import Tree, dim, label
from ..images.player import Player
from ..images.tiles import Tiles
from ..look import theme
from ..look.icons import icon
from .history_strip import HistoryStrip
from .summary import Summary

HINT = tr("Paint over what the model shall generate, then press Enter.")
SUMMARY_HEIGHT = 92
_WAITING = tr("waiting for the model")
_OUTDATED = {
    "mask": tr("the mask has changed since"),
    "picture": tr("the picture has changed since"),
    "condition": tr("the question has changed since"),
    "model": tr("the model has changed since"),
    "family": tr("another model is chosen"),
    "behind": tr("the answer to the newest strokes is on its way"),
}


class Candidates(QWidget):
    """``picked(index)`` when one is chosen; ``scrubbed()`` when another step is shown; ``branched(frame, other_seed)``;
    ``walked_again()`` when the steps are wanted again.
    """

    picked = Signal(int)
    scrubbed = Signal()
    branched = Signal(int, bool)
    walked_again = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._results: Results | None = None
        self._titles: Mapping[str, str] = {}
        self._progress: float | None = None
        self._beside = False
        self.tiles = Tiles(tr("Candidates"), limit=152, gap=12)
        self.summary = Summary()
        self.history = HistoryStrip()
        self.caption = dim("", wrap=True)
        self.stale = label("", "warn", wrap=True)
        self.stale.setAccessibleName(tr("Outdated"))
        self.stale.setToolTip(tr("These answer an earlier question. Ask again for an answer to the present one."))
        self.player = Player("steps")
        self.branch = _tool(tr("Branch here"), tr("Go on from the step that is shown, with the mask as it is now."))
        self.branch_other = _tool(
            tr("Branch with another seed"), tr("Go on from the step that is shown with the next seed.")
        )
        self.gone = dim(tr("steps are not kept any more"))
        self.gone.setToolTip(
            tr("Steps are kept in memory for the latest answers only; the seed fixes them, so they can be had.")
        )
        self.walk = _tool(tr("Walk the steps again"), tr("The same question to the same model with the same seed."))
        self._head = head = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        head.setContentsMargins(12, 0, 12, 0)
        head.setSpacing(8)
        head.addWidget(self.caption, 1)
        head.addWidget(self.stale, 1)
        self._middle = middle = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        middle.setContentsMargins(12, 0, 12, 0)
        middle.setSpacing(12)
        middle.addWidget(self.tiles, 3)
        middle.addWidget(self.summary, 2)
        foot = QHBoxLayout()
        foot.setContentsMargins(12, 0, 12, 0)
        foot.setSpacing(4)
        foot.addWidget(self.player, 1)
        foot.addWidget(self.gone, 1)
        for each in (self.walk, self.branch, self.branch_other):
            foot.addWidget(each)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 4)
        column.setSpacing(6)
        column.addLayout(head)
        column.addLayout(middle, 1)
        column.addLayout(foot)
        column.addWidget(self.history)
        self.stale.hide()
        self.show_results(None, False)
        self.tiles.clicked.connect(self.picked)
        self.player.moved.connect(self._scrub)
        self.walk.clicked.connect(self.walked_again)
        self.branch.clicked.connect(lambda: self.branched.emit(self.player.frame, False))
        self.branch_other.clicked.connect(lambda: self.branched.emit(self.player.frame, True))
        theme.follow(self._restyle)

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

    @property
    def controls(self) -> Tree:
        return {
            "pick": self.tiles,
            "steps": self.player,
            "walk_again": self.walk,
            "branch": self.branch,
            "branch_other": self.branch_other,
            "history": self.history,
        }

    def pick(self, index: int) -> None:
        """Choose a candidate as a click on it does; nothing where there is none."""
        if 0 <= index < len(self.tiles.images):
            self.tiles.pick(index)
            self.picked.emit(index)

    def show_results(
        self, results: Results | None, running: bool, following: bool = False, *, waiting: bool = False
    ) -> None:
        """Show the candidates there are; ``running`` while more steps are to come, ``waiting`` while the model is built.

        While ``following`` the brush, the last ones stay until there are others.
        """
        fresh = results is None or self._results is None or results.image is not self._results.image
        self._results = results
        answer = results.answer if results else None
        self._progress = None if not running else 0.0 if answer is None else answer.progress
        self.update()
        if results is not None and answer is None and following and len(self.tiles.images):
            self._show_steps(0)
            return
        if fresh and not following:
            self.tiles.pick(-1)
        if answer is None:
            self.tiles.show_images(np.zeros((0, 1, 1), np.uint8))
            self.summary.show_images(self.tiles.images, None)
            self.player.show_frames(0)
            self._show_steps(0)
            self.player.hide()
            self.gone.hide()
            self.walk.hide()
            self.caption.setText(_WAITING if running else HINT)
            return
        n = len(answer.x)
        self.tiles.show_images(answer.x, columns=self._columns(n))
        self.summary.show_images(answer.x, answer)
        if self.tiles.picked < 0:
            self.tiles.pick(results.picked if results is not None else 0)
        path = self._path
        self._show_steps(0 if path is None else len(path))
        noun = "candidate" if n == 1 else "candidates"
        finished = (
            "done" if answer.done and not answer.stopped else tr("stopped at {progress:.0%}", progress=answer.progress)
        )
        state = f"{answer.progress:.0%}" if running and not answer.done else finished
        said = f"{n} {noun} · {self._titles.get(answer.method, answer.method)} · {answer.honesty} · {state}"
        self.caption.setText(_WAITING if waiting else said)

    def _show_steps(self, frames: int) -> None:
        """Offer the steps of a finished answer, or say that there are none any more."""
        finished = self._results is not None and self._results.done
        self.player.show_frames(frames, frames - 1 if frames else 0)
        self.player.setVisible(frames > 1 or not finished)
        self.gone.setVisible(finished and frames == 0)
        self.walk.setVisible(finished and frames == 0)
        self._show_branch()

    def _show_branch(self) -> None:
        answer = self._results.answer if self._results else None
        possible = self.frame is not None and answer is not None and answer.numbers is not None
        for each in (self.branch, self.branch_other):
            each.setVisible(self._path is not None)
            each.setEnabled(possible)

    def _columns(self, n: int) -> int | None:
        """A row or two under the canvas; beside it as many columns as make the tiles largest."""
        return None if self._beside else n if n <= 8 else -(-n // 2)

    def show_beside(self, beside: bool) -> None:
        """Whether they stand at the right of the canvas, else below it."""
        if beside == self._beside:
            return
        self._beside = beside
        directions = QBoxLayout.Direction
        for box in (self._head, self._middle):
            box.setDirection(directions.TopToBottom if beside else directions.LeftToRight)
        self._fit_summary()
        images = self.tiles.images
        self.tiles.show_images(images, columns=self._columns(len(images)))
        self.update()

    def _fit_summary(self) -> None:
        """Beside the canvas the summary stands below the candidates and leaves them most of the height."""
        self.summary.setMaximumHeight(theme.px(SUMMARY_HEIGHT) if self._beside else 16777215)

    def paintEvent(self, event: QPaintEvent) -> None:
        """A line above the candidates: how far they are. Beside the canvas they are set off from it as well."""
        t = theme.tokens()
        painter = QPainter(self)
        edge = QRectF(0, 0, 1, self.height()) if self._beside else QRectF(0, 0, self.width(), 1)
        painter.fillRect(edge, t.colour("line"))
        if self._progress is not None:
            painter.fillRect(QRectF(0, 0, self.width() * max(0.02, self._progress), 2), t.colour("accent"))

    def show_methods(self, titles: Mapping[str, str]) -> None:
        """What to call the ways by name."""
        self._titles = titles

    def show_outdated(self, reasons: Sequence[str]) -> None:
        """Why they are not what would be answered now, empty when they are."""
        text = " and ".join(_OUTDATED[reason] for reason in reasons)
        self.stale.setText(tr("⚠ outdated · {words}", words=text) if text else "")
        self.stale.setVisible(bool(text))

    def _scrub(self, frame: int) -> None:
        path = self._path
        if path is not None and self._results is not None and self._results.answer is not None:
            self.tiles.show_images(path[frame])
            self.summary.show_images(path[frame], self._results.answer)
            times = self._results.answer.times
            at = f"t = {times[frame]:.2f}" if times is not None else tr("step {frame}", frame=frame)
            self.caption.setText(tr("step {frame} of {path} · {at}", frame=frame, path=len(path) - 1, at=at))
            self._show_branch()
            self.scrubbed.emit()

    def _restyle(self) -> None:
        self._fit_summary()
        self.walk.setIcon(icon("redo"))
        self.branch.setIcon(icon("branch"))
        self.branch_other.setIcon(icon("dice"))


def _tool(name: str, help: str) -> QToolButton:
    made = QToolButton()
    made.setProperty("kind", "tool")
    made.setToolTip(f"<b>{name}</b><br>{help}")
    made.setAccessibleName(name)
    made.setAccessibleDescription(help)
    return made
