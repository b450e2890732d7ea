"""Laws of latents: an example's latent brings that example back, of whatever class, and a walk ends where its ends are."""

from __future__ import annotations

import pytest
import torch
from conformance_cases import ONE_CASES, Case, abilities_of, examples
from torch import Tensor

from dgm_studio.contract import Latent, finish, rng_for
from dgm_studio.engine.jobs.encoding import Encoded, between, encoded


def invertible(case: Case) -> Latent | None:
    latent = abilities_of(case).latent
    return latent if latent is not None and (latent.encode or latent.search) is not None else None


def share_nearer(back: Tensor, x: Tensor, others: Tensor) -> float:
    """Median over x (n, *event) of the share of ``others`` that are nearer to what came back than x itself is."""
    miss = (back - x).flatten(1).norm(dim=1)
    nearer = torch.cdist(back.flatten(1), others.flatten(1)) < miss[:, None]
    return float(nearer.double().mean(1).median())


@pytest.mark.parametrize("case", ONE_CASES, ids=str)
def test_codes_bring_their_examples_back(case: Case) -> None:
    """Whether the class of an example is known or must be found: no farther than chance would, which leaves half of all
    examples nearer; how near depends on what a model has learned in 60 steps, unless its latents are exact."""
    latent = invertible(case)
    if latent is None:
        return
    batch, others = examples(case.spec, 16, rng_for(21)), examples(case.spec, 300, rng_for(22)).x
    for known in (batch.label, None) if case.spec.classes else (None,):
        found = finish(encoded(abilities_of(case), case.spec, batch.x, known))
        back = finish(latent.decode(found.latents, found.label))
        assert share_nearer(back, batch.x, others) < (0.05 if latent.exact else 0.9)


@pytest.mark.parametrize("case", ONE_CASES, ids=str)
def test_a_walk_ends_at_what_its_ends_come_back_as(case: Case) -> None:
    latent = invertible(case)
    if latent is None:
        return
    pair = examples(case.spec, 8, rng_for(23))
    first, last = (0, 0) if pair.label is None else (int((pair.label == y).nonzero()[0]) for y in (0, 1))
    x = pair.x[[first, last]] if pair.label is not None else pair.x[:2]
    label = None if pair.label is None else torch.tensor([0, 1])
    ends = finish(encoded(abilities_of(case), case.spec, x, label))
    back = finish(latent.decode(ends.latents, ends.label))
    for geometry in ("line", "sphere"):
        walk, change = finish(between(latent, case.spec, ends, 5, geometry))
        assert walk.shape == (5, *case.spec.event)
        torch.testing.assert_close(walk[[0, -1]], back, rtol=0, atol=2e-3)
    assert bool(change) == (ends.label is not None)
    alike = Encoded(ends.latents, None if ends.label is None else ends.label[:1].expand(2), ends.origin)
    assert finish(between(latent, case.spec, alike, 3, "line"))[1] == ""
