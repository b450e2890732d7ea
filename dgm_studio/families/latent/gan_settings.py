"""Settings of a GAN: the game and its penalties, and both networks."""

from __future__ import annotations

from typing import Literal

from dgm_studio.contract import DataSpec, Settings, knob
from dgm_studio.families.latent.gan_losses import LossName

_LATENT = {"points": 2, "paths": 8, "images": 32}


class Config(Settings):
    loss: LossName = knob(
        "relativistic",
        help="Compare each real example with a fake (keeps modes), judge each one alone (drops them), estimate the earth "
        "mover's distance (wgan-gp), or stop at a margin (hinge).",
    )
    r1: float = knob(
        0.02,
        0.0,
        10.0,
        step=0.005,
        help="Weight of the critic's squared gradient at real examples (not for wgan-gp); with 0 training need not settle.",
    )
    r2: float = knob(
        0.02,
        0.0,
        10.0,
        step=0.005,
        help="Weight of the critic's squared gradient at fakes (not for wgan-gp): what keeps it tame where no data are.",
    )
    gradient_penalty: float = knob(
        0.1,
        0.01,
        10.0,
        scale="log",
        help="wgan-gp: weight of how far the norm of the critic's gradient is from 1 between real examples and fakes.",
    )
    spectral: bool = knob(
        False,
        title="Spectral norm",
        help="Divides the critic's linear layers by their largest singular values: none makes it steeper.",
    )
    critic_steps: int = knob(
        0, 0, 10, zero="auto", help="Steps of the critic for each of the generator; 0 chooses 3 for wgan-gp, else 1."
    )
    latent: int = knob(0, 0, 256, zero="auto", help="Latent numbers; 0 chooses 2 in 2D, 8 on paths and 32 on images.")
    width: int = knob(
        0, 0, 1024, zero="auto", help="Units in each hidden layer; 0 chooses 128 in 2D and 256 on images."
    )
    network: Literal["mlp", "convolutions"] = knob(
        "mlp",
        kind="images",
        help="Images: layers that see all pixels at once, or what is next to what (for heights and widths that 4 divides).",
    )
    waves: int = knob(
        32,
        0,
        256,
        advanced=True,
        kind="points",
        help="2D: Fourier features the generator sees of a latent; it then begins as wide as the data. With 0 it is a plain "
        "network: a non-saturating loss without r1 and r2 collapses to a few modes.",
    )
    frequencies: int = knob(
        64,
        0,
        512,
        advanced=True,
        kind="points",
        help="2D: Fourier features the critic sees; with 0 it blurs neighbouring modes.",
    )
    spread: float = knob(
        1.0,
        0.05,
        5.0,
        scale="log",
        advanced=True,
        kind="points",
        help="2D: how fine the critic's Fourier features are, in waves per unit.",
    )

    def latent_size(self, spec: DataSpec) -> int:
        return self.latent or _LATENT[spec.data_kind]

    def critic_turns(self) -> int:
        return self.critic_steps or (3 if self.loss == "wgan-gp" else 1)

    def channels(self, spec: DataSpec) -> int:
        """Of the first convolutions; 0 where there are none."""
        convolve = spec.is_image and self.network == "convolutions" and not any(n % 4 for n in spec.event[1:])
        return max(4, self.units(spec) // 16) if convolve else 0

    def units(self, spec: DataSpec) -> int:
        return self.width or (256 if spec.is_image else 128)
