"""The stage: what a film shows, laid out at its size on no screen: a title, the picture of each run, and the keys below.

It is drawn by the widgets of the window into an image of pixels, so that a frame is what the window shows at that moment.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage, QPainter, QRegion
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from dgm_studio.language import tr
from dgm_studio.protocol.layers import PLANE_LAYERS
from dgm_studio.protocol.messages import Array
from dgm_studio.studio.compare.comparison import letter
from dgm_studio.studio.film.choice import FilmChoice
from dgm_studio.studio.reading.moment import reading
from dgm_studio.studio.reading.quality import apart, short_unit
from dgm_studio.studio.studio import Studio

from ..controls import dim, format_number, label
from ..look import theme
from ..plane.keys import Keys
from .scenes import PlaneScene, Scene, scene_of

_DOTS = {"data": "data", "samples": "model"}
_GAP, _EDGE = 8, 12
_NARROW = 560
"""From this width on the keys stand beside each other."""


class Stage(QWidget):
    """``size`` of the choice is in pixels of the film; laid out it is in those of this screen, which may be larger."""

    def __init__(
        self,
        studio: Studio,
        slots: Sequence[str],
        choice: FilmChoice,
        make: Callable[[str], Scene] | None = None,
        edge: int = _EDGE,
    ) -> None:
        """``make`` gives the scene of a slot, that of its kind of data unless told; ``edge`` is the room around it all."""
        super().__init__()
        self._studio, self._choice, self.slots = studio, choice, tuple(slots)
        self.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
        self._still: tuple[QImage, QImage] | None = None
        self.title, self.number, self.when = label("", "title"), label("", "title"), dim("")
        make = make or partial(scene_of, studio, extent=choice.extent)
        self.scenes: dict[str, Scene] = {slot: make(slot) for slot in self.slots}
        self.names: dict[str, QLabel] = {}
        self._head = head = QHBoxLayout()
        head.setSpacing(_GAP)
        head.addWidget(self.title)
        head.addStretch(1)
        head.addWidget(self.when)
        head.addWidget(self.number)
        board = QGridLayout()
        board.setSpacing(_GAP)
        columns = max(1, math.ceil(math.sqrt(len(self.slots) * choice.size[0] / choice.size[1] / 1.4)))
        columns = min(columns, len(self.slots))
        for index, (slot, scene) in enumerate(self.scenes.items()):
            row, column = divmod(index, columns)
            cell = QVBoxLayout()
            cell.setSpacing(4)
            if len(self.slots) > 1:
                self.names[slot] = label(f"{letter(slot)}  {self._family(slot)}")
                cell.addWidget(self.names[slot])
            cell.addWidget(scene, 1)
            board.addLayout(cell, row, column)
        self.keys = Keys()
        self.layers = label("", "small")
        self.layers.setTextFormat(Qt.TextFormat.RichText)
        if choice.size[0] >= _NARROW:
            self.layers.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        self.foot = QWidget()
        narrow = choice.size[0] < _NARROW
        foot = QVBoxLayout(self.foot) if narrow else QHBoxLayout(self.foot)
        foot.setContentsMargins(0, 0, 0, 0)
        foot.setSpacing(2 if narrow else 16)
        foot.addWidget(self.layers)
        foot.addWidget(self.keys, 1)
        column_ = QVBoxLayout(self)
        framed = choice.title or choice.number or choice.legend or len(self.slots) > 1
        edge = edge if framed else 0
        column_.setContentsMargins(edge, edge, edge, edge)
        column_.setSpacing(6)
        column_.addLayout(head)
        column_.addLayout(board, 1)
        column_.addWidget(self.foot)
        self.title.setVisible(choice.title)
        for each in (self.number, self.when):
            each.setVisible(choice.number)
        self.foot.setVisible(choice.legend and any(isinstance(s, PlaneScene) for s in self.scenes.values()))
        self.title.setText(self._title())
        ratio = self.devicePixelRatioF()
        self.resize(math.ceil(choice.size[0] / ratio), math.ceil(choice.size[1] / ratio))
        self.show()
        if choice.transparent:
            self._clear_ground()
        for scene in self.scenes.values():
            scene.begin_film()

    def show_moment(self, caption: str) -> None:
        """Write what belongs to this frame: the caption, the measure in front, and the keys."""
        studio, choice = self._studio, self._choice
        if choice.number:
            run, spec = studio.runs[self.slots[0]], studio.session.spec(self.slots[0])
            found = reading(run, spec) if len(self.slots) == 1 else None
            self.when.setText(caption)
            said = ""
            if found is not None and found.value is not None:
                number, error = apart(found.value, found.error)
                said = f"{found.title}  {number} {error} {short_unit(found.unit)}".rstrip()
            self.number.setText(said)
            self.number.setVisible(bool(said))
        if self.foot.isVisibleTo(self):
            planes = [scene for scene in self.scenes.values() if isinstance(scene, PlaneScene)]
            if planes:
                self.keys.show_keys(*planes[0].keys_now())
                self.layers.setText(self._layers_said(planes[0]))
                self.layers.setVisible(bool(self.layers.text()))
        for layout in (self.foot.layout(), self.layout()):
            if layout is not None:
                layout.activate()

    def pixels(self) -> Array:
        """The stage as it is (H, W, 3), or with a transparent ground (H, W, 4), uint8."""
        (width, height), clear = self._choice.size, self._choice.transparent
        image = self._frame(self.devicePixelRatioF())
        image = image.convertToFormat(QImage.Format.Format_RGBA8888 if clear else QImage.Format.Format_RGB888)
        depth = 4 if clear else 3
        rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
        return rows[:height, : width * depth].reshape(height, width, depth).copy()

    def forget_still(self) -> None:
        """Something else than time has changed: all is painted anew."""
        self._still = None

    def _frame(self, ratio: float) -> QImage:
        """The same as `image`, of which what stands still is painted once: axes and heat maps took most of the time."""
        moving = [scene.moving for scene in self.scenes.values()]
        if self._choice.transparent or any(items is None for items in moving):
            return self.image(ratio)
        places = [(scene, scene.parts[0].mapTo(self, QPoint(0, 0))) for scene in self.scenes.values()]
        if self._still is None:
            shown = [item for scene in self.scenes.values() for item in (*(scene.moving or ()), *scene.over)]
            opacities = [item.opacity() for item in shown]  # what is hidden would be laid out anew
            for item in shown:
                item.setOpacity(0.0)
            still = self.image(ratio)
            for item, opacity in zip(shown, opacities, strict=True):
                item.setOpacity(opacity)
            above = QImage(still.size(), QImage.Format.Format_ARGB32_Premultiplied)
            above.setDevicePixelRatio(ratio)
            above.fill(Qt.GlobalColor.transparent)
            painter = QPainter(above)
            for scene, at in places:
                scene.paint_items(painter, at, over=True)
            painter.end()
            self._still = still, above
        still, above = self._still
        image = still.copy()
        painter = QPainter(image)
        for scene, at in places:
            scene.paint_items(painter, at, over=False)
        painter.drawImage(0, 0, above)
        head = self._head.geometry()
        painter.fillRect(head, theme.tokens().colour("plot"))
        painter.end()
        self.render(image, head.topLeft(), QRegion(head), QWidget.RenderFlag.DrawChildren)
        return image

    def image(self, ratio: float) -> QImage:
        """The stage as it is, with so many pixels for each unit of its layout."""
        image = QImage(
            math.ceil(self.width() * ratio), math.ceil(self.height() * ratio), QImage.Format.Format_ARGB32_Premultiplied
        )
        image.setDevicePixelRatio(ratio)
        image.fill(Qt.GlobalColor.transparent if self._choice.transparent else theme.tokens().colour("plot"))
        self.render(image, QPoint(), QRegion(), QWidget.RenderFlag.DrawChildren)
        return image

    def _title(self) -> str:
        opened = self._studio.runs[self.slots[0]].opened
        assert opened is not None
        data = opened.info.data_title
        return (
            data
            if len(self.slots) > 1
            else tr(
                "{family} on {data}{data_2}", family=self._family(self.slots[0]), data=data[:1].lower(), data_2=data[1:]
            )
        )

    def _family(self, slot: str) -> str:
        return self._studio.catalogue.family_title(self._studio.session.spec(slot).family)

    def _layers_said(self, plane: PlaneScene) -> str:
        """A dot in its colour for data and samples, where they are on and not in the colours of classes."""
        t, on = theme.tokens(), set(self._studio.session.layers)
        if plane.keys_now()[1]:
            on -= {"samples"} if plane.origins else {"data"}
        shorts = {layer.name: layer.short for layer in PLANE_LAYERS}
        return "&nbsp;&nbsp; ".join(
            f'<span style="color: {getattr(t, token)}">●</span> <span style="color: {t.dim}">{shorts[name]}</span>'
            for name, token in _DOTS.items()
            if name in on
        )

    def _clear_ground(self) -> None:
        """Let what is behind the film be seen: no view paints a ground."""
        for scene in self.scenes.values():
            scene.setProperty("surface", "")
            scene.style().unpolish(scene)
            scene.style().polish(scene)
            if isinstance(scene, PlaneScene):
                scene.canvas.setBackground(None)


def time_said(t: float) -> str:
    return f"t = {t:.2f}"


def step_said(step: int) -> str:
    return tr("step {step}", step=format_number(step, integer=True))
