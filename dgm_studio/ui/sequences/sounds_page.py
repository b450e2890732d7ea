"""Sounds: the page of the workspace of sequences for runs on sounds. Waves of samples and data, the head of the one that is
written with what the model expects, its spectrogram, and a gap that is filled."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from dgm_studio.language import tr
from dgm_studio.protocol.messages import Array, Data, Filled, Opened, Predicted, Progress, Samples
from dgm_studio.studio.files.wave import to_wave
from dgm_studio.studio.studio import Studio

from ..binding import bind_run
from ..controls import Chip, Elided, Tree, dim, separator
from ..plane.time_bar import TimeBar
from .sound_filling import COUNT, SoundFilling
from .sound_grid import SoundGrid
from .sound_player import SoundPlayer
from .spectrogram import Spectrogram
from .wave_head import WaveHead

_NOTHING: Array = np.zeros((0, 1), np.int16)


class SoundsPage(QWidget):
    """Binds its parts to the run of a slot; asks for something only while that is on sounds and in front."""

    def __init__(self, studio: Studio, slot: str) -> None:
        super().__init__()
        self._studio, self._slot = studio, slot
        self._filled_step = -1
        self._sound: Array | None = None
        self._origin = "model"
        self.samples = SoundGrid(tr("Samples of the model"))
        self.data = SoundGrid(tr("Examples of the data"), "data")
        self.beside = Chip(tr("data beside"), tr("Show examples of the data beside the samples."), dot="data")
        self.caption = Elided()
        self.when = dim("")
        self.when.setToolTip(tr("What is shown is not of the moment that is looked at."))
        self.head = WaveHead()
        self.spectrum = Spectrogram()
        self.time = TimeBar()
        self.filling = SoundFilling()
        self._player = SoundPlayer(self)
        bar = QHBoxLayout()
        bar.setSpacing(8)
        bar.addWidget(self.beside)
        bar.addWidget(self.caption, 1)
        bar.addWidget(self.when)
        halves, detail = QHBoxLayout(), QHBoxLayout()
        halves.setSpacing(16)
        halves.addWidget(self.samples, 2)
        halves.addWidget(self.data, 1)
        detail.setSpacing(12)
        detail.addWidget(self.head, 2)
        detail.addWidget(self.spectrum, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(8)
        column.addLayout(bar)
        column.addLayout(halves, 3)
        column.addLayout(detail, 2)
        column.addWidget(self.time)
        column.addWidget(separator())
        column.addWidget(self.filling)

        self.data.hide()
        self.beside.toggled.connect(self.data.setVisible)
        self.samples.clicked.connect(lambda index: self._picked(self.samples, index, "model"))
        self.data.clicked.connect(lambda index: self._picked(self.data, index, "data"))
        self.samples.fitted.connect(self._say_samples)
        self.filling.asked.connect(self._ask)
        self.filling.heard.connect(self._play)
        self.filling.saved.connect(self._save)
        self.time.moved.connect(studio.set_time)
        self.time.film_asked.connect(lambda: studio.commands.run("file.film"))
        bind_run(self, studio, Opened, self._opened, slot)
        bind_run(self, studio, Data, self._show_data, slot)
        bind_run(self, studio, Samples, lambda _: self.refresh(), slot)
        bind_run(self, studio, Filled, self._show_filled, slot)
        bind_run(self, studio, Predicted, self._show_predicted, slot)
        bind_run(self, studio, Progress, lambda _: self._show_progress(), slot)
        self.catch_up()

    @property
    def controls(self) -> Tree:
        return {
            "samples": self.samples,
            "data": self.data,
            "data_beside": self.beside,
            "head": self.head,
            "spectrogram": self.spectrum,
            "way": self.time,
            "fill": self.filling,
        }

    @property
    def rate(self) -> int:
        """Of the run that is there, in Hz; 0 where it is on no sounds."""
        opened = self._studio.runs[self._slot].opened
        return 0 if opened is None else opened.info.rate

    # --- what the studio says ---------------------------------------------------------------------------------------

    def catch_up(self) -> None:
        """Show what is known already."""
        run = self._studio.runs[self._slot]
        if run.opened is not None:
            self._opened(run.opened)
        if run.data is not None:
            self._show_data(run.data)
        self.refresh()

    def _opened(self, opened: Opened) -> None:
        if not opened.info.rate:
            return
        self.filling.show_info(opened.info)
        self._filled_step = -1
        self._sound = None
        self.head.show_predicted(None)
        self.time.show_ends(self._studio.runs[self._slot].begins)
        self.refresh()

    def _show_data(self, data: Data) -> None:
        if not self.rate:
            return
        opened = self._studio.runs[self._slot].opened
        names = () if opened is None else opened.info.classes
        self.data.show_sounds(
            data.x, [names[y] for y in data.labels.tolist()] if data.labels is not None and names else ()
        )
        if self.filling.empty and len(data.x):
            # nobody asked: it is filled in once something was learned
            self._filled_step = self._studio.runs[self._slot].step
            self.filling.show_sound(data.x[0], ask=False)

    def refresh(self) -> None:
        """Show the samples, or as much of them as was there at the time that the slider says."""
        studio, samples = self._studio, self._studio.runs[self._slot].samples
        if samples is None or not self.rate or samples.x.ndim != 2:
            return
        t, rows = studio.session.time, samples.x
        if not self.time.playing:
            self.time.show_time(t)
        if t < 1 and samples.path is not None and samples.times is not None:
            rows = samples.path[int(np.searchsorted(samples.times, t, side="right")) - 1]
        opened = studio.runs[self._slot].opened
        names = () if opened is None or samples.labels is None else opened.info.classes
        notes = [names[y] for y in samples.labels.tolist()] if names and samples.labels is not None else ()
        self.samples.show_sounds(rows, notes)
        self._say_samples()
        if self._origin == "model" and samples.done:
            self._look_at(samples.x[max(0, self.samples.picked)], "model")
        self._show_head()

    def _say_samples(self) -> None:
        samples = self._studio.runs[self._slot].samples
        if samples is None:
            return
        took = (
            tr("{seconds:.0f} ms", seconds=samples.seconds * 1000)
            if samples.seconds < 0.1
            else f"{samples.seconds:.2f} s"
        )
        parts = [tr("{x} samples of {shape:.2f} s", x=len(samples.x), shape=samples.x.shape[-1] / max(1, self.rate))]
        parts += [took if samples.done else tr("being drawn")]
        parts += [] if self.samples.shown >= self.samples.count else [tr("{shown} shown", shown=self.samples.shown)]
        self.caption.setText(" · ".join(parts))
        self.caption.setToolTip(self.caption.text())

    def _look_at(self, sound: Array, origin: str) -> None:
        """Show a sound from near; what the model expected of it is asked for."""
        self._origin = origin
        if self._sound is not None and np.array_equal(sound, self._sound):
            return
        self._sound = sound
        opened = self._studio.runs[self._slot].opened
        if self._in_front and opened is not None and opened.info.predicts:
            self._studio.ask.predict(sound)

    def _show_head(self) -> None:
        """The sound that is looked at, up to the time that the slider says where it was written from first to last."""
        if self._sound is None:
            return
        t, length = self._studio.session.time, len(self._sound)
        opened = self._studio.runs[self._slot].opened
        written = opened is not None and opened.info.predicts and self._origin == "model"
        head = round(t * length) if written else length
        shown = self._sound
        if t < 1 and not written and self._origin == "model":
            shown = self.samples.rows[max(0, self.samples.picked)]
        self.head.words = (
            "" if opened is None or opened.info.predicts else tr("no order: nothing is expected of the next sample")
        )
        self.head.show_sound(shown, head, self.rate, self._origin)
        self.spectrum.show_sound(shown, self.rate, self._origin, head / length)

    def _show_predicted(self, predicted: Predicted) -> None:
        self.head.show_predicted(predicted)

    def _show_filled(self, filled: Filled) -> None:
        self._filled_step = filled.step
        if self.rate:
            self.filling.show_filled(filled)

    def _show_progress(self) -> None:
        """Once training rests, the gap is filled anew by what was learned, and what is expected is asked for anew."""
        run = self._studio.runs[self._slot]
        if (
            self.rate
            and not run.training
            and run.step != self._filled_step
            and self._filled_step >= 0
            and self._in_front
        ):
            self._filled_step = run.step
            self._ask()
            if run.opened is not None and run.opened.info.predicts and self._sound is not None:
                self._studio.ask.predict(self._sound)

    def fade(self, on: bool, word: str) -> None:
        """The samples belong to another moment, of which a word is said."""
        self.samples.fade(on)
        self.when.setText(word)

    @property
    def _in_front(self) -> bool:
        return self._studio.workspace == self._slot

    # --- what a person does -----------------------------------------------------------------------------------------

    def _picked(self, grid: SoundGrid, index: int, origin: str) -> None:
        """Look at a sound, fill it in, and say how likely it is."""
        other = self.data if grid is self.samples else self.samples
        other.pick(-1)
        samples = self._studio.runs[self._slot].samples
        sound = samples.x[index] if origin == "model" and samples is not None else grid.rows[index]
        self._look_at(sound, origin)
        self._show_head()
        self.filling.show_sound(sound)
        if self._in_front:
            self._studio.ask.classify(sound[None])

    def _ask(self) -> None:
        run, filling = self._studio.runs[self._slot], self.filling
        if run.opened is None or not self._in_front or filling.sound is None:
            return
        self._filled_step = run.step
        self._studio.ask.fill_sequence(filling.sound, filling.free, COUNT, filling.seed, filling.method or None)

    def _play(self, sound: Array | None) -> None:
        if sound is not None:
            self._player.play(sound, self.rate)

    def _save(self, sound: Array | None) -> None:
        if sound is None:
            return
        name, _ = QFileDialog.getSaveFileName(self, tr("Save the sound"), "sound.wav", tr("Sound (*.wav)"))
        if name:
            self.write(Path(name if Path(name).suffix else f"{name}.wav"), sound)

    def write(self, path: Path, sound: Array) -> None:
        """Keep a sound (T,) as a WAV file, and say so."""
        try:
            path.write_bytes(to_wave(sound, self.rate))
        except OSError as error:
            self._studio.notify(
                "bad", tr("The sound was not saved: {error}.", error=error), tr("Choose another name or folder.")
            )
        else:
            self._studio.notify("info", tr("Saved {name}.", name=path.name))
