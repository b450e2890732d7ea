"""The samplers of a flow: each of the solvers in `flow/` from noise to data, under guidance."""

from __future__ import annotations

from dataclasses import dataclass

from dgm_studio.contract import Sampler, extend
from dgm_studio.samplers.flow.solver import OdeSolver
from dgm_studio.samplers.guidance import Conditional, GuidanceKnobs, guided
from dgm_studio.samplers.path import Leg, Moved, Path, PathSampler, StepKnobs
from dgm_studio.samplers.solvers import flow_solvers


@dataclass(frozen=True)
class FlowWalk:
    """``solver`` along the velocity E[x1 - x0 | x_t = x] of straight lines from noise to data."""

    solver: OdeSolver
    Knobs: type[StepKnobs]
    velocity: Conditional

    @property
    def title(self) -> str:
        return self.solver.title

    @property
    def help(self) -> str:
        return self.solver.help

    def go(self, leg: Leg[StepKnobs]) -> Moved:
        weight = leg.knobs.guidance if isinstance(leg.knobs, GuidanceKnobs) else 1.0
        z, v = self.solver.step(guided(self.velocity, leg.label, weight), leg.z, leg.t, leg.s)
        return Moved(z, leg.z + (1 - leg.t) * v)


def flow_samplers(path: Path, velocity: Conditional, classes: bool) -> dict[str, Sampler]:
    """Samplers by name, the default first; with ``classes`` each has a guidance knob."""
    more = (GuidanceKnobs,) if classes else ()
    return {
        name: PathSampler(path, FlowWalk(solver, extend(solver.Knobs, *more), velocity))
        for name, solver in flow_solvers().items()
    }
