"""Attention over a whole string that knows how far apart two letters are, whatever their places.

Each head adds to the score of a query at place i and a key at place j a number of its own for j - i (Raffel et al. 2020,
arXiv:1910.10683; Shaw et al. 2018, arXiv:1803.02155). What a letter needs of its neighbours, and neighbours of theirs, is then
learned once and not again at each place.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import relu


class RelativeAttentionBlock(nn.Module):
    """Attention of all tokens (n, size, width) to all, then two layers on each; each after a norm and added to what came in.

    Scores are plain products of matrices: on strings of a dozen letters that is quicker than torch's fused attention, which
    copies what is added to them.
    """

    apart: Tensor

    def __init__(self, size: int, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm_1, self.norm_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.enter, self.join = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.wide, self.narrow = nn.Linear(width, 3 * width), nn.Linear(3 * width, width)
        self.nearness = nn.Parameter(torch.zeros(heads, 2 * size - 1))
        place = torch.arange(size)
        self.register_buffer("apart", place - place[:, None] + size - 1, persistent=False)

    def forward(self, h: Tensor) -> Tensor:
        n, size, width = h.shape
        parts = self.enter(self.norm_1(h)).view(n, size, 3, self.heads, width // self.heads)
        query, key, value = parts.permute(2, 0, 3, 1, 4).unbind(0)
        score = (query * (width // self.heads) ** -0.5) @ key.transpose(-1, -2) + self.nearness[:, self.apart]
        seen = score.softmax(-1) @ value
        h = h + self.join(seen.transpose(1, 2).flatten(2))
        out: Tensor = h + self.narrow(relu(self.wide(self.norm_2(h))))
        return out
