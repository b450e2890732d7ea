"""Portraits: the same factors give the same face at any size, and every factor can be seen."""

from __future__ import annotations

import pytest
import torch

from dgm_studio.contract import Factors, finish, rng_for
from dgm_studio.contract.context import decoded
from dgm_studio.data.portraits import GIVEN, SLOTS, SOURCES, PortraitParams
from dgm_studio.data.shared.portrait import portraits

(SOURCE,) = SOURCES
PLAIN = {"beard": 0, "glasses": 0, "hat": 0, "hair": 1, "mouth": 0.5, "eyes_open": 0.9, "age": 0.5, "light": 0.8}
"""A face on which everything else is seen."""
NEEDS = {"hat_colour": {"hat": 1}, "hair_colour": {"hair": 3, "age": 0.2}, "age": {"skin": 0.8}, "nose": {"skin": 0.9}}


def faces(key: str) -> Factors:
    """Two faces that differ in one factor, which is at its ends."""
    slot = SLOTS[key]
    factors = {}
    for name, other in SLOTS.items():
        middle = 0.0 if other.values else (other.low + other.high) / 2
        factors[name] = torch.full((2,), float({**PLAIN, **NEEDS.get(key, {})}.get(name, middle)))
    low, high = (
        (0.0, len(slot.values) - 1.0) if slot.values else (slot.low, slot.high / 2 if slot.periodic else slot.high)
    )
    return {**factors, key: torch.tensor([low, high])}


@pytest.mark.parametrize("key", SLOTS)
def test_each_factor_is_seen_and_nothing_else_moves(key: str) -> None:
    a, b = portraits(faces(key), 64).float()
    assert int(((a - b).abs().amax(0) > 16).sum()) >= 8
    if key not in ("turn", "tilt", "light", "background"):  # what moves the whole head, or is everywhere
        assert float(((a - b).abs().amax(0) > 8).float().mean()) < 0.75


def test_a_face_is_the_same_at_any_size() -> None:
    factors = finish(SOURCE.load(PortraitParams(examples=100), rng_for(1))).program
    assert factors is not None
    some = factors.factors(12, rng_for(2))
    small, large = (portraits(some, size).float() for size in (32, 128))
    shrunk = torch.nn.functional.avg_pool2d(large, 4)
    assert float((small - shrunk).abs().mean()) < 6


def test_what_can_be_given_is_the_context_of_each_picture() -> None:
    data = finish(SOURCE.load(PortraitParams(size=48, examples=100), rng_for(1)))
    assert data.train.x.shape == (100, 3, 48, 48)
    assert [slot.name for slot in data.spec.context] == [SLOTS[key].name for key in GIVEN]
    assert data.train.context is not None
    told = decoded(data.spec.context, data.train.context)
    for key in GIVEN:
        torch.testing.assert_close(told[SLOTS[key].name].double(), data.factors[key].double(), atol=1e-5, rtol=1e-5)
    assert data.held_out.context is not None
    assert not torch.equal(data.held_out.x[:10], data.train.x[:10])
