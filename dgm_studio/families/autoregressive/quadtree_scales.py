"""The pixels of a picture in groups, coarse to fine: a few far apart first, then those between them.

A group of stride s holds pixels of a grid that wide; at each halving the new ones come in three groups, those in the middle of
four known ones before those between two (Reed et al. 2017, arXiv:1703.03664). Pixels of a group are drawn at once, given all
groups before it: 8x8 pixels take 10 groups.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from dgm_studio.families.shared.levels import in_order


@dataclass(frozen=True)
class Scales:
    """Of pictures as sequences: the ``group`` (D,) of each number, and whose number ``shows`` (groups + 1, D) at each place
    once so many groups are drawn."""

    group: Tensor
    shows: Tensor

    @property
    def count(self) -> int:
        return len(self.shows) - 1

    def members(self, g: int) -> Tensor:
        """Numbers (k,) of a group."""
        return (self.group == g).nonzero()[:, 0]

    def to(self, device: torch.device) -> Scales:
        return Scales(self.group.to(device), self.shows.to(device))


def scales(event: tuple[int, ...]) -> Scales:
    """Those of pictures (C, H, W); colours of a pixel come one after the other."""
    channels, height, width = event
    widest = 2 ** math.ceil(math.log2(max(height, width)))
    start = widest // 4  # not in a corner, which is often empty
    rows, columns = torch.arange(height) - start, torch.arange(width) - start
    group = torch.full(event, -1)
    owners, latest, g = [], _owner(event, start, 2 * widest), 0
    stride = widest
    while stride >= 1:
        on_row, on_column = (places % stride == 0 for places in (rows, columns))
        new_row, new_column = (places % (2 * stride) != 0 for places in (rows, columns))
        for r, c in ((~new_row, ~new_column), (new_row, new_column), (~new_row, new_column), (new_row, ~new_column)):
            for channel in range(channels):
                here = (on_row & r)[:, None] & (on_column & c)
                free = here & (group[channel] < 0)
                if bool(free.any()):
                    group[channel][free] = g
                    owners.append(latest)
                    g += 1
        latest = _owner(event, start, stride)
        stride //= 2
    flat = in_order(group[None])[0]
    place = torch.arange(len(flat))
    shows = [torch.where(flat < k, place, in_order(owner[None])[0]) for k, owner in enumerate(owners)]
    return Scales(flat, torch.stack([*shows, place]))


def _owner(event: tuple[int, ...], start: int, stride: int) -> Tensor:
    """For each pixel (*event) the place, in order, of the nearest before it on the grid of a stride that has any."""
    channels, height, width = event
    row, column = (
        start % stride + ((torch.arange(n) - start % stride) // stride).clamp_min(0) * stride for n in (height, width)
    )
    row, column = row.clamp_max(height - 1), column.clamp_max(width - 1)
    at = (row[:, None] * width + column) * channels
    return at[None] + torch.arange(channels)[:, None, None]
