"""A linear inverse problem seen from the latents of a noise path, and its Gaussian solution.

Given the noisy latents ``z`` at progress ``t`` the clean ones are taken as Gaussian around the denoised ``D`` with variances
``R = s^2 b^2 / (a^2 s^2 + b^2)``, as they would be if the data were Gaussian with standard deviation ``s``. Then a
measurement ``y = A x + sigma n`` has mean ``A x(D)`` and covariance ``K = A (W R W^T + L) A^T + sigma^2``, where ``W`` decodes
and ``L`` is the variance of what latents cannot tell, and the estimate that agrees with it is

    D + C W^T A^T K^-1 (y - A x(D))

with a covariance ``C`` that each method chooses: ``R`` gives DDNM, the network's own Jacobian gives PiGDM.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from dgm_studio.conditions.mask import Mask
from dgm_studio.conditions.observation import Observation
from dgm_studio.conditions.operators import Operator
from dgm_studio.contract import Rng, Steer
from dgm_studio.samplers.path import Path, PathSampler

Linear = Mask | Observation

_LEAST = 0.01
"""Standard deviation of the noise that every measurement has, about one of 256 grey levels: without it what the latents cannot
explain at all would outweigh everything else, and ``K`` could not be inverted in single precision."""
_ROUNDS = 24
FIRST = 1e-3
"""Below this share of signal the latents say nothing yet: the covariance is that of the data."""


@dataclass(frozen=True)
class Problem:
    """What is asked at one moment of the path: measured values ``y`` (1 or n, *measured) and how latents would read."""

    path: Path
    operator: Operator
    y: Tensor
    noise: float
    variance: Tensor
    """R: of each clean latent given the noisy ones."""

    @classmethod
    def at(cls, path: Path, condition: Linear, t: float) -> Problem:
        operator, y, noise = condition.asked(t)
        return cls(path, operator, y.to(path.device), noise, variance_at(path, t))

    def missing(self, clean: Tensor) -> Tensor:
        """What the measurement has beyond clean latents (n, *shape): ``y - A x(D)``, (n, *measured)."""
        return self._missing_in(self.path.space.decode(clean))

    def _missing_in(self, x: Tensor) -> Tensor:
        return self.y.to(x) - self.operator.forward(x)

    def agreeing(self, clean: Tensor) -> Tensor:
        """Clean latents (n, *shape) that agree with the measurement: those given and ``R W^T A^T K^-1 (y - A x(D))``.

        Latents that are no affine coordinates go by their pictures: the picture is corrected with white noise for its
        covariance, and latents move as the encoder says that the picture's do.
        """
        space = self.path.space
        if space.affine:
            return clean + self.variance * self.back(self.solve(self.missing(clean)), clean)
        x = space.decode(clean)
        doubt = self.variance.mean()

        def k(v: Tensor) -> Tensor:
            return doubt * self.operator.forward(self.operator.adjoint(v)) + (self.noise**2 + _LEAST**2) * v

        moved = x + doubt * self.operator.adjoint(conjugate_gradients(k, self._missing_in(x)))
        return clean + space.encode(moved) - space.encode(x)

    def back(self, v: Tensor, clean: Tensor) -> Tensor:
        """``W^T A^T v``: what (n, *measured) says about the latents (n, *shape), where those are ``clean``."""
        x = self.operator.adjoint(v)
        if self.path.space.affine:
            return self._transposed(x)
        with torch.inference_mode(False), torch.enable_grad():
            z = clean.detach().clone().requires_grad_()
            (grad,) = torch.autograd.grad(self.path.space.decode(z), z, x.clone())
        return grad

    def solve(self, r: Tensor) -> Tensor:
        """``K^-1 r``, (n, *measured), by conjugate gradients; one round where ``A`` picks pixels."""
        left = torch.as_tensor(self.path.space.left, device=r.device).square()
        floor = self.noise**2 + _LEAST**2

        def k(v: Tensor) -> Tensor:
            x = self.operator.adjoint(v)
            spread = self._linear(self.variance * self._transposed(x)) + left * x
            return self.operator.forward(spread) + floor * v

        return conjugate_gradients(k, r)

    def _linear(self, z: Tensor) -> Tensor:
        return linear_part(self.path.space.decode, z)

    def _scale(self) -> Tensor:
        """Decoding keeps angles and multiplies lengths by this number."""
        size = torch.Size(self.path.space.shape)
        unit = torch.full((1, *size), size.numel() ** -0.5, device=self.path.device)
        length: Tensor = self._linear(unit).norm()
        return length

    def _transposed(self, x: Tensor) -> Tensor:
        """``W^T x``: encoding inverts decoding, so it differs from the transpose by the square of the scale.

        A space whose latents are not of one scale has its own ``transposed``.
        """
        own: Callable[[Tensor], Tensor] | None = getattr(self.path.space, "transposed", None)
        if own is not None:
            return own(x)
        return self._scale() ** 2 * linear_part(self.path.space.encode, x)


def variance_at(path: Path, t: float) -> Tensor:
    """R: the variance of each clean latent given the noisy ones at progress ``t``, as if data were Gaussian."""
    a, b = path.at(t)
    s = torch.as_tensor(path.data, device=path.device)
    return (s * b).square() / ((s * a).square() + b * b)


def bounded(pull: Tensor, direction: Tensor, variance: Tensor) -> Tensor:
    """A move ``C u`` (n, *shape) along ``u``, scaled down where it is longer than a covariance ``C <= R`` could make it.

    Such a covariance moves latents by no more than ``u^T R u`` in the measure ``R^-1``. A network's may be larger or not
    symmetric, and steps that overshoot feed on themselves.
    """
    most = (variance * direction.square()).flatten(1).sum(1)
    reached = (pull.square() / variance).flatten(1).sum(1)
    share = (most / reached.clamp_min(1e-30)).sqrt().clamp_max(1)
    return share.view(-1, *[1] * (pull.dim() - 1)) * pull


def linear_part(affine: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """An affine map of rows (n, ...) without its constant, to relative precision.

    Beside the constant small rows would drown in rounding, and ``K`` would no longer be symmetric: they are made large first.
    """
    size = x.flatten(1).norm(dim=1).clamp_min(1e-30)
    moved: Tensor = affine(x / size.view(-1, *[1] * (x.dim() - 1))) - affine(torch.zeros_like(x[:1]))
    scaled: Tensor = moved * size.view(-1, *[1] * (moved.dim() - 1))
    return scaled


def conjugate_gradients(k: Callable[[Tensor], Tensor], r: Tensor) -> Tensor:
    """``K^-1 r`` for each row of ``r`` (n, ...), where ``k`` applies a symmetric positive matrix (Hestenes & Stiefel 1952)."""

    def dot(a: Tensor, b: Tensor) -> Tensor:
        return (a * b).flatten(1).sum(1).view(-1, *[1] * (a.dim() - 1))

    x, p = torch.zeros_like(r), r
    now = dot(r, r)
    enough = 1e-10 * now.clamp_min(1e-20)
    for _ in range(_ROUNDS):
        kp = k(p)
        # rows that have arrived rest: rounding would throw them off again while others go on
        step = torch.where(now > enough, now / dot(p, kp).clamp_min(1e-30), 0)
        x, r = x + step * p, r - step * kp
        before, now = now, dot(r, r)
        if bool((now <= enough).all()):
            break
        p = r + now / before.clamp_min(1e-30) * p
    return x


@dataclass(frozen=True)
class PathDenoiser:
    """The posterior mean of clean latents, read off a sampler that makes one network pass per step."""

    sampler: PathSampler[Any]

    def __call__(self, z: Tensor, t: float, steer: Steer, rng: Rng) -> Tensor:
        """E[clean latents | latents ``z`` (n, *shape) at progress ``t``], guided towards the class where one is asked for."""
        return self.sampler.leg(z, t, 1.0, steer, rng).clean

    def with_pull(
        self, z: Tensor, t: float, steer: Steer, rng: Rng, say: Callable[[Tensor], Tensor]
    ) -> tuple[Tensor, Tensor]:
        """The posterior mean ``D`` and ``(dD/dz)^T say(D)``, both (n, *shape), whatever gradient mode the caller is in.

        ``say(D)`` is a direction in clean latents; it is not differentiated.
        """
        with torch.inference_mode(False), torch.enable_grad():
            # tensors made under inference mode cannot be differentiated through, their copies can
            label = None if steer.label is None else steer.label.clone()
            z = z.clone().requires_grad_()
            clean = self(z, t, replace(steer, label=label), rng)
            with torch.no_grad():
                direction = say(clean.detach())
            (pull,) = torch.autograd.grad(clean, z, direction)
        return clean.detach(), pull


@dataclass(frozen=True)
class Foreseen:
    """What particles (n, *shape) foresee: clean latents, the same pulled towards the measurement, log p(y | z) (n,)."""

    clean: Tensor
    pulled: Tensor
    log_evidence: Tensor


def look(denoise: PathDenoiser, problem: Problem, z: Tensor, t: float, steer: Steer, rng: Rng) -> Foreseen:
    """The estimate at latents ``z`` and its correction with the covariance of the network, ``(b^2 / a) (dD/dz)^T``.

    What exceeds the bound of a covariance (`bounded`) is scaled down to it.
    """
    a, b = problem.path.at(t)
    seen: list[tuple[Tensor, Tensor]] = []

    def say(clean: Tensor) -> Tensor:
        r = problem.missing(clean)
        v = problem.solve(r)
        seen.append((problem.back(v, clean), (r * v).flatten(1).sum(1)))
        return seen[0][0]

    if a < FIRST:
        clean = denoise(z, t, steer, rng)
        pull = problem.variance * say(clean)
    else:
        clean, pull = denoise.with_pull(z, t, steer, rng, say)
        pull = b * b / a * pull
    direction, misfit = seen[0]
    return Foreseen(clean, clean + bounded(pull, direction, problem.variance), -0.5 * misfit)


def posterior_step(path: Path, z: Tensor, clean: Tensor, t: float, s: float, eta: float) -> tuple[Tensor, float]:
    """Mean (n, *shape) and standard deviation of latents at ``s``, given those at ``t`` and clean ones.

    DDIM on any path: the share ``eta`` of fresh noise is 0 on the ODE and 1 for the ancestral sampler (Song et al. 2020,
    arXiv:2010.02502).
    """
    (a, b), (a_s, b_s) = path.at(t), path.at(s)
    if b_s == 0:
        return a_s * clean, 0.0
    fresh = eta * b_s * max(0.0, 1 - (a * b_s / (a_s * b)) ** 2) ** 0.5
    kept = max(0.0, b_s**2 - fresh**2) ** 0.5
    return a_s * clean + kept / b * (z - a * clean), fresh
