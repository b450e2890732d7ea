"""Known causes in the latents: how much of what a program drew by can be read off a learned latent by a linear map.

Ridge regression from latents of training examples to the numbers of the program, over five folds: R^2 on the fold that was left
out, of an angle over its cosine and sine, of a choice over its values (as in Locatello et al. 2019, arXiv:1811.12359, where it
is one of the ways to ask whether a code is informative).
"""

from __future__ import annotations

import torch
from torch import Tensor

from dgm_studio.contract import Evidence, Measure, Measurement
from dgm_studio.language import tr

_FOLDS = 5
_RIDGE = 1e-2


def explained(latents: Tensor, target: Tensor) -> Tensor:
    """R^2 (folds,) of ridge regression from latents (n, d) to targets (n, k), on each fold that was left out."""
    n = len(latents)
    mean, deviation = latents.mean(0), latents.std(0, correction=0).clamp_min(1e-6)
    z = torch.cat([((latents - mean) / deviation).double(), latents.new_ones(n, 1).double()], 1)
    y, fold = target.double(), torch.arange(n) % _FOLDS
    found = []
    for k in range(_FOLDS):
        seen, asked = fold != k, fold == k
        gram = z[seen].T @ z[seen] + _RIDGE * int(seen.sum()) * torch.eye(z.shape[1], dtype=torch.double)
        weights = torch.linalg.solve(gram, z[seen].T @ y[seen])
        left = (y[asked] - z[asked] @ weights).square().sum()
        found.append(1 - left / (y[asked] - y[seen].mean(0)).square().sum().clamp_min(1e-12))
    return torch.stack(found)


def factors_read(evidence: Evidence) -> Measurement:
    """The mean over the causes; in the note each of them."""
    assert evidence.latents is not None
    latents = evidence.latents
    by_name = {name: explained(latents, target[: len(latents)]) for name, target in evidence.factors.items()}
    every = torch.stack(list(by_name.values()))
    each = every.mean(0)
    said = ", ".join(f"{name} {float(r.mean()):.2f}" for name, r in by_name.items())
    return Measurement(float(each.mean()), float(each.std()) / _FOLDS**0.5, 0.0, note=tr("R² of {said}.", said=said))


MEASURE = Measure(
    name="factors_read",
    title="Known causes in the latents",
    unit="share",
    help="How much of the numbers a program drew by a linear map reads off the latents: R², the mean over the numbers.",
    reference="Locatello et al. 2019 (arXiv:1811.12359)",
    lower_is_better=False,
    topic="latents",
    applies=lambda evidence: bool(evidence.factors) and evidence.latents is not None,
    work=Measure.at_once(factors_read),
    floor_help="always guessing the mean",
    say=lambda m: tr("A linear map reads {max:.0%} of the program's numbers off the latent.", max=max(0.0, m.value)),
    spoken=False,
)
