"""A plot in the look of the program: no menu, no buttons, no tick marks, quiet axes; the base of every chart."""

from __future__ import annotations

from collections.abc import Mapping

import pyqtgraph as pg
from PySide6.QtCore import Qt

from . import theme
from .axis import Axis


def end_menu(plot: pg.PlotWidget) -> None:
    """Let the menu of a plot, which nobody sees, end with it.

    pyqtgraph 0.14 makes it without a parent, so that it would outlive the plot; as its child, though, half a hundred
    widgets would take part in every change of the look.
    """
    plot.destroyed.connect(plot.getPlotItem().ctrlMenu.deleteLater)


def run_from_the_left(plot: pg.PlotWidget) -> None:
    """Numbers grow to the right, whichever direction the language has."""
    plot.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
    plot.getPlotItem().setLayoutDirection(Qt.LayoutDirection.LeftToRight)


class Plot(pg.PlotWidget):
    """``ground`` names the token of its background, ``grid`` the opacity of the grid from 0 to 255.

    ``axes`` are to be used by side, "left" and "bottom", in place of ours.
    """

    def __init__(self, title: str, ground: str = "plot", grid: int = 0, axes: Mapping[str, Axis] | None = None) -> None:
        super().__init__(axisItems={"left": Axis("left"), "bottom": Axis("bottom"), **(axes or {})})
        self._ground = ground
        self.setFrameShape(pg.PlotWidget.Shape.NoFrame)
        self.setAccessibleName(title)
        self.item: pg.PlotItem = self.getPlotItem()
        run_from_the_left(self)
        self.item.hideButtons()
        self.item.setMenuEnabled(False)
        end_menu(self)
        for side in ("left", "bottom"):
            axis = self.item.getAxis(side)
            axis.setStyle(tickLength=0, tickTextOffset=3)
            axis.enableAutoSIPrefix(False)
            if grid:
                axis.setGrid(grid)
        theme.follow(self._restyle_axes)

    def _restyle_axes(self) -> None:
        t = theme.tokens()
        self.setBackground(t.colour(self._ground))
        font = self.font()
        font.setPixelSize(theme.px(11))
        for side in ("left", "bottom"):
            axis = self.item.getAxis(side)
            axis.setPen(pg.mkPen(t.colour("line")))
            axis.setTextPen(pg.mkPen(t.colour("dim")))
            axis.setTickFont(font)
