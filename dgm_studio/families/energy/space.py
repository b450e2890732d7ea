"""Latents of pictures in which energies work: principal components of unit variance."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from dgm_studio.contract import Rng
from dgm_studio.families.shared.state import take_over
from dgm_studio.nets.pca import PcaSpace

_ROUNDING = 0.02
"""Added to the deviation of a pixel that latents tell exactly: a few grey levels."""


class WhiteSpace:
    """A `Space`: ``u = U^T (x - mean) / spread``, each number of variance 1."""

    affine = True

    def __init__(self, event: tuple[int, ...], components: int, device: torch.device) -> None:
        self._pca = PcaSpace(event, components).to(device)
        self.shape: tuple[int, ...] = self._pca.shape

    @property
    def weight(self) -> Tensor:
        """What an error in each number counts in the picture, one on average (k,)."""
        square = self._pca.spread.square()
        return square / square.mean()

    @property
    def left(self) -> Tensor:
        """Standard deviation of what latents cannot tell, per pixel (*event)."""
        return self._pca.left

    def misfit(self, x: Tensor) -> Tensor:
        """Energy of what pictures (n, *event) have outside the span of the components, taken as Gaussian (n,)."""
        away = (x - self.decode(self.encode(x))) / (self.left + _ROUNDING)
        return 0.5 * away.square().flatten(1).sum(1)

    def observe(self, x: Tensor, rng: Rng) -> None:
        self._pca.observe(x, rng)

    def encode(self, x: Tensor) -> Tensor:
        return self._pca.encode(x) / self._pca.spread

    def decode(self, z: Tensor) -> Tensor:
        return self._pca.decode(z * self._pca.spread)

    def transposed(self, x: Tensor) -> Tensor:
        """The transpose of decoding's linear part, of pictures (n, *event): components are not of one length here."""
        return (x.flatten(1) @ self._pca.axes) * (self._pca.scale * self._pca.spread)

    def to(self, device: torch.device) -> None:
        self._pca.to(device)

    def state_dict(self) -> dict[str, Tensor]:
        state = {f"pca.{k}": v.detach().clone() for k, v in self._pca.state_dict().items()}
        return state | {f"optimiser.pca.{k}": v for k, v in self._pca.extra_state().items()}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        take_over(self._pca.state_dict(), state, "pca.")
        start = "optimiser.pca."
        self._pca.take_extra_state({k.removeprefix(start): v for k, v in state.items() if k.startswith(start)})
