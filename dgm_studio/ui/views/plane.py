"""The plane: a two-dimensional run seen whole, as layers over one another, with what floats on them.

The view shows events and emits what a person does; `PlaneView` is the only one here that knows the studio: it turns
view range, layers and time into one `look` a moment after they have come to rest.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from dgm_studio.studio.posterior import prior_in_use
from dgm_studio.studio.quality import ranked, sentences
from dgm_studio.studio.state import Extent, Field, Measured, Opened, Probed, Samples
from dgm_studio.studio.studio import Studio

from .. import theme
from ..binding import bind, bind_run
from ..plots import Plot
from .draw_pad import DrawPad
from .given import GivenTool
from .layers.arrows import ArrowsLayer
from .layers.heatmap import HeatmapLayer
from .layers.mesh import MeshLayer
from .layers.paths import PathsLayer, at
from .layers.points import PointsLayer
from .layers.regions import RegionsLayer
from .margin import Legend, QualityCard, TimeSlider

CELLS = 96
REST_MS = 120
_MARGIN = 12
_CARD_WIDTH = 250
_FIELDS = ("density", "truth", "difference", "field", "surface", "regions", "mesh")


class Canvas(Plot):
    """Equal axes with a quiet grid; ``clicked(x, y)`` in data units; a double click shows everything."""

    clicked = Signal(float, float)
    home_asked = Signal()

    def __init__(self) -> None:
        super().__init__("The plane", grid=48)
        self.item.setAspectLocked(True)
        self.item.disableAutoRange()
        self.item.getAxis("left").setWidth(30)
        self.item.getAxis("bottom").setHeight(18)
        self.scene().sigMouseClicked.connect(self._click)

    def to_data(self, position: QPointF) -> tuple[float, float]:
        """Data units of a place in this widget."""
        point = self.item.getViewBox().mapSceneToView(self.mapToScene(position.toPoint()))
        return float(point.x()), float(point.y())

    def extent(self) -> Extent:
        """What is in view."""
        (left, right), (low, high) = self.item.getViewBox().viewRange()
        return float(left), float(right), float(low), float(high)

    def show_extent(self, extent: Extent) -> None:
        left, right, low, high = (float(v) for v in extent)
        self.item.getViewBox().setRange(xRange=(left, right), yRange=(low, high), padding=0.02)

    def _click(self, event: Any) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        if event.double():
            self.home_asked.emit()
            return
        point = self.item.getViewBox().mapSceneToView(event.scenePos())
        self.clicked.emit(float(point.x()), float(point.y()))


class PlaneView(QWidget):
    """Layers, legend, quality, sampling time, probing and drawing for the run of the 2D workspace."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._studio = studio
        self._overlays_on = True
        self.canvas = Canvas()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.canvas)

        plot = self.canvas.item
        self.regions = RegionsLayer(plot, 0)
        self.surface = HeatmapLayer(plot, "surface", 0.5)
        self.truth = HeatmapLayer(plot, "truth", 1)
        self.density = HeatmapLayer(plot, "model", 2)
        self.difference = HeatmapLayer(plot, "difference", 3)
        self.field = ArrowsLayer(plot, 4)
        self.mesh = MeshLayer(plot, 4.5)
        self.data = PointsLayer(plot, "data", 3.5, 0.8, 5)
        self.paths = PathsLayer(plot, 6)
        self.samples = PointsLayer(plot, "model", 4.0, 0.95, 7)
        self._layers = {
            "data": self.data, "samples": self.samples, "density": self.density, "truth": self.truth,
            "difference": self.difference, "field": self.field, "path": self.paths,
            "surface": self.surface, "regions": self.regions, "mesh": self.mesh,
        }  # fmt: skip
        self.mark = pg.TargetItem(movable=False, size=14, symbol="crosshair")
        self.mark.setZValue(9)
        self.mark.hide()
        plot.addItem(self.mark, ignoreBounds=True)

        self.legend = Legend(self)
        self.legend.toggled.connect(studio.toggle_layer)
        self.quality = QualityCard(self)
        self.time = TimeSlider(self)
        self.time.moved.connect(studio.set_time)
        self.pad = DrawPad(self, studio, self.canvas)
        self.pad.opened.connect(self._show_session)
        self.pad.closed.connect(self._show_session)
        self.given = GivenTool(self, studio, self.canvas)
        self.given.changed.connect(self._place)
        self.legend.condition.clicked.connect(self.given.toggle)

        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self._look)
        self.canvas.clicked.connect(self._probe)
        self.canvas.home_asked.connect(self.show_all)
        self.canvas.sigRangeChanged.connect(lambda *_: self._rest.start())

        theme.follow(self._restyle)
        for topic, show in (
            ("opened", self._show_opened),
            ("data", lambda _: self._show_data()),
            ("samples", lambda _: self._show_samples()),
            ("field", self._show_field),
            ("probed", self._show_probe),
            ("measured", self._show_quality),
            ("curves", lambda _: self._show_quality(studio.runs["2d"].measured)),
        ):
            bind_run(self, studio, topic, show, workspace="2d")
        bind(self, studio, "session", lambda _: self._show_session())
        bind(self, studio, "workspace", lambda _: self._rest.start())
        self.canvas.show_extent((-3.0, 3.0, -3.0, 3.0))
        if (opened := studio.runs["2d"].opened) is not None:
            self._show_opened(opened)
        self._show_session()

    # --- what a person does ---------------------------------------------------------------------------------------

    def show_all(self) -> None:
        """Bring all of the data into view."""
        opened = self._studio.runs["2d"].opened
        if opened is not None and opened.info.extent is not None:
            self.canvas.show_extent(opened.info.extent)

    def show_overlays(self, on: bool) -> None:
        self._overlays_on = on
        self._place()

    @property
    def overlays_on(self) -> bool:
        return self._overlays_on

    def _probe(self, x: float, y: float) -> None:
        point = np.array([x, y], np.float32)
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
            studio.look(frozenset(wanted), extent, CELLS, session.time)

    # --- what the studio says -------------------------------------------------------------------------------------

    def _show_opened(self, opened: Opened) -> None:
        if opened.info.extent is not None and not self.pad.active:
            self.canvas.show_extent(opened.info.extent)
        run = self._studio.runs["2d"]
        for name in _FIELDS:
            self._layers[name].show(run.fields.get(name))
        self.mark.hide()
        self._show_data()
        self._show_samples()
        self._show_quality(run.measured)
        self._show_session()

    def _show_session(self) -> None:
        if self.pad.active:
            self.mark.hide()
        session = self._studio.session
        missing = self._missing()
        for name, layer in self._layers.items():
            layer.switch(name in session.layers and name not in missing and not self.pad.active)
        opened = self._studio.runs["2d"].opened
        self.regions.show_prior(prior_in_use(session.prior, opened.info.shares if opened else ()))
        self.legend.show_layers(session.layers, missing, _own_names(opened))
        if not self.time.playing:
            self.time.show_time(session.time)
        self._show_samples()
        self._place()
        if not self._rest.isActive():  # while time plays it never comes to rest, and what depends on it is to follow
            self._rest.start()

    def _missing(self) -> dict[str, str]:
        """Why layers cannot be shown for this run, by layer."""
        opened = self._studio.runs["2d"].opened
        if opened is None:
            return {}
        info = opened.info
        missing = {}
        if info.density is None or info.density == "lower bound":
            why = "gives only a bound on its density" if info.density else "has no density"
            missing["density"] = f"This family {why}, so there is none to draw."
        if not info.has_truth:
            missing["truth"] = "The true density of this data is not known."
        if "density" in missing or "truth" in missing:
            missing["difference"] = "Needs both the model's density and the true one."
        if info.field is None:
            missing["field"] = "This family has no velocity, no score and no surface."
        if info.surface is None:
            missing["surface"] = "This family has no energy and no critic."
        if info.latent_size != 2:
            missing["mesh"] = "This family has no plane of codes."
        if info.classifier is None:
            missing["regions"] = "Train with classes, on data that have some, in a family that can tell them apart."
        return missing

    def _show_data(self) -> None:
        data = self._studio.runs["2d"].data
        self.data.show(None if data is None else data.x, None if data is None else data.labels)

    def _show_samples(self) -> None:
        samples: Samples | None = self._studio.runs["2d"].samples
        t = self._studio.session.time
        if samples is None:
            self.samples.show(None)
            self.paths.show(None, None, t)
            return
        has_path = samples.path is not None and samples.times is not None and len(samples.path) > 0
        self.paths.show(samples.path, samples.times, t)
        if t < 1.0 and has_path:
            labels = None if samples.labels is None else samples.labels[: samples.path.shape[1]]
            self.samples.show(at(samples.path, samples.times, t), labels)
        elif not self.samples.shows(samples.x):
            self.samples.show(samples.x, samples.labels)

    def _show_field(self, field: Field) -> None:
        if field.layer in _FIELDS:
            self._layers[field.layer].show(field)

    def _show_probe(self, probed: Probed) -> None:
        self.mark.setPos(float(probed.point[0]), float(probed.point[1]))
        self.mark.setVisible(not self.pad.active)

    def _show_quality(self, measured: Measured | None) -> None:
        run = self._studio.runs["2d"]
        curves = dict(run.curves.measures) if run.curves else {}
        name = next((n for n in ranked(curves) if len(curves[n].values)), "")
        if not name:
            self.quality.show_quality(None)
        else:
            curve = curves[name]
            self.quality.show_quality(float(curve.values[-1]), curve.title, curve.unit, sentences(measured))
        self._place()

    # --- looks ----------------------------------------------------------------------------------------------------

    def _restyle(self) -> None:
        for layer in self._layers.values():
            layer.restyle()
        self.mark.setPen(pg.mkPen(theme.tokens().colour("accent"), width=1.5))
        QTimer.singleShot(0, self, self._place)  # once the labels have taken up the new font

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def _place(self) -> None:
        """Put the overlays where none covers another: legend above, quality below it, time at the bottom."""
        if not hasattr(self, "pad"):
            return
        inner = self.width() - 2 * _MARGIN
        left = _MARGIN + 28
        drawing = self.pad.active
        self.legend.setVisible(self._overlays_on and not drawing)
        top = _MARGIN + self.legend.fit(self.width() - left - _MARGIN) + 8
        self.legend.move(left, _MARGIN)
        bottom = self.time.sizeHint().height()
        self.time.setGeometry(left, self.height() - bottom - _MARGIN - 14, self.width() - left - _MARGIN, bottom)
        self.time.setVisible(self._overlays_on and not drawing)
        width = min(theme.px(_CARD_WIDTH), inner)
        room = self.height() - top - bottom - 2 * _MARGIN - 16
        fits = self.quality.fit(width) < room and self.width() > 2 * width
        self.quality.setVisible(self._overlays_on and not drawing and self.quality.filled and fits)
        self.quality.move(self.width() - width - _MARGIN, top)
        self.pad.place(self.rect())
        floor = self.height() - bottom - 2 * _MARGIN - 14
        self.given.place(QRect(left, top, self.width() - left - _MARGIN, max(1, floor - top)))
        self.legend.condition.setChecked(self.given.active)
        if self.given.active:
            self.quality.hide()


def _own_names(opened: Opened | None) -> dict[str, str]:
    """What this family calls a layer."""
    if opened is None:
        return {}
    names = {"field": opened.info.field or "field"}
    if opened.info.surface is not None:
        names["surface"] = opened.info.surface.title.lower()
    return names
