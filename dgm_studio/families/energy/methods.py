"""Langevin chains as samplers of an energy-based model, and clamped ones as its ways to fill a mask."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from torch import Tensor

from dgm_studio.conditions.objective import Objective, UphillKnobs
from dgm_studio.contract import Frame, Method, Rng, Sampler, Steer, extend, knob
from dgm_studio.families.shared.known import pinned
from dgm_studio.samplers.langevin import Begin, Langevin, LangevinKnobs, ValueAndGrad
from dgm_studio.samplers.path import Space
from dgm_studio.samplers.population import Population


class PersistentKnobs(LangevinKnobs):
    """Chains may also go on from where those of training stand."""

    start: Literal["noise", "buffer"] = knob(
        "noise", help="Where chains begin: in noise, or where the persistent chains of training stand now."
    )


class MalaKnobs(LangevinKnobs):
    """Larger moves: the correction refuses those that go wrong."""

    size: float = knob(
        0.25,
        0.001,
        1.0,
        scale="log",
        title="step size",
        help="Standard deviation of the proposed move; larger ones travel farther and are refused more often.",
    )


class PersistentMalaKnobs(PersistentKnobs, MalaKnobs):
    """Corrected chains that may go on from those of training."""


_LANGEVIN = "Chains roll downhill on the energy and are kicked by noise; slightly too wide, as steps are finite."
_MALA = "Langevin moves that are accepted or refused (Metropolis), so that chains end in exactly the model's density."


@dataclass(frozen=True)
class UphillLangevin:
    """Chains on the energy less what an objective is worth; without one they are ``chains``."""

    chains: Langevin
    title: str = "Under the energy"
    help: str = "Chains roll downhill on the energy and uphill on what is asked, and are kicked by noise."

    @property
    def Knobs(self) -> type[LangevinKnobs]:
        return self.chains.Knobs

    def start(self, n: int, steer: Steer, rng: Rng) -> Frame:
        return self.chains.start(n, steer, rng)

    def step(self, frame: Frame, steer: Steer, rng: Rng) -> Frame:
        asked = steer.condition
        if not isinstance(asked, Objective):
            return self.chains.step(frame, steer, rng)
        here, weight, plain = asked.through(self.chains.space.decode), steer.read(UphillKnobs).pull, self.chains.grad

        def led(z: Tensor, label: Tensor | None) -> tuple[Tensor, Tensor]:
            energy, grad = plain(z, label)
            return energy - weight * here.value(z).detach(), grad - weight * here.grad(z)

        return replace(self.chains, grad=led).step(frame, steer, rng)


def chain_samplers(
    grad: ValueAndGrad, space: Space, begin: Begin, population: Population | None, *, persistent: bool
) -> dict[str, Sampler]:
    """Lone chains, plain and corrected; before them the population, in the plane."""
    plain = Langevin(grad, space, begin, PersistentKnobs if persistent else LangevinKnobs, help=_LANGEVIN)
    if population is None:
        return {"langevin": plain}
    knobs = PersistentMalaKnobs if persistent else MalaKnobs
    mala = Langevin(grad, space, begin, knobs, corrected=True, title="MALA", help=_MALA)
    return {"population": population, "langevin": plain, "mala": mala}


def plane_methods(grad: ValueAndGrad, space: Space, begin: Begin, population: Population) -> dict[str, Method]:
    """In the plane: a population or lone chains of which only the unknown coordinate moves."""
    clamped = replace(population, pin=pinned, title="Clamped population")
    help = "Only the unknown coordinate moves. " + _MALA
    mala = Langevin(grad, space, begin, MalaKnobs, pinned, True, "Clamped MALA", help)
    return {
        "population": Method(
            "mask",
            clamped.title,
            "asymptotic",
            "Holds the known part while a population follows the path from noise to the model: the exact conditional when "
            "it is large.",
            clamped,
        ),
        "clamped": Method(
            "mask",
            mala.title,
            "asymptotic",
            "Lone chains with the known part held: the exact conditional in the long run, but each stays in its valley.",
            mala,
        ),
    }


def image_methods(grad: ValueAndGrad, space: Space, begin: Begin) -> dict[str, Method]:
    """On pictures: chains that are put back to the known pixels after every move."""
    help = "Langevin moves; the known pixels are put back after each."
    sampler = Langevin(grad, space, begin, LangevinKnobs, pinned, False, "Clamped Langevin", help)
    uphill = UphillLangevin(Langevin(grad, space, begin, extend(LangevinKnobs, UphillKnobs)))
    return {
        "clamped": Method(
            "mask",
            sampler.title,
            "heuristic",
            "Walks on the energy and puts the known pixels back after every move; chains are too short to forget their start.",
            sampler,
        ),
        "uphill": Method(
            "objective",
            uphill.title,
            "heuristic",
            uphill.help + " Chains are too short to forget their start.",
            uphill,
        ),
    }
