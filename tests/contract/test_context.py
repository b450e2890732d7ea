"""A context: its words, its numbers, and what is taken away of it while a model learns."""

from __future__ import annotations

import math

import pytest
import torch

from dgm_studio.contract import ContextSlot, DataSpec, rng_for
from dgm_studio.contract.context import (
    columns_of,
    context_width,
    decoded,
    drop_slots,
    encoded,
    from_values,
    is_given,
    kept,
)
from dgm_studio.protocol.context import checked, parsed, written
from dgm_studio.protocol.spec import Sampling

SLOTS = (
    ContextSlot("height", -1.0, 3.0, unit="m"),
    ContextSlot("hair", values=("dark", "fair", "none")),
    ContextSlot("angle", 0.0, 360.0, unit="°", periodic=True),
)


def values(n: int = 200) -> dict[str, torch.Tensor]:
    rng = rng_for(1)
    return {
        "height": torch.rand(n, generator=rng, dtype=torch.double) * 4 - 1,
        "hair": torch.randint(3, (n,), generator=rng),
        "angle": torch.rand(n, generator=rng, dtype=torch.double) * 360,
    }


def test_values_come_back_from_their_code() -> None:
    known = values()
    context = encoded(SLOTS, known)
    assert context.shape == (200, context_width(SLOTS)) == (200, 2 + 4 + 3)
    back = decoded(SLOTS, context)
    assert torch.equal(back["hair"], known["hair"])
    assert torch.allclose(back["height"], known["height"], atol=1e-5)
    assert torch.allclose(back["angle"], known["angle"], atol=1e-3)
    assert bool(is_given(SLOTS, context).all())


def test_a_number_has_unit_variance_over_its_range_and_ends_of_a_circle_are_one() -> None:
    even = encoded(SLOTS[:1], {"height": torch.linspace(-1, 3, 10_001)})[:, 1]
    assert float(even.mean()) == pytest.approx(0, abs=1e-5)
    assert float(even.var()) == pytest.approx(1, abs=1e-3)
    ends = encoded(SLOTS[2:], {"angle": torch.tensor([0.0, 360.0])})
    assert torch.allclose(ends[0], ends[1], atol=1e-6)


def test_what_is_free_is_all_zeros_and_stays_free() -> None:
    context = encoded(SLOTS, values(4))
    only_hair = kept(SLOTS, context, torch.tensor([[False, True, False]]).expand(4, -1))
    for slot, at in columns_of(SLOTS):
        assert torch.equal(
            only_hair[:, at], context[:, at] if slot.name == "hair" else torch.zeros_like(context[:, at])
        )
    again = kept(SLOTS, only_hair, torch.ones(4, 3, dtype=torch.bool))
    assert torch.equal(is_given(SLOTS, again), torch.tensor([[False, True, False]]).expand(4, -1))


def test_words_become_the_code_that_the_same_values_have() -> None:
    asked = from_values(SLOTS, parsed("angle=90, hair=fair", SLOTS))
    whole = encoded(SLOTS, {"height": torch.zeros(1), "hair": torch.tensor([1]), "angle": torch.tensor([90.0])})
    assert torch.equal(asked, kept(SLOTS, whole, torch.tensor([[False, True, True]])))
    assert torch.equal(from_values(SLOTS, ()), torch.zeros(1, context_width(SLOTS)))
    zero = from_values(SLOTS, (("height", 0.0),))
    assert torch.equal(zero, kept(SLOTS, whole, torch.tensor([[True, False, False]])))


def test_every_subset_is_learned_and_half_of_the_examples_whole() -> None:
    n = 40_000
    context = encoded(SLOTS, values(1)).expand(n, -1)
    there = is_given(SLOTS, drop_slots(SLOTS, context, rng_for(3))).long()
    counts = torch.bincount(there @ torch.tensor([1, 2, 4]), minlength=8) / n
    # with a chance that is uniform itself, every number of slots from 0 to 3 is as likely
    share = torch.tensor([math.comb(3, bin(k).count("1")) for k in range(8)]).reciprocal() / 4 / 2
    share[7] += 0.5
    assert bool(((counts - share).abs() < 8 * (share * (1 - share) / n).sqrt()).all())


def test_what_there_is_not_is_named_with_the_nearest() -> None:
    for text, said in (
        ("heir=dark", "There is no 'heir' to be given. Did you mean 'hair'?"),
        ("hair=drak", "hair is never 'drak'. Did you mean 'dark'?"),
        ("height=4", "height is a number from -1 to 3 m, not 4."),
        ("height=tall", "height is a number from -1 to 3 m, not tall."),
        ("hair", "NAME=VALUE"),
        ("hair=dark,hair=fair", "given twice"),
    ):
        with pytest.raises(ValueError, match=said.replace("?", r"\?")):
            parsed(text, SLOTS)
    with pytest.raises(ValueError, match="nan"):
        checked((("height", math.nan),), SLOTS)


def test_values_survive_settings_and_text() -> None:
    given = checked((("hair", "none"), ("height", 2)), SLOTS)
    assert given == (("height", 2.0), ("hair", "none"))
    assert parsed(written(given), SLOTS) == given
    kept = Sampling.model_validate_json(Sampling(label=given).model_dump_json())
    assert kept.label == given
    assert Sampling(label=3).label == 3


def test_a_model_is_told_a_context_or_classes_and_never_both() -> None:
    spec = DataSpec((2,), classes=("a", "b"), context=SLOTS)
    assert spec.conditional().classes == ()
    assert spec.conditional().given_size == context_width(SLOTS)
    assert spec.without_classes().given_size == 0
    with pytest.raises(ValueError, match="range"):
        ContextSlot("empty", 1.0, 1.0)
