"""Who gets the next slice, and what is thrown away: nobody starves, nothing stale is told, nothing trained is lost."""

from __future__ import annotations

import time

import numpy as np
import pytest
import torch

from dgm_studio.contract import Loading
from dgm_studio.engine.schedule import lives, watching
from dgm_studio.engine.schedule.agenda import Agenda, Task
from dgm_studio.engine.schedule.governor import Governor
from dgm_studio.engine.schedule.inline_backend import InlineBackend
from dgm_studio.protocol import messages as m
from dgm_studio.protocol.spec import DataChoice, RunSpec

MATCHING = RunSpec(data=DataChoice(name="moons"), family="flow-matching")
FLOW = MATCHING.with_(family="flow")
"""Whose density at rest takes a tenth of the other's time."""
EXTENT = (-3.0, 3.0, -3.0, 3.0)


class Bench:
    """Runs by name in one engine, whose events are kept."""

    def __init__(self, *names: str, spec: RunSpec = MATCHING, live: bool = False) -> None:
        self.backend = InlineBackend(live=live)
        self.backend.start()
        self.events: list[m.Event] = []
        for name in names:
            self.ask(m.Open(name, spec))

    def ask(self, intent: m.Intent, timeout: float = 60) -> None:
        """Send and work until nothing is left to do."""
        self.backend.send(intent)
        end = time.monotonic() + timeout
        while self.backend.turn() and time.monotonic() < end:
            pass
        self.events += self.backend.poll()

    def run(self, name: str):
        return self.backend.engine.run(name)

    def of(self, kind: type[m.Event]) -> list[m.Event]:
        return [e for e in self.events if isinstance(e, kind)]

    def turns(self, n: int) -> None:
        for _ in range(n):
            self.backend.turn()
        self.events += self.backend.poll()


def test_two_runs_share_the_training_time_whatever_they_had_before() -> None:
    """However long a slice was on this machine, the other run then has its turn: they differ by a slice at most."""
    bench = Bench("a", "b")
    bench.ask(m.Train("a", seconds=0.5))
    bench.backend.send(m.Train("a"))
    bench.backend.send(m.Train("b"))
    spent = {"a": 0.0, "b": 0.0}
    before, longest = {name: bench.run(name).trainer.seconds for name in spent}, 0.0
    for _ in range(40):
        bench.turns(1)
        for name in spent:
            now = bench.run(name).trainer.seconds
            longest, spent[name], before[name] = max(longest, now - before[name]), spent[name] + now - before[name], now
    assert min(spent.values()) > 0
    assert abs(spent["a"] - spent["b"]) < 1.5 * longest  # what a slice takes beside its training is booked, too


def endless():
    while True:
        yield


def test_short_questions_do_not_wait_for_long_ones() -> None:
    agenda = Agenda(Governor())
    agenda.start(Task("a", "open", True, endless()))
    agenda.next(training=False)
    agenda.start(Task("b", "decode", True, endless()))
    assert agenda.next(training=False).kind == "decode"
    assert {agenda.next(training=False).kind for _ in range(2)} == {"open", "decode"}


def test_first_pictures_let_what_a_person_asked_for_pass() -> None:
    agenda = Agenda(Governor())
    agenda.start(Task("a", "density", True, endless(), yields=True))
    agenda.start(Task("a", "measure", True, endless(), yields=True))
    assert {agenda.next(training=1).kind for _ in range(4)} == {"density", "measure"}
    steered = Task("a", "samples", True, endless())
    agenda.start(steered)
    assert {agenda.next(training=1).kind for _ in range(6)} == {"samples"}
    agenda.drop(steered)
    agenda.start(Task("a", "samples", False, endless(), late=True))  # nobody asked for these: all in turns
    assert {agenda.next(training=1).kind for _ in range(3)} == {"samples", "density", "measure"}


def test_a_first_picture_that_is_dear_goes_on_beside_training() -> None:
    agenda = Agenda(Governor())
    dear, asked = Task("a", "samples", True, endless(), yields=True), Task("a", "sample", True, endless(), ticket=1)
    agenda.start(dear)
    agenda.start(asked)
    for _ in range(3):
        agenda.book(dear, 0.4)
        agenda.book(asked, 0.4)
    assert not dear.urgent
    assert asked.urgent


