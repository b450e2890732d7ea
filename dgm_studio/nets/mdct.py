"""Spectra of sounds in windows that overlap: the modified discrete cosine transform, as an orthonormal change of coordinates.

A sound of T samples becomes T / N windows of N coefficients (Princen & Bradley 1986, doi:10.1109/TASSP.1986.1164954):

    X_k = sqrt(2 / N) sum_n w_n x_n cos(pi / N (n + 1/2 + N / 2) (k + 1/2)),    w_n = sin(pi (n + 1/2) / 2 N),

over the 2 N samples of a window and its neighbour. With the sine window, and the last window joined to the first, it is a
rotation of the T numbers: nothing is lost, white noise stays white, and a density of spectra is one of sounds. Magnitudes alone
are no such thing: without phases a sound does not come back.

`SpectrumSpace` brings each coefficient to the scale that it has in the data, found from the first training batches as
`pca` finds its components.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from dgm_studio.contract import Rng
from dgm_studio.nets.pca import PcaSpace

ENOUGH = 2048
"""After so many examples the scales stay."""
_LEAST = 0.01
"""Of the mean scale: a coefficient that the data do not use keeps a little room."""


def window_size(length: int) -> int:
    """Coefficients of a window: a power of two of which about as many fit into a sound as it has."""
    return int(2 ** round(math.log2(length) / 2 + 0.5))


class Mdct(nn.Module):
    """Sounds (n, 1, T) to coefficients (n, T / N, N) and back; T must be a multiple of N, and N even."""

    basis: Tensor

    def __init__(self, length: int, size: int) -> None:
        super().__init__()
        if length % size or length < 2 * size:
            raise ValueError(f"windows of {size} samples must divide a sound of {length}, twice at least")
        self.length, self.size = length, size
        n, k = torch.arange(2 * size).double()[:, None], torch.arange(size).double()
        window = torch.sin(math.pi * (n + 0.5) / (2 * size))
        wave = torch.cos(math.pi / size * (n + 0.5 + size / 2) * (k + 0.5))
        self.register_buffer("basis", (math.sqrt(2 / size) * window * wave).float(), persistent=False)

    def encode(self, x: Tensor) -> Tensor:
        parts = x.reshape(len(x), -1, self.size)
        pairs = torch.cat([parts, parts.roll(-1, 1)], 2)
        return pairs @ self.basis.to(x.dtype)

    def decode(self, z: Tensor) -> Tensor:
        first, second = (z @ self.basis.T.to(z.dtype)).chunk(2, -1)
        return (first + second.roll(1, 1)).reshape(len(z), 1, self.length)


class SpectrumSpace(nn.Module):
    """Orthogonal coordinates of sounds (n, 1, T), a `Space`: the coefficients of all windows in a row, over one ``scale``.

    ``spread`` (T,) are the standard deviations of the coefficients then; nothing is ``left`` out.
    """

    affine = True
    spread: Tensor
    scale: Tensor
    square: Tensor

    def __init__(self, event: tuple[int, ...]) -> None:
        super().__init__()
        length = event[-1]
        self.event, self.shape, self.left = event, (length,), torch.zeros(())
        self.mdct = Mdct(length, window_size(length))
        self.register_buffer("spread", torch.ones(length))
        self.register_buffer("scale", torch.ones(()))
        self.register_buffer("square", torch.zeros(length))
        self.fitted = 0

    def encode(self, x: Tensor) -> Tensor:
        return self.mdct.encode(x).flatten(1) / self.scale

    def decode(self, z: Tensor) -> Tensor:
        return self.mdct.decode(z.view(len(z), -1, self.mdct.size) * self.scale)

    def observe(self, x: Tensor, rng: Rng) -> None:
        """Take in a training batch (B, 1, T); until enough was seen the scales follow."""
        if self.fitted >= ENOUGH:
            return
        self.square += self.mdct.encode(x).flatten(1).square().sum(0)
        before, self.fitted = self.fitted, self.fitted + len(x)
        if self.fitted < ENOUGH and self.fitted < 2 * before:
            return
        # neighbours in a spectrum are alike: what one batch tells of each alone is noisy
        variance = self.square.view(-1, self.mdct.size) / self.fitted
        smooth = torch.nn.functional.avg_pool2d(
            torch.nn.functional.pad(variance[None, None], (1, 1, 1, 1), mode="replicate"), 3, 1
        )[0, 0]
        self.scale.copy_(variance.mean().sqrt().clamp_min(1e-5))
        self.spread.copy_((smooth.sqrt() / self.scale).clamp_min(_LEAST).flatten())

    def extra_state(self) -> dict[str, Tensor]:
        """What resuming needs besides the buffers while the scales are still being found."""
        return {"fitted": torch.tensor(self.fitted)}

    def take_extra_state(self, state: Mapping[str, Tensor]) -> None:
        """Without it (a file made only for sampling) the scales stay as they are."""
        self.fitted = int(state.get("fitted", torch.tensor(ENOUGH)))


FittedSpace = PcaSpace | SpectrumSpace
"""Coordinates that are found from the first batches and then stay."""
