"""Gated PixelCNN: convolutions that only look up and to the left, in two stacks without a blind spot.

Van den Oord et al. 2016 (arXiv:1606.05328). The vertical stack sees the rows above, the horizontal one the row so far and,
at every layer, what the vertical one made of the rows above; both are gated, ``tanh(a) sigmoid(b)``, and the class shifts
every gate. The colours of a pixel are read as columns of their own. Writing recomputes, per row, only the rows that the
vertical stack can see, and per pixel one column of the horizontal stack.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, pad, relu

from dgm_studio.nets.causal import LevelWaves

_UP, _ASIDE = 3, 3
"""The first layer sees so many rows above, so many columns to either side and to the left."""


class PixelCnn(nn.Module):
    """``layers`` gated layers of ``width`` features on a grid of ``height`` rows.

    ``logits`` maps waves (n, D, F) and classes (n, C) one-hot to (n, D, L).
    """

    def __init__(self, height: int, columns: int, levels: int, classes: int, width: int, layers: int) -> None:
        super().__init__()
        self.height, self.columns, self.levels, self.width = height, columns, levels, width
        self.waves = LevelWaves(levels)
        self.layers = nn.ModuleList()
        for i in range(layers):
            self.layers.append(
                GatedLayer(self.waves.count if i == 0 else width, width, classes, first=i == 0, last=i == layers - 1)
            )
        # digits are centred: where a pixel lies says much about it
        self.place = nn.Parameter(0.1 * torch.randn(2 * width, height, columns))
        self.mix = nn.Linear(width, 2 * width)
        self.leave = nn.Linear(2 * width, levels)

    def gated(self) -> list[GatedLayer]:
        """The layers, first to last."""
        return [layer for layer in self.layers if isinstance(layer, GatedLayer)]

    def logits(self, waves: Tensor, given: Tensor, order: Tensor | None = None) -> Tensor:
        if order is not None:
            raise ValueError("a PixelCNN reads row by row; leave the order out or choose MADE")
        grid = waves.view(-1, self.height, self.columns, self.waves.count).permute(0, 3, 1, 2)
        v = h = grid
        for i, layer in enumerate(self.gated()):
            tall = layer.up(v)
            if i == 0:
                tall = tall + self.place
            h = layer.across(h, tall, given)
            v = layer.gate_up(tall, given)
        return self.out(h.permute(0, 2, 3, 1).flatten(1, 2))

    def out(self, h: Tensor) -> Tensor:
        """Logits (..., L) of features (..., c)."""
        mixed: Tensor = self.leave(relu(self.mix(relu(h))))
        return mixed

    def cursor(self, level: Tensor, done: int, given: Tensor, order: Tensor | None = None) -> PixelCnnCursor:
        if order is not None:
            raise ValueError("a PixelCNN reads row by row; leave the order out or choose MADE")
        return PixelCnnCursor(self, level, done, given)


class GatedLayer(nn.Module):
    """One layer of both stacks; the first leaves out the row, or the pixel, itself."""

    def __init__(self, inputs: int, width: int, classes: int, first: bool, last: bool) -> None:
        super().__init__()
        self.first, self.last = first, last
        self.rows, self.aside, self.left = (_UP, _ASIDE, _ASIDE) if first else (2, 1, 2)
        self.vertical = nn.Conv2d(inputs, 2 * width, (self.rows, 2 * self.aside + 1))
        self.horizontal = nn.Linear(inputs * self.left, 2 * width)
        self.down = nn.Conv2d(2 * width, 2 * width, 1)
        self.back = nn.Linear(width, width)
        self.class_up = nn.Linear(classes, 2 * width, bias=False) if classes and not last else None
        self.class_across = nn.Linear(classes, 2 * width, bias=False) if classes else None

    def up(self, v: Tensor) -> Tensor:
        """The vertical stack before its gate: (n, c, H, W) to (n, 2 c', H, W)."""
        # zeros above; the first layer's window ends one row earlier
        above = pad(v[:, :, : v.shape[2] - self.first], (self.aside, self.aside, self.rows - 1 + self.first, 0))
        return conv2d(above, self.vertical.weight, self.vertical.bias)

    def gate_up(self, tall: Tensor, given: Tensor) -> Tensor:
        """What the next layer of the vertical stack sees; the last layer has none to follow."""
        if self.last:
            return tall
        shift = 0 if self.class_up is None else self.class_up(given)[:, :, None, None]
        return _gate(tall + shift, 1)

    def across(self, h: Tensor, tall: Tensor, given: Tensor) -> Tensor:
        """The horizontal stack: (n, c, H, W) to (n, c', H, W)."""
        before = pad(h[:, :, :, : h.shape[3] - self.first], (self.left - 1 + self.first, 0))
        window = before.unfold(3, self.left, 1).permute(0, 2, 3, 1, 4).flatten(3)
        new = self.step(window, self.down(tall).permute(0, 2, 3, 1), self._shift(given)[:, None, None])
        new = new.permute(0, 3, 1, 2)
        return new if self.first else h + new

    def step(self, window: Tensor, tall: Tensor, shift: Tensor) -> Tensor:
        """One or many pixels of the horizontal stack: windows (..., c left) to (..., c')."""
        new: Tensor = self.back(_gate(self.horizontal(window) + tall + shift, -1))
        return new

    def _shift(self, given: Tensor) -> Tensor:
        return (
            given.new_zeros(1, self.horizontal.out_features) if self.class_across is None else self.class_across(given)
        )

    def shift(self, given: Tensor) -> Tensor:
        """What the class adds before the gate (n, 2 c'), or (1, 2 c')."""
        return self._shift(given)


def _gate(x: Tensor, axis: int) -> Tensor:
    a, b = x.chunk(2, axis)
    return torch.tanh(a) * torch.sigmoid(b)


class PixelCnnCursor:
    """Keeps the vertical stack of the present row and the horizontal stack of the row so far."""

    def __init__(self, net: PixelCnn, level: Tensor, done: int, given: Tensor) -> None:
        self._net, self._given = net, given
        self._waves = net.waves(level).view(-1, net.height, net.columns, net.waves.count).permute(0, 3, 1, 2).clone()
        self._shifts = [layer.shift(given) for layer in net.gated()]
        self._row, column = divmod(done, net.columns)
        self._begin_row()
        for _ in range(column):
            self._advance()
            self._column += 1

    def read(self) -> Tensor:
        return self._net.out(self._advance())

    def write(self, level: Tensor) -> None:
        self._waves[:, :, self._row, self._column] = self._net.waves(level)
        self._column += 1
        if self._column == self._net.columns and self._row + 1 < self._net.height:
            self._row += 1
            self._begin_row()

    def _begin_row(self) -> None:
        """The vertical stack of one row, from the rows that it can see."""
        net = self._net
        layers = net.gated()
        top = max(0, self._row - _UP - len(layers) + 1)
        v = self._waves[:, :, top : self._row + 1]
        self._tall = []
        for i, layer in enumerate(layers):
            tall = layer.up(v)
            if i == 0:
                tall = tall + net.place[:, top : self._row + 1]
            self._tall.append(layer.down(tall[:, :, -1:])[:, :, 0].permute(2, 0, 1))
            v = layer.gate_up(tall, self._given)
        n, self._column = len(v), 0
        # what each layer has read of the row, behind the zeros on its left
        self._across = [v.new_zeros(n, net.width, layer.left - 1 + net.columns) for layer in layers[1:]]
        self._input = pad(self._waves[:, :, self._row], (_ASIDE, 0))

    def _advance(self) -> Tensor:
        """The horizontal stack of the present column (n, c)."""
        layers, j = self._net.gated(), self._column
        self._input[:, :, _ASIDE + j - 1] = self._waves[:, :, self._row, j - 1] if j else 0.0
        h = layers[0].step(self._input[:, :, j : j + _ASIDE].flatten(1), self._tall[0][j], self._shifts[0])
        for i, layer in enumerate(layers[1:], 1):
            line = self._across[i - 1]
            line[:, :, layer.left - 1 + j] = h
            h = h + layer.step(line[:, :, j : j + layer.left].flatten(1), self._tall[i][j], self._shifts[i])
        return h
