"""Anchors on the 8x8 digits in black and white: plain PyTorch, for the nats of a held-out picture, to run beside ours.

A pixel is white from half its range on. Likelihoods are exact but for the VAE's, which is the importance-weighted bound of
256 codes (Burda et al. 2016, arXiv:1509.00519).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dgm_studio.contract import Batch

from .anchors import mlp
from .learning import Contestant, Learned, Step

PIXELS = 64


def white(x: Tensor) -> Tensor:
    """Pictures in [-1, 1] as 0 and 1 (n, 64)."""
    return (x.flatten(1) > 0).float()


def _trained(
    title: str, steps: int, batch: int, rate: float, build: Callable[[], tuple[nn.Module, Callable[[Tensor], Tensor]]],
    nats: Callable[[nn.Module, Tensor], Tensor],
) -> Contestant:  # fmt: skip
    """A contestant that follows the slope of a loss by Adam, with the weights averaged over the last 200 steps or so."""

    def start() -> tuple[Step, Callable[[], Learned]]:
        torch.manual_seed(0)
        net, loss = build()
        live = list(net.parameters())
        kept = [p.detach().clone() for p in live]
        adam = torch.optim.Adam(live, lr=rate, fused=True)
        count = iter(range(1, 10**9))

        def step(batch: Batch) -> None:
            adam.zero_grad()
            loss(white(batch.x)).backward()
            adam.step()
            with torch.no_grad():
                torch._foreach_lerp_(kept, live, max(0.005, 1 / next(count)))

        def learned() -> Learned:
            now = [p.detach().clone() for p in live]

            def log_density(x: Tensor) -> Tensor:
                torch._foreach_copy_([p.data for p in live], kept)
                value = nats(net, white(x))
                torch._foreach_copy_([p.data for p in live], now)
                return value

            return Learned(log_density)

        return step, learned

    return Contestant(title, batch, start, steps)


def rbm(hidden: int = 16) -> Contestant:
    """Persistent chains, one Gibbs sweep a step (Tieleman 2008); Z by a sum over all hidden states."""

    def start() -> tuple[Step, Callable[[], Learned]]:
        torch.manual_seed(0)
        w = 0.01 * torch.randn(PIXELS, hidden)
        a, b = torch.zeros(PIXELS), torch.zeros(hidden)
        chains = (torch.rand(128, PIXELS) < 0.5).float()

        @torch.no_grad()
        def step(batch: Batch) -> None:
            nonlocal chains
            v = white(batch.x)
            h = torch.sigmoid(v @ w + b)
            dreamt = torch.bernoulli(torch.sigmoid(chains @ w + b))
            chains = torch.bernoulli(torch.sigmoid(dreamt @ w.T + a))
            again = torch.sigmoid(chains @ w + b)
            w.add_(v.T @ h / len(v) - chains.T @ again / len(chains), alpha=0.05)
            a.add_(v.mean(0) - chains.mean(0), alpha=0.05)
            b.add_(h.mean(0) - again.mean(0), alpha=0.05)

        @torch.no_grad()
        def log_density(x: Tensor) -> Tensor:
            states = torch.cartesian_prod(*[torch.tensor([0.0, 1.0])] * hidden)
            log_z = torch.logsumexp(states @ b + F.softplus(states @ w.T + a).sum(1), 0)
            v = white(x)
            return v @ a + F.softplus(v @ w + b).sum(1) - log_z

        return step, lambda: Learned(log_density)

    return Contestant(f"RBM-{hidden}, PCD-1", 128, start, 3000)


class Masked(nn.Module):
    """MADE (Germain et al. 2015, arXiv:1502.03509): two hidden layers of 500, each unit sees a prefix of the pixels."""

    def __init__(self, width: int = 500) -> None:
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(PIXELS, width), nn.Linear(width, width), nn.Linear(width, PIXELS)])
        sees = [torch.arange(PIXELS), torch.arange(width) % (PIXELS - 1), torch.arange(width) % (PIXELS - 1)]
        self.masks = [(b[:, None] >= a).float() for a, b in pairwise(sees)]
        self.masks.append((torch.arange(PIXELS)[:, None] > sees[-1]).float())

    def forward(self, x: Tensor) -> Tensor:
        """Nats (n,)."""
        h = x
        for i, (layer, mask) in enumerate(zip(self.layers, self.masks, strict=True)):
            h = F.linear(h.relu() if i else h, layer.weight * mask, layer.bias)
        return -F.binary_cross_entropy_with_logits(h, x, reduction="none").sum(1)


def made() -> Contestant:
    def build() -> tuple[nn.Module, Callable[[Tensor], Tensor]]:
        net = Masked()
        return net, lambda x: -net(x).mean()

    return _trained("MADE 2x500", 1600, 128, 1e-3, build, lambda net, x: net(x))


class Coder(nn.Module):
    """A VAE with 200-200 each way (Kingma & Welling 2014, arXiv:1312.6114)."""

    def __init__(self, size: int = 8) -> None:
        super().__init__()
        self.encode, self.decode = mlp(PIXELS, 200, 200, 2 * size), mlp(size, 200, 200, PIXELS)

    def weights(self, x: Tensor, draws: int) -> Tensor:
        """log p(x, z) - log q(z | x) (draws, n) of codes drawn from q."""
        mean, log_std = self.encode(x).chunk(2, 1)
        noise = torch.randn(draws, *mean.shape)
        z = mean + log_std.exp() * noise
        prior = 0.5 * (noise.square() - z.square()).sum(2) + log_std.sum(1)
        out = self.decode(z)
        return prior - F.binary_cross_entropy_with_logits(out, x.expand_as(out), reduction="none").sum(2)


def vae(draws: int = 1) -> Contestant:
    """``draws`` above 1 is the importance-weighted objective."""

    def build() -> tuple[nn.Module, Callable[[Tensor], Tensor]]:
        net = Coder()
        return net, lambda x: (math.log(draws) - torch.logsumexp(net.weights(x, draws), 0)).mean()

    @torch.no_grad()
    def nats(net: nn.Module, x: Tensor) -> Tensor:
        assert isinstance(net, Coder)
        return torch.cat([torch.logsumexp(net.weights(part, 256), 0) - math.log(256) for part in x.split(64)])

    title = "VAE, z = 8" if draws == 1 else f"IWAE, K = {draws}"
    return _trained(title, 1600, 128, 1e-3, build, nats)
