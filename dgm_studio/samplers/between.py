"""Sampling between two data sets: a flow that starts from examples of the source, or goes back from examples of the data.

What is walked is the ODE ``dx/dt = v(x, t)`` from t = 0, the source, to t = 1, the data; backwards ``dx/ds = -v(x, 1 - s)``,
whose progress s rises as well. Each frame remembers of which class, or part, of the set it began with a sample is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from torch import Tensor

from dgm_studio.contract import ExamplePool, Frame, PlaneField, Rng, Settings, Steer, extend, knob
from dgm_studio.samplers.flow_samplers import FlowWalk
from dgm_studio.samplers.noise import noise_like
from dgm_studio.samplers.path import Path, PathSampler
from dgm_studio.samplers.solvers import flow_solvers


class DirectionKnobs(Settings):
    direction: Literal["forward", "back"] = knob(
        "forward", help="From the source to the data, or back: the same flow, its time reversed."
    )


@dataclass(frozen=True)
class Ends:
    """What samples begin with: examples of ``source``, or noise where there are none, and going back those of ``target``.

    ``noise`` is the standard deviation of what is added to latents of the source.
    """

    path: Path
    source: ExamplePool | None
    target: ExamplePool | None
    noise: float = 0.0

    def start(self, n: int, back: bool, temperature: float, rng: Rng) -> Frame:
        pool = self.target if back else self.source
        if pool is None:
            z = self.path.noise(n, rng) * (self.path.spread * math.sqrt(temperature))
            return Frame(self.path.space.decode(z), 0.0)
        drawn = pool.draw(n, rng)
        origin = {} if drawn.label is None else {"origin": drawn.label}
        x = drawn.x.to(self.path.device)
        return Frame(x if back else self.noisy(x, temperature, rng), 0.0, origin)

    def noisy(self, x: Tensor, temperature: float, rng: Rng) -> Tensor:
        """Examples x (n, *event) of the source with noise of their own."""
        if self.noise == 0:
            return x
        space = self.path.space
        z = space.encode(x)
        return space.decode(z + self.noise * math.sqrt(temperature) * noise_like(z, rng))


@dataclass(frozen=True)
class SourceSampler:
    """A solver either way between the ``ends``."""

    ends: Ends
    there: PathSampler[Any]
    back: PathSampler[Any]
    begins: str

    @property
    def title(self) -> str:
        return self.there.title

    @property
    def help(self) -> str:
        return self.there.help

    @property
    def Knobs(self) -> type[Settings]:
        return self.there.Knobs if self.ends.target is None else extend(self.there.Knobs, DirectionKnobs)

    def backwards(self, steer: Steer) -> bool:
        return self.ends.target is not None and steer.read(DirectionKnobs).direction == "back"

    def start(self, n: int, steer: Steer, rng: Rng) -> Frame:
        return self.ends.start(n, self.backwards(steer), steer.temperature, rng)

    def step(self, frame: Frame, steer: Steer, rng: Rng) -> Frame:
        walked = (self.back if self.backwards(steer) else self.there).step(frame, steer, rng)
        return walked.with_(state=kept_origin(frame, walked.state))


def kept_origin(frame: Frame, state: Mapping[str, Any]) -> Mapping[str, Any]:
    """The ``state`` of the frame that follows, with what samples of ``frame`` came from."""
    return {**state, "origin": frame.state["origin"]} if "origin" in frame.state else state


def between_samplers(ends: Ends, velocity: PlaneField) -> dict[str, SourceSampler]:
    """Every solver of flows by name, the default first."""

    def reversed_velocity(x: Tensor, t: float, label: Tensor | None) -> Tensor:
        return -velocity(x, 1 - t, label)

    begins = "noise" if ends.source is None else ends.source.title
    return {
        name: SourceSampler(
            ends,
            PathSampler(ends.path, FlowWalk(solver, solver.Knobs, velocity)),
            PathSampler(ends.path, FlowWalk(solver, solver.Knobs, reversed_velocity)),
            begins,
        )
        for name, solver in flow_solvers().items()
    }
