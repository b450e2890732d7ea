"""The fully visible Boltzmann machine: every pixel is joined to every other, and nothing is hidden.

    E(v) = - a.v - 1/2 v J v,   J symmetric with an empty diagonal

(Ackley, Hinton & Sejnowski 1985, doi:10.1207/s15516709cog0901_7). A unit given all others is on with log-odds
``a_i + (J v)_i``, so the pseudo-likelihood ``sum_i log p(v_i | v_rest)`` (Besag 1975, doi:10.2307/2987782) and its gradient
are one matrix product; sampling must visit the units one after the other.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dgm_studio.contract import Rng
from dgm_studio.families.boltzmann.restricted import draw_class, log_independent, log_odds


class FullyVisible(nn.Module):
    """``size`` binary units and ``classes`` label units; the same words as `Restricted`."""

    open: Tensor

    def __init__(self, size: int, classes: int, rng: Rng) -> None:
        super().__init__()
        self.size, self.classes, self.gaussian = size, classes, False
        units = size + classes
        self.bias = nn.Parameter(torch.zeros(units, device=rng.device))
        self.weight = nn.Parameter(1e-3 * torch.randn(units, units, generator=rng, device=rng.device))
        joined = 1 - torch.eye(units, device=rng.device)
        joined[size:, size:] = 0  # of the classes exactly one is on: they need no coupling
        self.register_buffer("open", joined, persistent=False)

    @torch.no_grad()
    def begin(self, mean: Tensor) -> None:
        """Begin with independent units of these means (size + classes,)."""
        self.bias.copy_(log_odds(mean, self.size))

    @property
    def coupling(self) -> Tensor:
        """``J`` (units, units)."""
        return 0.5 * (self.weight + self.weight.T) * self.open

    def free_energy(self, u: Tensor) -> Tensor:
        """Units (n, size + classes) to the energy (n,), in nats."""
        return -(u @ self.bias) - 0.5 * ((u @ self.coupling) * u).sum(1)

    def joint(self, v: Tensor) -> Tensor:
        """Visible values (n, size) to ``-E(v, y)`` (n, classes), or (n, 1) without classes."""
        coupling, size = self.coupling, self.size
        alone = v @ self.bias[:size] + 0.5 * ((v @ coupling[:size, :size]) * v).sum(1)
        if not self.classes:
            return alone[:, None]
        return alone[:, None] + self.bias[size:] + v @ coupling[:size, size:]

    def pseudo_likelihood(self, u: Tensor) -> Tensor:
        """``sum_i log p(u_i | the rest)`` (n,), in nats; the class counts as one unit."""
        field = self.bias + u @ self.coupling
        v, size = u[:, : self.size], self.size
        total = -F.binary_cross_entropy_with_logits(field[:, :size], v, reduction="none").sum(1)
        return total + (field[:, size:].log_softmax(-1) * u[:, size:]).sum(1) if self.classes else total

    def sweep(
        self, u: Tensor, rng: Rng, beta: float = 1.0, base: Tensor | None = None, held: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Every unit once, row by row: new units and the chances they were drawn with. ``held`` (n, units) stay."""
        coupling = beta * self.coupling
        field = (beta * self.bias if base is None else torch.lerp(base, self.bias, beta)) + u @ coupling
        # one row per unit: all chains at one unit lie side by side
        field, units = field.T.contiguous(), u.T.clone()
        chance = units.clone()
        uniform = torch.rand(units.shape, generator=rng, device=rng.device)
        for i in range(self.size):
            torch.sigmoid(field[i], out=chance[i])
            new = (uniform[i] < chance[i]).to(u.dtype)
            if held is not None:
                new = torch.where(held[:, i], units[i], new)
            field.addr_(coupling[i], new - units[i])
            units[i] = new
        y, of_class = draw_class(field[self.size :].T, rng)
        new_u, mean = torch.cat([units[: self.size].T, y], 1), torch.cat([chance[: self.size].T, of_class], 1)
        return (new_u if held is None else torch.where(held, u, new_u)), mean

    # --- for annealed importance sampling ---

    def gain(self, u: Tensor, before: float, after: float, base: Tensor) -> Tensor:
        """``log f_after(u) - log f_before(u)`` (n,) of ``f_b(u) = exp((1-b) base.u - b E(u))``."""
        return (after - before) * (-self.free_energy(u) - u @ base)

    def log_base(self, base: Tensor) -> Tensor:
        """The logarithm of the sum of ``f_0``."""
        return log_independent(base, self.size)
