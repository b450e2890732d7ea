"""Gradients by automatic differentiation, also where the engine has switched gradients off."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import torch
from torch import Tensor

from dgm_studio.contract import LogDensity

Condition = TypeVar("Condition", Tensor, Tensor | None)


@contextmanager
def gradients() -> Iterator[None]:
    """Differentiate inside a sampler step even where the engine switched gradients off.

    Tensors made under inference mode cannot be differentiated through: clone them inside.
    """
    with torch.inference_mode(False), torch.enable_grad():
        yield


def value_and_grad(value: Callable[[Tensor, Condition], Tensor], x: Tensor, given: Condition) -> tuple[Tensor, Tensor]:
    """``value(x, given)`` (n,), detached, and its gradient by ``x`` (n, *event); each row depends on its own alone."""
    with gradients():
        at = x.detach().clone().requires_grad_()
        out = value(at, None if given is None else given.clone())
        (grad,) = torch.autograd.grad(out.sum(), at)
    return out.detach(), grad


def score(density: LogDensity, x: Tensor, t: float, label: Tensor | None) -> Tensor:
    """The gradient of a density's nats by x (n, *event), the same at every progress ``t``."""
    return value_and_grad(density, x, label)[1]
