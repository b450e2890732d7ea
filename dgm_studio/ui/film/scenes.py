"""Scenes: the picture of one run without controls, at the moment that a film asks for. One for every kind of data."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from PySide6.QtCore import QPoint
from PySide6.QtGui import QPainter, QTransform
from PySide6.QtWidgets import QFrame, QGraphicsItem, QStyleOptionGraphicsItem, QVBoxLayout, QWidget

from dgm_studio.language import tr
from dgm_studio.protocol.messages import Array, Extent, Samples
from dgm_studio.protocol.paths import Situation, complete
from dgm_studio.protocol.spec import DataKind
from dgm_studio.studio.reading.layers import missing_layers
from dgm_studio.studio.studio import Studio

from ..images.tiles import Tiles
from ..paths.situation_plot import SituationPlot
from ..plane.layered_plane import LayeredPlane
from ..sequences.sound_grid import SoundGrid
from ..sequences.string_grid import StringGrid

_LAYERS = frozenset({"samples", "path"})
_NOT_FIELDS = frozenset({"data", "source", "samples", "path"})
_OF_THE_DATA = frozenset({"truth", "pairs", "net"})
_SAME = 1e-9


class Scene(QFrame):
    """What a stage asks of the picture of a run; a scene has these by itself where nothing is to be done."""

    @property
    def parts(self) -> list[QWidget]:
        """The widgets in it that paint."""
        return [self]

    def draw_finely(self, ratio: float) -> None:
        """Pixels that are kept shall be as many as ``ratio`` for each unit of the layout."""

    @property
    def moving(self) -> list[QGraphicsItem] | None:
        """What moves between two pictures of the fields, where nothing but what lies `over` it is above it; else None."""
        return None

    @property
    def over(self) -> list[QGraphicsItem]:
        """What stands still above what moves."""
        return []

    def paint_items(self, painter: QPainter, at: QPoint, *, over: bool) -> None:
        """Paint what moves, or what is ``over`` it, alone, for a scene whose canvas begins at a place of the page."""

    def begin_film(self) -> None:
        """The stage has its size."""

    def ask(self, t: float) -> None:
        """Let the engine draw what belongs to a sampling time."""

    def lags(self, t: float, step: int) -> bool:
        """Whether something is still on its way to a sampling time or a training step."""
        return False

    def note_following(self) -> None:
        """The film is at its first frame."""

    def show_time(self, t: float) -> None:
        """The studio's clock has been moved."""

    def show_walk(self, frames: Array, at: int) -> None:
        """One frame of a way between two examples (frames, *event)."""


class PlaneScene(LayeredPlane, Scene):
    """The plane with its layers. What is drawn is asked for by `ask`, not whenever the view has come to rest."""

    def __init__(self, studio: Studio, slot: str, extent: Extent | None = None) -> None:
        super().__init__(studio, slot)
        self._wished = extent
        self.following: frozenset[str] = frozenset()
        """Layers that are drawn anew for every sampling time."""
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.canvas)
        self.begin()

    @property
    def parts(self) -> list[QWidget]:
        return [self.canvas]

    @property
    def moving(self) -> list[QGraphicsItem] | None:
        if self.data.large or self.source.large:  # few examples lie above everything else
            return None
        return [item for item in (*self.samples.marks, self.samples.image, self.paths.item) if item.isVisible()]

    @property
    def over(self) -> list[QGraphicsItem]:
        return [self.canvas.item.getAxis(side) for side in ("left", "bottom")]  # with the lines of the grid

    def paint_items(self, painter: QPainter, at: QPoint, *, over: bool) -> None:
        box, view = self.canvas.item.getViewBox(), self.canvas.viewportTransform()
        page = QTransform.fromTranslate(at.x(), at.y())
        painter.save()
        painter.setFont(self.canvas.font())
        if not over:
            painter.setTransform(box.sceneTransform() * view * page)
            painter.setClipPath(box.shape())
        for item in sorted(self.over if over else self.moving or (), key=lambda item: item.zValue()):
            painter.save()
            painter.setTransform(item.sceneTransform() * view * page)
            painter.setOpacity(item.effectiveOpacity())
            item.paint(painter, QStyleOptionGraphicsItem(), self.canvas.viewport())
            painter.restore()
        painter.restore()

    def _look(self) -> None:
        """Nothing by itself."""

    def begin_film(self) -> None:
        """The stage has its size: bring what is to be seen into view."""
        if self._wished is None:
            self.show_all()
        else:
            self.canvas.show_extent(self._wished)

    def ask(self, t: float) -> None:
        """Let the engine draw what belongs to a sampling time."""
        self.look_at(t, path=True)

    def lags(self, t: float, step: int) -> bool:
        """Whether a layer that is on is still on its way to a sampling time, where it follows that, or to a training step."""
        run, layers = self.run, self._studio.session.layers
        for name in set(layers) - missing_layers(run.opened).keys() - _NOT_FIELDS:
            field = run.fields.get(name)
            if field is None or (name in self.following and abs(field.t - t) > _SAME):
                return True
            if name not in _OF_THE_DATA and field.shown_step != step:
                return True
        return samples_lag(run.samples, step)

    def note_following(self) -> None:
        """The film is at its first frame: what is drawn for another sampling time than the end follows it."""
        self.following = frozenset(name for name, field in self.run.fields.items() if field.t < 1.0)

    def show_walk(self, frames: Array, at: int) -> None:
        """A way between two points, as far as it has come."""
        self.samples.show(frames[: at + 1])


