"""What a search for a latent must meet: every condition as a measurement of the picture, ``y = A x + s n``.

    misfit(x) = |A x - y|^2 / (2 s^2),        gradient(x) = A^T (A x - y) / s^2.

A mask measures its known pixels, a soft one each with the share that is known; an observation brings its operator; of
strokes the whole painted picture is seen, through noise of deviation ``s / (1 - strength)``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from dgm_studio.conditions.mask import Mask
from dgm_studio.conditions.objective import Objective, UphillKnobs
from dgm_studio.conditions.observation import Observation
from dgm_studio.conditions.operators import Identity, Operator, Pick
from dgm_studio.conditions.strokes import Strokes
from dgm_studio.contract import DataSpec, Steer
from dgm_studio.families.latent.membrane import settle_smoothly
from dgm_studio.families.shared.known import known_part, mask_of


@dataclass(frozen=True)
class Goal:
    """``value`` (1 or m, *measured), ``precision`` is ``1 / s^2``; ``settle`` makes the last touches to pictures."""

    operator: Operator
    value: Tensor
    precision: float
    settle: Callable[[Tensor], Tensor]
    anchored: bool = False
    """Whether latents are held to where they started, not to where latents are usual."""

    def misfit(self, x: Tensor) -> Tensor:
        """Nats (m,) of pictures x (m, *event)."""
        return 0.5 * self.precision * (self.operator.forward(x) - self.value).flatten(1).square().sum(-1)

    def grad(self, x: Tensor) -> Tensor:
        """The gradient of the misfit by the pictures, (m, *event), without differentiating the operator."""
        return self.precision * self.operator.adjoint(self.operator.forward(x) - self.value)


@dataclass(frozen=True)
class Upward:
    """The same of a number that shall be large: it costs as much as it is short of nothing."""

    objective: Objective
    weight: float
    value: Tensor
    """(1, 1): nothing that is measured, and so is in no doubt."""
    anchored: bool = False

    def misfit(self, x: Tensor) -> Tensor:
        return -self.weight * self.objective.value(x)

    def grad(self, x: Tensor) -> Tensor:
        return -self.weight * self.objective.grad(x)

    def settle(self, x: Tensor) -> Tensor:
        return x


def goal_of(steer: Steer, spec: DataSpec, latents: Tensor, starts: int, tolerance: float) -> Goal | Upward:
    """What ``latents`` (n * starts, size) shall meet, ``starts`` for each sample, within ``tolerance`` in model units.

    Raises ValueError when nothing is asked that a latent could meet.
    """
    asked = steer.condition
    if isinstance(asked, Objective):
        return Upward(asked, steer.read(UphillKnobs).pull, latents.new_zeros(1, 1))
    if isinstance(asked, Observation):
        value = asked.value.to(latents)
        if len(value) > 1:
            value = value.repeat_interleave(starts, 0)
        return Goal(asked.operator, value, 1 / (tolerance**2 + asked.sigma**2), asked.settle)
    if isinstance(asked, Strokes):
        held = asked.held()
        settle = (lambda x: x) if held is None else held.settle
        share = (1 - asked.strength) / tolerance
        return Goal(Identity(0.0), asked.painted().to(latents)[None], share**2, settle, anchored=True)
    condition: Mask = mask_of(steer, latents)
    n = len(latents) // starts
    value, known = (
        part.repeat_interleave(starts, 0).view(len(latents), *spec.event)
        for part in known_part(condition, n, spec.size)
    )
    measured = Pick(known.sqrt())
    settle = (lambda x: settle_smoothly(condition, x)) if spec.is_image and spec.kind == "real" else condition.settle
    # where nothing is known there is nothing to look for: fresh samples are the answer
    free = not bool(known.any())
    return Goal(measured, measured.forward(value), tolerance**-2, settle, anchored=free)
