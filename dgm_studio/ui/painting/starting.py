"""Starting: pictures that come onto the canvas are made to fit the model's images, and what was done to them is said."""

from __future__ import annotations

import numpy as np

from dgm_studio.language import tr
from dgm_studio.protocol.messages import Array, RunInfo
from dgm_studio.studio.painting.canvas import Canvas
from dgm_studio.studio.painting.images import fitted, told
from dgm_studio.studio.studio import Studio


class Starting:
    """``untouched`` until a person makes something of the canvas; an example nobody has touched gives way to another."""

    def __init__(self, studio: Studio, canvas: Canvas) -> None:
        self._studio, self._canvas = studio, canvas
        self._info: RunInfo | None = None
        self._data: Array | None = None
        self._rng = np.random.default_rng()
        self.untouched = True

    def show_info(self, info: RunInfo | None) -> None:
        """The model in front, None while there is none of images. What is on the canvas is made to fit it."""
        self._info = info
        if info is None or self._canvas.image.shape == shape_of(info):
            return
        if self.untouched:
            self._canvas.restart(np.zeros(shape_of(info), np.uint8))
        else:
            self.take(self._canvas.flat, tr("The canvas"))

    def show_data(self, data: Array) -> None:
        """Examples to start from, (n, H, W) or (n, H, W, 3)."""
        self._data = data
        if self.untouched and len(data) and self._info is not None:
            self._canvas.restart(self._fitted(data[0]))

    def take(self, image: Array, name: str = "") -> None:
        """Start from a picture, one undo step; with a ``name`` it is said what was done to it."""
        self.untouched = False
        changes = told(image, self._info.event) if self._info is not None and name else ""
        self._canvas.set_image(self._fitted(image))
        if changes:
            self._studio.notify(
                "info", tr("{name} was {changes}, as the model's images are.", name=name, changes=changes)
            )

    def example(self) -> None:
        """A random one of the data."""
        if self._data is not None and len(self._data):
            self.take(self._data[int(self._rng.integers(len(self._data)))])

    def blank(self) -> None:
        """An empty page, all of it to be generated."""
        shape = self._canvas.image.shape if self._info is None else shape_of(self._info)
        self._canvas.set_image(np.zeros(shape, np.uint8), masked=True)

    def _fitted(self, image: Array) -> Array:
        if self._info is None or image.shape == shape_of(self._info):
            return image
        return fitted(image, self._info.event)


def shape_of(info: RunInfo) -> tuple[int, ...]:
    """(H, W) or (H, W, 3) of a model's images."""
    channels, height, width = info.event
    return (height, width) if channels == 1 else (height, width, channels)
