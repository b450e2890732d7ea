"""Ahead of time: what the other workspace will show, made a piece at a time while nobody waits for it.

The image views and the painting panel above all: without them the window opens sooner, and the first change to images must
not stand still for their sake. Whoever wants them before all pieces are there sees so, and gets the rest soon.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from importlib import import_module
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget
from shiboken6 import isValid

from dgm_studio.studio.studio import Studio

if TYPE_CHECKING:
    from ..images.images import ImagesView

FIRST_MS = 1500
"""The run that is in front at the start comes first."""
NEXT_MS = 60
_MODULES = (
    "images.tiles", "images.mosaic", "images.latent_plane", "images.interpolation", "painting.canvas_view",
    "painting.candidates", "painting.paint_panel", "painting.sources", "painting.paint_view", "compare.shoot_out_view",
    "panels.canvas_evidence", "images.images", "compare.compare_view", "compare.compare_panel",
)  # fmt: skip
"""Compiled and imported one after the other."""
_AT_ONCE = 60
"""Widgets that are given their look at a time."""


class Ahead(QObject):
    """Works on what ``more`` has to prepare, then makes the view and its panel and gives them to ``place``; ``made`` once
    they also wear the look.
    """

    made = Signal()

    def __init__(
        self,
        studio: Studio,
        place: Callable[[ImagesView, QWidget], None],
        more: Callable[[], Iterator[None]],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._views = _pieces(studio, place)
        self._more = more
        self._work: Iterator[None] = self._pieces()
        self._hurried = self._ended = False
        self._next = QTimer(self)
        self._next.setSingleShot(True)
        self._next.timeout.connect(self.turn)

    def begin(self) -> None:
        """From now on there is time; again, it changes nothing."""
        if not (self._next.isActive() or self._ended):
            self._next.start(FIRST_MS)

    def hurry(self) -> None:
        """Somebody waits for the views: one piece after the other, with what else the window has to do between them."""
        if not (self._hurried or self._ended):
            self._hurried, self._work = True, self._views
            self._next.start(0)

    def finish(self) -> None:
        """All of it now."""
        while not self._ended:
            self.turn()

    def stop(self) -> None:
        """Make no more."""
        self._next.stop()
        self._ended = True
        self._work = iter(())
        self._views.close()

    def _pieces(self) -> Iterator[None]:
        yield from self._more()
        for _ in self._views:  # `yield from` would close the views when somebody hurries and this generator is dropped
            yield

    def turn(self) -> None:
        if next(self._work, self) is not self:
            self._next.start(0 if self._hurried else NEXT_MS)
        else:
            self._next.stop()
            self._ended = True
            self.made.emit()


def _pieces(studio: Studio, place: Callable[[ImagesView, QWidget], None]) -> Generator[None, None, None]:
    for module in _MODULES:
        import_module(f"dgm_studio.ui.{module}")
        yield
    from ..images.images import ImagesView

    with closing(ImagesView.in_pieces(studio)) as pieces:
        for view in pieces:
            yield
            if view is None:
                continue
            place(view, _painting(studio, view))
            yield
            yield from _dressed(view)


def _painting(studio: Studio, view: ImagesView) -> QWidget:
    """The panel of the canvas, with what the model says of it below."""
    from ..panels.canvas_evidence import CanvasEvidence

    painting = QWidget()
    column = QVBoxLayout(painting)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    column.addWidget(view.take_panel(), 1)
    column.addWidget(CanvasEvidence(studio, view.canvas, painting))
    return painting


def _dressed(view: QWidget) -> Iterator[None]:
    """Give every part the look in use, which Qt does when it is first shown."""
    parts = view.findChildren(QWidget)
    for begin in range(0, len(parts), _AT_ONCE):
        for each in parts[begin : begin + _AT_ONCE]:
            if isValid(each):
                each.ensurePolished()
        yield
