"""Laws of training, saving and describing, over all discovered families."""

from __future__ import annotations

import json
import math
from itertools import pairwise
from typing import Any

import pytest
import torch
from annotated_types import Ge, Le
from conformance_cases import (
    CASES,
    CPU,
    FAMILIES,
    ONE_CASES,
    ONE_POINT_CASES,
    SPECS,
    Case,
    build,
    examples,
    quick,
    run,
    train,
    trained,
)
from effort import Effort
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dgm_studio.contract import GROUPS, DataSpec, Model, Settings, Steer, rng_for
from dgm_studio.engine.runs.recorder import averages
from dgm_studio.evaluation.sliced_wasserstein import directions, sliced_squares
from dgm_studio.protocol.spec import kind_of


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_saved_model_goes_on_to_the_same_loss(case: Case) -> None:
    model = build(case)
    train(model, case.spec, 5)
    state = {k: v.clone() for k, v in model.state_dict().items()}
    assert all(v.isfinite().all() for v in state.values()), "files refuse what is not a number"
    twin = build(case, seed=9)
    twin.load_state_dict(state)
    sampler = next(iter(model.abilities().samplers))
    ours, theirs = (run(m.abilities().samplers[sampler], 3)[-1].x for m in (model, twin))
    assert torch.equal(ours, theirs)
    assert train(model, case.spec, 3, first=5) == train(twin, case.spec, 3, first=5)


@pytest.mark.parametrize("case", ONE_CASES, ids=str)
def test_sampling_needs_no_optimiser_state_and_of_weights_their_average(case: Case) -> None:
    model = trained(case)
    twin = build(case, seed=9)
    twin.load_state_dict(averages(model.state_dict()))
    sampler = next(iter(model.abilities().samplers))
    ours, theirs = (run(m.abilities().samplers[sampler], 3)[-1].x for m in (model, twin))
    assert torch.equal(ours, theirs)
    assert all(math.isfinite(loss) for loss in train(twin, case.spec, 2))


@pytest.mark.parametrize("case", ONE_CASES, ids=str)
def test_a_state_that_does_not_fit_is_refused_by_name(case: Case) -> None:
    state = trained(case).state_dict()
    name = max((k for k in state if not k.startswith("optimiser.")), key=lambda k: state[k].numel())
    twin = build(case)
    with pytest.raises(ValueError, match=name.split(".")[-1]):
        twin.load_state_dict({**state, name: torch.zeros(3, 5, 7)})
    for gone in state:
        if not gone.startswith("optimiser."):
            with pytest.raises(ValueError, match=gone.split(".")[-1]):
                twin.load_state_dict({k: v for k, v in state.items() if k != gone})


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_gradient_reaches_every_parameter(case: Case) -> None:
    model = build(case)
    before = [p.detach().clone() for p in model.parameters()]
    train(model, case.spec, 6)
    still = [tuple(p.shape) for p, old in zip(model.parameters(), before, strict=True) if torch.equal(p.detach(), old)]
    assert not still


@pytest.mark.parametrize("case", CASES, ids=str)
def test_training_repeats_and_leaves_global_randomness_alone(case: Case) -> None:
    before = torch.get_rng_state()
    first, second = (train(build(case), case.spec, 4) for _ in range(2))
    assert first == second
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("case", ONE_CASES, ids=str)
def test_metrics_are_detached_scalars(case: Case) -> None:
    model = build(case)
    metrics = model.train_step(examples(case.spec, 32, rng_for(0)), rng_for(1))
    assert "loss" in metrics
    for value in metrics.values():
        assert value.shape == ()
        assert not value.requires_grad


@pytest.mark.parametrize("case", CASES, ids=str)
def test_abilities_are_cheap_and_speak(case: Case) -> None:
    model = trained(case)
    with Effort() as effort:
        abilities = model.abilities()
    assert effort.operations < 40
    assert effort.numbers < 10_000
    assert abilities.samplers
    assert abilities.uses_label == bool(case.spec.classes)
    for sampler in abilities.samplers.values():
        assert sampler.title
        assert sampler.help.endswith(".")
        check_self_describing(sampler.Knobs)
    for method in abilities.methods.values():
        assert method.honesty in ("exact", "asymptotic", "heuristic")
        assert method.help.endswith(".")
        check_self_describing(method.sampler.Knobs)


def check_self_describing(kind: type[Settings]) -> None:
    """Each field has a sentence, and numbers have both ends, which the default lies between."""
    schema = kind.model_json_schema()
    json.dumps(schema)
    for name, field in schema["properties"].items():
        assert field.get("description", "").endswith("."), f"{kind.__qualname__}.{name} has no help sentence"
        if field.get("type") in ("number", "integer"):
            assert field["minimum"] <= field["default"] <= field["maximum"], name
            if field.get("scale") == "log":
                assert field["minimum"] > 0, name


@pytest.mark.parametrize("name", list(FAMILIES))
def test_families_describe_themselves(name: str) -> None:
    family = FAMILIES[name]
    assert family.title
    assert family.summary
    assert family.help.endswith(".")
    assert family.group in GROUPS
    assert "arXiv:" in family.reference or "doi:" in family.reference
    if family.Config.model_fields:
        check_self_describing(family.Config)
    for spec in (DataSpec((1, 8, 8), "binary"), DataSpec((1, 8, 8), "discrete")):
        refusal = family.refuses(spec)
        assert refusal is None or len(refusal) > 20
    for spec in SPECS.values():
        if family.refuses(spec) is None:
            recipe = family.recipe(spec, CPU)
            config = family.Config(**recipe.config)
            abilities = family.build(config, spec, rng_for(0)).abilities()
            assert recipe.sampler is None or recipe.sampler in abilities.samplers
            shown = abilities.samplers[recipe.sampler or next(iter(abilities.samplers))]
            shown.Knobs(**recipe.knobs)


