"""Masked autoregressive splines: every number is bent as those before it say.

    z_i = f(x_i; theta(x_1 ... x_(i-1), class)),        log |det| = sum_i log f'(x_i)

(Papamakarios et al. 2017, MAF, arXiv:1705.07057, with the splines of Durkan et al. 2019, arXiv:1906.04032.) A network with
cut connections (MADE, Germain et al. 2015, arXiv:1502.03509) gives all thetas in one pass, so that densities are quick;
the way back has to go number by number.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import linear, silu

from dgm_studio.families.flow.couplings import BOUND
from dgm_studio.families.flow.net import FlowLayer
from dgm_studio.nets.spline import spline, spline_size


class Autoregressive(FlowLayer):
    """Bends the numbers at ``order`` (k,), each by those that come before it there; all others stay.

    A hidden unit of degree m sees the first m numbers, and is seen by those from place m on.
    """

    order: Tensor
    seen: Tensor
    inner: Tensor
    ready: Tensor

    def __init__(self, order: Tensor, classes: int, width: int, bins: int) -> None:
        super().__init__()
        size, self.each = len(order), spline_size(bins)
        degree, place = torch.arange(width) * size // width, torch.arange(size)
        self.register_buffer("order", order, persistent=False)
        self.register_buffer("seen", (degree[:, None] > place).float(), persistent=False)
        self.register_buffer("inner", (degree[:, None] >= degree).float(), persistent=False)
        self.register_buffer("ready", (place[:, None] >= degree).float(), persistent=False)
        self.enter = nn.Linear(size, width)
        self.between = nn.Linear(width, width)
        self.leave = nn.Parameter(0.1 * torch.randn(size, self.each, width) * width**-0.5)
        self.bias = nn.Parameter(torch.zeros(size, self.each))
        self.of_class = nn.Linear(classes, width, bias=False) if classes else None

    def bend(self, x: Tensor, given: Tensor, *, inverse: bool) -> tuple[Tensor, Tensor]:
        ordered = x[:, self.order]
        if inverse:
            bent, log_derivative = self._one_by_one(ordered, given)
        else:
            hidden = self.hidden(ordered, given)
            weight = (self.leave * self.ready[:, None]).flatten(0, 1)
            raw = linear(hidden, weight).view(*ordered.shape, self.each) + self.bias
            bent, log_derivative = spline(ordered, raw, BOUND)
        return x.index_copy(1, self.order, bent), log_derivative.sum(-1)

    def hidden(self, ordered: Tensor, given: Tensor) -> Tensor:
        first = linear(ordered, self.enter.weight * self.seen, self.enter.bias)
        if self.of_class is not None:
            first = first + self.of_class(given)
        first = silu(first)
        return first + silu(linear(first, self.between.weight * self.inner, self.between.bias))

    def _one_by_one(self, z: Tensor, given: Tensor) -> tuple[Tensor, Tensor]:
        x, derivatives = torch.zeros_like(z), []
        for i in range(z.shape[1]):
            raw = linear(self.hidden(x, given), self.leave[i] * self.ready[i], self.bias[i])
            value, log_derivative = spline(z[:, i], raw, BOUND, inverse=True)
            x = x.index_copy(1, torch.tensor([i], device=z.device), value[:, None])
            derivatives.append(log_derivative)
        return x, torch.stack(derivatives, 1)
