"""Anchors in the plane: what a careful plain PyTorch implementation of each family reaches, to run beside ours.

All share one recipe: batch 256, fused Adam (0.9, 0.99), 50 steps of warm-up, then a rate that falls as ``1 / sqrt(step)``,
gradients clipped at 5, and the power-function average of the weights (Karras et al. 2024, arXiv:2312.02696), of which
everything is asked. Networks are as small as they can be for their result; nothing is tuned to be slow.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from copy import deepcopy
from functools import partial
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dgm_studio.contract import Batch

from .learning import Contestant, Learned, Step

BATCH = 256
_GAMMA = 6.94
Velocity = Callable[[Tensor, float], Tensor]


class Plain:
    """The shared recipe over a network and a loss of points (n, 2)."""

    def __init__(self, net: nn.Module, loss: Callable[[nn.Module, Tensor], Tensor], rate: float) -> None:
        self.net, self.loss, self.rate = net, loss, rate
        self.shown = deepcopy(net).requires_grad_(False)
        self._live, self._kept = list(net.parameters()), list(self.shown.parameters())
        self._adam = torch.optim.Adam(self._live, lr=rate, betas=(0.9, 0.99), fused=True)
        self._steps = 0

    def step(self, x: Tensor) -> None:
        self._steps += 1
        t = self._steps
        for group in self._adam.param_groups:
            group["lr"] = self.rate * min(1.0, t / 50) / math.sqrt(max(1.0, t / 1000))
        self._adam.zero_grad()
        self.loss(self.net, x).backward()
        nn.utils.clip_grad_norm_(self._live, 5.0)
        self._adam.step()
        with torch.no_grad():
            torch._foreach_lerp_(self._kept, self._live, 1 - (1 - 1 / t) ** (_GAMMA + 1))


Loss = Callable[[nn.Module, Tensor], Tensor]
Show = Callable[[nn.Module], Learned]


def anchor(title: str, steps: int, net: Callable[[], nn.Module], loss: Loss, rate: float, show: Show) -> Contestant:
    """A contestant of the shared recipe."""

    def start() -> tuple[Step, Callable[[], Learned]]:
        torch.manual_seed(0)
        plain = Plain(net(), loss, rate)
        return lambda batch: plain.step(batch.x), lambda: show(plain.shown)

    return Contestant(title, BATCH, start, steps)


def mlp(*sizes: int) -> nn.Sequential:
    """Linear layers with SiLU between them."""
    layers: list[nn.Module] = []
    for a, b in pairwise(sizes):
        layers += [nn.Linear(a, b), nn.SiLU()]
    return nn.Sequential(*layers[:-1])


class Waves(nn.Module):
    """Points and random Fourier features of them: 16 frequencies of deviation 2 turn 2 numbers into 34."""

    def __init__(self, count: int = 16, deviation: float = 2.0) -> None:
        super().__init__()
        self.register_buffer("frequencies", deviation * torch.randn(2, count))

    def forward(self, x: Tensor) -> Tensor:
        phase = x @ self.frequencies
        return torch.cat((x, phase.sin(), phase.cos()), 1)


# --- likelihood ---------------------------------------------------------------------------------------------------


class Mixtures(nn.Module):
    """p(x1) p(x2 | x1), each a mixture of 16 Gaussians."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Parameter(torch.cat((torch.zeros(16), torch.linspace(-2, 2, 16), torch.full((16,), -1.0))))
        self.second = mlp(1, 64, 64, 48)
        with torch.no_grad():
            self.second[-1].bias[16:32] = torch.linspace(-2, 2, 16)
            self.second[-1].bias[32:] = -1.0

    def forward(self, x: Tensor) -> Tensor:
        """Nats (n,)."""
        return _mixture(x[:, 0], self.first.expand(len(x), -1)) + _mixture(x[:, 1], self.second(x[:, :1]))


def _mixture(x: Tensor, out: Tensor) -> Tensor:
    logit, mean, log_std = out.chunk(3, 1)
    z = (x[:, None] - mean) * (-log_std).exp()
    return torch.logsumexp(logit.log_softmax(1) - 0.5 * z.square() - log_std - 0.5 * math.log(2 * math.pi), 1)


