"""Images: the view of the images workspace. Chips choose what is in front; only what is in front is asked of the engine."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping

import numpy as np
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from dgm_studio.language import tr
from dgm_studio.protocol.messages import (
    Array,
    Classified,
    Data,
    Decoded,
    History,
    Insides,
    Interpolated,
    Latents,
    Opened,
    Progress,
    Samples,
)
from dgm_studio.studio.painting.canvas import Canvas
from dgm_studio.studio.reading.moment import FRESH, Age, ages
from dgm_studio.studio.session.session import IMAGE_VIEWS
from dgm_studio.studio.studio import Studio

from ..binding import bind, bind_run
from ..compare.shoot_out_view import ShootOutView
from ..controls import BusyLine, Chip, Flow, Tree, dim
from ..controls.made import MadeOnce
from ..naming import join
from ..painting.candidates import Candidates
from ..painting.paint_panel import PaintPanel
from ..painting.paint_view import PaintView
from ..panels.ageing import Ageing
from ..panels.empty_state import EmptyState
from .adversarial_view import AdversarialView
from .compression import CompressionView
from .inside import InsideView
from .interpolation import InterpolationView
from .latent_plane import LatentView
from .maximising_view import MaximisingView
from .mosaic import MosaicView
from .path_strip import PathView
from .program_view import ProgramView

HELP = {
    "samples": tr("Samples of the model, sharpening as the sampler runs."),
    "path": tr("How samples came about: a row per sample, a column per step."),
    "latent": tr("The plane of latents: drag a point and the decoded image follows."),
    "interpolate": tr("Walk between two pictures through the latent space."),
    "inside": tr("What the model has learned: filters, codes, receptive fields."),
    "paint": tr("Mask a part of a picture and let the model generate it."),
    "shoot-out": tr("The same picture and mask, answered by any number of trained runs."),
    "compress": tr(
        "Pictures as a file without loss, by the model's own probabilities; flip a bit and see what breaks."
    ),
    "attack": tr("Move pictures a little to where a classifier is wrong, and see which model finds them unlikely."),
    "program": tr("The program that draws the data: hold its numbers and turn them, and infer which drew a picture."),
    "maximise": tr("Pictures that please a classifier most: in pixels alone, and under the model as a prior."),
}
NEEDS: Mapping[str, frozenset[str]] = {
    "samples": frozenset({"samples", "path"}),
    "path": frozenset({"samples", "path"}),
    "latent": frozenset({"latent"}),
    "interpolate": frozenset({"samples"}),
    "inside": frozenset({"inside"}),
    "paint": frozenset(),
    "shoot-out": frozenset(),
    "compress": frozenset(),
    "attack": frozenset(),
    "maximise": frozenset(),
    "program": frozenset(),
}
"""Layers that each view needs of `Studio.look`."""
AGAIN_MS, _CHIP_GAP, _KEYS = 400, 3, 10
"""The picked sample is asked about anew once its pictures have stopped changing for so long."""
_ELSEWHERE = ("path", "latent", "interpolate", "inside", "shoot-out", "compress", "attack", "maximise", "program")
"""Views in which neither the samples nor the canvas are seen, of which a class can be asked."""


class ImagesView(QFrame):
    """Binds the views to the studio's images run."""

    @classmethod
    def in_pieces(cls, studio: Studio) -> Generator[ImagesView | None, None, None]:
        """The same, made while nobody waits for it: None after each piece, and the view at the end. What has been made goes
        when it is closed before that.
        """
        made = MadeOnce()
        parts: tuple[Callable[[], QWidget], ...] = (
            MosaicView, PathView, LatentView, InterpolationView, InsideView, PaintPanel, Candidates,
        )  # fmt: skip
        try:
            for make in parts:
                made.add(make())
                yield None
            paint = made.add(PaintView(studio, None, made))
            yield None
            made.add(ShootOutView(studio, paint.canvas))
            yield None
            made.add(CompressionView(studio))
            yield None
            made.add(AdversarialView(studio, paint.canvas))
            yield None
            made.add(MaximisingView(studio, paint.canvas))
            yield None
            made.add(ProgramView(studio, paint.canvas))
            yield None
            yield made.add(cls(studio, None, made))
        except GeneratorExit:
            made.delete()
            raise

    def __init__(self, studio: Studio, canvas: Canvas | None = None, made: MadeOnce | None = None) -> None:
        """``made`` holds those of its views that are there already."""
        super().__init__()
        self.setProperty("surface", "plot")
        self.studio = studio
        made = made or MadeOnce()
        self._sent: tuple[frozenset[str], str] | None = None
        self.chips: dict[str, Chip] = {}
        self.ageing = Ageing(self, self._ages)
        self.ageing.changed.connect(self._show_ages)
        self.mosaic = made.get(MosaicView, MosaicView)
        self.path = made.get(PathView, PathView)
        self.latent = made.get(LatentView, LatentView)
        self.interpolation = made.get(InterpolationView, InterpolationView)
        self.inside = made.get(InsideView, InsideView)
        self.paint = made.get(PaintView, lambda: PaintView(studio, canvas))
        self.shoot_out = made.get(ShootOutView, lambda: ShootOutView(studio, self.paint.canvas))
        self.compression = made.get(CompressionView, lambda: CompressionView(studio))
        self.adversarial = made.get(AdversarialView, lambda: AdversarialView(studio, self.paint.canvas))
        self.maximising = made.get(MaximisingView, lambda: MaximisingView(studio, self.paint.canvas))
        self.program = made.get(ProgramView, lambda: ProgramView(studio, self.paint.canvas))
        self.views: dict[str, QWidget] = {
            "samples": self.mosaic,
            "path": self.path,
            "latent": self.latent,
            "interpolate": self.interpolation,
            "inside": self.inside,
            "paint": self.paint,
            "shoot-out": self.shoot_out,
            "compress": self.compression,
            "attack": self.adversarial,
            "maximise": self.maximising,
            "program": self.program,
        }
        bar = QHBoxLayout()
        bar.setContentsMargins(12, 8, 12, 0)
        bar.setSpacing(6)
        self._bar = chips = Flow(_CHIP_GAP)
        for number, name in enumerate(IMAGE_VIEWS, 1):
            key = f"Alt+{number % 10}" if number <= _KEYS else ""
            chip = Chip(tr(name), f"{HELP[name]} ({key})" if key else HELP[name], one_of_many=True)
            chip.setShortcut(key)
            chip.clicked.connect(lambda _=False, name=name: self.choose(name))
            self.chips[name] = chip
            chips.add(chip)
        bar.addWidget(chips, 1)
        self.when = dim("")
        self.when.setToolTip(tr("What is shown is not of the moment that is looked at."))
        bar.addWidget(self.when)
        self.busy = BusyLine()
        self.empty = EmptyState()
        self._stack = QStackedWidget()
        self._stack.addWidget(self.empty)
        for name, view in self.views.items():
            page = view
            if name != "paint":  # the canvas reaches to the edges
                page = QWidget()
                inset = QVBoxLayout(page)
                inset.setContentsMargins(12, 8, 12, 12)
                inset.addWidget(view)
            self._stack.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(bar)
        column.addWidget(self._stack, 1)
        column.addWidget(self.busy)

        self.mosaic.start_chosen.connect(lambda image: self._interpolate_with("start", image))
        self.mosaic.end_chosen.connect(lambda image: self._interpolate_with("end", image))
        self.mosaic.paint_chosen.connect(self._paint_on)
        self.mosaic.picked.connect(self._classify_picked)
        self.mosaic.put_away.connect(self._classify_picked)
        self.path.picked.connect(self._show_sample)
        self.latent.asked.connect(self._decode)
        self.inside.chosen.connect(self._follow)
        self.interpolation.asked.connect(studio.ask.interpolate)
        self.interpolation.film_asked.connect(lambda: studio.commands.run("file.film_walk"))
        self.latent.film_asked.connect(lambda: studio.commands.run("file.film_latents"))
        self.interpolation.failed.connect(lambda text: studio.notify("bad", text))
        self.paint.sample_wanted.connect(self._start_from_sample)
        self.paint.needs_changed.connect(self._follow)

        bind_run(self, studio, Opened, self._opened, "images")
        bind_run(self, studio, Data, self._show_data, "images")
        bind_run(self, studio, Samples, self._show_samples, "images")
        bind_run(self, studio, Latents, self._show_latents, "images")
        bind_run(self, studio, Decoded, self._show_decoded, "images")
        bind_run(self, studio, Interpolated, self._show_interpolated, "images")
        bind_run(self, studio, Insides, self.inside.show_tiles, "images")
        bind_run(self, studio, Classified, self.mosaic.details.show_nearest, "images")
        bind_run(self, studio, Progress, self._show_progress, "images")
        studio.members["images"] = self.paint.encoder
        bind(self, studio, "session", self._follow)
        bind(self, studio, "workspace", self._follow)
        bind(self, studio, "failed", self._follow)
        for kind in (Samples, Latents, Insides, History, Progress, Opened):
            bind_run(self, studio, kind, lambda _: self.ageing.refresh(), "images")
        bind_run(self, studio, "edited", lambda _: self.ageing.refresh(), "images")
        bind(self, studio, "session", lambda _: self.ageing.refresh())
        self._ask_again = QTimer(self)
        self._ask_again.setSingleShot(True)
        self._ask_again.setInterval(AGAIN_MS)
        self._ask_again.timeout.connect(self._classify_picked)
        self._catch_up()
        join(studio.controls, self)

    @property
    def controls(self) -> Tree:
        return {
            "images": {
                "view": self.chips,
                "samples": self.mosaic,
                "path": self.path,
                "latent": self.latent,
                "walk": self.interpolation,
                "inside": self.inside,
            }
        }

    # --- for the window ---------------------------------------------------------------------------------------------

    @property
    def canvas(self) -> Canvas:
        return self.paint.canvas

    def take_panel(self) -> QWidget:
        """The tools and answers of the canvas, to be shown in a dock instead of beside it."""
        return self.paint.take_panel()

    def undo(self) -> bool:
        """Take back a stroke while the canvas is in front; False when undo is not the canvas's business."""
        return self._painting and self.paint.undo()

    def redo(self) -> bool:
        return self._painting and self.paint.redo()

    @property
    def _painting(self) -> bool:
        return self.studio.workspace == "images" and self.studio.session.image_view == "paint"

    def look(self) -> None:
        """Say anew what is on screen, as after the window was hidden."""
        self._sent = None
        self._follow()

    # --- what the studio says ---------------------------------------------------------------------------------------

    def _catch_up(self) -> None:
        run = self.studio.runs["images"]
        if run.opened is not None:
            self._opened(run.opened)
        if run.data is not None:
            self._show_data(run.data)
        if run.samples is not None:
            self._show_samples(run.samples)
        if run.latents is not None:
            self._show_latents(run.latents)
        self._follow()

    def _opened(self, event: Opened) -> None:
        self.mosaic.show_classes(event.info.classes)
        self.chips["program"].setVisible(bool(event.info.program))
        self._bar.refresh()
        self.mosaic.show_samples(None)
        self.path.show_samples(None)
        self.interpolation.show_info(event.info)
        self.inside.show_views(event.info.insides)
        self.latent.show_latents(None, event.info)
        self._sent = None
        self._follow()

    def _show_data(self, data: Data) -> None:
        self.mosaic.show_data(data)
        self.interpolation.show_data(data)

    def _show_samples(self, samples: Samples) -> None:
        for axis in (self.path.strip.axis, self.mosaic.details.path.axis):
            axis.show_ends(self.studio.runs["images"].begins, self.studio.runs["images"].ends)
        picked = self.mosaic.selected
        self.mosaic.show_samples(samples)
        now = self.mosaic.selected
        if picked is not None and (now is None or not np.array_equal(picked, now)):
            self._ask_again.start()
        if self._front == "path" or samples.done:
            self.path.show_samples(samples)
        self.interpolation.show_samples(samples)
        self._show_front()

    def _show_ages(self, now: dict[str, Age]) -> None:
        """Say of the view in front of which moment it is; samples fade as well."""
        self.mosaic.show_age(now.get("samples", FRESH))
        front = {"path": "samples", "latent": "latent", "inside": "inside"}.get(self._front, "")
        self.when.setText(now.get(front, FRESH).word)

    def _ages(self) -> dict[str, Age]:
        return ages(self.studio.runs["images"], self.studio.session.spec("images"), 1.0)

    def _show_latents(self, latents: Latents) -> None:
        opened = self.studio.runs["images"].opened
        self.latent.show_latents(latents, opened.info if opened else None)

    def _show_decoded(self, decoded: Decoded) -> None:
        if self._front == "latent":  # else the canvas has asked
            self.latent.show_decoded(decoded)

    def _show_interpolated(self, walk: Interpolated) -> None:
        self.interpolation.show_interpolated(walk)

    def _show_progress(self, progress: Progress) -> None:
        busy = progress.activity if progress.phase in ("loading", "ready") else ""
        self.busy.show_activity(busy, progress.fraction)
        if self._stack.currentWidget() is self.empty:
            self._show_front()

    def _follow(self, *_: object) -> None:
        """The session changed: bring the chosen view to the front and ask for what it needs."""
        for name, chip in self.chips.items():
            chip.setChecked(name == self._front)
        self._show_ages(self.ageing.shown)
        self._forget_picked()
        self._show_front()
        if self.studio.workspace != "images":
            self._sent = None
            return
        needs = self.paint.needs if self._front == "paint" else NEEDS[self._front]
        wanted = (needs, self.inside.name if self._front == "inside" else "")
        if self.studio.run.opened is not None and self._sent != wanted:
            self._sent = wanted
            self.studio.look(wanted[0], inside=wanted[1])

    @property
    def _front(self) -> str:
        view = self.studio.session.image_view
        return view if view in self.views else IMAGE_VIEWS[0]

    def _show_front(self) -> None:
        reason = self._nothing_to_show()
        if reason is not None:
            self.empty.say(*reason)
            self._stack.setCurrentWidget(self.empty)
            return
        before = self._stack.currentIndex()
        self._stack.setCurrentIndex(1 + IMAGE_VIEWS.index(self._front))
        if self._stack.currentIndex() != before:
            if self._front == "interpolate":
                self.interpolation.ask_when_shown()
            fronts: Mapping[str, QWidget] = {
                "samples": self.mosaic.samples,
                "path": self.path.strip.tiles,
                "latent": self.latent.plane,
                "interpolate": self.interpolation.picker,
                "inside": self.inside.tiles,
                "paint": self.paint.view,
                "shoot-out": self.shoot_out.page,
                "compress": self.compression.source,
                "attack": self.adversarial.epsilon,
                "maximise": self.maximising.pull,
                "program": self.program.drawn,
            }
            fronts[self._front].setFocus()

    def _nothing_to_show(self) -> tuple[str, str] | None:
        run = self.studio.runs["images"]
        if run.failure:
            return tr("This cannot be opened"), tr(
                "{failure} Choose other data or another family in the set-up.", failure=run.failure
            )
        if run.opened is None:
            doing = run.progress.activity if run.progress is not None else ""
            return (doing.capitalize() if doing else tr("Waking the engine")), tr("The pictures appear in a moment.")
        if self._front == "inside" and not run.opened.info.insides:
            family = run.opened.spec.family
            return (
                tr("Nothing to look into"),
                tr("The family {family} has no inner view; an RBM, a VQ-VAE or an autoregressive does.", family=family),
            )
        if self._front == "program" and not run.opened.info.program:
            return (
                tr("No program"),
                tr("These data are drawn by no program whose numbers are known; turtle, shapes and scenes are."),
            )
        if self._front == "compress" and run.opened.info.lossy:
            return tr("No file without loss"), run.opened.info.lossy
        if self._front == "samples" and run.samples is None:
            return tr("Drawing the first samples"), tr(
                "An untrained model gives noise. Press Train and watch it take shape."
            )
        return None

    # --- what a person does -----------------------------------------------------------------------------------------

    def _forget_picked(self) -> None:
        """The picture that was asked about is gone from the screen, and what was said of it with it."""
        if self.studio.runs["images"].classified is not None and self._front in _ELSEWHERE:
            self.studio.ask.forget("images", "classify")

    def choose(self, name: str) -> None:
        self.studio.set_image_view(name)
        self._follow()

    def _decode(self, plane: Array) -> None:
        latents = self.studio.runs["images"].latents
        if latents is not None:
            latent = latents.centre + plane @ latents.axes if len(latents.axes) else plane
            self.studio.ask.decode(latent.astype("float32"))

    def _interpolate_with(self, end: str, image: Array) -> None:
        self.choose("interpolate")
        self.interpolation.choose(end, image)

    def _paint_on(self, image: Array) -> None:
        self.paint.start_from(image)
        self.choose("paint")

    def _start_from_sample(self) -> None:
        samples = self.studio.runs["images"].samples
        picked = self.mosaic.selected
        if picked is not None:
            self.paint.start_from(picked)
        elif samples is not None and len(samples.x):
            self.paint.start_from(samples.x[0])

    def _classify_picked(self) -> None:
        """Ask about the picked sample as it is now; what was said of another one goes."""
        if self.studio.workspace != "images" or self._front != "samples":
            return
        if self.mosaic.selected is not None:
            self.studio.ask.classify(self.mosaic.selected[None])
        elif self.studio.runs["images"].classified is not None:
            self.studio.ask.forget("images", "classify")

    def _show_sample(self, index: int) -> None:
        self.choose("samples")
        self.mosaic.pick(index)
