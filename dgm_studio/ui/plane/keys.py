"""Keys beside the plane: a colour bar for every heat map, with its range and unit, and what tells the classes apart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from dgm_studio.language import tr
from dgm_studio.studio.reading.scales import ColourScale

from ..controls import Flow, format_number
from ..look import theme
from .classes import FEW, colour
from .layers.heatmap import Kind, table
from .layers.points import symbol_of

_BAR, _HEIGHT, _GAP = 64, 18, 6
_STRIP, _MARK = 5, 12
_PLACE = 0.4
"""Opacity of a place of a class under the mark of its points."""


class _Key(QWidget):
    """Words in the small type; concrete ones paint themselves."""

    def __init__(self) -> None:
        super().__init__()
        theme.follow(self.updateGeometry)

    def small(self) -> QFont:
        font = QFont(self.font())
        font.setPixelSize(theme.px(11))
        return font

    def wide(self, text: str) -> int:
        return QFontMetrics(self.small()).horizontalAdvance(text) + 1 if text else 0


class ColourKey(_Key):
    """One heat map: its name, the lowest value, the colours, the highest value with the unit; or why nothing is seen."""

    def __init__(self, name: str, kind: Kind, scale: ColourScale) -> None:
        super().__init__()
        self.name, self._kind, self._scale = name, kind, scale
        self.setAccessibleName(tr("Colours of {name}", name=name))
        self.setToolTip(f"{name.capitalize()}: {self.words}.")

    @property
    def words(self) -> str:
        """The range and its unit, or why nothing is to be seen."""
        scale = self._scale
        unit = f" {scale.unit}" if scale.unit else ""
        return scale.note or tr(
            "{low} to {high}{unit}", low=format_number(scale.low), high=format_number(scale.high), unit=unit
        )

    def _parts(self) -> tuple[str, str, str]:
        scale = self._scale
        if scale.note:
            return self.name, "", scale.note
        unit = f" {scale.unit}" if scale.unit else ""
        remark = f" · {scale.remark}" if scale.remark else ""
        return self.name, format_number(scale.low), f"{format_number(scale.high)}{unit}{remark}"

    def sizeHint(self) -> QSize:
        words = [self.wide(part) + _GAP for part in self._parts() if part]
        return QSize(sum(words) + theme.px(_BAR) + 8, theme.px(_HEIGHT))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(self.small())
        t = theme.tokens()
        x, height = 0, self.height()
        name, low, high = self._parts()
        for token, text in (("text", name), ("dim", low)):
            if text:
                painter.setPen(t.colour(token))
                painter.drawText(QRect(x, 0, self.wide(text), height), Qt.AlignmentFlag.AlignVCenter, text)
                x += self.wide(text) + _GAP
        colours = np.ascontiguousarray(table(self._kind, t)[None])
        image = QImage(colours.data, 256, 1, 4 * 256, QImage.Format.Format_RGBA8888)
        bar = QRectF(x + 0.5, height / 2 - 4.5, theme.px(_BAR), 9)
        painter.setRenderHint(QPainter.RenderHint.LosslessImageRendering)
        painter.fillRect(bar, t.colour("plot"))
        painter.drawImage(bar, image)
        painter.setPen(t.colour("line"))
        painter.drawRect(bar)
        x += theme.px(_BAR) + _GAP + 2
        painter.setPen(t.colour("dim"))
        painter.drawText(QRect(x, 0, self.width() - x, height), Qt.AlignmentFlag.AlignVCenter, high)
        painter.end()


class ClassKey(_Key):
    """What tells the classes apart: few with their names, many as a strip of their colours with their number."""

    def __init__(self, names: Sequence[str], areas: bool) -> None:
        """``areas`` says that places are coloured by class as well, not only points."""
        super().__init__()
        self._names, self._areas = tuple(names), areas
        self.setAccessibleName(tr("Classes"))
        self.setAccessibleDescription(", ".join(self._names))
        self.setToolTip(tr("{names} classes: {names_2}", names=len(self._names), names_2=", ".join(self._names[:40])))

    @property
    def many(self) -> bool:
        """Whether there are too many to be named."""
        return len(self._names) > FEW

    def sizeHint(self) -> QSize:
        if self.many:
            width = (
                theme.px(_STRIP) * len(self._names) + _GAP + self.wide(tr("{names} classes", names=len(self._names)))
            )
        else:
            width = sum(self.wide(name) + theme.px(_MARK) + 2 * _GAP for name in self._names)
        return QSize(width, theme.px(_HEIGHT))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self.small())
        t = theme.tokens()
        count, height, x = len(self._names), self.height(), 0
        if self.many:
            wide = theme.px(_STRIP)
            for y in range(count):
                painter.fillRect(QRectF(x, height / 2 - 4.5, wide, 9), QColor(colour(y, count, t.name)))
                x += wide
            painter.setPen(t.colour("dim"))
            painter.drawText(
                QRect(x + _GAP, 0, self.width() - x, height),
                Qt.AlignmentFlag.AlignVCenter,
                tr("{count} classes", count=count),
            )
        for y, name in enumerate(self._names if not self.many else ()):
            mark = theme.px(_MARK)
            if self._areas:
                place = QColor(colour(y, count, t.name))
                place.setAlphaF(_PLACE)
                painter.fillRect(QRectF(x, height / 2 - mark / 2, mark, mark), place)
            self._draw_mark(painter, y, count, QPointF(x + mark / 2, height / 2))
            x += mark + _GAP
            painter.setPen(t.colour("dim"))
            painter.drawText(QRect(x, 0, self.wide(name), height), Qt.AlignmentFlag.AlignVCenter, name)
            x += self.wide(name) + _GAP
        painter.end()

    def _draw_mark(self, painter: QPainter, y: int, count: int, at: QPointF) -> None:
        painter.save()
        painter.translate(at)
        painter.scale(theme.px(7), theme.px(7))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colour(y, count, theme.tokens().name)))
        painter.drawPath(pg.graphicsItems.ScatterPlotItem.Symbols[symbol_of(y, count)])
        painter.restore()


class Keys(Flow):
    """The keys of what is on the plane."""

    def __init__(self) -> None:
        super().__init__(gap=16, between=4)
        self._shown: object = None
        self.keys: list[ColourKey | ClassKey] = []

    def show_keys(
        self, scales: Sequence[tuple[str, Kind, ColourScale]], classes: Sequence[str] = (), areas: bool = False
    ) -> None:
        """Colour bars by (name, kind of colours, scale), and the classes where points or places are told apart by them."""
        shown = (tuple(scales), tuple(classes), areas)
        if shown == self._shown:
            return
        self._shown = shown
        self.empty()
        self.keys = [ColourKey(*each) for each in scales]
        if classes:
            self.keys.append(ClassKey(classes, areas))
        for key in self.keys:
            self.add(key)
            key.show()
        self.refresh()

    def heightForWidth(self, width: int) -> int:
        """A line is kept free where there is none yet."""
        return max(theme.px(_HEIGHT), super().heightForWidth(width))
