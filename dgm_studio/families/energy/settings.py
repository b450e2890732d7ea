"""Settings that energy-based models share: the network, and how it is taught."""

from __future__ import annotations

from typing import Literal

import torch

from dgm_studio.contract import DataSpec, Recipe, Settings, Training, knob

DIVERGED_BEYOND = 1e3
"""Losses are contrasts of a few nats, or errors of order one."""

Method = Literal["auto", "nce", "pcd", "cd", "denoising", "sliced", "grid"]


class EnergySettings(Settings):
    """One energy and one way to teach it."""

    method: Method = knob(
        "auto",
        help="How the energy is taught: nce tells data from noise near it; pcd and cd pull data down and the model's own "
        "samples up, with chains that persist or begin at the data; denoising and sliced match gradients; grid sums over the "
        "plane. Auto takes nce in 2D and denoising on images; grid on images means denoising.",
    )
    width: int = knob(0, 0, 512, zero="auto", help="Units per hidden layer; 0 chooses 128 in 2D and 256 on images.")
    depth: int = knob(3, 1, 6, step=1, help="Hidden layers of the network.")
    features: int = knob(
        32,
        0,
        64,
        step=1,
        kind="points",
        help="2D: Fourier features of a point, for sharp edges; pcd and cd do without, as chains get caught in the ripples.",
    )
    feature_std: float = knob(
        1.0,
        0.1,
        10.0,
        scale="log",
        advanced=True,
        kind="points",
        help="2D: spread of the frequencies of the Fourier features.",
    )
    components: int = knob(
        64,
        1,
        256,
        step=8,
        kind="images",
        help="Images: principal components in which the energy works; finer detail is lost.",
    )
    moves: int = knob(
        0,
        0,
        200,
        zero="auto",
        help="pcd and cd: Langevin moves of the chains per training step; 0 chooses 20 in 2D and 40 on images. Too few, "
        "and chains fall behind the energy.",
    )
    size: float = knob(
        0.15,
        0.001,
        0.5,
        scale="log",
        title="step size",
        help="pcd and cd: standard deviation of the noise in one move.",
    )
    corrected: bool = knob(
        True,
        help="pcd and cd: refuse moves as Metropolis would. Without it chains leap over steep valleys, and training explodes "
        "when steps are large.",
    )
    penalty: float = knob(
        1e-3,
        0.0,
        1.0,
        step=1e-3,
        help="pcd and cd: weight of the squared energies in the loss; with 0 nothing keeps them from running away.",
    )
    buffer: int = knob(10_000, 16, 50_000, scale="log", advanced=True, help="pcd: how many persistent chains are kept.")
    fresh: float = knob(
        0.02, 0.0, 1.0, step=0.01, advanced=True, help="pcd: share of chains that begin anew from noise in each step."
    )
    blur: float = knob(
        0.15,
        0.01,
        1.0,
        scale="log",
        help="Denoising in 2D: standard deviation of the noise that is removed; what is learnt is the density blurred by it. "
        "Images: the least noise level.",
    )
    data_noise: float = knob(
        0.0,
        0.0,
        0.5,
        step=0.01,
        advanced=True,
        help="Standard deviation of noise added to the data: with a little the energy has no cliffs.",
    )

    def method_for(self, spec: DataSpec) -> str:
        """The method in use on such data."""
        if self.method == "auto" or (self.method == "grid" and spec.is_image):
            return "denoising" if spec.is_image else "nce"
        return self.method

    def units(self, spec: DataSpec) -> int:
        return self.width or (256 if spec.is_image else 128)

    def ripples(self, spec: DataSpec) -> int:
        """Fourier features in use."""
        return 0 if self.method_for(spec) in ("pcd", "cd") else self.features

    def chain_moves(self, spec: DataSpec) -> int:
        return self.moves or (40 if spec.is_image else 20)


def energy_recipe(spec: DataSpec, device: torch.device) -> Recipe:
    """What was best per second: a thousand steps of 4 ms in the plane, of 30 ms on pictures."""
    if not spec.is_image:
        return Recipe(training=Training(batch=256, learning_rate=1e-2), steps=1000)
    if spec.size <= 100:
        config = {"width": 256, "components": 48}
        return Recipe(config, Training(batch=256, learning_rate=2e-3), steps=2000)
    config = {"width": 384, "components": 96 if spec.event[0] == 1 else 128}
    return Recipe(config, Training(batch=128, learning_rate=2e-3), steps=5000, knobs={"steps": 60})
