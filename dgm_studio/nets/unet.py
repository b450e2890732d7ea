"""A small U-Net for pictures on a GPU: convolutions at falling and rising resolution, joined by skip connections.

Residual blocks with group normalisation and a scale and shift by time and class, self-attention at the coarsest level
(Ronneberger et al. 2015, arXiv:1505.04597; Dhariwal & Nichol 2021, arXiv:2105.05233). ``net(x, time, label)`` like the
networks of `mlp`.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from dgm_studio.contract import Rng
from dgm_studio.nets.mlp import TimeFeatures, ZeroConv2d, ZeroLinear, initialise, label_embedding


def group_norm(channels: int) -> nn.GroupNorm:
    """Normalisation over groups of about eight channels."""
    groups = max(g for g in range(1, 9) if channels % g == 0)
    return nn.GroupNorm(groups, channels)


class ConvBlock(nn.Module):
    """Two 3x3 convolutions around a scale and shift by the context; (n, a, H, W) to (n, b, H, W)."""

    def __init__(self, a: int, b: int, context: int) -> None:
        super().__init__()
        self.norm1, self.conv1 = group_norm(a), nn.Conv2d(a, b, 3, padding=1)
        self.norm2, self.conv2 = group_norm(b), ZeroConv2d(b, b, 3, padding=1)
        self.modulate = ZeroLinear(context, 2 * b)
        self.skip = nn.Conv2d(a, b, 1) if a != b else nn.Identity()

    def forward(self, x: Tensor, context: Tensor) -> Tensor:
        h = self.conv1(functional.silu(self.norm1(x)))
        scale, shift = self.modulate(context)[:, :, None, None].chunk(2, 1)
        h = functional.silu(self.norm2(h) * (1 + scale) + shift)
        out: Tensor = self.skip(x) + self.conv2(h)
        return out


class Attention(nn.Module):
    """Self-attention over the positions of a picture with heads of 32 channels or fewer."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.heads = max(1, channels // 32)
        while channels % self.heads:
            self.heads -= 1
        self.norm = group_norm(channels)
        self.qkv = nn.Conv2d(channels, 3 * channels, 1)
        self.out = ZeroConv2d(channels, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        n, c, height, width = x.shape
        q, k, v = (
            self.qkv(self.norm(x)).view(n, 3, self.heads, c // self.heads, height * width).transpose(3, 4).unbind(1)
        )
        h = functional.scaled_dot_product_attention(q, k, v).transpose(2, 3).reshape(n, c, height, width)
        out: Tensor = x + self.out(h)
        return out


class UNet(nn.Module):
    """Up to three resolutions with ``depth`` blocks each; ``width`` channels at the finest, doubled once."""

    def __init__(
        self, event: tuple[int, ...], width: int, depth: int, classes: int, rng: Rng, times: int = 1, given: int = 0
    ) -> None:
        super().__init__()
        colours, side = event[0], min(event[1:])
        levels = 3 if side >= 16 else 2 if side >= 4 else 1
        widths = [width * min(2, 2**i) for i in range(levels)]
        context = 2 * width
        self.time = TimeFeatures(6)
        self.from_time = nn.Linear(times * 13, context)
        self.from_class = label_embedding(classes, given, context)
        self.first = nn.Conv2d(colours, width, 3, padding=1)
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        self.depth = depth
        a, skips = width, []
        for w in widths:
            for _ in range(depth):
                self.down.append(ConvBlock(a, w, context))
                skips.append(w)
                a = w
        self.middle, self.attention, self.middle2 = (
            ConvBlock(a, a, context),
            Attention(a),
            ConvBlock(a, a, context),
        )
        for w in reversed(widths):
            for _ in range(depth):
                self.up.append(ConvBlock(a + skips.pop(), w, context))
                a = w
        self.norm, self.out = group_norm(a), ZeroConv2d(a, colours, 3, padding=1)
        initialise(self, rng)

    def forward(self, x: Tensor, time: Tensor, label: Tensor | None = None) -> Tensor:
        context = self.from_time(self.time(time))
        if self.from_class is not None:
            context = context + self.from_class(label)
        context = functional.silu(context)
        h, skips, sizes = self.first(x), [], []
        for i, block in enumerate(self.down):
            if i and i % self.depth == 0:
                sizes.append(h.shape[2:])
                h = functional.avg_pool2d(h, 2, ceil_mode=True)
            h = block(h, context)
            skips.append(h)
        h = self.middle2(self.attention(self.middle(h, context)), context)
        for i, block in enumerate(self.up):
            if i and i % self.depth == 0:
                h = functional.interpolate(h, size=sizes.pop(), mode="nearest")
            h = block(torch.cat((h, skips.pop()), 1), context)
        out: Tensor = self.out(functional.silu(self.norm(h)))
        return out
