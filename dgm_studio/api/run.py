"""A trained model as an object: sampled, asked, painted with, measured and saved, with plain numpy in and out.

>>> import dgm_studio.api as dgm
>>> run = dgm.train(dgm.data("moons"), "flow", steps=20, batch=64, seed=0)
>>> run.step
20
>>> run.sample(5, seed=1).shape
(5, 2)
>>> run.log_density([[0.0, 0.0]]).shape
(1,)
>>> run.interpolate([0.0, 0.5], [1.0, 0.5], frames=4).frames.shape
(4, 2)
>>> run.draw(5, path=True).path.shape[1:]            # on their way from noise
(5, 2)

The same seed on the same machine gives the same weights and the same samples, bit for bit, as the window does.
"""

from __future__ import annotations

import base64
import html
import io
import itertools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dgm_studio.protocol import messages as m
from dgm_studio.protocol.context import Label, checked, parsed
from dgm_studio.protocol.spec import RunSpec
from dgm_studio.protocol.strings import HIDDEN, numbers_of, pattern_of, text_of

from .job import BadInput, E, Failure, Job
from .results import DrawnSamples, Interpolation, MeasuredValue, TrainingProgress

LabelLike = str | int | Mapping[str, float | str] | tuple[tuple[str, float | str], ...] | None
"""What samples are asked for by: a class, values of a context by name, or nothing."""
_SHOWN, _TILES, _LINES, _WAVES = 2000, 64, 40, 16
"""Points, images and strings of a picture in a notebook."""
_MANY_LATENTS = 8
"""From so many Gaussian latents on nearly all lie near a sphere, and a straight way would leave it."""


