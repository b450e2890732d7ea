"""What flows are made of: couplings or autoregressive layers over points and waves, or Glow steps over pixels."""

from __future__ import annotations

import math
from typing import Literal

import torch

from dgm_studio.families.flow.autoregressive_layer import Autoregressive
from dgm_studio.families.flow.couplings import Coupling
from dgm_studio.families.flow.entries import EvenWaves, Plain, Stretch
from dgm_studio.families.flow.glow import GlowStep, squeezed
from dgm_studio.families.flow.net import FlowLayer, FlowNet

Kind = Literal["spline", "autoregressive", "realnvp"]
_SCALES = 3


def plain_flow(
    kind: Kind, event: tuple[int, ...], classes: int, layers: int, width: int, bins: int, coarse: int
) -> FlowNet:
    """Layers over points, or over the ``coarse`` coarsest waves of pictures.

    The fine waves are bent once given the coarse ones, the coarse ones by all further layers: cheap, and where the shapes
    are.
    """
    size, image = math.prod(event), len(event) == 3
    first = min(coarse, size) if image else size
    index = torch.arange(size)
    made: list[FlowLayer] = []
    if first < size:
        made.append(Coupling("realnvp", index[first:], index[:first], classes, width, bins))
    for i in range(layers):
        if kind == "autoregressive":
            made.append(Autoregressive(index[:first] if i % 2 else index[:first].flip(0), classes, width, bins))
            continue
        # even and odd numbers, then even and odd pairs, so that all come to depend on all
        stride = 1 if first < 4 else 2 ** ((i // 2) % 2)
        turn = (index[:first] // stride) % 2 == (i + 1) % 2
        made.append(Coupling(kind, index[:first][turn], index[:first][~turn], classes, width, bins))
    return FlowNet(size, EvenWaves(event) if image else Plain(), made)


def multi_scale_flow(event: tuple[int, ...], classes: int, depth: int, width: int, reach: float) -> FlowNet:
    """``depth`` Glow steps at each of up to three scales, of pictures (C, H, W) of even height and width.

    ``reach`` is how far noisy pixels lie from 0.
    """
    size = math.prod(event)
    at = squeezed(torch.arange(size).view(event))
    made: list[FlowLayer] = []
    for scale in range(_SCALES):
        made += [GlowStep(at, classes, width) for _ in range(depth)]
        if scale == _SCALES - 1 or at.shape[1] % 2 or at.shape[2] % 2:
            break
        # half of the channels are noise already, the others are looked at from farther away
        at = squeezed(at[at.shape[0] // 2 :])
    return FlowNet(size, Stretch(reach), made)
