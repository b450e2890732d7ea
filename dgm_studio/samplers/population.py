"""A population of chains that follows a path of densities from noise to ``exp(-E / T)``.

Sequential Monte Carlo (Del Moral, Doucet & Jasra 2006, doi:10.1111/j.1467-9868.2006.00553.x) on the geometric path of
annealed importance sampling (Neal 2001, arXiv:physics/9803008):

    E_b = (1 - b) |x|^2 / 2 r^2 + b E / T,    b from 0 to 1.

When b grows, chains that the new density likes less are replaced by copies of those it likes more; then all make some
corrected Langevin moves. Lone chains are caught in the valley they fall into; here valleys get their share of chains.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from dgm_studio.contract import Frame, Rng, Settings, Steer, knob
from dgm_studio.samplers.langevin import Pin, Standing, ValueAndGrad, mala_move
from dgm_studio.samplers.path import next_time

HELPERS = 512
"""A population has at least so many members, of which only those asked for are shown."""


class PopulationKnobs(Settings):
    """How finely the path is cut."""

    steps: int = knob(
        30,
        2,
        500,
        scale="log",
        help="Steps on the path from noise to the model; finer ones copy fewer chains at a time.",
    )
    moves: int = knob(5, 1, 100, scale="log", help="Langevin moves of every chain in each step.")
    size: float = knob(
        0.3,
        0.001,
        1.0,
        scale="log",
        title="step size",
        help="Standard deviation of a proposed move early on the path; it shrinks as moves are refused.",
    )


@dataclass(frozen=True)
class Population:
    """A population per condition: chains are copied only among those asked for the same class and the same known part.

    The frame keeps all chains under ``"chain"``, to whom each belongs under ``"owner"`` (m,), and the step size in use.
    """

    grad: ValueAndGrad
    event: tuple[int, ...]
    radius: float
    device: torch.device
    pin: Pin | None = None
    title: str = "Annealed population"
    help: str = (
        "Chains walk while noise turns into the model's density; those that fall behind become copies of others."
    )
    Knobs: type[PopulationKnobs] = PopulationKnobs

    def start(self, n: int, steer: Steer, rng: Rng) -> Frame:
        owner = self._owners(n, steer)
        x = self.radius * torch.randn(len(owner), *self.event, generator=rng, device=rng.device).to(self.device)
        knobs = steer.read(self.Knobs)
        return self._frame(x, 0.0, n, {"owner": owner, "size": knobs.size, "accepted": 0.0}, steer)

    def step(self, frame: Frame, steer: Steer, rng: Rng) -> Frame:
        knobs, n = steer.read(self.Knobs), len(frame.x)
        t, owner = next_time(frame.t, knobs.steps), frame.state["owner"]
        label = None if steer.label is None else steer.label.to(self.device)[owner]
        x = self._pinned(frame.state["chain"], owner, steer, t)
        free = self._free(x, owner, steer, t)
        b = t**2  # the first steps away from pure noise weigh most

        def energies(z: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
            e, g = self.grad(z, label)
            return e / steer.temperature, g / steer.temperature, z.square().sum(1) / (2 * self.radius**2), z

        def path(z: Tensor, _: Tensor | None) -> tuple[Tensor, Tensor]:
            e, g, e_0, z = energies(z)
            return (1 - b) * e_0 + b * e, (1 - b) / self.radius**2 * z + b * g

        e, _, e_0, _ = energies(x)
        x = x[self._survivors((b - frame.t**2) * (e_0 - e), steer, owner, rng)]
        here, size, accepted = Standing.at(path, x, None), frame.state["size"], 0.0
        for _ in range(knobs.moves):
            here, moved = mala_move(path, here, None, size, 1.0, rng, free)
            accepted += float(moved.float().mean()) / knobs.moves
        # towards an acceptance of 0.6 (Roberts & Rosenthal 1998); by progress, not by time, so that it can be replayed
        size = min(1.0, max(1e-3, size * float(2 ** (accepted - 0.6))))
        state = {"owner": owner, "size": size, "accepted": accepted}
        return self._frame(here.x, t, n, state, steer)

    def _survivors(self, log_weight: Tensor, steer: Steer, owner: Tensor, rng: Rng) -> Tensor:
        """Which chain each place goes on with (m,): its own where that survives."""
        group = self._groups(steer, owner)
        out = torch.arange(len(owner), device=owner.device)
        for one in group.unique().tolist():
            where = (group == one).nonzero()[:, 0]
            out[where] = where[systematic(log_weight[where], rng)]
        return out

    def _groups(self, steer: Steer, owner: Tensor) -> Tensor:
        """Chains with the same number may be copied over each other (m,)."""
        if self._own_values(steer):
            return owner
        return torch.zeros_like(owner) if steer.label is None else steer.label.to(owner.device)[owner]

    def _own_values(self, steer: Steer) -> bool:
        """Whether every sample has a known part of its own."""
        if self.pin is None:
            return False
        value, held = self.pin(steer, torch.zeros(1, *self.event, device=self.device), 0.0)
        return any(v.dim() > len(self.event) and len(v) > 1 for v in (value, held))

    def _owners(self, n: int, steer: Steer) -> Tensor:
        """Whose class and known part each chain has: the samples' own, then helpers to make populations large enough."""
        own = torch.arange(n, device=self.device)
        group = self._groups(steer, own)
        each = max(1, HELPERS // max(1, len(group.unique()))) if n else 0
        helpers = [
            members[torch.arange(max(0, each - len(members)), device=self.device) % len(members)]
            for members in ((group == one).nonzero()[:, 0] for one in group.unique().tolist())
        ]
        return torch.cat((own, *helpers))

    def _pinned(self, x: Tensor, owner: Tensor, steer: Steer, t: float) -> Tensor:
        if self.pin is None:
            return x
        value, held = (self._each(v, owner) for v in self.pin(steer, x[:1], t))
        return torch.where(held, value, x)

    def _free(self, x: Tensor, owner: Tensor, steer: Steer, t: float) -> Tensor | None:
        """1 where a value may move."""
        if self.pin is None:
            return None
        return (~self._each(self.pin(steer, x[:1], t)[1], owner)).to(x).expand_as(x)

    def _each(self, v: Tensor, owner: Tensor) -> Tensor:
        """Per-sample values for every chain; shared ones as they are."""
        return v[owner] if v.dim() > len(self.event) and len(v) > 1 else v

    def _frame(self, x: Tensor, t: float, n: int, state: dict[str, Any], steer: Steer) -> Frame:
        x = self._pinned(x, state["owner"], steer, t)
        return Frame(x[:n], t, {**state, "chain": x})


def systematic(log_weight: Tensor, rng: Rng) -> Tensor:
    """Whom each of m places goes on with, drawn with the weights with one uniform number; survivors stay where they are.

    Systematic resampling (Carpenter, Clifford & Fearnhead 1999): a chain of m times its fair share w gets floor(mw) or
    ceil(mw) places.
    """
    m = len(log_weight)
    edges = log_weight.double().softmax(0).cumsum(0)
    edges = edges / edges[-1]
    u = torch.rand(1, generator=rng, device=rng.device, dtype=torch.float64).to(edges.device)
    points = (torch.arange(m, device=edges.device) + u) / m
    drawn = torch.searchsorted(edges, points).clamp(max=m - 1)
    counts = torch.bincount(drawn, minlength=m)
    out = torch.arange(m, device=edges.device)
    out[counts == 0] = torch.repeat_interleave(out, (counts - 1).clamp_min(0))
    return out
