"""The plane alone: a two-dimensional run seen whole, with keys and controls in its margin, drawing and conditions."""

from __future__ import annotations

from typing import Any

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout

from dgm_studio.protocol.messages import Opened
from dgm_studio.studio.reading.layers import missing_layers, own_names
from dgm_studio.studio.reading.moment import NEAR, Age, reading
from dgm_studio.studio.reading.quality import closeness_said
from dgm_studio.studio.studio import Studio

from ..controls import Tree
from ..look import theme
from ..naming import join
from .draw_pad import LIMIT, DrawPad, is_drawn
from .given import GivenTool
from .keys import Keys
from .layered_plane import LayeredPlane
from .margin import Legend, QualityLine
from .time_bar import TimeBar

WIDE = 620
"""From this width on the closeness of the samples stands beside the number."""
LOW = 340
"""Of a view lower than this the data have all but legend and time; the number stands in the progress panel as well."""


class PlaneView(LayeredPlane):
    """Legend, quality and sampling time around the picture, and the tools that work on it."""

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio, "2d")
        self._margin_on = True
        self.legend = Legend()
        self.legend.toggled.connect(studio.toggle_layer)
        self.quality = QualityLine()
        self.keys = Keys()
        self.time = TimeBar()
        self.time.moved.connect(studio.set_time)
        self.time.film_asked.connect(lambda: studio.commands.run("file.film"))
        self.pad = DrawPad(self, studio, self.canvas)
        self.pad.opened.connect(self._begin_drawing)
        self.pad.closed.connect(self._pad_closed)
        self.given = GivenTool(self, studio, self.canvas)
        self.given.changed.connect(self._show_margin)
        self.legend.condition.clicked.connect(self.given.toggle)
        self.canvas.resized.connect(self.pad.cover)
        self.canvas.resized.connect(self.given.cover)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(6)
        column.addWidget(self.legend)
        column.addWidget(self.quality)
        column.addWidget(self.canvas, 1)
        for widget in (self.keys, self.time, self.pad.bar):
            column.addWidget(widget)
        self.begin()
        join(studio.controls, self)

    # --- what a person does ---------------------------------------------------------------------------------------

    @property
    def controls(self) -> Tree:
        return {
            "plane": {
                "layer": self.legend,
                "condition": self.legend.condition,
                "canvas": self.canvas,
                "": self.time,
            },
            "drawing": self.pad,
            "conditioning": self.given.card,
        }

    @property
    def hidden(self) -> bool:
        return self.pad.active

    def show_margin(self, on: bool) -> None:
        self._margin_on = on
        self._show_margin()

    @property
    def margin_on(self) -> bool:
        return self._margin_on

    # --- what the studio says -------------------------------------------------------------------------------------

    def _show_opened(self, opened: Opened) -> None:
        if self.pad.active and not is_drawn(opened.spec.data):
            self.pad.close()
        super()._show_opened(opened)

    def _begin_drawing(self) -> None:
        """Drawings lie around zero, in one unit: away from there the view goes to it."""
        opened = self.run.opened
        if opened is not None and opened.info.step[0] != opened.info.step[1]:
            self.canvas.show_coordinates(("", ""), (1.0, 1.0))
        extent = self.canvas.extent()
        if max(map(abs, extent)) > LIMIT or min(extent[1] - extent[0], extent[3] - extent[2]) < 0.1:
            self.canvas.show_extent((-3.0, 3.0, -3.0, 3.0))
        self._show_session()

    def _show_session(self) -> None:
        session, opened = self._studio.session, self.run.opened
        self.time.show_ends(self.run.begins, self.run.ends)
        self.legend.show_layers(session.layers, missing_layers(opened), own_names(opened))
        if not self.time.playing:
            self.time.show_time(session.time)
        super()._show_session()
        self._show_margin()

    def _show_keys(self) -> None:
        """A colour bar for every heat map that is switched on, and the classes where something is told apart by them."""
        self.keys.show_keys(*self.keys_now())

    def _show_edited(self, _: Any) -> None:
        self.time.show_ends(self.run.begins, self.run.ends)
        super()._show_edited(_)

    def _show_moment(self, _: Any = None) -> None:
        """Take back what was said of the past at once; say it anew only of what stays old for a while."""
        studio = self._studio
        here = self._margin_on and not self.pad.active and self.height() >= theme.px(LOW)
        self.quality.setVisible(here)
        self.quality.show_reading(reading(self.run, studio.session.spec(self.slot), studio.measure))
        age = self._ages().get("samples")
        unfinished = studio.session.time < 1.0 - NEAR
        said = closeness_said(self.run.samples, on_the_way=unfinished) if self.width() >= theme.px(WIDE) else ""
        self.quality.show_samples(said, faded=unfinished or (age is not None and age.faded))
        super()._show_moment()

    def _show_ages(self, now: dict[str, Age]) -> None:
        """Say of every picture of which moment it is, and fade those that are of another one."""
        super()._show_ages(now)
        self.legend.show_ages(now)

    # --- looks ----------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_moment()

    def _pad_closed(self) -> None:
        """What was drawn is the data: all of it comes into view."""
        opened = self.run.opened
        if opened is not None:
            self.canvas.show_coordinates(opened.info.axes, opened.info.step)
        self._show_session()
        self.show_all()

    def _show_margin(self) -> None:
        """Above and below the plane stands what belongs to the layers, or while it is drawn on the tools of drawing."""
        here = self._margin_on and not self.pad.active
        self.legend.setVisible(here)
        self.time.setVisible(here)
        self.keys.setVisible(here)
        self._show_moment()
        self.legend.condition.setChecked(self.given.active)
