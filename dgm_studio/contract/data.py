"""Data: what a family is told about it, batches, whole sets, where they come from, and their units."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dgm_studio.data_error import DataError as DataError
from dgm_studio.peek import Peek
from dgm_studio.protocol.context import ContextSlot
from dgm_studio.protocol.sounds import LOUDEST
from dgm_studio.protocol.spec import DataKind, kind_of

from .context import context_width
from .program import Program
from .settings import Settings
from .work import Kind, Rng

if TYPE_CHECKING:
    from .pool import ExamplePool


@dataclass(frozen=True)
class DataSpec:
    """What a family is told about the data. Points have event ``(2,)``, images ``(C, H, W)``.

    In model units points have mean 0 and standard deviation 1, overall or in each coordinate, and pixels lie in [-1, 1].
    ``classes`` is empty where there are no labels or where they shall not be used. ``levels`` is how many grey levels the
    pixels really take: 2 for black and white, 17 for counts of sixteen, 256 for photographs. ``shares`` says how common
    each class is, p(y); empty where all are alike. Raises ValueError where they are no shares of these classes.

    ``context`` are the slots by which examples may be given beside or instead of a class. What a model learns is conditional
    on classes or on a context, never on both.

    Strings have event ``(L,)`` and an ``alphabet``: number k of a string stands for ``alphabet[k]``, of which the first is the
    blank behind strings that are shorter. In frames the number after the last, `hidden_letter`, is what is not there yet.

    Sounds have event ``(1, T)``, T samples of which there are ``rate`` a second. In model units they lie in [-1, 1], linearly.

    Paths have event ``(L, 2)``: waypoints of the plane, one after the other, in units that all waypoints share.

    ``source`` is where samples start instead of in Gaussian noise, and ``target`` holds the data themselves, by which a model
    goes the other way; both are None where samples start in noise.
    """

    event: tuple[int, ...]
    kind: Kind = "real"
    classes: tuple[str, ...] = ()
    value_range: tuple[float, float] | None = None
    levels: int = 256
    shares: tuple[float, ...] = ()
    context: tuple[ContextSlot, ...] = ()
    alphabet: tuple[str, ...] = ()
    rate: int = 0
    source: ExamplePool | None = field(default=None, compare=False, repr=False)
    target: ExamplePool | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        one = abs(sum(self.shares) - 1) < 1e-6 and min(self.shares) >= 0 if self.shares else True
        if not one or len(self.shares) not in (0, len(self.classes)):
            raise ValueError(
                f"shares of {len(self.classes)} classes are as many numbers that sum to 1, not {self.shares}"
            )

    @property
    def is_image(self) -> bool:
        return len(self.event) == 3

    @property
    def is_sound(self) -> bool:
        return self.data_kind == "sounds"

    @property
    def data_kind(self) -> DataKind:
        return kind_of(self.event, self.alphabet)

    @property
    def hidden_letter(self) -> int:
        """The number that stands in a string for a letter that is masked or not drawn yet."""
        return len(self.alphabet)

    @property
    def size(self) -> int:
        """Numbers in one example."""
        return math.prod(self.event)

    @property
    def class_shares(self) -> tuple[float, ...]:
        """p(y) of every class, which sum to 1; empty where there are no classes."""
        return self.shares or (1 / len(self.classes),) * len(self.classes) if self.classes else ()

    @property
    def given_size(self) -> int:
        """Numbers by which a network is told what is given: one for each class, or those of the context; 0 where nothing is."""
        return context_width(self.context) or len(self.classes)

    def without_classes(self) -> DataSpec:
        """The same examples, their classes and their context left aside."""
        return replace(self, classes=(), shares=(), context=())

    def conditional(self) -> DataSpec:
        """What a conditional model learns: the context where there is one, else the classes."""
        return replace(self, classes=(), shares=()) if self.context else self


@dataclass(frozen=True)
class Batch:
    """Examples: ``x`` (B, *event), ``index`` (B,) into the training set, ``label`` (B,) of class numbers or None.

    ``context`` (B, width) is what the examples of a data set are given by, in the code of `contract/context.py`. A model that
    learns it finds it as the ``label``: whatever takes class numbers (B,) takes a context in their place.
    """

    x: Tensor
    index: Tensor
    label: Tensor | None = None
    context: Tensor | None = None

    def __len__(self) -> int:
        return int(self.x.shape[0])

    def take(self, where: Tensor | slice) -> Batch:
        """The examples at the positions ``where`` (k,)."""
        return Batch(self.x[where], self.index[where], *(None if y is None else y[where] for y in self._known))

    def to(self, device: torch.device) -> Batch:
        return Batch(
            self.x.to(device), self.index.to(device), *(None if y is None else y.to(device) for y in self._known)
        )

    @property
    def _known(self) -> tuple[Tensor | None, Tensor | None]:
        return self.label, self.context

    @classmethod
    def of(cls, x: Tensor, label: Tensor | None = None, context: Tensor | None = None) -> Batch:
        """Examples numbered 0, 1, 2, ..."""
        return cls(x, torch.arange(len(x), device=x.device), label, context)


@dataclass(frozen=True)
class DataSet:
    """Examples in data units (points and paths (N, L, 2): floats; images: uint8 (N, C, H, W); strings: uint8 (N, L); sounds:
    int16 (N, 1, T), as in a WAV), kept apart into training and held-out ones.

    Points from files are float64: what lies far from zero would lose its last digits in float32 before it is centred.

    Endless sets give a ``fresh`` function that draws new examples; ``train`` is then one draw for display and for
    families that must remember examples. ``log_density`` maps examples (n, *event) in data units to exact nats (n,);
    ``joint_log_density`` maps them to log p(x, y) (n, classes); ``log_density_given`` maps them and a context (n, width), of
    which any slots may be free, to log p(x | c) (n,). ``read_context`` reads what examples (n, *event) in data units show, as a
    context (n, width) in which what cannot be read is free. ``valid`` says of strings (n, L), of letters of the alphabet, which
    follow the rule of the data (n,). ``entropy`` is in nats. ``factors`` are the known latent variables of the training
    examples by name (N,), and ``program`` is what draws them, where one does. ``problems`` names what was skipped while
    loading, ``said`` what was done to read a file, and ``axes`` are the names of the coordinates of points, empty where
    there are none. ``scales`` says which numbers of a file were black and white, by their kind, and ``table`` shows the
    table that points were read from, where it has more columns than they need.
    """

    name: str
    spec: DataSpec
    train: Batch
    held_out: Batch
    fresh: Callable[[int, Rng], Batch] | None = None
    log_density: Callable[[Tensor], Tensor] | None = None
    joint_log_density: Callable[[Tensor], Tensor] | None = None
    log_density_given: Callable[[Tensor, Tensor], Tensor] | None = None
    read_context: Callable[[Tensor], Tensor] | None = None
    valid: Callable[[Tensor], Tensor] | None = None
    entropy: float | None = None
    modes: Tensor | None = None
    """Centres of the modes (k, 2) where the density has distinct ones."""
    factors: Mapping[str, Tensor] = field(default_factory=dict)
    program: Program | None = None
    problems: tuple[str, ...] = ()
    said: tuple[str, ...] = ()
    axes: tuple[str, str] = ("", "")
    scales: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    table: Peek | None = None


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
    `DataError` with a sentence that names the file or value and the cure. ``preview(rng)`` makes a few examples in some
    milliseconds, by which a gallery shows a set that is not loaded. One ``from_file`` is reached by opening a file.
    """

    name: str
    title: str
    help: str
    kind: DataKind
    Params: type[Settings]
    load: Callable[[Settings, Rng], Generator[Loading, None, DataSet]]
    preview: Callable[[Rng], DataSet] | None = None
    from_file: bool = False


