"""The plane: a two-dimensional run seen whole, as layers over one another, with their keys and controls in its margin.

The view shows events and emits what a person does; `PlaneView` is the only one here that knows the studio: it turns
view range, layers and time into one `look` a moment after they have come to rest.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QVBoxLayout

from dgm_studio.protocol.messages import (
    Curves,
    Data,
    Extent,
    Field,
    History,
    Measured,
    Opened,
    Probed,
    Progress,
    Samples,
)
from dgm_studio.studio.reading.layers import asked_extent, missing_layers, own_names
from dgm_studio.studio.reading.moment import NEAR, Age, ages, reading
from dgm_studio.studio.reading.posterior import prior_in_use
from dgm_studio.studio.reading.quality import closeness_said
from dgm_studio.studio.reading.scales import peak_of
from dgm_studio.studio.studio import Studio

from ..binding import bind, bind_run
from ..controls import Tree
from ..look import theme
from ..naming import join
from ..panels.ageing import Ageing
from .draw_pad import LIMIT, DrawPad, is_drawn
from .given import GivenTool
from .keys import Keys
from .layers.arrows import ArrowsLayer
from .layers.field_layer import FieldLayer
from .layers.heatmap import HeatmapLayer
from .layers.mesh import MeshLayer
from .layers.paths import PathsLayer, at
from .layers.points import PointsLayer
from .layers.regions import RegionsLayer
from .margin import Legend, QualityLine
from .plane_plot import PlanePlot
from .time_bar import TimeBar

CELLS = 256
REST_MS = 120
WIDE = 620
"""From this width on the closeness of the samples stands beside the number."""
LOW = 340
"""Of a view lower than this the data have all but legend and time; the number stands in the progress panel as well."""


class PlaneView(QFrame):
    """Layers, legend, quality, sampling time, probing and drawing for the run of the 2D workspace."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._studio = studio
        self._margin_on = True
        self._asked: Extent | None = None
        self.setProperty("surface", "plot")
        self.canvas = PlanePlot()

        plot = self.canvas.item
        self.regions = RegionsLayer(plot, 0)
        self.surface = HeatmapLayer(plot, "surface", 0.5)
        self.truth = HeatmapLayer(plot, "truth", 1)
        self.density = HeatmapLayer(plot, "model", 2)
        self.difference = HeatmapLayer(plot, "difference", 3)
        self.field = ArrowsLayer(plot, 4)
        self.mesh = MeshLayer(plot, 4.5)
        self.data = PointsLayer(plot, "data", 3.5, 0.8, 5, coloured=True)
        self.paths = PathsLayer(plot, 6)
        self.samples = PointsLayer(plot, "model", 4.0, 0.95, 7)
        self._heat = {
            "density": self.density, "truth": self.truth, "difference": self.difference, "surface": self.surface,
        }  # fmt: skip
        self._fields: dict[str, FieldLayer] = {
            **self._heat, "field": self.field, "regions": self.regions, "mesh": self.mesh,
        }  # fmt: skip
        self.layers: dict[str, FieldLayer | PointsLayer | PathsLayer] = {
            "data": self.data, "samples": self.samples, "path": self.paths, **self._fields,
        }  # fmt: skip
        """The items that show the layers, by name."""
        self.mark = pg.TargetItem(movable=False, size=14, symbol="crosshair")
        self.mark.setZValue(9)
        self.mark.hide()
        plot.addItem(self.mark, ignoreBounds=True)

        self.legend = Legend()
        self.legend.toggled.connect(studio.toggle_layer)
        self.quality = QualityLine()
        self.keys = Keys()
        self.time = TimeBar()
        self.time.moved.connect(studio.set_time)
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

        self.ageing = Ageing(self, self._ages)
        self.ageing.changed.connect(self._show_ages)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self._look)
        self.canvas.clicked.connect(self._probe)
        self.canvas.home_asked.connect(self.show_all)
        self.canvas.sigRangeChanged.connect(lambda *_: self._rest.start())

        theme.follow(self._restyle)
        bind_run(self, studio, Opened, self._show_opened, slot="2d")
        bind_run(self, studio, Data, lambda _: self._show_data(), slot="2d")
        bind_run(self, studio, Samples, lambda _: self._show_samples(), slot="2d")
        bind_run(self, studio, Field, self._show_field, slot="2d")
        bind_run(self, studio, Probed, self._show_probe, slot="2d")
        bind_run(self, studio, Measured, self._show_moment, slot="2d")
        bind_run(self, studio, Curves, self._show_moment, slot="2d")
        bind_run(self, studio, History, self._show_moment, slot="2d")
        bind_run(self, studio, Progress, self._show_moment, slot="2d")
        bind_run(self, studio, "edited", self._show_edited, slot="2d")
        bind(self, studio, "measure", self._show_moment)
        bind(self, studio, "session", lambda _: self._show_session())
        bind(self, studio, "workspace", lambda _: self._rest.start())
        self.canvas.show_extent((-3.0, 3.0, -3.0, 3.0))
        if (opened := studio.runs["2d"].opened) is not None:
            self._show_opened(opened)
        self._show_session()
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

    def show_all(self) -> None:
        """Bring all of the data into view."""
        opened = self._studio.runs["2d"].opened
        if opened is not None and opened.info.extent is not None:
            self.canvas.show_extent(opened.info.extent)

    def show_margin(self, on: bool) -> None:
        self._margin_on = on
        self._show_margin()

    @property
    def margin_on(self) -> bool:
        return self._margin_on

    def _probe(self, x: float, y: float) -> None:
        point = np.array([x, y])
        self._studio.ask.probe(point)
        self._studio.ask.classify(point[None])
        self.mark.setPos(x, y)
        self.mark.show()

    def _look(self) -> None:
        """Tell the engine what is in view; nothing while another workspace is in front."""
        studio = self._studio
        if studio.workspace != "2d" or studio.runs["2d"].opened is None:
            return
        session = studio.session
        wanted = {name for name in session.layers if name != "data"}
        if session.time < 1.0:
            wanted.add("path")
        extent = self.canvas.extent()
        if extent[1] > extent[0] and extent[3] > extent[2]:
            self._asked = asked_extent(extent, self._asked)
            studio.look(frozenset(wanted), self._asked, CELLS, session.time)

    # --- what the studio says -------------------------------------------------------------------------------------

    def _show_opened(self, opened: Opened) -> None:
        self.canvas.show_coordinates(opened.info.axes, opened.info.step)
        if self.pad.active and not is_drawn(opened.spec.data):
            self.pad.close()
        if not self.pad.active:
            self.show_all()
        run = self._studio.runs["2d"]
        for name, layer in self._fields.items():
            layer.show(run.fields.get(name))
        self.mark.hide()
        self._show_data()
        self._show_samples()
        self._show_session()

    def _begin_drawing(self) -> None:
        """Drawings lie around zero, in one unit: away from there the view goes to it."""
        opened = self._studio.runs["2d"].opened
        if opened is not None and opened.info.step[0] != opened.info.step[1]:
            self.canvas.show_coordinates(("", ""), (1.0, 1.0))
        extent = self.canvas.extent()
        if max(map(abs, extent)) > LIMIT or min(extent[1] - extent[0], extent[3] - extent[2]) < 0.1:
            self.canvas.show_extent((-3.0, 3.0, -3.0, 3.0))
        self._show_session()

    def _show_session(self) -> None:
        if self.pad.active:
            self.mark.hide()
        session = self._studio.session
        opened = self._studio.runs["2d"].opened
        missing = missing_layers(opened)
        for name, layer in self.layers.items():
            layer.switch(name in session.layers and name not in missing and not self.pad.active)
        self.regions.show_prior(prior_in_use(session.prior, opened.info.shares if opened else ()))
        self.time.show_begin(self._studio.runs["2d"].begins)
        self.legend.show_layers(session.layers, missing, own_names(opened))
        if not self.time.playing:
            self.time.show_time(session.time)
        self._show_samples()
        self._show_keys()
        self._show_moment()
        self._show_margin()
        if not self._rest.isActive():  # while time plays it never comes to rest, and what depends on it is to follow
            self._rest.start()

    def _show_data(self) -> None:
        data = self._studio.runs["2d"].data
        self.data.show(None if data is None else data.x, None if data is None else data.labels, len(self._classes))
        self._show_keys()

    @property
    def _classes(self) -> tuple[str, ...]:
        opened = self._studio.runs["2d"].opened
        return () if opened is None else opened.info.classes

    def _show_samples(self) -> None:
        samples: Samples | None = self._studio.runs["2d"].samples
        t = self._studio.session.time
        if samples is None:
            self.samples.show(None)
            self.paths.show(None, None, t)
            return
        path, times = samples.path, samples.times
        self.paths.show(path, times, t)
        if t < 1.0 and path is not None and times is not None and len(path) > 0:
            labels = None if samples.labels is None else samples.labels[: path.shape[1]]
            self.samples.show(at(path, times, t), labels, len(self._classes))
        elif not self.samples.shows(samples.x):
            self.samples.show(samples.x, samples.labels, len(self._classes))
        self._show_moment()

    def _show_field(self, field: Field) -> None:
        if field.layer in self._fields:
            self._fields[field.layer].show(field)
        if field.layer == "density":
            self.difference.show_peak(peak_of(np.asarray(field.values)))
        self._show_keys()
        self._show_moment()

    def _show_keys(self) -> None:
        """A colour bar for every heat map that is switched on, and the classes where something is told apart by them."""
        names = {"surface": "surface", **own_names(self._studio.runs["2d"].opened)}
        scales = []
        for name, layer in self._heat.items():
            scale = layer.scale
            if scale is not None:
                scales.append((names.get(name, name), layer.kind, scale))
        data, layers = self._studio.runs["2d"].data, self._studio.session.layers
        areas = self.regions.shown is not None
        told = areas or (data is not None and data.labels is not None and {"data", "samples"} & set(layers))
        self.keys.show_keys(scales, self._classes if told and not self.pad.active else (), areas)

    def _show_edited(self, _: Any) -> None:
        self.time.show_begin(self._studio.runs["2d"].begins)
        self._show_moment()

    def _show_moment(self, _: Any = None) -> None:
        """Take back what was said of the past at once; say it anew only of what stays old for a while."""
        studio = self._studio
        here = self._margin_on and not self.pad.active and self.height() >= theme.px(LOW)
        self.quality.setVisible(here)
        self.quality.show_reading(reading(studio.runs["2d"], studio.session.spec("2d"), studio.measure))
        age = self._ages().get("samples")
        unfinished = studio.session.time < 1.0 - NEAR
        said = (
            closeness_said(studio.runs["2d"].samples, on_the_way=unfinished) if self.width() >= theme.px(WIDE) else ""
        )
        self.quality.show_samples(said, faded=unfinished or (age is not None and age.faded))
        self.ageing.refresh()

    @property
    def waits(self) -> bool:
        """Whether a layer that is switched on is still on its way, or of another moment."""
        ages = self._ages()
        return any(ages[name].faded for name in self._studio.session.layers if name in ages and name != "truth")

    def _ages(self) -> dict[str, Age]:
        session = self._studio.session
        run = self._studio.runs["2d"]
        wanted = set(session.layers) - {"data", "path"} - missing_layers(run.opened).keys()
        return ages(run, session.spec("2d"), session.time, wanted)

    def _show_ages(self, now: dict[str, Age]) -> None:
        """Say of every picture of which moment it is, and fade those that are of another one."""
        for name, layer in self.layers.items():
            if name != "data":
                layer.fade(name in now and now[name].faded)
        self.legend.show_ages(now)

    def _show_probe(self, probed: Probed) -> None:
        self.mark.setPos(float(probed.point[0]), float(probed.point[1]))
        self.mark.setVisible(not self.pad.active)

    # --- looks ----------------------------------------------------------------------------------------------------

    def _restyle(self) -> None:
        for layer in self.layers.values():
            layer.restyle()
        self.mark.setPen(pg.mkPen(theme.tokens().colour("accent"), width=1.5))
        self._show_keys()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_moment()

    def _pad_closed(self) -> None:
        """What was drawn is the data: all of it comes into view."""
        opened = self._studio.runs["2d"].opened
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
