"""Latent painting: the latent pad over the canvas, and what its point does to the picture under mask and strokes."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from dgm_studio.protocol.messages import Array
from dgm_studio.studio.painting.canvas import Canvas
from dgm_studio.studio.painting.canvas_ink import flatten
from dgm_studio.studio.painting.latent_place import latent_at
from dgm_studio.studio.studio import Studio

from .canvas_view import CanvasView
from .latent_pad import LatentPad


class LatentPainting(QObject):
    """``toggled()`` when the pad comes or goes; ``taken()`` before a decoded picture goes onto the canvas, one undo step."""

    toggled = Signal()
    taken = Signal()

    def __init__(self, studio: Studio, canvas: Canvas, view: CanvasView) -> None:
        super().__init__(view)
        self._studio, self._canvas, self._view = studio, canvas, view
        self.pad = LatentPad(view)
        self.pad.asked.connect(self._decode)
        self.pad.moved.connect(lambda image: view.show_preview(flatten(image, canvas.colour)))
        self.pad.settled.connect(self._take)
        self.pad.closed.connect(self.toggle)
        view.resized.connect(self.pad.place)

    @property
    def on(self) -> bool:
        """Whether the pad is open."""
        return not self.pad.isHidden()

    def toggle(self) -> None:
        """Open the pad, or put it away."""
        self.pad.settle_now()
        self.pad.setVisible(not self.on)
        self.show_latents()
        self.pad.show_image(self._canvas.image)
        self.toggled.emit()

    def show_latents(self, *_: object) -> None:
        """The plane of the model in front, once it is here."""
        if self.on:
            run = self._studio.runs["images"]
            self.pad.show_latents(run.latents, run.opened.info if run.opened else None, self._canvas.image)

    def _decode(self, place: Array) -> None:
        latents = self._studio.runs["images"].latents
        if latents is not None:
            self._studio.ask.decode(latent_at(latents, place))

    def _take(self, image: Array) -> None:
        if image.shape == self._canvas.image.shape:
            self.taken.emit()
            self._canvas.set_under(image, "latent")
        self._view.show_preview(None)
