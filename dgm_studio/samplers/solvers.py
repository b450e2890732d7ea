"""What the rooms `diffusion/` and `flow/` hold: solvers by name, found file by file."""

from __future__ import annotations

from functools import cache
from typing import Any

from dgm_studio.discovery import discover
from dgm_studio.samplers.diffusion.solver import DiffusionSolver
from dgm_studio.samplers.flow.solver import OdeSolver

_broken: dict[str, Exception] = {}


def broken_solvers() -> dict[str, Exception]:
    """Files that cannot be used, by module, and why."""
    diffusion_solvers()
    flow_solvers()
    return dict(_broken)


@cache
def diffusion_solvers() -> dict[str, DiffusionSolver[Any]]:
    """Samplers of diffusion models, Heun's first."""
    return _in_order(discover("dgm_studio.samplers.diffusion", "SOLVER", _broken), "heun")


@cache
def flow_solvers() -> dict[str, OdeSolver]:
    """Samplers of flows, the midpoint rule first."""
    return _in_order(discover("dgm_studio.samplers.flow", "SOLVER", _broken), "midpoint")


def _in_order(found: dict[str, Any], first: str) -> dict[str, Any]:
    """After the default those that take few steps come first."""
    return dict(sorted(found.items(), key=lambda item: (item[0] != first, item[1].Knobs().steps, item[0])))
