"""Where new latents come from: a fixed prior, or a distribution fitted to the latents of training examples.

A decoder knows only the latents it was trained on. Where their distribution, the aggregate posterior, leaves room in the
prior, latents drawn from the prior decode to nothing known: the *prior hole* (Hoffman & Johnson 2016; Tomczak & Welling
2018, arXiv:1705.07120). Fitting a Gaussian, or a mixture of them, to the latents afterwards mends it (Ghosh et al. 2020,
arXiv:1903.12436):

    p(z | y) = sum_j w_j N(z; m_j, S_j),        one sum for each class y.

Means come from k-means in the whitened space, then a few rounds of expectation and maximisation; each covariance is
drawn towards the pooled one as if it had seen k more examples, so that few latents suffice.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from dgm_studio.contract import Rng, rng_for
from dgm_studio.families.shared.state import take_over

PriorName = Literal["standard", "gaussian", "mixture"]
Prior = Callable[[PriorName, Tensor, float, Rng], Tensor]
"""(which, classes (n,), temperature, generator) -> latents (n, size)."""

COMPONENTS = 40
"""Of the mixture where there are no classes."""
ENOUGH = 4096
"""Latents to remember and to fit to."""
_LLOYD_ROUNDS = 8
_EM_WORK = 1.5e8
"""Multiplications to spend on expectation and maximisation: some ten milliseconds."""
_MOST_EM_ROUNDS = 4


def components_for(classes: int) -> int:
    """Components of the mixture for each class: several for each of ten, one where there are dozens."""
    return COMPONENTS if classes < 2 else max(1, min(COMPONENTS // 2, 2 * COMPONENTS // classes))


@dataclass(frozen=True)
class LatentMixture:
    """A mixture for each of C classes: ``weight`` (C, J), ``mean`` (C, J, k), ``factor`` (C, J, k, k) Cholesky factors."""

    weight: Tensor
    mean: Tensor
    factor: Tensor

    def sample(self, label: Tensor, temperature: float, rng: Rng) -> Tensor:
        """Latents (n, k) of the classes ``label`` (n,); the temperature multiplies each component's covariance."""
        which = torch.multinomial(self.weight[label], 1, generator=rng)[:, 0]
        noise = torch.randn(len(label), self.mean.shape[-1], generator=rng, device=rng.device)
        shift = (self.factor[label, which] @ noise[..., None])[..., 0]
        latent: Tensor = self.mean[label, which] + math.sqrt(temperature) * shift
        return latent

    def log_density(self, z: Tensor, label: Tensor) -> Tensor:
        """Nats (n,) of latents (n, k), differentiable."""
        off = z[:, None] - self.mean[label]
        white = torch.linalg.solve_triangular(self.factor[label], off[..., None], upper=False)[..., 0]
        spread = self.factor.diagonal(dim1=-2, dim2=-1).log().sum(-1)[label]
        each = -0.5 * white.square().sum(-1) - spread - 0.5 * z.shape[-1] * math.log(2 * math.pi)
        nats: Tensor = (each + self.weight[label].log()).logsumexp(-1)
        return nats


def fit(latents: Tensor, label: Tensor, classes: int, components: int) -> LatentMixture:
    """A mixture of ``components`` Gaussians for each class, fitted to latents (n, k) of the classes ``label`` (n,).

    Deterministic. A class of which no latent is known gets the mixture of all latents.
    """
    n, k = latents.shape
    groups, centre = max(classes, 1), latents.mean(0)
    pooled = _covariance(latents - centre) + 1e-4 * torch.eye(k, device=latents.device)
    factor = torch.linalg.cholesky(pooled)
    white = torch.linalg.solve_triangular(factor, (latents - centre).T, upper=False).T
    counts = torch.bincount(label, minlength=groups)
    parts = [white[label == y] if int(counts[y]) else white for y in range(groups)]
    rounds = min(_MOST_EM_ROUNDS, int(_EM_WORK / (n * components * k * k + 1)))
    fitted = [_fit_one(part, components, rounds) for part in parts]
    weight, mean, inner = (torch.stack(values) for values in zip(*fitted, strict=True))
    return LatentMixture(weight, centre + mean @ factor.T, factor @ inner)


def _covariance(off: Tensor) -> Tensor:
    return off.T @ off / max(len(off), 1)


def _fit_one(x: Tensor, components: int, rounds: int) -> tuple[Tensor, Tensor, Tensor]:
    """Weights (J,), means (J, k) and factors (J, k, k) for the whitened latents x (n, k) of one class."""
    k = x.shape[1]
    mean = _spread_out(x, components)
    for _ in range(_LLOYD_ROUNDS if components > 1 else 0):
        member = torch.nn.functional.one_hot(torch.cdist(x, mean).argmin(1), components).to(x)
        mean = torch.where(member.sum(0)[:, None] > 0, member.T @ x / member.sum(0).clamp_min(1)[:, None], mean)
    share = torch.nn.functional.one_hot(torch.cdist(x, mean).argmin(1), components).to(x)
    within = _covariance(x - share @ mean) + 1e-3 * torch.eye(k, device=x.device)
    weight, mean, factor = _maximise(x, share, within)
    for _ in range(rounds if components > 1 else 0):
        inverse = torch.linalg.inv(factor)
        off = torch.einsum("jab,njb->nja", inverse, x[:, None] - mean)
        log_share = weight.log() - 0.5 * off.square().sum(-1) - factor.diagonal(dim1=-2, dim2=-1).log().sum(-1)
        weight, mean, factor = _maximise(x, log_share.softmax(-1), within)
    return weight, mean, factor


