"""Where a causal network looks: how much the logits of one pixel change with every other.

The slope of one pixel's logits along its inputs, averaged over random pictures: bright pixels matter, black ones cannot be
seen. It shows the order in which the network reads, and the blind spots that a stack of masked layers may have.
"""

from __future__ import annotations

import torch
from torch import Tensor

from dgm_studio.contract import DataSpec, Inside, Work, rng_for
from dgm_studio.families._classes import one_hot
from dgm_studio.families._levels import as_picture
from dgm_studio.families._slopes import gradients
from dgm_studio.nets.causal import CausalNet

_PICTURES = 4
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
    level = torch.randint(levels, (_PICTURES, spec.size), generator=rng_for(0)).to(device)
    label = torch.zeros(_PICTURES, dtype=torch.long, device=device)
    tiles = []
    for row in _PLACES:
        for column in _PLACES:
            yield
            position = (int(row * height) * width + int(column * width)) * channels
            with gradients():
                waves = net.waves(level.clone()).requires_grad_()
                given = one_hot(label.clone(), _PICTURES, len(spec.classes), waves)
                out = net.logits(waves, given)[:, position]
                # a fixed contrast between levels: their sum may be free of all inputs
                contrast = torch.linspace(-1, 1, levels, device=device)
                (slope,) = torch.autograd.grad((out * contrast).sum(), waves)
            seen = slope.square().sum(-1).mean(0).sqrt()
            # the root lifts what is faint
            shade = (seen / seen.max().clamp_min(1e-12)).sqrt()
            tiles.append(as_picture((2 * shade - 1)[None], spec.event)[0])
    return torch.stack(tiles)