def distance(case: Case, model: Model, n: int = 1000) -> float:
    """Sliced Wasserstein-2 of samples from fresh data over that of fresh data from fresh data."""
    sampler = next(iter(model.abilities().samplers.values()))
    x = run(sampler, n, steer=Steer(quick(sampler, 16)))[-1].x
    fresh, more = (examples(case.spec, n, rng_for(s)).x.flatten(1) for s in (21, 22))
    u = directions(case.spec.size, rng_for(23))
    floor = sliced_squares(fresh, more, u).mean().sqrt()
    return float(sliced_squares(x.flatten(1), fresh, u).mean().sqrt() / floor)


@pytest.mark.parametrize("case", ONE_POINT_CASES, ids=str)
def test_on_its_recipe_every_family_comes_near_the_data_within_400_steps(case: Case) -> None:
    model, found = build(case), math.inf
    for first, last in pairwise((0, 100, 200, 400)):  # what is near sooner need not be taught on
        train(model, case.spec, last - first, first, batch=128)
        if (found := distance(case, model)) < 8:
            break
    assert found < 8


MOST_WHOLE = 64
"""Whole numbers drawn together go up to this or twice the default: wide and deep at once would take minutes."""


def values_of(field: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Allowed values of one field of a schema."""
    if "enum" in field:
        return st.sampled_from(field["enum"])
    if field.get("type") == "boolean":
        return st.booleans()
    low, high = field["minimum"], field["maximum"]
    if field.get("type") == "integer":
        return st.integers(low, min(high, max(low, MOST_WHOLE, 2 * field["default"])))
    return st.floats(low, high, allow_nan=False)


def check_that_it_works(case: Case, config: Settings) -> None:
    """Steps of training and two samples, all finite; images take one step, as their widest nets are dear."""
    model = build(case, config)
    batch, steps = (4, 1) if case.spec.is_image else (32, 2) if case.spec.data_kind == "points" else (4, 2)
    assert all(math.isfinite(loss) for loss in train(model, case.spec, steps, batch=batch)), config
    sampler = next(iter(model.abilities().samplers.values()))
    assert bool(run(sampler, 2, steer=Steer(quick(sampler, 3)))[-1].x.isfinite().all()), config


@pytest.mark.parametrize("case", ONE_CASES, ids=str)
def test_any_valid_config_trains_and_samples(case: Case) -> None:
    kind = FAMILIES[case.family].Config
    fields = kind.model_json_schema()["properties"]
    values = st.fixed_dictionaries({name: values_of(field) for name, field in fields.items()})

    @settings(
        max_examples=6 if case.spec.data_kind == "points" else 2,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    @given(values)
    def law(chosen: dict[str, Any]) -> None:
        check_that_it_works(case, kind(**chosen))

    law()


@pytest.mark.parametrize("case", [case for case in CASES if "labelled" not in case.data], ids=str)
def test_both_ends_of_every_range_and_every_choice_train_and_sample(case: Case) -> None:
    """Upper ends and choices one at a time, the others as in the recipe, so that the widest and the deepest are among them;
    lower ends all at once. All upper ends at once would take minutes."""
    family = FAMILIES[case.family]
    recipe = family.recipe(case.spec, CPU).config
    fields = family.Config.model_json_schema()["properties"]
    lowest = {name: field["minimum"] for name, field in fields.items() if "minimum" in field}
    check_that_it_works(case, family.Config(**lowest))
    for name, field in fields.items():
        for end in (field["maximum"],) if "minimum" in field else field.get("enum", (False, True)):
            check_that_it_works(case, family.Config(**{**recipe, name: end}))


def _of_other_data() -> list[tuple[Case, str]]:
    """Settings that say that they mean something for points or for images alone, on data of the other kind."""
    found = []
    for case in ONE_CASES:
        kind = kind_of(case.spec.event, case.spec.alphabet)
        fields = FAMILIES[case.family].Config.model_json_schema()["properties"]
        found += [(case, name) for name, field in fields.items() if field.get("kind", kind) != kind]
    return found


@pytest.mark.parametrize(("case", "name"), _of_other_data(), ids=str)
def test_a_setting_of_other_data_changes_nothing(case: Case, name: str) -> None:
    family = FAMILIES[case.family]
    recipe, field = family.recipe(case.spec, CPU).config, family.Config.model_json_schema()["properties"][name]
    ends = (field["minimum"], field["maximum"]) if "minimum" in field else field["enum"]
    losses = [train(build(case, family.Config(**{**recipe, name: end})), case.spec, 2, batch=8) for end in ends]
    assert all(each == losses[0] for each in losses)


def test_bounds_of_configs_are_enforced() -> None:
    for family in FAMILIES.values():
        for name, field in family.Config.model_fields.items():
            for bound in field.metadata:
                if isinstance(bound, Ge | Le):
                    edge = bound.ge if isinstance(bound, Ge) else bound.le
                    assert isinstance(edge, int | float)
                    outside = edge - 1 if isinstance(bound, Ge) else edge + 1
                    with pytest.raises(ValueError, match=name):
                        family.Config(**{name: outside})
