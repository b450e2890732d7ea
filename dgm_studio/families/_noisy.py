"""What diffusion and flow matching share: a network that looks at noisy examples, its classes and its space.

Both see ``cos(angle) u + sin(angle) n``, a unit-variance mix of an example ``u`` and noise ``n``, and predict its
derivative ``F = sin(angle) u - cos(angle) n`` (the "v" of Salimans & Ho 2022, arXiv:2202.00512), from which denoiser and
velocity follow. They differ in which angles they train on and how they walk.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

from dgm_studio.contract import Batch, DataSpec, Latent, LogDensity, Rng, Settings, Training, Work, knob
from dgm_studio.families._learner import Learner
from dgm_studio.nets.mlp import PointNet, ResidualMLP
from dgm_studio.samplers import ode
from dgm_studio.samplers.path import Direct, Space

_CHUNK = 1024  # points per slice of the density: a slice is then a few milliseconds


class NetSettings(Settings):
    """The network and its classes."""

    width: int = knob(128, 16, 512, scale="log", help="Units per hidden layer; more can draw finer shapes, slower.")
    depth: int = knob(3, 1, 6, step=1, help="Hidden layers, or residual blocks for pictures.")
    features: int = knob(
        16, 0, 64, step=1, help="Fourier features of a point: with 0 the network finds sharp edges very slowly."
    )
    feature_std: float = knob(
        2.0, 0.1, 10.0, scale="log", advanced=True, help="Spread of the frequencies of the Fourier features."
    )
    label_drop: float = knob(
        0.15,
        0.0,
        1.0,
        step=0.05,
        advanced=True,
        help="Share of examples shown without their class, from which guidance learns the unconditional model.",
    )


class NoisyNet:
    """The network with its learner: ``F(mix, time, label)`` in training and, averaged, afterwards."""

    def __init__(self, config: NetSettings, spec: DataSpec, rng: Rng) -> None:
        self.spec, self.config = spec, config
        self.classes = len(spec.classes)
        self.space: Space = Direct(spec.event)
        net: nn.Module
        if spec.is_image:
            net = ResidualMLP(spec.size, config.width, config.depth, self.classes, 6, rng)
        else:
            net = PointNet(
                spec.size, config.width, config.depth, config.features, config.feature_std, self.classes, 5, rng
            )
        self.learner = Learner(net)

    @property
    def device(self) -> torch.device:
        return next(self.learner.net.parameters()).device

    def inputs(self, batch: Batch, rng: Rng) -> tuple[Tensor, Tensor | None]:
        """Codes (B, *shape) of a batch and its labels (B,), some of them dropped to -1."""
        z = self.space.encode(batch.x)
        if not self.classes or batch.label is None:
            return z, None
        drop = torch.rand(len(batch), generator=rng, device=rng.device).to(z.device) < self.config.label_drop
        return z, batch.label.masked_fill(drop, -1)

    def learn(self, mix: Tensor, time: Tensor, label: Tensor | None, target: Tensor, weight: Tensor | None) -> Tensor:
        """One step on the mean squared error of F; returns the loss, detached."""
        error = (self.learner.net(mix, time, label) - target).square()
        loss = (error if weight is None else error * weight).mean()
        self.learner.learn(loss)
        return loss.detach()

    def __call__(self, mix: Tensor, time: float, label: Tensor | None) -> Tensor:
        """The averaged network at one time for all (n, *shape)."""
        out: Tensor = self.learner.shown(mix, torch.tensor([time], device=mix.device, dtype=mix.dtype), label)
        return out

    def retune(self, training: Training) -> None:
        self.learner.retune(training)

    def to(self, device: torch.device) -> None:
        self.learner.to(device)

    def state_dict(self) -> dict[str, Tensor]:
        return self.learner.state_dict()

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        self.learner.load_state_dict(state)


def stratified(n: int, rng: Rng, device: torch.device) -> Tensor:
    """n numbers, one uniform in each n-th of (0, 1): noise levels cover their range in every batch."""
    u = (torch.arange(n, device=device) + torch.rand(n, generator=rng, device=rng.device).to(device)) / n
    return u.clamp(1e-6, 1 - 1e-6)


def across(v: Tensor, like: Tensor) -> Tensor:
    """(n,) shaped to multiply (n, ...)."""
    return v.view(-1, *[1] * (like.dim() - 1))


def accepts(spec: DataSpec) -> str | None:
    """Points of any few dimensions, pictures of at most 64 x 64 pixels."""
    if spec.is_image:
        if max(spec.event[1:]) > 64:
            return f"takes pictures of at most 64 x 64 pixels, not {spec.event[1]} x {spec.event[2]}; load them smaller"
        return None
    return None if len(spec.event) == 1 else f"takes points (d,) or pictures (C, H, W), not shape {spec.event}"


def times(start: float, end: float, steps: int) -> list[float]:
    """``steps + 1`` evenly spaced times."""
    return [start + (end - start) * i / steps for i in range(steps + 1)]


def normal_log_density(z: Tensor, std: float) -> Tensor:
    """Nats (n,) of codes (n, ...) under N(0, std^2)."""
    d = z[0].numel()
    return -0.5 * (z / std).square().flatten(1).sum(1) - d * (math.log(std) + 0.5 * math.log(2 * math.pi))


def ode_density(velocity: Callable[[Tensor, float, Tensor | None], Tensor], steps: int, std: float) -> LogDensity:
    """The exact density of points under the ODE of ``velocity``, by RK4 and the exact trace."""

    def work(x: Tensor, label: Tensor | None) -> Work[Tensor]:
        copies = x.shape[1]
        parts = []
        for i, part in enumerate(x.split(_CHUNK)):
            rows = None if label is None else label[i * _CHUNK :][: len(part)].repeat(copies)
            nats = yield from ode.log_density_by_ode(
                ode.rk4,
                lambda z, t, rows=rows: velocity(z, t, rows),
                part,
                times(1.0, 0.0, steps),
                lambda z: normal_log_density(z, std),
            )
            parts.append(nats)
        return torch.cat(parts)

    return LogDensity("exact", work, passes=4 * steps)


def ode_latent(
    velocity: Callable[[Tensor, float, Tensor | None], Tensor], space: Space, steps: int, std: float
) -> Latent:
    """Codes (n, size) of unit variance as the start of the ODE of ``velocity``, both ways by RK4."""
    size = math.prod(space.shape)

    def follow(x: Tensor, label: Tensor | None, start: float, end: float) -> Work[Tensor]:
        return ode.integrate(ode.rk4, lambda z, t: velocity(z, t, label), x, times(start, end, steps))

    def decode(z: Tensor, label: Tensor | None) -> Work[Tensor]:
        x = yield from follow(std * z.view(-1, *space.shape), label, 0.0, 1.0)
        return space.decode(x)

    def encode(x: Tensor, label: Tensor | None) -> Work[Tensor]:
        z = yield from follow(space.encode(x), label, 1.0, 0.0)
        return z.flatten(1) / std

    def prior(n: int, rng: Rng) -> Tensor:
        return torch.randn((n, size), generator=rng, device=rng.device)

    return Latent(size, prior, decode, encode, gaussian=True, exact=False)
