"""A network of noisy spectra: attention over the windows of a sound, each a row of coefficients.

``net(x, time, label)`` like the networks of `mlp`: (n, T) to (n, T). Time and class enter every window, before every block
(Peebles & Xie 2023, arXiv:2212.09748).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import silu

from dgm_studio.contract import Rng
from dgm_studio.nets.causal_transformer import AttentionBlock
from dgm_studio.nets.mlp import TimeFeatures, ZeroLinear, initialise, label_embedding

_HEADS = 4


class SpectrumNet(nn.Module):
    """``size`` coefficients in windows of so many; ``times`` and ``context`` as in `PointNet`."""

    def __init__(
        self, size: int, window: int, width: int, depth: int, classes: int, rng: Rng, times: int = 1, context: int = 0
    ) -> None:
        super().__init__()
        width = -(-width // _HEADS) * _HEADS
        self.window = window
        self.time = TimeFeatures(6)
        self.from_time = nn.Linear(times * 13, width)
        self.from_class = label_embedding(classes, context, width)
        self.enter = nn.Linear(3 * window, width)
        self.place = nn.Linear(size // window, width, bias=False)
        self.told = nn.ModuleList(nn.Linear(width, 2 * width) for _ in range(depth))
        self.blocks = nn.ModuleList(AttentionBlock(width, _HEADS, causal=False) for _ in range(depth))
        self.norm, self.out = nn.LayerNorm(width), ZeroLinear(width, window)
        initialise(self, rng)

    def forward(self, x: Tensor, time: Tensor, label: Tensor | None = None) -> Tensor:
        context = self.from_time(self.time(time))
        if self.from_class is not None:
            context = context + self.from_class(label)
        context = silu(context)
        rows = x.unflatten(1, (-1, self.window))
        # phases are told by neighbours: each window sees the one before and the one after it
        h = self.enter(torch.cat([rows.roll(1, 1), rows, rows.roll(-1, 1)], 2)) + self.place.weight.T
        for told, block in zip(self.told, self.blocks, strict=True):
            scale, shift = told(context)[:, None].chunk(2, -1)
            h, _ = block(h * (1 + scale) + shift, None)
        out: Tensor = self.out(silu(self.norm(h)))
        return out.flatten(1)
