"""The posterior of a program's latents given an example: conditional flow matching on the latents, amortised.

A net is shown examples with the latents that drew them, and learns the velocity from noise to latents given the example (Lipman
et al. 2022, arXiv:2210.02747; for inference from simulators Wildberger et al. 2023, arXiv:2305.17161). Where an example does
not tell its latents the flow ends in several places. Whether it is the posterior is checked by ranks: of a latent and of draws
from the posterior given its example, each is as likely to be the least (Talts et al. 2018, arXiv:1804.06788).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from dgm_studio.contract import ContextSlot, Rng, Work, rng_for, seeded
from dgm_studio.contract.context import columns_of, decoded, encoded
from dgm_studio.nets.mlp import TimeFeatures, mlp
from dgm_studio.nets.momentum import Momentum

LEARNING_STEPS = 2000
SOLVER_STEPS = 24
_BATCH, _WIDTH, _SEEN = 128, 192, 96
_RATE, _CLIP = 0.2, 0.1
STEPS_A_SLICE, _SEED = 10, 808


class Posterior(nn.Module):
    """p(latents | example) of images (n, C, H, W) in [-1, 1] for the latents ``slots``."""

    def __init__(self, event: tuple[int, ...], slots: Sequence[ContextSlot]) -> None:
        super().__init__()
        self.slots = tuple(slots)
        self.columns = torch.cat([torch.arange(at.start + 1, at.stop) for _, at in columns_of(self.slots)])
        self.width = int(self.columns.max()) + 1
        size = len(self.columns)
        channels = event[0]
        self.body = nn.Sequential(
            nn.Conv2d(channels, 16, 3, stride=2, padding=1),
            nn.SiLU(),
            nn.Conv2d(16, 32, 3, stride=2, padding=1),
            nn.SiLU(),
            nn.Flatten(),
            nn.LazyLinear(_SEEN),
            nn.SiLU(),
        )
        with torch.no_grad():
            self.body(torch.zeros(1, *event))
        self.time = TimeFeatures(4)
        self.velocity = mlp([size + 9 + _SEEN, _WIDTH, _WIDTH, _WIDTH, size])

    def encode(self, values: Mapping[str, Tensor]) -> Tensor:
        """Latents (n,) by the names of their slots as numbers (n, size) for the flow."""
        return encoded(self.slots, values)[:, self.columns]

    def decode(self, u: Tensor) -> dict[str, Tensor]:
        """The inverse: numbers within their ranges, or positions among values."""
        full = u.new_zeros(len(u), self.width)
        full[:, self.columns] = u
        found = decoded(self.slots, full)
        return {
            slot.name: found[slot.name] if slot.values else found[slot.name].clamp(slot.low, slot.high)
            for slot in self.slots
        }

    def forward(self, u: Tensor, t: Tensor, seen: Tensor) -> Tensor:
        """The velocity (n, size) of u (n, size) at times t (n,), of what was ``seen`` of the examples (n, features)."""
        v: Tensor = self.velocity(torch.cat([u, self.time(t), seen], 1))
        return v

    def sample(self, x: Tensor, count: int, rng: Rng) -> Work[Tensor]:
        """Encoded latents (n, count, size) given images x (n, C, H, W), by the midpoint rule, in slices."""
        with torch.no_grad():
            seen = self.body(x.float()).repeat_interleave(count, 0)
        u = torch.randn(len(seen), len(self.columns), generator=rng)
        h = 1 / SOLVER_STEPS
        for i in range(SOLVER_STEPS):
            with torch.no_grad():
                t = torch.full((len(u),), i * h)
                middle = u + h / 2 * self(u, t, seen)
                u = u + h * self(middle, t + h / 2, seen)
            yield
        return u.view(len(x), count, -1)


def learn_posterior(
    x: Tensor, values: Mapping[str, Tensor], slots: Sequence[ContextSlot], noise: float = 0.0
) -> Work[Posterior]:
    """The posterior of latents (n,) by name given images x (n, C, H, W) in [-1, 1], learned in slices; the same every time.

    Images are seen through noise of deviation ``noise``.
    """
    with torch.inference_mode(False), seeded(torch.Generator().manual_seed(_SEED)):
        net = Posterior(tuple(x.shape[1:]), slots)
        x = x.float().clone()
        goal = net.encode({name: value.clone() for name, value in values.items()})
    descent = Momentum(net.parameters(), _RATE, LEARNING_STEPS, _CLIP)
    for step in range(LEARNING_STEPS):
        rng = rng_for(_SEED, step)
        pick = torch.randint(len(x), (_BATCH,), generator=rng)
        start = torch.randn(_BATCH, goal.shape[1], generator=rng)
        seen = x[pick] + noise * torch.randn(x[pick].shape, generator=rng) if noise else x[pick]
        t = torch.rand(_BATCH, generator=rng)
        with torch.inference_mode(False), torch.enable_grad():
            u = torch.lerp(start, goal[pick], t[:, None])
            v = net(u, t, net.body(seen))
            loss = functional.mse_loss(v, goal[pick] - start)
            gradients = torch.autograd.grad(loss, descent.weights)
        descent.step(step, gradients)
        if step % STEPS_A_SLICE == 0:
            yield
    return net.requires_grad_(False)


def ranks(truth: Tensor, draws: Tensor, rng: Rng) -> Tensor:
    """The rank (n,) from 0 to k of each ``truth`` (n,) among its ``draws`` (n, k), ties broken at random."""
    below = (draws < truth[:, None]).sum(1)
    ties = (draws == truth[:, None]).sum(1)
    return below + (torch.rand(len(truth), generator=rng) * (ties + 1)).long().clamp(max=ties)
