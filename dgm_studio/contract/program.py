"""Programs: how examples come about where every random number behind them is known by name, and can be held."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from dgm_studio.protocol.context import ContextSlot, ContextValues

from .work import Rng

Factors = Mapping[str, Tensor]
"""The random numbers behind n examples by name, each (n, ...)."""


@dataclass(frozen=True)
class Program:
    """``factors(n, rng)`` draws the causes of n examples, and ``render(factors)`` makes them, (n, *event) in data units.

    ``slots`` are the factors (n,) that have a name of their own and can be held: numbers in a range, or positions among
    values. The others are noise without a name.
    """

    factors: Callable[[int, Rng], Factors]
    render: Callable[[Factors], Tensor]
    slots: Mapping[str, ContextSlot] = field(default_factory=dict)

    def held(self, n: int, rng: Rng, values: ContextValues) -> Factors:
        """The factors of n examples of which some are held at values that `protocol.context.checked` let pass."""
        drawn, named = dict(self.factors(n, rng)), dict(values)
        for key, slot in self.slots.items():
            if slot.name in named:
                value = named[slot.name]
                number = slot.values.index(str(value)) if slot.values else float(value)
                drawn[key] = torch.full_like(drawn[key], number)
        return drawn

    def named(self, factors: Factors) -> dict[str, Tensor]:
        """The factors (n,) that have a slot, by its name."""
        return {slot.name: factors[key] for key, slot in self.slots.items()}
