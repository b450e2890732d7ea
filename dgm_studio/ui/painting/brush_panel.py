"""Brush panel: how the tool in hand lays on what it lays on, and the edits of the whole layer."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from dgm_studio.language import tr
from dgm_studio.studio.painting.canvas_tools import LARGEST_BRUSH, Tools

from ..controls import Segmented, SliderRow, Tree
from .colours import Swatches
from .rows import ActionRow

_TARGETS = (
    ("mask", tr("Mask"), tr("What is painted is generated anew.")),
    ("colour", tr("Colour"), tr("What is painted lies over the picture, and the model is asked with it.")),
)


class BrushPanel(QWidget):
    """``changed(tools)`` when a value is set; ``did(action)`` with "all", "invert", "clear", "undo" or "redo"."""

    changed = Signal(object)
    did = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.tools = Tools()
        self.target = Segmented(_TARGETS, tr("Paint on"))
        self.diameter = SliderRow(
            tr("size"), 1, LARGEST_BRUSH, scale="log", integer=True, unit="px", help=tr("Diameter; [ and ].")
        )
        self.hardness = SliderRow(
            tr("hardness"), 0, 1, step=0.05, help=tr("Where the stroke begins to fall off, as part of r.")
        )
        self.strength = SliderRow(
            tr("strength"),
            0.05,
            1,
            step=0.05,
            help=tr("The value of the mask: how far the model may leave what is there."),
        )
        self.tolerance = SliderRow(
            tr("tolerance"),
            0,
            1,
            step=0.01,
            help=tr("How far a pixel may differ, as part of its range; 1 minds only the mask."),
        )
        self.swatches = Swatches()
        edits = ActionRow(
            ("all", tr("All  F"), tr("Lays on everything: mask = 1 everywhere.")),
            ("invert", tr("Invert  I"), tr("Known becomes unknown: 1 − mask.")),
            ("clear", tr("Clear"), tr("Takes away everything on the layer in hand.")),
        )
        steps = ActionRow(
            ("undo", tr("Undo"), tr("Take back the last stroke (Ctrl+Z).")),
            ("redo", tr("Redo"), tr("Do it again (Ctrl+Shift+Z).")),
        )
        self.buttons: dict[str, QPushButton] = {**edits.buttons, **steps.buttons}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        for each in (
            self.target,
            self.diameter,
            self.hardness,
            self.strength,
            self.tolerance,
            self.swatches,
            edits,
            steps,
        ):
            column.addWidget(each)
        for row in (edits, steps):
            row.did.connect(self.did)
        self.target.chosen.connect(lambda name: self._set(target=name))
        self.diameter.changed.connect(lambda size: self.changed.emit(self.tools.with_brush(size=int(size))))
        self.hardness.changed.connect(lambda h: self.changed.emit(self.tools.with_brush(hardness=float(h))))
        self.strength.changed.connect(lambda s: self._set(strength=round(float(s), 3)))
        self.tolerance.changed.connect(lambda t: self._set(tolerance=float(t)))
        self.swatches.chosen.connect(lambda colour: self._set(colour=colour))
        self.show_tools(self.tools)

    @property
    def controls(self) -> Tree:
        return {
            "target": self.target,
            "size": self.diameter,
            "hardness": self.hardness,
            "mask_strength": self.strength,
            "tolerance": self.tolerance,
            "swatch": self.swatches,
            **self.buttons,
        }

    def _set(self, **changes: object) -> None:
        self.changed.emit(self.tools.with_(**changes))

    def show_tools(self, tools: Tools) -> None:
        """What is in hand; rows that mean nothing for it are away."""
        self.tools = tools
        brushing, masking = tools.tool == "brush", tools.target == "mask"
        self.target.show_value(tools.target)
        self.diameter.show_value(tools.brush.size)
        self.hardness.show_value(tools.brush.hardness)
        self.strength.show_value(tools.strength)
        self.tolerance.show_value(tools.tolerance)
        self.swatches.show_colour(tools.colour)
        self.diameter.setVisible(brushing)
        self.hardness.setVisible(brushing)
        self.strength.setVisible(masking)
        self.tolerance.setVisible(tools.tool == "flood")
        self.swatches.setVisible(not masking)
        self.buttons["invert"].setEnabled(masking)
