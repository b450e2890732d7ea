"""A learned latent space: an autoencoder that trains beside the network that works in it (Rombach et al. 2022,
arXiv:2112.10752, there in two phases).

A picture becomes a few dozen numbers of unit variance, from which a decoder draws it again, crisply, where principal
components keep what varies most and lose every edge. Both learn from the first step on, so that there is something to see; the
network learns from latents that move, ever more slowly.

Latents are brought to unit variance by the statistics of their batch (batch normalisation without scale and shift), and
the decoder sees them with noise of deviation `TAU`, so that near latents mean near pictures: nothing else keeps them in
order. What it draws is held to the picture by its Laplacian pyramid. On glyphs of 28 x 28 pixels a critic of patches beside
it (Esser et al. 2021, arXiv:2012.09841) sharpened a little at equal steps and took a third of them; in equal time, one seed
each, samples were worse with it. It was not tried together with the slope that `Autoencoder` leaves beside its tanh.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor

from dgm_studio.contract import Rng, Training
from dgm_studio.families.latent.pyramid import laplacian_distance
from dgm_studio.families.shared.learner import Learner
from dgm_studio.families.shared.state import take_over
from dgm_studio.nets.autoencoder import Autoencoder
from dgm_studio.samplers.noise import noise_like

TAU = 0.2
"""Deviation of the noise on the latents that the decoder learns from."""
_AT_ONCE = 32
"""Pictures of a batch that the autoencoder learns from: to encode is cheap, to learn is not."""
_MOMENTUM = 0.05
_LEAST = 1e-6
"""Variance of a raw latent below which it counts as none."""


class LearnedSpace:
    """Latents (n, size) of pictures (*event), a `Space` that learns; ``spread`` is one throughout, as latents are normalised.

    ``left`` (*event) is the deviation, pixel by pixel, of what a picture loses on the way there and back.
    """

    affine = False

    def __init__(self, event: tuple[int, ...], size: int, rng: Rng) -> None:
        self.event, self.shape = event, (size,)
        self.learner = Learner(Autoencoder(event, size, rng))
        self._buffers = {"mean": torch.zeros(size), "variance": torch.ones(size), "lost": torch.zeros(event)}
        self.settled = False

    def settle(self) -> None:
        """Learn no more."""
        self.settled = True

    @property
    def spread(self) -> Tensor:
        return torch.ones_like(self._buffers["mean"])

    @property
    def left(self) -> Tensor:
        return self._buffers["lost"].sqrt()

    def encode(self, x: Tensor) -> Tensor:
        return self._normal(self.learner.shown.encode(x), training=False)

    def decode(self, z: Tensor) -> Tensor:
        return self.learner.shown.decode(z)

    def _normal(self, raw: Tensor, *, training: bool) -> Tensor:
        mean, variance = self._buffers["mean"], self._buffers["variance"]
        return F.batch_norm(raw, mean, variance, None, None, training, _MOMENTUM, _LEAST)

    def learn(self, x: Tensor, rng: Rng) -> Tensor:
        """One step of the autoencoder on a batch (B, *event), and the latents (B, size) of all of it, without gradients.

        Once it is settled, the latents alone, by the averaged weights.
        """
        if self.settled:
            with torch.no_grad():
                return self.encode(x)
        net, some = self.learner.net, x[:_AT_ONCE]
        raw = net.encode(some)
        z = F.batch_norm(raw, None, None, None, None, True, 0.0, _LEAST) if len(some) > 1 else raw
        off = net.decode(z + TAU * noise_like(z, rng)) - some
        self.learner.learn(laplacian_distance(off).mean() + off.mean((1, 2, 3)).abs().mean())
        with torch.no_grad():
            self._buffers["lost"].lerp_(off.detach().square().mean(0), _MOMENTUM)
            rest = net.encode(x[_AT_ONCE:]) if len(x) > _AT_ONCE else raw[:0]
            every = torch.cat([raw.detach(), rest])
            return self._normal(every, training=len(every) > 1)

    def parameters(self) -> list[Tensor]:
        return self.learner.parameters()

    def retune(self, training: Training, factor: float = 1.0) -> None:
        self.learner.retune(training, 1 * factor)

    def to(self, device: torch.device) -> None:
        self.learner.to(device)
        self._buffers = {name: buffer.to(device) for name, buffer in self._buffers.items()}

    def state_dict(self) -> dict[str, Tensor]:
        own = {name: buffer.clone() for name, buffer in self._buffers.items()} | {"settled": torch.tensor(self.settled)}
        return self.learner.state_dict() | own

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        self.learner.load_state_dict(state)
        take_over(self._buffers, state)
        self.settled = bool(state["settled"])
