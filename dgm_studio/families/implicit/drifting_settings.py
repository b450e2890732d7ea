"""Settings of a drifting model: how far its field reaches, where it begins, and its network."""

from __future__ import annotations

from typing import Literal

from dgm_studio.contract import DataSpec, Settings, knob

Start = Literal["middle", "collapsed", "far"]


class Config(Settings):
    radius: float = knob(
        0.1,
        0.01,
        2.0,
        scale="log",
        help="How far a sample feels data and other samples, as a share of the mean distance between data: short for fine "
        "detail, long for how much lies where.",
    )
    scales: int = knob(
        1,
        1,
        4,
        step=1,
        help="Drifts that are added, each of a radius three times that of the one before: the long ones settle how much lies "
        "where, the short ones the detail.",
    )
    repulsion: float = knob(
        1.0,
        0.0,
        1.0,
        step=0.05,
        help="How strongly samples repel each other. At 1 the field vanishes where samples lie as the data do; below it they "
        "gather in the modes.",
    )
    both_axes: bool = knob(
        True,
        title="Normalise both ways",
        help="Weights are normalised over data and over samples, so that data without samples near them pull harder; off, "
        "over data alone.",
    )
    begin: Start = knob(
        "middle",
        help="Where samples are before the first step: in the middle of the data, all in a single point, or far outside. The "
        "last two are to see the field at work.",
    )
    examples: int = knob(
        1024,
        64,
        4096,
        scale="log",
        help="Latest examples that pull at once; the more, the quieter the field and the slower.",
    )
    latent: int = knob(0, 0, 256, zero="auto", help="Latent numbers; 0 chooses 2 in 2D and 32 on images.")
    width: int = knob(
        0, 0, 1024, zero="auto", help="Units in each hidden layer; 0 chooses 128 in 2D and 256 on images."
    )
    waves: int = knob(
        0,
        0,
        256,
        advanced=True,
        kind="points",
        help="2D: Fourier features that the generator sees of a latent: close modes part early, and edges are rougher.",
    )

    def latent_size(self, spec: DataSpec) -> int:
        return self.latent or (32 if spec.is_image else 2)

    def units(self, spec: DataSpec) -> int:
        return self.width or (256 if spec.is_image else 128)
