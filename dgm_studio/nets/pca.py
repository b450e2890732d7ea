"""Principal components of pictures, found from the first training batches and then frozen.

A picture becomes ``z = U^T (x - mean) / scale``: a few dozen numbers in which a small network learns in a minute what it
would not learn from raw pixels in ten. ``U`` has orthonormal columns, so noise that is white in ``z`` is white in the span
of the components, and decoding is exact up to what lies outside it: fine detail of low variance is lost for good.
Until the first batch the components are slow cosine waves, which those of natural pictures resemble.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from dgm_studio.contract import Rng

ENOUGH = 2048
"""After so many examples the basis stays."""


def principal_axes(x: Tensor, count: int, rng: Rng, rounds: int = 5) -> tuple[Tensor, Tensor]:
    """The ``count`` leading principal axes of centred rows (n, d), as columns (d, count), and their variances (count,).

    Randomised subspace iteration (Halko, Martinsson & Tropp 2009, arXiv:0909.4061), deterministic given ``rng``.
    """
    extra = min(x.shape[1], count + 8)
    q = torch.randn((x.shape[1], extra), generator=rng, device=rng.device, dtype=x.dtype).to(x.device)
    q = torch.linalg.qr(q)[0]
    for _ in range(rounds):
        q = torch.linalg.qr(x.T @ (x @ q))[0]
    variance, turn = torch.linalg.eigh((x @ q).T @ (x @ q) / max(1, len(x) - 1))
    variance, turn = variance.flip(0)[:count], turn.flip(1)[:, :count]
    return q @ turn, variance.clamp(min=0)


def slow_waves(event: tuple[int, ...], count: int) -> Tensor:
    """The ``count`` slowest of the orthonormal cosine waves (DCT-II) over pictures (*event), as columns (d, count)."""
    steps = torch.stack(torch.meshgrid(*(torch.arange(n) for n in event), indexing="ij")).flatten(1)
    speed = (steps / torch.tensor(event)[:, None]).square().sum(0)
    slowest = steps[:, speed.argsort(stable=True)[:count]]
    product = torch.ones(1, count)
    for n, wave in zip(event, slowest, strict=True):
        product = (product[:, None] * _waves(n)[:, wave]).flatten(0, 1)
    return product


def _waves(n: int) -> Tensor:
    """The orthonormal cosine waves over n places, as columns (n, n), the slowest first."""
    place, step = torch.arange(n)[:, None] + 0.5, torch.arange(n)
    waves = torch.cos(torch.pi * place * step / n)
    unit: Tensor = waves / waves.norm(dim=0)
    return unit


class PcaSpace(nn.Module):
    """Affine coordinates of pictures, a `Space`; ``spread`` (k,) holds the standard deviations of the latents.

    ``left`` (*event) is the standard deviation, pixel by pixel, of what lies outside the span and is lost.
    """

    affine = True
    mean: Tensor
    axes: Tensor
    spread: Tensor
    scale: Tensor
    left: Tensor

    def __init__(self, event: tuple[int, ...], components: int) -> None:
        super().__init__()
        size = torch.Size(event).numel()
        self.event, self.shape = event, (min(components, size),)
        self.register_buffer("mean", torch.zeros(size))
        self.register_buffer("axes", slow_waves(event, self.shape[0]))
        self.register_buffer("spread", torch.ones(self.shape))
        self.register_buffer("scale", torch.ones(()))
        self.register_buffer("left", torch.zeros(event))
        self.memory = torch.zeros(0, size)
        self.fitted = 0

    def encode(self, x: Tensor) -> Tensor:
        return (x.flatten(1) - self.mean) @ self.axes / self.scale

    def decode(self, z: Tensor) -> Tensor:
        return torch.addmm(self.mean, z * self.scale, self.axes.T).view(-1, *self.event)

    def observe(self, x: Tensor, rng: Rng) -> None:
        """Take in a training batch (B, *event); fits anew whenever the examples seen have doubled, until enough."""
        if self.fitted >= ENOUGH:
            return
        self.memory = torch.cat((self.memory.to(x.device), x.flatten(1)))[:ENOUGH]
        if len(self.memory) < min(ENOUGH, 2 * self.fitted):
            return
        self.fitted = len(self.memory)
        self.mean.copy_(self.memory.mean(0))
        away = self.memory - self.mean
        axes, variance = principal_axes(away, self.shape[0], rng)
        self.axes.copy_(axes)
        self.left.copy_((away - (away @ axes) @ axes.T).square().mean(0).sqrt().view(self.event))
        self.scale.copy_(variance.mean().sqrt().clamp(min=1e-4))
        # a direction that the examples do not use keeps a little room, so that nothing is divided by zero
        self.spread.copy_((variance.sqrt() / self.scale).clamp(min=0.02))
        if self.fitted >= ENOUGH:
            self.memory = self.memory[:0]

    def extra_state(self) -> dict[str, Tensor]:
        """What resuming needs besides the buffers while the basis is still being found."""
        return {"fitted": torch.tensor(self.fitted), "memory": self.memory.clone()}

    def take_extra_state(self, state: Mapping[str, Tensor]) -> None:
        """Without it (a file made only for sampling) the basis stays as it is."""
        self.fitted = int(state.get("fitted", torch.tensor(ENOUGH)))
        self.memory = state.get("memory", self.memory[:0]).to(self.mean.device)
