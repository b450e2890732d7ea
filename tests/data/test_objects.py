"""Objects that are drawn from their attributes or a caption are read back exactly, and captions say what they should."""

from __future__ import annotations

import pytest
import torch

from dgm_studio.contract import DataSet, finish, rng_for
from dgm_studio.contract.context import columns_of, decoded, embeddings, is_given
from dgm_studio.data import attributes, captions
from dgm_studio.data.shared.language import CAPTIONS, OBJECTS, PAIRS, WORDS, number, spelt, swapped
from dgm_studio.data.shared.objects import Objects, drawn
from dgm_studio.evaluation.attributes import reordered, right
from dgm_studio.protocol.context import parsed


@pytest.fixture(scope="module")
def shown() -> DataSet:
    return finish(attributes.SOURCES[0].load(attributes.AttributeParams(examples=100), rng_for(3)))


def said(**params: object) -> DataSet:
    return finish(captions.SOURCES[0].load(captions.CaptionParams(examples=500, **params), rng_for(3)))


def test_attributes_are_read_from_pixels_also_noisy_ones(shown: DataSet) -> None:
    x, context = shown.train.x, shown.train.context
    assert context is not None
    assert shown.read_context is not None
    assert bool(right(shown.spec.context, context, shown.read_context(x)).all())
    noisy = (x.float() + 6 * torch.randn(x.shape, generator=rng_for(4))).clamp(0, 255).to(torch.uint8)
    assert right(shown.spec.context, context, shown.read_context(noisy)).double().mean() > 0.98


def test_what_is_no_single_object_shows_nothing(shown: DataSet) -> None:
    assert shown.read_context is not None
    ground = torch.full((1, 3, 16, 16), 16, dtype=torch.uint8)
    one = torch.zeros(1, dtype=torch.long)
    layers = [Objects(one, one, torch.tensor([x]), torch.zeros(1), torch.full((1,), 2.3)) for x in (-0.5, 0.5)]
    two = drawn(layers, 16)
    for x in (ground, two, torch.randint(256, (1, 3, 16, 16), generator=rng_for(1)).to(torch.uint8)):
        assert not bool(is_given(shown.spec.context, shown.read_context(x)).any())


def test_a_number_is_right_within_a_tenth_of_its_range_and_what_is_free_never(shown: DataSet) -> None:
    context = shown.train.context
    assert context is not None
    slots = shown.spec.context
    moved, gone = context[:1].clone(), context[:1].clone()
    at = {slot.name: where for slot, where in columns_of(slots)}
    moved[:, at["x"].stop - 1] += 0.3  # of 2 sqrt(3): less than a tenth
    moved[:, at["y"].stop - 1] += 0.5
    gone[:, at["shape"]] = 0
    assert right(slots, context[:1], moved)[0].tolist() == [True, True, True, True, False]
    assert right(slots, gone, context[:1])[0].tolist() == [False, True, True, True, True]


def test_the_language_has_every_pair_in_both_orders() -> None:
    assert len(CAPTIONS) == len(set(CAPTIONS)) == 12 + 12 * 11 * 2
    assert CAPTIONS[number("red circle", "above", "blue square")] == "red circle above blue square"
    for i in (0, 12, 100, 275):
        assert swapped(swapped(i)) == i
        assert sorted(spelt(swapped(i))) == sorted(spelt(i))
    assert len(WORDS) == 4 + 3 + 3
    with pytest.raises(KeyError):
        number("red circle", "above", "red circle")


def test_captions_are_read_from_pixels_and_a_swap_is_another() -> None:
    data = said()
    context = data.train.context
    assert context is not None
    assert data.read_context is not None
    read = data.read_context(data.train.x[:300])
    assert bool(right(data.spec.context, context[:300], read).all())
    caption = decoded(data.spec.context, context)["caption"]
    pairs = caption[:300] >= len(OBJECTS)
    other = torch.tensor([swapped(int(i)) for i in caption[:300][pairs]])
    assert not bool((decoded(data.spec.context, read[pairs])["caption"] == other).any())


def test_the_same_words_in_another_order_are_counted() -> None:
    pair = number("red circle", "left of", "blue square")
    shown = [pair, swapped(pair), number("red square", "left of", "blue circle"), 0]
    assert reordered(captions.slot("none"), [pair] * 4, shown) == 0.5


def test_held_out_pairs_are_never_trained_on_and_nothing_else_is_held_out() -> None:
    data = said(compose=True)
    assert data.train.context is not None
    assert data.held_out.context is not None
    train, held = (
        set(decoded(data.spec.context, c)["caption"].tolist()) for c in (data.train.context, data.held_out.context)
    )
    assert held <= set(captions.kept_back())
    assert not train & set(captions.kept_back())
    assert 0.05 < len(captions.kept_back()) / len(PAIRS) < 0.15
    words = {word for i in train for word in CAPTIONS[i].split()}
    assert words == set(WORDS)


def test_an_ordered_embedding_tells_swapped_captions_apart_and_a_bag_of_words_does_not() -> None:
    pairs = torch.arange(len(OBJECTS), len(CAPTIONS))
    other = torch.tensor([swapped(int(i)) for i in pairs])
    ordered, bag = embeddings("captions-ordered"), embeddings("captions-bag")
    assert ordered.shape == bag.shape == (len(CAPTIONS), 32)
    assert torch.allclose(bag[pairs], bag[other], atol=1e-2)
    alike = torch.nn.functional.cosine_similarity(ordered[pairs], ordered[other])
    assert float(alike.max()) < 0.8
    for table in (ordered, bag):
        assert torch.allclose(table.square().mean(1), torch.ones(len(table)), atol=2e-2)


def test_unknown_words_are_named_with_the_nearest() -> None:
    slots = (captions.slot("ordered"),)
    assert parsed("Red circle  above blue square", slots) == (("caption", "red circle above blue square"),)
    for text, words in (
        ("red circel", "no word 'circel' in this language. Did you mean 'circle'"),
        ("red circle above", "no sentence of this language. Did you mean 'red circle"),
        ("red circle above red circle", "no sentence"),
    ):
        with pytest.raises(ValueError, match=words.replace("?", r"\?")):
            parsed(text, slots)
