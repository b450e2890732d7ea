"""Ahead of time: the image views and the painting panel, made a piece at a time while nobody waits for them.

The window opens sooner without them, and the first change to images must not stand still for their sake. Whoever wants them
before all pieces are there gets the rest at once.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from importlib import import_module
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QVBoxLayout, QWidget

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


class Ahead(QObject):
    """Gives the view and its panel to ``place`` once both are made."""

    def __init__(self, studio: Studio, place: Callable[[ImagesView, QWidget], None], parent: QObject) -> None:
        super().__init__(parent)
        self._work = _pieces(studio, place)
        self._next = QTimer(self)
        self._next.setSingleShot(True)
        self._next.timeout.connect(self._turn)

    def begin(self) -> None:
        """From now on there is time; again, it changes nothing."""
        if not self._next.isActive():
            self._next.start(FIRST_MS)

    def finish(self) -> None:
        """Everything that is not there yet, at once."""
        self._next.stop()
        for _ in self._work:
            pass

    def stop(self) -> None:
        """Make no more."""
        self._next.stop()
        self._work.close()

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
        painting = QWidget()
        column = QVBoxLayout(painting)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(view.take_panel(), 1)
        column.addWidget(CanvasEvidence(studio, view.canvas))
        place(view, painting)