APART = 5.0
"""Columns whose spreads differ more than so many times are each standardised by their own."""


FARTHEST = 1e30
"""Standard deviations beyond which all points are equally far: float32 knows no more, and no density is left there."""


@dataclass(frozen=True)
class Units:
    """The affine map between data units and model units: ``model = (data - shift) / scale``.

    ``shift`` has one entry per coordinate of a point, or one for all pixels. ``scale`` has a single entry where one serves
    all coordinates: that keeps directions, and what is round stays round. It has one per coordinate where these are of
    different kinds, such as seconds beside degrees. ``whole`` numbers, the letters of strings, are what they are in both.
    Samples of sounds, ``pcm``, have 16 bits.
    """

    shift: tuple[float, ...]
    scale: tuple[float, ...]
    pixels: bool = False
    whole: bool = False
    pcm: bool = False

    @classmethod
    def of(cls, data: DataSet) -> Units:
        """Mean 0 and standard deviation 1 for points; [0, 255] to [-1, 1] for pixels, 16 bits to
        [-1, 1] for sounds; letters stay their numbers.

        The deviation is that of all coordinates together, unless they differ more than `APART` times: under one scale the
        narrow one would be a line to the model. Where the true density is known, the coordinates are those of one plane, as
        those of paths are.
        """
        if data.spec.is_image:
            return cls((127.5,), (127.5,), pixels=True)
        if data.spec.alphabet:
            return cls((0.0,), (1.0,), whole=True)
        if data.spec.is_sound:
            return cls((0.0,), (float(LOUDEST),), pcm=True)
        path = data.spec.data_kind == "paths"
        x = data.train.x.double().flatten(0, -2)  # every waypoint is a point
        shift = x.mean(0)
        reach = float((x - shift).abs().max()) or 1.0  # numbers of any size can be squared after division
        square = ((x - shift) / reach).square().mean(0)
        spread = reach * square.sqrt()
        resolved = spread > 8 * torch.finfo(torch.float64).eps * x.abs().amax(0)
        apart = (
            data.log_density is None
            and not path
            and bool(resolved.all())
            and float(spread.max() / spread.min()) > APART
        )
        scale = tuple(spread.tolist()) if apart else (reach * float(square.mean().sqrt()) or 1.0,)
        return cls(tuple(shift.tolist()), scale)

    @property
    def unlike(self) -> float:
        """How many times the spreads of the coordinates differ, where each has a scale of its own; else 1."""
        return max(self.scale) / min(self.scale)

    @property
    def step(self) -> tuple[float, float]:
        """What is one step along x and along y in data units: equal unless each has a scale of its own."""
        return self.scale[0], self.scale[-1]

    def _shift(self, x: Tensor) -> Tensor | float:
        return self.shift[0] if self.pixels else torch.tensor(self.shift, dtype=x.dtype, device=x.device)

    def _scale(self, x: Tensor) -> Tensor | float:
        return self.scale[0] if len(self.scale) == 1 else torch.tensor(self.scale, dtype=x.dtype, device=x.device)

    def to_model(self, x: Tensor) -> Tensor:
        """Data units (n, *event) to model units, float32, which are centred before they are rounded to it."""
        x = x if x.is_floating_point() else x.float()
        z = (x - self._shift(x)) / self._scale(x)
        return z.float() if self.pixels or self.pcm else z.clamp(-FARTHEST, FARTHEST).float()

    def to_data(self, x: Tensor) -> Tensor:
        """Model units (n, *event) to data units: points float64 on the CPU; pixels and letters rounded to uint8, sounds to
        int16."""
        if self.pcm:
            return (x * self.scale[0]).round().clamp(-LOUDEST, LOUDEST - 1).to(torch.int16)
        if self.pixels or self.whole:
            return (x * self.scale[0] + self.shift[0]).round().clamp(0, 255).to(torch.uint8)
        y = x.cpu().double()
        return y * self._scale(y) + self._shift(y)

    def velocity_to_data(self, v: Tensor) -> Tensor:
        """Vectors (n, *event) along which something moves, from model units to data units."""
        return v * self._scale(v)

    def gradient_to_data(self, grad: Tensor) -> Tensor:
        """Gradients (n, *event) of a scalar, such as a score, from model units to data units."""
        return grad / self._scale(grad)

    def log_volume(self, size: int) -> float:
        """``log p_data(x) = log p_model(z) - log_volume``: the log-determinant of the map to data units."""
        return size / len(self.scale) * sum(map(math.log, self.scale))

    def array(self, x: Tensor) -> NDArray[Any]:
        """Model units (n, *event) to what people see: (n, 2) float64, (n, H, W[, C]) uint8, letters (n, L) uint8 or samples
        of a sound (n, T) int16."""
        y = self.to_data(x.detach()).cpu()
        if self.pcm:
            return y[:, 0].numpy()
        return to_pixels(y) if self.pixels else y.numpy()

    def tensor(self, a: NDArray[Any], spec: DataSpec) -> Tensor:
        """What people see, as `array` gives it, to model units (n, *event)."""
        t = torch.tensor(np.ascontiguousarray(a))  # a copy: the array may be read-only or change later
        if spec.is_image:
            t = t.unsqueeze(1) if t.dim() == 3 else t.permute(0, 3, 1, 2)
        elif spec.is_sound:
            t = t.unsqueeze(1)
        elif not self.whole:
            t = t.double()
        return self.to_model(t)


def to_pixels(x: Tensor) -> NDArray[np.uint8]:
    """uint8 images (n, C, H, W) to an array (n, H, W) for grey or (n, H, W, C) for colour."""
    a = x.permute(0, 2, 3, 1)
    return np.ascontiguousarray((a[..., 0] if a.shape[-1] == 1 else a).numpy())
