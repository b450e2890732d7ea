"""The latents of GLO: a table with one row for each training example, that learns as the generator does.

A row starts at the principal components of its example, without which learning takes many times as long, and stays in
the unit ball (Bojanowski et al. 2018, arXiv:1707.05776). Rows come into being as larger numbers appear. An example that
changes under its number, as endless data does in every chunk, is noticed by a fingerprint and starts anew.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor

from dgm_studio.contract import Rng, rng_for
from dgm_studio.families.latent.priors import FittedPriors, LatentMixture, PriorName
from dgm_studio.nets.pca import PcaSpace

_SAME = 1e-4
"""Fingerprints are standard normal numbers; examples whose fingerprints are nearer are the same."""
_UNSEEN = 1e30
"""Beyond every fingerprint. Not NaN, which files of weights refuse."""


def into_ball(z: Tensor) -> Tensor:
    """Latents (n, k) moved to the nearest point of the unit ball."""
    length: Tensor = z.norm(dim=-1, keepdim=True)
    return z / length.clamp_min(1.0)


class LatentTable:
    """Latents (rows, k) of the examples 0, 1, 2, ...; ``mark`` (rows,) holds fingerprints, `_UNSEEN` where none was seen."""

    def __init__(self, event: tuple[int, ...], size: int, classes: int) -> None:
        self.latents = torch.zeros(0, size)
        self._mark, self._label = torch.zeros(0), torch.zeros(0, dtype=torch.long)
        self._square = torch.zeros(size)
        self._space = PcaSpace(event, size)
        pixels = self._space.mean.numel()
        self._direction = torch.randn(pixels, generator=rng_for(0, pixels)) / pixels**0.5
        self._fitted = FittedPriors(classes, self._known)

    def _known(self) -> tuple[Tensor, Tensor]:
        seen = self._mark < _UNSEEN
        return self.latents[seen], self._label[seen]

    @torch.no_grad()
    def look_up(self, x: Tensor, index: Tensor, label: Tensor | None, rng: Rng) -> Tensor:
        """Latents (n, k) of the examples x (n, *event) with the numbers index (n,)."""
        before = self._space.fitted
        self._space.observe(x, rng)
        self._grow(int(index.max()) + 1)
        if self._space.fitted != before:
            # latents in the old basis mean nothing in the new one
            self._mark.fill_(_UNSEEN)
        mark = x.flatten(1) @ self._direction
        same = (mark - self._mark[index]).abs() < _SAME
        z = torch.where(same[:, None], self.latents[index], self.first(x))
        self.latents[index], self._mark[index] = z, mark
        self._label[index] = 0 if label is None else label
        return z

    def first(self, x: Tensor) -> Tensor:
        """Where the latents of new examples x (n, *event) begin (n, k): their leading components, zeros beyond those."""
        z = self._space.encode(x) / self._space.spread
        return into_ball(F.pad(z, (0, self.latents.shape[1] - z.shape[1])) / z.shape[1] ** 0.5)

    @torch.no_grad()
    def learn(self, index: Tensor, grad: Tensor, rate: float) -> None:
        """One step of the latents with numbers index (n,) down their gradient (n, k), in units of its usual size."""
        self._square.lerp_(grad.square().mean(0), 0.01 if bool(self._square.any()) else 1.0)
        move = -rate * grad / (self._square.sqrt() + 1e-12)
        self.latents.index_add_(0, index, move)
        self.latents[index] = into_ball(self.latents[index])
        self._fitted.forget()

    def draw(self, which: PriorName, label: Tensor, temperature: float, rng: Rng) -> Tensor:
        """New latents (n, k): uniform on the sphere, or from what is fitted to the latents."""
        if which == "standard" or not self.ready:
            noise = torch.randn(len(label), self.latents.shape[1], generator=rng, device=rng.device)
            return math.sqrt(temperature) * F.normalize(noise)
        return self._fitted.mixture(which).sample(label, temperature, rng)

    def mixture(self) -> LatentMixture:
        """The mixture fitted to the latents of each class; ask only when `ready`."""
        return self._fitted.mixture("mixture")

    @property
    def ready(self) -> bool:
        """Whether there are latents to fit a prior to."""
        return int((self._mark < _UNSEEN).sum()) > 1

    def _grow(self, rows: int) -> None:
        more = rows - len(self._mark)
        if more > 0:
            more = max(more, len(self._mark))
            self.latents = torch.cat([self.latents, self.latents.new_zeros(more, self.latents.shape[1])])
            self._mark = torch.cat([self._mark, self._mark.new_full((more,), _UNSEEN)])
            self._label = torch.cat([self._label, self._label.new_zeros(more)])

    def to(self, device: torch.device) -> None:
        self.latents, self._mark, self._label = self.latents.to(device), self._mark.to(device), self._label.to(device)
        self._square, self._direction = self._square.to(device), self._direction.to(device)
        self._space.to(device)
        self._fitted.forget()

    def state_dict(self) -> dict[str, Tensor]:
        """Latents and where new ones start; under ``optimiser.`` their usual gradient and what the basis still needs."""
        state = {"table.codes": self.latents, "table.mark": self._mark, "table.label": self._label}
        state |= {f"table.start.{key}": value for key, value in self._space.state_dict().items()}
        state |= {f"optimiser.start.{key}": value for key, value in self._space.extra_state().items()}
        return {key: value.clone() for key, value in {**state, "optimiser.squared_grad": self._square}.items()}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Take over a state, of whatever number of rows. Raises ValueError naming a tensor that does not fit."""
        needed = {name: own for name, own in self.state_dict().items() if not name.startswith("optimiser.")}
        for name in needed:
            if name not in state:
                raise ValueError(f"tensor {name} is missing; it says where latents are or where new ones start")
        rows = len(state["table.codes"])
        for name, own in needed.items():
            wanted = own.shape if name.startswith("table.start.") else torch.Size((rows, *own.shape[1:]))
            if state[name].shape != wanted:
                raise ValueError(
                    f"tensor {name} is of shape {tuple(state[name].shape)}; this model needs {tuple(wanted)}"
                )
        device = self._mark.device
        self.latents, self._mark, self._label = (
            state[f"table.{name}"].clone().to(device) for name in ("codes", "mark", "label")
        )
        self._square = state.get("optimiser.squared_grad", torch.zeros_like(self._square)).clone().to(device)
        start, extra = "table.start.", "optimiser.start."
        self._space.load_state_dict({k.removeprefix(start): v for k, v in state.items() if k.startswith(start)})
        self._space.take_extra_state({k.removeprefix(extra): v for k, v in state.items() if k.startswith(extra)})
        self._fitted.forget()
