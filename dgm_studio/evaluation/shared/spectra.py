"""What is heard of a sound: its spectrum in decibels over time, without phases, and which class that is most like.

The reader is no network that was trained: Fisher's linear discriminants (1936, doi:10.1111/j.1469-1809.1936.tb02137.x) of
training examples, in closed form, with a covariance that is shrunk towards a multiple of the identity (Ledoit & Wolf 2004,
doi:10.1016/S0047-259X(03)00096-4, here by a fixed share).
"""

from __future__ import annotations

import torch
from torch import Tensor

FLOOR_DB = -60.0
"""What is softer than so many decibels below the loudest possible tone is silence."""
_WINDOW_S, _LONG_S = 0.064, 0.256
_SHRINK = 0.1


def log_spectra(x: Tensor, rate: int, seconds: float = _WINDOW_S) -> Tensor:
    """Decibels (n, pitches, moments) of sounds (n, 1, T), in half overlapping Hann windows of about so many seconds."""
    length = min(x.shape[-1], 1 << round(seconds * max(rate, 1)).bit_length() - 1)
    window = torch.hann_window(length)
    spectrum = torch.stft(x[:, 0], length, length // 2, window=window, return_complex=True, pad_mode="constant")
    return 20 * (spectrum.abs() * (2 / window.sum())).clamp_min(10 ** (FLOOR_DB / 20)).log10()


def heard(x: Tensor, rate: int) -> Tensor:
    """What a reader looks at (n, k): the mean spectrum, finely, and how loud it is in low and high bands over time."""
    fine = log_spectra(x, rate, _LONG_S).mean(2)
    bands = [part.mean(1) for part in log_spectra(x, rate).chunk(4, 1)]
    return torch.cat([fine, *bands], 1)


def classes_heard(x: Tensor, train: Tensor, label: Tensor, classes: int, rate: int) -> Tensor:
    """The class (n,) of which the nearest mean is, in the metric of what varies within classes, of sounds x (n, 1, T), told by
    training examples (m, 1, T) of classes (m,)."""
    known, asked = heard(train, rate).double(), heard(x, rate).double()
    there = torch.nn.functional.one_hot(label, classes).double()
    means = (there.T @ known) / there.sum(0)[:, None].clamp_min(1)
    within = known - means[label]
    covariance = within.T @ within / len(known)
    shrunk = (1 - _SHRINK) * covariance + _SHRINK * covariance.diagonal().mean() * torch.eye(len(covariance)).double()
    root = torch.linalg.cholesky(shrunk)
    places, centres = (torch.linalg.solve_triangular(root, y.T, upper=False).T for y in (asked, means))
    away = torch.cdist(places, centres).masked_fill(there.sum(0) == 0, torch.inf)
    return away.argmin(1)
