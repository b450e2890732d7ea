"""A run: one model on one data set, with all that belongs to it. Lives in the engine and nowhere else.

Training goes step by step and keeps losses as tensors until they are read; the state of the last good moment is kept,
so that a loss that is no longer a number costs seconds, not the run.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from dgm_studio.completion import complete
from dgm_studio.contract import (
    Abilities,
    DataSet,
    Family,
    Model,
    Sampler,
    Settings,
    Steer,
    Training,
    Units,
    Way,
    rng_for,
)
from dgm_studio.evaluation.shared.features import FeatureNet
from dgm_studio.protocol.messages import Array, Extent, Phase
from dgm_studio.protocol.spec import Change, RunSpec, least_work

from .. import catalogue, devices
from ..errors import UserError
from ..jobs.codes import CodePlane
from .apportioning import apportioned
from .feeder import Feeder
from .provenance import mark_of
from .recorder import Recorder, Snapshot, to_sample
from .safekeeping import Safekeeping
from .trajectories import TrajectoryCache

_BUILD, _STEP, _LABELS = 1, 2, 3
_TASKS = {"mask": "fill a mask", "strokes": "turn strokes into a picture", "observation": "restore a measurement"}


class Diverged(ArithmeticError):
    """The loss is no longer a number, or beyond all bounds. ``step`` is the first such step."""

    def __init__(self, step: int, loss: float = math.nan) -> None:
        what = "is not a number" if not math.isfinite(loss) else f"has reached {loss:.3g}"
        super().__init__(f"the loss {what} since step {step:,}")
        self.step = step


def learns_classes(wanted: bool, family: Family, data: DataSet) -> bool:
    """Whether a model learns p(x | y): where it is wanted and there are classes, and always in a family that is nothing
    without them; never in one that cannot.
    """
    if not data.spec.classes:
        return False
    whole, without = (family.accepts(spec) is None for spec in (data.spec, data.spec.without_classes()))
    return wanted if whole == without else whole


class Run:
    """``spec`` is resolved: it holds every value in use. Raises Refused, UnknownName, pydantic.ValidationError.

    ``portion`` is how many samples are drawn at once and ``chunk`` of how many the density is computed at once: few
    enough for slices of some milliseconds on the CPU, and fewer after memory ran out. What is kept beside: ``features``
    learned from the data, the points ``drawn`` last, ``rounds`` of measuring, the ``reference`` likelihoods of held-out
    examples, the ``code_plane`` that was shown last, and the newest ``answers`` with their frames. ``remark`` says why a run
    that is not ``trainable`` is none; ``place`` is the file it is kept in when another takes its place, if any.
    """

    def __init__(self, name: str, spec: RunSpec, data: DataSet, units: Units | None = None) -> None:
        self.name = name
        self.data = data
        self.device = devices.resolve(spec.device)
        self.family: Family = catalogue.named(catalogue.families(), spec.family, "family")
        self.conditional = learns_classes(spec.conditional, self.family, data)
        self.event_spec = data.spec if self.conditional else data.spec.without_classes()
        reason = self.family.accepts(self.event_spec)
        if reason is not None:
            raise UserError(f"{self.family.title} cannot be trained on {data.name}: {reason}")
        self.recipe = self.family.recipe(self.event_spec, self.device)
        self.units = units or Units.of(data)
        self.config: Settings = self.family.Config(**{**self.recipe.config, **spec.config})
        self.training = Training(**{**self.recipe.training.model_dump(), **spec.training})
        self.asked = spec
        self.spec = spec
        self.phase: Phase = "ready"
        self.steps_left: int | None = None
        self.seconds_left: float | None = None
        self.rewound: Snapshot | None = None
        self.announce = False
        self.trainable = True
        self.remark = ""
        self.place: Path | None = None
        self._mark: str | None = None
        self.version = 0
        self.features: FeatureNet | None = None
        self._size_portions()
        self._fresh_start()
        self.resample(spec)

    def _size_portions(self) -> None:
        cpu = self.device.type == "cpu"
        self.portion = (64 if cpu else 1024) if self.event_spec.is_image else (4096 if cpu else 20000)
        self.chunk = 512

    # --- building --------------------------------------------------------------------------------------------------

    def _build(self) -> Model:
        model = self.family.build(self.config, self.event_spec, rng_for(self.asked.seed, _BUILD))
        model.to(self.device)
        model.retune(self.training)
        return model

    def _fresh_start(self) -> None:
        self.model = self._build()
        self.version += 1
        self.step = 0
        self.seconds = 0.0
        self.recorder = Recorder()
        self._pending: list[Mapping[str, Tensor]] = []
        self._shown: Model | None = None
        self._copies: dict[str, Model] = {}
        self.rewound = None
        self.reference: tuple[tuple[int, int], Tensor] | None = None
        self.rounds = 0
        self.drawn: Array | None = None
        self.passes: dict[tuple[str, Settings, bool], int] = {}
        self.code_plane: CodePlane | None = None
        self.answers = TrajectoryCache()
        self.good: Safekeeping | None = None
        self._feed()

    def _feed(self) -> None:
        self.feeder = Feeder(
            self.data, self.units, self.device, self.asked.seed, labelled=bool(self.event_spec.classes)
        )

    @property
    def mark(self) -> str:
        """What tells later whether a file still holds the data; empty for data that are no file's."""
        if self._mark is None:
            choice = self.asked.data
            self._mark = "" if choice.path is None else mark_of(self.data, own_classes=not choice.clusters)
        return self._mark

    def stand_in(self, mark: str, remark: str) -> None:
        """The examples that are here only stand for the data of that mark: the run cannot be trained, for the reason given."""
        self._mark, self.remark, self.trainable = mark, remark, False

    def anew(self, name: str) -> Run:
        """Another run of the same spec on the same data, which has learned nothing."""
        fresh = Run(name, self.asked, self.data, self.units)
        fresh.features, fresh._mark = self.features, self._mark
        fresh.remark, fresh.trainable = self.remark, self.trainable
        return fresh

    def retune(self, spec: RunSpec) -> None:
        """Take over training and sampling settings. Raises as `resample`, and then nothing changed."""
        training = Training(**{**self.recipe.training.model_dump(), **spec.training})
        before, self.training = self.training, training
        try:
            self.resample(spec)
        except Exception:
            self.training = before
            raise
        self.model.retune(training)

    def work_for(self, spec: RunSpec) -> Change:
        """The least work that makes it a run of ``spec``. A wish for classes that changes nothing asks for none."""
        if learns_classes(spec.conditional, self.family, self.data) == self.conditional:
            return least_work(self.asked.with_(conditional=spec.conditional), spec)
        return least_work(self.asked, spec)

    def resample(self, spec: RunSpec) -> None:
        """Take over sampling settings. Raises UnknownName, Refused, pydantic.ValidationError; then nothing changed."""
        able = complete(self.model.abilities(), self.event_spec)
        wanted = spec.sampling
        name = wanted.sampler or self.recipe.sampler or next(iter(able.samplers))
        sampler: Sampler = catalogue.named(dict(able.samplers), name, "sampler")
        recipe_knobs = self.recipe.knobs if name == (self.recipe.sampler or next(iter(able.samplers))) else {}
        knobs = sampler.Knobs(**{**recipe_knobs, **wanted.knobs})
        if wanted.label is not None:
            self.check_label(wanted.label)
        self.asked = spec
        self.knobs = knobs
        self.sampler_name = name
        self.spec = spec.with_(
            conditional=self.conditional,
            config=self.config.model_dump(mode="json"),
            training=self.training.model_dump(mode="json"),
            sampling={**wanted.model_dump(), "sampler": name, "knobs": knobs.model_dump(mode="json")},
        )

    def move(self, spec: RunSpec) -> None:
        """Go to another device and take over the other settings. Raises DeviceError or as `retune`."""
        device = devices.resolve(spec.device)
        self.retune(spec)
        if device == self.device:
            return
        self.model.to(device)
        self.device = device
        self.good = None
        self.rewind(None)
        self._feed()

    def fall_back(self) -> None:
        """Go on on the CPU from the newest snapshot, without reading anything from the device. Training is paused."""
        recorder, seconds = self.recorder, self.seconds
        self.device = torch.device("cpu")
        self.features = None
        self._fresh_start()
        if recorder.snapshots:
            newest = recorder.snapshots[-1]
            self.model.load_state_dict(newest.full())
            self.recorder, self.step, self.seconds = recorder, newest.step, seconds
            recorder.cut(newest.step)
        self.phase = "paused" if self.step else "ready"
        self.steps_left = self.seconds_left = None
        self._size_portions()
        self.retune(self.asked.with_(device="cpu"))

    def check_label(self, label: int) -> None:
        """Raises Refused when a class cannot be asked for."""
        classes = self.event_spec.classes
        if not classes:
            raise UserError(
                f"This {self.family.title} run is not conditional on classes, so no class can be asked for."
            )
        if not 0 <= label < len(classes):
            raise UserError(
                f"There is no class number {label}; there are 0 to {len(classes) - 1} ({', '.join(classes[:12])})."
            )

    # --- training --------------------------------------------------------------------------------------------------

    def train_for(self, seconds: float) -> None:
        """Train whole steps until about ``seconds`` have passed or the budget is spent. Raises Diverged."""
        if self.good is None:
            self.good = Safekeeping(self.step, self._safe_state(), self.seconds)
        model, feeder, batch, device = self.model, self.feeder, self.training.batch, self.device
        seed = self.asked.seed
        begin = now = time.perf_counter()
        end = begin + min(seconds, self.seconds_left if self.seconds_left is not None else seconds)
        budget = self.steps_left if self.steps_left is not None else 1 << 30
        done = 0
        while done < budget and (now < end or done == 0):
            examples = feeder.batch(self.step, batch)
            self._pending.append(model.train_step(examples, rng_for(seed, _STEP, self.step, device=device)))
            self.step += 1
            done += 1
            now = time.perf_counter()
        self.seconds += now - begin
        if self.steps_left is not None:
            self.steps_left -= done
        if self.seconds_left is not None:
            self.seconds_left -= now - begin
        if device.type == "cpu" or len(self._pending) >= 32 or self.spent:
            self.read_losses()

    @property
    def spent(self) -> bool:
        """Whether the steps or seconds asked for are used up."""
        return (self.steps_left is not None and self.steps_left <= 0) or (
            self.seconds_left is not None and self.seconds_left <= 0
        )

    def read_losses(self) -> None:
        """Take the losses of the last steps from the device, record them, keep snapshots. Raises Diverged."""
        if not self._pending:
            return
        first = self.step - len(self._pending)
        names = list(self._pending[0])
        numbers = [row[name] for row in self._pending for name in names]
        self._pending = []
        if self.device.type == "cpu":  # one by one costs a tenth of stacking them first
            rows = np.array([n.item() for n in numbers], np.float64).reshape(-1, len(names))
        else:
            rows = torch.stack([n.detach().float() for n in numbers]).cpu().numpy().reshape(-1, len(names))
        loss = rows[:, names.index("loss")]
        bad = np.flatnonzero(~np.isfinite(rows).all(1) | (np.abs(loss) > self.family.diverged_beyond))
        for i, row in enumerate(rows[: bad[0]] if bad.size else rows):
            self.recorder.loss(first + i + 1, dict(zip(names, row.tolist(), strict=True)))
        if bad.size:
            at = int(bad[0])
            raise Diverged(first + at + 1, float(loss[at]))
        assert self.good is not None  # there is none only before training has begun
        self.good.saw(loss.tolist())
        if self.recorder.wants_snapshot(self.step, self.seconds):
            self.recorder.keep(self.step, self.model.state_dict(), self.seconds)
        self.good.offer(self.step, self.seconds, self._safe_state)

    def _safe_state(self) -> dict[str, Tensor]:
        """Weights alone: after what went wrong an optimiser had better begin afresh."""
        return to_sample(self.model.state_dict())

    def restore_good(self) -> int:
        """Go back to the last good state; returns its step."""
        assert self.good is not None
        self._pending = []
        self.model.load_state_dict(self.good.state)
        self.step = self.good.step
        self.version += 1
        self.recorder.cut(self.step)
        self.good = Safekeeping(self.step, self.good.state, self.seconds)
        return self.step

    def adopt(self, step: int, seconds: float, state: Mapping[str, Tensor]) -> None:
        """Take over saved weights. Raises ValueError naming a tensor that does not fit."""
        self.model.load_state_dict({k: v.to(self.device) for k, v in state.items()})
        self.step, self.seconds = step, seconds
        self.version += 1
        self.good = None
        if self.device.type != "cpu":  # where it can be read even when the device no longer answers
            self.recorder.keep(step, state)

    def halve_batch(self) -> bool:
        """Train on with half the batch, after memory ran out; False when it is as small as it gets."""
        half = self.training.batch // 2
        if half < 8:
            return False
        self._pending = []
        self.retune(self.asked.with_(training={**self.asked.training, "batch": half}))
        return True

    def halve_portions(self) -> None:
        """Sample and evaluate fewer examples at once, after memory ran out."""
        self.portion, self.chunk = max(1, self.portion // 2), max(1, self.chunk // 2)

    # --- history ---------------------------------------------------------------------------------------------------

    def rewind(self, step: int | None) -> None:
        """Show the nearest kept step instead of the live model; None shows the live one."""
        self.rewound = None if step is None else self.recorder.nearest(step)
        self.version += 1
        if self.rewound is None:
            self._shown = None
            return
        if self._shown is None:
            self._shown = self._build()
        self._shown.load_state_dict(self.rewound.full())

    def branched(self, name: str) -> Run:
        """Another run that goes on from the step that is shown. Raises Refused when that is the live one."""
        if self.rewound is None:
            raise UserError("Choose an earlier step on the history slider first; then training can go on from there.")
        branch, step = self.anew(name), self.rewound.step
        branch.adopt(step, self.seconds * step / max(1, self.step), self.rewound.full())
        branch.recorder = self.recorder.until(step)
        branch.phase = "paused"
        return branch

    @property
    def worth_keeping(self) -> bool:
        """Whether anything is lost with it."""
        return self.place is not None and self.learns and self.step > 0

    def set_aside(self) -> None:
        """Rest, and let go of what can be made again."""
        self.read_losses()
        self.rewind(None)
        self.phase, self.announce = "paused", False
        self.steps_left = self.seconds_left = None
        self._copies.clear()
        self.answers = TrajectoryCache()
        self.drawn = self.code_plane = None

    @property
    def size(self) -> int:
        """Number of trainable weights."""
        return sum(p.numel() for p in self.model.parameters())

    @property
    def learns(self) -> bool:
        """Whether there is anything to be learned; a family without weights only takes in its examples."""
        return bool(self.model.parameters())

    # --- using -----------------------------------------------------------------------------------------------------

    @property
    def shown_step(self) -> int:
        return self.rewound.step if self.rewound else self.step

    def shown_state(self) -> dict[str, Tensor]:
        """The weights that are shown: live, or as they were."""
        return self.rewound.full() if self.rewound else self.model.state_dict()

    def able(self) -> Abilities:
        """What the shown model (live, or as it was) can do, and what follows from that."""
        shown = self._shown if self._shown is not None else self.model
        return complete(shown.abilities(), self.event_spec)

    def frozen(self, kind: str) -> Abilities:
        """What the shown model can do as it is now: while it trains, on a copy that does not learn on.

        Work of one kind that goes on for many steps is then of one of them. The copy lasts until the next of its kind.
        """
        if self._shown is not None or self.phase != "training":
            return self.able()
        with torch.inference_mode(False):  # its weights will be differentiated through
            if kind not in self._copies:
                self._copies[kind] = self._build()
            copy = self._copies[kind]
            copy.load_state_dict(to_sample(self.model.state_dict()))
        return complete(copy.abilities(), self.event_spec)

    def labels(self, n: int, label: int | None) -> Tensor | None:
        """Class numbers for n samples: all the same, or, when none is asked for, as often as in the data.

        Pictures come in order of their class, so that a mosaic reads row by row.
        """
        if not self.event_spec.classes:
            return None
        if label is not None:
            return torch.full((n,), label, device=self.device)
        if self.event_spec.is_image:
            return apportioned(n, self.event_spec).to(self.device)
        known = self.data.train.label
        assert known is not None
        return known[torch.randint(len(known), (n,), generator=rng_for(0, _LABELS))].to(self.device)

    def steer(self, n: int) -> Steer:
        """The person's sampling settings as they are now, for n samples."""
        sampling = self.asked.sampling
        return Steer(self.knobs, sampling.temperature, self.labels(n, sampling.label))

    def sampler(self, frozen: str = "") -> Sampler:
        """The sampler in use, of the live model or of the copy ``frozen`` for a kind of work."""
        able = self.frozen(frozen) if frozen else self.able()
        return able.samplers[self.sampler_name]

    def way(self, name: str | None, condition: str = "mask") -> tuple[str, Way]:
        """A way to meet a condition by name, or the first. Raises Refused or UnknownName."""
        ways = {k: w for k, w in self.able().ways.items() if w.condition == condition}
        if not ways:
            raise UserError(f"{self.family.title} has no way to {_TASKS[condition]}. Choose another family.")
        key = name or next(iter(ways))
        return key, catalogue.named(ways, key, f"way to {_TASKS[condition]}:")

    def tensor(self, a: Array) -> Tensor:
        """One event or a batch of them, as people see them, in model units on the device.

        Raises Refused for another shape, and for points that are not finite.
        """
        spec = self.event_spec
        shape = (
            (spec.event[1:] if spec.event[0] == 1 else (*spec.event[1:], spec.event[0]))
            if spec.is_image
            else spec.event
        )
        a = np.asarray(a)
        if a.shape == tuple(shape):
            a = a[None]
        if a.shape[1:] != tuple(shape):
            raise UserError(f"This model knows examples of shape {tuple(shape)}; this one has shape {a.shape}.")
        if not spec.is_image and not np.isfinite(a).all():
            raise UserError(
                f"A point has a coordinate that is not finite: {a[~np.isfinite(a).all(1)][0]}. Leave it out."
            )
        return self.units.tensor(a, spec).to(self.device)

    def log_volume(self) -> float:
        return self.units.log_volume(self.event_spec.size)

    def extent(self) -> Extent | None:
        """Where the points lie, with a margin of an eighth; None for images."""
        if self.event_spec.is_image:
            return None
        x = self.data.train.x
        low, high = torch.quantile(x[:8192].double(), torch.tensor([0.001, 0.999], dtype=torch.double), dim=0)
        step = torch.tensor(self.units.step, dtype=torch.double)
        pad = ((high - low) / step).max() / 8 * step
        (left, low_y), (right, high_y) = (low - pad).tolist(), (high + pad).tolist()
        return (left, right, low_y, high_y)
