"""Plain and time-conditioned multilayer perceptrons, with Fourier features of the input.

A small network is smooth: left alone it learns the low frequencies of a density long before its edges. Fourier features
``[x, cos(2 pi f x), sin(2 pi f x)]`` with fixed random frequencies hand it the high ones (Tancik et al. 2020,
arXiv:2006.10739).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

_ACTIVATIONS: dict[str, type[nn.Module]] = {"silu": nn.SiLU, "relu": nn.ReLU, "tanh": nn.Tanh, "gelu": nn.GELU}


def activation_of(name: str) -> nn.Module:
    """A fresh activation by name. Raises ValueError for a name that is not known."""
    if name not in _ACTIVATIONS:
        raise ValueError(f"activation {name!r} is not known; choose one of {', '.join(_ACTIVATIONS)}")
    return _ACTIVATIONS[name]()


def mlp(sizes: Sequence[int], activation: str = "silu") -> nn.Sequential:
    """Linear layers of the given sizes, the activation between them and none after the last."""
    if len(sizes) < 2:
        raise ValueError(f"an MLP needs at least an input and an output size, not {list(sizes)}")
    layers: list[nn.Module] = []
    for i, (a, b) in enumerate(zip(sizes, sizes[1:], strict=False)):
        if i:
            layers.append(activation_of(activation))
        layers.append(nn.Linear(a, b))
    return nn.Sequential(*layers)
