"""Ways to teach an energy, each a loss whose gradient needs no normalising constant.

For ``p(x) = exp(-E(x)) / Z`` the likelihood's gradient is ``grad E(samples) - grad E(data)``: contrast with samples of the
model itself (Hinton 2002, doi:10.1162/089976602760128018; Tieleman 2008, doi:10.1145/1390156.1390290). Or avoid samples:
tell data from noise of a known density (Gutmann & Hyvarinen 2012), match the gradient of slightly blurred data (Vincent 2011,
doi:10.1162/NECO_a_00142), match the gradient along random directions (Song et al. 2019, arXiv:1905.07088), or in the plane
sum over a grid.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from dgm_studio.contract import Rng
from dgm_studio.samplers.noise import noise_like

Energy = Callable[[Tensor, Tensor | None], Tensor]
"""Examples (n, d) and classes (n,) or None to energies (n,)."""

_BROAD = 3.0
"""In deviations of the data: where there is no noise, energies are free, and those of classes with sharp edges run away."""
_BANDWIDTHS = (0.15, 0.5)
_SHARES = (0.5, 0.25, 0.25)


@dataclass(frozen=True)
class Noise:
    """What noise-contrastive estimation tells data from: kernels of two widths around ``centres`` (m, d), and a broad
    Gaussian that covers the rest.

    With noise near the data the task stays hard where it matters, and modes get the right weights, which noise from one
    Gaussian cannot give to modes far apart.
    """

    centres: Tensor

    def sample(self, n: int, rng: Rng) -> Tensor:
        size = self.centres.shape[1]
        out = torch.randn(n, size, generator=rng, device=rng.device).to(self.centres)
        if not len(self.centres):
            return _BROAD * out
        near, middle = round(_SHARES[0] * n), round(_SHARES[1] * n)
        width = torch.full((n, 1), _BROAD).to(out)
        width[:near], width[near : near + middle] = _BANDWIDTHS
        centre = torch.randint(len(self.centres), (near + middle,), generator=rng, device=rng.device)
        out = width * out
        out[: near + middle] += self.centres[centre.to(out.device)]
        return out

    def log_density(self, x: Tensor) -> Tensor:
        """Nats (n,) at x (n, d)."""
        d = x.shape[1]
        broad = -0.5 * x.square().sum(1) / _BROAD**2 - d * math.log(_BROAD)
        constant = -0.5 * d * math.log(2 * math.pi)
        if not len(self.centres):
            return broad + constant
        away = torch.cdist(x, self.centres).square()
        parts = [
            (-0.5 / h**2 * away).logsumexp(1) - math.log(len(self.centres)) - d * math.log(h) + math.log(share)
            for h, share in zip(_BANDWIDTHS, _SHARES, strict=False)
        ]
        return torch.stack([*parts, broad + math.log(_SHARES[2])]).logsumexp(0) + constant


def noise_contrastive(energy: Energy, x: Tensor, label: Tensor | None, noise: Noise, rng: Rng) -> Tensor:
    """Logistic loss of telling data from as much noise by ``-E - log q``: minimal where ``exp(-E)`` is the density itself.

    With labels there is added ``-log p(y | x)``, so that ``exp(-E(x, y))`` is the density of examples and classes together.
    Noise with random labels would say so too, but where classes have sharp edges it leaves energies free to run away.
    """
    n = len(x)
    both = torch.cat((x, noise.sample(n, rng)))
    log_p = -energy(both, None)
    log_odds = log_p - noise.log_density(both)
    loss = F.softplus(-log_odds[:n]).mean() + F.softplus(log_odds[n:]).mean()
    return loss if label is None else loss + (energy(x, label) + log_p[:n]).mean()


def denoising(energy: Energy, x: Tensor, label: Tensor | None, sigma: float, rng: Rng) -> Tensor:
    """``E |sigma grad E(x + sigma n) - n|^2 / 2d``: the gradient of the data's density blurred by sigma."""
    n = noise_like(x, rng)
    s = grad_of(energy, x + sigma * n, label)
    return 0.5 * (sigma * s - n).square().mean()


def sliced(energy: Energy, x: Tensor, label: Tensor | None, rng: Rng) -> Tensor:
    """``E [v' H v + |grad log p|^2 / 2]`` with H the Hessian of log p and v random: no blur, two derivatives."""
    v = noise_like(x, rng)
    x = x.detach().requires_grad_()
    score = -torch.autograd.grad(energy(x, label).sum(), x, create_graph=True)[0]
    curve = torch.autograd.grad((score * v).sum(), x, create_graph=True)[0]
    return ((curve * v).sum(1) + 0.5 * score.square().sum(1)).mean()


def grad_of(energy: Energy, x: Tensor, label: Tensor | None) -> Tensor:
    """dE/dx (n, d) with a graph of its own, to be learnt from."""
    x = x.detach().requires_grad_()
    (grad,) = torch.autograd.grad(energy(x, label).sum(), x, create_graph=True)
    return grad


def contrast(energy: Energy, x: Tensor, label: Tensor | None, samples: Tensor, penalty: float) -> tuple[Tensor, Tensor]:
    """``E(data) - E(samples)`` and the same with a penalty on the size of energies, which is what is to be minimised."""
    on_data, on_samples = energy(x, label), energy(samples, None)
    gap = on_data.mean() - on_samples.mean()
    return gap, gap + penalty * (on_data.square().mean() + on_samples.square().mean())


def grid_likelihood(energy: Energy, x: Tensor, label: Tensor | None, side: int, reach: float, rng: Rng) -> Tensor:
    """Nats of the data by a sum over a grid whose points are drawn anew within their cells: only in the plane."""
    axis = torch.arange(side, device=x.device, dtype=x.dtype)
    cells = torch.cartesian_prod(axis, axis)
    inside = torch.rand(cells.shape, generator=rng, device=rng.device).to(cells)
    width = 2 * reach / side
    log_z = (-energy((cells + inside) * width - reach, None)).logsumexp(0) + 2 * math.log(width)
    return energy(x, label).mean() + log_z
