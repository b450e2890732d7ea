"""The picture of a two-dimensional run: its layers over one another on equal axes, in whichever slot it is.

It turns view range, layers and time into one `look` a moment after they have come to rest, and fades what belongs to another
moment. The plane alone (`plane.PlaneView`) adds what stands in the margin; the cells of a comparison are such pictures.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QFrame

from dgm_studio.protocol.messages import (
    Classified,
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
from dgm_studio.studio.reading.moment import Age, ages
from dgm_studio.studio.reading.posterior import prior_in_use
from dgm_studio.studio.reading.scales import ColourScale, peak_of
from dgm_studio.studio.session.state import RunState
from dgm_studio.studio.studio import Studio

from ..binding import bind, bind_run
from ..look import theme
from ..panels.ageing import Ageing
from .layers.arrows import ArrowsLayer
from .layers.field_layer import FieldLayer
from .layers.heatmap import HeatmapLayer, Kind
from .layers.mesh import MeshLayer
from .layers.paths import PathsLayer, at
from .layers.points import PointsLayer
from .layers.regions import RegionsLayer
from .plane_plot import PlanePlot

CELLS = 256
REST_MS = 120
STEPS_ACROSS = 50
"""Steps of the arrow keys from one end of the view to the other."""
_OF_THE_DATA = ("data", "source", "pairs", "net")
"""Layers that do not change with the model."""


class LayeredPlane(QFrame):
    """Layers, probing and moments for the run of a slot. Subclasses lay out ``canvas`` and call `begin` at the end."""

    def __init__(self, studio: Studio, slot: str, cells: int = CELLS) -> None:
        super().__init__()
        self._studio, self.slot, self._cells = studio, slot, cells
        self._asked: Extent | None = None
        self._origins: tuple[str, ...] = ()
        self.setProperty("surface", "plot")
        self.canvas = PlanePlot()
        plot = self.canvas.item
        self.regions = RegionsLayer(plot, 0)
        self.net = RegionsLayer(plot, 0.2)
        self.surface = HeatmapLayer(plot, "surface", 0.5)
        self.truth = HeatmapLayer(plot, "truth", 1)
        self.density = HeatmapLayer(plot, "model", 2)
        self.difference = HeatmapLayer(plot, "difference", 3)
        self.field = ArrowsLayer(plot, 4)
        self.mesh = MeshLayer(plot, 4.5)
        self.data = PointsLayer(plot, "data", 3.5, 0.8, 5, coloured=True)
        self.source = PointsLayer(plot, "data", 3.5, 0.35, 4.7, coloured=True)
        self.pairs = MeshLayer(plot, 4.6)
        self.paths = PathsLayer(plot, 6)
        self.samples = PointsLayer(plot, "model", 4.0, 0.95, 7)
        self.heat = {
            "density": self.density, "truth": self.truth, "difference": self.difference, "surface": self.surface,
        }  # fmt: skip
        self.fields: dict[str, FieldLayer] = {
            **self.heat, "field": self.field, "regions": self.regions, "mesh": self.mesh,
            "pairs": self.pairs, "net": self.net,
        }  # fmt: skip
        self.layers: dict[str, FieldLayer | PointsLayer | PathsLayer] = {
            "data": self.data, "source": self.source, "samples": self.samples, "path": self.paths, **self.fields,
        }  # fmt: skip
        """The items that show the layers, by name."""
        self.mark = pg.TargetItem(movable=False, size=14, symbol="crosshair")
        self.mark.setZValue(9)
        self.mark.hide()
        plot.addItem(self.mark, ignoreBounds=True)
        self.step = pg.PlotCurveItem()
        """From the point that was clicked to where the network of its layer believes another class."""
        self.step.setZValue(9)
        self.step.hide()
        plot.addItem(self.step, ignoreBounds=True)
        self.ageing = Ageing(self, self._ages)
        self.ageing.changed.connect(self._show_ages)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self._look)
        self.canvas.clicked.connect(self._probe)
        self.canvas.stepped.connect(self.step_probe)
        self.canvas.home_asked.connect(self.show_all)
        self.canvas.sigRangeChanged.connect(lambda *_: self._rest.start())

    def begin(self) -> None:
        """Bind to the run of the slot, and show what is known of it."""
        studio, slot = self._studio, self.slot
        theme.follow(self._restyle)
        bind_run(self, studio, Opened, self._show_opened, slot=slot)
        bind_run(self, studio, Data, lambda _: self._show_data(), slot=slot)
        bind_run(self, studio, Samples, lambda _: self._show_samples(), slot=slot)
        bind_run(self, studio, Field, self._show_field, slot=slot)
        bind_run(self, studio, Probed, self._show_probe, slot=slot)
        bind_run(self, studio, Classified, self._show_step, slot=slot)
        for topic in (Measured, Curves, History, Progress):
            bind_run(self, studio, topic, self._show_moment, slot=slot)
        bind_run(self, studio, "edited", self._show_edited, slot=slot)
        bind(self, studio, "measure", self._show_moment)
        bind(self, studio, "session", lambda _: self._show_session())
        bind(self, studio, "workspace", lambda _: self._rest.start())
        self.canvas.show_extent((-3.0, 3.0, -3.0, 3.0))
        if (opened := self.run.opened) is not None:
            self._show_opened(opened)
        self._show_session()

    # --- what a subclass may change -------------------------------------------------------------------------------

    @property
    def hidden(self) -> bool:
        """Whether something else has the plane, so that no layer is shown."""
        return False

    def _show_keys(self) -> None:
        """What the colours mean may be another."""

    def _show_moment(self, _: Any = None) -> None:
        """What is looked at may be another."""
        self.ageing.refresh()

    # --- what a person does ---------------------------------------------------------------------------------------

    @property
    def run(self) -> RunState:
        """What is known of the run in the slot."""
        return self._studio.runs[self.slot]

    @property
    def there(self) -> bool:
        """Whether the session has the slot still; a view may outlive it by a moment."""
        return self.slot in self._studio.runs and self.slot in self._studio.session.slots

    def show_all(self) -> None:
        """Bring all of the data into view."""
        opened = self.run.opened
        if opened is not None and opened.info.extent is not None:
            self.canvas.show_extent(opened.info.extent)

    def _probe(self, x: float, y: float) -> None:
        point = np.array([x, y])
        self._studio.ask.probe(point)
        self._studio.ask.classify(point[None])
        self.mark.setPos(x, y)
        self.mark.show()

    def step_probe(self, right: int, up: int) -> None:
        """Move the point that is asked about by so many steps, from the middle of the view where there is none in it."""
        left, right_end, low, high = self.canvas.extent()
        x, y = float(self.mark.pos().x()), float(self.mark.pos().y())
        if self.mark.isVisible() and left <= x <= right_end and low <= y <= high:
            x += right * (right_end - left) / STEPS_ACROSS
            y += up * (high - low) / STEPS_ACROSS
        else:
            x, y = (left + right_end) / 2, (low + high) / 2
        self._probe(min(max(x, left), right_end), min(max(y, low), high))

    def _look(self) -> None:
        """Tell the engine what is in view; nothing while the slot is not seen."""
        self.look_at(self._studio.session.time, path=self._studio.session.time < 1.0)

    def look_at(self, t: float, *, path: bool) -> None:
        """Let the engine draw what is in view at a sampling time, with the ways of samples or without."""
        studio = self._studio
        if not self.there or self.slot not in studio.session.seen or self.run.opened is None:
            return
        session = studio.session
        wanted = {name for name in session.layers if name not in ("data", "source")}
        if path:
            wanted.add("path")
        extent = self.canvas.extent()
        if extent[1] > extent[0] and extent[3] > extent[2]:
            self._asked = asked_extent(extent, self._asked)
            studio.look(frozenset(wanted), self._asked, self._cells, t, slot=self.slot)

    # --- what the studio says -------------------------------------------------------------------------------------

    def _show_opened(self, opened: Opened) -> None:
        self.canvas.show_coordinates(opened.info.axes, opened.info.step)
        if not self.hidden:
            self.show_all()
        run = self.run
        for name, layer in self.fields.items():
            layer.show(run.fields.get(name))
        self.mark.hide()
        self.step.hide()
        self._show_data()
        self._show_samples()
        self._show_session()

    def _show_session(self) -> None:
        if not self.there:
            return
        if self.hidden:
            self.mark.hide()
        session = self._studio.session
        opened = self.run.opened
        missing = missing_layers(opened)
        for name, layer in self.layers.items():
            layer.switch(name in session.layers and name not in missing and not self.hidden)
        if "net" not in session.layers or self.hidden:
            self.step.hide()
        self.regions.show_prior(prior_in_use(session.prior, opened.info.shares if opened else ()))
        self._show_samples()
        self._show_keys()
        self._show_moment()
        if not self._rest.isActive():  # while time plays it never comes to rest, and what depends on it is to follow
            self._rest.start()

    def _show_data(self) -> None:
        data = self.run.data
        self.data.mute(data is not None and data.source is not None)
        if data is None or data.source is None:
            self.data.show(None if data is None else data.x, None if data is None else data.labels, len(self.classes))
            self.source.show(None)
        else:  # colours are for where samples come from
            self.data.show(data.x)
            self.source.show(data.source, data.source_parts, len(self.origins))
        self._show_keys()

    def keys_now(self) -> tuple[list[tuple[str, Kind, ColourScale]], tuple[str, ...], bool]:
        """What a key explains: the name, kind and scale of every heat map that is on, what colours tell apart, and whether
        places are coloured by it.
        """
        names = {"surface": "surface", **own_names(self.run.opened)}
        scales = []
        for name, layer in self.heat.items():
            scale = layer.scale
            if scale is not None:
                scales.append((names.get(name, name), layer.kind, scale))
        data, layers = self.run.data, self._studio.session.layers
        areas = self.regions.shown is not None or self.net.shown is not None
        if data is not None and data.source is not None:
            told, names_told = bool({"source", "samples"} & set(layers)), self.origins
        else:
            told = areas or bool(data is not None and data.labels is not None and {"data", "samples"} & set(layers))
            names_told = self.classes
        return scales, names_told if told and not self.hidden else (), areas

    @property
    def classes(self) -> tuple[str, ...]:
        opened = self.run.opened
        return () if opened is None else opened.info.classes

    @property
    def origins(self) -> tuple[str, ...]:
        """The parts of other data that samples start from, by which they are coloured; empty where they start from noise."""
        opened, samples = self.run.opened, self.run.samples
        if samples is not None and samples.origin is not None:
            return samples.origins
        return () if opened is None else opened.info.origins

    def _show_samples(self) -> None:
        samples: Samples | None = self.run.samples
        t = self._studio.session.time
        if samples is None:
            self.samples.show(None)
            self.paths.show(None, None, t)
            return
        path, times = samples.path, samples.times
        self.paths.show(path, times, t)
        followed = samples.origin is not None
        told, count = (samples.origin, len(self.origins)) if followed else (samples.labels, len(self.classes))
        self.samples.tell_apart(followed)
        if self.origins != self._origins:
            self._origins = self.origins
            self._show_keys()
        if t < 1.0 and path is not None and times is not None and len(path) > 0:
            self.samples.show(at(path, times, t), None if told is None else told[: path.shape[1]], count)
        elif not self.samples.shows(samples.x):
            self.samples.show(samples.x, told, count)
        self._show_moment()

    def _show_field(self, field: Field) -> None:
        if field.layer in self.fields:
            self.fields[field.layer].show(field)
        if field.layer == "density":
            self.difference.show_peak(peak_of(np.asarray(field.values)))
        self._show_keys()
        self._show_moment()

    def _show_edited(self, _: Any) -> None:
        self._show_moment()

    @property
    def waits(self) -> bool:
        """Whether a layer that is switched on is still on its way, or of another moment."""
        now = self._ages()
        return any(now[name].faded for name in self._studio.session.layers if name in now and name != "truth")

    def _ages(self) -> dict[str, Age]:
        if not self.there:
            return {}
        session, run = self._studio.session, self.run
        wanted = set(session.layers) - set(_OF_THE_DATA) - {"path"} - missing_layers(run.opened).keys()
        return ages(run, session.spec(self.slot), session.time, wanted)

    def _show_ages(self, now: dict[str, Age]) -> None:
        """Fade the pictures that are of another moment."""
        for name, layer in self.layers.items():
            if name not in _OF_THE_DATA:
                layer.fade(name in now and now[name].faded)

    def _show_step(self, told: Classified) -> None:
        """The shortest step out of the class of the point that was clicked."""
        here = "net" in self._studio.session.layers and told.border is not None and len(told.border) == 1
        if here and told.border is not None:
            (x, y), at = told.border[0], self.mark.pos()
            self.step.setData([at.x(), float(x)], [at.y(), float(y)])
        self.step.setVisible(here and self.mark.isVisible())

    def _show_probe(self, probed: Probed) -> None:
        self.mark.setPos(float(probed.point[0]), float(probed.point[1]))
        self.mark.setVisible(not self.hidden)

    # --- looks ----------------------------------------------------------------------------------------------------

    def _restyle(self) -> None:
        for layer in self.layers.values():
            layer.restyle()
        self.mark.setPen(pg.mkPen(theme.tokens().colour("accent"), width=1.5))
        self.step.setPen(pg.mkPen(theme.tokens().colour("accent"), width=1.5, style=Qt.PenStyle.DashLine))
        self._show_keys()
