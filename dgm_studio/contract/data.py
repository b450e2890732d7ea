"""Data: what a family is told about it, batches, whole sets, where they come from, and their units."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .settings import Settings
from .work import Kind, Rng


@dataclass(frozen=True)
class DataSpec:
    """What a family is told about the data. Points have event ``(2,)``, images ``(C, H, W)``.

    In model units points have mean 0 and overall standard deviation 1 and pixels lie in [-1, 1].
    ``classes`` is empty where there are no labels or where they shall not be used. ``levels`` is how many grey levels the
    pixels really take: 2 for black and white, 17 for counts of sixteen, 256 for photographs. ``shares`` says how common
    each class is, p(y); empty where all are alike. Raises ValueError where they are no shares of these classes.
    """

    event: tuple[int, ...]
    kind: Kind = "real"
    classes: tuple[str, ...] = ()
    value_range: tuple[float, float] | None = None
    levels: int = 256
    shares: tuple[float, ...] = ()

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
    def size(self) -> int:
        """Numbers in one example."""
        return math.prod(self.event)

    @property
    def class_shares(self) -> tuple[float, ...]:
        """p(y) of every class, which sum to 1; empty where there are no classes."""
        return self.shares or (1 / len(self.classes),) * len(self.classes) if self.classes else ()

    def without_classes(self) -> DataSpec:
        """The same examples, their classes left aside."""
        return replace(self, classes=(), shares=())


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
