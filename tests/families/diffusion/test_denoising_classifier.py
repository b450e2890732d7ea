"""The diffusion classifier on classes whose denoisers are known, and inside a trained model."""

from __future__ import annotations

import torch

from dgm_studio.contract import finish, rng_for
from dgm_studio.families.diffusion.denoising_classifier import denoising_classifier
from dgm_studio.samplers.path import Direct

MEANS = torch.eye(4)[:3] * 3
STD = 0.5


def denoise(x, sigma, label):
    """Three classes, each N(mean, STD^2 I)."""
    share = STD**2 / (STD**2 + sigma**2)
    return share * x + (1 - share) * MEANS[label]


def work(x, **more):
    return finish(denoising_classifier(denoise, Direct((4,)), 3, **more).work(x))


def examples(n):
    label = torch.arange(n) % 3
    return MEANS[label] + STD * torch.randn(n, 4, generator=rng_for(1)), label


def test_finds_the_class():
    x, label = examples(300)
    assert float((work(x).argmax(1) == label).float().mean()) > 0.97


def test_evidence_rises_with_the_exact_one():
    """Differences between classes are those of log p(x | y), seen through noise between a tenth and three."""
    x, _ = examples(300)
    exact = -(x[:, None] - MEANS).square().sum(2) / (2 * STD**2)
    pairs = [(e[:, 0] - e[:, 1]) for e in (work(x, levels=64), exact)]
    assert float(torch.corrcoef(torch.stack(pairs))[0, 1]) > 0.98
    fitted = float((pairs[0] * pairs[1]).sum() / pairs[1].square().sum())
    assert 0.8 < fitted < 1.05


def test_repeats_itself_and_works_in_slices():
    x, _ = examples(200)
    assert torch.equal(work(x), work(x))
    slices = sum(1 for _ in denoising_classifier(denoise, Direct((4,)), 3).work(x))
    assert slices >= 32
