"""Pictures without loss by a restricted machine so small that all its hidden states can be kept in mind.

Given its H hidden units the pixels are independent, so the machine is a mixture of 2^H such laws with the weights

    p(h) = sum_y exp(b.h) prod_i (1 + exp(a_i + W_i h)) exp(a_y + W_y h) / Z,

and every pixel that is read says which of them it may be. Of a larger
machine no p(v_i | v_1 ... v_(i-1)) can be computed.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from dgm_studio.contract import DataSpec, Lossless
from dgm_studio.families.boltzmann.knobs import binary
from dgm_studio.families.boltzmann.partition import Machine, enumerable, hidden_states, log_masses
from dgm_studio.families.boltzmann.restricted import Restricted
from dgm_studio.families.shared.mixed_walk import MixedWalk

_TERMS = 2**19
"""Hidden states times pixels, at most: every example in hand has a weight for each state."""


def lossless(machine: Machine, spec: DataSpec) -> Lossless | None:
    """What a file without loss needs; None where the machine is too large for it, or on points."""
    if not (spec.is_image and isinstance(machine, Restricted) and enumerable(machine, _TERMS)):
        return None
    small = machine

    @torch.no_grad()
    def begin(n: int) -> MixedWalk:
        exact = copy.deepcopy(small).cpu().double()
        h = hidden_states(exact.hidden, 0, 2**exact.hidden, exact.bias)
        field = torch.addmm(exact.bias, h, exact.weight.T)[:, : exact.size]
        return MixedWalk(_ByState(field), log_masses(exact, h).logsumexp(1), n)

    return Lossless(
        2, spec.size, lambda x: binary(x).long(), lambda k: (2.0 * k.float() - 1).reshape(-1, *spec.event), begin
    )


@dataclass
class _ByState:
    """Pixel after pixel; ``field`` (2^H, D) are its log-odds of being white under each hidden state."""

    field: Tensor
    position: int = 0

    def read(self) -> Tensor:
        odds = self.field[:, self.position]
        return torch.stack([F.logsigmoid(-odds), F.logsigmoid(odds)], -1)[None]

    def write(self, level: Tensor) -> None:
        self.position += 1