class Affine(nn.Module):
    """RealNVP: eight affine couplings that take turns (Dinh et al. 2017, arXiv:1605.08803)."""

    def __init__(self) -> None:
        super().__init__()
        self.nets = nn.ModuleList(mlp(1, 64, 64, 2) for _ in range(8))

    def forward(self, x: Tensor) -> Tensor:
        nats = -math.log(2 * math.pi)
        halves = [x[:, :1], x[:, 1:]]
        for i, net in enumerate(self.nets):
            scale, shift = net(halves[i % 2]).chunk(2, 1)
            scale = 2 * torch.tanh(scale / 2)
            halves[1 - i % 2] = halves[1 - i % 2] * scale.exp() + shift
            nats = nats + scale[:, 0]
        return nats - 0.5 * (halves[0].square() + halves[1].square())[:, 0]


def _likelihood(net: nn.Module, x: Tensor) -> Tensor:
    return -net(x).mean()


def autoregressive() -> Contestant:
    return anchor("mixtures 2x64, K=16", 2000, Mixtures, _likelihood, 1e-2, Learned)


def realnvp() -> Contestant:
    return anchor("RealNVP, 8 layers", 2000, Affine, _likelihood, 4e-3, Learned)


def spline() -> Contestant:
    """Two rational-quadratic couplings of 16 bins (Durkan et al. 2019, arXiv:1906.04032), those of zuko.

    Raises ModuleNotFoundError where zuko is not installed.
    """
    import zuko

    def net() -> nn.Module:
        return zuko.flows.NSF(2, bins=16, transforms=2, passes=2, hidden_features=(64, 64))

    def loss(flow: nn.Module, x: Tensor) -> Tensor:
        return -flow().log_prob(x).mean()

    return anchor("zuko couplings, K=16", 2000, net, loss, 1e-2, lambda flow: Learned(lambda x: flow().log_prob(x)))


# --- along time ---------------------------------------------------------------------------------------------------


class Field(nn.Module):
    """3 x 128 over Fourier features of the point and of time; ``plain`` sees both as they are."""

    def __init__(self, plain: bool = False) -> None:
        super().__init__()
        self.waves = nn.Identity() if plain else Waves()
        self.net = mlp((2 if plain else 34) + 5, 128, 128, 128, 2)

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        clock = torch.cat((t, (math.pi * t).sin(), (math.pi * t).cos(), (3 * t).sin(), (3 * t).cos()), 1)
        return self.net(torch.cat((self.waves(x), clock), 1))


def by_ode(velocity: Velocity, times: list[float], deviation: float) -> Callable[[Tensor], Tensor]:
    """Nats of points by the ODE from the data (first time) to noise (last), RK4, exact trace of the velocity's slope."""

    def slope(x: Tensor, t: float) -> tuple[Tensor, Tensor]:
        with torch.enable_grad():
            x = x.detach().requires_grad_()
            v = velocity(x, t)
            rows = [torch.autograd.grad(v[:, i].sum(), x, retain_graph=i == 0)[0][:, i] for i in range(2)]
        return v.detach(), rows[0] + rows[1]

    def nats(x: Tensor) -> Tensor:
        change = x.new_zeros(len(x))
        for t, s in pairwise(times):
            h = s - t
            v1, d1 = slope(x, t)
            v2, d2 = slope(x + h / 2 * v1, t + h / 2)
            v3, d3 = slope(x + h / 2 * v2, t + h / 2)
            v4, d4 = slope(x + h * v3, s)
            x = x + h / 6 * (v1 + 2 * v2 + 2 * v3 + v4)
            change = change + h / 6 * (d1 + 2 * d2 + 2 * d3 + d4)
        return change - 0.5 * (x / deviation).square().sum(1) - 2 * math.log(deviation) - math.log(2 * math.pi)

    return nats


def _denoise(net: nn.Module, x: Tensor, sigma: Tensor) -> Tensor:
    """EDM's preconditioning for data of unit variance (Karras et al. 2022, arXiv:2206.00364)."""
    total = (1 + sigma.square()).sqrt()
    return x / total.square() + sigma / total * net(x / total, sigma.log() / 4)


