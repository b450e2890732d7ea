"""The restricted Boltzmann machine: visible units joined to hidden ones, and neither kind among themselves.

Binary visible units v and hidden units h have the energy (Smolensky 1986; Hinton 2002, doi:10.1162/089976602760128018)

    E(v, h) = - a.v - b.h - v W h;

real ones add ``sum_i v_i^2 / (2 s_i^2)``, the Gaussian-Bernoulli machine (Welling et al. 2004; Cho et al. 2011,
doi:10.1007/978-3-642-21735-7_2): a mixture of 2^H Gaussians with means ``s^2 (a + W h)``. Weights are those of the energy
itself, not divided by s^2 as usual: then the width can move without bending the energy's gradient, and learning is far faster.
Given one side the other falls apart into independent units, so a sweep of Gibbs sampling is two matrix products, and the
hidden units can be summed out: the free energy

    F(v) = - a.v - sum_j log(1 + exp(b_j + v W_j))  [+ v^2 / (2 s^2)],   p(v) = exp(-F(v)) / Z.

Classes are one more group of visible units, of which exactly one is on (Larochelle & Bengio 2008).
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dgm_studio.contract import Rng

LOWEST_SIGMA = 0.08
"""Real units are never sharper: sums over the plane in steps of 0.1 see every component (error below 1e-5)."""
_SIGMA, _SLOPE = 0.2, 8.0
"""Real units at the start: their width, and how steep the energy is where one hidden unit is on."""


class Restricted(nn.Module):
    """``size`` visible units, ``classes`` label units after them, ``hidden`` hidden ones.

    Units u are rows (n, size + classes): the visible part, 0 or 1 or real, then the class, one-hot. What is learned are the
    weights and the levels of units whose neighbours are at their ``centre`` or half on; without, a weight and a bias pull at
    the same thing and chains get lost (Montavon & Müller 2012, doi:10.1007/978-3-642-35289-8_33).
    """

    centre: Tensor

    def __init__(self, size: int, classes: int, hidden: int, *, gaussian: bool, rng: Rng) -> None:
        super().__init__()
        self.size, self.classes, self.gaussian = size, classes, gaussian
        level, hidden_level = (torch.zeros(k, device=rng.device) for k in (size + classes, hidden))
        weight = torch.randn(size + classes, hidden, generator=rng, device=rng.device)
        weight[size:] *= 0.3
        if gaussian:
            # the energy bends where a hidden unit turns on: begin with bends all over the data
            weight[:size] *= _SLOPE / weight[:size].norm(dim=0)
            bends = torch.randn(size, hidden, generator=rng, device=rng.device)
            hidden_level -= (weight[:size] * bends).sum(0)
            self.log_sigma = nn.Parameter(torch.full((size,), math.log(_SIGMA), device=rng.device))
        else:
            weight[:size] *= 0.02
        self.level, self.hidden_level = nn.Parameter(level), nn.Parameter(hidden_level)
        self.weight = nn.Parameter(weight)
        self.register_buffer("centre", torch.zeros_like(level))

    @property
    def bias(self) -> Tensor:
        """``a`` (size + classes,): the log-odds of visible units whose hidden ones are half on, moved to where none is."""
        return self.level - 0.5 * self.weight.sum(1)

    @property
    def hidden_bias(self) -> Tensor:
        """``b`` (H,): the log-odds of hidden units at the centre of the data, moved to where all visible ones are off."""
        return self.hidden_level - self.centre @ self.weight

    @property
    def hidden(self) -> int:
        return len(self.hidden_level)

    @property
    def sigma(self) -> Tensor:
        """Standard deviation (size,) of real units given the hidden ones."""
        return self.log_sigma.exp() + LOWEST_SIGMA

    @torch.no_grad()
    def begin(self, mean: Tensor) -> None:
        """Take the mean of the data (size + classes,) for the centre, and for where binary units begin."""
        start = self.size if self.gaussian else 0
        self.level[start:] = log_odds(mean, self.size)[start:]
        self.centre.copy_(0 * mean if self.gaussian else mean)

    @torch.no_grad()
    def recentre(self, mean: Tensor) -> None:
        """Move the centre to a new mean of the data without changing the machine."""
        self.hidden_level.add_((mean - self.centre) @ self.weight)
        self.centre.copy_(mean)

    def hidden_field(self, u: Tensor) -> Tensor:
        """What the hidden units see (n, H): the log-odds of being on."""
        return torch.addmm(self.hidden_bias, u, self.weight)

    def own_energy(self, u: Tensor) -> Tensor:
        """The part of the energy (n,) without hidden units."""
        energy = -(u @ self.bias)
        return energy + 0.5 * (u[:, : self.size] / self.sigma).square().sum(1) if self.gaussian else energy

    def free_energy(self, u: Tensor) -> Tensor:
        """Units (n, size + classes) to ``F`` (n,), in nats: -log p up to a constant."""
        return self.own_energy(u) - F.softplus(self.hidden_field(u)).sum(1)

    def joint(self, v: Tensor) -> Tensor:
        """Visible values (n, size) to ``-F(v, y)`` (n, classes), or (n, 1) without classes."""
        blank = torch.cat([v, v.new_zeros(len(v), self.classes)], 1)
        if not self.classes:
            return -self.free_energy(blank)[:, None]
        field = self.hidden_field(blank)[:, None] + self.weight[self.size :]
        return self.bias[self.size :] - self.own_energy(blank)[:, None] + F.softplus(field).sum(-1)

    def sweep(self, u: Tensor, rng: Rng, beta: float = 1.0, base: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """One sweep of Gibbs sampling at inverse temperature ``beta``: new units, and their means, of u's shape.

        ``beta`` multiplies the energy of binary units; of real ones it divides the variance around their means.
        ``base`` (size + classes,) is a field without hidden units that takes over as ``beta`` goes to 0.
        """
        chance = torch.sigmoid(self.hidden_field(u) if self.gaussian else beta * self.hidden_field(u))
        return self.down(torch.bernoulli(chance, generator=rng), rng, beta, base)

    def down(self, h: Tensor, rng: Rng, beta: float = 1.0, base: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Visible units and their means given hidden ones (n, H)."""
        field = torch.addmm(self.bias, h, self.weight.T)
        if self.gaussian:
            mean = field[:, : self.size] * self.sigma.square()
            noise = torch.randn(mean.shape, generator=rng, device=rng.device)
            v = mean + noise * self.sigma / math.sqrt(beta)
            y, chance = draw_class(field[:, self.size :], rng)
            return torch.cat([v, y], 1), torch.cat([mean, chance], 1)
        return draw_units(beta * field if base is None else torch.lerp(base, field, beta), self.size, rng)

    # --- for annealed importance sampling ---

    def gain(self, u: Tensor, before: float, after: float, base: Tensor) -> Tensor:
        """``log f_after(u) - log f_before(u)`` (n,) of ``f_b(u) = exp((1-b) base.u + b a.u) prod_j (1 + e^(b field_j))``."""
        field = self.hidden_field(u)
        change = F.softplus(after * field) - F.softplus(before * field)
        return (after - before) * (u @ (self.bias - base)) + change.sum(1)

    def log_base(self, base: Tensor) -> Tensor:
        """The logarithm of the sum of ``f_0``."""
        return log_independent(base, self.size) + self.hidden * math.log(2)


