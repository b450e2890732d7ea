"""The contract between a generative model and the studio.

Everything the program does with a model goes through the small set of types below. They name no family, no widget and
no file format. A **family** builds a **model** from a config and a **data spec**; a model trains itself one visible step
at a time and states what it can do as data (**abilities**: optional callables, absent is ``None``). Anything that makes
samples, also under a condition, is a **sampler**: ``start`` and ``step`` over an immutable **frame**.

Rules that hold everywhere:

* ``t`` in a frame is progress: 0 at the start (noise), 1 when finished (data).
* Randomness is an argument. Nobody draws from a global generator.
* Work that takes longer than a few milliseconds is a generator (**Work**) that yields between slices, so that the one
  backend thread can look up; ``finish`` runs it at once.
* Densities are in nats. Nothing follows from a bound.
* A mask is 1 where something is to be generated and 0 where it is known and kept bit-identical.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol, TypeVar, runtime_checkable

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor

T = TypeVar("T")
Rng = torch.Generator
Work = Generator[None, None, T]
"""A computation in slices: yields ``None`` between slices of a few milliseconds and returns its result."""

Kind = Literal["real", "binary", "discrete"]
DensityKind = Literal["exact", "lower bound", "estimate", "unnormalised"]
Honesty = Literal["exact", "asymptotic", "heuristic"]


def finish(work: Work[T]) -> T:
    """Run a computation in slices to its end and return its result."""
    while True:
        try:
            next(work)
        except StopIteration as stop:
            result: T = stop.value
            return result


def rng_for(seed: int, *path: int, device: torch.device | str = "cpu") -> Rng:
    """A generator for one purpose, derived from a seed and a path of integers such as (stream, step).

    Equal arguments give equal streams; different paths give independent ones (SplitMix64 mixing of the path).
    """
    state = seed & 0xFFFFFFFFFFFFFFFF
    for part in path:
        state = (state ^ (part & 0xFFFFFFFFFFFFFFFF)) * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF
        state = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9 & 0xFFFFFFFFFFFFFFFF
        state = (state ^ (state >> 27)) * 0x94D049BB133111EB & 0xFFFFFFFFFFFFFFFF
        state ^= state >> 31
    return torch.Generator(device).manual_seed(state & 0x7FFFFFFFFFFFFFFF)


# --- configs and knobs --------------------------------------------------------------------------------------------


class Settings(BaseModel):
    """Base of every config and every set of knobs: immutable, validated, self-describing, refuses unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def knob(
    default: Any,
    low: float | None = None,
    high: float | None = None,
    *,
    help: str,
    title: str | None = None,
    scale: Literal["linear", "log"] = "linear",
    step: float | None = None,
    unit: str = "",
    advanced: bool = False,
    zero: str = "",
) -> Any:
    """A field of a `Settings` class that draws its own form row.

    ``help`` is one sentence on what the value does to the mathematics; ``step`` is the increment of the slider on a
    linear scale; ``advanced`` rows are folded away; ``zero`` is the word shown for 0 where that stands for something
    other than a quantity, such as "auto". Bounds are inclusive and enforced.
    """
    extra: dict[str, Any] = {"scale": scale, "unit": unit, "advanced": advanced}
    if step is not None:
        extra["step"] = step
    if zero:
        extra["zero"] = zero
    return Field(default, ge=low, le=high, title=title, description=help, json_schema_extra=extra)


class Training(Settings):
    """What every trained family shares; recipes choose the values, a person may change them while it trains."""

    batch: int = knob(
        256, 8, 8192, scale="log", help="Examples per step; larger batches give a quieter gradient and slower steps."
    )
    learning_rate: float = knob(
        5e-3, 1e-6, 0.1, scale="log", help="Step size of the optimiser after warm-up, before its slow decay."
    )


@dataclass(frozen=True)
class Recipe:
    """Settings that give a good result fast on one kind of data and device."""

    config: Mapping[str, Any] = field(default_factory=dict)
    """Differences from the config's defaults."""
    training: Training = field(default_factory=Training)
    steps: int = 2000
    """After this many steps the result is good."""
    sampler: str | None = None
    """Name of the sampler to show first; None takes the model's first."""
    knobs: Mapping[str, Any] = field(default_factory=dict)
    """Differences from that sampler's default knobs."""


