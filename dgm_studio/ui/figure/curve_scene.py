"""Curves of a run as a figure has them: the plot of the progress panel with its axes named, and its legend."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtWidgets import QVBoxLayout, QWidget

from dgm_studio.language import tr
from dgm_studio.protocol.messages import Curve
from dgm_studio.studio.figure.choice import BadFigure
from dgm_studio.studio.reading.quality import ranked, short_unit, together
from dgm_studio.studio.studio import Studio

from ..film.scenes import Scene
from ..look import theme
from ..panels.curve_plot import CurvePlot


@dataclass(frozen=True)
class ShownCurves:
    """Curves by name, each ``called`` by a word of its own, in the colour of a ``token``; ``words`` stand beside the axis."""

    curves: Mapping[str, Curve]
    called: Mapping[str, str]
    token: str
    words: str


def curves_of(studio: Studio, slot: str, view: str) -> ShownCurves:
    """The loss of a run, or the measure in front. Raises BadFigure where there is none yet."""
    run = studio.runs[slot].curves
    found = {} if run is None else dict(run.losses if view == "loss" else run.measures)
    found = {name: curve for name, curve in found.items() if len(curve.values)}
    if not found:
        raise BadFigure(
            tr("There is no curve yet: train a little.") if view == "loss" else tr("Nothing was measured yet.")
        )
    if view == "loss":
        name = next(iter(found))
        return ShownCurves({name: found[name]}, {name: "training"}, "accent", "loss")
    name = studio.measure if studio.measure in found else ranked(found)[0]
    called = together(name, found)
    unit = short_unit(found[name].unit)  # the legend has the name of the measure
    return ShownCurves({each: found[each] for each in called}, called, "model", unit)


class CurveScene(Scene):
    """The plot and its legend alone, with room for the names of the axes."""

    def __init__(self, shown: ShownCurves) -> None:
        super().__init__()
        self.curve = CurvePlot("", shown.token, "")
        self.curve.hide()
        self.curve.show_curves(shown.curves, None, shown.called)
        words = shown.words
        plot, legend = self.curve.plot, self.curve.legend
        for side, text, room in (("bottom", "step", 34), ("left", words, 58 if words else 40)):
            axis = plot.item.getAxis(side)
            axis.setLabel(text, color=theme.tokens().text, **{"font-size": "11px"})
            axis.showLabel(bool(text))
            (axis.setHeight if side == "bottom" else axis.setWidth)(room)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 4, 0)
        column.setSpacing(4)
        column.addWidget(legend)
        column.addWidget(plot, 1)
        self.curve.setParent(self)

    @property
    def parts(self) -> list[QWidget]:
        return [self.curve.legend, self.curve.plot]