def test_what_was_asked_of_a_run_that_nobody_is_before_gives_way() -> None:
    bench = Bench("a", "b")
    bench.backend.send(m.Sample("b", 200_000, 0, 1))
    bench.turns(2)
    assert bench.backend.engine.job("b", "sample").urgent
    bench.backend.send(m.Look("b", front=False))  # its workspace was left
    bench.backend.send(m.Train("a"))
    while bench.run("a").step == 0:
        bench.turns(1)
        assert not bench.backend.engine.job("b", "sample").urgent  # it is not finished before training has a step
    bench.backend.send(m.Sample("b", 200_000, 0, 2))  # nor is what is asked from there now
    bench.turns(1)
    assert not bench.backend.engine.job("b", "sample").urgent
    bench.backend.send(m.Look("b", frozenset({"samples"})))
    bench.turns(1)
    assert bench.backend.engine.job("b", "sample").urgent


def test_a_slider_that_never_rests_still_shows_pictures() -> None:
    bench = Bench("a")
    bench.backend.send(m.Look("a", frozenset({"samples"})))
    end = time.monotonic() + 60
    while time.monotonic() < end and not [e for e in bench.of(m.Samples) if e.done]:
        temperature = 0.5 + 0.2 * (time.monotonic() % 1)
        bench.backend.send(m.Edit("a", MATCHING.with_sampling(temperature=temperature, knobs={"steps": 60})))
        bench.turns(1)
    assert [e for e in bench.of(m.Samples) if e.done]