# --- data ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class DataSpec:
    """What a family is told about the data. Points have event ``(2,)``, images ``(C, H, W)``.

    In model units points have mean 0 and overall standard deviation 1 and pixels lie in [-1, 1].
    ``classes`` is empty where there are no labels or where they shall not be used. ``levels`` is how many grey levels the
    pixels really take: 2 for black and white, 17 for counts of sixteen, 256 for photographs.
    """

    event: tuple[int, ...]
    kind: Kind = "real"
    classes: tuple[str, ...] = ()
    value_range: tuple[float, float] | None = None
    levels: int = 256

    @property
    def is_image(self) -> bool:
        return len(self.event) == 3

    @property
    def size(self) -> int:
        """Numbers in one example."""
        return math.prod(self.event)


@dataclass(frozen=True)
class Batch:
    """Examples: ``x`` (B, *event), ``index`` (B,) into the training set, ``label`` (B,) of class numbers or None."""

    x: Tensor
    index: Tensor
    label: Tensor | None = None

    def __len__(self) -> int:
        return int(self.x.shape[0])

    def take(self, where: Tensor) -> Batch:
        """The examples at the positions ``where`` (k,)."""
        return Batch(self.x[where], self.index[where], None if self.label is None else self.label[where])

    def to(self, device: torch.device) -> Batch:
        return Batch(self.x.to(device), self.index.to(device), None if self.label is None else self.label.to(device))

    @classmethod
    def of(cls, x: Tensor, label: Tensor | None = None) -> Batch:
        """Examples numbered 0, 1, 2, ..."""
        return cls(x, torch.arange(len(x), device=x.device), label)


@dataclass(frozen=True)
class DataSet:
    """Examples in data units (points: float32; images: uint8 (N, C, H, W)), kept apart into training and held-out ones.

    Endless sets give a ``fresh`` function that draws new examples; ``train`` is then one draw for display and for
    families that must remember examples. ``log_density`` maps points (n, 2) in data units to exact nats (n,);
    ``joint_log_density`` maps them to log p(x, y) (n, classes). ``entropy`` is in nats. ``factors`` are the known latent
    variables of the training examples by name (N,). ``problems`` names what was skipped while loading.
    """

    name: str
    spec: DataSpec
    train: Batch
    held_out: Batch
    fresh: Callable[[int, Rng], Batch] | None = None
    log_density: Callable[[Tensor], Tensor] | None = None
    joint_log_density: Callable[[Tensor], Tensor] | None = None
    entropy: float | None = None
    modes: Tensor | None = None
    """Centres of the modes (k, 2) where the density has distinct ones."""
    factors: Mapping[str, Tensor] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class Loading:
    """Progress of loading a data set: ``done`` of ``total`` items (0 when unknown)."""

    done: int
    total: int
    what: str = ""


@dataclass(frozen=True)
class Source:
    """A data set that can be loaded, as the catalogue lists it.

    ``load(params, rng)`` is a generator that yields `Loading` now and then and returns the `DataSet`; it raises
    `DataError` with a sentence that names the file or value and the cure.
    """

    name: str
    title: str
    help: str
    workspace: Literal["2d", "images"]
    Params: type[Settings]
    load: Callable[[Settings, Rng], Generator[Loading, None, DataSet]]


class DataError(ValueError):
    """Data that cannot be used; the message names the file or value and the cure."""


@dataclass(frozen=True)
class Units:
    """The affine map between data units and model units: ``model = (data - shift) / scale``.

    One scalar scale keeps directions; ``shift`` has one entry per coordinate of a point, or one for all pixels.
    """

    shift: tuple[float, ...]
    scale: float
    pixels: bool = False

    @classmethod
    def of(cls, data: DataSet) -> Units:
        """Mean 0 and overall standard deviation 1 for points; [0, 255] to [-1, 1] for pixels."""
        if data.spec.is_image:
            return cls((127.5,), 127.5, pixels=True)
        x = data.train.x.double()
        return cls(tuple(x.mean(0).tolist()), max(float((x - x.mean(0)).square().mean().sqrt()), 1e-12))

    def _shift(self, x: Tensor) -> Tensor | float:
        return self.shift[0] if self.pixels else torch.tensor(self.shift, dtype=x.dtype, device=x.device)

    def to_model(self, x: Tensor) -> Tensor:
        """Data units (n, *event) to model units; uint8 becomes float32."""
        x = x if x.is_floating_point() else x.float()
        return (x - self._shift(x)) / self.scale

    def to_data(self, x: Tensor) -> Tensor:
        """Model units (n, *event) to data units; pixels are rounded and clamped to uint8."""
        y = x * self.scale + self._shift(x)
        return y.round().clamp(0, 255).to(torch.uint8) if self.pixels else y

    def log_volume(self, size: int) -> float:
        """``log p_data(x) = log p_model(z) - log_volume``: the log-determinant of the map to data units."""
        return size * math.log(self.scale)

    def array(self, x: Tensor) -> NDArray[Any]:
        """Model units (n, *event) to what people see: (n, 2) float32, or (n, H, W[, C]) uint8."""
        y = self.to_data(x.detach()).cpu()
        return pictures(y) if self.pixels else y.float().numpy()

    def tensor(self, a: NDArray[Any], spec: DataSpec) -> Tensor:
        """What people see, (n, 2) or (n, H, W[, C]) uint8, to model units (n, *event)."""
        t = torch.tensor(np.ascontiguousarray(a))  # a copy: the array may be read-only or change later
        if spec.is_image:
            t = t.unsqueeze(1) if t.dim() == 3 else t.permute(0, 3, 1, 2)
        else:
            t = t.float()
        return self.to_model(t)


