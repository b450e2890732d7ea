"""Kernel regression of a whole density: examples weigh by how near their contexts are to the one that is given.

    p(x | c) = sum_j w_j(c) N(x; x_j, h^2 I),     w_j(c) ~ exp(-1/2 sum_s |c_s - c_js|^2 / g_s^2),

the sum over the slots s that are given (Nadaraya 1964; Watson 1964; Rosenblatt 1969 for the density). The width ``g_s`` of each
slot climbs the leave-one-out conditional likelihood (Hall, Racine & Li 2004, doi:10.1198/016214504000000548), whose gradient is
a difference of two mean squared distances:

    d log p / d log g_s = (E[d_s | x, c] - E[d_s | c]) / g_s^2 .
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from dgm_studio.contract import ContextSlot
from dgm_studio.contract.context import is_given, slot_width

NARROWEST, WIDEST = 0.02, 5.0
_GAIN = 0.6


@dataclass(frozen=True)
class ContextKernel:
    """Contexts (m, width) of the examples, all of their slots given, and the width (slots,) of each slot's kernel."""

    slots: Sequence[ContextSlot]
    contexts: Tensor
    width: Tensor

    def log_weight(self, context: Tensor) -> Tensor:
        """Log-weights (n, m) of the examples under contexts (n, width), which sum to one."""
        weights: Tensor = (-0.5 * self._distance(context, self.width)).log_softmax(-1)
        return weights

    def _distance(self, context: Tensor, width: Tensor) -> Tensor:
        """Squared distances (n, m) in the slots that are given, each in units of its width."""
        each = torch.tensor([slot_width(slot) for slot in self.slots], device=context.device)
        scale = width.repeat_interleave(each)
        mask = is_given(self.slots, context).to(context).repeat_interleave(each, 1)
        a, b = mask * context / scale, self.contexts / scale
        squares = a.square().sum(1, keepdim=True) - 2 * a @ b.T + mask @ b.square().T
        return squares.clamp_min(0)

    def by_slot(self, context: Tensor) -> Tensor:
        """Squared distances (slots, n, m) of contexts with all slots given, in units of the numbers."""
        found, begin = [], 0
        for slot in self.slots:
            at = slice(begin, begin := begin + slot_width(slot))
            found.append(torch.cdist(context[:, at], self.contexts[:, at]).square())
        return torch.stack(found)

    def climbed(self, context: Tensor, log_kernel: Tensor, allowed: Tensor, turn: int) -> Tensor:
        """The widths (slots,) one step up the likelihood of examples with ``context`` (n, width), given the ``allowed`` others.

        ``log_kernel`` (n, m) is the logarithm of the kernel of each example at each other; ``allowed`` (n, m) leaves itself
        out.
        """
        squares = self.by_slot(context)
        near = torch.where(allowed, -0.5 * (squares / self.width.square()[:, None, None]).sum(0), -torch.inf)
        before, after = near.softmax(-1), (near + log_kernel).softmax(-1)
        pull = ((after - before) * squares).sum(-1).mean(-1) / self.width.square()
        gain = _GAIN * turn**-0.5
        width: Tensor = (self.width * (gain * pull.clamp(-1, 1)).exp()).clamp(NARROWEST, WIDEST)
        return width
