"""Sources: pictures and masks that come from files, the clipboard or a drop, and go there. Failures become notices."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog, QWidget

from dgm_studio import atomic
from dgm_studio.studio.canvas import Canvas
from dgm_studio.studio.canvas_files import mask_from_picture, mask_to_png
from dgm_studio.studio.pictures import LARGEST, from_png, to_png
from dgm_studio.studio.state import Array
from dgm_studio.studio.studio import Studio

from ..views.pixels import to_qimage

_READABLE = "Pictures (*.png *.jpg *.jpeg *.webp *.bmp *.gif *.tif *.tiff)"


class Sources:
    """``start(picture, name)`` puts a picture on the canvas; ``shown()`` is the one that is on screen."""

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

    # --- in ---------------------------------------------------------------------------------------------------------

    def open(self, path: Path) -> None:
        """Start from a picture in a file."""
        picture = self._read(path)
        if picture is not None:
            self._start(picture, path.name)

    def choose(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self._owner, "Open a picture", "", _READABLE)
        if name:
            self.open(Path(name))

    def load_mask(self, path: Path) -> None:
        """Take the mask from a picture's brightness; one of another size is resampled, and this is said."""
        picture = self._read(path)
        if picture is None:
            return
        height, width = self._canvas.shape
        self._canvas.set_mask(mask_from_picture(picture, (height, width)), "load mask")
        if picture.shape[:2] != (height, width):
            self._studio.notify(
                "info",
                f"{path.name} was resampled from {picture.shape[1]} × {picture.shape[0]} to the canvas's "
                f"{width} × {height} pixels.",
                "Undo takes the mask back.",
                "edit.undo",
            )

    def choose_mask(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self._owner, "Load a mask", "", _READABLE)
        if name:
            self.load_mask(Path(name))

    def takes(self, mime: QMimeData) -> bool:
        """Whether a drop could be a picture."""
        return mime.hasImage() or any(url.isLocalFile() for url in mime.urls())

    def take(self, mime: QMimeData, origin: str) -> bool:
        """Start from what was dropped or pasted; of files, one that is called a mask becomes the mask."""
        paths = [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()]
        if paths:
            masks = [p for p in paths if "mask" in p.stem.lower()]
            pictures = [p for p in paths if p not in masks]
            for path in pictures[:1]:
                self.open(path)
            for path in masks[:1]:
                self.load_mask(path)
            return True
        image = mime.imageData() if mime.hasImage() else None
        if isinstance(image, QImage) and not image.isNull():
            self._start(from_qimage(image), origin)
            return True
        return False

    def paste(self) -> None:
        """Start from the clipboard; a notice when it holds no picture."""
        mime = QGuiApplication.clipboard().mimeData()
        if mime is None or not self.take(mime, "The pasted picture"):
            self._studio.notify(
                "info", "The clipboard holds no picture.", "Copy one in another program, or open or drop a file."
            )

    def _read(self, path: Path) -> Array | None:
        try:
            return from_png(path.read_bytes(), path.name)
        except OSError as error:
            self._studio.notify("bad", f"{path} cannot be read: {error.strerror or error}.")
        except ValueError as error:
            self._studio.notify("bad", f"{error}.")
        return None

    # --- out --------------------------------------------------------------------------------------------------------

    def copy(self) -> None:
        """What is on screen goes to the clipboard, one to one."""
        picture = self._shown()
        QGuiApplication.clipboard().setImage(to_qimage(picture))
        self._studio.notify("info", f"Copied the picture, {picture.shape[1]} × {picture.shape[0]} pixels.")

    def save_picture(self, path: Path) -> None:
        self._write(path, to_png(self._shown()))

    def save_mask(self, path: Path) -> None:
        """Grey levels: white is generated."""
        self._write(path, mask_to_png(self._canvas.mask))

    def choose_save(self, mask: bool = False) -> None:
        """Ask for a name, and write the picture or the mask there."""
        title, proposed = ("Save the mask", "mask.png") if mask else ("Save the picture", "picture.png")
        name, _ = QFileDialog.getSaveFileName(self._owner, title, proposed, "PNG pictures (*.png)")
        if name:
            path = Path(name)
            path = path if path.suffix else path.with_suffix(".png")
            if mask:
                self.save_mask(path)
            else:
                self.save_picture(path)

    def _write(self, path: Path, data: bytes) -> None:
        try:
            atomic.write(path, data)
        except OSError as error:
            self._studio.notify("bad", f"{path} was not written: {error.strerror or error}.", "Choose another folder.")
        else:
            self._studio.notify("info", f"Saved {path.name}.")


def from_qimage(image: QImage) -> Array:
    """uint8 (H, W) when it is grey, else (H, W, 3), over black where it is clear; larger ones are shrunk to `LARGEST`."""
    if max(image.width(), image.height()) > LARGEST:
        keep, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        image = image.scaled(LARGEST, LARGEST, keep, smooth)
    grey = image.isGrayscale()
    flat = image.convertToFormat(QImage.Format.Format_RGBA8888_Premultiplied)
    rows = np.frombuffer(flat.constBits(), np.uint8).reshape(flat.height(), flat.bytesPerLine())
    pixels = rows[:, : flat.width() * 4].reshape(flat.height(), flat.width(), 4)
    return np.array(pixels[..., 0] if grey else pixels[..., :3])