def pictures(x: Tensor) -> NDArray[np.uint8]:
    """uint8 images (n, C, H, W) to an array (n, H, W) for grey or (n, H, W, C) for colour."""
    a = x.permute(0, 2, 3, 1)
    return np.ascontiguousarray((a[..., 0] if a.shape[-1] == 1 else a).numpy())


# --- steering, frames, samplers -----------------------------------------------------------------------------------


class Condition(Protocol):
    """Something asked of a sample, such as a mask over known values. Concrete ones live in ``conditions/``."""

    @property
    def name(self) -> str:
        """``"mask"``, ``"strokes"``, ...: the word a `Way` names to say what it can meet."""
        ...


@dataclass(frozen=True)
class Steer:
    """What a person holds while sampling; read afresh before every step.

    ``label`` (n,) gives one class number per sample, -1 for "no class"; None is unconditional.
    ``temperature`` 1 is the model itself; each family says what it multiplies.
    """

    knobs: Settings = field(default_factory=Settings)
    temperature: float = 1.0
    label: Tensor | None = None
    condition: Condition | None = None


@dataclass(frozen=True)
class Frame:
    """One moment of sampling: keep it, rewind to it, branch from it, edit it.

    ``x`` (n, *event) is in model units at a scale fit to look at; ``t`` in [0, 1] is progress. ``state`` holds what the
    next step needs. Keys with a meaning for everyone: ``"estimate"`` (n, *event), the clean sample expected from here;
    ``"code"`` (n, k), the latent that made it.
    """

    x: Tensor
    t: float
    state: Mapping[str, Any] = field(default_factory=dict)

    def with_(self, **changes: Any) -> Frame:
        return replace(self, **changes)


@runtime_checkable
class Sampler(Protocol):
    """Makes samples a visible step at a time; only the engine loops.

    ``t`` rises strictly from step to step and the last frame has ``t == 1``. Steps are deterministic given their
    generator. A sampler reads the network as it is now: create it anew from `Model.abilities` after training on.
    """

    @property
    def title(self) -> str: ...
    @property
    def help(self) -> str: ...
    @property
    def Knobs(self) -> type[Settings]: ...
    def start(self, n: int, steer: Steer, rng: Rng) -> Frame: ...
    def step(self, frame: Frame, steer: Steer, rng: Rng) -> Frame: ...


@dataclass(frozen=True)
class Way:
    """A way to meet a condition: a sampler that reads ``steer.condition``, with an honest word on how exact it is.

    A model gives its quickest way first, for drafts; ``careful`` marks the one to answer with when there is time.
    """

    condition: str
    title: str
    honesty: Honesty
    help: str
    sampler: Sampler
    careful: bool = False


def trajectory(
    sampler: Sampler, n: int, steer: Steer, seed: int, device: torch.device | str = "cpu"
) -> Work[list[Frame]]:
    """Run a sampler to its end, yielding after every step; returns all frames, first to last.

    Step i draws from ``rng_for(seed, i)``, the start from i = 0, so any suffix can be replayed bit-exactly.
    """
    frame = sampler.start(n, steer, rng_for(seed, 0, device=device))
    frames = [frame]
    while frame.t < 1:
        yield
        frame = sampler.step(frame, steer, rng_for(seed, len(frames), device=device))
        frames.append(frame)
    return frames


