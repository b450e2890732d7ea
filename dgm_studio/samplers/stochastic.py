"""Steps of diffusion samplers that draw noise, as pure functions over a denoiser.

Like `denoising`: ``D(x, sigma) = E[x0 | x0 + sigma n = x]`` is all they ask, ``x`` (n, ...) goes from ``sigma`` to the smaller
``sigma_next`` and comes back together with ``D(x, sigma)``; a step to 0 ends at ``D``. ``noise_scale`` multiplies what is
drawn, so that its square is the temperature.

**VE and VP** are two drawings of one process. The variance-exploding one moves ``x = x0 + sigma n``; the
variance-preserving one moves ``y = a x`` with ``a = (1 + sigma^2)^(-1/2)``, whose forward SDE is
``dy = -y/2 dB + sqrt(dB) dw`` in the clock ``B = ln(1 + sigma^2)``. Exact solutions agree; Euler steps do not, for a
tangent in one drawing is a curve in the other (Song et al. 2020, arXiv:2011.13456).
"""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor

from dgm_studio.contract import Rng
from dgm_studio.samplers.denoising import Denoise

Process = Literal["VE", "VP"]


def ddim_step(
    denoise: Denoise, x: Tensor, sigma: float, sigma_next: float, eta: float, noise_scale: float, rng: Rng
) -> tuple[Tensor, Tensor]:
    """Part of the noise is forgotten and drawn anew: eta 0 is the ODE, 1 the ancestral sampler of DDPM.

    Song et al. 2020, arXiv:2010.02502.
    """
    d = denoise(x, sigma)
    fresh = eta * sigma_next * math.sqrt(max(0.0, 1 - (sigma_next / sigma) ** 2))
    kept = math.sqrt(max(0.0, sigma_next**2 - fresh**2))
    x = torch.lerp(d, x, kept / sigma)
    return (x + fresh * noise_scale * noise_like(x, rng) if fresh > 0 else x), d


def ddpm_step(
    denoise: Denoise, x: Tensor, sigma: float, sigma_next: float, large: bool, noise_scale: float, rng: Rng
) -> tuple[Tensor, Tensor]:
    """Draws from ``q(x_next | x, x0 = D)``, a Gaussian whose mean lies between ``D`` and ``x`` (Ho et al. 2020).

    Its variance is right if ``x0`` is exactly ``D`` (the lower of the bounds in arXiv:2006.11239, section 3.2); ``large``
    takes the variance of the forward step instead, which is right for data of unit variance that the network knows
    nothing about (the upper one).
    """
    d = denoise(x, sigma)
    if sigma_next == 0:
        return d, d
    gone = sigma**2 - sigma_next**2
    variance = (1 + sigma_next**2) * gone / (1 + sigma**2) if large else sigma_next**2 * gone / sigma**2
    mean = torch.lerp(d, x, (sigma_next / sigma) ** 2)
    return mean + math.sqrt(variance) * noise_scale * noise_like(x, rng), d


def sde_step(
    denoise: Denoise,
    x: Tensor,
    sigma: float,
    sigma_next: float,
    noise_scale: float,
    rng: Rng,
    *,
    stochasticity: float = 1.0,
    process: Process = "VE",
) -> tuple[Tensor, Tensor]:
    """Euler-Maruyama on ``dx = -(1 + c)/2 score dV + sqrt(c dV) dw`` with ``V = sigma^2``, against time.

    c is ``stochasticity``: 0 is the probability-flow ODE, 1 the reverse SDE. All have the same marginals, because what c
    adds is Langevin dynamics at constant noise (Karras et al. 2022, arXiv:2206.00364, eq. 6). For ``VP`` the same in
    ``y``.
    """
    d = denoise(x, sigma)
    if sigma_next == 0:
        return d, d
    if process == "VE":
        gone = sigma**2 - sigma_next**2
        x = torch.lerp(x, d, 0.5 * (1 + stochasticity) * gone / sigma**2)
        spread = math.sqrt(stochasticity * gone)
    else:
        here, there = 1 + sigma**2, 1 + sigma_next**2  # 1 / a^2 of both ends
        b = math.log(here / there)
        x = math.sqrt(there / here) * ((1 + b / 2) * x + 0.5 * (1 + stochasticity) * b * (here / sigma**2) * (d - x))
        spread = math.sqrt(stochasticity * b * there)
    return (x + spread * noise_scale * noise_like(x, rng) if spread > 0 else x), d


def langevin_step(denoise: Denoise, x: Tensor, sigma: float, snr: float, noise_scale: float, rng: Rng) -> Tensor:
    """One Langevin move at constant noise, the corrector of Song et al. 2020 (algorithm 4): ``x`` (n, ...) at ``sigma``.

    ``x + e score + sqrt(2 e) n`` with ``e = 2 (snr sigma)^2``: their step, twice the square of snr times |n| / |score|, with
    the score's norm replaced by that of a nearly pure noise, so that no sample depends on the others of its batch.
    """
    e = 2 * snr**2  # in units of sigma^2
    return torch.lerp(x, denoise(x, sigma), e) + math.sqrt(2 * e) * sigma * noise_scale * noise_like(x, rng)


def churned(x: Tensor, sigma: float, amount: float, noise_scale: float, rng: Rng) -> tuple[Tensor, float]:
    """``x`` with noise added until its level is ``(1 + amount) sigma``, and that level (Karras et al. 2022, algorithm 2).

    What follows removes more than it otherwise would, and with it earlier errors.
    """
    higher = (1 + amount) * sigma
    if amount == 0:
        return x, sigma
    return x + math.sqrt(higher**2 - sigma**2) * noise_scale * noise_like(x, rng), higher


def noise_like(x: Tensor, rng: Rng) -> Tensor:
    """Standard normal noise of the shape, precision and device of ``x``."""
    return torch.randn(x.shape, generator=rng, device=rng.device, dtype=x.dtype).to(x.device)
