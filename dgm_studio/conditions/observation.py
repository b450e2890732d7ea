"""An observation: a picture is known only through a linear operator and noise, ``y = A x + sigma n``."""

from __future__ import annotations

from dataclasses import dataclass, replace

from torch import Tensor

from dgm_studio.conditions.operators import Operator, picture_of
from dgm_studio.contract import Rng
from dgm_studio.samplers.noise import noise_like


@dataclass(frozen=True)
class Observation:
    """What was measured: ``value`` (1 or n, *measured), in model units, with noise of standard deviation ``sigma``.

    Raises ValueError for negative noise.
    """

    operator: Operator
    value: Tensor
    sigma: float = 0.0

    def __post_init__(self) -> None:
        if not self.sigma >= 0:
            raise ValueError(f"the standard deviation of noise is 0 or more, not {self.sigma:g}")

    @property
    def name(self) -> str:
        return "observation"

    def image(self) -> Tensor:
        """What the measurement shows by itself (1 or n, *event)."""
        return picture_of(self.operator, self.value)

    def asked(self, t: float) -> tuple[Operator, Tensor, float]:
        """Operator, values and noise that hold at progress ``t``: always the same."""
        return self.operator, self.value, self.sigma

    def for_copies(self, k: int, dim: int) -> Observation:
        """The same for ``k`` neighbouring copies of each sample."""
        return replace(self, value=self.value.repeat_interleave(k, 0)) if len(self.value) > 1 else self

    def settle(self, x: Tensor) -> Tensor:
        """Finished samples (n, *event), as they are."""
        return x


def observe(operator: Operator, x: Tensor, rng: Rng, sigma: float | None = None) -> Observation:
    """Measure a picture ``x`` (1 or n, *event), with the operator's usual noise where none is given."""
    sigma = operator.sigma if sigma is None else sigma
    y = operator.forward(x)
    return Observation(operator, y + sigma * noise_like(y, rng) if sigma else y, sigma)