# --- what a model can do ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LogDensity:
    """A log-density in nats, in model units, and what kind of claim it is.

    ``work(x, label)`` maps x (n, *event) and label (n,) or None to (n,), in slices.
    ``passes`` is how many network passes one point costs: previews use it to choose a resolution. ``levels`` above 0 says
    that the values are log-probabilities of pictures rounded to so many grey levels, not densities of real numbers.
    """

    kind: DensityKind
    work: Callable[[Tensor, Tensor | None], Work[Tensor]]
    passes: int = 1
    levels: int = 0

    def __call__(self, x: Tensor, label: Tensor | None = None) -> Tensor:
        return finish(self.work(x, label))

    @classmethod
    def direct(
        cls, kind: DensityKind, function: Callable[[Tensor, Tensor | None], Tensor], passes: int = 1, levels: int = 0
    ) -> LogDensity:
        """From a plain function that is quick enough to run in one slice for a few hundred points."""

        def work(x: Tensor, label: Tensor | None) -> Work[Tensor]:
            yield
            return function(x, label)

        return cls(kind, work, passes, levels)


@dataclass(frozen=True)
class Latent:
    """Codes (n, size) and how they become examples.

    ``prior(n, rng)`` draws codes; ``decode(z, label)`` maps (n, size) to (n, *event) in slices; ``encode(x, label)`` the
    other way, or None where there is no encoder. ``gaussian`` says that the prior is a standard normal, so that
    interpolation on the sphere keeps the norm likely. ``exact`` says that encode inverts decode. ``search`` looks for a
    code by optimisation where there is no encoder: slow and approximate. ``cheap`` says that encoding takes a pass or two,
    not the solution of an ODE.
    """

    size: int
    prior: Callable[[int, Rng], Tensor]
    decode: Callable[[Tensor, Tensor | None], Work[Tensor]]
    encode: Callable[[Tensor, Tensor | None], Work[Tensor]] | None = None
    gaussian: bool = True
    exact: bool = False
    search: Callable[[Tensor, Tensor | None], Work[Tensor]] | None = None
    cheap: bool = True


PlaneField = Callable[[Tensor, float, Tensor | None], Tensor]
"""(x (n, *event), progress t in [0, 1], label (n,) or None) -> (n, *event), all in model units."""


@dataclass(frozen=True)
class Classifier:
    """What a generative model says about the class of an example.

    ``work(x)`` maps x (n, *event) to log p(x | y) (n, classes), in nats up to a constant per example, in slices: adding the
    logarithm of a prior and normalising gives p(y | x). ``title`` says where the numbers come from, such as "Bayes' rule on
    exact densities"; ``passes`` is how many network passes one example costs.
    """

    title: str
    honesty: Honesty
    work: Callable[[Tensor], Work[Tensor]]
    passes: int = 1


@dataclass(frozen=True)
class Surface:
    """A scalar over the plane that belongs to a family: an energy, a critic's score.

    ``value(x, label)`` maps x (n, *event) to (n,), differentiably: its slope is drawn as a field.
    """

    title: str
    help: str
    value: Callable[[Tensor, Tensor | None], Tensor]


@dataclass(frozen=True)
class Inside:
    """A picture of what a model has learned: filters, a codebook, a receptive field.

    ``tiles()`` returns (n, C, h, w) with values in [-1, 1], in slices.
    """

    title: str
    help: str
    tiles: Callable[[], Work[Tensor]]


@dataclass(frozen=True)
class Abilities:
    """What a model can do, as data. The first sampler is the default. Absent is None or empty."""

    samplers: Mapping[str, Sampler]
    log_density: LogDensity | None = None
    score: PlaneField | None = None
    velocity: PlaneField | None = None
    latent: Latent | None = None
    classifier: Classifier | None = None
    surface: Surface | None = None
    inside: Mapping[str, Inside] = field(default_factory=dict)
    ways: Mapping[str, Way] = field(default_factory=dict)
    uses_label: bool = False
    temperature: str = ""
    """What the temperature multiplies, one sentence; empty where the family has no such knob."""


