"""Ahead of time: what the other workspace will show, made a piece at a time while nobody waits for it.

The image views and the painting panel above all: without them the window opens sooner, and the first change to images must
not stand still for their sake. Whoever wants them before all pieces are there gets the rest at once.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from importlib import import_module
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QVBoxLayout, QWidget
from shiboken6 import isValid

from dgm_studio.studio.studio import Studio

if TYPE_CHECKING:
    from .views.images import ImagesView

FIRST_MS = 1500
"""The run that is in front at the start comes first."""
NEXT_MS = 60
_MODULES = (".views.tiles", ".views.mosaic", ".views.latent_plane", ".views.interpolation", ".painting.canvas_view",
            ".painting.candidates", ".painting.paint_panel", ".painting.sources", ".painting.paint_view",
            ".painting.shoot_out_view", ".panels.canvas_evidence", ".views.images")  # fmt: skip
"""Compiled and imported one after the other."""
_AT_ONCE = 60
"""Widgets that are given their look at a time."""


class Ahead(QObject):
    """Works on what ``more`` has to prepare, then makes the view and its panel and gives them to ``place``."""

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
        self._next = QTimer(self)
        self._next.setSingleShot(True)
        self._next.timeout.connect(self._turn)

    def begin(self) -> None:
        """From now on there is time; again, it changes nothing."""
        if not self._next.isActive():
            self._next.start(FIRST_MS)

    def finish(self) -> None:
        """The views, at once, as far as they are not there yet."""
        for _ in self._views:
            pass

    def stop(self) -> None:
        """Make no more."""
        self._next.stop()
        self._work = iter(())
        self._views.close()

    def _pieces(self) -> Iterator[None]:
        yield from self._more()
        yield from self._views

    def _turn(self) -> None:
        if next(self._work, self) is not self:
            self._next.start(NEXT_MS)


def _pieces(studio: Studio, place: Callable[[ImagesView, QWidget], None]) -> Generator[None, None, None]:
    for module in _MODULES:
        import_module(module, __package__)
        yield
    from .panels.canvas_evidence import CanvasEvidence
    from .views.images import ImagesView

    for view in ImagesView.in_pieces(studio):
        if view is None:
            yield
            continue
        try:
            yield
            painting = QWidget()
            column = QVBoxLayout(painting)
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(0)
            column.addWidget(view.take_panel(), 1)
            column.addWidget(CanvasEvidence(studio, view.canvas))
            yield
        except GeneratorExit:  # the window closes before it has a place
            view.deleteLater()
            raise
        place(view, painting)
        yield from _dressed(view)


def _dressed(view: QWidget) -> Iterator[None]:
    """Give every part the look in use, which Qt does when it is first shown."""
    parts = view.findChildren(QWidget)
    for begin in range(0, len(parts), _AT_ONCE):
        for each in parts[begin : begin + _AT_ONCE]:
            if isValid(each):
                each.ensurePolished()
        yield