def diffusion() -> Contestant:
    def loss(net: nn.Module, x: Tensor) -> Tensor:
        sigma = (1.5 * torch.randn(len(x), 1) - 1.5).exp()
        weight = (1 + sigma.square()) / sigma.square()
        return (weight * (_denoise(net, x + sigma * torch.randn_like(x), sigma) - x).square()).mean()

    def show(net: nn.Module) -> Learned:
        def velocity(x: Tensor, sigma: float) -> Tensor:
            return (x - _denoise(net, x, x.new_full((len(x), 1), sigma))) / sigma

        low, high = 0.002 ** (1 / 7), 20 ** (1 / 7)
        times = [(low + (high - low) * i / 40) ** 7 for i in range(41)]
        return Learned(by_ode(velocity, times, math.sqrt(20**2 + 1)))

    return anchor("EDM, 16 waves, 3x128", 4000, Field, loss, 5e-3, show)


def _match(net: nn.Module, x: Tensor, noise: Tensor | None = None) -> Tensor:
    noise = torch.randn_like(x) if noise is None else noise
    t = torch.rand(len(x), 1)
    return (net((1 - t) * noise + t * x, t) - (x - noise)).square().mean()


def _velocity(net: nn.Module) -> Velocity:
    return lambda x, t: net(x, x.new_full((len(x), 1), t))


def euler(net: nn.Module, n: int, steps: int) -> Tensor:
    x = torch.randn(n, 2)
    for i in range(steps):
        x = x + _velocity(net)(x, i / steps) / steps
    return x


def flow_matching() -> Contestant:
    def show(net: nn.Module) -> Learned:
        return Learned(by_ode(_velocity(net), [1 - i / 25 for i in range(26)], 1.0))

    return anchor("CFM, 16 waves, 3x128", 4000, Field, _match, 5e-3, show)


def transport() -> Contestant:
    """Pairs of noise and data matched within the batch (Tong et al. 2024, arXiv:2302.00482)."""
    from scipy.optimize import linear_sum_assignment

    def loss(net: nn.Module, x: Tensor) -> Tensor:
        noise = torch.randn_like(x)
        for i in range(0, len(x), 128):
            cost = torch.cdist(noise[i : i + 128], x[i : i + 128]).square()
            noise[i : i + 128] = noise[i : i + 128][linear_sum_assignment(cost.T.numpy())[1]]
        return _match(net, x, noise)

    def show(net: nn.Module) -> Learned:
        velocity = by_ode(_velocity(net), [1 - i / 25 for i in range(26)], 1.0)
        return Learned(velocity, partial(euler, net, steps=1))

    return anchor("OT-CFM, plain, 3x128", 4000, partial(Field, plain=True), loss, 2e-3, show)


def reflow() -> Contestant:
    """Flow matching, then once more on 20,000 pairs that 16 midpoint steps make of it (Liu et al. 2023, arXiv:2209.03003)."""

    def start() -> tuple[Step, Callable[[], Learned]]:
        torch.manual_seed(0)
        first = Plain(Field(), _match, 5e-3)
        second: list[tuple[Plain, Tensor, Tensor]] = []

        def begin() -> None:
            noise = torch.randn(20_000, 2)
            v, x = _velocity(first.shown), noise
            with torch.no_grad():
                for i in range(16):
                    x = x + v(x + v(x, i / 16) / 32, i / 16 + 1 / 32) / 16
            second.append((Plain(deepcopy(first.shown).requires_grad_(), _match, 5e-3), noise, x))

        def step(batch: Batch) -> None:
            if first._steps < 2000:
                return first.step(batch.x)
            if not second:
                begin()
            plain, noise, x = second[0]
            pick = torch.randint(len(x), (BATCH,))
            plain.loss = lambda net, made: _match(net, made, noise[pick])
            return plain.step(x[pick])

        return step, lambda: Learned(sample=partial(euler, (second[0][0] if second else first).shown, steps=1))

    return Contestant("reflow of CFM, 3x128", BATCH, start, 4000)


# --- energies and critics -----------------------------------------------------------------------------------------


class Energy(nn.Module):
    """3 x 128, and a bowl that keeps it from falling outside."""

    def __init__(self) -> None:
        super().__init__()
        self.net = mlp(2, 128, 128, 128, 1)
        self.constant = nn.Parameter(torch.zeros(()))

    def forward(self, x: Tensor) -> Tensor:
        return self.net(x)[:, 0] + 0.05 * x.square().sum(1) + self.constant


