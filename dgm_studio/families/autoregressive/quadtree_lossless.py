"""Pictures without loss by a quadtree: pixel after pixel in the order of the groups, a pass of the network for each group.

Within a group pixels are independent given all groups before it, so that one pass tells the law of each of them. The class is
never written: the pixels so far say which it may be, as in `lossless`.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass

import torch
from torch import Tensor

from dgm_studio.contract import DataSpec, Lossless
from dgm_studio.families.autoregressive.quadtree_scales import Scales
from dgm_studio.families.shared.classes import log_shares
from dgm_studio.families.shared.levels import from_levels, to_levels
from dgm_studio.families.shared.mixed_walk import MixedWalk
from dgm_studio.nets.unmasking import UnmaskingMlp


@dataclass(frozen=True)
class ScaleLossless:
    """What `Lossless` asks of a network whose pixels come in groups."""

    net: UnmaskingMlp
    spec: DataSpec
    levels: int
    scales: Scales

    def ability(self) -> Lossless:
        return Lossless(self.levels, self.spec.size, self._numbers, self._examples, self.begin)

    @property
    def _order(self) -> Tensor:
        """Places (D,) of the numbers, group after group."""
        return self.scales.group.argsort(stable=True)

    def _numbers(self, x: Tensor) -> Tensor:
        return to_levels(x, self.levels)[:, self._order.to(x.device)]

    def _examples(self, k: Tensor) -> Tensor:
        return from_levels(k[:, self._order.argsort().to(k.device)], self.levels, self.spec.event)

    @torch.no_grad()
    def begin(self, n: int) -> MixedWalk:
        """A walk on a copy of the network, so that it may learn on."""
        exact = copy.deepcopy(self.net).cpu().double()
        weights = log_shares(self.spec, torch.zeros(0, dtype=torch.double)) if self.spec.classes else torch.zeros(1)
        parts = _ByClass(exact, self.scales.to(torch.device("cpu")), n, len(self.spec.classes))
        return MixedWalk(parts, weights, n)


class _ByClass:
    """n sequences under each of so many classes, which lie next to each other."""

    def __init__(self, net: UnmaskingMlp, scales: Scales, n: int, classes: int) -> None:
        self._net, self._group, self._each = net, scales.group, max(1, classes)
        self._order = scales.group.argsort(stable=True).tolist()
        self._label = torch.arange(classes).repeat(n) if classes else None
        self._level = torch.zeros(n * self._each, len(self._order), dtype=torch.long)
        self._done = 0
        self._known: tuple[int, Tensor] | None = None

    def read(self) -> Tensor:
        place = self._order[self._done]
        g = int(self._group[place])
        if self._known is None or self._known[0] != g:
            hidden = (self._group >= g).expand_as(self._level)
            self._known = g, self._net(self._level, hidden, self._label)
        log_p: Tensor = self._known[1][:, place].log_softmax(-1).unflatten(0, (-1, self._each))
        return log_p

    def write(self, level: Tensor) -> None:
        self._level[:, self._order[self._done]] = level.repeat_interleave(self._each)
        self._done += 1