def draw_units(field: Tensor, size: int, rng: Rng) -> tuple[Tensor, Tensor]:
    """Binary units and one class drawn from their log-odds (n, size + classes), and their means."""
    chance = torch.sigmoid(field[:, :size])
    v = torch.bernoulli(chance, generator=rng)
    if field.shape[1] == size:
        return v, chance
    y, of_class = draw_class(field[:, size:], rng)
    return torch.cat([v, y], 1), torch.cat([chance, of_class], 1)


def draw_class(logits: Tensor, rng: Rng) -> tuple[Tensor, Tensor]:
    """One-hot classes and their probabilities, each (n, classes); empty where there are none."""
    if not logits.shape[1]:
        return logits, logits
    chance = logits.softmax(-1)
    drawn = torch.multinomial(chance, 1, generator=rng)
    return torch.zeros_like(chance).scatter_(1, drawn, 1.0), chance


def log_independent(field: Tensor, size: int) -> Tensor:
    """``log sum_u exp(field . u)`` over binary units and one class."""
    total = F.softplus(field[:size]).sum()
    return total + field[size:].logsumexp(0) if len(field) > size else total


def log_odds(mean: Tensor, size: int) -> Tensor:
    """Log-odds (units,) of binary units with these means, kept within reason, then logarithms of class shares."""
    p = mean[:size].clamp(0.01, 0.99)
    return torch.cat([p.log() - (1 - p).log(), mean[size:].clamp_min(1e-3).log()])
