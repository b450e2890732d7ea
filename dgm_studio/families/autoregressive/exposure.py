"""Exposure bias: a network that was trained behind true pixels draws behind its own.

Trained with a teacher, every pixel is predicted behind pixels of data; drawing freely, behind pixels that the network drew,
where one slip is never taken back and what follows has to fit it (Bengio et al. 2015, arXiv:1506.03099; Ranzato et al. 2015,
arXiv:1511.06732). Here the same network tells its surprise, ``-log p(k_i | k_1 ... k_(i-1))``, behind both, and draws
pictures twice with the same random numbers: once as they come, once with a single early pixel turned into its opposite.
"""

from __future__ import annotations

import torch
from torch import Tensor

from dgm_studio.contract import DataSpec, Frame, Inside, Steer, Work, rng_for
from dgm_studio.families.autoregressive.pixels import NextPixel, PixelKnobs
from dgm_studio.families.shared.classes import one_hot
from dgm_studio.families.shared.levels import as_event, to_levels
from dgm_studio.nets.causal import CausalNet, nats

_DRAWN, _SHOWN = 16, 5
"""Pictures whose surprise is averaged, and of these those on show."""
_EARLY = (0.3, 0.5)
"""The pixel that is corrupted: its share of the height and of the width."""
_SEED = 17

Taught = tuple[Tensor, Tensor | None]
"""Examples of the data (n, *event) and their classes."""


def exposure(net: CausalNet, spec: DataSpec, levels: int, taught: Taught | None) -> Inside:
    """Tiles of three pictures side by side."""
    known = "pictures of data, " if taught is not None else "(data once it trains), "
    return Inside(
        "Exposure bias",
        "Each tile has three parts. First tile: how surprising each pixel is, brighter for more nats, behind "
        f"{known}behind its own samples, and behind own samples with one early pixel corrupted. Others: a sample, the same "
        "drawn on with the same random numbers after one early pixel was turned into its opposite, and where they differ.",
        lambda: _tiles(net, spec, levels, taught),
    )


def early_pixel(spec: DataSpec) -> int:
    """The position in drawing order of the pixel that is corrupted."""
    channels, height, width = spec.event
    return (int(_EARLY[0] * height) * width + int(_EARLY[1] * width)) * channels


def drawn(net: CausalNet, spec: DataSpec, levels: int, corrupted: bool) -> Work[Frame]:
    """Samples, of which one early pixel is turned into its opposite as soon as it is drawn; a step a slice."""
    sampler, first = NextPixel(net, spec, levels, "", ""), early_pixel(spec) + 1
    device = net.waves.table.device
    frame, i = sampler.start(_DRAWN, Steer(), rng_for(_SEED, 0, device=device)), 0
    while frame.t < 1:
        i += 1
        knobs = PixelKnobs(pixels=min(first, 1024)) if i == 1 else PixelKnobs()
        frame = sampler.step(frame, Steer(knobs), rng_for(_SEED, i, device=device))
        if i == 1 and corrupted:
            at = as_event((torch.arange(spec.size, device=device) == first - 1)[None], spec.event)
            # the opposite of grey is grey: the farther end is taken
            frame = frame.with_(x=torch.where(at, torch.where(frame.x > 0, -1.0, 1.0), frame.x))
        yield
    return frame


@torch.no_grad()
def surprise(net: CausalNet, spec: DataSpec, levels: int, x: Tensor, label: Tensor | None) -> Tensor:
    """Mean nats of every pixel (D,), in drawing order, of pictures (n, *event)."""
    level = to_levels(x.to(net.waves.table.device), levels)
    given = one_hot(label, len(x), spec.given_size, net.waves.table)
    return -nats(net.logits(net.waves(level), given), level).mean(0)


def _tiles(net: CausalNet, spec: DataSpec, levels: int, taught: Taught | None) -> Work[Tensor]:
    free = yield from drawn(net, spec, levels, corrupted=False)
    slipped = yield from drawn(net, spec, levels, corrupted=True)
    label = free.state["drawn_class"] if spec.given_size else None
    maps = [torch.zeros(spec.size, device=free.x.device)]
    if taught is not None:
        maps = [surprise(net, spec, levels, taught[0], taught[1])]
        yield
    for x in (free.x, slipped.x):
        maps.append(surprise(net, spec, levels, x, label))
        yield
    behind = maps[-1].clone()
    behind[early_pixel(spec)] = 0.0  # its own surprise is the corruption, not what comes of it
    brightest = torch.stack([*maps[:-1], behind]).max().clamp_min(1e-9)
    shades = [as_event((2 * m / brightest - 1)[None], spec.event).clamp(-1, 1) for m in [*maps[:-1], behind]]
    rows = [_beside(shades)]
    rows += [
        _beside([free.x[k : k + 1], slipped.x[k : k + 1], (free.x - slipped.x)[k : k + 1].abs() - 1])
        for k in range(_SHOWN)
    ]
    return torch.cat(rows)


def _beside(parts: list[Tensor]) -> Tensor:
    """Pictures (1, C, H, W) side by side, a column of grey between them."""
    gap = parts[0].new_zeros(*parts[0].shape[:3], 1)
    return torch.cat([part for p in parts for part in (p, gap)][:-1], -1)
