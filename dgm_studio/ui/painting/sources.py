"""Sources: pictures and masks that come from files, the clipboard or a drop, and go there. Failures become notices."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog, QWidget

from dgm_studio import atomic
from dgm_studio.language import tr
from dgm_studio.protocol.messages import Array
from dgm_studio.studio.commands import Command
from dgm_studio.studio.files.arrivals import PICTURES
from dgm_studio.studio.painting.canvas import Canvas
from dgm_studio.studio.painting.canvas_files import mask_from_image, mask_to_png
from dgm_studio.studio.painting.images import LARGEST, Taken, mask_taken, taken, to_png, without_clear
from dgm_studio.studio.studio import Studio

from ..images.pixels import to_qimage

_READABLE = tr("Pictures (*.png *.jpg *.jpeg *.jfif *.webp *.avif *.bmp *.gif *.tif *.tiff)")


class Sources:
    """``start(picture, name)`` puts a picture on the canvas; ``shown()`` is the one that is on screen.

    A mask of another size than the picture it is for is not taken at once: a notice offers to resize it.
    """

    def __init__(
        self,
        studio: Studio,
        canvas: Canvas,
        owner: QWidget,
        start: Callable[[Array, str], None],
        shown: Callable[[], Array],
    ) -> None:
        self._studio, self._canvas, self._owner = studio, canvas, owner
        self._start, self._shown = start, shown
        self._offered: tuple[Array, str] | None = None
        self._opened: tuple[Array, tuple[int, int]] | None = None
        """What the canvas was started with, and the size (H, W) it had as a file."""
        studio.commands.add(
            Command(
                "canvas.fit_mask",
                "Resize the mask",
                "Stretch the mask that was loaded last, of another size, over the picture.",
                "Canvas",
                self.fit_mask,
                enabled=lambda: self._offered is not None,
                workspace="images",
            )
        )

    # --- in ---------------------------------------------------------------------------------------------------------

    def open(self, path: Path) -> None:
        """Start from a picture in a file."""
        found = self._read(path, lambda: taken(path, path.name, self._scales()))
        if found is not None:
            self._begin(found.pixels, path.name)

    def _begin(self, image: Array, name: str) -> None:
        self._start(image, name)
        self._opened = (self._canvas.original, _size(image))

    def choose(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self._owner, tr("Open a picture"), "", _READABLE)
        if name:
            self.open(Path(name))

    def load_mask(self, path: Path) -> None:
        """Take the mask in a file, aligned with the picture it is for; another size is asked about."""
        found = self._read(path, lambda: mask_taken(path, path.name))
        if found is None:
            return
        mask, wanted = found.pixels, self._source_size()
        if _size(mask) in (wanted, self._canvas.shape):
            self._take_mask(mask)
            return
        self._offered = (mask, path.name)
        self._studio.notify(
            "warn",
            tr(
                "{name} is {said} pixels and the picture {said_2}, so the mask stays as it is.",
                name=path.name,
                said=_said(_size(mask)),
                said_2=_said(wanted),
            ),
            tr("Resize it to stretch it over the picture, or choose a mask of {said} pixels.", said=_said(wanted)),
            "canvas.fit_mask",
        )

    def fit_mask(self) -> None:
        """Stretch the mask that was offered last over the picture."""
        if self._offered is not None:
            mask, name = self._offered
            self._offered = None
            self._take_mask(mask)
            self._studio.notify(
                "info", tr("{name} was stretched over the picture.", name=name), tr("Undo takes it back."), "edit.undo"
            )

    def _take_mask(self, mask: Array) -> None:
        """As it is where it fits the canvas, else made to fit with the picture it is for."""
        own = _size(mask) == self._canvas.shape
        fit = mask_from_image(mask, self._canvas.shape, over=None if own else self._source_size())
        self._canvas.set_mask(fit, tr("load mask"))

    def _source_size(self) -> tuple[int, int]:
        """What size (H, W) the picture on the canvas had before it was made to fit the model."""
        if self._opened is not None and self._opened[0] is self._canvas.original:
            return self._opened[1]
        return self._canvas.shape

    def choose_mask(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self._owner, tr("Load a mask"), "", _READABLE)
        if name:
            self.load_mask(Path(name))

    def takes(self, mime: QMimeData) -> str:
        """What a drop will do, a sentence; empty where it is no picture and no mask."""
        images, masks = _parted(mime)
        if images and masks:
            return tr("Start from {name}, with {name_2} as its mask.", name=images[0].name, name_2=masks[0].name)
        if masks:
            return tr("Take {name} as the mask.", name=masks[0].name)
        if images:
            return tr("Start from {name}.", name=images[0].name)
        return tr("Start from this picture.") if mime.hasImage() else ""

    def take(self, mime: QMimeData, origin: str) -> bool:
        """Start from what was dropped or pasted; of files, one that is called a mask becomes the mask."""
        images, masks = _parted(mime)
        if images or masks:
            for path in images[:1]:
                self.open(path)
            for path in masks[:1]:
                self.load_mask(path)
            return True
        image = mime.imageData() if mime.hasImage() else None
        if isinstance(image, QImage) and not image.isNull():
            self._begin(from_qimage(image), origin)
            return True
        return False

    def paste(self) -> None:
        """Start from the clipboard; a notice when it holds no picture."""
        mime = QGuiApplication.clipboard().mimeData()
        if mime is None or not self.take(mime, tr("The pasted picture")):
            self._studio.notify(
                "info",
                tr("The clipboard holds no picture."),
                tr("Copy one in another program, or open or drop a file."),
            )

    def _read(self, path: Path, read: Callable[[], Taken]) -> Taken | None:
        try:
            found = read()
        except OSError as error:
            self._studio.notify(
                "bad", tr("{path} cannot be read: {strerror}.", path=path, strerror=error.strerror or error)
            )
        except ValueError as error:
            self._studio.notify("bad", f"{error}.")
        else:
            if found.said:
                self._studio.notify("info", f"{path.name}: {found.said}.")
            return found
        return None

    def _scales(self) -> Mapping[str, tuple[float, float]]:
        """How the data of the run in front were read."""
        opened = self._studio.run.opened
        return {} if opened is None else opened.info.scales

    # --- out --------------------------------------------------------------------------------------------------------

    def copy(self) -> None:
        """What is on screen goes to the clipboard, one to one."""
        image = self._shown()
        QGuiApplication.clipboard().setImage(to_qimage(image))
        self._studio.notify(
            "info", tr("Copied the picture, {shape} × {shape_2} pixels.", shape=image.shape[1], shape_2=image.shape[0])
        )

    def save_image(self, path: Path) -> None:
        self._write(path, to_png(self._shown()))

    def save_mask(self, path: Path) -> None:
        """Grey levels: white is generated."""
        self._write(path, mask_to_png(self._canvas.mask))

    def choose_save(self, mask: bool = False) -> None:
        """Ask for a name, and write the picture or the mask there."""
        title, proposed = (tr("Save the mask"), "mask.png") if mask else (tr("Save the picture"), "picture.png")
        name, _ = QFileDialog.getSaveFileName(self._owner, title, proposed, tr("PNG pictures (*.png)"))
        if name:
            path = Path(name)
            path = path if path.suffix else path.with_suffix(".png")
            if mask:
                self.save_mask(path)
            else:
                self.save_image(path)

    def _write(self, path: Path, data: bytes) -> None:
        try:
            atomic.write(path, data)
        except OSError as error:
            self._studio.notify(
                "bad",
                tr("{path} was not written: {strerror}.", path=path, strerror=error.strerror or error),
                tr("Choose another folder."),
            )
        else:
            self._studio.notify("info", tr("Saved {name}.", name=path.name))


def _size(image: Array) -> tuple[int, int]:
    return image.shape[0], image.shape[1]


def _said(size: tuple[int, int]) -> str:
    return f"{size[1]} × {size[0]}"


def from_qimage(image: QImage) -> Array:
    """uint8 (H, W) when it is grey, else (H, W, 3), on white where it is clear; larger ones are shrunk to `LARGEST`."""
    if max(image.width(), image.height()) > LARGEST:
        keep, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        image = image.scaled(LARGEST, LARGEST, keep, smooth)
    grey = image.isGrayscale()
    plain = image.convertToFormat(QImage.Format.Format_RGBA8888)
    rows = np.frombuffer(plain.constBits(), np.uint8).reshape(plain.height(), plain.bytesPerLine())
    pixels = rows[:, : plain.width() * 4].reshape(plain.height(), plain.width(), 4)
    flat = without_clear(np.array(pixels))
    return np.ascontiguousarray(flat[..., 0]) if grey else flat


def _parted(mime: QMimeData) -> tuple[list[Path], list[Path]]:
    """The pictures among the files that are dragged, and those that are called masks."""
    paths = [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()]
    masks = [p for p in paths if "mask" in p.stem.lower() and p.suffix.lower() in PICTURES | {".npy"}]
    return [p for p in paths if p not in masks and p.suffix.lower() in PICTURES], masks
