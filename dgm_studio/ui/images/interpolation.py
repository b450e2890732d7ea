"""Interpolation: walk between two pictures through the latent space, on a line or on the sphere, and play it.

The line is ``(1 - a) z0 + a z1``; the sphere is Shoemake's slerp (1985), which keeps the norm of Gaussian latents likely.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from dgm_studio.language import tr
from dgm_studio.protocol.messages import Array, Data, Interpolated, RunInfo, Samples
from dgm_studio.studio.wording import classes_said

from ..controls import Segmented, SliderRow, Tree, button, dim, label
from ..look import theme
from ..look.icons import icon
from ..panels.empty_state import EmptyState
from .frames_file import write_frames
from .pixels import to_pixmap
from .player import Player
from .tiles import Tiles

SLOT = 72
SMALL = 36
"""Side of the picture as the model reproduces it."""
PICKS = 48
"""Pictures offered to choose from."""
REST_MS = 1000
"""Between walks that are made anew because the model has changed."""


class _End(QWidget):
    """One end: the picture that was chosen, how the model reproduces it, and a die. ``wanted`` when it is clicked."""

    wanted = Signal()
    rolled = Signal()

    def __init__(self, title: str) -> None:
        super().__init__()
        self.image: Array | None = None
        self._end: Array | None = None
        self.button = QPushButton()
        self.button.setProperty("kind", "tile")
        self.button.setCheckable(True)
        self.button.setAccessibleName(tr("{title} picture", title=title))
        self.button.setToolTip(tr("Click, then choose a picture below."))
        self.reproduced = QLabel()
        self.reproduced.setAccessibleName(tr("{title} as the model reproduces it", title=title))
        self.reproduced.setToolTip(
            tr("The picture after encoding and decoding: what the walk really begins or ends with.")
        )
        self.words = label("", "small", wrap=True)
        self.dice = QPushButton()
        self.dice.setProperty("kind", "flat")
        self.dice.setFixedWidth(32)
        self.dice.setToolTip(tr("A random one."))
        self.dice.setAccessibleName(tr("Random {title}", title=title.lower()))
        head = QHBoxLayout()
        head.addWidget(label(title, "title"))
        head.addStretch(1)
        head.addWidget(self.dice)
        below = QHBoxLayout()
        below.setSpacing(6)
        below.addWidget(self.reproduced)
        below.addWidget(self.words, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeft)
        column.addLayout(below)
        column.addStretch(1)
        self.button.clicked.connect(self.wanted)
        self.dice.clicked.connect(self.rolled)
        theme.follow(self._restyle)

    @property
    def controls(self) -> Tree:
        return {"picture": self.button, "random": self.dice}

    def show_image(self, image: Array | None) -> None:
        self.image, self._end = image, None
        self._restyle()

    def show_end(self, end: Array) -> None:
        """How the model reproduces it."""
        self._end = end
        self._restyle()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().height() != event.oldSize().height():
            self._restyle()

    def _restyle(self) -> None:
        side, ratio = theme.px(SLOT), self.devicePixelRatioF()
        self.setFixedWidth(theme.px(SLOT + 44))
        self.reproduced.setFixedHeight(theme.px(SMALL))
        self.button.setFixedSize(side + 12, side + 12)
        self.button.setIconSize(QSize(side, side))
        self.button.setText("" if self.image is not None else tr("choose"))
        pixmap = None if self.image is None else to_pixmap(self.image, side, ratio)
        self.button.setIcon(pixmap if pixmap is not None else icon("frame", "dim"))
        self.dice.setIcon(icon("dice"))
        room = self.height() >= theme.px(SLOT + SMALL + 56) or not self.isVisible()
        shown = room and self._end is not None and self.image is not None and not np.array_equal(self._end, self.image)
        self.words.setText(tr("as reproduced") if shown else "")
        self.reproduced.setVisible(shown)
        if shown and self._end is not None:
            self.reproduced.setPixmap(to_pixmap(self._end, theme.px(SMALL), ratio))


class InterpolationView(QWidget):
    """``asked(start, end, frames, geometry)`` whenever the walk must be made anew."""

    asked = Signal(object, object, int, str)
    failed = Signal(str)
    """Why the export was not written."""
    film_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._data: Array | None = None
        self._samples: Array | None = None
        self._frames: Array | None = None
        self._abilities = False
        self._step = -1  # of the weights that the newest samples come from
        self._stale = self._waiting = False
        self.renewal = QTimer(self)
        self.renewal.setSingleShot(True)
        self.renewal.setInterval(REST_MS)
        self.renewal.timeout.connect(self._ask)
        self._rng = np.random.default_rng()
        self.start, self.end = _End(tr("Start")), _End(tr("End"))
        self._active = self.start
        self.large = QLabel()
        self.large.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.large.setMinimumSize(96, 96)
        self.large.setAccessibleName(tr("Frame of the walk"))
        self.strip = Tiles(tr("Frames of the walk"), columns=1, gap=3, limit=56)
        self.player = Player("walk", tr("start"), tr("end"))
        self.geometry_choice = Segmented(
            [
                ("line", tr("line"), tr("Straight through the latent space: (1 − a) z₀ + a z₁.")),
                ("sphere", tr("sphere"), tr("Along the great circle: keeps the norm that Gaussian latents have.")),
            ],
            tr("Geometry of the walk"),
        )
        self.geometry_choice.show_value("line")
        self.count = SliderRow(tr("frames"), 3, 48, integer=True, help=tr("Pictures on the way, both ends included."))
        self.count.show_value(16)
        self.count.setMaximumWidth(320)
        self.export = button(tr("Export"), tr("Write the walk as a PNG strip or a WebP animation."))
        self.film = button(tr("Film"), tr("Make a film of a walk between training examples, in the background."))
        self.film.clicked.connect(self.film_asked)
        self.export.setEnabled(False)
        self.note = dim("", wrap=True)
        self.source = Segmented(
            [
                ("data", tr("data"), tr("Choose among examples.")),
                ("samples", tr("samples"), tr("Choose among what the model drew.")),
            ],
            tr("Choose from"),
        )
        self.source.show_value("data")
        self.picker = Tiles(tr("Pictures to choose from"), limit=48, smallest=32)
        self.picker.pickable = False
        self.picker.setMinimumHeight(44)
        self._hint = dim("")

        options = QHBoxLayout()
        options.setSpacing(12)
        options.addWidget(self.geometry_choice)
        options.addWidget(self.count, 1)
        options.addStretch(1)
        options.addWidget(self.export)
        options.addWidget(self.film)
        ends = QGridLayout()
        ends.setHorizontalSpacing(16)
        ends.addWidget(self.start, 0, 0)
        ends.addWidget(self.large, 0, 1)
        ends.addWidget(self.end, 0, 2)
        ends.setColumnStretch(1, 1)
        choose = QHBoxLayout()
        choose.setSpacing(8)
        choose.addWidget(self._hint)
        choose.addWidget(self.note, 1)
        choose.addWidget(self.source)
        front = QWidget()
        column = QVBoxLayout(front)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(options)
        column.addLayout(ends, 3)
        column.addWidget(self.strip)
        column.addWidget(self.player)
        column.addLayout(choose)
        column.addWidget(self.picker, 2)
        self.strip.setFixedHeight(64)
        self.empty = EmptyState()
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(front)

        for slot in (self.start, self.end):
            slot.wanted.connect(lambda slot=slot: self._activate(slot))
            slot.rolled.connect(lambda slot=slot: self._roll(slot))
        self.geometry_choice.chosen.connect(lambda _: self._ask())
        self.count.changed.connect(lambda _: self._ask())
        self.source.chosen.connect(lambda _: self._offer())
        self.picker.clicked.connect(self._picked)
        self.player.moved.connect(self._show_frame)
        self.strip.clicked.connect(self.player.slider.setValue)
        self.export.clicked.connect(self._choose_file)
        self.large.installEventFilter(self)
        self._activate(self.start)
        self.show_info(None)

    @property
    def controls(self) -> Tree:
        return {
            "start": self.start,
            "end": self.end,
            "geometry": self.geometry_choice,
            "frames": self.count,
            "export": self.export,
            "film": self.film,
            "strip": self.strip,
            "": self.player,
            "choose_from": self.source,
            "choices": self.picker,
        }

    # --- what is known ----------------------------------------------------------------------------------------------

    def show_info(self, info: RunInfo | None) -> None:
        """A model was opened: forget the ends of another, and say so when it cannot interpolate."""
        self._classes = info.classes if info is not None else ()
        abilities = info is not None and info.can_invert
        if info is None:
            self.empty.say(tr("No model yet"), tr("Choose data and a family in the set-up."))
        elif not abilities:
            why = (
                tr("has no latent space")
                if info.latent_size is None
                else tr("cannot find the latent of a given picture")
            )
            self.empty.say(
                tr("This family cannot interpolate"),
                tr(
                    "It {why}. Choose the VAE, a flow, diffusion or flow matching, which encode a picture "
                    "and decode it again.",
                    why=why,
                ),
            )
        self._abilities = abilities
        self._stack.setCurrentIndex(1 if abilities else 0)
        for slot in (self.start, self.end):
            slot.show_image(None)
        self._clear()
        if info is not None:
            self.geometry_choice.show_value("sphere" if info.latent_gaussian else "line")

    def show_data(self, data: Data | None) -> None:
        self._data = None if data is None else data.x
        self._offer()
        self.ask_when_shown()

    def show_samples(self, samples: Samples | None) -> None:
        if samples is None or samples.done:
            self._samples = None if samples is None else samples.x
            if self.source.value == "samples":
                self._offer()
        if samples is not None and samples.shown_step != self._step:
            self._step = samples.shown_step
            self._stale = self._frames is not None or self._waiting
            self._renew()

    def show_interpolated(self, walk: Interpolated) -> None:
        self._frames = walk.frames
        self.strip.show_images(walk.frames, columns=len(walk.frames))
        self.start.show_end(walk.ends[0])
        self.end.show_end(walk.ends[1])
        back = (
            tr("The model gives both ends back exactly.")
            if walk.exact
            else tr("The model gives the ends back only roughly.")
        )
        self.note.setText(f"{back} {classes_said(walk, self._classes)}".rstrip())
        self.export.setEnabled(True)
        self.player.show_frames(len(walk.frames), min(self.player.frame, len(walk.frames) - 1))
        self._show_frame(self.player.frame)
        self._waiting = False
        self._renew()

    def _renew(self) -> None:
        """Make the walk anew in a moment when it is one of an older model, but not before the last one has come."""
        if self._stale and not self._waiting and not self.renewal.isActive():
            self.renewal.start()

    # --- what a person does -----------------------------------------------------------------------------------------

    def choose(self, end: str, image: Array) -> None:
        """Take a picture as "start" or "end"."""
        (self.start if end == "start" else self.end).show_image(image)
        self._ask()

    def ask_when_shown(self) -> None:
        """The view came to the front, or its data came: make the walk if there is none of this model yet."""
        if self._frames is None or self._stale:
            self._start_somewhere()
            self._ask()

    def write(self, path: Path) -> str:
        """Export the walk; returns what went wrong, empty when nothing did."""
        if self._frames is None:
            return tr("There is no walk to export yet.")
        try:
            write_frames(path, self._frames)
        except (OSError, ValueError) as error:
            return tr("{path} could not be written: {error}.", path=path, error=error)
        return ""

    def _start_somewhere(self) -> None:
        """Two pictures to begin with, so that the view never starts empty."""
        if self._data is not None and len(self._data) > 1:
            for slot, index in ((self.start, 0), (self.end, 1)):
                if slot.image is None:
                    slot.show_image(self._data[index])

    def _ask(self) -> None:
        if self._abilities and self.start.image is not None and self.end.image is not None and self.isVisible():
            self.renewal.stop()
            self._stale, self._waiting = False, True
            self.asked.emit(self.start.image, self.end.image, int(self.count.value), self.geometry_choice.value)

    def _choices(self) -> Array | None:
        return self._samples if self.source.value == "samples" else self._data

    def _offer(self) -> None:
        choices = self._choices()
        self.picker.show_images(np.zeros((0, 1, 1), np.uint8) if choices is None else choices[:PICKS])

    def _activate(self, slot: _End) -> None:
        self._active = slot
        for each in (self.start, self.end):
            each.button.setChecked(each is slot)
        self._hint.setText(tr("Choose the {word}", word="start" if slot is self.start else "end"))

    def _picked(self, index: int) -> None:
        choices = self._choices()
        if choices is not None:
            slot = self._active
            slot.show_image(choices[index])
            self._activate(self.end if slot is self.start else self.start)
            self._ask()

    def _roll(self, slot: _End) -> None:
        choices = self._choices()
        if choices is not None and len(choices):
            slot.show_image(choices[int(self._rng.integers(len(choices)))])
            self._ask()

    def _clear(self) -> None:
        self._frames = None
        self._stale = self._waiting = False
        self.renewal.stop()
        self.strip.show_images(np.zeros((0, 1, 1), np.uint8))
        self.player.show_frames(0, 0)
        self.large.clear()
        self.note.setText("")
        self.export.setEnabled(False)

    def _show_frame(self, frame: int) -> None:
        if self._frames is None:
            return
        side = min(self.large.width(), self.large.height()) - 4
        self.large.setPixmap(to_pixmap(self._frames[frame], max(32, side), self.devicePixelRatioF()))
        self.strip.pick(frame)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.large and event.type() == QEvent.Type.Resize:
            self._show_frame(self.player.frame)
        return super().eventFilter(watched, event)

    def _choose_file(self) -> None:
        name, _ = QFileDialog.getSaveFileName(
            self, tr("Export the walk"), "interpolation.webp", tr("Animation (*.webp);;Strip (*.png)")
        )
        if name and (problem := self.write(Path(name))):
            self.failed.emit(problem)
