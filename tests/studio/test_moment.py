"""Of which moment pictures and numbers are: what lags, what belongs to another step, time or temperature."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from dgm_studio.protocol import messages as m
from dgm_studio.protocol.context import ContextSlot
from dgm_studio.protocol.spec import RunSpec, Sampling
from dgm_studio.studio.reading.moment import BEFORE, FRESH, ages, reading
from dgm_studio.studio.session.state import RunState

NAME = "2d-1"
SPEC = RunSpec()
INFO = m.RunInfo(
    data_title="moons", event=(2,), classes=("a", "b"), examples=10, endless=True, entropy=2.0, has_truth=True,
    extent=(-1, 1, -1, 1), parameters=3, recipe_steps=10, samplers=(), methods=(), density="exact", field="velocity",
    latent_size=2, can_invert=True, latent_gaussian=True, uses_label=True, temperature="The noise.", device="CPU",
)  # fmt: skip
HELD = Sampling(sampler="midpoint", knobs={"steps": 16})


def opened(info: m.RunInfo = INFO) -> m.Opened:
    return m.Opened(NAME, 0, SPEC.with_(sampling=HELD), info)


def run_at(step: int, shown: int | None = None, **of: object) -> RunState:
    """A run that has trained so many steps and shows step ``shown`` (None: live)."""
    run = RunState(NAME, "2d", opened())
    run.progress = m.Progress(NAME, step, "training", 300.0, 0.2, 10.0, "CPU")
    run.history = m.History(NAME, step, np.arange(0, step, 240), shown)
    for name, event in of.items():
        setattr(run, name, event)
    return run


def drawn(step: int, sampling: Sampling | None = None) -> m.Samples:
    x, times = np.zeros((4, 2), np.float32), np.array([0.0, 1.0])
    return m.Samples(NAME, step, x, None, np.stack([x, x]), times, None, True, 0.1, step, sampling=sampling or HELD)


def field(layer: str = "density", step: int = 500, **of: object) -> m.Field:
    return m.Field(NAME, step, layer, np.zeros((8, 8)), (-1.0, 1.0, -1.0, 1.0), "exact", **{"shown_step": step, **of})


def word(run: RunState, layer: str, spec: RunSpec = SPEC, t: float = 1.0) -> str:
    return ages(run, spec, t)[layer].word


def test_what_lags_says_by_how_much() -> None:
    assert word(run_at(564, samples=drawn(60)), "samples") == "60 of 564"
    assert word(run_at(564, samples=drawn(540)), "samples") == ""
    assert word(run_at(5000, fields={"density": field(step=1000)}), "density") == "1\u202f000 of 5\u202f000"


def test_in_history_everything_of_another_step_says_which() -> None:
    run = run_at(5368, 144, samples=drawn(144), fields={"density": field(step=5368), "truth": field("truth", 0)})
    assert word(run, "samples") == ""
    assert word(run, "density") == "step 5\u202f368"
    assert word(run, "truth") == ""


def test_a_density_of_the_end_of_sampling_is_told_from_one_on_the_way() -> None:
    run = run_at(500, fields={"density": field(), "field": field("field", t=0.5)}, samples=drawn(500))
    assert word(run, "density", t=0.5) == "t = 1"
    assert word(run, "field", t=0.5) == ""
    assert word(run, "samples", t=0.5) == ""
    run.fields["density"] = field(t=0.5)
    assert word(run, "density", t=0.5) == ""
    assert word(run, "density") == "t = 0.5"


def test_a_density_is_of_temperature_one_unless_it_says_so() -> None:
    cold = SPEC.with_sampling(temperature=0.3)
    run = run_at(500, fields={"density": field(), "field": field("field")})
    assert word(run, "density", cold) == "T = 1"
    assert word(run, "field", cold) == ""
    run.fields["density"] = field(temperature=0.3)
    assert word(run, "density", cold) == ""


def test_samples_drawn_with_other_settings_say_so() -> None:
    run = run_at(500, samples=drawn(500))
    assert word(run, "samples", SPEC.with_sampling(temperature=0.5)) == "T = 1"
    assert word(run, "samples", SPEC.with_sampling(label=1)) == "all classes"
    assert word(run, "samples", SPEC.with_sampling(seed=7, count=10)) == ""
    run.samples = drawn(500, HELD.model_copy(update={"knobs": {"steps": 99}}))
    assert word(run, "samples") == "other settings"


def test_the_temperature_of_a_family_without_one_is_of_no_account() -> None:
    run = run_at(500, fields={"density": field()})
    run.opened = opened(dataclasses.replace(INFO, temperature=""))
    assert word(run, "density", SPEC.with_sampling(temperature=0.3)) == ""


def test_while_another_model_is_built_all_that_is_shown_is_of_before() -> None:
    run = run_at(500, samples=drawn(500), fields={"density": field()})
    found = ages(run, SPEC.with_(family="diffusion"), 1.0)
    assert set(found.values()) == {BEFORE}


# --- measures -----------------------------------------------------------------------------------------------------------


def measured(step: int, shown: int | None = None, value: float = 0.5) -> m.Measured:
    values = {"gap": {"value": value, "error": 0.01, "floor": 0.0}}
    return m.Measured(NAME, step, values, {"gap": "Good."}, 0, shown, HELD)


def curves(*steps: int) -> m.Curves:
    at = np.array(steps, float)
    gap = m.Curve(at, 1 / at, np.full(len(at), 0.01), 0.0, "nats", "Above the entropy", "likelihood")
    return m.Curves(NAME, steps[-1], {}, {"gap": gap})


def test_a_number_carries_its_step_and_what_is_said_with_it() -> None:
    found = reading(run_at(3000, curves=curves(1000, 2900), measured=measured(2900)), SPEC)
    assert found is not None
    assert (found.value, found.step, found.age, found.said) == (1 / 2900, 2900, FRESH, ("Good.",))


def test_an_old_number_says_how_old_it_is() -> None:
    found = reading(run_at(3334, curves=curves(1000, 2300), measured=measured(2300)), SPEC)
    assert found is not None
    assert found.age.word == "2\u202f300 of 3\u202f334"


def test_in_history_the_number_is_that_of_the_step_shown_or_none() -> None:
    run = run_at(5368, 144, curves=curves(1000, 5368), measured=measured(5368))
    found = reading(run, SPEC)
    assert found is not None
    assert found.value is None
    assert not found.said
    assert "144" in found.age.word
    run.curves = curves(140, 1000, 5368)
    found = reading(run, SPEC)
    assert found is not None
    assert (found.value, found.step) == (1 / 140, 140)
    run.measured = measured(5368, 144, 2.5)
    found = reading(run, SPEC)
    assert found is not None
    assert (found.value, found.said) == (2.5, ("Good.",))


def test_a_likelihood_is_of_temperature_one_and_of_no_sampler() -> None:
    run = run_at(3000, curves=curves(2900), measured=measured(2900))
    found = reading(run, SPEC.with_sampling(temperature=0.3))
    assert found is not None
    assert found.age.word == "T = 1"
    run.measured = dataclasses.replace(run.measured, sampling=HELD.model_copy(update={"sampler": "euler"}))
    found = reading(run, SPEC)
    assert found is not None
    assert found.age == FRESH


def test_a_distance_of_samples_is_old_once_they_are_drawn_otherwise() -> None:
    run = run_at(3000, curves=curves(2900), measured=measured(2900))
    assert run.curves is not None
    distance = dataclasses.replace(run.curves.measures["gap"], topic="distance")
    run.curves = dataclasses.replace(run.curves, measures={"sliced_wasserstein": distance})
    found = reading(run, SPEC.with_sampling(temperature=0.3))
    assert found is not None
    assert found.age.word == "T = 1"


def test_there_is_nothing_to_read_before_the_first_measure() -> None:
    assert reading(run_at(10), SPEC) is None
    assert reading(run_at(10, curves=m.Curves(NAME, 10, {}, {})), SPEC) is None


@pytest.mark.parametrize("step", [5, 40, 400, 4000])
def test_what_is_as_new_as_pictures_get_is_not_called_old(step: int) -> None:
    assert word(run_at(step, samples=drawn(step - step // 10)), "samples") == ""


def test_what_is_wanted_and_not_there_is_on_its_way() -> None:
    run = run_at(500, samples=drawn(500))
    found = ages(run, SPEC, 1.0, ("samples", "density"))
    assert found["density"].word == "on its way"
    assert found["samples"] == FRESH


def test_pairs_of_examples_are_of_every_step() -> None:
    assert word(run_at(2584, fields={"pairs": field("pairs", step=24)}), "pairs") == ""


def test_what_was_given_and_is_not_is_told_in_either_direction() -> None:
    wide = (("width", 2.0),)
    info = dataclasses.replace(INFO, classes=(), slots=(ContextSlot("width", 0.0, 3.0),))
    given, free = HELD.model_copy(update={"label": wide}), HELD
    run = run_at(50, samples=drawn(50, free))
    run.opened = m.Opened(NAME, 0, SPEC.with_(sampling=given), info)
    assert word(run, "samples", SPEC.with_(sampling=given)) == "nothing given"
    run = run_at(50, samples=drawn(50, given))
    run.opened = m.Opened(NAME, 0, SPEC.with_(sampling=free), info)
    assert word(run, "samples", SPEC.with_(sampling=free)) == "given width=2"
