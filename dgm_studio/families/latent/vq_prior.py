"""The prior over a grid of codes: a small causal transformer that can read the grid in any order.

    p(c | y) = prod_t p(c_o(t) | c_o(1) ... c_o(t - 1), y)

Each token says which code was read last and where it lies, and which place is asked for next (sigma-GPT, Pannatier et al.
2024, arXiv:2404.09562). With the known codes of a picture first in the order, all others are drawn given all of them. A
code is read by its vector, and by a few numbers of its own: codes that paint alike then mean alike from the start.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from dgm_studio.contract import Rng
from dgm_studio.nets.causal_transformer import AttentionBlock, Past

_HEADS = 4
_GARBLED = 0.1
"""Share of the codes read in training that are replaced."""
_OWN = 0.3
"""Size of a code's own numbers at the start, beside what its vector says."""


class CodeChain(nn.Module):
    """``layers`` blocks of ``width`` features over a grid (h, w) of D codes 0 ... K - 1, given classes (n, C) one-hot.

    ``vectors`` (K, d) are those of the codes, which others keep up to date.
    """

    vectors: Tensor

    def __init__(self, grid: tuple[int, int], codes: int, size: int, classes: int, width: int, layers: int) -> None:
        super().__init__()
        self.grid, self.size = grid, grid[0] * grid[1]
        width = -(-width // _HEADS) * _HEADS
        self.register_buffer("vectors", torch.zeros(codes, size))
        self.look = nn.Linear(size, width, bias=False)
        self.own = nn.Parameter(_OWN * torch.randn(codes, width))
        self.lies = nn.Parameter(0.3 * torch.randn(self.size, width))
        self.asked = nn.Parameter(0.3 * torch.randn(self.size, width))
        self.of_class = nn.Linear(classes, width, bias=False) if classes else None
        self.blocks = nn.ModuleList(AttentionBlock(width, _HEADS) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.leave = nn.Linear(width, codes)

    def row_by_row(self) -> Tensor:
        """The usual order (D,)."""
        return torch.arange(self.size, device=self.lies.device)

    def around_a_box(self, rng: Rng) -> Tensor:
        """An order (D,) that reads what is in a random box of the grid first, or what is not: as masks ask for."""
        inside = torch.ones((), dtype=torch.bool, device=rng.device)
        for length, shape in zip(self.grid, ((-1, 1), (1, -1)), strict=True):
            a, b = torch.randint(length + 1, (2,), generator=rng, device=rng.device).sort().values
            at = torch.arange(length, device=rng.device)
            inside = inside & ((at >= a) & (at <= b)).view(shape)
        flip = torch.rand((), generator=rng, device=rng.device) < 0.5
        return (inside ^ flip).flatten().to(torch.uint8).argsort(stable=True)

    def garbled(self, code: Tensor, rng: Rng) -> Tensor:
        """The codes (n, D) with a few replaced by those of another grid at the same place.

        A prior that reads such grids in training relies on no single code, and learns few grids by heart (Esser, Rombach &
        Ommer 2021, arXiv:2012.09841).
        """
        others = code[torch.randperm(len(code), generator=rng, device=rng.device)]
        return torch.where(torch.rand(code.shape, generator=rng, device=rng.device) < _GARBLED, others, code)

    def log_probability(self, code: Tensor, given: Tensor, order: Tensor, read: Tensor | None = None) -> Tensor:
        """Nats (n, D), in the order (D,), of each of the codes (n, D) given those before it, or those ``read`` instead."""
        code, read = code[:, order], (code if read is None else read)[:, order]
        h, _ = self.attend(read[:, :-1], 0, given, order, None)
        logits = self.leave(h)
        return -nn.functional.cross_entropy(logits.flatten(0, 1), code.flatten(), reduction="none").view(code.shape)

    def attend(
        self, before: Tensor, first: int, given: Tensor, order: Tensor, past: list[Past] | None
    ) -> tuple[Tensor, list[Past]]:
        """What the tokens from ``first`` on find, (n, k, width), and keys and values of all tokens so far.

        ``before`` (n, k) are the codes read before them; at ``first`` 0 the first token has none (n, k - 1).
        """
        start = max(first - 1, 0)
        # the whole book first: it is smaller than a batch of grids
        h = (self.look(self.vectors) + self.own)[before] + self.lies[order[start : start + before.shape[1]]]
        if first == 0:
            h = torch.cat([h.new_zeros(len(h), 1, h.shape[-1]), h], 1)
        h = h + self.asked[order[first : first + h.shape[1]]]
        if self.of_class is not None:
            h = h + self.of_class(given)[:, None]
        kept = []
        for i, block in enumerate(self.blocks):
            h, pair = block(h, None if past is None else past[i])
            kept.append(pair)
        return self.norm(h), kept


class ChainCursor:
    """Behind the first ``done`` codes, in an order (D,), of a batch of grids (n, D); the others are not looked at."""

    def __init__(self, net: CodeChain, code: Tensor, done: int, given: Tensor, order: Tensor) -> None:
        self._net, self._done, self._given, self._order = net, done, given, order
        self._h, self._past = net.attend(code[:, order[:done]], 0, given, order, None)

    def logits(self) -> Tensor:
        """(n, K) for the next code."""
        out: Tensor = self._net.leave(self._h[:, -1])
        return out

    def write(self, code: Tensor) -> None:
        """Fix the next code (n,) and move on, if there is a place left."""
        self._done += 1
        if self._done < self._net.size:
            self._h, self._past = self._net.attend(code[:, None], self._done, self._given, self._order, self._past)