class Model(Protocol):
    """A model that trains itself one visible step at a time; the engine owns the loop, the clock and the checkpoints."""

    def train_step(self, batch: Batch, rng: Rng) -> Mapping[str, Tensor]:
        """One step on a batch in model units; returns scalars by name, detached, ``"loss"`` among them."""
        ...

    def retune(self, training: Training) -> None:
        """Take over changed training settings without losing what was learned."""
        ...

    def abilities(self) -> Abilities:
        """What it can do with its present (averaged) weights. Cheap: called before every use."""
        ...

    def to(self, device: torch.device) -> None:
        """Move everything it owns, optimiser state included."""
        ...

    def parameters(self) -> Sequence[Tensor]:
        """The trainable tensors, those that a gradient must reach; empty for a family without any."""
        ...

    def state_dict(self) -> dict[str, Tensor]:
        """Everything needed to go on. Keys that begin with ``optimiser.`` are needed to resume, not to sample."""
        ...

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Take over a state; keys under ``optimiser.`` may be missing. Raises ValueError naming a tensor that does not fit."""
        ...


GROUPS = ("memory", "autoregressive", "flow", "latent variable", "implicit", "energy", "diffusion")
"""The branches of the taxonomy of deep generative models, in the order in which courses teach them."""


@dataclass(frozen=True)
class Family:
    """One family of generative models: the last lines of its one file."""

    name: str
    title: str
    summary: str
    """Two or three words for a card, such as "velocity · ODE"."""
    help: str
    """One or two sentences for people."""
    reference: str
    Config: type[Settings]
    accepts: Callable[[DataSpec], str | None]
    """None when it can be trained on such data, else the reason, a sentence that says what it takes."""
    build: Callable[[Any, DataSpec, Rng], Model]
    recipe: Callable[[DataSpec, torch.device], Recipe]
    group: str = ""
    """The branch of the taxonomy, one of `GROUPS`; catalogues are in this order."""
    trouble: str = ""
    """What it means when training diverges, in terms of this family's mathematics, and what to change; sentences."""
    diverged_beyond: float = 1e6
    """A loss of larger magnitude counts as divergence, as one that is not a number does."""


# --- measures -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Speed:
    """How fast samples came: ``seconds`` for ``samples`` of them in ``steps`` sampler steps."""

    samples: int
    steps: int
    seconds: float


@dataclass(frozen=True)
class Evidence:
    """What a measure may look at, all in model units and on the CPU. What is missing is None.

    ``samples``, ``train`` and ``held_out`` are (n, *event), their labels (n,). ``log_density`` holds the model's nats on
    the first of ``held_out``, ``train_log_density`` on the first of ``train``; ``density_kind`` is their kind and ``levels``
    as in `LogDensity`. ``true_log_density`` is the data's own on the same held-out points. Less ``log_volume`` they are nats
    in data units. ``class_evidence`` (n, classes) is the classifier's log p(x | y) on the first held-out examples;
    ``codes`` (n, k) are those of the first of ``train``, ``held_out_codes`` of the first of ``held_out``. ``features`` maps
    examples to features (n, d) that tell the data's classes apart. ``grid`` holds true and model log-density over a grid
    that covers the data in the plane, each (cells,), and the area of a cell.
    """

    spec: DataSpec
    samples: Tensor
    train: Tensor
    held_out: Tensor
    rng: Rng
    log_density: Tensor | None = None
    true_log_density: Tensor | None = None
    modes: Tensor | None = None
    log_volume: float = 0.0
    density_kind: DensityKind | None = None
    levels: int = 0
    train_log_density: Tensor | None = None
    sample_label: Tensor | None = None
    train_label: Tensor | None = None
    held_out_label: Tensor | None = None
    class_evidence: Tensor | None = None
    codes: Tensor | None = None
    held_out_codes: Tensor | None = None
    features: Callable[[Tensor], Tensor] | None = None
    grid: tuple[Tensor, Tensor, float] | None = None
    speed: Speed | None = None


@dataclass(frozen=True)
class Measurement:
    """A value, its standard error, and the floor: what two fresh sets of data would give."""

    value: float
    error: float = 0.0
    floor: float | None = None


@dataclass(frozen=True)
class Measure:
    """One measure of quality: the last lines of its one file.

    ``applies(evidence)`` says whether it has what it needs; ``work(evidence)`` computes it in slices; ``say(measurement)``
    is one plain sentence.
    """

    name: str
    title: str
    unit: str
    help: str
    reference: str
    lower_is_better: bool
    applies: Callable[[Evidence], bool]
    work: Callable[[Evidence], Work[Measurement]]
    say: Callable[[Measurement], str]
    spoken: bool = True
    """Whether the running sentence under the curves says it too."""
    dear: bool = False
    """Whether it costs so much that it is computed less often while training."""

    @staticmethod
    def at_once(compute: Callable[[Evidence], Measurement]) -> Callable[[Evidence], Work[Measurement]]:
        """From a plain function that takes some ten milliseconds at most."""

        def work(evidence: Evidence) -> Work[Measurement]:
            yield
            return compute(evidence)

        return work
