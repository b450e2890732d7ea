"""Filling a mask by enumeration: with few hidden numbers all ways to fill them can be scored.

    p(hidden | known) = p(hidden, known) / sum over all fillings h of p(h, known)

is exact for any model with an exact density, in whatever order it draws.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from dgm_studio.conditions.mask import compose
from dgm_studio.contract import DataError, DataSpec, Frame, Rng, Settings, Steer
from dgm_studio.families.autoregressive.pixels import free_pixels, known_levels, nothing_drawn, pick, tempered
from dgm_studio.families.shared.known import mask_of
from dgm_studio.families.shared.levels import from_levels
from dgm_studio.language import tr
from dgm_studio.nets.causal import CausalNet, nats

MOST = 8192
"""Fillings of one string that are scored."""
_ROWS = 2048


@dataclass(frozen=True)
class EveryFilling:
    """One step: score all fillings and draw. Raises DataError where there are too many."""

    net: CausalNet
    spec: DataSpec
    levels: int
    title: str = "Every filling"
    help: str = "Scores every way to fill the hidden letters and draws one in proportion to its probability."
    Knobs: type[Settings] = Settings

    def start(self, n: int, steer: Steer, rng: Rng) -> Frame:
        x = nothing_drawn(n, self.spec, rng.device)
        condition = mask_of(steer, x)
        free = free_pixels(condition, n, self.spec, rng)
        hidden = int(free.sum(1).max())
        if self.levels**hidden > MOST:
            raise DataError(
                tr(
                    "{hidden} hidden letters can be filled in {levels:,} ways, of which {most:,} can be "
                    "tried: hide fewer letters, or choose weighted candidates",
                    hidden=hidden,
                    levels=self.levels**hidden,
                    most=MOST,
                )
            )
        return Frame(compose(condition, x), 0.0, {"free": free})

    @torch.no_grad()
    def step(self, frame: Frame, steer: Steer, rng: Rng) -> Frame:
        n, free = len(frame.x), frame.state["free"]
        level = known_levels(mask_of(steer, frame.x), n, self.levels, self.spec)
        u = torch.rand(n, generator=rng, device=rng.device)
        scored: dict[tuple[int, ...], tuple[Tensor, Tensor]] = {}
        filled = []
        for i in range(n):
            key = (*torch.where(free[i], -1, level[i]).tolist(),)
            if key not in scored:
                scored[key] = self._scored(level[i], free[i])
            every, log_p = scored[key]
            filled.append(every[pick(tempered(log_p[None], steer.temperature), u[i : i + 1])[0]])
        x = from_levels(torch.stack(filled), self.levels, self.spec.event)
        return Frame(compose(mask_of(steer, x), x), 1.0, frame.state)

    def _scored(self, level: Tensor, free: Tensor) -> tuple[Tensor, Tensor]:
        """Every filling (k, D) of a string (D,), and its log-probability (k,)."""
        hidden = free.nonzero()[:, 0]
        letters = torch.arange(self.levels, device=level.device)
        every = level.repeat(self.levels ** len(hidden), 1)
        if len(hidden):
            every[:, hidden] = torch.cartesian_prod(*[letters] * len(hidden)).view(-1, len(hidden))
        scores = []
        for rows in every.split(_ROWS):
            waves = self.net.waves(rows)
            scores.append(nats(self.net.logits(waves, waves.new_zeros(len(rows), 0)), rows).sum(1))
        return every, torch.cat(scores)
