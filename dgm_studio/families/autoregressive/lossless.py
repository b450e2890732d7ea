"""Pictures without loss by a causal network: pixel after pixel, along the cursor by which it draws.

A network that knows classes is read under each of them at once, and the class is never written: its law is the mixture
``sum_y p(y) p(k | y)``, and the pixels so far say which of them it may be.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from dgm_studio.contract import DataSpec, Lossless
from dgm_studio.families.shared.classes import log_shares
from dgm_studio.families.shared.levels import from_levels, to_levels
from dgm_studio.families.shared.mixed_walk import MixedWalk
from dgm_studio.nets.causal import CausalNet, Cursor


@dataclass(frozen=True)
class NetLossless:
    """What `Lossless` asks of a causal ``net``, which is also a torch module."""

    net: CausalNet
    spec: DataSpec
    levels: int

    def ability(self) -> Lossless:
        spec, levels = self.spec, self.levels
        return Lossless(
            levels, spec.size, lambda x: to_levels(x, levels), lambda k: from_levels(k, levels, spec.event), self.begin
        )

    @torch.no_grad()
    def begin(self, n: int) -> MixedWalk:
        """A walk on a copy of the network, so that it may learn on."""
        assert isinstance(self.net, nn.Module)
        exact = copy.deepcopy(self.net).cpu().double()
        classes = len(self.spec.classes)
        rows = n * max(1, classes)
        given = (
            torch.eye(classes, dtype=torch.double).repeat(n, 1)
            if classes
            else torch.zeros(n, self.spec.given_size).double()
        )
        start = torch.zeros(rows, self.spec.size, dtype=torch.long)
        weights = log_shares(self.spec, given) if classes else torch.zeros(1)
        return MixedWalk(_ByClass(exact.cursor(start, 0, given), rows // n), weights, n)


class _ByClass:
    """A cursor over n sequences under each of so many classes, which lie next to each other."""

    def __init__(self, cursor: Cursor, classes: int) -> None:
        self._cursor, self._classes = cursor, classes

    def read(self) -> Tensor:
        log_p: Tensor = self._cursor.read().log_softmax(-1).unflatten(0, (-1, self._classes))
        return log_p

    def write(self, level: Tensor) -> None:
        self._cursor.write(level.repeat_interleave(self._classes))
