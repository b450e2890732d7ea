"""MADE: an autoencoder whose connections are cut so that no output sees its own input or a later one.

Germain et al. 2015 (arXiv:1502.03509). Hidden unit j has a degree m_j and sees the first m_j numbers of the order; the
output at place p sees the units with m_j <= p. Here the order may be another one at every pass (their order-agnostic
training; Uria et al. 2014, arXiv:1310.1757): only the outer masks depend on it. An absent input is all zeros while a
present one has a constant wave, so that the units know which they see.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import linear, silu

from dgm_studio.nets.causal import LevelWaves


class Made(nn.Module):
    """Two hidden layers of ``width``, the second added to the first.

    ``logits`` maps waves (n, D, F) and classes (n, C) one-hot to (n, D, L).
    """

    degree: Tensor
    inner: Tensor

    def __init__(self, size: int, levels: int, classes: int, width: int, *, context: bool = False) -> None:
        super().__init__()
        self.size, self.levels = size, levels
        self.waves = LevelWaves(levels)
        # sorted, so that the units that one more number completes are neighbours; those of degree 0 see the class alone
        self.register_buffer("degree", torch.arange(width) * size // width, persistent=False)
        self.register_buffer("inner", (self.degree[:, None] >= self.degree).float(), persistent=False)
        fan_in = size * self.waves.count
        self.enter = nn.Parameter(torch.randn(width, size, self.waves.count) * (2 / fan_in) ** 0.5)
        self.between = nn.Parameter(torch.randn(width, width) * (2 / width) ** 0.5)
        self.leave = nn.Parameter(torch.randn(size, levels, width) * 0.3 * width**-0.5)
        # without classes one row stands for all examples, and beside a context for that nothing is given
        rows = classes + 1 if context else max(classes, 1)
        self.bias_1 = nn.Parameter(0.1 * torch.randn(rows, width))
        self.bias_2 = nn.Parameter(0.1 * torch.randn(rows, width))
        self.bias_3 = nn.Parameter(torch.zeros(rows, size, levels))

    def logits(self, waves: Tensor, given: Tensor, order: Tensor | None = None) -> Tensor:
        place = self._places(order)
        seen = (self.degree[:, None] > place).to(waves)
        first = silu(linear(waves.flatten(1), (self.enter * seen[:, :, None]).flatten(1)) + _row(given, self.bias_1))
        second = first + silu(linear(first, self.between * self.inner) + _row(given, self.bias_2))
        ready = (place[:, None] >= self.degree).to(waves)
        out = linear(second, (self.leave * ready[:, None, :]).flatten(0, 1)).view(-1, self.size, self.levels)
        return out + _row(given, self.bias_3)

    def cursor(self, level: Tensor, done: int, given: Tensor, order: Tensor | None = None) -> MadeCursor:
        return MadeCursor(self, level, done, given, order)

    def _places(self, order: Tensor | None) -> Tensor:
        """The place of each position in the order (D,)."""
        device = self.degree.device
        return torch.arange(self.size, device=device) if order is None else order.to(device).argsort()


def _row(given: Tensor, table: Tensor) -> Tensor:
    """The row of each example's class (n, ...), or the only one (1, ...); a table of one row more begins from the last."""
    if not given.shape[1]:
        return table
    rows = (given @ table[: given.shape[1]].flatten(1)).view(-1, *table.shape[1:])
    return rows + table[-1:] if len(table) > given.shape[1] else rows


class MadeCursor:
    """Keeps the sum of the first layer and the units that are complete: each weight is used once in a whole sequence."""

    def __init__(self, net: Made, level: Tensor, done: int, given: Tensor, order: Tensor | None) -> None:
        self._net, self._done = net, done
        self._order: list[int] = list(range(net.size)) if order is None else order.tolist()
        self._bias_2, self._bias_3 = _row(given, net.bias_2), _row(given, net.bias_3)
        places = torch.arange(net.size, device=net.degree.device)
        self._ends: list[int] = torch.searchsorted(net.degree, places, right=True).tolist()
        known = torch.tensor(self._order[:done], dtype=torch.long, device=level.device)
        seen = (net.degree[:, None] > places[:done]).to(net.enter)
        enter = (net.enter[:, known] * seen[:, :, None]).flatten(1)
        start = linear(net.waves(level[:, known]).flatten(1), enter) + _row(given, net.bias_1)
        self._sum = start.expand(len(level), -1).clone()
        self._first, self._second = torch.zeros_like(self._sum), torch.zeros_like(self._sum)
        self._complete(0)

    def read(self) -> Tensor:
        position, end = self._order[self._done], self._ends[self._done]
        out = linear(self._second[:, :end], self._net.leave[position, :, :end])
        return out + self._bias_3[:, position]

    def write(self, level: Tensor) -> None:
        position, start = self._order[self._done], self._ends[self._done]
        self._sum[:, start:] += linear(self._net.waves(level), self._net.enter[start:, position])
        self._done += 1
        self._complete(start)

    def _complete(self, start: int) -> None:
        """Compute the units from ``start`` on that nothing later reaches."""
        end = self._ends[min(self._done, len(self._ends) - 1)]
        if start == end:
            return
        new, net = slice(start, end), self._net
        self._first[:, new] = silu(self._sum[:, new])
        between = net.between[new, :end] * net.inner[new, :end]
        inner = linear(self._first[:, :end], between) + self._bias_2[:, new]
        self._second[:, new] = self._first[:, new] + silu(inner)
