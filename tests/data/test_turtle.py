"""The turtle: what its numbers do to a drawing, and which drawings do not tell them."""

from __future__ import annotations

import pytest
import torch

from dgm_studio.contract import rng_for
from dgm_studio.data.turtle import PROGRAMS, SIZE, strokes


@pytest.mark.parametrize("name", PROGRAMS)
def test_drawings_are_pictures_and_the_same_for_the_same_numbers(name: str) -> None:
    program = PROGRAMS[name]
    factors = program.factors(6, rng_for(1))
    x = program.render(factors)
    assert x.shape == (6, 1, SIZE, SIZE)
    assert x.dtype == torch.uint8
    assert (x.flatten(1).float().mean(1) > 5).all()
    assert torch.equal(x, program.render(factors))
    for key, slot in program.slots.items():
        assert factors[key].shape == (6,)
        if not slot.values:
            assert ((factors[key] >= slot.low) & (factors[key] <= slot.high)).all()


@pytest.mark.parametrize("name", PROGRAMS)
def test_held_numbers_are_held_and_each_changes_the_drawing(name: str) -> None:
    program = PROGRAMS[name]
    for key, slot in program.slots.items():
        first, last = (slot.values[0], slot.values[-1]) if slot.values else (slot.low, 0.4 * slot.low + 0.6 * slot.high)
        factors = [program.held(3, rng_for(2), ((slot.name, value),)) for value in (first, last)]
        assert len(set(factors[0][key].tolist())) == 1
        others = [other for other in factors[0] if other != key]
        assert all(torch.equal(factors[0][other], factors[1][other]) for other in others)
        assert not torch.equal(program.render(factors[0]), program.render(factors[1]))


def test_a_spiral_of_two_arms_looks_the_same_after_half_a_turn() -> None:
    program = PROGRAMS["spirals"]
    factors = dict(program.held(4, rng_for(3), (("arms", "2"),)))
    half = {**factors, "phase": (factors["phase"] + 180) % 360}
    away = (program.render(factors).float() - program.render(half).float()).abs()
    assert float(away.max()) <= 2
    one = {**factors, "arms": torch.zeros_like(factors["arms"])}
    turned = {**half, "arms": one["arms"]}
    assert float((program.render(one).float() - program.render(turned).float()).abs().max()) > 200


def test_a_walk_backwards_is_the_same_drawing() -> None:
    program = PROGRAMS["walk"]
    factors = dict(program.factors(20, rng_for(4)))
    tosses = torch.stack([factors[f"z{i}"] for i in range(1, 7)], 1)
    end = (factors["heading"] + (tosses * 2 - 1).sum(1)) % 4
    back = {f"z{i + 1}": 1 - tosses[:, 5 - i] for i in range(6)}
    back["heading"] = (end + 2) % 4
    away = (program.render(factors).float() - program.render(back).float()).abs()
    assert float(away.max()) <= 2


def test_a_stroke_is_where_it_is_drawn() -> None:
    begin, end = torch.tensor([[[-0.5, 0.0]]]), torch.tensor([[[0.5, 0.0]]])
    x = strokes(begin, end, torch.ones(1, 1))[0, 0].float() / 255
    assert float(x.sum()) == pytest.approx(14 * 2 + 3.14, abs=1.0)  # length times width, and its round ends
    assert float(x[:10].sum()) == 0
    assert float(strokes(begin, end, torch.zeros(1, 1)).sum()) == 0
