"""Multilayer perceptrons: plain, for points along a noise path, and residual for flattened pictures.

A small network is smooth: left alone it learns the low frequencies of a density long before its edges. Fourier features
``[x, cos(f x), sin(f x)]`` with fixed random frequencies ``f`` hand it the high ones (Tancik et al. 2020,
arXiv:2006.10739). The two conditional networks share one signature, ``net(x, time, label)``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import cast

import torch
from torch import Tensor, nn

from dgm_studio.contract import Rng

_ACTIVATIONS: dict[str, type[nn.Module]] = {"silu": nn.SiLU, "relu": nn.ReLU, "tanh": nn.Tanh, "gelu": nn.GELU}


def activation_of(name: str) -> nn.Module:
    """A fresh activation by name. Raises ValueError for a name that is not known."""
    if name not in _ACTIVATIONS:
        raise ValueError(f"activation {name!r} is not known; choose one of {', '.join(_ACTIVATIONS)}")
    return _ACTIVATIONS[name]()


class Mlp(nn.Sequential):
    """Layers one after the other, of which the ``last`` is linear."""

    @property
    def last(self) -> nn.Linear:
        return cast(nn.Linear, self[-1])


def mlp(sizes: Sequence[int], activation: str = "silu") -> Mlp:
    """Linear layers of the given sizes, the activation between them and none after the last."""
    if len(sizes) < 2:
        raise ValueError(f"an MLP needs at least an input and an output size, not {list(sizes)}")
    layers: list[nn.Module] = []
    for i, (a, b) in enumerate(pairwise(sizes)):
        if i:
            layers.append(activation_of(activation))
        layers.append(nn.Linear(a, b))
    return Mlp(*layers)


class ZeroLinear(nn.Linear):
    """A linear layer that starts at zero, so that what it adds is learnt from nothing."""


class ZeroConv2d(nn.Conv2d):
    """A convolution that starts at zero."""


def initialise(net: nn.Module, rng: Rng) -> None:
    """Draw all weights afresh from ``rng``: LeCun-normal linear and convolution weights, zero biases, normal embeddings."""
    with torch.no_grad():
        for layer in net.modules():
            if isinstance(layer, nn.Linear | nn.Conv2d):
                if isinstance(layer, ZeroLinear | ZeroConv2d):
                    layer.weight.zero_()
                else:
                    fan_in = layer.weight[0].numel()
                    layer.weight.copy_(torch.randn(layer.weight.shape, generator=rng, device=rng.device) * fan_in**-0.5)
                if layer.bias is not None:
                    layer.bias.zero_()
            elif isinstance(layer, nn.Embedding):
                layer.weight.copy_(torch.randn(layer.weight.shape, generator=rng, device=rng.device))


class FourierFeatures(nn.Module):
    """``[cos(f x), sin(f x)]`` for ``count`` fixed frequencies drawn from N(0, std^2): (n, size) to (n, 2 count).

    Each feature is scaled by sqrt(2) to unit mean square.
    """

    f: Tensor

    def __init__(self, size: int, count: int, std: float, rng: Rng) -> None:
        super().__init__()
        self.register_buffer("f", torch.randn(size, count, generator=rng, device=rng.device).cpu() * std)

    def forward(self, x: Tensor) -> Tensor:
        phase = x @ self.f
        return torch.cat((phase.cos(), phase.sin()), 1) * math.sqrt(2)


class TimeFeatures(nn.Module):
    """Times or noise levels (n,) or (n, k) with their cosines and sines on octaves: to (n, k (2 count + 1))."""

    f: Tensor

    def __init__(self, count: int, lowest: float = 0.5) -> None:
        super().__init__()
        self.register_buffer("f", lowest * math.pi * 2.0 ** torch.arange(count))

    def forward(self, t: Tensor) -> Tensor:
        t = t.view(len(t), -1)
        phase = (t[:, :, None] * self.f).flatten(1)
        return torch.cat((t, phase.cos(), phase.sin()), 1)


class ClassEmbedding(nn.Module):
    """A learnt vector per class and one for "no class", which also stands for label -1 and for no labels at all."""

    def __init__(self, classes: int, width: int) -> None:
        super().__init__()
        self.classes = classes
        self.table = nn.Embedding(classes + 1, width)

    def forward(self, label: Tensor | None) -> Tensor:
        if label is None:
            return self.table.weight[-1:]
        rows: Tensor = self.table(torch.where(label < 0, self.classes, label))
        return rows


class ContextEmbedding(nn.Module):
    """A vector of a context (n, width) by two layers; that of all slots free stands for none at all."""

    def __init__(self, size: int, width: int) -> None:
        super().__init__()
        self.enter, self.leave = nn.Linear(size, width), nn.Linear(width, width)

    def forward(self, context: Tensor | None) -> Tensor:
        if context is None:
            context = self.enter.weight.new_zeros(1, self.enter.in_features)
        out: Tensor = self.leave(nn.functional.silu(self.enter(context)))
        return out


def label_embedding(classes: int, context: int, width: int) -> ClassEmbedding | ContextEmbedding | None:
    """Of ``context`` numbers where there is one, else of ``classes``; None where neither is."""
    if context:
        return ContextEmbedding(context, width)
    return ClassEmbedding(classes, width) if classes else None


class PointNet(nn.Module):
    """An MLP of a point or path, a time and perhaps a class: (n, *shape) to the same, of ``size`` numbers.

    Time and class enter the first layer as an added vector, so one time for the whole batch costs one row.
    ``time`` is (n,) or (1,), of order one, or (n, k) and (1, k) with k ``times``; ``label`` (n,) holds -1 for "no class",
    as does None, or is (n, context) where there is one.
    """

    def __init__(
        self,
        size: int,
        width: int,
        depth: int,
        features: int,
        std: float,
        classes: int,
        octaves: int,
        rng: Rng,
        times: int = 1,
        context: int = 0,
    ) -> None:
        super().__init__()
        self.features = FourierFeatures(size, features, std, rng) if features else None
        self.time = TimeFeatures(octaves)
        self.from_point = nn.Linear(size + 2 * features, width)
        self.from_time = nn.Linear(times * (2 * octaves + 1), width)
        self.from_class = label_embedding(classes, context, width)
        self.body = mlp([width] * depth) if depth > 1 else None
        self.out = ZeroLinear(width, size)
        initialise(self, rng)

    def forward(self, x: Tensor, time: Tensor, label: Tensor | None = None) -> Tensor:
        flat = x.flatten(1)
        h = flat if self.features is None else torch.cat((flat, self.features(flat)), 1)
        h = self.from_point(h) + self.from_time(self.time(time))
        if self.from_class is not None:
            h = h + self.from_class(label)
        h = nn.functional.silu(h)
        if self.body is not None:
            h = nn.functional.silu(self.body(h))
        out: Tensor = self.out(h)
        return out.view_as(x)


class ResidualBlock(nn.Module):
    """``h + W2 silu(W1 norm(h) + c)``, the second layer starting at zero."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.first = nn.Linear(width, width)
        self.second = ZeroLinear(width, width)
        self.from_context = nn.Linear(width, width)

    def forward(self, h: Tensor, context: Tensor) -> Tensor:
        inner = self.first(self.norm(h)) + self.from_context(context)
        out: Tensor = h + self.second(nn.functional.silu(inner))
        return out


class ResidualMLP(nn.Module):
    """A residual MLP of a flattened picture or of its coordinates, a time and perhaps a class: (n, *shape) to the same."""

    def __init__(
        self,
        size: int,
        width: int,
        blocks: int,
        classes: int,
        octaves: int,
        rng: Rng,
        times: int = 1,
        context: int = 0,
    ) -> None:
        super().__init__()
        self.time = TimeFeatures(octaves)
        self.from_picture = nn.Linear(size, width)
        self.from_time = nn.Linear(times * (2 * octaves + 1), width)
        self.from_class = label_embedding(classes, context, width)
        self.blocks = nn.ModuleList(ResidualBlock(width) for _ in range(blocks))
        self.norm = nn.LayerNorm(width)
        self.out = ZeroLinear(width, size)
        initialise(self, rng)

    def forward(self, x: Tensor, time: Tensor, label: Tensor | None = None) -> Tensor:
        context = self.from_time(self.time(time))
        if self.from_class is not None:
            context = context + self.from_class(label)
        context = nn.functional.silu(context)
        h = self.from_picture(x.flatten(1))
        for block in self.blocks:
            h = block(h, context)
        out: Tensor = self.out(nn.functional.silu(self.norm(h)))
        return out.view_as(x)
