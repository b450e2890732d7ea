"""A mask: part of the example is known and stays, the rest is to be generated.

One polarity everywhere: **1 = generate, 0 = known and kept bit-identical**. Values between are strengths per pixel: near 0
they change little, near 1 nearly everything. On a noise path a soft pixel follows the known picture until progress passes
``1 - strength`` and is free from then on, as in differential diffusion (Levin & Fried 2023, arXiv:2306.00950). A sampler
that does not walk one is shown hard masks, in which the pixel is free with the strength for its chance; see `decided`.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from dgm_studio.conditions.operators import Pick


@dataclass(frozen=True)
class Mask:
    """Known values and where to generate.

    ``value`` (*event) or (n, *event) in model units; ``mask`` in [0, 1], of a shape that broadcasts against ``value``.
    Raises ValueError when the shapes do not fit or the mask leaves [0, 1].
    """

    value: Tensor
    mask: Tensor

    def __post_init__(self) -> None:
        if not _fits(self.mask, self.value):
            raise ValueError(
                f"a mask of shape {tuple(self.mask.shape)} does not fit known values of shape "
                f"{tuple(self.value.shape)}; make them equal, or 1 along the axes that share a mask"
            )
        # one reduction: a NaN fails the comparison as well
        if not bool(((self.mask >= 0) & (self.mask <= 1)).all()):
            raise ValueError(
                f"a mask lies between 0 (keep) and 1 (generate), not in "
                f"[{float(self.mask.min()):g}, {float(self.mask.max()):g}]"
            )

    @property
    def name(self) -> str:
        return "mask"

    def held(self, t: float = 1.0) -> Tensor:
        """True where the known value still rules at progress ``t``; at 1 that is where the mask is exactly 0."""
        return (self.mask <= 1 - t) & (self.mask < 1)

    def asked(self, t: float) -> tuple[Pick, Tensor, float]:
        """A mask is the observation of single pixels without noise: operator, values and noise at progress ``t``."""
        pick = Pick(self.held(t))
        return pick, pick.forward(self.value), 0.0

    def for_copies(self, k: int, dim: int) -> Mask:
        """The same for ``k`` neighbouring copies of each sample; samples (n, *event) have ``dim`` axes."""

        def copied(a: Tensor) -> Tensor:
            return a.repeat_interleave(k, 0) if a.dim() == dim and len(a) > 1 else a

        return Mask(copied(self.value), copied(self.mask))

    def settle(self, x: Tensor) -> Tensor:
        """Finished samples (n, *event) with every known pixel put back, bit for bit."""
        return compose(self, x)

    def like(self, x: Tensor) -> Mask:
        """The same mask on the device and in the precision of ``x``."""
        return Mask(self.value.to(x), self.mask.to(x))


def compose(condition: Mask, x: Tensor) -> Tensor:
    """Samples (n, *event) with every known pixel put back, bit for bit. Raises ValueError when the shapes do not fit."""
    return hold(condition, x, condition.value)


def hold(condition: Mask, x: Tensor, known: Tensor, t: float = 1.0) -> Tensor:
    """``known`` where the mask still holds at progress ``t``, elsewhere ``x`` (n, *event).

    ``known`` stands for the values at the noise level of ``x``, or for the values themselves.
    """
    held = condition.held(t).to(x.device)
    known = known.to(x)
    if not _fits(known, x):
        raise ValueError(f"known values of shape {tuple(known.shape)} do not fit samples of shape {tuple(x.shape)}")
    return torch.where(held, known, x)


def _fits(small: Tensor, large: Tensor) -> bool:
    """Whether one broadcasts to the shape of the other."""
    pairs = zip(reversed(small.shape), reversed(large.shape), strict=False)
    return small.dim() <= large.dim() and all(a in (1, b) for a, b in pairs)
