"""Each kind of guidance is its formula, and costs a second pass only when it acts."""

from __future__ import annotations

import pytest
import torch

from dgm_studio.contract import DataSpec, Settings, extend
from dgm_studio.contract.context import columns_of, from_values
from dgm_studio.protocol.context import ContextSlot
from dgm_studio.samplers.guidance import Weights, autoguided, classifier_guided, guidance_knobs, guided, weights_of


class Counting:
    """A prediction that is 1 for class 0, 2 for class 1 and so on, and 0 for no class."""

    def __init__(self):
        self.rows = 0

    def __call__(self, x, level, label):
        self.rows += len(x)
        value = torch.zeros(len(x)) if label is None else label + 1.0
        return value[:, None] * torch.ones_like(x)


@pytest.mark.parametrize("weight", [0.0, 0.5, 1.0, 3.0])
def test_is_the_formula(weight):
    x, label = torch.zeros(3, 2), torch.tensor([0, 1, 4])
    out = guided(Counting(), label, Weights(weight))(x, 0.5)
    assert torch.allclose(out, weight * (label + 1.0)[:, None].expand(3, 2))


def test_rows_without_a_class_are_not_guided():
    out = guided(Counting(), torch.tensor([-1, 2]), Weights(5.0))(torch.zeros(2, 1), 0.5)
    assert out.flatten().tolist() == [0.0, 15.0]


@pytest.mark.parametrize(("weight", "passes"), [(0.0, 1), (1.0, 1), (2.0, 2)])
def test_passes_only_where_it_acts(weight, passes):
    f = Counting()
    guided(f, torch.tensor([0]), Weights(weight))(torch.zeros(1, 1), 0.5)
    assert f.rows == passes


def test_acts_inside_its_interval_only():
    f, label = Counting(), torch.tensor([0])
    towards = guided(f, label, Weights(3.0, (0.1, 1.5)))
    x = torch.zeros(1, 1)
    assert [float(towards(x, level)) for level in (0.05, 0.1, 1.5, 2.0)] == [1.0, 3.0, 3.0, 1.0]
    assert f.rows == 6
    assert (
        float(guided(f, label, Weights(0.0, (0.1, 1.5)))(x, 9.0)) == 0.0
    )  # without the class is without it everywhere


def test_autoguidance_leads_away_from_the_weaker_prediction():
    def weaker(x, level, label):
        return torch.full_like(x, 0.5)

    x, label = torch.zeros(2, 1), torch.tensor([0, 1])
    f = Counting()
    assert autoguided(f, weaker, 1.0) is f
    assert autoguided(f, weaker, 2.0)(x, 1.0, label).flatten().tolist() == [1.5, 3.5]


def test_classifier_guidance_is_bayes_rule():
    """Two classes, N(-1, 1) and N(1, 1): the mean over both, moved by the gradient of p(y | x), is that of one class."""

    def denoise(x, sigma):
        v = 1 + sigma**2
        return (x + sigma**2 * torch.tanh(x / v)) / v

    def grad(x, sigma, label):
        v = 1 + sigma**2
        sign = 2.0 * label[:, None] - 1
        return 2 * sign / v * torch.sigmoid(-2 * sign * x / v)

    x, label = torch.linspace(-3, 3, 20)[:, None], torch.arange(20) % 2
    out = classifier_guided(denoise, grad, label, 1.0)(x, 0.8)
    sign = 2.0 * label[:, None] - 1
    assert torch.allclose(out, (x + 0.64 * sign) / 1.64, atol=1e-5)
    assert classifier_guided(denoise, grad, label, 0.0) is denoise


SLOTS = (
    ContextSlot("place", -1.0, 1.0),
    ContextSlot("hat colour", values=("red", "blue")),
    ContextSlot("size", 0.0, 2.0),
)
SPEC = DataSpec((2,), context=SLOTS)


class Adding:
    """A prediction to which each given slot adds the sum of its numbers."""

    def __init__(self):
        self.rows = 0

    def __call__(self, x, level, context):
        self.rows += len(x)
        return context.sum(1, keepdim=True) * torch.ones_like(x)


def test_each_slot_counts_by_its_own_factor() -> None:
    context = from_values(SLOTS, (("place", 0.5), ("hat colour", "blue"), ("size", 1.5))).expand(3, -1)
    knobs = extend(Settings, *guidance_knobs(SPEC))(guidance=2.0, guidance_of_hat_colour=1.5, guidance_of_size=0.0)
    weights = weights_of(knobs, SPEC)
    place, colour, _ = (context[:, at].sum(1) for _, at in columns_of(SLOTS))
    x = torch.zeros(3, 2)
    assert torch.allclose(guided(Adding(), context, weights)(x, 0.5)[:, 0], 2.0 * place + 3.0 * colour)


@pytest.mark.parametrize(
    ("values", "factors", "passes"),
    [
        ({"place": 0.5, "size": 1.0}, {}, 1),
        ({"place": 0.5, "size": 1.0}, {"place": 2.0}, 3),
        ({"place": 0.5, "size": 1.0}, {"size": 2.0}, 2),  # what only what stands before it is told, and all
        ({"place": 0.5}, {"size": 2.0}, 1),  # a factor of what is free
        ({"place": 0.5, "size": 1.0}, {"place": 0.0, "size": 0.0}, 1),
        ({}, {"place": 2.0}, 1),
    ],
)
def test_slots_cost_passes_only_where_they_count_differently(values, factors, passes) -> None:
    f = Adding()
    slots = tuple((at, factors.get(slot.name, 1.0)) for slot, at in columns_of(SLOTS))
    guided(f, from_values(SLOTS, tuple(values.items())), Weights(1.0, slots=slots))(torch.zeros(1, 2), 0.5)
    assert f.rows == passes


def test_of_a_single_slot_or_of_classes_there_is_one_knob() -> None:
    assert len(guidance_knobs(DataSpec((2,), context=SLOTS[:1]))) == 1
    assert len(guidance_knobs(DataSpec((2,), classes=("a", "b")))) == 1
    assert guidance_knobs(DataSpec((2,))) == ()
    assert guidance_knobs(SPEC) == guidance_knobs(DataSpec((2,), context=SLOTS))  # equal slots, the same class
