"""Latent plane: the latents of the data, the manifold behind them, and a point to drag whose picture follows the pointer.

A latent is ``centre + plane @ axes`` for a place (2,) on the plane. At most one question is under way; while it is, only the
latest place is remembered, so a slow decoder never queues.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QGraphicsSceneMouseEvent, QHBoxLayout, QLabel, QStackedLayout, QVBoxLayout, QWidget

from dgm_studio.language import tr
from dgm_studio.protocol.messages import Array, Decoded, Latents, RunInfo

from ..controls import Chip, OverlayCard, Tree, button, dim
from ..look import theme
from ..look.icons import icon
from ..look.plots import end_menu, run_from_the_left
from ..panels.empty_state import EmptyState
from ..plane import classes as palette
from .pixels import to_pixmap

PREVIEW = 112
"""Side of the decoded picture, in pixels."""
TRAIL, _APART = 200, 0.01
"""Places that are remembered of the way the point is dragged, and how far apart they are, in parts of the plane."""
PATIENCE_MS = 1500
"""After this long without an answer another question may be asked."""


def manifold(grid: Array) -> Array:
    """Pictures (rows, columns, H, W[, 3]), low y first, as one picture to lie on a plane whose y points up."""
    rows, columns, height, width = grid.shape[:4]
    upright = np.flip(grid, axis=2)
    page = np.swapaxes(upright, 1, 2).reshape(rows * height, columns * width, *grid.shape[4:])
    return np.ascontiguousarray(page)


class _Box(pg.ViewBox):
    """Left button drags the point, the wheel zooms, the right or middle button moves the plane.

    Accepting the press makes this item grab the mouse, so that the point follows at once and not after pyqtgraph's drag
    threshold; the other buttons reach `mouseDragEvent`.
    """

    dragged = Signal(float, float)
    taken = Signal()

    def mousePressEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.taken.emit()
            self._send(event.scenePos())
            event.accept()
        else:
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._send(event.scenePos())

    def mouseDragEvent(self, event: Any, axis: int | None = None) -> None:
        event.accept()
        shift = self.mapToView(event.lastPos()) - self.mapToView(event.pos())
        self.translateBy(x=float(shift.x()), y=float(shift.y()))

    def _send(self, where: QPointF) -> None:
        place = self.mapSceneToView(where)
        self.dragged.emit(place.x(), place.y())


class Plane(QWidget):
    """The plot. ``asked(plane)`` when a place (2,) is to be decoded; `show_decoded` answers it.

    With ``shows`` False the picture is left to whoever asked for it; with ``asks`` False nothing is asked, and who moves the
    point gives the picture as well.
    """

    asked = Signal(object)

    def __init__(self, shows: bool = True, asks: bool = True) -> None:
        super().__init__()
        self._shows, self._asks = shows, asks
        self._latents: Latents | None = None
        self._classes: tuple[str, ...] = ()
        self._place = np.zeros(2)
        self._trail: list[tuple[float, float]] = []
        self._pending = False
        self._wanted: Array | None = None
        self._image: Array | None = None
        self.patience = QTimer(self)
        self.patience.setSingleShot(True)
        self.patience.setInterval(PATIENCE_MS)
        self.patience.timeout.connect(self._release)
        self.box = _Box(lockAspect=True, enableMenu=False)
        self.plot = pg.PlotWidget(viewBox=self.box)
        run_from_the_left(self.plot)
        self.plot.hideButtons()
        end_menu(self.plot)
        self.plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("Latent plane; arrow keys move the point"))
        self._manifold = pg.ImageItem(axisOrder="row-major")
        self._manifold.setOpacity(0.55)
        self.plot.addItem(self._manifold)
        self._places: dict[int, pg.ScatterPlotItem] = {}
        self.point = pg.ScatterPlotItem(pxMode=True, size=16)
        self.point.setZValue(10)
        self.plot.addItem(self.point)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.plot)
        self.card = OverlayCard(self)
        self.card.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.image = QLabel()
        self.words = dim("")
        self.card.body.setContentsMargins(6, 6, 6, 4)
        self.card.body.addWidget(self.image)
        self.card.body.addWidget(self.words, 0, Qt.AlignmentFlag.AlignHCenter)
        self.card.hide()
        self.box.taken.connect(self._trail.clear)
        self.box.dragged.connect(self.drag)
        self.box.sigRangeChanged.connect(self._place_card)
        theme.follow(self._restyle)

    @property
    def place(self) -> Array:
        """Where the point is, (2,)."""
        return self._place

    @property
    def trail(self) -> tuple[tuple[float, float], ...]:
        """The way the point was dragged last, place after place."""
        return tuple(self._trail)

    def show_latents(self, latents: Latents | None, classes: tuple[str, ...]) -> None:
        first = self._latents is None or (latents is not None and latents.extent != self._latents.extent)
        self._latents, self._classes = latents, classes
        if latents is None:
            self._draw_places(np.zeros((0, 2)), None)
            self._manifold.clear()
            self.card.hide()
            return
        x0, x1, y0, y1 = (float(v) for v in latents.extent)
        if latents.grid is None:
            self._manifold.clear()
        else:
            self._manifold.setImage(manifold(latents.grid), autoLevels=False, levels=(0, 255))
            self._manifold.setRect(QRectF(x0, y0, x1 - x0, y1 - y0))
        self._draw_places(latents.places, latents.labels)
        if first:
            self.box.setRange(QRectF(x0, y0, x1 - x0, y1 - y0), padding=0.02)
            self._draw_point()
        if (
            self._asks and self._image is not None
        ):  # the model has learned since: the picture under the point is another now
            self.drag(*self._place)

    def show_manifold(self, on: bool) -> None:
        self._manifold.setVisible(on)

    def show_places(self, on: bool) -> None:
        for item in self._places.values():
            item.setVisible(on)

    def show_decoded(self, decoded: Decoded) -> None:
        """The answer to the last question; asks the next one when the point has moved on."""
        if not self._shows:
            self._release()
            return
        self.show_image(decoded.x)
        self._release()

    def show_image(self, image: Array) -> None:
        """What is decoded where the point is (H, W[, 3])."""
        self._image = image
        self.image.setPixmap(to_pixmap(image, theme.px(PREVIEW), self.devicePixelRatioF()))
        self.words.setText(f"({self._place[0]:.2f}, {self._place[1]:.2f})".replace("-", "−"))
        self.card.adjustSize()
        self.card.show()
        self._place_card()

    def drag(self, x: float, y: float) -> None:
        """Move the point; asks for its picture now or as soon as the last answer is here."""
        if self._latents is None:
            return
        x0, x1, y0, y1 = self._latents.extent
        self._place = np.array([np.clip(x, x0, x1), np.clip(y, y0, y1)])
        self._remember(float(self._place[0]), float(self._place[1]), (x1 - x0, y1 - y0))
        self._draw_point()
        self._wanted = self._place
        if not self._pending:
            self._ask()

    def _remember(self, x: float, y: float, size: tuple[float, float]) -> None:
        far = [max(abs(x - a) / size[0], abs(y - b) / size[1]) for a, b in self._trail[-1:]]
        if not far or far[0] > _APART:
            self._trail.append((x, y))
            del self._trail[:-TRAIL]

    def show_place(self, place: Array) -> None:
        """Put the point to a place (2,), asking for nothing."""
        self._place = np.asarray(place, float)
        self._draw_point()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, 1), Qt.Key.Key_Down: (0, -1)}
        step = steps.get(Qt.Key(event.key()))
        if step is None or self._latents is None:
            super().keyPressEvent(event)
            return
        x0, x1, y0, y1 = self._latents.extent
        self.drag(self._place[0] + step[0] * (x1 - x0) / 50, self._place[1] + step[1] * (y1 - y0) / 50)

    def _ask(self) -> None:
        place, self._wanted = self._wanted, None
        self._pending = True
        self.patience.start()
        self.asked.emit(place)

    def _release(self) -> None:
        self.patience.stop()
        self._pending = False
        if self._wanted is not None:
            self._ask()

    def _draw_places(self, places: Array, labels: Array | None) -> None:
        """One item per class, kept from one map to the next."""
        numbers = np.zeros(len(places), int) if labels is None else labels
        for k in set(self._places) | set(np.unique(numbers).tolist()):
            item = self._places.get(k)
            if item is None:
                item = self._places[k] = pg.ScatterPlotItem(pxMode=True, size=7, antialias=False)
                self.plot.addItem(item)
            known = labels is not None
            here = places[numbers == k].astype(float)
            item.setData(
                x=here[:, 0],
                y=here[:, 1],
                pen=pg.mkPen(theme.tokens().plot, width=1),
                brush=pg.mkBrush(palette.colour(k, look=theme.tokens().name) if known else theme.tokens().data),
                symbol=palette.symbol(k) if known else "o",
            )

    def _draw_point(self) -> None:
        self.point.setData(x=[float(self._place[0])], y=[float(self._place[1])])
        self._place_card()

    def _place_card(self, *_: object) -> None:
        """Beside the point, on the side where there is room."""
        if self._latents is None or self._image is None:
            return
        scene = self.box.mapViewToScene(QPointF(float(self._place[0]), float(self._place[1])))
        at = self.plot.mapTo(self, self.plot.mapFromScene(scene))
        w, h = self.card.width(), self.card.height()
        x = at.x() + 16 if at.x() + 24 + w < self.width() else at.x() - 16 - w
        y = at.y() - 16 - h if at.y() - 24 - h > 0 else at.y() + 16
        self.card.move(max(4, min(x, self.width() - w - 4)), max(4, min(y, self.height() - h - 4)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._place_card()

    def _restyle(self) -> None:
        t = theme.tokens()
        self.plot.setBackground(t.plot)
        for side in ("left", "bottom"):
            axis = self.plot.getAxis(side)
            axis.setPen(pg.mkPen(t.line))
            axis.setTextPen(pg.mkPen(t.dim))
        self.point.setPen(pg.mkPen(t.text, width=2))
        self.point.setBrush(t.model)
        if self._latents is not None:
            self.show_latents(self._latents, self._classes)


class LatentView(QWidget):
    """The plane with its legend, or the reason why there is none. ``asked(plane)`` as in `Plane`; ``film_asked()``."""

    asked = Signal(object)
    film_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.plane = Plane()
        self.manifold = Chip(tr("manifold"), tr("Show what the decoder makes of a grid of latents."), dot="model")
        self.latents = Chip(tr("latents"), tr("Show where the encoder puts examples of the data."), dot="data")
        self.note = dim("")
        self._legend = QLabel()
        self._legend.setTextFormat(Qt.TextFormat.RichText)
        self._legend.setAccessibleName(tr("Classes"))
        bar = QHBoxLayout()
        bar.setSpacing(8)
        for chip in (self.manifold, self.latents):
            chip.setChecked(True)
            bar.addWidget(chip)
        self.film = button(
            "", tr("Make a film of the way that the point was dragged, or of once around the plane."), "flat"
        )
        self.film.setAccessibleName(tr("Film of a latent walk"))
        self.film.clicked.connect(self.film_asked)
        bar.addWidget(self.note)
        bar.addStretch(1)
        bar.addWidget(self._legend)
        bar.addWidget(self.film)
        front = QWidget()
        column = QVBoxLayout(front)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(bar)
        column.addWidget(self.plane, 1)
        self.empty = EmptyState()
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(front)
        self.manifold.toggled.connect(self.plane.show_manifold)
        self.latents.toggled.connect(self.plane.show_places)
        self.plane.asked.connect(self.asked)
        self.show_latents(None, None)
        theme.follow(self._restyle)

    @property
    def controls(self) -> Tree:
        return {"plane": self.plane, "manifold": self.manifold, "latents": self.latents, "film": self.film}

    def show_latents(self, latents: Latents | None, info: RunInfo | None) -> None:
        """``info`` says whether the model has a latent at all; ``latents`` None means that it is not here yet."""
        if info is not None and info.latent_size is None:
            self.empty.say(
                tr("This family has no latent plane"),
                tr(
                    "It has no latent from which it decodes an example. Choose the VAE for a learned plane with an encoder, or "
                    "the GAN, a flow, diffusion or flow matching, whose noise is the latent."
                ),
            )
        elif latents is None:
            self.empty.say(tr("Mapping the latent plane"), tr("Latents and manifold appear in a moment."))
        self._stack.setCurrentIndex(0 if latents is None or (info is not None and info.latent_size is None) else 1)
        names = info.classes if info else ()
        self.plane.show_latents(latents, names)
        if latents is None:
            return
        encodes = bool(len(latents.places))
        self.latents.setVisible(encodes)
        size = len(latents.centre)
        what = tr("two main directions of {size} dimensions", size=size) if size > 2 else tr("both dimensions")
        hint = tr("drag the point") if encodes else tr("no encoder, so the data has no latents; drag the point")
        self.note.setText(f"{what} · {hint}")
        self._legend.setText(_legend(latents.labels, names) if encodes else "")
        self.plane.show_places(self.latents.isChecked())

    def show_decoded(self, decoded: Decoded) -> None:
        self.plane.show_decoded(decoded)

    def _restyle(self) -> None:
        self.film.setIcon(icon("film", "dim"))
        self.film.setFixedWidth(theme.px(30))


def _legend(labels: Array | None, classes: tuple[str, ...]) -> str:
    shapes = {"o": "●", "s": "■", "t": "▼", "d": "◆", "+": "✚", "star": "★"}
    if labels is None:
        return ""
    parts = []
    for k in np.unique(labels).astype(int):
        name = classes[k] if 0 <= k < len(classes) else str(k)
        hue = palette.colour(k, look=theme.tokens().name)
        parts.append(f'<span style="color:{hue}">{shapes[palette.symbol(k)]}</span>&nbsp;{name}')
    return "&ensp;".join(parts)
