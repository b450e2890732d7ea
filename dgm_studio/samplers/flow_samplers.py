"""The samplers of a flow: each of the solvers in `flow/` from noise to data, under guidance."""

from __future__ import annotations

from dataclasses import dataclass

from dgm_studio.contract import DataSpec, Sampler, extend
from dgm_studio.samplers.flow.solver import OdeSolver
from dgm_studio.samplers.guidance import Conditional, guidance_knobs, guided, weights_of
from dgm_studio.samplers.path import Leg, Moved, Path, PathSampler, StepKnobs
from dgm_studio.samplers.solvers import flow_solvers


@dataclass(frozen=True)
class FlowWalk:
    """``solver`` along the velocity E[x1 - x0 | x_t = x] of straight lines from noise to data, led by what is ``given``."""

    solver: OdeSolver
    Knobs: type[StepKnobs]
    velocity: Conditional
    given: DataSpec | None = None

    @property
    def title(self) -> str:
        return self.solver.title

    @property
    def help(self) -> str:
        return self.solver.help

    def go(self, leg: Leg[StepKnobs]) -> Moved:
        led = guided(self.velocity, leg.label, weights_of(leg.knobs, self.given))
        z, v = self.solver.step(led, leg.z, leg.t, leg.s)
        return Moved(z, leg.z + (1 - leg.t) * v)


def flow_samplers(path: Path, velocity: Conditional, given: DataSpec | None) -> dict[str, Sampler]:
    """Samplers by name, the default first; where classes or a context are ``given`` each has knobs for guidance."""
    more = guidance_knobs(given)
    return {
        name: PathSampler(path, FlowWalk(solver, extend(solver.Knobs, *more), velocity, given))
        for name, solver in flow_solvers().items()
    }
