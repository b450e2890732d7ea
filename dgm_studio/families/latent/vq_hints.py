"""What the known pixels of a cell say of its code, before the picture around it is there.

The decoder paints a cell by its code and, less, by those around it. So each code k is decoded among a few random others; its
pixels have a mean m and a variance v over them, and the known pixels x of a cell are as likely under the code as

    log p(x | k) = -1/2 sum over known i of ((x_i - m_ki)^2 / (v_ki + s^2) + log(v_ki + s^2)).

A cell of which a half is known is then drawn from codes that paint this half, not from all.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from dgm_studio.conditions.mask import Mask
from dgm_studio.contract import Rng
from dgm_studio.families.latent.vq_net import VqNet

_WINDOWS = 512
"""Windows to decode, for all codes together: some ten milliseconds."""
_TOLERANCE = 0.3
"""How far a pixel may be from the mean whatever is around, in model units."""


@torch.no_grad()
def hints(net: VqNet, condition: Mask, rng: Rng) -> Tensor:
    """Nats (1 or n, D, K), up to a constant, of the known pixels of each of the D cells under each of the K codes."""
    mean, variance = _looks(net, rng)
    value, known = torch.broadcast_tensors(condition.value.to(mean), condition.held().to(mean))
    value, known = _by_cell(net, value), _by_cell(net, known)
    inverse = 1 / variance
    square = (known * value.square()) @ inverse.T - 2 * (known * value) @ (mean * inverse).T
    return -0.5 * (square + known @ (mean.square() * inverse + variance.log()).T)


def _looks(net: VqNet, rng: Rng) -> tuple[Tensor, Tensor]:
    """Mean and variance (K, pixels of a cell) of what the codes paint, those around drawn as often as they are used."""
    vectors, side = net.codebook.vectors, net.cell
    codes = len(vectors)
    each = max(2, _WINDOWS // codes)
    use = (net.codebook.count + 1e-3).expand(codes, -1)
    grid = torch.multinomial(use, 9 * each, replacement=True, generator=rng).view(-1, 9)
    grid[:, 4] = torch.arange(codes, device=grid.device).repeat_interleave(each)
    painted = net.observation.mean(net.outputs(vectors[grid], (3, 3)))
    middle = painted.view(codes, each, net.channels, 3 * side, 3 * side)[..., side : 2 * side, side : 2 * side]
    pixels = middle.flatten(2)
    return pixels.mean(1), pixels.var(1) + _TOLERANCE**2


def _by_cell(net: VqNet, a: Tensor) -> Tensor:
    """Pictures (C, H, W) or (n, C, H, W) cut into cells, (1 or n, D, pixels of a cell), zeros beyond the edge."""
    images = a.reshape(-1, net.channels, net.height, net.width)
    padded = F.pad(images, (0, -net.width % net.cell, 0, -net.height % net.cell))
    return F.unfold(padded, net.cell, stride=net.cell).mT
