"""Colours: the one that is painted with over the one that waits, and a row of ready ones."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QColorDialog, QHBoxLayout, QWidget

from dgm_studio.language import tr
from dgm_studio.studio.painting.canvas_ink import Colour

from ..controls import Tree
from ..look import theme

SWATCHES: tuple[Colour, ...] = (
    (0, 0, 0), (255, 255, 255), (128, 128, 128), (214, 57, 57), (240, 140, 40), (246, 208, 69), (72, 166, 92),
    (60, 132, 214), (128, 86, 190),
)  # fmt: skip
GREYS: tuple[Colour, ...] = tuple((v, v, v) for v in (0, 32, 64, 96, 128, 160, 192, 224, 255))
"""For grey pictures, where every colour would become a grey anyway."""


def name(colour: Colour) -> str:
    """As ``#rrggbb``."""
    return QColor(*colour).name()


class Wells(QAbstractButton):
    """Two overlapping squares. A click asks for another colour: ``chosen(colour)``."""

    chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.colour: Colour = (255, 255, 255)
        self.spare: Colour = (0, 0, 0)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(tr("Colour"))
        self.clicked.connect(self._ask)
        theme.follow(self._restyle)

    def show_colours(self, colour: Colour, spare: Colour) -> None:
        self.colour, self.spare = colour, spare
        self.setToolTip(
            tr(
                "Paints with {name}; X swaps it with {name_2}. Click for another one.",
                name=name(colour),
                name_2=name(spare),
            )
        )
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(theme.px(32), theme.px(32))

    def _restyle(self) -> None:
        self.setFixedSize(self.sizeHint())
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        t = theme.tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        side, inset = 0.56 * self.width(), 2.5
        back = QRectF(self.width() - side - inset, self.height() - side - inset, side, side)
        front = QRectF(inset, inset, side, side)
        for rect, colour in ((back, self.spare), (front, self.colour)):
            painter.setPen(QPen(t.colour("panel"), 3))
            painter.setBrush(QColor(*colour))
            painter.drawRoundedRect(rect, 4, 4)
            painter.setPen(QPen(t.colour("accent" if self.hasFocus() else "dim"), 1))
            painter.drawRoundedRect(rect, 4, 4)

    def _ask(self) -> None:
        dialog = QColorDialog(QColor(*self.colour), self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.colorSelected.connect(lambda c: self.chosen.emit((c.red(), c.green(), c.blue())))
        dialog.open()


class Swatch(QAbstractButton):
    """One ready colour."""

    def __init__(self, colour: Colour) -> None:
        super().__init__()
        self.colour = colour
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setToolTip(tr("Paint with {name}.", name=name(colour)))
        self.setAccessibleName(tr("Colour {name}", name=name(colour)))
        self.setMinimumSize(16, 20)
        self.setMaximumHeight(20)

    def sizeHint(self) -> QSize:
        return QSize(22, 20)

    def paintEvent(self, event: QPaintEvent) -> None:
        t = theme.tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        marked = self.isChecked() or self.hasFocus()
        painter.setPen(QPen(t.colour("accent" if marked else "line"), 2 if marked else 1))
        painter.setBrush(QColor(*self.colour))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1.5, 1.5, -1.5, -1.5), 4, 4)


class Swatches(QWidget):
    """A row of ready colours; ``chosen(colour)``."""

    chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 4, 0, 4)
        self._row.setSpacing(4)
        self.buttons: list[Swatch] = []
        self._colours: tuple[Colour, ...] = ()
        self.show_kind(False)

    @property
    def controls(self) -> Tree:
        return {name(each.colour).removeprefix("#"): each for each in self.buttons}

    def show_kind(self, grey: bool) -> None:
        """Greys for grey pictures, else colours."""
        colours = GREYS if grey else SWATCHES
        if colours == self._colours:
            return
        self._colours = colours
        for old in self.buttons:
            self._row.removeWidget(old)
            old.deleteLater()
        self.buttons = [Swatch(colour) for colour in colours]
        for made in self.buttons:
            self._row.addWidget(made, 1)
            made.clicked.connect(lambda _=False, colour=made.colour: self.chosen.emit(colour))

    def show_colour(self, colour: Colour) -> None:
        for each in self.buttons:
            each.setChecked(each.colour == colour)
