"""How much a latent knows: classes of held-out examples, read off the latents of training examples.

A k-nearest-neighbour vote needs no training and sees any arrangement; a linear probe (Alain & Bengio 2016,
arXiv:1610.01644), here ridge regression onto the classes, sees what can be read off directly. What the same probe reads off the
examples themselves is what a latent has to beat.
"""

from __future__ import annotations

import torch
from torch import Tensor

from dgm_studio.contract import Evidence, Measure, Measurement
from dgm_studio.evaluation.shared.sets import share_error
from dgm_studio.language import tr

_K = 10
_RIDGE = 1e-2


def neighbour_accuracy(latents: Tensor, label: Tensor, queries: Tensor, truth: Tensor, k: int = _K) -> float:
    """Share of ``queries`` (m, d) whose majority class among the k nearest ``latents`` (n, d) is ``truth`` (m,)."""
    near = torch.cdist(queries, latents).topk(min(k, len(latents)), largest=False).indices
    votes = torch.nn.functional.one_hot(label[near], int(label.max()) + 1).sum(1)
    return float((votes.argmax(1) == truth).double().mean())


def probe_accuracy(latents: Tensor, label: Tensor, queries: Tensor, truth: Tensor) -> float:
    """Share of ``queries`` whose class ridge regression from ``latents`` gets right."""
    mean, deviation = latents.mean(0), latents.std(0, correction=0).clamp_min(1e-6)

    def features(z: Tensor) -> Tensor:
        scaled = ((z - mean) / deviation).double()
        return torch.cat([scaled, scaled.new_ones(len(z), 1)], 1)

    z = features(latents)
    target = torch.nn.functional.one_hot(label, int(label.max()) + 1).double()
    gram = z.T @ z + _RIDGE * len(z) * torch.eye(z.shape[1], dtype=torch.double)
    weights = torch.linalg.solve(gram, z.T @ target)
    return float(((features(queries) @ weights).argmax(1) == truth).double().mean())


def _known(evidence: Evidence) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    latents, queries = evidence.latents, evidence.held_out_latents
    assert latents is not None
    assert queries is not None
    assert evidence.train_label is not None
    assert evidence.held_out_label is not None
    return latents, evidence.train_label[: len(latents)], queries, evidence.held_out_label[: len(queries)]


def _share(share: float, n: int, truth: Tensor) -> Measurement:
    commonest = float(torch.bincount(truth).max()) / len(truth)
    return Measurement(share, share_error(share, n), commonest)


def neighbours(evidence: Evidence) -> Measurement:
    known = _known(evidence)
    return _share(neighbour_accuracy(*known), len(known[3]), known[3])


def probe(evidence: Evidence) -> Measurement:
    known = _known(evidence)
    return _share(probe_accuracy(*known), len(known[3]), known[3])


def probe_of_examples(evidence: Evidence) -> Measurement:
    """The same off the very examples that the latents are of."""
    latents, label, queries, truth = _known(evidence)
    x, y = (each.flatten(1).float() for each in (evidence.train[: len(latents)], evidence.held_out[: len(queries)]))
    return _share(probe_accuracy(x, label, y, truth), len(truth), truth)


def _applies(evidence: Evidence) -> bool:
    labelled = evidence.train_label is not None and evidence.held_out_label is not None
    return labelled and evidence.latents is not None and evidence.held_out_latents is not None


MEASURE = (
    Measure(
        name="latent_neighbours",
        title="Classes near in latent space",
        unit="share",
        help="How often the classes of the nearest latents tell the class of a held-out example: what the encoder has learned.",
        reference="Cover & Hart 1967 (doi:10.1109/TIT.1967.1053964)",
        lower_is_better=False,
        topic="latents",
        applies=_applies,
        work=Measure.at_once(neighbours),
        floor_help="always guessing the commonest class",
        say=lambda m: tr("Neighbours in latent space share the class in {value:.0%} of cases.", value=m.value),
        spoken=False,
    ),
    Measure(
        name="linear_probe",
        title="Linear probe of latents",
        unit="share",
        help="How often a linear map reads the class of a held-out example off its latent.",
        reference="Alain & Bengio 2016 (arXiv:1610.01644)",
        lower_is_better=False,
        topic="latents",
        applies=_applies,
        work=Measure.at_once(probe),
        floor_help="always guessing the commonest class",
        say=lambda m: tr("A linear map reads the class off the latent in {value:.0%} of cases.", value=m.value),
        spoken=False,
    ),
    Measure(
        name="probe_of_examples",
        title="Linear probe of examples",
        unit="share",
        help="How often a linear map reads the class of a held-out example off its own numbers: what a latent has to beat.",
        reference="Alain & Bengio 2016 (arXiv:1610.01644)",
        lower_is_better=False,
        topic="latents",
        applies=_applies,
        work=Measure.at_once(probe_of_examples),
        floor_help="always guessing the commonest class",
        say=lambda m: tr("A linear map reads the class off the example itself in {value:.0%} of cases.", value=m.value),
        spoken=False,
    ),
)
