"""Maximise: what pleases a classifier most, in pixels alone and under every prior that is open, side by side."""

from __future__ import annotations

from typing import cast

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from dgm_studio.language import tr
from dgm_studio.protocol.messages import Array, Maximised, Opened
from dgm_studio.studio.compare.maximising import COUNT, MaximisedClassifier, MaximiseQuestion, Walked
from dgm_studio.studio.painting.canvas import Canvas
from dgm_studio.studio.studio import Studio

from ..binding import bind, bind_run
from ..controls import ChoiceRow, Elided, Segmented, SliderRow, Tree, button, dim, label
from ..look import theme
from ..naming import join
from .question_view import QuestionView
from .tiles import Tiles

CLASSIFIERS: tuple[tuple[MaximisedClassifier, str, str], ...] = (
    ("net", tr("network"), tr("Please a small network that learned from the pictures as they are.")),
    ("robust", tr("robust"), tr("Please a network that learned from pictures moved by 0.1, as long as it was wrong.")),
    ("convolutional", tr("convolutional"), tr("Please a network of three convolutions.")),
)
STARTS = (
    ("noise", tr("noise"), tr("Pixels begin in faint noise.")),
    ("canvas", tr("canvas"), tr("Pixels begin at the picture on the canvas, as in DeepDream.")),
)
TARGETS = (("class", tr("a class")), ("unit", tr("a unit")), ("layer", tr("a whole layer")))
_LAYERS = (tr("first layer"), tr("second layer"), tr("third layer"))
_SOON_MS, _SIDE, _TILE = 250, 190, 64


class MethodRow:
    """The widgets of one way: what it is called, what it came to, and its pictures."""

    def __init__(self, title: str, help: str) -> None:
        self.title = label(title, "title", wrap=True)
        self.title.setToolTip(help)
        self.said = dim("", wrap=True)
        self.tiles = Tiles(title, columns=COUNT, align=Qt.AlignmentFlag.AlignLeft, limit=theme.px(_TILE))
        self.tiles.setFixedHeight(theme.px(_TILE) + 4)
        self.who = QWidget()
        self.who.setFixedWidth(theme.px(_SIDE))
        column = QVBoxLayout(self.who)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.title)
        column.addWidget(self.said)
        column.addStretch(1)

    def show_method(self, method: Walked, time: float) -> None:
        """The way as it stands, or as it stood at a share of it once it is done."""
        told = method.told
        self.title.setText(method.title)
        x: Array = told.x
        if told.path is not None and told.times is not None and time < 1:
            x = told.path[max(0, int(np.searchsorted(told.times, time, side="right")) - 1)]
        self.tiles.show_images(x, columns=max(COUNT, len(x)))
        self.said.setText(said(told))


