"""Films of a window: one dialog at a time, which knows the timeline in front, and what is said when a film is there."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from dgm_studio.studio.film.choice import Timeline
from dgm_studio.studio.studio import Studio

from ..naming import join
from ..plane.plane import PlaneView
from .dialog import FilmDialog

if TYPE_CHECKING:  # these come after the window
    from ..images.images import ImagesView


class Films:
    """A film that is being made keeps its dialog, which then comes back in place of a new one."""

    def __init__(
        self, window: QWidget, studio: Studio, plane: PlaneView, images: Callable[[], ImagesView | None]
    ) -> None:
        """``images`` are the views of images, once there are any."""
        self._window, self._studio, self._plane, self._images = window, studio, plane, images
        self.dialog: FilmDialog | None = None

    def show(self, of: Timeline) -> None:
        dialog = self.dialog
        if dialog is None or not isValid(dialog) or dialog.film is None:
            if dialog is not None and isValid(dialog):
                dialog.deleteLater()
            extent = self._plane.canvas.extent() if self._studio.workspace == "2d" else None
            images = self._images()
            through = () if images is None else images.latent.plane.trail
            self.dialog = dialog = FilmDialog(
                self._studio, of, extent, self._window, through=through, answers=self.answered
            )
            dialog.wrote.connect(lambda said: self._studio.notify("info", said))
            dialog.failed.connect(lambda said: self._studio.notify("bad", said))
            join(self._studio.controls, dialog)
        dialog.show()
        dialog.raise_()
        dialog.activateWindow()

    @property
    def answered(self) -> bool:
        """Whether there is an answer of the canvas to film."""
        images = self._images()
        return self._studio.workspace == "images" and images is not None and bool(images.paint.answers.history.items)

    def end(self) -> None:
        """The window closes."""
        if self.dialog is not None and isValid(self.dialog):
            self.dialog.end()
            self.dialog.close()
            self.dialog.deleteLater()
            self.dialog = None
