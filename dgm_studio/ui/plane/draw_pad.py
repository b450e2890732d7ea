"""The drawing pad: paint points of one's own on the plane with a brush or a spray, erase, undo, clear.

A stroke becomes data when the button is let go. Points travel as base64 of little-endian float32 pairs, the form in
which drawn data is stored in sessions; undo keeps these texts.
"""

from __future__ import annotations

import base64
import math

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QWidget

from dgm_studio.language import tr
from dgm_studio.protocol.spec import DataChoice
from dgm_studio.studio.session.history import UndoStack
from dgm_studio.studio.studio import Studio

from ..controls import Chip, SliderRow, Tree, button, dim
from ..look import theme
from ..look.icons import icon
from .layers.points import PointsLayer
from .plane_plot import PlanePlot

MOST_POINTS = 20_000
LIMIT = 20.0
"""Coordinates of drawn points lie within plus and minus this."""
NAME = "drawn"
_SPRAY_PER_MOVE = 6
_TOOLS = {
    "brush": (tr("Brush"), tr("An even line of points.")),
    "spray": (tr("Spray"), tr("Points scattered around the pointer.")),
    "eraser": (tr("Erase"), tr("Remove the points under the pointer.")),
}


def packed(points: np.ndarray) -> str:
    """Points (n, 2) as text."""
    return base64.b64encode(np.ascontiguousarray(points, "<f4").tobytes()).decode("ascii")


def unpacked(text: str) -> np.ndarray:
    """The points (n, 2) float32 of a text made by `packed`."""
    return np.frombuffer(base64.b64decode(text), "<f4").reshape(-1, 2).astype(np.float32)


def is_drawn(data: DataChoice) -> bool:
    """Whether data are what was drawn here."""
    return data.name == NAME and data.path is None


class _Glass(QWidget):
    """A clear sheet over the plane that catches the strokes and shows how large the tool is."""

    def __init__(self, parent: QWidget, pad: DrawPad) -> None:
        super().__init__(parent)
        self._pad = pad
        self._at: QPointF | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName(tr("Drawing pad"))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton):
            self._pad.begin_stroke(event.position(), erase=event.button() == Qt.MouseButton.RightButton)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._at = event.position()
        if event.buttons() != Qt.MouseButton.NoButton:
            self._pad.continue_stroke(event.position())
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._pad.end_stroke()

    def leaveEvent(self, event: QEvent) -> None:
        self._at = None
        self.update()

    def event(self, event: QEvent) -> bool:
        # Undo and redo are the drawing's own while the pad has the focus, not the session's.
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._pad.takes(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._pad.press(event):
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self._pad.is_empty:
            painter.setPen(theme.tokens().colour("dim"))
            painter.drawText(
                self.rect(), Qt.AlignmentFlag.AlignCenter, tr("Draw here: left button draws, right erases")
            )
        if self._at is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.tokens().colour("text", 0.8), 1))
        radius = self._pad.radius
        painter.drawEllipse(self._at, radius, radius)


