"""One step of Glow on pictures: every channel evened out, channels mixed, and one half bent by what is around it.

    y = W ((x + b) e^s),      y_2' = y_2 e^(a(y_1)) + c(y_1)

with an invertible 1x1 convolution ``W = P L U`` and small convolutions a, c (Kingma & Dhariwal 2018, arXiv:1807.03039).
The log-determinant is that of the scales: ``h w (sum s + sum log |diag U|) + sum a``.

Squeezing blocks of 2x2 pixels into channels and letting half of the channels go early (multi-scale, Dinh et al. 2016,
arXiv:1605.08803) are only two ways to say which numbers a step works on, and how they lie: `squeezed` and a slice of it.
So all numbers keep their places in the picture, and a half-finished sample can be looked at.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, silu

from dgm_studio.families.flow.net import FlowLayer

_LARGEST_LOG_SCALE = 2.0


def squeezed(index: Tensor) -> Tensor:
    """Blocks of 2x2 cells into channels: (c, h, w) to (4 c, h / 2, w / 2)."""
    c, h, w = index.shape
    return index.view(c, h // 2, 2, w // 2, 2).permute(0, 2, 4, 1, 3).reshape(4 * c, h // 2, w // 2)


class GlowStep(FlowLayer):
    """Bends the numbers at ``index`` (c, h, w), two channels or more, taken as a picture; all others stay."""

    index: Tensor
    permutation: Tensor
    sign: Tensor

    def __init__(self, index: Tensor, classes: int, width: int) -> None:
        super().__init__()
        c, h, w = index.shape
        if c < 2:
            raise ValueError(f"a coupling of channels needs two of them, not {c}; squeeze pictures first")
        self.shape, self.passive = (c, h, w), c // 2
        self.register_buffer("index", index.flatten(), persistent=False)
        self.shift = nn.Parameter(torch.zeros(c, 1, 1))
        self.log_scale = nn.Parameter(torch.zeros(c, 1, 1))

        rotation = torch.linalg.qr(torch.randn(c, c))[0]
        permutation, lower, upper = torch.linalg.lu(rotation)
        self.register_buffer("permutation", permutation)
        self.register_buffer("sign", upper.diagonal().sign())
        # below the diagonal L, whose own is 1, above it U
        self.triangles = nn.Parameter(lower.tril(-1) + upper.triu(1))
        self.log_diagonal = nn.Parameter(upper.diagonal().abs().log())

        kernel = 1 if h == w == 1 else 3
        self.enter = nn.Conv2d(self.passive, width, kernel, padding="same")
        self.of_class = nn.Linear(classes, width, bias=False) if classes else None
        self.between = nn.Conv2d(width, width, 1)
        self.leave = nn.Conv2d(width, 2 * (c - self.passive), kernel, padding="same")
        with torch.no_grad():
            # a step starts as a mere change of axes
            self.leave.weight.mul_(0.01)
            assert self.leave.bias is not None
            self.leave.bias.zero_()

    @torch.no_grad()
    def prepare(self, x: Tensor) -> None:
        """Even out every channel: mean 0, standard deviation 1."""
        y = self._image(x)
        self.log_scale.copy_(-y.std((0, 2, 3)).clamp_min(1e-3).log()[:, None, None])
        self.shift.copy_(-y.mean((0, 2, 3))[:, None, None])

    def bend(self, x: Tensor, given: Tensor, *, inverse: bool) -> tuple[Tensor, Tensor]:
        y = self._image(x)
        weight = self._mixing()
        volume = (self.log_scale.sum() + self.log_diagonal.sum()) * (self.shape[1] * self.shape[2])
        if not inverse:
            y = conv2d((y + self.shift) * self.log_scale.exp(), weight[:, :, None, None])
        first, second = y[:, : self.passive], y[:, self.passive :]
        log_scale, shift = self._conditioner(first, given)
        log_det = volume + log_scale.flatten(1).sum(1)
        if inverse:
            y = torch.cat([first, (second - shift) * torch.exp(-log_scale)], 1)
            y = conv2d(y, torch.linalg.inv(weight)[:, :, None, None]) * torch.exp(-self.log_scale) - self.shift
            log_det = -log_det
        else:
            y = torch.cat([first, second * log_scale.exp() + shift], 1)
        return x.index_copy(1, self.index, y.flatten(1)), log_det

    def _image(self, x: Tensor) -> Tensor:
        return x[:, self.index].view(len(x), *self.shape)

    def _mixing(self) -> Tensor:
        """``P L U`` (c, c)."""
        lower = self.triangles.tril(-1) + torch.eye(self.shape[0], device=self.sign.device, dtype=self.sign.dtype)
        upper = self.triangles.triu(1) + torch.diag(self.sign * self.log_diagonal.exp())
        return self.permutation @ lower @ upper

    def _conditioner(self, passive: Tensor, given: Tensor) -> tuple[Tensor, Tensor]:
        """Logarithms of scales, bounded so that one bad step cannot blow the inverse up, and shifts."""
        hidden = self.enter(passive)
        if self.of_class is not None:
            hidden = hidden + self.of_class(given)[:, :, None, None]
        raw, shift = self.leave(silu(self.between(silu(hidden)))).chunk(2, 1)
        return _LARGEST_LOG_SCALE * torch.tanh(raw / _LARGEST_LOG_SCALE), shift
