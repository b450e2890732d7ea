"""Dilated causal convolutions over a wave: each sample's law from many before it, in few layers.

WaveNet (van den Oord et al. 2016, arXiv:1609.03499): a layer looks at `TAPS` places that lie ``d`` apart, and ``d`` grows by
that factor from layer to layer, so that five layers hear a thousand samples; gates ``a sigmoid(b)`` (Dauphin et al. 2017,
arXiv:1612.08083), residual and skip connections. Writing keeps what each layer has found (Le Paine et al. 2016,
arXiv:1611.09482), so that a sample costs one row of every layer and not the whole past again.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import glu, pad, silu

from dgm_studio.nets.causal import Cursor, LevelWaves

TAPS = 4
AT_ONCE = 16
"""Samples that are read together before the first layer."""
_BLOCK = 64
"""Samples that are written before what is kept is moved to the front."""


class WaveLevels(LevelWaves):
    """Levels of a companded wave as four numbers: that it is there, its companded and linear value, how near silence."""

    def __init__(self, levels: int, values: Tensor) -> None:
        super().__init__(levels, 4)
        companded = torch.linspace(-1, 1, levels)
        near = (1 - 20 * companded.abs()).clamp_min(0)
        self.count = 4
        self.table = torch.stack([torch.ones(levels), 2 * companded, 4 * values, near], 1)


class WaveLayer(nn.Module):
    """One look back at `TAPS` places ``dilation`` samples apart; the ``last`` has no layer above it to add to."""

    def __init__(self, width: int, dilation: int, last: bool) -> None:
        super().__init__()
        self.dilation = dilation
        self.look = nn.Linear(TAPS * width, 2 * width)
        self.join = None if last else nn.Linear(width, width, bias=False)

    def forward(self, h: Tensor, of_class: Tensor | None) -> tuple[Tensor, Tensor]:
        """(n, T, width) to what the next layer gets and what was found here."""
        length = h.shape[1]
        past = pad(h, (0, 0, (TAPS - 1) * self.dilation, 0))
        taps = torch.cat([past[:, i * self.dilation : i * self.dilation + length] for i in range(TAPS)], -1)
        seen = self.look(taps)
        found = glu(seen if of_class is None else seen + of_class[:, None], -1)
        return h if self.join is None else h + self.join(found), found


class WaveNet(nn.Module):
    """``layers`` layers of ``width`` features; a `CausalNet` of ``size`` samples of so many levels, whose linear ``values``
    (L,) it is told. ``classes`` is how many numbers say what is given."""

    def __init__(self, size: int, levels: int, values: Tensor, classes: int, width: int, layers: int) -> None:
        super().__init__()
        self.size, self.levels, self.width = size, levels, width
        self.waves = WaveLevels(levels, values)
        self.enter = nn.Linear(self.waves.count * AT_ONCE, width)
        self.layers = nn.ModuleList(WaveLayer(width, TAPS**i, i == layers - 1) for i in range(layers))
        self.of_class = nn.Linear(classes, 2 * width * layers, bias=False) if classes else None
        self.skip, self.leave = nn.Linear(width * layers, 2 * width), nn.Linear(2 * width, levels)
        with torch.no_grad():  # levels lie in a row: neighbours are alike before anything is learned
            at = (torch.arange(levels) + 0.5) / levels
            self.leave.weight.copy_(torch.cos(math.pi * at[:, None] * torch.arange(2 * width)) * (2 * width) ** -0.5)

    @property
    def reach(self) -> int:
        """How many samples before it a sample is told by."""
        back: int = sum((TAPS - 1) * TAPS**i for i in range(len(self.layers)))
        return AT_ONCE + back

    def logits(self, waves: Tensor, given: Tensor, order: Tensor | None = None) -> Tensor:
        if order is not None:
            raise ValueError("this network reads a wave from first to last; leave the order out")
        return self.head(torch.cat(self.through(waves, given)[1], -1))

    def cursor(self, level: Tensor, done: int, given: Tensor, order: Tensor | None = None) -> Cursor:
        if order is not None:
            raise ValueError("this network reads a wave from first to last; leave the order out")
        return WaveCursor(self, level, done, given)

    def given_to(self, given: Tensor) -> list[Tensor | None]:
        """What each layer is told of what is given (n, C): (n, 2 width) or nothing."""
        if self.of_class is None:
            return [None] * len(self.layers)
        return list(self.of_class(given).chunk(len(self.layers), -1))

    def through(self, waves: Tensor, given: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        """What goes into each layer and what it finds, each (n, T, width), given what precedes the samples of waves."""
        past = pad(waves, (0, 0, AT_ONCE, 0))[:, :-1]
        h: Tensor = self.enter(past.unfold(1, AT_ONCE, 1).transpose(2, 3).flatten(2))
        entering, found = [], []
        for layer, of_class in zip(self.layers, self.given_to(given), strict=True):
            entering.append(h)
            h, here = layer(h, of_class)
            found.append(here)
        return entering, found

    def head(self, found: Tensor) -> Tensor:
        """What all layers found (..., layers width) to logits (..., L)."""
        out: Tensor = self.leave(silu(self.skip(found)))
        return out


class _Kept:
    """What went into a layer: as far back as its taps reach, and a block of what follows."""

    def __init__(self, layer: WaveLayer, of_class: Tensor | None, past: Tensor) -> None:
        self.look, self.of_class = layer.look, of_class  # called as a module: passes are counted by its calls
        self.join = None if layer.join is None else layer.join.weight.T
        self.step, self.back = layer.dilation, (TAPS - 1) * layer.dilation
        self.line = pad(past, (0, 0, max(0, self.back - past.shape[1]), _BLOCK))[
            :, -(self.back + _BLOCK) :
        ].contiguous()
        self.at = self.back

    def found(self, h: Tensor) -> Tensor:
        if self.at == self.line.shape[1]:
            self.line[:, : self.back] = self.line[:, self.at - self.back :].clone()
            self.at = self.back
        self.line[:, self.at] = h
        taps = self.line[:, self.at - self.back : self.at + 1 : self.step].flatten(1)
        self.at += 1
        seen = self.look(taps)
        return glu(seen if self.of_class is None else seen + self.of_class, -1)


class WaveCursor:
    """Keeps, for every layer, what went into it as far back as its taps reach."""

    def __init__(self, net: WaveNet, level: Tensor, done: int, given: Tensor) -> None:
        n, self._table, self._count = len(level), net.waves.table, net.waves.count
        seen = net.waves(level[:, max(0, done - net.reach) : done])
        self._line = pad(seen, (0, 0, AT_ONCE, 0))[:, -AT_ONCE:].flatten(1)  # the samples before the next
        entering = net.through(seen, given)[0] if done else [seen.new_zeros(n, 0, net.width)] * len(net.layers)
        self._enter, self._skip, self._leave = ((each.bias, each.weight.T) for each in (net.enter, net.skip, net.leave))
        self._kept = []
        for layer, of_class, h in zip(net.layers, net.given_to(given), entering, strict=True):
            assert isinstance(layer, WaveLayer)
            self._kept.append(_Kept(layer, of_class, h))
        self._logits: Tensor | None = None

    def read(self) -> Tensor:
        if self._logits is None:
            found = []
            (bias, weight), (skip_bias, skip), (leave_bias, leave) = self._enter, self._skip, self._leave
            h = torch.addmm(bias, self._line, weight)
            for kept in self._kept:
                here = kept.found(h)
                found.append(here)
                if kept.join is not None:
                    h = torch.addmm(h, here, kept.join)
            self._logits = torch.addmm(leave_bias, silu(torch.addmm(skip_bias, torch.cat(found, -1), skip)), leave)
        return self._logits

    def write(self, level: Tensor) -> None:
        self.read()
        self._line = torch.cat([self._line[:, self._count :], self._table[level]], 1)
        self._logits = None
