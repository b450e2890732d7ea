"""Sampling along a path of Gaussian noise: what diffusion and flow matching have in common.

At progress ``t`` a noisy example is ``z_t = a(t) z + b(t) n``, from all noise at 0 to data at 1. A `Path` knows these two
numbers and the space in which the network works; a `PathSampler` turns the legs of a model's walk into the studio's start and
step.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

import torch
from torch import Tensor

from dgm_studio.contract import Frame, Rng, Settings, Steer, knob


class StepKnobs(Settings):
    """The knob of every sampler with a fixed number of steps."""

    steps: int = knob(
        18, 1, 250, scale="log", help="Steps from noise to data; fewer are faster and cut the corners of the path."
    )


K = TypeVar("K", bound=StepKnobs)


class Space(Protocol):
    """Where the network works: the examples themselves, affine coordinates of them in orthogonal directions, or latents that
    an autoencoder has learned.

    ``left`` is the standard deviation of what a latent cannot tell, per pixel. Where it is not ``affine``, an example that was
    decoded does not come back as the very latents that made it, which frames therefore carry along.
    """

    @property
    def shape(self) -> tuple[int, ...]: ...
    @property
    def left(self) -> Tensor | float: ...
    @property
    def affine(self) -> bool: ...
    def encode(self, x: Tensor) -> Tensor: ...
    def decode(self, z: Tensor) -> Tensor: ...


_CARRIED = "z"
"""Where a frame's state has its latents."""


@dataclass(frozen=True)
class Direct:
    """The examples themselves."""

    shape: tuple[int, ...]
    left: float = 0.0
    affine: bool = True

    def encode(self, x: Tensor) -> Tensor:
        return x

    def decode(self, z: Tensor) -> Tensor:
        return z


@dataclass(frozen=True)
class Path:
    """The way from noise to data: ``at(t)`` gives (a, b), ``spread`` the standard deviation of latents at t = 0.

    ``data`` is the standard deviation of latents of data, one number or one per coordinate.
    """

    at: Callable[[float], tuple[float, float]]
    space: Space
    spread: Tensor
    device: torch.device
    data: Tensor | float = 1.0

    def noise(self, n: int, rng: Rng) -> Tensor:
        """Standard normal latents (n, *shape)."""
        return torch.randn((n, *self.space.shape), generator=rng, device=rng.device).to(self.device)

    def frame(self, z: Tensor, t: float, state: Mapping[str, Any] | None = None) -> Frame:
        """What latents (n, *shape) look like, at progress ``t`` of whatever is walked."""
        carried = {} if self.space.affine else {_CARRIED: z}
        return Frame(self.space.decode(z), t, {**(state or {}), **carried})

    def latents(self, frame: Frame) -> Tensor:
        """The latents (n, *shape) of a frame, those that it carries or, where it comes from elsewhere, of what it shows."""
        carried: Tensor | None = frame.state.get(_CARRIED)
        return self.space.encode(frame.x) if carried is None else carried

    def noised_latents(self, known: Tensor, t: float, n: int, rng: Rng) -> Tensor:
        """Latents (n, *shape) of known values (*event) or (n, *event) at progress ``t``."""
        a, b = self.at(t)
        z = self.space.encode(known.to(self.device).view(-1, *known.shape[-3:]))
        return a * z.expand(n, *self.space.shape) + b * self.noise(n, rng)

    def noised(self, known: Tensor, t: float, n: int, rng: Rng) -> Tensor:
        """Known values (*event) or (n, *event) as they look at progress ``t``: (n, *event); in affine coordinates."""
        a, b = self.at(t)
        centre = self.space.decode(torch.zeros((1, *self.space.shape), device=self.device))
        known = known.to(centre)
        if b == 0:
            return known.expand(n, *centre.shape[1:])
        return centre + a * (known - centre) + (self.space.decode(b * self.noise(n, rng)) - centre)

    def back(self, frame: Frame, t: float, rng: Rng) -> Frame:
        """Noise added to a frame until it is a sample of the earlier progress ``t``."""
        (a_s, b_s), (a_t, b_t) = self.at(frame.t), self.at(t)
        r = a_t / a_s
        z = r * self.latents(frame) + math.sqrt(max(0.0, b_t**2 - (r * b_s) ** 2)) * self.noise(len(frame.x), rng)
        return self.frame(z, t)


@dataclass(frozen=True)
class Leg(Generic[K]):
    """One step to be made: latents ``z`` at progress ``t`` to ``s``, what is asked, and what the last step left behind."""

    z: Tensor
    t: float
    s: float
    knobs: K
    label: Tensor | None
    temperature: float
    past: Any
    rng: Rng


@dataclass(frozen=True)
class Moved:
    """Where a leg of a path or a step of a solver has led: ``x`` at its end, and the ``clean`` ones expected at its start."""

    x: Tensor
    clean: Tensor
    past: Any = None
    """What the next one needs to know of this one."""


class Walk(Protocol[K]):
    """What makes a model's legs: its network, led by guidance, under some solver."""

    @property
    def title(self) -> str: ...
    @property
    def help(self) -> str: ...
    @property
    def Knobs(self) -> type[K]: ...
    def go(self, leg: Leg[K]) -> Moved: ...


@dataclass(frozen=True)
class PathSampler(Generic[K]):
    """A walk along the path as a sampler. The number of steps is read afresh: a change acts on the rest of the way.

    A frame's ``"estimate"`` is the clean example that the step to it foresaw; the first frame, still noise, has none.
    The temperature multiplies the variance of the starting noise; solvers with noise of their own do the same to it.
    """

    path: Path
    walk: Walk[K]

    @property
    def title(self) -> str:
        return self.walk.title

    @property
    def help(self) -> str:
        return self.walk.help

    @property
    def Knobs(self) -> type[K]:
        return self.walk.Knobs

    def start(self, n: int, steer: Steer, rng: Rng) -> Frame:
        z = self.path.noise(n, rng) * (self.path.spread * math.sqrt(steer.temperature))
        return self.path.frame(z, 0.0)

    def step(self, frame: Frame, steer: Steer, rng: Rng) -> Frame:
        path = self.path
        s = next_time(frame.t, steer.read(self.Knobs).steps)
        there = self.leg(path.latents(frame), frame.t, s, steer, rng, frame.state.get("past"))
        reached = path.frame(there.x, s, {} if there.past is None else {"past": there.past})
        estimate = reached.x if s == 1 else path.space.decode(there.clean)
        return reached.with_(state={**reached.state, "estimate": estimate})

    def leg(self, z: Tensor, t: float, s: float, steer: Steer, rng: Rng, past: Any = None) -> Moved:
        """Latents ``z`` (n, *shape) at progress ``t`` to where they are at ``s``."""
        knobs = steer.read(self.Knobs)
        return self.walk.go(Leg(z, t, s, knobs, steer.label, steer.temperature, past, rng))


def counted(done: int, steps: int, before: float) -> float:
    """Progress after ``done`` of ``steps`` steps, however many there are now: it rises from ``before``, to 1 at the end."""
    return 1.0 if done >= steps else max(done / steps, before + 1e-6)


def next_time(t: float, steps: int) -> float:
    """The next point after ``t`` on the grid of ``steps`` equal parts; exactly 1 at the end."""
    i = math.floor(t * steps + 1e-6) + 1
    return 1.0 if i >= steps else i / steps
