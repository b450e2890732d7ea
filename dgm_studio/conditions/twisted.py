"""Twisted sequential Monte Carlo: many particles per answer, pulled towards the measurement and weighted for it.

Particles walk the noise path with the corrected estimate of PiGDM (`guided`), which proposes well but is not exact. What is
wrong with it is made up for by weights and resampling: with the twist ``psi_t(z) = N(y; A x(D(z)), K)`` a particle that
went from ``z`` to ``z'`` weighs

    psi_s(z') p(z' | z) / (psi_t(z) q(z' | z))

(Wu, Trippe, Naesseth, Blei & Cunningham 2023, arXiv:2306.17775). As particles and steps grow the answer becomes exact: a
sample of the model's own conditional. In the plane some dozens come near; in many dimensions few survive, and the answer
is about as good as PiGDM's best of many.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from dgm_studio.conditions.guided import arrive
from dgm_studio.conditions.inverse import PathDenoiser, Problem, look, posterior_step
from dgm_studio.conditions.mask import Mask
from dgm_studio.conditions.observation import Observation
from dgm_studio.contract import Frame, Rng, Settings, Steer, extend, knob
from dgm_studio.samplers.noise import noise_like
from dgm_studio.samplers.path import Path, PathSampler, StepKnobs, next_time

_OPEN = 0.5
"""How much of the doubt about the clean latents a step keeps. The ancestral step takes the estimate for the truth (0), which
narrows particles when steps are few; were data Gaussian, 1 would be exact. The two are DDPM's small and large variance."""


class ParticleKnobs(Settings):
    """How many particles there are."""

    particles: int = knob(
        16,
        1,
        256,
        scale="log",
        help="Particles per answer: 1 is guidance without correction, more come nearer to the model's own "
        "conditional and cost as many times the passes.",
    )


_OF_POINTS = 64
"""Particles for points, whose network is quick."""


@dataclass(frozen=True)
class Twisted:
    """Particles around the path of ``sampler``; without a condition it is that sampler.

    A frame shows one particle of each answer, its ``"particles"`` (n, k, *shape) are latents and ``"log_weight"`` (n, k) is
    what they weigh before the twist at their noise level. ``"shown"`` (n,) says which one is the frame's ``x``: an edit of
    it takes effect.
    """

    sampler: PathSampler[Any]
    denoise: PathDenoiser
    steps: int
    title: str = "Twisted SMC"
    help: str = (
        "Many particles per answer are pulled towards what is known, weighted for the error of that, and resampled: exact "
        "in the limit of many particles and steps."
    )

    @property
    def Knobs(self) -> type[StepKnobs]:
        shape = self.sampler.path.space.shape
        particles = extend(ParticleKnobs, particles=_OF_POINTS) if len(shape) == 1 and shape[0] <= 3 else ParticleKnobs
        return extend(self.denoise.sampler.Knobs, particles, steps=self.steps)

    def start(self, n: int, steer: Steer, rng: Rng) -> Frame:
        condition = steer.condition
        if not isinstance(condition, Mask | Observation):
            return self.sampler.start(n, steer, rng)
        k = self._particles(steer)
        path = self.sampler.path
        z = path.latents(self.sampler.start(n * k, steer, rng))
        z = z.view(n, k, *z.shape[1:])
        shown = torch.zeros(n, dtype=torch.long, device=z.device)
        return path.frame(z[:, 0], 0.0, {"particles": z, "log_weight": z.new_zeros(n, k), "shown": shown})

    def step(self, frame: Frame, steer: Steer, rng: Rng) -> Frame:
        condition = steer.condition
        if not isinstance(condition, Mask | Observation):
            return self.sampler.step(frame, steer, rng)
        path, n = self.sampler.path, len(frame.x)
        if "particles" not in frame.state:  # a frame of another sampler: all particles begin there
            start = {"particles": path.latents(frame)[:, None], "log_weight": frame.x.new_zeros(n, 1)}
            frame = frame.with_(state=start | {"shown": torch.zeros(n, dtype=torch.long, device=frame.x.device)})
        t, s = frame.t, next_time(frame.t, steer.read(self.Knobs).steps)
        each = torch.arange(n, device=frame.x.device)
        particles = frame.state["particles"].clone()
        particles[each, frame.state["shown"]] = path.latents(frame)
        k = particles.shape[1]
        z = particles.flatten(0, 1)
        asked = (
            steer
            if steer.label is None
            else Steer(steer.knobs, steer.temperature, steer.label.repeat_interleave(k, 0), condition)
        )
        problem = Problem.at(path, condition.for_copies(k, frame.x.dim()), t)
        seen = look(self.denoise, problem, z, t, asked, rng)
        clean, pulled, log_twist = seen.clean, seen.pulled, seen.log_evidence

        log_weight = frame.state["log_weight"] + log_twist.view(n, k)
        if s == 1:
            chosen = torch.multinomial(log_weight.softmax(1).to(rng.device), 1, generator=rng)[:, 0].to(each)
            last = pulled.view(n, k, *z.shape[1:])[each, chosen]
            return arrive(condition, path, last, last, s)
        ancestor, log_weight = resample(log_weight, rng)
        flat = (each[:, None] * k + ancestor).flatten()
        z, clean, pulled, log_twist = z[flat], clean[flat], pulled[flat], log_twist[flat]

        free, least = posterior_step(path, z, clean, t, s, 1.0)
        aimed, _ = posterior_step(path, z, pulled, t, s, 1.0)
        fresh = (least**2 + _OPEN * problem.variance * reach(path, t, s, least) ** 2).sqrt() * steer.temperature**0.5
        noise = noise_like(z, rng)
        moved = aimed + fresh * noise
        # log p(z' | z) - log q(z' | z), of two Gaussians of the same width
        toward = (moved - free) / fresh
        log_ratio = 0.5 * (noise.square() - toward.square()).flatten(1).sum(1)
        log_weight = log_weight + (log_ratio - log_twist).view(n, k)

        shown = log_weight.argmax(1)
        moved, pulled = moved.view(n, k, *z.shape[1:]), pulled.view(n, k, *z.shape[1:])
        return arrive(
            condition, path, moved[each, shown], pulled[each, shown], s,
            particles=moved, log_weight=log_weight, shown=shown,
        )  # fmt: skip

    def _particles(self, steer: Steer) -> int:
        knobs = steer.read(self.Knobs)
        return knobs.particles if isinstance(knobs, ParticleKnobs) else 1


def reach(path: Path, t: float, s: float, fresh: float) -> float:
    """How far latents at ``s`` move with the clean ones, when those at ``t`` stay: the derivative of `posterior_step`."""
    (a, b), (a_s, b_s) = path.at(t), path.at(s)
    return a_s - a / b * math.sqrt(max(0.0, b_s**2 - fresh**2))


def resample(log_weight: Tensor, rng: Rng) -> tuple[Tensor, Tensor]:
    """Ancestors (n, k) by systematic resampling of rows whose effective size is below half, and the weights after it.

    Rows that stay keep their weights, the others start level.
    """
    n, k = log_weight.shape
    weight = log_weight.softmax(1)
    place = (torch.arange(k, device=rng.device) + torch.rand(n, 1, generator=rng, device=rng.device)) / k
    drawn = torch.searchsorted(weight.cumsum(1).contiguous(), place.to(weight)).clamp_max(k - 1)
    stay = (1 / weight.square().sum(1) >= k / 2)[:, None]
    ancestor = torch.where(stay, torch.arange(k, device=weight.device), drawn)
    return ancestor, torch.where(stay, log_weight, torch.zeros_like(log_weight))
