"""What is dropped on the window or pasted into it, said before it is let go; the canvas and comparisons take what is theirs."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QEvent, QIODevice, QMimeData, QObject
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QImage
from PySide6.QtWidgets import QWidget

from dgm_studio.language import tr
from dgm_studio.studio.files.arrivals import Arrival, of_paths, of_picture, of_text
from dgm_studio.studio.studio import Studio

from ..controls.drop_hint import DropHint
from ..look import theme


def local_paths(mime: QMimeData) -> list[Path]:
    """The files and folders of this machine among what is dragged."""
    return [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()]


class Arriving(QObject):
    """Lets a window take files, links, tables and pictures."""

    def __init__(self, window: QWidget, studio: Studio) -> None:
        super().__init__(window)
        self._studio = studio
        self.hint = DropHint(window)
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QDragEnterEvent):
            arrival = self.found(event.mimeData())
            if arrival is None:
                event.ignore()
            else:
                self.hint.say(arrival.said)
                event.acceptProposedAction()
            return True
        if isinstance(event, QDropEvent) and event.type() == QEvent.Type.Drop:
            self.hint.hide()
            arrival = self.found(event.mimeData())
            if arrival is not None:
                event.acceptProposedAction()
                arrival.take()
            return True
        return super().eventFilter(watched, event)

    def found(self, mime: QMimeData | None) -> Arrival | None:
        """What this window would do with it; None where it can do nothing, as with an empty clipboard, of which Qt has none."""
        if mime is None:
            return None
        if paths := local_paths(mime):
            return of_paths(self._studio, paths)
        if mime.hasText() and (arrival := of_text(self._studio, mime.text())) is not None:
            return arrival
        image = mime.imageData() if mime.hasImage() else None
        return of_picture(self._studio, _png(image)) if isinstance(image, QImage) and not image.isNull() else None

    def paste(self) -> None:
        """Take what is on the clipboard; a notice says what it is taken for, or what could be."""
        arrival = self.found(theme.application().clipboard().mimeData())
        if arrival is None:
            self._studio.notify(
                "info", tr("Nothing on the clipboard can be opened here."),
                tr("Copy a link, cells of a spreadsheet with two columns of numbers or more, a picture, or a file."),
            )  # fmt: skip
            return
        self._studio.notify("info", arrival.said)
        arrival.take()


def _png(image: QImage) -> bytes:
    held = QByteArray()
    buffer = QBuffer(held)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(held.data())
