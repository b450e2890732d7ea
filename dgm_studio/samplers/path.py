"""Sampling along a path of Gaussian noise: what diffusion and flow matching have in common.

At progress ``t`` a noisy example is ``z_t = a(t) z + b(t) n``, from all noise at 0 to data at 1. A `Path` knows these two
numbers and the space in which the network works; a `PathSampler` turns a solver into the studio's start and step.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

import torch
from pydantic import create_model
from torch import Tensor

from dgm_studio.contract import Frame, Rng, Settings, Steer, knob


class StepKnobs(Settings):
    """The knob of every sampler with a fixed number of steps."""

    steps: int = knob(
        18, 1, 250, scale="log", help="Steps from noise to data; fewer are faster and cut the corners of the path."
    )


@cache
def with_guidance(knobs: type[Settings]) -> type[Settings]:
    """The same knobs and classifier-free guidance."""
    return create_model(
        "Guided" + knobs.__name__,
        __base__=knobs,
        __doc__=knobs.__doc__,
        guidance=(
            float,
            knob(
                1.0,
                0.0,
                8.0,
                step=0.1,
                help="How far to walk past the prediction for the class, away from the one without: 0 ignores the "
                "class, 1 is the model itself, more trades variety for likeness to the class.",
            ),
        ),
    )


@cache
def with_steps(knobs: type[Settings], steps: int) -> type[Settings]:
    """The same knobs with another default number of steps."""
    return create_model(
        knobs.__name__,
        __base__=knobs,
        __doc__=knobs.__doc__,
        steps=(int, knob(steps, 1, 250, scale="log", help=str(knobs.model_fields["steps"].description))),
    )


class Space(Protocol):
    """Where the network works: the examples themselves, or an affine code of them in orthogonal directions.

    ``left`` is the standard deviation of what a code cannot tell, per pixel.
    """

    @property
    def shape(self) -> tuple[int, ...]: ...
    @property
    def left(self) -> Tensor | float: ...
    def encode(self, x: Tensor) -> Tensor: ...
    def decode(self, z: Tensor) -> Tensor: ...


@dataclass(frozen=True)
class Direct:
    """The examples themselves."""

    shape: tuple[int, ...]
    left: float = 0.0

    def encode(self, x: Tensor) -> Tensor:
        return x

    def decode(self, z: Tensor) -> Tensor:
        return z


@dataclass(frozen=True)
class Path:
    """The way from noise to data: ``at(t)`` gives (a, b), ``spread`` the standard deviation of codes at t = 0.

    ``data`` is the standard deviation of codes of data, one number or one per code.
    """

    at: Callable[[float], tuple[float, float]]
    space: Space
    spread: Tensor
    device: torch.device
    data: Tensor | float = 1.0

    def noise(self, n: int, rng: Rng) -> Tensor:
        """Standard normal codes (n, *shape)."""
        return torch.randn((n, *self.space.shape), generator=rng, device=rng.device).to(self.device)

    def noised(self, known: Tensor, t: float, n: int, rng: Rng) -> Tensor:
        """Known values (*event) or (n, *event) as they look at progress ``t``: (n, *event)."""
        a, b = self.at(t)
        centre = self.space.decode(torch.zeros((1, *self.space.shape), device=self.device))
        known = known.to(centre)
        if b == 0:
            return known.expand(n, *centre.shape[1:])
        return centre + a * (known - centre) + (self.space.decode(b * self.noise(n, rng)) - centre)

    def back(self, x: Tensor, s: float, t: float, rng: Rng) -> Tensor:
        """Noise added to ``x`` (n, *event) at progress ``s`` until it is a sample of the earlier progress ``t``."""
        (a_s, b_s), (a_t, b_t) = self.at(s), self.at(t)
        r = a_t / a_s
        z = r * self.space.encode(x) + math.sqrt(max(0.0, b_t**2 - (r * b_s) ** 2)) * self.noise(len(x), rng)
        return self.space.decode(z)


@dataclass(frozen=True)
class Leg:
    """One step to be made: codes ``z`` at progress ``t`` to ``s``, what is asked, and what the last step left behind."""

    z: Tensor
    t: float
    s: float
    steer: Steer
    past: Any
    rng: Rng


Advance = Callable[[Leg], tuple[Tensor, Tensor, Any]]
"""A leg to (codes at ``s``, clean codes expected at ``t``, what the next leg needs)."""


@dataclass(frozen=True)
class PathSampler:
    """A solver of the path as a sampler. The number of steps is read afresh: a change acts on the rest of the way.

    A frame's ``"estimate"`` is the clean example that the step to it foresaw; the first frame, still noise, has none.
    The temperature multiplies the variance of the starting noise; solvers with noise of their own do the same to it.
    """

    title: str
    help: str
    Knobs: type[Settings]
    path: Path
    advance: Advance

    def start(self, n: int, steer: Steer, rng: Rng) -> Frame:
        z = self.path.noise(n, rng) * (self.path.spread * math.sqrt(steer.temperature))
        return Frame(self.path.space.decode(z), 0.0)

    def step(self, frame: Frame, steer: Steer, rng: Rng) -> Frame:
        space = self.path.space
        z = space.encode(frame.x)
        s = next_time(frame.t, int(self.knobs(steer)["steps"]))
        z, estimate, past = self.advance(Leg(z, frame.t, s, steer, frame.state.get("past"), rng))
        x = space.decode(z)
        state: dict[str, Any] = {"estimate": x if s == 1 else space.decode(estimate)}
        if past is not None:
            state["past"] = past
        return Frame(x, s, state)

    def knobs(self, steer: Steer) -> Mapping[str, Any]:
        """The knobs in hand; those that ``steer`` does not bring have their defaults."""
        return self.Knobs().model_dump() | steer.knobs.model_dump()


def next_time(t: float, steps: int) -> float:
    """The next point after ``t`` on the grid of ``steps`` equal parts; exactly 1 at the end."""
    i = math.floor(t * steps + 1e-6) + 1
    return 1.0 if i >= steps else i / steps