def test_taking_back_a_change_while_it_loads_keeps_what_was_learned(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench("a")
    bench.ask(m.Train("a", steps=10))

    def slow(name, spec, shelf, tell):
        while True:
            tell(Loading(0, 0))
            yield

    monkeypatch.setattr(lives, "open_run", slow)
    bench.backend.send(m.Edit("a", MATCHING.with_(family="vae")))
    bench.turns(3)
    bench.ask(m.Edit("a", MATCHING))
    assert bench.run("a").step == 10
    assert bench.of(m.Progress)[-1].phase == "finished"


def test_edits_while_a_file_is_read_are_made_to_the_run_in_it(tmp_path) -> None:
    bench = Bench("a")
    bench.ask(m.Train("a", steps=10))
    bench.ask(m.Save("a", tmp_path / "a.dgm"))
    spec = bench.run("a").spec
    bench.backend.send(m.Load("b", tmp_path / "a.dgm"))
    bench.ask(m.Edit("b", spec.with_sampling(temperature=0.5)))
    assert bench.run("b").step == 10
    assert bench.run("b").asked.sampling.temperature == 0.5


def test_the_newest_of_opening_and_loading_wins(tmp_path) -> None:
    bench = Bench("a")
    bench.ask(m.Save("a", tmp_path / "a.dgm"))
    bench.backend.send(m.Load("a", tmp_path / "a.dgm"))
    bench.ask(m.Open("a", MATCHING.with_(family="vae")))
    assert bench.run("a").family.name == "vae"
    assert not bench.of(m.Loaded)


@pytest.mark.parametrize("intent", [m.Rewind("a", 0), m.Reset("a"), m.Open("a", FLOW.with_(seed=1))])
def test_pictures_begun_before_the_model_changed_are_not_told(intent: m.Intent) -> None:
    bench = Bench("a", spec=FLOW)
    bench.ask(m.Train("a", steps=60))
    bench.backend.send(m.Look("a", frozenset({"samples", "field", "density"}), EXTENT, 64))
    bench.turns(3)
    bench.events.clear()
    bench.ask(intent)
    shown = {e.shown_step for e in bench.of(m.Samples) + bench.of(m.Field)}
    assert shown
    assert 60 not in shown


def test_training_on_from_a_rewound_view_shows_the_live_model() -> None:
    bench = Bench("a")
    bench.ask(m.Train("a", steps=60))
    bench.ask(m.Rewind("a", 10))
    bench.backend.send(m.Look("a", frozenset({"samples"})))
    bench.turns(2)
    bench.events.clear()
    bench.ask(m.Train("a", steps=3))
    assert bench.of(m.Samples)
    assert all(e.shown_step >= 60 for e in bench.of(m.Samples))


def test_measures_of_a_rewound_model_do_not_enter_the_curves() -> None:
    bench = Bench("a", live=True)
    bench.ask(m.Train("a", steps=60))
    bench.ask(m.Rewind("a", 10))
    bench.backend.send(m.Look("a", frozenset({"samples"})))
    bench.turns(30)
    bench.backend.send(m.Look("a"))
    bench.ask(m.Rewind("a", None))
    assert not bench.run("a").trainer.recorder.measures


def test_nothing_goes_on_for_layers_that_were_switched_off() -> None:
    bench = Bench("a")
    bench.ask(m.Train("a", steps=5))
    bench.backend.send(m.Look("a", frozenset({"density", "samples"}), EXTENT, 96))
    bench.turns(2)
    bench.backend.send(m.Look("a"))
    assert bench.backend.turn() is False


def test_a_fill_that_is_thrown_away_says_so() -> None:
    bench = Bench("a")
    fill = m.Fill("a", np.zeros(2, np.float32), np.array([0.0, 1.0]), 8, 0, 5, knobs={"steps": 200})
    bench.backend.send(fill)
    bench.turns(2)
    bench.ask(m.Reset("a"))
    assert bench.of(m.Filled)[-1].stopped


def test_a_density_at_rest_is_not_drawn_again_for_a_little_more(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench("a")
    points = iter([1600, 2300, 1600, 2300, 3100, 7700])
    monkeypatch.setattr(watching, "density_points", lambda *_: next(points, 7700))
    bench.ask(m.Look("a", frozenset({"density"}), EXTENT, 96))
    assert len(bench.of(m.Field)) <= 3
    assert bench.backend.turn() is False


def test_an_error_while_planning_is_told_once_and_does_not_spin(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench("a")

    def broken():
        raise RuntimeError("no abilities today")

    monkeypatch.setattr(bench.run("a").trainer.model, "abilities", broken)
    bench.ask(m.Look("a", frozenset({"density"}), EXTENT, 96), timeout=2)
    assert [e.message for e in bench.of(m.Failed)] == ["RuntimeError: no abilities today"]
    assert bench.backend.turn() is False


def test_unlocked_noise_is_new_in_every_picture_and_comes_to_rest() -> None:
    bench = Bench("a", spec=MATCHING.with_sampling(seed_locked=False, count=50))
    bench.ask(m.Look("a", frozenset({"samples"})))
    first = bench.of(m.Samples)[-1].x
    bench.ask(m.Edit("a", MATCHING.with_sampling(seed_locked=False, count=50, temperature=0.999)))
    assert not np.allclose(first, bench.of(m.Samples)[-1].x, atol=0.05)
    assert bench.backend.turn() is False


def test_portions_draw_as_many_samples_and_the_first_ones_the_same() -> None:
    bench = Bench("a")
    bench.ask(m.Train("a", steps=5))
    bench.ask(m.Sample("a", 40, 1, 7, keep_path=True))
    bench.run("a").shown.portion = 16
    bench.ask(m.Sample("a", 16, 1, 8))
    bench.ask(m.Sample("a", 40, 1, 9, keep_path=True))
    whole, alone, parts = bench.of(m.Samples)
    assert parts.x.shape == whole.x.shape == (40, 2)
    assert parts.path.shape == whole.path.shape
    assert np.array_equal(parts.x[:16], alone.x)
    assert not np.allclose(parts.x[16:32], parts.x[:16])


def test_without_memory_samples_are_drawn_in_smaller_portions_and_this_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench = Bench("a")
    run = bench.run("a")
    run.shown.portion = 64
    sampler = run.sampler()

    class Hungry:
        Knobs = sampler.Knobs

        def start(self, n, steer, rng):
            if n > 32:
                raise torch.OutOfMemoryError("not enough memory")
            return sampler.start(n, steer, rng)

        step = staticmethod(sampler.step)

    monkeypatch.setattr(run, "sampler", lambda frozen="": Hungry())
    bench.ask(m.Sample("a", 80, 0, 3))
    assert bench.of(m.Samples)[-1].x.shape == (80, 2)
    assert "parts of 32" in bench.of(m.Failed)[-1].advice
    run.shown.portion = 256
    bench.ask(m.Sample("a", 80, 0, 4))
    assert bench.of(m.Failed)[-1].ticket == 4
    assert bench.backend.turn() is False


def test_a_device_chosen_while_training_is_taken_when_it_pauses_and_steering_goes_on() -> None:
    bench = Bench("a")
    bench.backend.send(m.Train("a"))
    bench.backend.send(m.Edit("a", MATCHING.with_(device="cpu", training={"batch": 64}).with_sampling(count=20)))
    bench.turns(2)
    run = bench.run("a")
    assert (run.trainer.phase, run.asked.device, run.asked.sampling.count, run.trainer.settings.batch) == (
        "training",
        "auto",
        20,
        64,
    )
    bench.ask(m.Pause("a"))
    assert run.asked.device == "cpu"
    assert not bench.of(m.Failed)


def test_a_refused_edit_changes_nothing() -> None:
    bench = Bench("a")
    run = bench.run("a")
    batch = run.trainer.settings.batch
    bench.ask(m.Edit("a", MATCHING.with_(training={"batch": 64}).with_sampling(sampler="none such")))
    assert bench.of(m.Failed)
    assert run.trainer.settings.batch == batch
    assert run.asked == MATCHING


def test_a_moved_slider_does_not_wait_for_a_preview_at_the_governors_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    backend = InlineBackend()
    backend.start()
    spec = RunSpec(family="flow-matching").with_sampling(knobs={"steps": 200})
    backend.send(m.Open("a", spec))
    backend.run_until(lambda e: isinstance(e, m.Opened), 60)
    backend.send(m.Look("a", frozenset({"samples"})))
    backend.run_until(lambda e: isinstance(e, m.Samples), 60)
    backend.send(m.Train("a"))
    engine = backend.engine
    while (job := engine.job("a", "samples")) is None or job.urgent:
        backend.turn()
    monkeypatch.setattr("dgm_studio.engine.schedule.screen.PATIENCE", -1.0)  # it has been under way for long
    backend.poll()
    backend.send(m.Edit("a", spec.with_sampling(knobs={"steps": 3}, count=77)))
    turns = 0
    while not any(isinstance(e, m.Samples) and len(e.x) == 77 for e in backend.poll()):
        turns += 1
        assert turns < 30


def test_a_finished_picture_stays_until_the_next_is_finished(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dgm_studio.engine.jobs.showing.REPORT_EVERY", 0.0)
    spec = RunSpec(data=DataChoice(name="digits"), family="diffusion").with_sampling(count=4, knobs={"steps": 6})
    bench = Bench("a", spec=spec)
    samples: list[m.Samples] = []

    def told(finished: int, limit: float = 60) -> list[bool]:
        """Work until so many pictures more are finished; whether each that was told of meanwhile was."""
        samples.clear()
        end = time.monotonic() + limit
        while sum(s.done for s in samples) < finished and time.monotonic() < end:
            bench.backend.turn()
            samples.extend(e for e in bench.backend.poll() if isinstance(e, m.Samples))
        return [s.done for s in samples]

    bench.backend.send(m.Look("a", frozenset({"samples"})))
    assert not all(told(1))  # there was none: it is shown as it comes about
    bench.backend.send(m.Train("a"))
    assert all(told(3))
    bench.backend.send(m.Edit("a", spec.with_sampling(count=5, knobs={"steps": 6})))
    assert not all(told(2))  # a person waits for it


def test_what_is_drawn_while_training_is_finished_and_at_most_one_drawing_old() -> None:
    spec = RunSpec(family="flow-matching").with_sampling(count=50, knobs={"steps": 60})
    bench = Bench("a", spec=spec)
    bench.backend.send(m.Look("a", frozenset({"samples"})))
    bench.backend.send(m.Train("a"))
    engine, begun, ended = bench.backend.engine, 0, 0
    job = None
    for _ in range(1500):
        bench.backend.turn()
        now = engine.job("a", "samples")
        if now is not job:
            begun += now is not None
            ended += job is not None and job.work.gi_frame is None
            job = now
    told = [e for e in bench.backend.poll() if isinstance(e, m.Samples)]
    assert told[-1].done
    assert ended >= begun - 1 > 1


def test_the_first_density_of_a_model_that_learns_is_finished_however_slow_the_machine_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where it takes longer than pictures are apart and than a first one is waited for: training goes on beside it."""
    monkeypatch.setattr("dgm_studio.engine.schedule.watching.FIELD_EVERY", 0.0)
    monkeypatch.setattr("dgm_studio.engine.schedule.watching.FIRST_DENSITY", 0.0)
    monkeypatch.setattr("dgm_studio.engine.schedule.agenda.LONGEST_FIRST", 0.0)
    bench = Bench("a")
    bench.backend.send(m.Look("a", frozenset({"density"}), (-4.0, 4.0, -4.0, 4.0), 64))
    bench.backend.send(m.Train("a"))
    begun: list[object] = []
    while not any(e.layer == "density" and e.step > 0 for e in bench.of(m.Field)):
        bench.turns(1)
        job = bench.backend.engine.job("a", "density")
        if job is not None and not any(job is other for other in begun):
            begun.append(job)
        assert len(begun) < 8, "one is begun after the other and none is finished"
