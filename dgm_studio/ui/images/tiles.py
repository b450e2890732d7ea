"""Tiles: many small pictures as one. The pictures are put together into a single image per update and drawn one to one.

One image costs 2 ms where 64 items cost 67; scaling is nearest-neighbour, the gaps are left by the layout.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy

from dgm_studio.protocol.messages import Array

from ..controls import Picker
from ..look import theme
from .pixels import enlarged, to_qimage

GAP = 4
"""Between tiles, in logical pixels."""
_FAINT = 0.35
"""Opacity of pictures that belong to another moment."""
_EDGED = 8
"""Tiles as far apart as this have an edge, so that a white one does not melt into the page."""


@dataclass(frozen=True)
class Grid:
    """Where tiles lie: ``count`` tiles of ``width`` x ``height`` in rows of ``columns``.

    Rows come in groups of ``group`` that stand close together, such as a noisy picture and its clean estimate.
    """

    count: int
    columns: int
    width: int
    height: int
    gap: int = GAP
    group: int = 1

    @property
    def rows(self) -> int:
        return -(-self.count // self.columns) if self.count else 0

    def top(self, row: int) -> int:
        inner, outer = (self.gap, self.gap) if self.group == 1 else (max(1, self.gap // 2), self.gap * 2)
        return row * (self.height + inner) + row // self.group * (outer - inner)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of it all."""
        columns = min(self.columns, self.count)
        width = columns * (self.width + self.gap) - self.gap if self.count else 0
        return width, self.top(self.rows - 1) + self.height if self.count else 0

    def rect(self, index: int) -> QRect:
        row, column = divmod(index, self.columns)
        return QRect(column * (self.width + self.gap), self.top(row), self.width, self.height)

    def at(self, x: float, y: float) -> int:
        """The tile at a place, -1 for none."""
        for row in range(self.rows):
            if self.top(row) <= y < self.top(row) + self.height:
                column = int(x // (self.width + self.gap))
                index = row * self.columns + column
                inside = 0 <= column < self.columns and x - column * (self.width + self.gap) < self.width
                return index if inside and index < self.count else -1
        return -1


def fit(
    count: int,
    image: tuple[int, int],
    width: int,
    height: int,
    columns: int | None = None,
    gap: int = GAP,
    group: int = 1,
    run: int = 1,
) -> Grid:
    """The grid with the largest tiles that fits; ``image`` is (height, width) of one.

    Whole scales are preferred, and a full rectangle over a last row that is not full, when little size is lost. Where
    each ``run`` of pictures belongs together, a row holds whole runs, or a run whole rows.
    """
    nothing = Grid(count, max(columns or 1, 1), 1, 1, gap, group)
    best = full = nothing
    for c in [columns] if columns else [c for c in range(1, count + 1) if c % run == 0 or run % c == 0]:
        rows = -(-count // c)
        spare = Grid(count, c, 0, 0, gap, group).size[1]
        scale = min((width - gap * (c - 1)) / c / image[1], (height - spare) / rows / image[0])
        if scale >= 1 and math.floor(scale) >= 0.85 * scale:
            scale = math.floor(scale)
        w, h = int(image[1] * scale), int(image[0] * scale)
        if w > best.width and h > 0:
            best = Grid(count, c, w, h, gap, group)
        if w > full.width and h > 0 and count % c == 0:
            full = Grid(count, c, w, h, gap, group)
    return full if full.width >= 0.8 * best.width else best


class Tiles(Picker):
    """Pictures (n, H, W) or (n, H, W, 3) in a grid; ``columns`` None chooses the best. ``picked`` is -1 for none.

    Hovering outlines a tile, a click or the arrow keys pick one. Tiles are at most ``limit`` pixels wide; with
    ``smallest`` only as many are shown as find room at that width.
    """

    hovered = Signal(int)
    clicked = Signal(int)

    def __init__(
        self,
        title: str,
        columns: int | None = None,
        gap: int = GAP,
        group: int = 1,
        limit: int | None = None,
        smallest: int = 0,
        align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignCenter,
    ) -> None:
        super().__init__()
        self._images: Array = np.zeros((0, 1, 1), np.uint8)
        self._columns, self._gap, self._group, self._run = columns, gap, group, 1
        self._limit, self._smallest = limit, smallest
        self._align = align
        self._grid = Grid(0, 1, 1, 1)
        self._drawn: QImage | None = None
        self._finely: float | None = None
        self._hover = -1
        self._faded = False
        self._ring = False
        self.picked = -1
        self.pickable = True
        self.setAccessibleName(title)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.follow(self._recompose)

    @property
    def images(self) -> Array:
        return self._images

    @property
    def count(self) -> int:
        return len(self._images)

    @property
    def grid(self) -> Grid:
        return self._grid

    @property
    def origin(self) -> QPoint:
        """Where the grid begins."""
        w, h = self._grid.size
        left = self._align & Qt.AlignmentFlag.AlignLeft
        top = self._align & Qt.AlignmentFlag.AlignTop
        return QPoint(0 if left else (self.width() - w) // 2, 0 if top else (self.height() - h) // 2)

    def sizeHint(self) -> QSize:
        return QSize(240, 160)

    def show_images(self, images: Array, columns: int | None = None, group: int | None = None, run: int = 1) -> None:
        """Show pictures, each ``run`` of which belongs together.

        A change of their number or shape forgets the hovered and picked ones.
        """
        if images.shape != self._images.shape:
            self._hover = -1
            if self.picked >= len(images):
                self.picked = -1
        self._images = images
        self._columns, self._group, self._run = columns or self._columns, group or self._group, run
        self._recompose()

    def pick(self, index: int) -> None:
        """Outline one as picked, -1 for none; emits nothing."""
        if index != self.picked:
            self.picked = index
            self.update()

    def tile_rect(self, index: int) -> QRect:
        """Where a tile is in the widget."""
        return self._grid.rect(index).translated(self.origin)

    def _recompose(self) -> None:
        self._drawn = None
        n = self._room_for(len(self._images))
        if n and self.width() > 2 and self.height() > 2:
            height, width = self._images.shape[1:3]
            room = self.width(), self.height()
            self._grid = fit(
                n, (height, width), room[0] - 4, room[1] - 4, self._columns, self._gap, self._group, self._run
            )
            if self._limit and self._grid.width > self._limit:
                scale = self._limit / self._grid.width
                g = self._grid
                self._grid = Grid(g.count, g.columns, self._limit, max(1, round(g.height * scale)), g.gap, g.group)
        else:
            self._grid = Grid(0, 1, 1, 1)
        self.update()

    def _room_for(self, count: int) -> int:
        if not self._smallest or not count:
            return count
        height, width = map(int, self._images.shape[1:3])
        pitch = self._smallest + self._gap
        tall = self._smallest * height // width + self._gap
        return min(count, max(1, (self.width() - 4) // pitch) * max(1, (self.height() - 4) // tall))

    def draw_finely(self, ratio: float) -> None:
        """Put the pictures together with so many pixels for each logical one, whatever the screen has."""
        self._finely, self._drawn = ratio, None

    def _compose(self) -> QImage:
        ratio = self._finely or self.devicePixelRatioF()
        g = self._grid
        w, h = (round(v * ratio) for v in g.size)
        grey = self._images.ndim == 3
        shade = np.array(theme.rgb(theme.tokens().colour("plot")), np.uint8)
        page = np.empty((h, w, 3), np.uint8)
        page[:] = shade
        tw, th = round(g.width * ratio), round(g.height * ratio)
        big = enlarged(self._images[: g.count], tw, th)
        for i in range(g.count):
            r = g.rect(i)
            x, y = round(r.x() * ratio), round(r.y() * ratio)
            where = page[y : y + th, x : x + tw]
            part = big[i][: where.shape[0], : where.shape[1]]
            where[:] = part[..., None] if grey else part
        image = to_qimage(page)
        image.setDevicePixelRatio(ratio)
        return image

    @property
    def faded(self) -> bool:
        """Whether the pictures are shown faintly."""
        return self._faded

    def fade(self, on: bool) -> None:
        """Show them faintly: they belong to another moment."""
        self._faded = on
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._grid.count:
            return
        if self._drawn is None:
            self._drawn = self._compose()
        t = theme.tokens()
        painter = QPainter(self)
        painter.setOpacity(_FAINT if self._faded else 1.0)
        painter.drawImage(self.origin, self._drawn)
        painter.setOpacity(1.0)
        if self._gap >= _EDGED:  # closer tiles part by themselves
            for index in range(self._grid.count):
                self._outline(painter, index, QPen(t.colour("line"), 1))
        if self.picked >= 0:
            self._outline(painter, self.picked, QPen(t.colour("accent"), 2))
        if 0 <= self._hover != self.picked:
            self._outline(painter, self._hover, QPen(t.colour("text"), 1))
        if self._ring and self.picked < 0:
            painter.setPen(QPen(t.colour("accent"), 1))
            around = QRect(self.origin, QSize(*self._grid.size)).adjusted(-3, -3, 2, 2)
            painter.drawRoundedRect(around.intersected(self.rect().adjusted(0, 0, -1, -1)), 3, 3)

    def _outline(self, painter: QPainter, index: int, pen: QPen) -> None:
        if index < self._grid.count:
            painter.setPen(pen)
            painter.drawRect(self.tile_rect(index).adjusted(-1, -1, 0, 0))

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._recompose()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover_at(self._at(event.position().x(), event.position().y()))

    def leaveEvent(self, event: QEvent) -> None:
        self._hover_at(-1)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self._at(event.position().x(), event.position().y())
        if event.button() == Qt.MouseButton.LeftButton and index >= 0:
            self.click(index)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: -self._grid.columns,
            Qt.Key.Key_Down: self._grid.columns,
        }
        step = steps.get(Qt.Key(event.key()))
        if step is None or not self._grid.count or not self.pickable:
            super().keyPressEvent(event)
            return
        index = 0 if self.picked < 0 else self.picked + step
        if 0 <= index < self._grid.count:
            self.click(index)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The ring is for those who came by keyboard."""
        self._ring = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._ring = False
        self.update()

    def click(self, index: int) -> None:
        """What a click on a tile does: pick it where it can be picked, and tell of it."""
        if self.pickable:
            self.picked = index
            self.update()
        self.clicked.emit(index)

    def _hover_at(self, index: int) -> None:
        if index != self._hover:
            self._hover = index
            self.setCursor(Qt.CursorShape.PointingHandCursor if index >= 0 else Qt.CursorShape.ArrowCursor)
            self.hovered.emit(index)
            self.update()

    def _at(self, x: float, y: float) -> int:
        origin = self.origin
        return self._grid.at(x - origin.x(), y - origin.y())
