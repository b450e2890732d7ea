"""Mosaic: samples as they sharpen, the data beside them to compare, and what is known of the one that was picked."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from dgm_studio.language import tr
from dgm_studio.protocol.messages import Array, Classified, Data, Samples
from dgm_studio.studio.reading.moment import FRESH, Age

from ..controls import Chip, Elided, Tree, button, dim, label, separator
from ..look import theme
from .path_strip import PathStrip
from .pixels import to_pixmap
from .tiles import Tiles

MOST = 256
"""More tiles than this cannot be told apart on a screen; the first ones are shown."""


def class_name(label_: int | None, classes: tuple[str, ...]) -> str:
    """ "class 3", or nothing where there is none."""
    if label_ is None or not 0 <= label_ < len(classes):
        return ""
    name = classes[label_]
    return tr("class {name}", name=name) if name.isdigit() else name


def run_length(labels: Array | None) -> int:
    """How many of each class stand together where all classes have the same number in order, else 1."""
    if labels is None or len(labels) == 0 or (np.diff(labels) < 0).any():
        return 1
    counts = np.unique(labels, return_counts=True)[1]
    return int(counts[0]) if len(counts) > 1 and (counts == counts[0]).all() else 1


class Details(QFrame):
    """One sample large, its number and class, its path, and what can be done with it."""

    start_chosen = Signal(object)
    end_chosen = Signal(object)
    paint_chosen = Signal(object)
    closed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._image: Array | None = None
        self.image = QLabel()
        self.image.setAccessibleName(tr("Picked sample"))
        self.nearest = QLabel()
        self.nearest.setAccessibleName(tr("Nearest training example"))
        self.nearest.setToolTip(tr("The training example nearest to it: is it a copy?"))
        self.name = label("", "title")
        self.facts = Elided()
        self.path = PathStrip(rows=1)
        self.start = button(tr("Use as start"), tr("Interpolate from this sample."))
        self.end = button(tr("Use as end"), tr("Interpolate to this sample."))
        self.paint = button(
            tr("Paint on it"), tr("Put this sample on the canvas and mask what shall be generated anew.")
        )
        self.close_button = button(tr("Close"), tr("Show the samples alone (Esc)."), "link")
        self.start.clicked.connect(lambda: self.start_chosen.emit(self._image))
        self.end.clicked.connect(lambda: self.end_chosen.emit(self._image))
        self.paint.clicked.connect(lambda: self.paint_chosen.emit(self._image))
        self.close_button.clicked.connect(self.closed)
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self.name)
        top.addWidget(self.facts, 1)
        for each in (self.start, self.end, self.paint, self.close_button):
            top.addWidget(each)
        body = QHBoxLayout()
        body.setSpacing(12)
        body.addWidget(self.image, 0, Qt.AlignmentFlag.AlignTop)
        body.addWidget(self.nearest, 0, Qt.AlignmentFlag.AlignTop)
        body.addWidget(self.path, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(8)
        column.addWidget(separator())
        column.addLayout(top)
        column.addLayout(body)
        theme.follow(self._fit)

    @property
    def controls(self) -> Tree:
        return {
            "as_start": self.start,
            "as_end": self.end,
            "paint": self.paint,
            "close": self.close_button,
            "path": self.path,
        }

    def _fit(self) -> None:
        self.path.setFixedHeight(theme.px(112))
        self.image.setFixedSize(theme.px(112), theme.px(112))
        self.nearest.setFixedSize(theme.px(112), theme.px(112))

    def show_sample(self, samples: Samples, index: int, classes: tuple[str, ...]) -> None:
        self._image = samples.x[index]
        ratio = self.devicePixelRatioF()
        self.image.setPixmap(to_pixmap(self._image, theme.px(112), ratio))
        self.name.setText(tr("Sample {index}", index=index + 1))
        of_class = class_name(None if samples.labels is None else int(samples.labels[index]), classes)
        self.nearest.clear()
        kept = samples.path is not None and index < samples.path.shape[1]
        self._say_facts(" · ".join(filter(None, (of_class, "" if kept else tr("its path is not kept")))))
        self.path.show_samples(samples if kept else None, index)

    def show_nearest(self, told: Classified) -> None:
        """The training example nearest to the sample, and how far it is."""
        if not self.isVisible() or told.nearest is None or told.distances is None:
            return
        self.nearest.setPixmap(to_pixmap(told.nearest[0], theme.px(112), self.devicePixelRatioF()))
        facts = self.facts.text().split(" · nearest")[0]
        away = tr("nearest training example {distances:.1%} of the grey range away", distances=told.distances[0] / 255)
        self._say_facts(f"{facts} · {away}" if facts else away)

    def _say_facts(self, words: str) -> None:
        self.facts.setText(words)
        self.facts.setToolTip(words)


class MosaicView(QWidget):
    """``show_samples``, ``show_data``; signals carry the picture (H, W[, 3]) that something is to be done with."""

    start_chosen = Signal(object)
    end_chosen = Signal(object)
    paint_chosen = Signal(object)
    picked = Signal(int)
    put_away = Signal()
    """The picked sample is no longer shown by itself."""

    def __init__(self) -> None:
        super().__init__()
        self._samples: Samples | None = None
        self._data: Data | None = None
        self._classes: tuple[str, ...] = ()
        self._age = FRESH
        self.samples = Tiles(tr("Samples of the model"))
        self.data = Tiles(tr("Examples of the data"))
        self.data.pickable = False
        self.beside = Chip(
            tr("data beside"), tr("Show as many real examples beside the samples, to compare by eye."), dot="data"
        )
        self.caption = dim("")
        self._data_caption = dim(tr("data"))
        bar = QHBoxLayout()
        bar.setSpacing(8)
        bar.addWidget(self.beside)
        bar.addWidget(self.caption)
        bar.addStretch(1)
        self._data_side = QWidget()
        data_column = QVBoxLayout(self._data_side)
        data_column.setContentsMargins(0, 0, 0, 0)
        data_column.setSpacing(4)
        data_column.addWidget(self.data, 1)
        data_column.addWidget(self._data_caption, 0, Qt.AlignmentFlag.AlignHCenter)
        self._model_caption = dim(tr("samples"))
        model_side = QWidget()
        model_column = QVBoxLayout(model_side)
        model_column.setContentsMargins(0, 0, 0, 0)
        model_column.setSpacing(4)
        model_column.addWidget(self.samples, 1)
        model_column.addWidget(self._model_caption, 0, Qt.AlignmentFlag.AlignHCenter)
        halves = QHBoxLayout()
        halves.setSpacing(16)
        halves.addWidget(model_side, 1)
        halves.addWidget(self._data_side, 1)
        self.details = Details()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(bar)
        column.addLayout(halves, 1)
        hint = Elided(tr("Click a sample to see its class, its path and the training example nearest to it."))
        hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._drawer = (
            QStackedWidget()
        )  # as high with a sample as without: a click moves no picture from under the pointer
        self._drawer.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._drawer.addWidget(hint)
        self._drawer.addWidget(self.details)
        column.addWidget(self._drawer)
        self._show_beside(False)
        self.beside.toggled.connect(self._show_beside)
        self.samples.clicked.connect(self.pick)
        self.samples.hovered.connect(self._hovered)
        self.details.closed.connect(lambda: self.pick(-1))
        self.details.start_chosen.connect(self.start_chosen)
        self.details.end_chosen.connect(self.end_chosen)
        self.details.paint_chosen.connect(self.paint_chosen)
        theme.follow(self._tint)

    @property
    def selected(self) -> Array | None:
        """The picked sample."""
        picked = self.samples.picked
        return None if self._samples is None or picked < 0 else self._samples.x[picked]

    @property
    def controls(self) -> Tree:
        return {"": self.samples, "data": self.data, "data_beside": self.beside, "picked": self.details}

    def show_classes(self, classes: tuple[str, ...]) -> None:
        self._classes = classes

    def show_age(self, age: Age) -> None:
        """Of which moment the samples are, where that is another one than what is looked at."""
        if age != self._age:
            self._age = age
            self.samples.fade(age.faded)
            self._hovered(-1)

    def show_samples(self, samples: Samples | None) -> None:
        self._samples = samples
        if samples is None:
            self.samples.show_images(np.zeros((0, 1, 1), np.uint8))
        else:
            run = run_length(samples.labels) if len(samples.x) <= MOST else 1
            self.samples.show_images(samples.x[:MOST], run=run)
        self._hovered(-1)
        self._show_data_tiles()
        if samples is None or not 0 <= self.samples.picked < len(samples.x):
            away = self.samples.picked >= 0
            self.samples.pick(-1)
            self._drawer.setCurrentIndex(0)
            if away:
                self.put_away.emit()
        elif self.details.isVisibleTo(self):
            self.details.show_sample(samples, self.samples.picked, self._classes)

    def show_data(self, data: Data | None) -> None:
        self._data = data
        self._show_data_tiles()

    def pick(self, index: int) -> None:
        """Show what is known of one sample, -1 to put it away."""
        self.samples.pick(index)
        self._drawer.setCurrentIndex(1 if index >= 0 else 0)
        if index >= 0 and self._samples is not None:
            self.details.show_sample(self._samples, index, self._classes)
            self.picked.emit(index)
        elif index < 0:
            self.put_away.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.details.isVisible():
            self.pick(-1)
        else:
            super().keyPressEvent(event)

    def _show_data_tiles(self) -> None:
        if self._data is None or self._samples is None or not self.beside.isChecked():
            return
        self.data.show_images(self._data.x[: min(MOST, len(self._samples.x))])

    def _show_beside(self, on: bool) -> None:
        self._data_side.setVisible(on)
        self._model_caption.setVisible(on)
        self._show_data_tiles()

    def _tint(self) -> None:
        t = theme.tokens()
        self._model_caption.setStyleSheet(f"color: {t.model}")
        self._data_caption.setStyleSheet(f"color: {t.data}")

    def _hovered(self, index: int) -> None:
        s = self._samples
        if s is None:
            self.caption.setText("")
        elif index < 0:
            shown = "" if len(s.x) <= MOST else tr(", {most} shown", most=MOST)
            took = tr("{seconds:.0f} ms", seconds=s.seconds * 1000) if s.seconds < 0.1 else f"{s.seconds:.2f} s"
            state = took if s.done else "sharpening"
            old = f" · {self._age.word}" if self._age.faded else ""
            self.caption.setText(tr("{x} samples{shown} · {state}{old}", x=len(s.x), shown=shown, state=state, old=old))
        else:
            of_class = class_name(None if s.labels is None else int(s.labels[index]), self._classes)
            self.caption.setText(" · ".join(filter(None, (tr("sample {index}", index=index + 1), of_class))))
