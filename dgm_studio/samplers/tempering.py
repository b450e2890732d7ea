"""A true temperature: samples of ``p(x)^(1/T)`` by sampling importance resampling (Rubin 1987; Smith & Gelfand 1992,
doi:10.2307/2684170).

Most temperature knobs scale some noise and change the distribution in their own way. Wherever the density is known the
real thing is at hand: draw a pool from the model itself, weigh each member by

    w = p(x)^(1/T - 1),

and draw from the pool by weight. The effective size ``(sum w)^2 / sum w^2`` of the pool says how far that can be trusted;
it falls with the dimension and with the distance of T from 1.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from dgm_studio.contract import Frame, LogDensity, Rng, Sampler, Settings, Steer, finish, knob

LOWEST = 0.02
"""Smaller temperatures are taken as this one: the power 1/T must stay finite."""
_CHUNK = 1024
_PASSES = 20
_PORTION = 2048
"""Members of the pool that are stepped together on the CPU: few enough for a step of some ten milliseconds."""


class TemperingKnobs(Settings):
    pool: int = knob(
        6, 2, 32, scale="log", help="How many samples are drawn for each one that is kept; more follow p to 1/T closer."
    )


def systematic(weights: Tensor, n: int, rng: Rng) -> Tensor:
    """n positions (n,) drawn in proportion to ``weights`` (m,), with the least variance (Kitagawa 1996)."""
    offset = torch.rand((), generator=rng, device=weights.device, dtype=torch.float64)
    ticks = (torch.arange(n, device=weights.device, dtype=torch.float64) + offset) / n
    edges = weights.double().cumsum(0)
    return torch.searchsorted(edges / edges[-1], ticks).clamp_max(len(weights) - 1)


def effective_share(weights: Tensor) -> float:
    """Effective sample size of a weighted pool (m,) over its size, in (0, 1]."""
    return float(weights.sum().square() / weights.square().sum() / len(weights))


@dataclass(frozen=True)
class Tempering:
    """Runs ``sampler`` at temperature 1 on a pool, then resamples the pool by ``density`` to the power 1/T - 1."""

    sampler: Sampler
    density: LogDensity
    title: str = "True temperature"
    help: str = (
        "Draws a pool from the model and resamples it by p to the power 1/T - 1, so that samples follow p to the 1/T: "
        "what other temperature knobs only resemble."
    )

    @property
    def Knobs(self) -> type[Settings]:
        return TemperingKnobs

    def _plain(self, steer: Steer, label: Tensor | None) -> Steer:
        return replace(steer, knobs=self.sampler.Knobs(), temperature=1.0, label=label)

    def start(self, n: int, steer: Steer, rng: Rng) -> Frame:
        pool = steer.read(TemperingKnobs).pool
        most = _PORTION if rng.device.type == "cpu" else n * pool
        labels = _offered(steer, pool, most)
        parts = [
            self.sampler.start(min(most, n * pool - i), self._plain(steer, labels[i // most] if labels else None), rng)
            for i in range(0, n * pool, most)
        ]
        return Frame(torch.cat([part.x for part in parts])[:n], 0.0, {"pool": parts, "size": pool})

    def step(self, frame: Frame, steer: Steer, rng: Rng) -> Frame:
        parts: list[Frame] = frame.state["pool"]
        n = len(frame.x)
        labels = _offered(steer, frame.state["size"], len(parts[0].x))
        k = min(range(len(parts)), key=lambda i: parts[i].t)
        if parts[k].t < 1:
            moved = self.sampler.step(parts[k], self._plain(steer, labels[k] if labels else None), rng)
            parts = [*parts[:k], moved, *parts[k + 1 :]]
            t = 0.7 * sum(part.t for part in parts) / len(parts)
            return Frame(torch.cat([part.x for part in parts])[:n], t, {**frame.state, "pool": parts})
        x = torch.cat([part.x for part in parts])
        label = torch.cat(labels) if labels else None
        known: Tensor = frame.state.get("log_density", x.new_zeros(0))
        if len(known) < len(x):
            part = slice(len(known), len(known) + max(64, _CHUNK // max(1, self.density.passes // _PASSES)))
            more = finish(self.density.work(x[part], None if label is None else label[part]))
            known = torch.cat([known, more])
            t = max(0.7 + 0.29 * len(known) / len(x), frame.t + 1e-6)
            return frame.with_(t=t, state={**frame.state, "log_density": known})
        return self._resampled(frame, x, known, label, steer, rng)

    def _resampled(self, frame: Frame, x: Tensor, log_p: Tensor, label: Tensor | None, steer: Steer, rng: Rng) -> Frame:
        n = len(frame.x)
        power = 1 / max(steer.temperature, LOWEST) - 1
        log_weight = power * log_p.double()
        chosen = torch.empty(n, dtype=torch.long, device=x.device)
        asked = steer.label if steer.label is not None else torch.zeros(n, dtype=torch.long, device=x.device)
        offered = label if label is not None else torch.zeros(len(x), dtype=torch.long, device=x.device)
        asked, offered = _groups(asked, offered)
        effective = 0.0
        for y in asked.unique():
            wanted = (asked == y).nonzero()[:, 0]
            among = (offered == y).nonzero()[:, 0]
            # among its own: beside a class of far higher density all weights of another would round to 0
            weights = torch.softmax(log_weight[among], 0)
            effective += effective_share(weights) * len(among)
            drawn = among[systematic(weights, len(wanted), rng)]
            chosen[wanted] = drawn[torch.randperm(len(drawn), generator=rng, device=rng.device).to(drawn.device)]
        return Frame(x[chosen], 1.0, {"effective_share": effective / len(x)})


def _offered(steer: Steer, pool: int, portion: int) -> list[Tensor]:
    """Classes of the members of the pool, in portions; none where no class is asked for."""
    if steer.label is None:
        return []
    return list(steer.label.repeat(pool, *[1] * (steer.label.dim() - 1)).split(portion))


def _groups(asked: Tensor, offered: Tensor) -> tuple[Tensor, Tensor]:
    """Numbers of the classes, or of equal contexts, of what is asked for and of what the pool offers."""
    if asked.dim() == 1:
        return asked, offered
    number = torch.cat([asked, offered]).unique(dim=0, return_inverse=True)[1]
    return number[: len(asked)], number[len(asked) :]