def _on_a_grid(net: nn.Module) -> Learned:
    """Normalised by a sum over 256 x 256 cells of [-4, 4]^2."""
    at = torch.linspace(-4, 4, 257)[:-1] + 4 / 256
    cells = torch.cartesian_prod(at, at)
    log_z = float(torch.logsumexp(-net(cells), 0)) + 2 * math.log(8 / 256)
    return Learned(lambda x: -net(x) - log_z)


def contrastive() -> Contestant:
    """Data told from N(0, 1.5^2) (Gutmann & Hyvarinen 2012)."""

    def loss(net: nn.Module, x: Tensor) -> Tensor:
        both = torch.cat((x, 1.5 * torch.randn_like(x)))
        noise = -0.5 * (both / 1.5).square().sum(1) - 2 * math.log(1.5) - math.log(2 * math.pi)
        odds = -net(both) - noise
        return F.softplus(-odds[: len(x)]).mean() + F.softplus(odds[len(x) :]).mean()

    return anchor("noise-contrastive, 3x128", 1000, Energy, loss, 1e-2, _on_a_grid)


def persistent() -> Contestant:
    """20 Langevin moves of chains that live on in a buffer of 10,000 (Tieleman 2008; Du & Mordatch 2019, arXiv:1903.08689)."""
    chains = torch.empty(0)

    def loss(net: nn.Module, x: Tensor) -> Tensor:
        nonlocal chains
        if not len(chains):
            chains = 1.5 * torch.randn(10_000, 2)
        pick = torch.randperm(len(chains))[: len(x)]
        y = torch.where(torch.rand(len(x), 1) < 0.02, 1.5 * torch.randn_like(x), chains[pick])
        for _ in range(20):
            y = y.detach().requires_grad_()
            (slope,) = torch.autograd.grad(net(y).sum(), y)
            y = y - 0.5 * 0.1**2 * slope + 0.1 * torch.randn_like(y)
        y = y.detach()
        chains[pick] = y
        up, down = net(x), net(y)
        return up.mean() - down.mean() + 1e-3 * (up.square().mean() + down.square().mean())

    return anchor("persistent chains, K=20", 1000, Energy, loss, 1e-2, _on_a_grid)


def oracle() -> Contestant:
    """Maximum likelihood, Z summed over a jittered grid of 64 x 64."""
    at = torch.linspace(-4, 4, 65)[:-1]
    corners = torch.cartesian_prod(at, at)

    def loss(net: nn.Module, x: Tensor) -> Tensor:
        cells = corners + torch.rand(2) / 8
        return net(x).mean() + torch.logsumexp(-net(cells), 0)

    return anchor("Z on a grid, 3x128", 1000, Energy, loss, 1e-2, _on_a_grid)


def gan() -> Contestant:
    """Relativistic loss with R1 and R2 (Huang et al. 2024, arXiv:2501.05441); a critic with 64 Fourier features."""
    gamma = 0.02

    def start() -> tuple[Step, Callable[[], Learned]]:
        torch.manual_seed(0)
        critic = nn.Sequential(Waves(64, 1.0), mlp(130, 128, 128, 128, 1))
        inner = torch.optim.Adam(critic.parameters(), lr=1e-3, betas=(0.0, 0.99), fused=True)

        def fool(net: nn.Module, x: Tensor) -> Tensor:
            return F.softplus(critic(x) - critic(net(torch.randn(len(x), 2)))).mean()

        generator = Plain(mlp(2, 128, 128, 128, 2), fool, 1e-3)
        generator._adam = torch.optim.Adam(generator.net.parameters(), lr=1e-3, betas=(0.0, 0.99), fused=True)

        def step(batch: Batch) -> None:
            x = batch.x.detach().requires_grad_()
            y = generator.net(torch.randn(len(x), 2)).detach().requires_grad_()
            real, made = critic(x), critic(y)
            slopes = torch.autograd.grad((real + made).sum(), (x, y), create_graph=True)
            penalty = sum((s.square().sum(1).mean() for s in slopes), x.new_zeros(()))
            inner.zero_grad()
            (F.softplus(made - real).mean() + gamma / 2 * penalty).backward()
            inner.step()
            generator.step(batch.x)

        return step, lambda: Learned(sample=lambda n: generator.shown(torch.randn(n, 2)))

    return Contestant("R3GAN, 3x128", BATCH, start, 4000)
