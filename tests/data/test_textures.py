"""The set of textures: repeatable, balanced, every kind with contrast and variety."""

from __future__ import annotations

import torch

from dgm_studio.contract import DataSet, rng_for
from dgm_studio.data.textures import CLASSES, SOURCES, draw


def load(count: int = 36, size: int = 32, seed: int = 0) -> DataSet:
    source = SOURCES[0]
    work = source.load(source.Params(count=count, size=size), rng_for(seed))
    while True:
        try:
            next(work)
        except StopIteration as done:
            result: DataSet = done.value
            return result


def test_the_same_seed_draws_the_same_textures() -> None:
    assert torch.equal(load().train.x, load().train.x)
    assert not torch.equal(load().train.x, load(seed=1).train.x)


def test_every_kind_is_there_in_both_parts() -> None:
    data = load(60)
    assert data.spec.event == (1, 32, 32)
    assert data.spec.classes == CLASSES
    for part in (data.train, data.held_out):
        assert part.label is not None
        assert set(part.label.tolist()) == set(range(len(CLASSES)))


def test_every_kind_has_contrast_and_no_two_are_equal() -> None:
    rng = rng_for(2)
    for kind in CLASSES:
        a, b = draw(kind, 64, rng), draw(kind, 64, rng)
        assert a.shape == (1, 64, 64)
        assert a.dtype == torch.uint8
        assert float(a.float().std()) > 15, kind
        assert not torch.equal(a, b)


def test_the_preview_shows_every_kind() -> None:
    label = SOURCES[0].preview(rng_for(0)).train.label
    assert label is not None
    assert set(label.tolist()) == set(range(len(CLASSES)))
