"""Networks of what is hidden: sequences of whole numbers, some of them hidden, to what each may be.

One signature, ``net(level (n, D), hidden (n, D), label (n,) or None)`` to logits (n, D, L), for models that fill in any order
or scale by scale. A hidden number is not seen, whatever ``level`` says of it.
"""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor, nn

from dgm_studio.contract import Rng
from dgm_studio.nets.mlp import ClassEmbedding, ResidualBlock, ZeroLinear, initialise
from dgm_studio.nets.relative_attention import RelativeAttentionBlock


class Unmasker(Protocol):
    """Logits (n, D, L) of all numbers, given those (n, D) that are not ``hidden`` and labels (n,), -1 for "no class"."""

    def __call__(self, level: Tensor, hidden: Tensor, label: Tensor | None) -> Tensor: ...


class UnmaskingMlp(nn.Module):
    """A residual MLP that sees all numbers at once: small pictures, whose pixels all matter to each other.

    Each number enters as a value in [-1, 1] with its first waves, and whether it is hidden; the share that is hidden is told,
    too.
    """

    def __init__(self, size: int, levels: int, width: int, blocks: int, classes: int, rng: Rng) -> None:
        super().__init__()
        self.size, self.levels = size, levels
        self.inputs = 2 if levels == 2 else 4
        self.from_numbers = nn.Linear(self.inputs * size, width)
        self.from_share = nn.Linear(3, width)
        self.from_class = ClassEmbedding(classes, width) if classes else None
        self.blocks = nn.ModuleList(ResidualBlock(width) for _ in range(blocks))
        self.norm = nn.LayerNorm(width)
        self.out = ZeroLinear(width, size * levels)
        initialise(self, rng)

    def forward(self, level: Tensor, hidden: Tensor, label: Tensor | None = None) -> Tensor:
        seen = (~hidden).to(self.out.weight)
        value = level.to(seen) * (2 / (self.levels - 1)) - 1
        columns = [value * seen, seen]
        if self.inputs == 4:
            columns += [(torch.pi * value).cos() * seen, (2 * torch.pi * value).cos() * seen]
        share = hidden.to(seen).mean(1, keepdim=True)
        context = self.from_share(torch.cat((share, share.square(), share.sqrt()), 1))
        if self.from_class is not None:
            context = context + self.from_class(label)
        context = nn.functional.silu(context)
        h = self.from_numbers(torch.cat(columns, 1))
        for block in self.blocks:
            h = block(h, context)
        out: Tensor = self.out(nn.functional.silu(self.norm(h)))
        return out.view(len(level), self.size, self.levels)


class UnmaskingTransformer(nn.Module):
    """A transformer whose attention sees all numbers at once, for strings: a letter matters wherever another of its kind is.

    A hidden letter is a token of its own, and the only one that all hidden ones share.
    """

    def __init__(self, size: int, levels: int, width: int, blocks: int, heads: int, rng: Rng) -> None:
        super().__init__()
        self.size, self.levels = size, levels
        self.letter = nn.Embedding(levels + 1, width)
        self.place = nn.Embedding(size, width)
        self.blocks = nn.ModuleList(RelativeAttentionBlock(size, width, heads) for _ in range(blocks))
        self.norm = nn.LayerNorm(width)
        self.out = ZeroLinear(width, levels)
        initialise(self, rng)

    def forward(self, level: Tensor, hidden: Tensor, label: Tensor | None = None) -> Tensor:
        token = torch.where(hidden, self.levels, level)
        h = self.letter(token) + self.place.weight
        for block in self.blocks:
            h = block(h)
        out: Tensor = self.out(self.norm(h))
        return out


class UnmaskingLetterMlp(nn.Module):
    """A residual MLP that sees all letters of a short string at once, each in its place: what they come to together.

    Letters enter as one of L + 1 columns each, of which one stands for hidden ones. Weights begin as torch draws them,
    narrower than those of the other networks here and with no layer at zero: sums are learned sooner from there.
    """

    def __init__(self, size: int, levels: int, width: int, blocks: int) -> None:
        super().__init__()
        self.size, self.levels = size, levels
        self.enter = nn.Linear(size * (levels + 1), width)
        self.blocks = nn.ModuleList(_wide(width) for _ in range(blocks))
        self.norm = nn.LayerNorm(width)
        self.out = nn.Linear(width, size * levels)

    def forward(self, level: Tensor, hidden: Tensor, label: Tensor | None = None) -> Tensor:
        columns = nn.functional.one_hot(torch.where(hidden, self.levels, level), self.levels + 1)
        h = self.enter(2 * columns.flatten(1).to(self.out.weight))
        for block in self.blocks:
            h = h + block(h)
        out: Tensor = self.out(self.norm(h))
        return out.view(len(level), self.size, self.levels)


def _wide(width: int) -> nn.Sequential:
    return nn.Sequential(nn.LayerNorm(width), nn.Linear(width, 3 * width), nn.SiLU(), nn.Linear(3 * width, width))
