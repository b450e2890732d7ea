"""The autoregressive model in the plane: p(x1) p(x2 | x1), mixtures of Gaussians, and what can be done with them.

One visible step is one coordinate. Because both conditionals are known in closed form, the model answers either
coordinate exactly: x2 from p(x2 | x1), and x1 by Bayes' rule from p(x1) p(x2 | x1) on a grid finer than any component.
Its latents are the conditional distribution functions, ``z = Phi^-1(F(x))`` (Rosenblatt 1952): invertible and exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import torch
from torch import Tensor

from dgm_studio.conditions.mask import compose
from dgm_studio.contract import Abilities, DataSpec, Frame, LogDensity, Method, Rng, Settings, Steer
from dgm_studio.families.autoregressive.chain import COLDEST, TEMPERATURE, ChainModel, draw
from dgm_studio.families.autoregressive.quantiles import Quantiles
from dgm_studio.families.shared.classes import draw_classes, labels_for, log_shares, one_hot
from dgm_studio.families.shared.gradients import score
from dgm_studio.families.shared.known import known_part, mask_of
from dgm_studio.nets.causal_mixture import MixtureChain

_CELLS = 2000
"""Cells of the grid on which x1 is found from x2."""


@dataclass(frozen=True)
class NextCoordinate:
    """x1, then x2 given x1; with a mask the known one is kept and the other drawn given it."""

    begins: ClassVar[str] = "nothing"
    net: MixtureChain
    spec: DataSpec
    masked: bool = False
    title: str = "Next coordinate"
    help: str = "Draws the first coordinate, which spreads the points along a line, then the second given the first."
    Knobs: type[Settings] = Settings

    def start(self, n: int, steer: Steer, rng: Rng) -> Frame:
        x = torch.zeros(n, 2, device=rng.device)
        state = {"drawn_class": draw_classes(n, self.spec, rng)}
        if self.masked:
            # a strength between 0 and 1 is the share of the samples in which the coordinate is generated
            value, known = known_part(mask_of(steer, x), n, 2)
            state["free"] = torch.rand(n, 2, generator=rng, device=rng.device) >= known
            if self.spec.classes:
                state["drawn_class"] = self._fitting_classes(value, state["free"], rng)
            x = compose(mask_of(steer, x), x)
        return Frame(x, 0.0, state)

    @torch.no_grad()
    def step(self, frame: Frame, steer: Steer, rng: Rng) -> Frame:
        x, n = frame.x, len(frame.x)
        given = one_hot(labels_for(frame, steer), n, self.spec.given_size, x)
        first = frame.t == 0
        x1, x2 = x.unbind(1)
        if first:
            x1 = draw(self.net.of_first(given), n, steer.temperature, rng)
        else:
            x2 = draw(self.net.of_second(x1, given), n, steer.temperature, rng)
        new = torch.stack([x1, x2], 1)
        if self.masked:
            new = self._clamped(new, frame, steer, given, rng)
        return Frame(new, 0.5 if first else 1.0, frame.state)

    def _clamped(self, new: Tensor, frame: Frame, steer: Steer, given: Tensor, rng: Rng) -> Tensor:
        """The coordinates just drawn, where they are free; x1 is drawn given x2 where only that is known."""
        condition, free = mask_of(steer, new), frame.state["free"]
        value, _ = known_part(condition, len(new), 2)
        if frame.t == 0:
            only_second = free[:, 0] & ~free[:, 1]
            if bool(only_second.any()):
                found = self.first_given_second(value[only_second, 1], given[only_second], steer.temperature, rng)
                new[only_second, 0] = found
        return compose(condition, torch.where(free, new, value))

    def first_given_second(self, x2: Tensor, given: Tensor, temperature: float, rng: Rng) -> Tensor:
        """Draws (m,) from p(x1 | x2, class), which is p(x1) p(x2 | x1) up to a factor, cell by cell of a fine grid."""
        asked, which = torch.unique(torch.cat([x2[:, None], given], 1), dim=0, return_inverse=True)
        u = torch.rand(len(x2), 2, generator=rng, device=rng.device)
        found = torch.empty_like(x2)
        for i, row in enumerate(asked):
            here = which == i
            edges, width, log_p = self._cells(row[:1], row[None, 1:])
            log_mass = log_p / max(temperature, COLDEST) + width.log()
            share = log_mass.double().softmax(0).cumsum(0).to(x2)
            cell = torch.searchsorted(share, u[here, 0] * share[-1]).clamp_max(_CELLS - 1)
            found[here] = edges[cell] + width[cell] * u[here, 1]
        return found

    def _cells(self, x2: Tensor, given: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Cells of x1: edges, widths, and log p(x1, x2 | class) in their middles for one x2 (1,) and class (1, C)."""
        before = self.net.of_first(given)
        # cells of like probability before x2 is known: fine where there is something to find
        edges = before.at_quantile(torch.linspace(-5.5, 5.5, _CELLS + 1, device=x2.device))
        middle, width = (edges[1:] + edges[:-1]) / 2, edges.diff().clamp_min(1e-12)
        after = self.net.of_second(middle, given.expand(_CELLS, -1))
        return edges, width, before.log_density(middle) + after.log_density(x2.expand(_CELLS))

    @torch.no_grad()
    def _fitting_classes(self, value: Tensor, free: Tensor, rng: Rng) -> Tensor:
        """A class for each sample (n,), by Bayes' rule from the one coordinate that is known, if just one is."""
        n, classes = len(value), len(self.spec.classes)
        evidence = value.new_zeros(n, classes)
        second = free[:, 0] & ~free[:, 1]
        asked, which = torch.unique(value[second, 1], return_inverse=True)
        for y in range(classes):
            given = torch.eye(classes, device=value.device)[y : y + 1]
            of_first = self.net.of_first(given).log_density(value[:, 0])
            evidence[:, y] = torch.where(free[:, 0], evidence[:, y], of_first)
            for i, x2 in enumerate(asked):
                _, width, log_p = self._cells(x2[None], given)
                evidence[second.nonzero()[which == i, 0], y] = (log_p + width.log()).logsumexp(0)
        share = (evidence + log_shares(self.spec, evidence)).softmax(1).cumsum(1)
        u = torch.rand(n, 1, generator=rng, device=rng.device)
        return (u * share[:, -1:] > share).sum(1).clamp_max(classes - 1)


class PlaneModel(ChainModel[MixtureChain]):
    """Trains a `MixtureChain` on points by maximum likelihood."""

    def abilities(self) -> Abilities:
        spec, net = self._spec, self.learner.shown
        density = LogDensity("exact", self.log_density)
        fill = NextCoordinate(
            net, spec, True, "Exact conditional", "Draws the coordinate that is missing given the one that is known."
        )
        return Abilities(
            samplers={"ancestral": NextCoordinate(net, spec)},
            log_density=density,
            score=partial(score, density),
            latent=Quantiles(net, spec).latent(),
            methods={
                "conditional": Method(
                    "mask",
                    fill.title,
                    "exact",
                    "x2 comes from p(x2 | x1) itself, x1 from p(x1) p(x2 | x1) by Bayes' rule on a fine grid.",
                    fill,
                )
            },
            uses_label=bool(spec.given_size),
            temperature=TEMPERATURE,
        )