class Run:
    """A model and all that can be asked of it; made by `train` or `open`."""

    def __init__(self, job: Job, opened: m.Opened, asked: RunSpec | None = None, kept: object = None) -> None:
        self._job, self._opened, self._kept = job, opened, kept
        self._asked = opened.spec if asked is None else asked
        """What it was opened as: any other setting of the model would be another one, untrained."""
        self._tickets = itertools.count(1)
        self._step, self._seconds = opened.step, 0.0
        self.density_kind = opened.info.density
        """What `log_density` gives: exact, estimate, lower bound, unnormalised; None where the family has none."""

    @property
    def family(self) -> str:
        return self._opened.spec.family

    @property
    def step(self) -> int:
        """Optimiser steps it was trained for."""
        return self._step

    @property
    def config(self) -> Mapping[str, Any]:
        """Every setting of the model."""
        return dict(self._opened.spec.config)

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes it can be asked for; empty where it knows none."""
        info = self._opened.info
        return info.classes if info.uses_label else ()

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one example as it is given and taken: (2,), (H, W) or (H, W, 3)."""
        event = self._opened.info.event
        if len(event) == 1:
            return event
        return event[1:] if event[0] == 1 else (*event[1:], event[0])

    @property
    def name(self) -> str:
        """What the engine calls it, as questions to `ask` do."""
        return self._job.name

    @property
    def opened(self) -> m.Opened:
        """What the engine says of it: every setting, and all that its family, its data and its device allow."""
        return self._opened

    @property
    def training_seconds(self) -> float:
        """How long it was trained for, by the clock."""
        return self._seconds

    def ask(
        self,
        question: m.Intent,
        answer: type[E],
        watch: Callable[[m.Event], None] | None = None,
        last: Callable[[E], bool] = lambda _: True,
    ) -> E:
        """Ask anything that the window asks, in the words of `dgm_studio.protocol.messages`, and get the whole answer.

        Args:
            question: with `name` for its run.
            answer: the kind of event that answers it.
            watch: called with each event on the way.
            last: tells of several answers which is the last.

        Raises:
            BadInput: what cannot be done, with the cure.
            Failure: the machine gave out.
        """
        return self._job.ask(question, answer, watch, last)

    def set(self, spec: RunSpec) -> Run:
        """Other settings of sampling, or another device; those of model and data would be another run. Returns itself."""
        self._job.edit(spec)
        self._asked = spec
        return self

    def train(
        self,
        steps: int | None = None,
        *,
        seconds: float | None = None,
        progress: Callable[[TrainingProgress], object] | None = None,
    ) -> Run:
        """Train on, for so many steps or seconds; without either as long as the recipe says. Returns itself.

        Raises:
            Failure: the loss came apart; the weights of the last good step are there.
        """
        if steps is None and seconds is None:
            steps = self._opened.info.recipe_steps

        def watch(event: m.Event) -> None:
            if isinstance(event, m.Progress) and event.phase == "training":
                self._step, self._seconds = event.step, event.seconds
                if progress is not None:
                    progress(TrainingProgress(event.step, event.seconds, event.steps_per_second))

        try:
            finished = self._job.ask(m.Train(self._job.name, steps=steps, seconds=seconds), m.Finished, watch)
        except Failure as failure:
            self._step = failure.step
            raise
        self._step, self._seconds = finished.step, finished.seconds
        return self

    def sample(
        self,
        n: int,
        *,
        seed: int = 0,
        label: LabelLike = None,
        temperature: float = 1.0,
        sampler: str | None = None,
        **knobs: Any,
    ) -> NDArray[Any]:
        """Samples (n, 2) in data units, images uint8 (n, H, W) or (n, H, W, 3), paths (n, L, 2) in data units, or
        strings uint8 (n, L) of letter numbers.

        Args:
            n: how many.
            seed: of the noise; the same seed draws the same samples.
            label: a class, as `classes` names it or by its number; None for all, as often as among the data. Of a run with a
                context its values by name, or as --given takes them.
            temperature: by which samples are sharpened, where the family can.
            sampler: one of the family's, its first where None.
            knobs: settings of the sampler, such as ``steps=8``.

        Raises:
            BadInput: a class, sampler or setting that there is not.
        """
        return self.draw(n, seed=seed, label=label, temperature=temperature, sampler=sampler, knobs=knobs).x

    def draw(
        self,
        n: int,
        *,
        seed: int = 0,
        label: LabelLike = None,
        temperature: float = 1.0,
        sampler: str | None = None,
        knobs: Mapping[str, Any] | None = None,
        path: bool = False,
    ) -> DrawnSamples:
        """The same as `sample` with all that is known of the samples, and with their ``path`` from noise where it is wanted.

        Raises:
            BadInput: a class, sampler or setting that there is not.
        """
        spec = self._asked.with_sampling(
            sampler=sampler,
            knobs=dict(knobs or {}),
            temperature=temperature,
            label=self._label(label),
            count=min(max(n, 1), 20_000),
        )
        self._job.edit(spec)
        told = self._job.ask(m.Sample(self._job.name, n, seed, next(self._tickets), path), m.Samples)
        return DrawnSamples(np.asarray(told.x), told.path if path else None, told.seconds, told.valid, told)

    def interpolate(
        self,
        start: ArrayLike | int,
        end: ArrayLike | int,
        frames: int = 16,
        *,
        geometry: Literal["line", "sphere"] | None = None,
        label: LabelLike = None,
    ) -> Interpolation:
        """The way between two examples of `shape`, or two training examples by their numbers, through the latents.

        Args:
            start: where it begins.
            end: where it ends.
            frames: how many, both ends among them.
            geometry: straight or on the sphere; None for what suits the latents.
            label: as in `sample`; None for what the ends are taken for.

        Raises:
            BadInput: the family finds no latent of a given example.
        """
        info = self._opened.info
        suits: Literal["line", "sphere"] = (
            "sphere" if info.latent_gaussian and (info.latent_size or 0) >= _MANY_LATENTS else "line"
        )
        first, last = (each if isinstance(each, int) else np.asarray(each) for each in (start, end))
        chosen = geometry or suits
        asked = m.Interpolate(self._job.name, first, last, frames, chosen, next(self._tickets), self._label(label))
        told = self._job.ask(asked, m.Interpolated)
        return Interpolation(
            np.asarray(told.frames),
            chosen,
            told.exact,
            tuple(info.classes[y] for y in told.classes),
            told.origin,
            told.change,
            told,
        )

    def texts(self, x: ArrayLike) -> list[str]:
        """Strings (n, L) of letter numbers as text. Raises BadInput for a run on other data."""
        return [text_of(row, self._alphabet()) for row in np.asarray(x).tolist()]

    def numbers(self, texts: Sequence[str]) -> NDArray[np.uint8]:
        """Text as strings (n, L) of letter numbers, the inverse of `texts`; ``_`` and ``?`` are hidden letters, as in the
        patterns of ``inpaint``. Raises BadInput for letters that the data have not, and for a run on other data.
        """
        alphabet, hidden = self._alphabet(), HIDDEN + "?"
        try:
            rows = [pattern_of(t, alphabet, self.shape[0])[0] if set(t) & set(hidden) else
                    numbers_of(t, alphabet, self.shape[0]) for t in texts]  # fmt: skip
        except ValueError as error:
            raise BadInput(str(error)) from None
        return np.array(rows, np.uint8)

    def _alphabet(self) -> tuple[str, ...]:
        if self._opened.info.kind != "strings":
            raise BadInput(f"This run is on {self._opened.info.kind}, not on strings.")
        return self._opened.info.alphabet

    def log_density(self, x: ArrayLike, *, label: LabelLike = None) -> NDArray[np.float64]:
        """Nats (n,) of examples in data units, of the kind that `density_kind` says. Raises BadInput where there is none."""
        asked = m.DensityQuery(self._job.name, np.asarray(x), next(self._tickets), self._label(label))
        return np.asarray(self._job.ask(asked, m.Densities).values, np.float64)

    def encode(self, x: ArrayLike, *, label: LabelLike = None) -> NDArray[np.float32]:
        """Latents (n, k) of examples, by the encoder or else by a search. Raises BadInput where there is neither."""
        asked = m.EncodeExamples(self._job.name, np.asarray(x), next(self._tickets), self._label(label))
        return np.asarray(self._job.ask(asked, m.EncodedExamples).latents, np.float32)

    def decode(self, z: ArrayLike, *, label: LabelLike = None) -> NDArray[Any]:
        """Examples of latents (n, k). Raises BadInput where the model has none, or others."""
        asked = m.DecodeLatents(self._job.name, np.asarray(z, np.float32), next(self._tickets), self._label(label))
        return np.asarray(self._job.ask(asked, m.DecodedLatents).examples)

    def translate(self, x: ArrayLike, *, back: bool = False) -> NDArray[Any]:
        """Examples of the source carried to the data, or with ``back`` the other way, of the same form as ``x``.

        Raises BadInput where samples start from noise.
        """
        asked = m.Translate(self._job.name, np.asarray(x), next(self._tickets), back)
        return np.asarray(self._job.ask(asked, m.TranslatedExamples).examples)

    def inpaint(
        self,
        image: ArrayLike,
        mask: ArrayLike,
        n: int = 4,
        *,
        seed: int = 0,
        method: str | None = None,
        label: LabelLike = None,
    ) -> NDArray[Any]:
        """Answers (n, ...) that agree with ``image``, of `shape`, where ``mask`` is 0, and are generated where it is 1.

        Known pixels come back bit-identical. ``mask`` is (H, W), or (2,) for a point. ``method`` None takes the most careful.
        Raises BadInput for another shape, and where the family has no way to fill a mask.
        """
        careful = self._opened.info.careful("mask")
        chosen = method or (None if careful is None else careful.name)
        asked = m.Fill(self._job.name, np.asarray(image), np.asarray(mask, np.float32), n, seed, next(self._tickets), chosen,
                       label=self._label(label), live=False, keep=False)  # fmt: skip
        return np.asarray(self._job.ask(asked, m.Filled).x)

    def evaluate(self, *measures: str, against: ArrayLike | None = None) -> dict[str, MeasuredValue]:
        """Every measure that applies, or those that are named, on held-out data or ``against`` other examples."""
        other = None if against is None else np.asarray(against)
        asked = m.MeasureNow(self._job.name, next(self._tickets), other, measures)
        told = self._job.ask(asked, m.Measured)
        return {
            name: MeasuredValue(
                _number(v["value"]), _number(v["error"]), v["floor"], told.units.get(name, ""), told.said.get(name, "")
            )
            for name, v in told.values.items()
        }

    def save(self, path: str | Path) -> Path:
        """Write a ``.dgm`` that the window, the command line and `open` read. Raises Failure where that is not possible."""
        saved = self._job.ask(m.Save(self._job.name, Path(path).absolute()), m.Saved)
        self._step = saved.step
        return Path(saved.path)

    def export(self, path: str | Path, form: m.ExportForm | None = None) -> tuple[Path, ...]:
        """Write the model for other programs; returns all files that were written, ``path`` first.

        Args:
            path: a ``.safetensors`` (weights, the settings in the metadata), ``.py`` (one file that draws the same samples with
                torch and numpy alone, the weights beside it) or ``.onnx`` (the graph of a step, its loop beside it).
            form: "safetensors", "standalone" or "onnx", where the ending does not say.

        Raises:
            BadInput: another ending, and a model that has no such form, with the reason.
        """
        target = Path(path).absolute()
        by_ending = (f for f, ending in m.EXPORT_ENDINGS.items() if ending == target.suffix.lower())
        chosen = form or next(by_ending, None)
        if chosen is None:
            raise BadInput(f"{target.name} ends in none of {', '.join(m.EXPORT_ENDINGS.values())}. Name it so.")
        asked = m.ExportModel(self._job.name, chosen, target, next(self._tickets))
        return self._job.ask(asked, m.ExportedModel).paths

    # --- in a notebook ----------------------------------------------------------------------------------------------------

    def __repr__(self) -> str:
        return f"Run({self.family!r} on {self._opened.spec.data.label!r}, {self.step:,} steps)"

    def to_html(self) -> str:
        """A figure with samples and a line of what it is, as a notebook shows it."""
        said = html.escape(f"{self._opened.info.data_title} · {self.family} · {self.step:,} steps")
        image = base64.b64encode(self.to_png()).decode()
        return (
            f'<figure><img alt="samples" src="data:image/png;base64,{image}"><figcaption>{said}</figcaption></figure>'
        )

    def to_png(self) -> bytes:
        """Samples as a picture: points as dots, images as tiles, strings as lines, sounds as waves."""
        from dgm_studio.api.picture import drawn, listed, waves

        found = io.BytesIO()
        if self._opened.info.kind == "strings":
            listed(self.texts(self.sample(_LINES))).save(found, "PNG")
            return found.getvalue()
        if self._opened.info.kind == "sounds":
            waves(self.sample(_WAVES)).save(found, "PNG")
            return found.getvalue()
        drawn(self.sample(_SHOWN if len(self.shape) == 1 else _TILES)).save(found, "PNG")
        return found.getvalue()

    _repr_html_, _repr_png_ = to_html, to_png

    def _label(self, label: LabelLike) -> Label:
        """The number of a class, or values of a context. Raises BadInput for what there is not."""
        if label is None or isinstance(label, tuple):
            return label
        slots = self._opened.info.slots
        if slots:
            try:
                return checked(tuple(label.items()), slots) if isinstance(label, Mapping) else parsed(str(label), slots)
            except ValueError as error:
                raise BadInput(str(error)) from None
        if isinstance(label, Mapping):
            raise BadInput("This run has learned no context, so nothing of it can be given.")
        if str(label) in self.classes:
            return self.classes.index(str(label))
        if isinstance(label, int) and 0 <= label < len(self.classes):
            return label
        raise BadInput(f"There is no class {label!r}. There is {', '.join(self.classes) or 'none'}.")


def _number(value: float | None) -> float:
    return float("nan") if value is None else value
