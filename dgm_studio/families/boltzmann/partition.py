"""The sum Z of a Boltzmann machine, by class: over all hidden states, over the plane, or by annealed importance sampling.

With h given the visible units fall apart, so a machine of H hidden units needs 2^H terms however many pixels there are:

    Z_y = sum_h exp(b.h + a_y + h.U_y) prod_i (1 + exp(a_i + W_i h)),   or a Gaussian integral for each real unit.

Two real units have a plane that can be summed cell by cell instead: no component is narrower than a cell, so that the sum of
so smooth a function differs from its integral by less than 1e-5 of it (Trefethen & Weideman 2014, doi:10.1137/130932132).
"""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from dgm_studio.contract import Rng, Work, rng_for
from dgm_studio.families.boltzmann.ais import anneal
from dgm_studio.families.boltzmann.fully_visible import FullyVisible
from dgm_studio.families.boltzmann.restricted import Restricted, draw_units

Machine = Restricted | FullyVisible

_MOST_TERMS = 2**27
_MOST_HIDDEN = 20
_TERMS_AT_ONCE = 2**19
_CELL = 0.1
REACH = 12.0
"""How far the plane is summed; the data lie within about 3."""
CHAINS = 200


def enumerable(machine: Machine, most: int = _MOST_TERMS) -> bool:
    """Whether all hidden states times all visible units are few enough to sum."""
    return (
        isinstance(machine, Restricted)
        and machine.hidden <= _MOST_HIDDEN
        and 2**machine.hidden * (machine.size + machine.classes) <= most
    )


def hidden_states(hidden: int, start: int, stop: int, like: Tensor) -> Tensor:
    """The binary states numbered ``start`` to ``stop`` (stop - start, hidden)."""
    number = torch.arange(start, stop, device=like.device)
    return (number[:, None] >> torch.arange(hidden, device=like.device) & 1).to(like.dtype)


def log_masses(machine: Restricted, h: Tensor, beta: float = 1.0) -> Tensor:
    """``log sum_v exp(-beta E(v, y, h))`` for hidden states h (k, H), by class: (k, classes) or (k, 1).

    Real units take no part in ``beta``, which only narrows them around their means.
    """
    field, size = machine.bias + h @ machine.weight.T, machine.size
    if machine.gaussian:
        variance = machine.sigma.square()
        mass = h @ machine.hidden_bias + 0.5 * field[:, :size].square() @ variance
        mass, beta = mass + 0.5 * (2 * math.pi * variance).log().sum(), 1.0
    else:
        mass = beta * (h @ machine.hidden_bias) + F.softplus(beta * field[:, :size]).sum(1)
    return mass[:, None] + beta * field[:, size:] if machine.classes else mass[:, None]


def enumerated(machine: Restricted) -> Work[Tensor]:
    """``log Z`` by class (classes,) or (1,), exact, in slices."""
    total = 2**machine.hidden
    at_once = max(1, _TERMS_AT_ONCE // (machine.size + machine.classes))
    parts = []
    for start in range(0, total, at_once):
        h = hidden_states(machine.hidden, start, min(start + at_once, total), machine.bias)
        parts.append(log_masses(machine, h).logsumexp(0))
        yield
    return torch.stack(parts).logsumexp(0)


def over_the_plane(machine: Restricted, reach: float = REACH) -> Work[Tensor]:
    """``log Z`` by class (classes,) or (1,) of a machine of two real units, in slices; differentiable."""
    side = round(2 * reach / _CELL)
    axis = (torch.arange(side, device=machine.bias.device) + 0.5) * _CELL - reach
    parts = []
    for cells in torch.cartesian_prod(axis, axis).split(max(1, 2 * _TERMS_AT_ONCE // machine.weight.numel())):
        parts.append(machine.joint(cells).logsumexp(0))
        yield
    return torch.stack(parts).logsumexp(0) + 2 * math.log(_CELL)


@dataclass(frozen=True)
class Estimated:
    """``log_z`` by class (classes,) or (1,), its standard error in nats, what share of the chains they are worth, and their
    log-weights (chains,).
    """

    log_z: Tensor
    error: float
    effective: float
    log_weight: Tensor


def annealed(
    machine: Machine, base: Tensor, rng: Rng, steps: int | None = None, chains: int = CHAINS
) -> Work[Estimated]:
    """An estimate of ``log Z``, from the independent units whose log-odds are ``base``.

    One run serves all classes: ``Z_y = Z E[p(y | v)]`` over its weighted samples. Large machines take fewer steps.
    """
    weights = machine.weight.numel()
    steps = steps or (1000 if weights <= 20_000 else 500)
    start, _ = draw_units(base.expand(chains, -1), machine.size, rng)
    done = yield from anneal(
        start,
        machine.log_base(base),
        lambda u, before, after: machine.gain(u, before, after, base),
        lambda u, beta, rng: machine.sweep(u, rng, beta, base)[0],
        rng,
        steps,
        together=max(1, 200_000 // weights),
    )
    share = done.log_weight.log_softmax(0)[:, None] + machine.joint(done.samples[:, : machine.size]).log_softmax(-1)
    log_z = (done.log_z + share.logsumexp(0)).to(machine.bias.dtype)
    return Estimated(log_z, done.error, done.effective / chains, done.log_weight)


class Partition:
    """``log Z`` of a machine as it is when it is first asked for, found once, together with those weights.

    ``base`` (size + classes,) are log-odds of independent units near the data, where annealing starts.
    """

    def __init__(self, machine: Machine, base: Tensor) -> None:
        self._machine, self._base = machine, base
        self._found: tuple[Machine, Tensor] | None = None
        self._estimated: Estimated | None = None

    def work(self) -> Work[tuple[Machine, Tensor]]:
        """A copy of the machine, safe from training that goes on meanwhile, and its ``log Z`` by class."""
        if self._found is None:
            frozen, base = copy.deepcopy(self._machine), self._base.clone()
            if isinstance(frozen, Restricted) and enumerable(frozen):
                log_z = yield from enumerated(frozen)
            elif isinstance(frozen, Restricted) and frozen.gaussian:
                log_z = yield from over_the_plane(frozen)
            else:
                self._estimated = yield from annealed(frozen, base, rng_for(0, device=base.device))
                log_z = self._estimated.log_z
            self._found = frozen, log_z
        return self._found

    def chains(self) -> Tensor | None:
        """The log-weights (chains,) by which ``log Z`` was estimated; None before, and where it is exact."""
        return None if self._estimated is None else self._estimated.log_weight

    def note(self) -> str:
        """How sure ``log Z`` is, once it was estimated."""
        if self._estimated is None:
            return ""
        error, effective = self._estimated.error, self._estimated.effective
        return f"log Z by annealed importance sampling, ± {error:.2f} nats; {CHAINS} chains are worth {effective:.0%} of them"


@torch.no_grad()
def log_density(partition: Partition, x: Tensor, label: Tensor | None) -> Work[Tensor]:
    """Visible values (n, size) to log p(x), or log p(x | y) where there is a label, in nats (n,)."""
    machine, log_z = yield from partition.work()
    parts = []
    rows = max(1, 4_000_000 // (machine.weight.numel() + machine.weight.shape[1] * len(log_z)))
    for part in x.split(rows):
        parts.append(machine.joint(part))
        yield
    joint = torch.cat(parts) if parts else x.new_zeros(0, len(log_z))
    marginal = joint.logsumexp(-1) - log_z.logsumexp(0)
    if label is None or not machine.classes:
        return marginal
    given = (joint - log_z).gather(-1, label.clamp_min(0)[:, None])[:, 0]
    return torch.where(label >= 0, given, marginal)