def _spread_out(x: Tensor, count: int) -> Tensor:
    """Starting means (count, k): each next one is drawn in proportion to its squared distance (k-means++)."""
    rng = rng_for(0, count, device=x.device)
    chosen = [x[int(torch.randint(len(x), (1,), generator=rng, device=x.device))]]
    nearest = (x - chosen[0]).square().sum(-1)
    for _ in range(count - 1):
        at = torch.multinomial(nearest + 1e-9, 1, generator=rng)[0]
        chosen.append(x[at])
        nearest = torch.minimum(nearest, (x - x[at]).square().sum(-1))
    return torch.stack(chosen)


def _maximise(x: Tensor, share: Tensor, within: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Weights, means and factors from the share (n, J) that each component has in each latent."""
    k, held = x.shape[1], share.sum(0)
    mean = share.T @ x / held.clamp_min(1e-6)[:, None]
    covariance = torch.stack([(share[:, j, None] * x).T @ x for j in range(share.shape[1])])
    covariance = covariance - held[:, None, None] * mean[:, :, None] * mean[:, None]
    covariance = (covariance + k * within) / (held + k)[:, None, None]
    return (held + 1e-3) / (held + 1e-3).sum(), mean, torch.linalg.cholesky(covariance)


class FittedPriors:
    """What was fitted to latents, made when first asked for and kept until the latents change.

    ``known`` gives the latents (n, k) and their classes (n,); of more than a few thousand an even choice is used.
    """

    def __init__(self, classes: int, known: Callable[[], tuple[Tensor, Tensor]]) -> None:
        self._classes, self._known = classes, known
        self._fitted: dict[str, LatentMixture] = {}

    def forget(self) -> None:
        """The latents have changed."""
        self._fitted.clear()

    def mixture(self, which: Literal["gaussian", "mixture"]) -> LatentMixture:
        """One Gaussian, or several, for each class."""
        if which not in self._fitted:
            components = 1 if which == "gaussian" else components_for(self._classes)
            # a tensor made under inference mode could not be differentiated through later
            with torch.inference_mode(False), torch.no_grad():
                latents, label = self._known()
                chosen = torch.linspace(0, len(latents) - 1, min(len(latents), ENOUGH), device=latents.device).long()
                self._fitted[which] = fit(latents[chosen], label[chosen], self._classes, components)
        return self._fitted[which]


class LatentMemory:
    """The last latents of training examples with their classes, as tensors that are saved, and the priors fitted to them."""

    def __init__(self, size: int, classes: int) -> None:
        self._latents = torch.zeros(ENOUGH, size)
        self._label = torch.zeros(ENOUGH, dtype=torch.long)
        self._seen = 0
        self._fitted = FittedPriors(classes, self._known)

    def _known(self) -> tuple[Tensor, Tensor]:
        return self._latents[: self._seen], self._label[: self._seen]

    def remember(self, latents: Tensor, label: Tensor | None) -> None:
        """Take in latents (n, size) and their classes (n,); the oldest make room."""
        at = (self._seen + torch.arange(len(latents), device=latents.device))[-ENOUGH:] % ENOUGH
        self._latents[at] = latents[-ENOUGH:]
        self._label[at] = 0 if label is None else label[-ENOUGH:]
        self._seen += len(latents)
        self._fitted.forget()

    def draw(self, which: PriorName, label: Tensor, temperature: float, rng: Rng) -> Tensor:
        """Latents (n, size) from the prior asked for; from the standard one while nothing has been seen."""
        if which == "standard" or self._seen < 2:
            noise = torch.randn(len(label), self._latents.shape[1], generator=rng, device=rng.device)
            return noise * math.sqrt(temperature)
        return self._fitted.mixture(which).sample(label, temperature, rng)

    def to(self, device: torch.device) -> None:
        self._latents, self._label = self._latents.to(device), self._label.to(device)
        self._fitted.forget()

    def state_dict(self) -> dict[str, Tensor]:
        return {
            "memory.codes": self._latents.clone(),
            "memory.label": self._label.clone(),
            "memory.seen": torch.tensor(self._seen),
        }

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Take over a state. Raises ValueError naming a tensor that is missing or does not fit."""
        seen = torch.tensor(self._seen)
        take_over({"codes": self._latents, "label": self._label, "seen": seen}, state, "memory.")
        self._seen = int(seen)
        self._fitted.forget()
