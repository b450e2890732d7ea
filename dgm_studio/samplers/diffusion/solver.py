"""What a sampler of diffusion models is: one step from a noise level to a smaller one, over a denoiser.

A denoiser is the posterior mean ``D(x, sigma) = E[x0 | x0 + sigma n = x]``; the score is ``(D - x) / sigma^2``. Noise is
added and the signal not scaled, ``x = x0 + sigma n``, as in Karras et al. 2022, arXiv:2206.00364.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Protocol

from torch import Tensor

from dgm_studio.contract import Rng
from dgm_studio.samplers.noise import noise_like
from dgm_studio.samplers.path import K
from dgm_studio.samplers.path import Moved as Moved

Denoise = Callable[[Tensor, float], Tensor]


@dataclass(frozen=True)
class Move(Generic[K]):
    """A step to be made: ``x`` (n, ...) at noise level ``sigma`` to the smaller level ``to``, which may be 0."""

    denoise: Denoise
    x: Tensor
    sigma: float
    to: float
    knobs: K
    rng: Rng
    noise_scale: float = 1.0
    """What multiplies all noise that is drawn; its square is the temperature."""
    largest: float = float("inf")
    """The most noise there is: no step goes above it."""
    past: Any = None
    """What the last step left behind; None in the first."""

    def noise(self) -> Tensor:
        """Fresh noise of the shape of ``x``."""
        return self.noise_scale * noise_like(self.x, self.rng)


class DiffusionSolver(Protocol[K]):
    """One sampler of diffusion models. ``help`` is a sentence for people; ``Knobs`` has as many steps as it does well with."""

    @property
    def name(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def help(self) -> str: ...
    @property
    def Knobs(self) -> type[K]: ...
    def step(self, m: Move[K]) -> Moved:
        """One step; a step to ``to == 0`` ends at the denoised picture. All randomness comes from ``m``."""
        ...
