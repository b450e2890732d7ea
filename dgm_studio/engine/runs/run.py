"""A run: one model on one data set. Lives in the engine and nowhere else.

It holds what the run *is*: its spec and what that comes to on these data, the data and their units, its name and its place. Its
`Trainer` learns, and what people look at is `Shown`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from dgm_studio.completion import complete
from dgm_studio.contract import (
    DataSet,
    ExamplePool,
    Family,
    Method,
    Model,
    Sampler,
    Settings,
    Steer,
    Training,
    Units,
    rng_for,
)
from dgm_studio.contract.context import from_values
from dgm_studio.evaluation.shared.features import FeatureNet
from dgm_studio.language import tr
from dgm_studio.nets.discriminative import DataClassifier
from dgm_studio.nets.mlp import Mlp
from dgm_studio.nets.posterior import Posterior
from dgm_studio.protocol.context import Label, checked
from dgm_studio.protocol.messages import Array, Extent
from dgm_studio.protocol.sounds import LOUDEST
from dgm_studio.protocol.spec import Change, RunSpec, least_work

from .. import catalogue, devices
from ..errors import UserError
from .apportioning import class_numbers
from .ends import between
from .feeder import Feeder
from .provenance import mark_of
from .shown import Shown
from .trainer import Trainer

_BUILD = 1
_TASKS = {"mask": "fill a mask", "strokes": "turn strokes into a picture", "observation": "restore a measurement"}


def learns_classes(wanted: bool, family: Family, data: DataSet) -> bool:
    """Whether a model learns p(x | y) of classes or a context: where it is wanted and there are any, and always in a family
    that is nothing without them; never in one that cannot.
    """
    if not data.spec.given_size:
        return False
    whole, without = (family.refuses(spec) is None for spec in (data.spec.conditional(), data.spec.without_classes()))
    return wanted if whole == without else whole


class Run:
    """``asked`` is the spec as it was asked for, ``spec`` with every value in use. Raises UserError, UnknownName,
    pydantic.ValidationError.

    ``event_spec`` says what the model learns of the data, ``recipe`` what its family advises for them; ``features``,
    ``classifiers`` and ``regression`` were learned from the data. ``remark`` says why a run that is not ``trainable`` is
    none; ``place`` is the file it is kept in when another takes its place, if any.
    """

    def __init__(
        self, name: str, spec: RunSpec, data: DataSet, units: Units | None = None, source: DataSet | None = None
    ) -> None:
        self.name = name
        self.place: Path | None = None
        self.rehearsed_as = ""
        """What it is opened as, where that is remembered to be opened again."""
        self.data, self.source = data, source
        self.units = units or Units.of(data)
        self.features: FeatureNet | None = None
        self.classifiers: dict[str, DataClassifier] = {}
        self.regression: Mlp | None = None
        self.posteriors: dict[float, Posterior] = {}
        self.remark = ""
        self._mark: str | None = None
        device = devices.resolve(spec.device)
        self.family: Family = catalogue.named(catalogue.families(), spec.family, "family")
        self.conditional = learns_classes(spec.conditional, self.family, data)
        self.event_spec = data.spec.conditional() if self.conditional else data.spec.without_classes()
        if source is not None:
            self.event_spec = between(self.event_spec, data, source, self.units)
        reason = self.family.refuses(self.event_spec)
        if reason is not None:
            raise UserError(
                tr(
                    "{title} cannot be trained on {name}: {reason}",
                    title=self.family.title,
                    name=data.name,
                    reason=reason,
                )
            )
        self.recipe = self.family.recipe(self.event_spec, device)
        self.config: Settings = self.family.Config(**{**self.recipe.config, **spec.config})
        self.asked = self.spec = spec
        self._begin(device, self._training(spec))
        self.resample(spec)

    def _begin(self, device: torch.device, settings: Training) -> None:
        """A model that has learned nothing, and nothing shown of it yet."""
        self.trainer = Trainer(
            self._build(device, settings),
            self._feeder(device),
            settings,
            device,
            seed=self.asked.seed,
            diverged_beyond=self.family.diverged_beyond,
        )
        self.shown = Shown(self.trainer, self.event_spec, lambda: self._build(self.device, self.trainer.settings))

    def _build(self, device: torch.device, settings: Training) -> Model:
        model = self.family.build(self.config, self.event_spec, rng_for(self.asked.seed, _BUILD))
        model.to(device)
        model.retune(settings)
        return model

    def _feeder(self, device: torch.device) -> Feeder:
        return Feeder(self.data, self.units, device, self.asked.seed, self.event_spec)

    def _training(self, spec: RunSpec) -> Training:
        return Training(**{**self.recipe.training.model_dump(), **spec.training})

    # --- what it is ------------------------------------------------------------------------------------------------

    @property
    def device(self) -> torch.device:
        return self.trainer.device

    @property
    def step(self) -> int:
        """How many steps it has trained."""
        return self.trainer.step

    @property
    def trainable(self) -> bool:
        """Whether its data are here, and not only some examples that stand for them."""
        return not self.remark

    @property
    def mark(self) -> str:
        """What tells later whether a file still holds the data; empty for data that are no file's."""
        if self._mark is None:
            choice = self.asked.data
            self._mark = "" if choice.path is None else mark_of(self.data, own_classes=not choice.clusters)
        return self._mark

    def stand_in(self, mark: str, remark: str) -> None:
        """The examples that are here only stand for the data of that mark: the run cannot be trained, for the reason given."""
        self._mark, self.remark = mark, remark

    def anew(self, name: str) -> Run:
        """Another run of the same spec on the same data, which has learned nothing."""
        fresh = Run(name, self.asked, self.data, self.units, self.source)
        fresh.features, fresh._mark, fresh.remark = self.features, self._mark, self.remark
        return fresh

    def branched(self, name: str) -> Run:
        """Another run that goes on from the step that is shown. Raises UserError when that is the live one."""
        rewound, trained = self.shown.rewound, self.trainer
        if rewound is None:
            raise UserError(
                tr("Choose an earlier step on the history slider first; then training can go on from there.")
            )
        branch = self.anew(name)
        branch.trainer.adopt(rewound.step, trained.seconds * rewound.step / max(1, trained.step), rewound.full())
        branch.trainer.recorder = trained.recorder.until(rewound.step)
        branch.trainer.phase = "paused"
        return branch

    @property
    def worth_keeping(self) -> bool:
        """Whether anything is lost with it."""
        return self.place is not None and self.trainer.learns and self.step > 0

    def set_aside(self) -> None:
        """Rest, and let go of what can be made again."""
        self.trainer.read()
        self.trainer.phase = "paused"
        self.shown.let_go()

    # --- changes of its spec ---------------------------------------------------------------------------------------

    def work_for(self, spec: RunSpec) -> Change:
        """The least work that makes it a run of ``spec``. A wish for classes that changes nothing asks for none."""
        if learns_classes(spec.conditional, self.family, self.data) == self.conditional:
            return least_work(self.asked.with_(conditional=spec.conditional), spec)
        return least_work(self.asked, spec)

    def resample(self, spec: RunSpec) -> None:
        """Take over sampling settings. Raises UnknownName, UserError, pydantic.ValidationError; then nothing changed."""
        self._take_over(spec, self.trainer.settings)

    def retune(self, spec: RunSpec) -> None:
        """Take over training and sampling settings. Raises as `resample`, and then nothing changed."""
        settings = self._training(spec)
        self._take_over(spec, settings)
        self.trainer.retune(settings)

    def _take_over(self, spec: RunSpec, settings: Training) -> None:
        abilities = complete(self.trainer.model.abilities(), self.event_spec)
        wanted = spec.sampling
        name = wanted.sampler or self.recipe.sampler or next(iter(abilities.samplers))
        sampler: Sampler = catalogue.named(dict(abilities.samplers), name, "sampler")
        recipe_knobs = self.recipe.knobs if name == (self.recipe.sampler or next(iter(abilities.samplers))) else {}
        knobs = sampler.Knobs(**{**recipe_knobs, **wanted.knobs})
        self.check_label(wanted.label)
        self.asked = spec
        self.knobs = knobs
        self.sampler_name = name
        self.spec = spec.with_(
            conditional=self.conditional,
            config=self.config.model_dump(mode="json"),
            training=settings.model_dump(mode="json"),
            sampling={**wanted.model_dump(), "sampler": name, "knobs": knobs.model_dump(mode="json")},
        )

    def move(self, spec: RunSpec) -> None:
        """Go to another device and take over the other settings. Raises DeviceError or as `retune`."""
        device = devices.resolve(spec.device)
        self.retune(spec)
        if device != self.device:
            self.trainer.move(device, self._feeder(device))
            self.shown.move()

    def fall_back(self) -> None:
        """Go on on the CPU from the newest snapshot, without reading anything from the device. Training is paused."""
        lost = self.trainer
        self.features = None
        self._begin(torch.device("cpu"), lost.settings)
        self.trainer.follow(lost)
        self.retune(self.asked.with_(device="cpu"))

    def halve_batch(self) -> bool:
        """Train on with half the batch, after memory ran out; False when it is as small as it gets."""
        half = self.trainer.settings.batch // 2
        if half < 8:
            return False
        self.trainer.forget_unread()
        self.retune(self.asked.with_(training={**self.asked.training, "batch": half}))
        return True

    @property
    def goal(self) -> DataSet:
        """Where samples end: at the data, or at the source where they go back to it."""
        return self.source if self.source is not None and self._backwards else self.data

    @property
    def origin(self) -> ExamplePool | None:
        """What samples start from where that is not noise."""
        return self.event_spec.target if self._backwards else self.event_spec.source

    @property
    def _backwards(self) -> bool:
        return self.source is not None and getattr(self.knobs, "direction", "") == "back"

    # --- drawing from it -------------------------------------------------------------------------------------------

    def steer(self, n: int) -> Steer:
        """The person's sampling settings as they are now, for n samples."""
        sampling = self.asked.sampling
        return Steer(self.knobs, sampling.temperature, self.labels(n, sampling.label))

    def sampler(self, frozen: str = "") -> Sampler:
        """The sampler in use, of the shown model or of the copy ``frozen`` for a kind of work."""
        abilities = self.shown.frozen(frozen) if frozen else self.shown.abilities()
        return abilities.samplers[self.sampler_name]

    def method(self, name: str | None, condition: str = "mask") -> tuple[str, Method]:
        """A method of meeting a condition by name, or the first. Raises UserError or UnknownName."""
        methods = {k: w for k, w in self.shown.abilities().methods.items() if w.condition == condition}
        if not methods:
            raise UserError(
                tr(
                    "{title} has no way to {tasks}. Choose another family.",
                    title=self.family.title,
                    tasks=_TASKS[condition],
                )
            )
        key = name or next(iter(methods))
        return key, catalogue.named(methods, key, f"method to {_TASKS[condition]}:")

    def labels(self, n: int, label: Label) -> Tensor | None:
        """Class numbers for n samples: all the same, or, when none is asked for, as often as in the data. Of a run with a
        context (n, width), in which what is not asked for is free.
        """
        spec = self.event_spec
        if spec.context:
            given = from_values(spec.context, () if label is None or isinstance(label, int) else label)
            return given.expand(n, -1).to(self.device)
        if not spec.classes:
            return None
        asked = label if isinstance(label, int) else None
        return class_numbers(n, asked, spec, self.data.train.label).to(self.device)

    def undecided(self, n: int, label: Label) -> Tensor | None:
        """Labels for n answers to a condition: those asked for, else -1 and free slots, so that the method finds its own."""
        labels = self.labels(n, label)
        if label is None and labels is not None and not self.event_spec.context:
            return torch.full_like(labels, -1)
        return labels

    def truth(self, label: Label = None) -> Callable[[Tensor], Tensor] | None:
        """The data's own log-density of points (n, 2) in data units, under the values of a context where some are asked for."""
        exact = self.data.log_density_given
        if exact is None or label is None or not self.event_spec.context:
            return self.data.log_density
        given = self.labels(1, label)
        assert given is not None
        context = given.cpu()
        return lambda x: exact(x, context.expand(len(x), -1))

    def check_label(self, label: Label) -> None:
        """Raises UserError when a class, or values of a context, cannot be asked for."""
        if label is None:
            return
        classes, context = self.event_spec.classes, self.event_spec.context
        if not isinstance(label, int):
            if not context:
                raise UserError(
                    tr(
                        "This {title} run has learned no context, so nothing of it can be given.",
                        title=self.family.title,
                    )
                )
            try:
                checked(label, context)
            except ValueError as error:
                raise UserError(str(error)) from None
            return
        if not classes:
            raise UserError(
                tr(
                    "This {title} run is not conditional on classes, so no class can be asked for.",
                    title=self.family.title,
                )
            )
        if not 0 <= label < len(classes):
            raise UserError(
                tr(
                    "There is no class number {label}; there are 0 to {classes} ({names}).",
                    label=label,
                    classes=len(classes) - 1,
                    names=", ".join(classes[:12]),
                )
            )

    # --- its data and units ----------------------------------------------------------------------------------------

    def tensor(self, a: Array) -> Tensor:
        """One event or a batch of them, as people see them, in model units on the device.

        Raises UserError for another shape, and for points that are not finite.
        """
        spec = self.event_spec
        shape = (
            (spec.event[1:] if spec.event[0] == 1 else (*spec.event[1:], spec.event[0]))
            if spec.is_image
            else spec.event
            if spec.data_kind == "paths"
            else spec.event[-1:]
        )
        a = np.asarray(a)
        if a.shape == tuple(shape):
            a = a[None]
        if a.shape[1:] != tuple(shape):
            raise UserError(
                tr(
                    "This model knows examples of shape {tuple}; this one has shape {shape}.",
                    tuple=tuple(shape),
                    shape=a.shape,
                )
            )
        if spec.alphabet and not ((a >= 0) & (a <= spec.hidden_letter)).all():
            raise UserError(
                tr(
                    "The letters of these strings are the numbers 0 to {alphabet}; some are others.",
                    alphabet=len(spec.alphabet) - 1,
                )
            )
        if spec.is_sound and (a.dtype.kind not in "iu" or np.abs(a.astype(np.int64)).max(initial=0) > LOUDEST):
            raise UserError(
                tr(
                    "Samples of a sound are whole numbers of 16 bits, from {loudest} to {loudest_2}; these are not.",
                    loudest=-LOUDEST,
                    loudest_2=LOUDEST - 1,
                )
            )
        if not spec.is_image and not np.isfinite(a).all():
            strange = a[~np.isfinite(a).reshape(len(a), -1).all(1)][0]
            raise UserError(
                tr("A point has a coordinate that is not finite: {strange}. Leave it out.", strange=strange)
            )
        return self.units.tensor(a, spec).to(self.device)

    def log_volume(self) -> float:
        return self.units.log_volume(self.event_spec.size)

    def extent(self) -> Extent | None:
        """Where the points lie, with a margin of an eighth; None for what is not points."""
        if self.event_spec.data_kind != "points":
            return None
        both = (self.data,) if self.source is None else (self.data, self.source)
        x = torch.cat([data.train.x[:8192].double() for data in both])
        low, high = torch.quantile(x, torch.tensor([0.001, 0.999], dtype=torch.double), dim=0)
        step = torch.tensor(self.units.step, dtype=torch.double)
        pad = ((high - low) / step).max() / 8 * step
        (left, low_y), (right, high_y) = (low - pad).tolist(), (high + pad).tolist()
        return (left, right, low_y, high_y)
