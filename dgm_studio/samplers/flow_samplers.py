"""The samplers of a flow: Runge-Kutta steps of `ode` from noise to data."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from dgm_studio.contract import Sampler
from dgm_studio.samplers import ode
from dgm_studio.samplers.guidance import Conditional, guided
from dgm_studio.samplers.ode import OdeStep
from dgm_studio.samplers.path import Leg, Path, PathSampler, StepKnobs, with_guidance, with_steps

_OFFERED: dict[str, tuple[str, str, int, OdeStep]] = {
    "midpoint": (
        "Midpoint",
        "Asks for the velocity half a step ahead and goes there with it: order 2, two passes per step.",
        8,
        ode.midpoint,
    ),
    "euler": (
        "Euler",
        "Goes straight on along the present velocity: order 1. One step shows how straight the flow is.",
        16,
        ode.euler,
    ),
    "heun": ("Heun", "Goes with the mean of the velocities at both ends: order 2, two passes per step.", 8, ode.heun),
    "rk4": ("Runge-Kutta 4", "Weighs four velocities per step: order 4, four passes.", 8, ode.rk4),
}


def flow_samplers(path: Path, velocity: Conditional, classes: bool) -> dict[str, Sampler]:
    """Samplers by name, the default first; with ``classes`` each has a guidance knob."""

    def sampler(title: str, help: str, steps: int, solve: OdeStep) -> Sampler:
        def advance(leg: Leg) -> tuple[Tensor, Tensor, Any]:
            weight = made.knobs(leg.steer).get("guidance", 1.0)
            z, v = solve(guided(velocity, leg.steer.label, weight), leg.z, leg.t, leg.s)
            return z, leg.z + (1 - leg.t) * v, None

        knobs = with_steps(StepKnobs, steps)
        made = PathSampler(title, help, with_guidance(knobs) if classes else knobs, path, advance)
        return made

    return {name: sampler(*offer) for name, offer in _OFFERED.items()}
