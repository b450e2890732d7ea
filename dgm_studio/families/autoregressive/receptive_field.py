"""Where a causal network looks: how much the logits of one pixel change with every other.

The gradient of one pixel's logits along its inputs, averaged over random pictures: bright pixels matter, black ones cannot be
seen. It shows the order in which the network reads, and the blind spots that a stack of masked layers may have. A
transformer also says where it looks: the weights of its attention.
"""

from __future__ import annotations

import torch
from torch import Tensor

from dgm_studio.contract import DataSpec, Inside, Work, rng_for
from dgm_studio.families.shared.classes import class_or_first
from dgm_studio.families.shared.gradients import gradients
from dgm_studio.families.shared.levels import as_event, to_levels
from dgm_studio.nets.causal import CausalNet
from dgm_studio.nets.causal_transformer import CausalTransformer

_IMAGES = 4
_TOKENS = 12
"""Strips whose attention is shown."""
_PLACES = (0.25, 0.5, 0.8)
"""Looked from: shares of the height and of the width."""


def receptive_field(net: CausalNet, spec: DataSpec, levels: int) -> Inside:
    """Nine tiles: what the network sees from nine pixels, the middle one in the middle."""
    return Inside(
        "Receptive field",
        "What each of nine pixels is predicted from: bright pixels matter most to its logits, black ones are not seen.",
        lambda: _tiles(net, spec, levels),
    )


def _tiles(net: CausalNet, spec: DataSpec, levels: int) -> Work[Tensor]:
    channels, height, width = spec.event
    device = net.waves.table.device
    level = torch.randint(levels, (_IMAGES, spec.size), generator=rng_for(0)).to(device)
    tiles = []
    for row in _PLACES:
        for column in _PLACES:
            yield
            position = (int(row * height) * width + int(column * width)) * channels
            with gradients():
                waves = net.waves(level.clone()).requires_grad_()
                given = class_or_first(None, waves, spec)
                out = net.logits(waves, given)[:, position]
                # a fixed contrast between levels: their sum may be free of all inputs
                contrast = torch.linspace(-1, 1, levels, device=device)
                (grad,) = torch.autograd.grad((out * contrast).sum(), waves)
            seen = grad.square().sum(-1).mean(0).sqrt()
            # the root lifts what is faint
            shade = (seen / seen.max().clamp_min(1e-12)).sqrt()
            tiles.append(as_event((2 * shade - 1)[None], spec.event)[0])
    return torch.stack(tiles)


def attention(
    net: CausalTransformer, spec: DataSpec, levels: int, taught: tuple[Tensor, Tensor | None] | None
) -> Inside:
    """A tile for each of some strips, on pictures of the last batch (n, *event) with their classes, random ones before any."""
    what = "pixel" if net.strip == 1 else f"strip of {net.strip} pixel values"
    return Inside(
        "Attention",
        f"Which earlier parts of the picture the network looks at before it draws the {what} in grey: brighter for more, the "
        "mean over heads, layers and pictures.",
        lambda: _attention_tiles(net, spec, levels, taught),
    )


def _attention_tiles(
    net: CausalTransformer, spec: DataSpec, levels: int, taught: tuple[Tensor, Tensor | None] | None
) -> Work[Tensor]:
    device = net.waves.table.device
    if taught is None:
        level = torch.randint(levels, (_IMAGES, spec.size), generator=rng_for(0)).to(device)
        label: Tensor | None = None
    else:
        level, label = to_levels(taught[0].to(device), levels), taught[1]
    given = class_or_first(label, net.waves(level), spec)
    with torch.no_grad():
        looks = net.looks(net.waves(level), given).mean((0, 1))
    yield
    tiles = []
    for token in torch.linspace(1, net.tokens - 1, min(_TOKENS, net.tokens - 1)).round().int().tolist():
        seen = looks[token, 1:]  # what stands before all strips is no part of the picture
        shade = 2 * seen / seen.max().clamp_min(1e-12) - 1
        by_pixel = torch.cat([shade, shade.new_full((1,), -1.0)]).repeat_interleave(net.strip)
        by_pixel[token * net.strip : (token + 1) * net.strip] = 0.0
        tiles.append(as_event(by_pixel[None], spec.event)[0])
    return torch.stack(tiles)
