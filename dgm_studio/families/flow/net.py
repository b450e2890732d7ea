"""The network of a normalizing flow: a fixed view of the data, then invertible layers down to standard normal noise.

    log p(x) = log N(z; 0, I) + log |det dh/dx| + sum over layers of log |det|,      h = entry(x),  z = layers(h)

What is special about points and about pictures is in the entry and the layers; here they are only composed.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn


class FlowEntry(nn.Module, ABC):
    """How examples are looked at before the first layer: invertible, the same for all classes."""

    @abstractmethod
    def enter(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Examples (n, D) to what the first layer sees (n, D), and the log-determinant (n,)."""

    @abstractmethod
    def leave(self, h: Tensor) -> Tensor:
        """The inverse of `enter`, (n, D) to (n, D): also how an unfinished sample is shown."""

    def prepare(self, x: Tensor) -> None:
        """Adapt to a first batch (n, D)."""


class FlowLayer(nn.Module, ABC):
    """One invertible layer; inward is from data to noise."""

    @abstractmethod
    def bend(self, x: Tensor, given: Tensor, *, inverse: bool) -> tuple[Tensor, Tensor]:
        """x (n, D) and one-hot classes (n, C) to the bent x (n, D) and the log-determinant (n,) of what was done."""

    def prepare(self, x: Tensor) -> None:
        """Adapt to a first batch (n, D) of what comes in."""


class FlowNet(nn.Module):
    """Invertible map between examples (n, D) and noise (n, D).

    ``inward`` goes from data to noise, ``outward`` one layer back; layers are numbered in the inward direction.
    """

    def __init__(self, size: int, entry: FlowEntry, layers: Sequence[FlowLayer]) -> None:
        super().__init__()
        self.size, self.entry = size, entry
        self.layers = nn.ModuleList(layers)

    def __len__(self) -> int:
        return len(self.layers)

    def layer(self, number: int) -> FlowLayer:
        return cast(FlowLayer, self.layers[number])

    @torch.no_grad()
    def prepare(self, x: Tensor, given: Tensor) -> None:
        """Adapt shifts and scales to a first batch of examples (n, D) with classes (n, C), layer after layer."""
        self.entry.prepare(x)
        h, _ = self.entry.enter(x)
        for number in range(len(self)):
            self.layer(number).prepare(h)
            h, _ = self.layer(number).bend(h, given, inverse=False)

    def inward(self, x: Tensor, given: Tensor) -> tuple[Tensor, Tensor]:
        """Examples (n, D), classes (n, C) one-hot to noise (n, D) and the log-determinant (n,)."""
        h, log_det = self.entry.enter(x)
        for number in range(len(self)):
            h, change = self.layer(number).bend(h, given, inverse=False)
            log_det = log_det + change
        return h, log_det

    def outward(self, h: Tensor, given: Tensor, number: int) -> Tensor:
        """Undo one layer."""
        return self.layer(number).bend(h, given, inverse=True)[0]

    def leave(self, h: Tensor) -> Tensor:
        """What the first layer sees (n, D) to examples (n, D)."""
        return self.entry.leave(h)

    def decode(self, z: Tensor, given: Tensor) -> Tensor:
        """Noise (n, D) to examples (n, D)."""
        for number in reversed(range(len(self))):
            z = self.outward(z, given, number)
        return self.leave(z)

    def log_density(self, x: Tensor, given: Tensor) -> Tensor:
        """Nats (n,) of examples (n, D)."""
        z, log_det = self.inward(x, given)
        return log_det + self._of_noise(z)

    def decode_with_density(self, z: Tensor, given: Tensor) -> tuple[Tensor, Tensor]:
        """Examples (n, D) from noise (n, D), and their nats (n,) from the same pass."""
        nats = self._of_noise(z)
        for number in reversed(range(len(self))):
            z, change = self.layer(number).bend(z, given, inverse=True)
            nats = nats - change
        x = self.leave(z)
        return x, nats + self.entry.enter(x)[1]

    def _of_noise(self, z: Tensor) -> Tensor:
        return -0.5 * z.square().sum(-1) - 0.5 * self.size * math.log(2 * math.pi)