class DrawPad(QObject):
    """Open it with `open`; ``opened`` and ``closed`` tell the view to make room for ``bar``, its tools."""

    opened = Signal()
    closed = Signal()

    def __init__(self, view: QWidget, studio: Studio, canvas: PlanePlot) -> None:
        super().__init__(view)
        self._studio, self._canvas = studio, canvas
        self.active = False
        self._history: UndoStack[str] = UndoStack("")
        self._stroke: list[np.ndarray] = []
        self._last: QPointF | None = None
        self._erasing = False
        self._rng = np.random.default_rng(0)
        self.layer = PointsLayer(canvas.item, "data", 3.5, 0.9, 8)
        self.glass = _Glass(canvas, self)
        self.bar = QWidget()
        row = QHBoxLayout(self.bar)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        self.tools: dict[str, Chip] = {}
        for name, (title, help) in _TOOLS.items():
            chip = Chip(title, help, one_of_many=True)
            chip.setAutoExclusive(True)
            chip.toggled.connect(lambda on, name=name: self._choose(name, on))
            row.addWidget(chip)
            self.tools[name] = chip
        self.size = SliderRow(tr("size"), 2, 120, scale="log", integer=True, unit="px", help=tr("Radius of the tool."))
        self.size.label.hide()
        self.size.setMinimumWidth(150)
        self.size.show_value(18)
        row.addWidget(self.size, 1)
        self.count = dim()
        row.addWidget(self.count)
        self.undo_button = button("", tr("Take back the last stroke (Ctrl+Z)."))
        self.redo_button = button("", tr("Draw the stroke again (Ctrl+Shift+Z)."))
        self.clear_button = button(tr("Clear"), tr("Remove all points; this can be undone."))
        self.done_button = button(tr("Done"), tr("Close the pad; the drawing stays the data (Esc)."), "primary")
        for made, name in ((self.undo_button, tr("Undo stroke")), (self.redo_button, tr("Redo stroke"))):
            made.setAccessibleName(name)
        self.undo_button.clicked.connect(self.undo)
        self.redo_button.clicked.connect(self.redo)
        self.clear_button.clicked.connect(self.clear)
        self.done_button.clicked.connect(self.close)
        for made in (self.undo_button, self.redo_button, self.clear_button, self.done_button):
            row.addWidget(made)
        self.tool = "brush"
        self.tools["brush"].setChecked(True)
        self.glass.hide()
        self.bar.hide()
        self.layer.switch(False)
        theme.follow(self._restyle)

    @property
    def radius(self) -> float:
        """Radius of the tool in pixels."""
        return float(self.size.value)

    @property
    def points(self) -> np.ndarray:
        """What is drawn (n, 2), without the stroke under way."""
        return unpacked(self._history.value)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is drawn and no stroke is under way."""
        return not self._history.value and not self._stroke

    @property
    def controls(self) -> Tree:
        return {
            "tool": self.tools,
            "size": self.size,
            "undo": self.undo_button,
            "redo": self.redo_button,
            "clear": self.clear_button,
            "done": self.done_button,
            "pad": self.glass,
        }

    def open(self) -> None:
        """Begin to draw, from the drawing that is the data or from nothing."""
        spec = (
            self._studio.runs["2d"].opened.spec if self._studio.runs["2d"].opened else self._studio.session.spec("2d")
        )
        params = spec.data.params if is_drawn(spec.data) else {}
        text = params.get("points", "")
        if text != self._history.value:
            self._history = UndoStack(text if isinstance(text, str) else packed(np.asarray(text)))
        self.active = True
        self.layer.switch(True)
        self.cover()
        self.glass.show()
        self.bar.show()
        self._refresh()
        self.opened.emit()
        self.glass.setFocus()

    def close(self) -> None:
        self.active = False
        self.layer.switch(False)
        self.glass.hide()
        self.bar.hide()
        self.closed.emit()

    def cover(self) -> None:
        """Lie over the plane, as large as it is now."""
        self.glass.setGeometry(self._canvas.rect())
        self.count.setVisible(self._canvas.width() > theme.px(720))

    # --- strokes --------------------------------------------------------------------------------------------------

    def begin_stroke(self, position: QPointF, erase: bool = False) -> None:
        self._erasing = erase or self.tool == "eraser"
        self._stroke = [self.points]
        self._last = None
        self.continue_stroke(position)

    def continue_stroke(self, position: QPointF) -> None:
        """Work along the line from the last place to this one, so that a fast hand leaves no gaps."""
        if not self._stroke:
            return
        radius = self.radius
        spacing = max(2.0, radius * (0.5 if self._erasing else 0.35))
        if self._last is None:
            places = [position]
        else:
            move = position - self._last
            length = math.hypot(move.x(), move.y())
            count = int(length / spacing)
            if count == 0:
                return
            places = [self._last + move * ((i + 1) * spacing / length) for i in range(count)]
        self._last = places[-1]
        for place in places:
            if self._erasing:
                self._erase(place, radius)
            else:
                self._put(place, radius)
        self.layer.show(np.concatenate(self._stroke))

    def end_stroke(self) -> None:
        """The stroke becomes data."""
        if not self._stroke:
            return
        points = np.concatenate(self._stroke)[-MOST_POINTS:]
        self._stroke = []
        self._history.push(packed(points))
        self._commit()

    def _put(self, place: QPointF, radius: float) -> None:
        if self.tool == "spray":
            offsets = self._rng.normal(0.0, radius / 2, (_SPRAY_PER_MOVE, 2))
        else:
            reach = radius * np.sqrt(self._rng.random((3, 1)))
            angle = self._rng.random((3, 1)) * 2 * np.pi
            offsets = reach * np.concatenate([np.cos(angle), np.sin(angle)], 1)
        new = np.array([self._canvas.to_data(place + QPointF(float(dx), float(dy))) for dx, dy in offsets], np.float32)
        self._stroke.append(new[(np.abs(new) < LIMIT).all(1)])

    def _erase(self, place: QPointF, radius: float) -> None:
        centre = np.array(self._canvas.to_data(place))
        edge = np.array(self._canvas.to_data(place + QPointF(radius, 0.0)))
        points = np.concatenate(self._stroke)
        self._stroke = [points[np.linalg.norm(points - centre, axis=1) > abs(edge[0] - centre[0])]]

    # --- history --------------------------------------------------------------------------------------------------

    def undo(self) -> None:
        self._history.undo()
        self._commit()

    def redo(self) -> None:
        self._history.redo()
        self._commit()

    def clear(self) -> None:
        self._history.push("")
        self._commit()

    def takes(self, event: QKeyEvent) -> bool:
        """Whether a key is the drawing's own."""
        return (
            event.matches(QKeySequence.StandardKey.Undo)
            or event.matches(QKeySequence.StandardKey.Redo)
            or event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_BracketLeft, Qt.Key.Key_BracketRight)
        )

    def press(self, event: QKeyEvent) -> bool:
        """Act on a key; False when it is not the drawing's."""
        if event.matches(QKeySequence.StandardKey.Undo):
            self.undo()
        elif event.matches(QKeySequence.StandardKey.Redo):
            self.redo()
        elif event.key() == Qt.Key.Key_Escape:
            self.close()
        elif event.key() in (Qt.Key.Key_BracketLeft, Qt.Key.Key_BracketRight):
            factor = 1.25 if event.key() == Qt.Key.Key_BracketRight else 0.8
            self.size.show_value(min(120, max(2, round(self.radius * factor))))
            self.glass.update()
        else:
            return False
        return True

    def _commit(self) -> None:
        """Make the drawing the data; an empty one is kept back, for there is nothing to learn from."""
        self._refresh()
        text = self._history.value
        if not text:
            return
        studio = self._studio
        data = studio.session.spec("2d").data
        if is_drawn(data):
            studio.set_data_param("points", text)
        else:
            studio.choose_data(DataChoice(name=NAME, params={"points": text}))
        studio.end_drag()

    def _refresh(self) -> None:
        self.layer.show(self.points)
        count = len(self.points)
        self.count.setText(
            tr("{count:,} points", count=count).replace(",", "\u202f") if count else tr("draw on the plane")
        )
        self.undo_button.setEnabled(self._history.can_undo)
        self.redo_button.setEnabled(self._history.can_redo)
        self.clear_button.setEnabled(count > 0)
        self.glass.update()

    def _choose(self, name: str, on: bool) -> None:
        if on:
            self.tool = name

    def _restyle(self) -> None:
        self.layer.restyle()
        for name, chip in self.tools.items():
            chip.setIcon(icon(name))
        self.undo_button.setIcon(icon("undo"))
        self.redo_button.setIcon(icon("redo"))
