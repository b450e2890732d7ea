"""Laws of samplers and of the ways to fill a mask, over all discovered families."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import pytest
import torch
from conformance_cases import (
    CASES,
    ONE_CASES,
    ONE_POINT_CASES,
    Case,
    abilities_of,
    build,
    examples,
    quick,
    run,
    trained,
)
from torch import Tensor

from dgm_studio.conditions.mask import Mask
from dgm_studio.conditions.objective import Objective
from dgm_studio.contract import Abilities, Frame, Sampler, Settings, Steer, rng_for


@cache
def at_first(case: Case) -> Abilities:
    """What an untrained model can do."""
    return build(case).abilities()


EVERY_SAMPLER = [(case, name) for case in ONE_CASES for name in at_first(case).samplers]
LABELLED = [case for case in CASES if case.spec.classes]


def methods(cases: list[Case]) -> list[tuple[Case, str]]:
    """The ways to fill a mask, by name."""
    return [(c, name) for c in cases for name, m in at_first(c).methods.items() if m.condition == "mask"]


EVERY_WAY = methods(ONE_CASES)
PLAIN_WAYS = methods(
    [c for c in CASES if not (c.spec.classes and Case(c.family, c.data.removeprefix("labelled-")) in CASES)]
)
"""Without classes, where the family can do without: masks have nothing to do with them."""


def mask_for(case: Case, n: int) -> Mask:
    """Half of an example known: the first coordinate, or the upper half of an image."""
    value = examples(case.spec, n, rng_for(11)).x
    mask = torch.ones(case.spec.event)
    if case.spec.is_image:
        mask[:, :4] = 0
    elif case.spec.alphabet:
        mask[1::2] = 0
    else:
        mask[0] = 0
    return Mask(value, mask)


def check_progress(case: Case, frames: list[Frame], n: int) -> None:
    assert frames[0].t == 0
    assert frames[-1].t == 1
    assert all(a.t < b.t for a, b in pairwise(frames))
    for frame in frames:
        assert frame.x.shape == (n, *case.spec.event)
        assert bool(frame.x.isfinite().all())
        assert not frame.x.requires_grad


def check_replay(sampler: Sampler, frames: list[Frame], steer: Steer) -> None:
    """From the start, and from each kept frame on, the same frames come again with the generators of the later steps."""
    again = sampler.start(len(frames[0].x), steer, rng_for(0, 0))
    for i, frame in enumerate(frames):
        if i:
            again = sampler.step(frames[i - 1], steer, rng_for(0, i))
        assert again.t == frame.t
        assert torch.equal(again.x, frame.x)


@pytest.mark.parametrize(("case", "name"), EVERY_SAMPLER, ids=lambda v: str(v))
def test_progress_rises_to_one_and_runs_repeat(case: Case, name: str) -> None:
    sampler = abilities_of(case).samplers[name]
    frames = run(sampler, 5)
    check_progress(case, frames, 5)
    check_replay(sampler, frames, Steer(quick(sampler)))
    assert not torch.equal(frames[-1].x, run(sampler, 5, seed=1)[-1].x)


@pytest.mark.parametrize(("case", "name"), EVERY_SAMPLER, ids=lambda v: str(v))
def test_stepping_leaves_frames_and_global_randomness_alone(case: Case, name: str) -> None:
    sampler = abilities_of(case).samplers[name]
    steer = Steer(quick(sampler))
    before = torch.get_rng_state()
    frame = sampler.start(3, steer, rng_for(0, 0))
    kept = frame.x.clone()
    state = {k: v.clone() for k, v in frame.state.items() if isinstance(v, torch.Tensor)}
    sampler.step(frame, steer, rng_for(0, 1))
    assert torch.equal(frame.x, kept)
    assert all(torch.equal(frame.state[k], v) for k, v in state.items())
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize(("case", "name"), EVERY_WAY, ids=lambda v: str(v))
def test_known_part_comes_back_bit_identical(case: Case, name: str) -> None:
    sampler = abilities_of(case).methods[name].sampler
    condition = mask_for(case, 3)
    steer = Steer(quick(sampler), condition=condition)
    frames = run(sampler, 3, steer=steer)
    check_progress(case, frames, 3)
    known = (condition.mask == 0).expand_as(condition.value)
    assert torch.equal(frames[-1].x[known], condition.value[known])
    check_replay(sampler, frames, steer)


def odd_mask(case: Case, kind: str) -> Tensor:
    """1 nowhere, at one place, at every other one, everywhere."""
    place = torch.arange(case.spec.size).view(case.spec.event)
    if kind == "checkerboard":
        return ((place % 8 + place // 8) % 2).float()
    return {"nothing": place < 0, "one": place == case.spec.size // 2, "everything": place >= 0}[kind].float()


@pytest.mark.parametrize("kind", ["nothing", "one", "checkerboard", "everything"])
@pytest.mark.parametrize(("case", "name"), PLAIN_WAYS, ids=lambda v: str(v))
def test_odd_masks_are_filled_like_any_other(case: Case, name: str, kind: str) -> None:
    sampler = abilities_of(case).methods[name].sampler
    condition = Mask(examples(case.spec, 2, rng_for(12)).x, odd_mask(case, kind))
    frames = run(sampler, 2, steer=Steer(quick(sampler, 3), condition=condition))
    check_progress(case, frames, 2)
    known = (condition.mask == 0).expand_as(condition.value)
    assert torch.equal(frames[-1].x[known], condition.value[known])
    # a single pixel may well be what it was, and letters that follow from those between them
    if kind == "nothing" or (kind != "one" and not case.spec.alphabet):
        assert torch.equal(frames[-1].x, condition.value) == (kind == "nothing")


def energy_distance(x: Tensor, y: Tensor) -> float:
    """Without bias, of (n, 2) from (m, 2): 0 on average for equal laws (Székely & Rizzo 2013)."""
    within = sum(torch.cdist(z, z).sum() / (len(z) * (len(z) - 1)) for z in (x, y))
    return float(2 * torch.cdist(x, y).mean() - within)


@pytest.mark.parametrize(
    ("case", "name"),
    [(case, name) for case, name in PLAIN_WAYS if case.spec.data_kind == "points"],
    ids=lambda v: str(v),
)
def test_a_mask_of_everything_is_plain_sampling(case: Case, name: str) -> None:
    method = abilities_of(case).methods[name]
    everything = Mask(torch.zeros(2), torch.ones(2))
    n = 400
    if (
        method.follows_strength
    ):  # a walk along a noise path is compared with itself, in steps small enough for any solver
        knobs = quick(method.sampler, 40)
        if "particles" in type(knobs).model_fields:
            knobs = knobs.model_copy(update={"particles": 8})
        n = 600
        first, again = (run(method.sampler, n, seed, Steer(knobs))[-1].x for seed in (1, 2))
    else:
        knobs = method.sampler.Knobs()
        first, again = plain_samples(case)
    x = run(method.sampler, n, 3, Steer(knobs, condition=everything))[-1].x
    # an energy that has hardly learned is not drawn to its end by either chain
    slack = 0.03 if method.honesty == "exact" or method.follows_strength else 0.2
    assert energy_distance(x, first) < abs(energy_distance(again, first)) + slack


@cache
def plain_samples(case: Case) -> tuple[Tensor, Tensor]:
    """Twice 400 by the first sampler of a family, as it is set."""
    sampler = next(iter(abilities_of(case).samplers.values()))
    first, again = (run(sampler, 400, seed, Steer(sampler.Knobs()))[-1].x for seed in (1, 2))
    return first, again


def some_steps(case: Case, name: str) -> Settings:
    method = abilities_of(case).methods[name]
    return quick(method.sampler, 16 if method.follows_strength else 6)


def softly(case: Case, name: str, strength: float, n: int = 4) -> tuple[Tensor, Frame]:
    """Examples, and what becomes of them under a mask of this strength everywhere."""
    value = examples(case.spec, n, rng_for(11)).x
    condition = Mask(value, torch.full(case.spec.event, strength))
    return value, run(
        abilities_of(case).methods[name].sampler, n, steer=Steer(some_steps(case, name), condition=condition)
    )[-1]


def by_strength(*, along_the_path: bool) -> list[tuple[Case, str]]:
    return [(c, name) for c, name in PLAIN_WAYS if at_first(c).methods[name].follows_strength == along_the_path]


@pytest.mark.parametrize(("case", "name"), PLAIN_WAYS, ids=lambda v: str(v))
def test_a_mask_of_no_strength_changes_nothing_and_of_full_strength_is_the_way_itself(case: Case, name: str) -> None:
    value, kept = softly(case, name, 0.0)
    assert torch.equal(kept.x, value)
    value, free = softly(case, name, 1.0)
    own = trained(case).abilities().methods[name].sampler
    whole = Steer(some_steps(case, name), condition=Mask(value, torch.ones(case.spec.event)))
    assert torch.equal(free.x, run(own, len(value), steer=whole)[-1].x)


@pytest.mark.parametrize(("case", "name"), by_strength(along_the_path=False), ids=lambda v: str(v))
def test_a_soft_mask_frees_a_pixel_where_its_chance_is_below_the_strength(case: Case, name: str) -> None:
    """And so every pixel that a weak mask frees is freed by a stronger one. Nothing rests on what was learned."""
    chances = []
    for strength in (0.2, 0.5, 0.8):
        value, last = softly(case, name, strength)
        chance = last.state["chance"].expand_as(value)
        assert torch.equal(last.x[chance >= strength], value[chance >= strength])
        assert case.spec.alphabet or not torch.equal(last.x, value)  # letters may follow from those that are left
        chances.append(chance)
    assert all(torch.equal(chance, chances[0]) for chance in chances)


@pytest.mark.parametrize(("case", "name"), by_strength(along_the_path=True), ids=lambda v: str(v))
def test_a_weak_mask_along_the_path_changes_less_than_a_whole_one(case: Case, name: str) -> None:
    """By ten standard errors and more, of which two are asked for. In between it grows where scores are true, as
    `tests/conditions/test_path_methods.py` shows; in a model that has hardly learned a walk may end far out."""
    n = 16 if case.spec.is_image or case.spec.is_sound else 100
    weak, whole = (
        (last.x - value).abs().flatten(1).mean(1) for value, last in (softly(case, name, s, n) for s in (0.2, 1.0))
    )
    less = whole - weak
    assert float(less.mean()) > 2 * float(less.std()) / n**0.5


@pytest.mark.parametrize(("case", "name"), EVERY_WAY, ids=lambda v: str(v))
def test_a_mask_is_filled_alike_with_gradients_off(case: Case, name: str) -> None:
    """The engine samples under inference mode, some ways differentiate: both must work."""
    sampler = abilities_of(case).methods[name].sampler
    condition = mask_for(case, 2)
    steer = Steer(quick(sampler, 2), condition=condition)
    there = run(sampler, 2, steer=steer)[-1].x
    with torch.inference_mode():
        inside = run(sampler, 2, steer=Steer(steer.knobs, condition=mask_for(case, 2)))[-1].x
    torch.testing.assert_close(inside.clone(), there)


@pytest.mark.parametrize(
    ("case", "name"),
    [
        (case, name)
        for case in ONE_CASES
        for name, method in at_first(case).methods.items()
        if method.condition == "objective"
    ],
    ids=lambda v: str(v),
)
def test_an_objective_leads_uphill_also_with_gradients_off(case: Case, name: str) -> None:
    """Fifty times the mean of all numbers, counted twenty times, against none of it, from the same noise: by more
    than twenty standard errors, of which two are asked for."""
    sampler = abilities_of(case).methods[name].sampler
    asked = Objective(lambda x: 50 * x.flatten(1).mean(1))
    reached = []
    for pull in (0.0, 20.0):
        steer = Steer(quick(sampler, 8).model_copy(update={"pull": pull}), condition=asked)
        with torch.inference_mode():
            x = run(sampler, 16, steer=steer)[-1].x
        assert torch.isfinite(x).all()
        reached.append(x.flatten(1).mean(1))
    gain = reached[1] - reached[0]
    assert float(gain.mean()) > 2 * float(gain.std()) / 16**0.5


@pytest.mark.parametrize("case", LABELLED, ids=str)
def test_the_class_asked_for_changes_the_samples(case: Case) -> None:
    abilities = abilities_of(case)
    assert abilities.uses_label
    sampler = next(iter(abilities.samplers.values()))
    results = [
        run(sampler, 4, steer=Steer(quick(sampler), label=torch.full((4,), y)))[-1].x
        for y in range(len(case.spec.classes))
    ]
    assert not torch.equal(results[0], results[1])
    mixed = run(sampler, 4, steer=Steer(quick(sampler), label=torch.tensor([0, 1, -1, -1])))
    assert bool(mixed[-1].x.isfinite().all())


@pytest.mark.parametrize("case", ONE_POINT_CASES, ids=str)
def test_low_temperature_narrows_the_samples(case: Case) -> None:
    abilities = abilities_of(case)
    if not abilities.temperature:
        return
    assert abilities.temperature.endswith(".")
    sampler = next(iter(abilities.samplers.values()))
    cold, warm = (run(sampler, 1000, steer=Steer(quick(sampler, 16), temperature=t))[-1].x for t in (0.05, 1.0))
    # not the variance: where the density is highest at both ends, the cold samples lie far apart
    spread = [float(torch.cdist(x, x).fill_diagonal_(torch.inf).amin(1).mean()) for x in (cold, warm)]
    assert spread[0] < spread[1]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_an_untrained_model_can_be_sampled(case: Case) -> None:
    sampler = next(iter(build(case).abilities().samplers.values()))
    check_progress(case, run(sampler, 2), 2)
