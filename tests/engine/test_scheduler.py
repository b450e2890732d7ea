"""The engine's promises: least work, latest wins, stop stops, errors end jobs and not the program."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping

import numpy as np
import pytest
import torch

from dgm_studio.contract import Batch, Rng, Training
from dgm_studio.engine.runs.safekeeping import Safekeeping
from dgm_studio.engine.schedule.governor import WEIGHTS, Governor
from dgm_studio.engine.schedule.inline_backend import InlineBackend
from dgm_studio.engine.schedule.mailbox import Mailbox
from dgm_studio.engine.schedule.scheduler import Engine
from dgm_studio.protocol import messages as m
from dgm_studio.protocol.spec import Change, DataChoice, RunSpec, least_work

KDE = RunSpec(data=DataChoice(name="moons"), family="kde")
MATCHING = RunSpec(data=DataChoice(name="moons"), family="flow-matching")
KDE_STEPS = 200


class Bench:
    """An engine whose events are kept."""

    def __init__(self, spec: RunSpec = KDE, *, live: bool = False) -> None:
        self.backend = InlineBackend(live=live)
        self.backend.start()
        self.events: list[m.Event] = []
        self.backend.send(m.Open("a", spec))
        self.opened = self.until(m.Opened)

    def until(self, kind: type[m.Event], timeout: float = 60) -> m.Event:
        def found(event: m.Event) -> bool:
            self.events.append(event)
            return isinstance(event, kind)

        event = self.backend.run_until(found, timeout)
        assert event is not None, f"no {kind.__name__}; last events {[type(e).__name__ for e in self.events[-8:]]}"
        return event

    def ask(self, intent: m.Intent, kind: type[m.Event]) -> m.Event:
        self.backend.send(intent)
        return self.until(kind)


def test_resolved_spec_holds_every_value() -> None:
    spec = Bench(MATCHING).opened.spec
    assert spec.config["width"] > 0
    assert spec.training["batch"] > 0
    assert spec.sampling.sampler
    assert "steps" in spec.sampling.knobs


def test_least_work_is_least() -> None:
    assert least_work(KDE, KDE) == Change.NOTHING
    assert least_work(KDE, KDE.with_sampling(count=5)) == Change.RESAMPLE
    assert least_work(KDE, KDE.with_(training={"batch": 64})) == Change.RETUNE
    assert least_work(KDE, KDE.with_(device="cpu")) == Change.MOVE
    assert least_work(KDE, KDE.with_(seed=3)) == Change.REBUILD
    assert least_work(KDE, KDE.with_(family="vae", training={"batch": 64})) == Change.REBUILD


def test_training_stops_at_the_steps_asked_for_and_not_before() -> None:
    bench = Bench()
    finished = bench.ask(m.Train("a", steps=7), m.Finished)
    assert finished.step == 7
    assert bench.ask(m.Train("a", steps=5), m.Finished).step == 12
    assert bench.ask(m.Train("a", steps=1), m.Finished).step == 13


def test_a_quiet_step_is_a_step_and_is_not_announced() -> None:
    bench = Bench()
    bench.backend.send(m.Train("a", steps=1, quiet=True))
    while bench.backend.turn():
        pass
    events = bench.backend.poll()
    assert not any(isinstance(e, m.Finished) for e in events)
    assert [e for e in events if isinstance(e, m.Progress)][-1].step == 1


def test_pause_acts_on_the_next_slice() -> None:
    bench = Bench(MATCHING)
    bench.backend.send(m.Train("a"))
    for _ in range(3):
        bench.backend.turn()
    bench.backend.send(m.Pause("a"))
    assert bench.backend.turn() is False or not bench.backend.turn()
    progress = [e for e in bench.backend.poll() if isinstance(e, m.Progress)][-1]
    assert progress.phase == "paused"
    assert progress.step > 0


def test_same_seed_same_samples_other_seed_other_samples() -> None:
    bench = Bench(MATCHING)
    first, again, other = (bench.ask(m.Sample("a", 40, seed, 9), m.Samples).x for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_a_reset_run_learns_the_same_again() -> None:
    bench = Bench(MATCHING)
    bench.ask(m.Train("a", steps=20), m.Finished)
    first = bench.ask(m.Sample("a", 20, 0, 9), m.Samples).x
    bench.backend.send(m.Reset("a"))
    bench.ask(m.Train("a", steps=20), m.Finished)
    assert np.array_equal(first, bench.ask(m.Sample("a", 20, 0, 9), m.Samples).x)


def test_steering_keeps_what_was_learned() -> None:
    bench = Bench(MATCHING)
    bench.ask(m.Train("a", steps=10), m.Finished)
    edited = bench.ask(m.Edit("a", MATCHING.with_sampling(knobs={"steps": 3}, temperature=0.5)), m.Edited)
    assert edited.step == 10
    assert edited.spec.sampling.knobs["steps"] == 3
    bench.ask(m.Edit("a", MATCHING.with_(training={"learning_rate": 1e-4})), m.Edited)
    assert bench.ask(m.Train("a", steps=1 + 1), m.Finished).step == 12


def test_previews_follow_the_sampling_settings_at_once() -> None:
    bench = Bench(MATCHING)
    bench.backend.send(m.Look("a", frozenset({"samples"})))
    assert bench.until(m.Samples).x.shape == (1000, 2)
    shown = bench.ask(m.Edit("a", MATCHING.with_sampling(count=250)), m.Samples)
    assert shown.x.shape == (250, 2)


def test_fields_cover_what_is_looked_at() -> None:
    bench = Bench()
    bench.ask(m.Train("a", steps=20), m.Finished)
    extent = (-5.0, 5.0, -4.0, 4.0)
    bench.backend.send(m.Look("a", frozenset({"density", "truth", "difference", "field"}), extent, 80))
    fields: dict[str, m.Field] = {}
    while len(fields) < 4:
        field = bench.until(m.Field)
        fields[field.layer] = field
    for layer in ("density", "truth"):
        assert fields[layer].extent == extent
        area = 10 * 8 / fields[layer].values.size
        assert math.isclose(float(np.exp(fields[layer].values).sum()) * area, 1, abs_tol=0.03)
    assert fields["difference"].values.shape == fields["density"].values.shape
    assert fields["field"].values.shape[-1] == 2


def test_nothing_is_computed_that_nobody_looks_at() -> None:
    bench = Bench(MATCHING)
    bench.ask(m.Train("a", steps=30), m.Finished)
    assert not any(isinstance(e, m.Samples | m.Field | m.Measured) for e in bench.events)


def test_live_measures_come_with_a_sentence_and_a_curve() -> None:
    bench = Bench(live=True)
    bench.backend.send(m.Look("a", frozenset({"samples"})))
    bench.ask(m.Train("a", steps=30), m.Finished)
    measured = bench.until(m.Measured)
    assert measured.values["gap"]["value"] > -0.05
    assert measured.said
    curves = bench.until(m.Curves)
    assert curves.measures["sliced_wasserstein"].floor is not None


def test_an_error_in_a_job_is_told_and_the_engine_goes_on() -> None:
    bench = Bench()
    failed = bench.ask(m.Decode("a", np.zeros(2, np.float32), 4), m.Failed)
    assert "latent" in failed.message
    assert failed.ticket == 4
    assert bench.ask(m.Train("a", steps=2), m.Finished).step == 2


def test_training_has_gradients_whatever_was_switched_before() -> None:
    bench = Bench(MATCHING)
    with torch.no_grad():
        assert bench.ask(m.Train("a", steps=2), m.Finished).step == 2


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        (KDE.with_(family="kd"), "kde"),
        (KDE.with_(data={"name": "mooons"}), "moons"),
        (KDE.with_(config={"memory": -4}), "memory"),
        (KDE.with_(config={"memry": 4}), "memry"),
        (RunSpec(data=DataChoice(name="swiss-roll"), family="jem"), "class"),
        (KDE.with_(device="cuda:7"), "not on this machine"),
        (KDE.with_sampling(sampler="heun"), "sampler"),
        (KDE.with_sampling(label=1), "not conditional"),
        (KDE.with_(data={"name": "file", "path": "/no/such/thing.csv"}), "/no/such/thing.csv"),
    ],
)
def test_bad_specs_are_refused_with_the_reason_and_leave_the_run(spec: RunSpec, words: str) -> None:
    bench = Bench()
    bench.ask(m.Train("a", steps=3), m.Finished)
    failed = bench.ask(m.Open("a", spec), m.Failed)
    assert words in failed.message
    told = [e for e in bench.backend.poll() if isinstance(e, m.Progress)]
    assert not told or told[-1].activity == ""
    assert bench.ask(m.Train("a", steps=2), m.Finished).step == 5


def test_training_goes_on_with_another_family() -> None:
    bench = Bench(MATCHING)
    bench.backend.send(m.Train("a"))
    bench.backend.turn()
    bench.ask(m.Edit("a", MATCHING.with_(family="vae")), m.Opened)
    for _ in range(20):
        bench.backend.turn()
    progress = [e for e in bench.backend.poll() if isinstance(e, m.Progress)]
    assert progress
    assert progress[-1].phase == "training"


def test_history_can_be_shown_and_branched_from() -> None:
    bench = Bench(MATCHING)
    bench.backend.send(m.Look("a", frozenset({"samples"})))
    bench.ask(m.Train("a", steps=300), m.Finished)
    steps = bench.until(m.History).steps
    assert len(steps) >= 3
    bench.backend.send(m.Rewind("a", int(steps[1])))
    shown = bench.until(m.History)
    while shown.shown is None:
        shown = bench.until(m.History)
    assert shown.shown == steps[1]
    samples = bench.until(m.Samples)
    while samples.shown_step != steps[1]:
        samples = bench.until(m.Samples)
    bench.backend.send(m.Branch("a"))
    assert bench.ask(m.Train("a", steps=2), m.Finished).step == steps[1] + 2


def test_branching_from_the_live_step_says_what_to_do() -> None:
    assert "history" in Bench().ask(m.Branch("a"), m.Failed).message


class Exploding:
    """A model whose loss is not a number from its fifth step on."""

    def __init__(self, model: object) -> None:
        self._model = model
        self._count = 0

    def __getattr__(self, name: str) -> object:
        return getattr(self._model, name)

    def train_step(self, batch: Batch, rng: Rng) -> Mapping[str, torch.Tensor]:
        self._count += 1
        return {"loss": torch.tensor(float("nan") if self._count >= 5 else 1.0)}

    def retune(self, training: Training) -> None:
        pass


def test_divergence_names_the_step_and_keeps_the_last_good_weights() -> None:
    bench = Bench(MATCHING)
    bench.ask(m.Train("a", steps=10), m.Finished)
    before = bench.ask(m.Sample("a", 10, 0, 1), m.Samples).x
    run = bench.backend.engine.run("a")
    run.trainer.good = Safekeeping(run.step, run.trainer.model.state_dict())
    run.trainer.model = Exploding(run.trainer.model)
    failed = bench.ask(m.Train("a", steps=50), m.Failed)
    assert "step 15" in failed.message
    assert "learning rate" in failed.advice
    assert np.array_equal(before, bench.ask(m.Sample("a", 10, 0, 1), m.Samples).x)


def test_out_of_memory_halves_the_batch_and_goes_on() -> None:
    bench = Bench(MATCHING)
    run = bench.backend.engine.run("a")
    good, calls = run.trainer.model.train_step, Counter()

    def hungry(batch: Batch, rng: Rng) -> Mapping[str, torch.Tensor]:
        calls["n"] += 1
        if len(batch) > 100:
            raise torch.OutOfMemoryError("not enough memory")
        return good(batch, rng)

    run.trainer.model.train_step = hungry
    told = bench.ask(m.Train("a", steps=5), m.Failed)
    assert "batch of 128" in told.advice
    assert bench.until(m.Finished).step == 5
    assert run.trainer.settings.batch == 64


def test_filling_keeps_known_values_to_the_last_bit() -> None:
    bench = Bench()
    bench.ask(m.Train("a", steps=10), m.Finished)
    point = np.array([0.123456, 0.7], np.float32)
    filled = bench.ask(m.Fill("a", point, np.array([0.0, 1.0]), 16, 0, 3), m.Filled)
    while not filled.done:
        filled = bench.until(m.Filled)
    assert np.array_equal(filled.x[:, 0], np.full(16, point[0]))
    assert filled.x[:, 1].std() > 0
    assert filled.path is not None
    assert np.array_equal(filled.path[-1], filled.x)


def test_an_empty_mask_changes_nothing() -> None:
    bench = Bench()
    point = np.array([0.5, 0.7], np.float32)
    filled = bench.ask(m.Fill("a", point, np.zeros(2), 3, 0, 3), m.Filled)
    assert np.array_equal(filled.x, np.tile(point, (3, 1)))


@pytest.mark.parametrize("mask", [np.zeros(3), np.array([0.0, 2.0]), np.array([np.nan, 0.0])])
def test_bad_masks_are_refused(mask: np.ndarray) -> None:
    assert "mask" in Bench().ask(m.Fill("a", np.zeros(2, np.float32), mask, 1, 0, 1), m.Failed).message.lower()


def test_a_stopped_fill_says_so_and_does_no_more_work() -> None:
    bench = Bench(MATCHING)
    fill = m.Fill("a", np.zeros(2, np.float32), np.array([0.0, 1.0]), 8, 0, 5, knobs={"steps": 200}, live=True)
    under_way = bench.ask(fill, m.Filled)
    assert not under_way.done
    assert under_way.progress < 1
    bench.backend.send(m.Cancel("a", "fill"))
    assert bench.backend.turn() is False
    (filled,) = (e for e in bench.backend.poll() if isinstance(e, m.Filled))
    assert filled.stopped
    assert filled.ticket == 5


def test_thumbnails_show_every_data_set() -> None:
    bench = Bench()
    bench.backend.send(m.Thumbnails("", 32))
    names = set()
    while bench.backend.turn():
        names |= {e.name for e in bench.backend.poll() if isinstance(e, m.Thumbnail)}
    names |= {e.name for e in bench.backend.poll() if isinstance(e, m.Thumbnail)}
    assert {"moons", "digits", "checkerboard"} <= names


# --- mailbox and governor ---------------------------------------------------------------------------------------------


def _progress(step: int) -> m.Progress:
    return m.Progress("a", step, "training", 1.0, 0.0, 0.0, "CPU")


def test_mailbox_keeps_the_newest_state_and_loses_nothing_that_matters() -> None:
    box = Mailbox()
    for step in range(1000):
        box.put(_progress(step))
    box.put(m.Finished("a", 3, 1.0))
    box.put(m.Failed("a", 3, "x", "", "y"))
    events = box.drain()
    assert [type(e).__name__ for e in events] == ["Finished", "Failed", "Progress"]
    assert events[-1].step == 999
    assert box.drain() == []


def test_mailbox_drops_what_was_said_of_a_run_before_it_was_opened_anew() -> None:
    box = Mailbox()
    box.put(_progress(5))
    box.put(m.Opened("a", 0, KDE, Bench().opened.info))
    assert [type(e).__name__ for e in box.drain()] == ["Opened"]


def test_governor_holds_previews_to_their_share() -> None:
    governor = Governor(0.2)
    preview = 0.0
    for _ in range(2000):
        background = governor.allows
        seconds = 0.013 if background else 0.008
        preview += seconds if background else 0.0
        governor.spend("samples" if background else "train", seconds, background=background)
    assert 0.15 < governor.spent < 0.25


def test_governor_serves_kinds_by_weight() -> None:
    governor = Governor()
    used: Counter[str] = Counter()
    for _ in range(900):
        kind = governor.choose(["samples", "measure"])
        used[kind] += 1
        governor.spend(kind, 0.001, background=True)
    wanted = WEIGHTS["samples"] / WEIGHTS["measure"]
    assert used["samples"] / used["measure"] == pytest.approx(wanted, rel=0.1)


def test_an_idle_engine_has_nothing_to_do() -> None:
    events: list[m.Event] = []
    assert Engine(events.append).turn() is False
    assert events == []


@pytest.mark.parametrize(
    ("data", "family", "wanted", "learned"),
    [
        ("swiss-roll", "kde", True, False),
        ("moons", "kde", True, True),
        ("moons", "kde", False, False),
        ("moons", "jem", False, True),
    ],
)
def test_classes_are_learned_where_they_are_wanted_or_needed_and_there(data, family, wanted, learned) -> None:
    bench = Bench(RunSpec(data=DataChoice(name=data), family=family, conditional=wanted))
    assert bench.opened.spec.conditional == learned
    assert bench.opened.info.uses_label == learned


def test_a_code_of_another_model_is_not_decoded_and_nobody_is_told() -> None:
    """It was read off the plane of a model that has been replaced meanwhile."""
    bench = Bench(RunSpec(data=DataChoice(name="moons"), family="flow"))
    bench.backend.send(m.Decode("a", np.zeros(64, np.float32), 3))
    told = [e for _ in range(50) for e in bench.backend.poll()]
    assert not [e for e in told if isinstance(e, m.Failed | m.Decoded)]


def test_what_has_nothing_to_learn_works_at_once_and_comes_to_rest() -> None:
    bench = Bench(live=True)
    told = [bench.until(m.Progress)]
    while told[-1].phase == "training" or told[-1].step == 0:
        told.append(bench.until(m.Progress))
    assert told[-1].phase == "ready"
    assert told[-1].step == bench.opened.info.recipe_steps
    assert not [e for e in bench.events if isinstance(e, m.Finished)]
    assert not bench.backend.turn() or not bench.backend.engine.training()


def test_a_family_with_nothing_to_learn_does_not_train_on_for_one_that_did() -> None:
    bench = Bench(MATCHING, live=True)
    bench.ask(m.Train("a"), m.Progress)
    bench.ask(m.Edit("a", KDE), m.Opened)
    last = bench.until(m.Progress)
    while last.phase != "ready":
        last = bench.until(m.Progress)
    assert last.step == KDE_STEPS
