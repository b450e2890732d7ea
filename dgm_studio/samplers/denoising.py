"""Steps of diffusion samplers as pure functions over a denoiser, without noise: solvers of the probability-flow ODE.

A denoiser is the posterior mean ``D(x, sigma) = E[x0 | x0 + sigma n = x]``; the score is ``(D - x) / sigma^2``. Every
function takes the noisy ``x`` (n, ...) at ``sigma`` to the smaller ``sigma_next``, which may be 0, and returns it
together with ``D(x, sigma)``. Notation of Karras et al. 2022, arXiv:2206.00364: noise is added, the signal not scaled.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

Denoise = Callable[[Tensor, float], Tensor]


def rho_schedule(t: float, largest: float, smallest: float, rho: float = 7.0) -> float:
    """The noise level at progress ``t``: evenly spaced in ``sigma^(1/rho)`` from ``largest`` to ``smallest``."""
    high, low = largest ** (1 / rho), smallest ** (1 / rho)
    return float((high + t * (low - high)) ** rho)


def euler_step(denoise: Denoise, x: Tensor, sigma: float, sigma_next: float) -> tuple[Tensor, Tensor]:
    """Along the tangent of the probability-flow ODE ``dx/dsigma = (x - D) / sigma``: order 1.

    The same step as DDIM with eta 0 (Song et al. 2020, arXiv:2010.02502).
    """
    d = denoise(x, sigma)
    return torch.lerp(d, x, sigma_next / sigma), d


def heun_step(denoise: Denoise, x: Tensor, sigma: float, sigma_next: float) -> tuple[Tensor, Tensor]:
    """Euler, then once more with the mean of the slopes at both ends: order 2, the sampler of Karras et al. 2022."""
    d = denoise(x, sigma)
    slope = (x - d) / sigma
    there = x + (sigma_next - sigma) * slope
    if sigma_next == 0:
        return d, d
    slope_there = (there - denoise(there, sigma_next)) / sigma_next
    return x + (sigma_next - sigma) * 0.5 * (slope + slope_there), d


def dpmpp_2m_step(
    denoise: Denoise, x: Tensor, sigma: float, sigma_next: float, past: tuple[Tensor, float] | None
) -> tuple[Tensor, Tensor]:
    """DPM-Solver++(2M): exact in the linear part, the denoised picture extrapolated from the last two (order 2).

    ``past`` holds the previous step's ``D`` and noise level; without it the step has order 1. One pass per step.
    Lu et al. 2022, arXiv:2211.01095.
    """
    d = denoise(x, sigma)
    if sigma_next == 0:
        return d, d
    target = d
    if past is not None:
        h, h_past = math.log(sigma / sigma_next), math.log(past[1] / sigma)
        target = torch.lerp(past[0], d, 1 + 0.5 * h / h_past)
    return torch.lerp(target, x, sigma_next / sigma), d
