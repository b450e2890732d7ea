"""Many numbers one after the other, each from a mixture of Gaussians that a network with cut connections gives for all at once.

    p(x | c) = prod_d sum_k w_dk N(x_d; m_dk, s_dk^2),     w, m, s of x_1 ... x_(d-1) and c

(RNADE, Uria et al. 2013, arXiv:1306.0186, by MADE, Germain et al. 2015, arXiv:1502.03509.)
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import linear, silu

from dgm_studio.nets.causal_mixture import Mixture1d
from dgm_studio.nets.mlp import mlp


class MixtureSequence(nn.Module):
    """Mixtures for ``size`` numbers, given ``given`` numbers of a context or of a class, which every layer sees.

    A hidden unit of degree m sees the first m numbers, and is seen by those from place m on.
    """

    seen: Tensor
    inner: Tensor
    ready: Tensor

    def __init__(self, size: int, given: int, components: int, width: int, depth: int) -> None:
        super().__init__()
        self.size, self.components = size, components
        degree, place = torch.arange(width) * size // width, torch.arange(size)
        self.register_buffer("seen", (degree[:, None] > place).float(), persistent=False)
        self.register_buffer("inner", (degree[:, None] >= degree).float(), persistent=False)
        self.register_buffer("ready", (place[:, None] >= degree).float(), persistent=False)
        self.enter = nn.Linear(size, width)
        self.between = nn.Parameter(torch.randn(depth, width, width) * width**-0.5)
        self.between_bias = nn.Parameter(torch.zeros(depth, width))
        self.leave = nn.Parameter(0.1 * torch.randn(size, 3 * components, width) * width**-0.5)
        start = [torch.zeros(components), torch.linspace(-1, 1, components), torch.full((components,), -1.0)]
        self.bias = nn.Parameter(torch.cat(start).repeat(size, 1))
        self.from_given = mlp([given, width, width]) if given else None
        self.of_given = nn.ModuleList(nn.Linear(width, width, bias=False) for _ in range(depth + 1) if given)
        self.leave_given = nn.Linear(width, size * 3 * components, bias=False) if given else None
        if self.leave_given is not None:
            with torch.no_grad():
                self.leave_given.weight.mul_(0.1)

    def mixtures(self, x: Tensor, given: Tensor) -> Mixture1d:
        """Of numbers x (n, size): mixtures (n, size, K), of which that at place d knows those before d alone."""
        hidden, told = self._hidden(x, given)
        out = linear(hidden, (self.leave * self.ready[:, None]).flatten(0, 1))
        if self.leave_given is not None and told is not None:
            out = out + self.leave_given(told)
        return Mixture1d.of(out.view(len(x), self.size, -1) + self.bias)

    def mixture_at(self, place: int, x: Tensor, given: Tensor) -> Mixture1d:
        """The same of one place alone: (n, K)."""
        hidden, told = self._hidden(x, given)
        out = linear(hidden, self.leave[place] * self.ready[place], self.bias[place])
        if self.leave_given is not None and told is not None:
            rows = slice(place * out.shape[1], (place + 1) * out.shape[1])
            out = out + linear(told, self.leave_given.weight[rows])
        return Mixture1d.of(out)

    def log_density(self, x: Tensor, given: Tensor) -> Tensor:
        """Nats (n,) of numbers (n, size)."""
        return self.mixtures(x, given).log_density(x).sum(-1)

    def _hidden(self, x: Tensor, given: Tensor) -> tuple[Tensor, Tensor | None]:
        """Units (n, width), and what is given as the network has it."""
        told = silu(self.from_given(given)) if self.from_given is not None else None
        add = [layer(told) for layer in self.of_given] if told is not None else [0.0] * (len(self.between) + 1)
        h = silu(linear(x, self.enter.weight * self.seen, self.enter.bias) + add[0])
        for weight, bias, more in zip(self.between, self.between_bias, add[1:], strict=True):
            h = h + silu(linear(h, weight * self.inner, bias) + more)
        return h, told