class MaximisingView(QuestionView):
    """Asks about the runs of images that are open; the picture on the ``canvas`` is where pixels may begin."""

    def __init__(self, studio: Studio, canvas: Canvas) -> None:
        super().__init__(studio, "maximise", _SOON_MS)
        self._canvas = canvas
        self._seed = 0
        self._shape: tuple[object, ...] = ()
        self.rows: dict[tuple[str, str], MethodRow] = {}
        self.classifier = Segmented(CLASSIFIERS, tr("Classifier to please"))
        self.classifier.show_value("net")
        self.start = Segmented(STARTS, tr("Where pixels begin"))
        self.start.show_value("noise")
        self.target = ChoiceRow(tr("what"), TARGETS, tr("What of the classifier shall be as strong as possible."))
        self.target.show_value("class")
        self.which = ChoiceRow(tr("class"), (), tr("The class that the pictures shall be taken for."))
        self.layer = ChoiceRow(
            tr("layer"), [(i, name) for i, name in enumerate(_LAYERS)], tr("Which hidden layer, from the input on.")
        )
        self.layer.show_value(0)
        self.unit = SliderRow(tr("unit"), 0, 15, integer=True, help=tr("Which unit of the layer."))
        self.pull = SliderRow(
            tr("pull"),
            0,
            20,
            step=0.5,
            help=tr("How often the target counts against the prior; 1 is Bayes' rule, more a caricature."),
        )
        self.pull.show_value(5.0)
        self.time = SliderRow(tr("on the way"), 0, 1, step=0.01, help=tr("How far the pictures were on their way."))
        self.time.show_value(1.0)
        self.again = button(tr("Again"), tr("Once more, from other noise."))
        self.stop = button(tr("Stop"), tr("End it; what there is stays."))
        self.said = Elided()
        self._lay()
        self.classifier.chosen.connect(lambda _: self.ask())
        self.start.chosen.connect(lambda _: self.ask())
        for row in (self.target, self.which, self.layer, self.unit, self.pull):
            row.changed.connect(lambda _: self._changed())
        self.time.changed.connect(lambda _: self._show_methods())
        self.again.clicked.connect(self._ask_again)
        self.stop.clicked.connect(studio.maximising.stop)
        bind(self, studio, "maximising", lambda _: self._show())
        bind_run(self, studio, Opened, self._opened, "images")
        theme.follow(self._restyle)
        opened = studio.runs["images"].opened
        if opened is not None:
            self._opened(opened)
        self._show_target()
        join(studio.controls, self)

    def _lay(self) -> None:
        bar, choices, sliders = QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        bar.setSpacing(8)
        for segments in (self.classifier, self.start):
            bar.addWidget(segments)
        bar.addStretch(1)
        bar.addWidget(self.stop)
        bar.addWidget(self.again)
        for line, rows in (
            (choices, (self.target, self.which, self.layer, self.unit)),
            (sliders, (self.pull, self.time)),
        ):
            line.setSpacing(24)
            for row in rows:
                line.addWidget(row, 1)
        self._body = QWidget()
        self._body.setProperty("surface", "plot")
        self._grid = QGridLayout(self._body)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(10)
        self._grid.setColumnStretch(1, 1)
        self.page = QScrollArea()
        self.page.setWidgetResizable(True)
        self.page.setFrameShape(QFrame.Shape.NoFrame)
        self.page.setWidget(self._body)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for each in (bar, choices, sliders):
            column.addLayout(each)
        column.addWidget(self.said)
        column.addWidget(self.page, 1)

    @property
    def controls(self) -> Tree:
        return {
            "maximise": {
                "classifier": self.classifier,
                "start": self.start,
                "target": self.target,
                "class": self.which,
                "layer": self.layer,
                "unit": self.unit,
                "pull": self.pull,
                "time": self.time,
                "again": self.again,
                "stop": self.stop,
            }
        }

    # --- what a person does ---------------------------------------------------------------------------------------------

    def ask(self) -> None:
        """Ask for pictures by all ways, as the controls say."""
        run = self._studio.runs["images"]
        if run.opened is None or len(run.opened.info.classes) < 2 or not self.in_front:
            return
        kind = next(name for name, *_ in CLASSIFIERS if name == self.classifier.value)
        canvas = np.array(self._canvas.flat) if self.start.value == "canvas" else None
        self.time.show_value(1.0)
        self._studio.maximising.ask(MaximiseQuestion(kind, self._target(), float(self.pull.value), self._seed, canvas))

    def _target(self) -> tuple[str, *tuple[int, ...]]:
        match self.target.value:
            case "unit":
                return ("unit", int(self.layer.value or 0), int(self.unit.value))
            case "layer":
                return ("layer", int(self.layer.value or 0))
        return ("class", int(self.which.value or 0))

    def _ask_again(self) -> None:
        self._seed += 1
        self.ask()

    def _changed(self) -> None:
        self._show_target()
        self.ask_soon()

    def _show_target(self) -> None:
        kind = self.target.value
        self.which.setVisible(kind == "class")
        self.layer.setVisible(kind != "class")
        self.unit.setVisible(kind == "unit")

    @property
    def is_new(self) -> bool:
        told = self._studio.maximising
        return not (told.methods or told.busy or told.problem)

    # --- what is shown --------------------------------------------------------------------------------------------------

    def _opened(self, event: Opened) -> None:
        self.which.show_options(list(enumerate(event.info.classes)))
        self.which.show_value(0)
        self.pull.setEnabled(bool(event.info.methods_for("objective")))
        self._show()
        self.ask_if_new()

    def _show(self) -> None:
        methods = self._studio.maximising.methods
        shape = (tuple(methods), theme.scale())
        if shape != self._shape:
            self._shape = shape
            self._build(list(methods.values()))
        told = next(iter(methods.values())).told if methods else None
        if told is not None:
            layer = int(self.layer.value or 0)
            if layer >= len(told.layers):
                self.layer.show_value(len(told.layers) - 1)
            self.unit.show_bounds(0, told.layers[min(layer, len(told.layers) - 1)] - 1)
        self._show_methods()
        self._say(told)

    def _build(self, methods: list[Walked]) -> None:
        """A row for each way anew."""
        for old in self.rows.values():
            for each in (old.who, old.tiles):
                self._grid.removeWidget(each)
                each.hide()
                each.deleteLater()
        self.rows = {}
        for line, method in enumerate(methods):
            row = self.rows[method.run, method.name] = MethodRow(method.title, method.told.help)
            row.tiles.pickable = False
            row.tiles.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            self._grid.addWidget(row.who, line, 0)
            self._grid.addWidget(row.tiles, line, 1)
        for line in range(self._grid.rowCount()):
            self._grid.setRowStretch(line, 0)
        self._grid.setRowStretch(len(methods), 1)

    def _show_methods(self) -> None:
        time = cast(float, self.time.value)
        for key, method in self._studio.maximising.methods.items():
            self.rows[key].show_method(method, time)

    def _say(self, told: Maximised | None) -> None:
        run, maximising = self._studio.runs["images"], self._studio.maximising
        info = None if run.opened is None else run.opened.info
        if info is not None and len(info.classes) < 2:
            text = tr(
                "{data_title} has no classes to tell apart. Choose data with classes.", data_title=info.data_title
            )
        elif maximising.problem:
            text = maximising.problem
        elif told is None:
            text = tr("A classifier learns from the data …") if maximising.busy else ""
        else:
            text = tr("The classifier is right on {right:.0%} of held-out pictures.", right=told.right)
            if info is not None and not info.methods_for("objective"):
                text += tr(" This model has no way to be a prior here; one that is kept for the shoot-out may.")
        self.stop.setEnabled(maximising.busy)
        self.said.setText(text)
        self.said.setToolTip(text)

    def _restyle(self) -> None:
        self._shape = ()
        self._show()


def said(told: Maximised) -> str:
    """What a way came to, in a few words."""
    kind = "" if told.kind in ("", "exact") else f" ({told.kind})"
    strong = float(told.value.mean())
    parts = [tr("{t:.0%} of the way", t=told.t) if told.path is None else "", tr("target {strong:.2f}", strong=strong)]
    if told.log_density is not None:
        parts.append(
            tr("log p {float:,.0f}{kind}", float=float(np.median(told.log_density)), kind=kind).replace("-", "−")
        )
    return " · ".join(filter(None, parts))
