"""What a sampler of flows is: one step of ``dx/dt = v(x, t)``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from torch import Tensor

from dgm_studio.samplers.path import StepKnobs

Velocity = Callable[[Tensor, float], Tensor]


class OdeSolver(Protocol):
    """One sampler of flows. ``help`` is a sentence for people; ``Knobs`` has as many steps as it does well with."""

    @property
    def name(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def help(self) -> str: ...
    @property
    def Knobs(self) -> type[StepKnobs]: ...
    def step(self, v: Velocity, x: Tensor, t: float, s: float) -> tuple[Tensor, Tensor]:
        """``x`` (n, ...) at ``t`` to where it is at ``s``, and ``v(x, t)``."""
        ...
