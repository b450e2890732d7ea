"""The dialog that asks for a film and shows how far it is. It stays beside the window, in which a person works on meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QFileDialog, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from dgm_studio.language import tr
from dgm_studio.protocol.messages import Extent
from dgm_studio.studio.film.choice import RATES, USUAL_SECONDS, BadFilm, FilmChoice, Timeline
from dgm_studio.studio.studio import Studio

from ..background import BackgroundVerb
from ..controls import ChoiceRow, SliderRow, SwitchRow, Tree, button, dim
from ..look import theme

_SIZES = ((854, 480), (1280, 720), (1920, 1080), (2560, 1440), (3840, 2160), (720, 720), (1080, 1080))
_SPEEDS = (0.25, 0.5, 1.0, 2.0)
_FORMS = {
    ".webp": tr("WebP (*.webp)"),
    ".mp4": tr("MP4 video (*.mp4)"),
    ".gif": tr("GIF (*.gif)"),
    ".png": tr("Animated PNG (*.png)"),
}
_TITLES: dict[Timeline, str] = {
    "sampling": tr("sampling, from noise to data"), "training": tr("training, step by step"), "interpolation": "interpolation",
    "latents": tr("a walk on the latent plane"), "painting": tr("the steps of the newest answer"),
}  # fmt: skip


def _held(_: FilmChoice) -> str:
    return tr("Noise is held, so that nothing but time or training moves samples.")


_SAID: Mapping[Timeline, Callable[[FilmChoice], str]] = {
    "sampling": _held,
    "training": _held,
    "interpolation": lambda _: tr("From the first training example to the second."),
    "latents": lambda choice: (
        tr("Once around the middle of the plane; drag its point to film another way.")
        if choice.through is None
        else tr("The way that its point was dragged last.")
    ),
    "painting": lambda _: tr("Its question is asked once more with the same seed."),
}


class FilmDialog(QDialog):
    """``wrote`` with a sentence on the file, ``failed`` with why there is none."""

    wrote = Signal(str)
    failed = Signal(str)

    def __init__(
        self,
        studio: Studio,
        of: Timeline,
        extent: Extent | None,
        parent: QWidget | None = None,
        *,
        through: Sequence[tuple[float, float]] = (),
        answers: bool = False,
    ) -> None:
        """``of`` is the timeline that is in front, ``extent`` what of the plane is in view, where it is; ``through`` the way
        that the point of the latent plane was dragged, and ``answers`` whether the canvas has one.
        """
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Film"))
        self._studio, self._extent, self._through, self._answers = studio, extent, tuple(through), answers
        self.film: BackgroundVerb | None = None
        offered = [timeline for timeline in _TITLES if not self._missing(timeline)]
        options = [(timeline, _TITLES[timeline]) for timeline in offered]
        self.of = ChoiceRow(tr("film of"), options, tr("The timeline that is filmed."))
        self.of.show_value(of if of in offered else "sampling")
        self.size_choice = ChoiceRow(
            tr("size"), [(s, f"{s[0]} × {s[1]}") for s in _SIZES], tr("Width and height in pixels.")
        )
        self.size_choice.show_value((1280, 720))
        self.fps = ChoiceRow(
            tr("frames a second"), [(rate, str(rate)) for rate in RATES], tr("A GIF holds at most 50.")
        )
        self.fps.show_value(30)
        self.seconds = SliderRow(tr("seconds"), 0.5, 60.0, scale="log", help=tr("How long the film takes in all."))
        self.seconds.show_value(USUAL_SECONDS[self.of.value])
        self.speed = ChoiceRow(
            tr("speed"), [(v, f"{v:g}×") for v in _SPEEDS], tr("Sets the seconds; 1 is as long as usual.")
        )
        self.speed.show_value(1.0)
        look = theme.tokens().name
        self.look = ChoiceRow(
            tr("theme"), [("dark", tr("dark")), ("light", tr("light"))], tr("Light and dark as in the window.")
        )
        self.look.show_value(look)
        self.switches = {
            "back": SwitchRow(tr("there and back"), tr("Run to the end and back again.")),
            "loop": SwitchRow(tr("loop"), tr("Begin again at the end, for ever.")),
            "title": SwitchRow(tr("title"), tr("What the run is, drawn into every frame.")),
            "number": SwitchRow(tr("number"), tr("Time or step, and the measure in front, drawn into every frame.")),
            "legend": SwitchRow(tr("legend"), tr("What the colours mean, drawn into every frame.")),
            "transparent": SwitchRow(tr("transparent"), tr("No ground: for slides of any colour. Not in an MP4.")),
        }
        for name in ("loop", "title", "number", "legend"):
            self.switches[name].show_value(True)
        self.about = dim("", True)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setFixedHeight(theme.px(6))
        self.progress.setAccessibleName(tr("How far the film is"))
        self.make = button(tr("Make the film"), tr("Choose a file; the film is made in the background."), "primary")
        self.stop = button(tr("Cancel the film"), tr("Stop; nothing is left of it."))
        self.leave = button(tr("Close"), tr("Close this window (Esc); a film that is being made goes on."))
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(4)
        for row in (self.of, self.size_choice, self.fps, self.seconds, self.speed, self.look):
            column.addWidget(row)
        for switch in self.switches.values():
            column.addWidget(switch)
        column.addSpacing(8)
        column.addWidget(self.about)
        column.addWidget(self.progress)
        column.addSpacing(8)
        buttons = QHBoxLayout()
        buttons.addWidget(self.make)
        buttons.addWidget(self.stop)
        buttons.addStretch(1)
        buttons.addWidget(self.leave)
        column.addLayout(buttons)
        self.setFixedWidth(theme.px(440))
        self.of.changed.connect(lambda _: self._usual())
        self.speed.changed.connect(lambda _: self._usual())
        for each in (self.size_choice, self.fps, self.seconds, *self.switches.values()):
            each.changed.connect(lambda _: self._say())
        self.make.clicked.connect(self._choose_file)
        self.stop.clicked.connect(self._cancel)
        self.leave.clicked.connect(self.hide)
        self._show_running()

    @property
    def controls(self) -> Tree:
        rows = {
            "of": self.of, "size": self.size_choice, "rate": self.fps, "seconds": self.seconds, "speed": self.speed,
            "theme": self.look, **self.switches,
        }  # fmt: skip
        return {"film": {**rows, "make": self.make, "cancel": self.stop, "close": self.leave}}

    @property
    def choice(self) -> FilmChoice:
        """What is asked for now."""
        on: dict[str, Any] = {name: switch.value for name, switch in self.switches.items()}
        return FilmChoice(
            of=self.of.value, seconds=float(self.seconds.value), fps=self.fps.value, size=self.size_choice.value,
            theme=self.look.value, extent=self._extent, through=self._through if len(self._through) > 1 else None, **on,
        )  # fmt: skip

    def write(self, path: Path) -> None:
        """Begin to make the film; what cannot be made is said at once."""
        choice = self.choice
        if self.film is not None:
            return
        try:
            choice.check(path)
        except BadFilm as error:
            self.about.setText(str(error))
            return
        self.film = film = BackgroundVerb(
            self._studio, "film", arguments_of(choice), path, self, painted=choice.of == "painting"
        )
        film.progressed.connect(self._show_progress)
        film.ended.connect(self._ended)
        self.progress.setRange(0, 0)
        self._show_running()
        self.about.setText(tr("Preparing {name} …", name=path.name))
        film.start()

    def end(self) -> None:
        """The window closes: a film that is being made is given up."""
        if self.film is not None:
            self.film.end()

    def reject(self) -> None:
        """Esc: out of sight, and what is being made goes on."""
        self.hide()

    def _missing(self, timeline: Timeline) -> bool:
        opened, run = self._studio.run.opened, self._studio.run
        several = self._studio.workspace == "compare"
        if timeline == "training":
            return several or not run.learns or run.step == 0
        if timeline == "painting":
            return several or not self._answers
        if timeline == "latents":
            return several or opened is None or opened.info.kind != "images" or opened.info.latent_size is None
        return timeline == "interpolation" and (several or opened is None or not opened.info.can_invert)

    def _usual(self) -> None:
        self.seconds.show_value(USUAL_SECONDS[self.of.value] / self.speed.value)
        self._say()

    def _say(self) -> None:
        if self.film is None:
            choice = self.choice
            self.about.setText(tr("{count} frames. {value}", count=choice.count, value=_SAID[choice.of](choice)))

    def _choose_file(self) -> None:
        run = self._studio.run
        stem = (
            "film" if run.opened is None else f"{run.opened.spec.data.label}-{run.opened.spec.family}-{self.of.value}"
        )
        forms = ";;".join(_FORMS.values())
        name, kind = QFileDialog.getSaveFileName(self, tr("Save the film"), f"{Path(stem).name}.webp", forms)
        if name:
            ending = next((ending for ending, title in _FORMS.items() if title == kind), ".webp")
            self.write(Path(name) if Path(name).suffix else Path(f"{name}{ending}"))

    def _show_progress(self, frame: int, count: int) -> None:
        self.progress.setRange(0, count)
        self.progress.setValue(frame)
        if self.film is not None:
            self.about.setText(
                tr("{name}: frame {frame} of {count}", name=self.film.path.name, frame=frame, count=count)
            )

    def _ended(self, problem: str) -> None:
        film, self.film = self.film, None
        self._show_running()
        if film is None:
            return
        film.deleteLater()
        if not problem:
            size = film.path.stat().st_size / 1e6
            self.about.setText(tr("Wrote {name} ({size:.1f} MB).", name=film.path.name, size=size))
            self.wrote.emit(self.about.text())
        elif problem == "stopped":
            self.about.setText(tr("Cancelled; nothing was written."))
        else:
            self.about.setText(problem)
            self.failed.emit(tr("{name} was not filmed: {problem}", name=film.path.name, problem=problem))

    def _cancel(self) -> None:
        if self.film is not None:
            self.film.cancel()

    def _show_running(self) -> None:
        running = self.film is not None
        self.progress.setVisible(running)
        self.stop.setVisible(running)
        self.make.setVisible(not running)
        for row in (self.of, self.size_choice, self.fps, self.seconds, self.speed, self.look, *self.switches.values()):
            row.setEnabled(not running)
        self._say()


def arguments_of(choice: FilmChoice) -> list[str]:
    """The options of the verb film that ask for this."""
    flags = {
        "--back": choice.back, "--once": not choice.loop, "--no-title": not choice.title, "--no-number": not choice.number,
        "--no-legend": not choice.legend, "--transparent": choice.transparent,
    }  # fmt: skip
    through = [] if choice.through is None else [f"--through={';'.join(f'{x:.6g},{y:.6g}' for x, y in choice.through)}"]
    extent = [] if choice.extent is None else [f"--extent={','.join(f'{float(v):.9g}' for v in choice.extent)}"]
    return [
        "--of", choice.of, "--seconds", f"{choice.seconds:g}", "--fps", str(choice.fps), "--size",
        f"{choice.size[0]}x{choice.size[1]}", "--theme", choice.theme, *(flag for flag, on in flags.items() if on), *extent,
        *through,
    ]  # fmt: skip
