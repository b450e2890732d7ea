"""Latent pad: paint by moving the picture's latent. The decoded picture follows the point, under mask and strokes.

The point begins where the decoder's grid comes nearest to the picture: a search that every family with a decoder affords.
"""

from __future__ import annotations

from PySide6.QtCore import QPoint, QTimer, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from dgm_studio.language import tr
from dgm_studio.protocol.messages import Array, Decoded, Latents, RunInfo
from dgm_studio.studio.painting.latent_place import nearest_place

from ..controls import OverlayCard, Tree, button, dim, label
from ..images.latent_plane import Plane
from ..look import theme

SIDE = 140
MARGIN = 12
SETTLE_MS = 400
"""How long the point must rest before its picture becomes the canvas's."""
NO_LATENT = tr("This family has no latent that it decodes. The VAE, GAN, GLO or a flow has one.")


class LatentPad(OverlayCard):
    """``asked(plane)`` when a place (2,) is to be decoded; ``moved(image)`` while it is dragged, ``settled(image)`` when it
    rests; ``closed()``.
    """

    asked = Signal(object)
    moved = Signal(object)
    settled = Signal(object)
    closed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Latent pad"))
        self._latents: Latents | None = None
        self._image: Array | None = None
        self._waiting = False
        self._grip: QPoint | None = None
        self._dragged: QPoint | None = None
        self.plane = Plane(shows=False)
        for side in ("left", "bottom"):
            self.plane.plot.hideAxis(side)
        self.words = dim("", wrap=True)
        self.shut = button(tr("close  K"), tr("Put the latent pad away (K)."), "link")
        self.shut.clicked.connect(self.closed)
        self.setToolTip(
            tr("Drag the latent and the decoded picture follows. Drag the card by its head to see what is below.")
        )
        self.body.setContentsMargins(8, 4, 8, 8)
        head = QHBoxLayout()
        head.addWidget(label(tr("Latent"), "title"))
        head.addStretch(1)
        head.addWidget(self.shut)
        self.body.addLayout(head)
        self.body.addWidget(self.plane)
        self.body.addWidget(self.words)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(SETTLE_MS)
        self._rest.timeout.connect(self._settle)
        self.plane.asked.connect(self._ask)
        theme.follow(self._fit)
        self.hide()

    @property
    def controls(self) -> Tree:
        return {"plane": self.plane, "close": self.shut}

    def show_latents(self, latents: Latents | None, info: RunInfo | None, image: Array) -> None:
        """The plane of the model in front, and the picture on the canvas; ``latents`` None while they are not here."""
        codeless = info is None or info.latent_size is None
        first = self._latents is None
        self._latents = None if codeless else latents
        self.plane.setVisible(not codeless)
        self.plane.show_latents(self._latents, info.classes if info is not None else ())
        if codeless:
            self.words.setText(NO_LATENT)
        elif latents is None:
            self.words.setText(tr("mapping the latent plane"))
        else:
            self.words.setText("")
            if first:
                self.show_image(image)
        self._fit()

    def show_image(self, image: Array) -> None:
        """Put the point to where the decoder comes nearest to a picture."""
        place = None if self._latents is None else nearest_place(self._latents, image)
        if place is not None:
            self.plane.show_place(place)

    def show_decoded(self, decoded: Decoded) -> None:
        """What the place that was asked for looks like."""
        if not self._waiting:
            return
        self._waiting = False
        self._image = decoded.x
        self.moved.emit(decoded.x)
        self._rest.start()
        self.plane.show_decoded(decoded)

    def _ask(self, place: Array) -> None:
        self._waiting = True
        self._rest.stop()
        self.asked.emit(place)

    def _settle(self) -> None:
        image, self._image = self._image, None
        if image is not None:
            self.settled.emit(image)

    def settle_now(self) -> None:
        """Do not wait: somebody goes on painting."""
        self._rest.stop()
        self._settle()

    def place(self) -> None:
        """Where it was dragged to, at first the lower right corner of what it floats on."""
        parent = self.parentWidget()
        if parent is not None:
            room = QPoint(parent.width() - self.width(), parent.height() - self.height())
            to = self._dragged or room - QPoint(MARGIN, MARGIN)
            self.move(max(0, min(to.x(), room.x())), max(0, min(to.y(), room.y())))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._grip = event.position().toPoint()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grip is not None:
            self._dragged = self.pos() + event.position().toPoint() - self._grip
            self.place()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._grip = None

    def _fit(self) -> None:
        self.words.setVisible(bool(self.words.text()))
        side = theme.px(SIDE)
        self.plane.setFixedSize(side, side)
        self.words.setFixedWidth(side)
        self.adjustSize()
        self.place()
