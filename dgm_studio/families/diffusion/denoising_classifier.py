"""The diffusion classifier: the class under which a noisy example is easiest to denoise (Li et al. 2023, arXiv:2303.16203).

The evidence lower bound of a diffusion model is a sum of denoising errors over all noise levels,

    log p(x | y)  >=  const - integral of E|D(x + sigma n; y) - x|^2 / sigma^2  d ln sigma,

whose constant is the same for every class. It is estimated here on a few levels where classes differ, and with the same noise
for all classes, so that what noise alone does to the errors cancels in their differences.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from dgm_studio.contract import Classifier, Work, rng_for
from dgm_studio.samplers.guidance import Conditional
from dgm_studio.samplers.path import Space

LEAST, MOST = 0.1, 3.0
"""Noise levels, in units of the data's spread, between which classes are told apart."""
_ROWS = 256  # examples times classes in one slice


def denoising_classifier(denoise: Conditional, space: Space, classes: int, levels: int = 16) -> Classifier:
    """A classifier from the posterior mean ``denoise(x, sigma, label)`` of latents in ``space``; deterministic."""
    step = math.log(MOST / LEAST) / levels
    sigmas = [LEAST * math.exp((k + 0.5) * step) for k in range(levels)]
    at_once = max(1, _ROWS // classes)

    def work(x: Tensor) -> Work[Tensor]:
        parts: list[Tensor] = []
        for part in space.encode(x).split(at_once):
            every = part.repeat_interleave(classes, 0)
            label = torch.arange(classes, device=x.device).repeat(len(part))
            nats = part.new_zeros(len(every))
            for k, sigma in enumerate(sigmas):
                yield
                n = torch.randn(part.shape, generator=rng_for(k, len(parts))).to(part)
                error = denoise(every + sigma * n.repeat_interleave(classes, 0), sigma, label) - every
                nats -= step * (error / sigma).square().flatten(1).sum(1)
            parts.append(nats.view(-1, classes))
        return torch.cat(parts)

    return Classifier("Denoising error under each class", "heuristic", work, passes=levels * classes)
