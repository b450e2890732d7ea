"""What autoregressive models of real numbers do alike: drawing from a mixture at any temperature, and exact likelihood."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import torch
from torch import Tensor

from dgm_studio.contract import Batch, DataSpec, Rng, Work
from dgm_studio.families.shared.classes import marginal, one_hot, shown_to
from dgm_studio.families.shared.learner import Learner
from dgm_studio.families.shared.single import SingleLearner
from dgm_studio.families.shared.slices import in_slices
from dgm_studio.nets.causal_mixture import Mixture1d, MixtureChain
from dgm_studio.nets.mixture_sequence import MixtureSequence

_ROWS = 2048
"""Examples per slice of work."""
COLDEST = 1e-4
"""Temperatures below it are this one."""
_CANDIDATES = 128
"""Draws from which one is taken where the temperature is not 1."""
TEMPERATURE = (
    "Draws each coordinate from its conditional density to the power 1/T, which on a Gaussian multiplies the variance; "
    "elsewhere it is not the joint density to the power 1/T."
)


def draw(mixture: Mixture1d, n: int, temperature: float, rng: Rng) -> Tensor:
    """Numbers (n,) from mixtures (n, K) or (1, K) to the power 1/T, normalised.

    The mixture of tempered components is a proposal whose weights ``p^(1/T) / q`` are bounded by ``K^|1/T - 1|``, so one of
    many candidates drawn in proportion to them is nearly exact.
    """
    if temperature == 1:
        return _candidates(mixture, n, 1, rng)[:, 0]
    temperature = max(temperature, COLDEST)
    proposal = mixture.tempered(temperature)
    x = _candidates(proposal, n, _CANDIDATES, rng)
    log_weight = mixture.spread().log_density(x) / temperature - proposal.spread().log_density(x)
    share = log_weight.softmax(1).cumsum(1)
    u = torch.rand(n, 1, generator=rng, device=rng.device)
    which = (u * share[:, -1:] > share).sum(1, keepdim=True).clamp_max(_CANDIDATES - 1)
    return x.gather(1, which)[:, 0]


def _candidates(mixture: Mixture1d, n: int, count: int, rng: Rng) -> Tensor:
    """Numbers (n, count) from mixtures (n, K) or (1, K)."""
    u = torch.rand(n, count, generator=rng, device=rng.device)
    noise = torch.randn(n, count, generator=rng, device=rng.device)
    share = mixture.log_weight.exp().cumsum(-1).expand(n, -1)
    which = torch.searchsorted(share.contiguous(), u * share[:, -1:]).clamp_max(share.shape[-1] - 1)
    mean, log_sigma = (t.expand(n, -1).gather(1, which) for t in (mixture.mean, mixture.log_sigma))
    return mean + log_sigma.exp() * noise


Net = TypeVar("Net", MixtureChain, MixtureSequence)


class ChainModel(SingleLearner[Learner[Net]]):
    """Trains a network that knows the exact density of all its numbers by maximum likelihood."""

    def __init__(self, spec: DataSpec, learner: Learner[Net]) -> None:
        SingleLearner.__init__(self, learner)
        self._spec = spec

    def train_step(self, batch: Batch, rng: Rng) -> Mapping[str, Tensor]:
        loss = -self._nats(self.learner.net, batch.x, shown_to(batch, self._spec, rng)).mean()
        self.learner.learn(loss)
        return {"loss": loss.detach()}

    def log_density(self, x: Tensor, label: Tensor | None) -> Work[Tensor]:
        """Nats (n,) of examples (n, *event), in slices."""
        return marginal(self._conditional, x, label, self._spec)

    def _conditional(self, x: Tensor, label: Tensor | None) -> Work[Tensor]:
        net = self.learner.shown
        return in_slices(lambda x, label: self._nats(net, x, label), x, label, _ROWS)

    def _nats(self, net: Net, x: Tensor, label: Tensor | None) -> Tensor:
        return net.log_density(x.flatten(1), one_hot(label, len(x), self._spec.given_size, x))
