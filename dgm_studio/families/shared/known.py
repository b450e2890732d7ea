"""The known part of an example, as samplers that fill a mask need it."""

from __future__ import annotations

import torch
from torch import Tensor

from dgm_studio.conditions.mask import Mask
from dgm_studio.contract import Steer


def mask_of(steer: Steer, like: Tensor) -> Mask:
    """The mask that a sampler is asked to fill, on the device of ``like``. Raises ValueError when there is none."""
    if not isinstance(steer.condition, Mask):
        asked = "none" if steer.condition is None else repr(steer.condition.name)
        raise ValueError(
            f"this sampler fills a mask but the condition is {asked}; paint a mask or choose another sampler"
        )
    return steer.condition.like(like)


def known_part(condition: Mask, n: int, size: int) -> tuple[Tensor, Tensor]:
    """Flat values and weights, each (n, size): weight 1 where the value is known, 0 where it is to be generated."""
    value, mask = torch.broadcast_tensors(condition.value, condition.mask)
    return value.reshape(-1, size).expand(n, size), (1 - mask).reshape(-1, size).expand(n, size)


def pinned(steer: Steer, x: Tensor, t: float) -> tuple[Tensor, Tensor]:
    """Known values, and where the mask still holds them at progress ``t``: what chains over examples are pinned to."""
    mask = mask_of(steer, x)
    return mask.value, mask.held(t)