class SamplesScene(Scene):
    """Samples of any other kind; ``show_array`` is what a kind of data is one of it by."""

    def __init__(self, studio: Studio, slot: str, view: QWidget) -> None:
        super().__init__()
        self._studio, self.slot = studio, slot
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.addWidget(view)

    @property
    def samples(self) -> Samples | None:
        return self._studio.runs[self.slot].samples

    def show_array(self, x: Array) -> None:
        raise NotImplementedError

    def ask(self, t: float) -> None:
        self._studio.look(_LAYERS, slot=self.slot)

    def lags(self, t: float, step: int) -> bool:
        return samples_lag(self.samples, step)

    def show_time(self, t: float) -> None:
        """Where samples were on their way at a sampling time."""
        samples = self.samples
        if samples is not None:
            self.show_array(at_time(samples, t))

    def show_walk(self, frames: Array, at: int) -> None:
        """One frame of a way between two examples."""
        self.show_array(frames[at : at + 1])


class ImagesScene(SamplesScene):
    def __init__(self, studio: Studio, slot: str) -> None:
        self._tiles = Tiles(tr("Samples"))
        super().__init__(studio, slot, self._tiles)

    def draw_finely(self, ratio: float) -> None:
        self._tiles.draw_finely(ratio)

    def show_array(self, x: Array) -> None:
        self._tiles.show_images(x)


class StringsScene(SamplesScene):
    def __init__(self, studio: Studio, slot: str) -> None:
        self._grid = StringGrid(tr("Samples"))
        super().__init__(studio, slot, self._grid)

    def draw_finely(self, ratio: float) -> None:
        self._grid.draw_finely()

    def show_array(self, x: Array) -> None:
        opened = self._studio.runs[self.slot].opened
        self._grid.show_strings(x, () if opened is None else opened.info.alphabet)


class SoundsScene(SamplesScene):
    def __init__(self, studio: Studio, slot: str) -> None:
        self._grid = SoundGrid(tr("Samples"))
        super().__init__(studio, slot, self._grid)

    def draw_finely(self, ratio: float) -> None:
        self._grid.draw_finely()

    def show_array(self, x: Array) -> None:
        self._grid.show_sounds(x)


class PathsScene(SamplesScene):
    def __init__(self, studio: Studio, slot: str) -> None:
        self._plot = SituationPlot()
        super().__init__(studio, slot, self._plot)

    @property
    def parts(self) -> list[QWidget]:
        return [self._plot]

    def show_array(self, x: Array) -> None:
        samples = self.samples
        label = None if samples is None or samples.sampling is None else samples.sampling.label
        given = {} if label is None or isinstance(label, int) else {name: float(value) for name, value in label}
        situation = Situation.of(given) if complete(given) else None
        if situation is not None:
            self._plot.show_situation(situation)
        become = samples.x if samples is not None and len(samples.x) >= len(x) else None
        self._plot.show_fan(x, situation, become)


_SCENES: Mapping[DataKind, Callable[[Studio, str], SamplesScene]] = {
    "images": ImagesScene, "strings": StringsScene, "sounds": SoundsScene, "paths": PathsScene,
}  # fmt: skip


def scene_of(studio: Studio, slot: str, extent: Extent | None = None) -> Scene:
    """The picture of the run of a slot."""
    opened = studio.runs[slot].opened
    assert opened is not None
    kind = opened.info.kind
    return PlaneScene(studio, slot, extent) if kind == "points" else _SCENES[kind](studio, slot)


def samples_lag(samples: Samples | None, step: int) -> bool:
    """Whether whole samples of a training step are still on their way."""
    return samples is None or not samples.done or samples.shown_step != step


def at_time(samples: Samples, t: float) -> Array:
    """The samples that a path is kept of (k, *event) as they were at a sampling time."""
    if samples.path is None or samples.times is None or not len(samples.path):
        return samples.x
    at = int(np.searchsorted(samples.times, t, side="right")) - 1
    frame: Array = samples.path[max(0, at)] if t < 1.0 else samples.path[-1]
    return frame
