"""What every family promises that takes a context: it learns it, answers any subset of it, and takes no slot for granted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import pytest
import torch
from conformance_cases import CPU, FAMILIES, SPECS, examples, plane, quick, run
from torch import Tensor

from dgm_studio.completion import complete
from dgm_studio.conditions.mask import Mask
from dgm_studio.contract import Batch, ContextSlot, DataSpec, Model, Steer, finish, rng_for
from dgm_studio.contract.context import encoded, kept

SLOTS = (ContextSlot("which", values=("upper", "lower")), ContextSlot("place", -2.0, 2.0))


@dataclass(frozen=True)
class Given:
    """A family on data with a context."""

    family: str
    data: str

    @property
    def spec(self) -> DataSpec:
        return replace(SPECS[self.data], classes=(), context=SLOTS)

    def __str__(self) -> str:
        return f"{self.family}-{self.data}"


CASES = [
    Given(name, data)
    for name, family in FAMILIES.items()
    for data in ("labelled-points", "labelled-images", "paths")
    if family.takes_context and family.refuses(SPECS[data]) is None and not SPECS[data].alphabet
]
POINTS = [case for case in CASES if case.spec.data_kind == "points"]


def batch(case: Given, n: int, seed: int) -> Batch:
    """Examples with the class and a number that the first coordinate, or the brightness, tells with noise."""
    drawn = examples(replace(SPECS[case.data], classes=("upper", "lower")), n, rng_for(seed, 1))
    assert drawn.label is not None
    place = drawn.x.flatten(1)[:, :4].mean(1).clamp(-2, 2)
    return Batch(drawn.x, drawn.index, encoded(SLOTS, {"which": drawn.label, "place": place}))


def build(case: Given) -> Model:
    family = FAMILIES[case.family]
    recipe = family.recipe(case.spec, CPU)
    model = family.build(family.Config(**recipe.config), case.spec, rng_for(0, 1))
    model.retune(recipe.training)
    return model


def train(case: Given, model: Model, steps: int) -> list[float]:
    return [float(model.train_step(batch(case, 32, i), rng_for(0, 3, i))["loss"]) for i in range(steps)]


@cache
def trained(case: Given) -> Model:
    model = build(case)
    train(case, model, 4)
    return model


def contexts(case: Given, n: int) -> Tensor:
    """Of n examples: whole, of one slot each, and free, in turn."""
    context = batch(case, n, 5).label
    assert context is not None
    keep = torch.tensor([[True, True], [True, False], [False, True], [False, False]])
    return kept(SLOTS, context, keep[torch.arange(n) % 4])


def test_some_families_take_a_context_and_the_others_say_that_they_do_not() -> None:
    spec = DataSpec((2,), context=SLOTS)
    taking = {name for name, family in FAMILIES.items() if family.takes_context}
    assert {"flow-matching", "diffusion", "few-step", "vae", "gan", "flow", "autoregressive", "kde"} <= taking
    for name, family in FAMILIES.items():
        if name not in taking:
            assert "takes no context" in str(family.refuses(spec))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_gradient_reaches_every_parameter_and_training_repeats(case: Given) -> None:
    model = build(case)
    before = [p.detach().clone() for p in model.parameters()]
    losses = train(case, model, 3)
    # the last bias of a critic that compares cancels
    still = [p.shape for p, old in zip(model.parameters(), before, strict=True) if torch.equal(p, old) and len(old) > 1]
    assert not still
    twin = build(case)
    assert train(case, twin, 3) == losses
    twin.load_state_dict(model.state_dict())
    steer = Steer(label=contexts(case, 4))
    ours, theirs = (run(next(iter(m.abilities().samplers.values())), 4, steer=steer)[-1].x for m in (model, twin))
    assert torch.equal(ours, theirs)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_sampler_takes_any_subset_and_a_context_of_free_slots_is_none_at_all(case: Given) -> None:
    abilities = complete(trained(case).abilities(), case.spec)
    assert abilities.uses_label
    for sampler in abilities.samplers.values():
        x = run(sampler, 8, steer=Steer(quick(sampler), label=contexts(case, 8)))[-1].x
        assert bool(x.isfinite().all())
        free, none = (
            run(sampler, 8, steer=Steer(quick(sampler), label=label))[-1].x
            for label in (torch.zeros_like(contexts(case, 8)), None)
        )
        assert torch.allclose(free, none, atol=1e-4)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_mask_is_filled_under_a_context(case: Given) -> None:
    abilities = complete(trained(case).abilities(), case.spec)
    known = batch(case, 1, 9).x[0]
    mask = torch.zeros_like(known)
    mask[..., -1] = 1.0
    ways = [method for method in abilities.methods.values() if method.condition == "mask"]
    for method in (*ways[:1], *ways[-1:]):
        steer = Steer(quick(method.sampler, 3), label=contexts(case, 4), condition=Mask(known, mask))
        x = run(method.sampler, 4, steer=steer)[-1].x
        assert bool(x.isfinite().all())
        assert torch.equal(x[:, mask == 0], known.expand_as(x)[:, mask == 0])


@pytest.mark.parametrize("case", CASES, ids=str)
def test_latents_decode_under_a_context_and_exact_ones_come_back(case: Given) -> None:
    latent = trained(case).abilities().latent
    if latent is None:
        return
    context = contexts(case, 4)
    z = latent.prior(4, rng_for(2))
    x = finish(latent.decode(z, context))
    assert bool(x.isfinite().all())
    if latent.exact and latent.encode is not None:
        assert torch.allclose(finish(latent.encode(x, context)), z, atol=2e-2)


@pytest.mark.parametrize("case", POINTS, ids=str)
def test_exact_conditionals_integrate_to_one(case: Given) -> None:
    density = trained(case).abilities().log_density
    if density is None or density.kind != "exact" or density.passes > 4:  # by an ODE it is that of its velocity, always
        return
    x, area = plane(80)
    for context in contexts(case, 4)[[0, 3]]:
        mass = density(x, context.expand(len(x), -1)).exp().sum() * area
        assert float(mass) == pytest.approx(1, abs=0.03)
