"""Parking: a trained run that gives way is kept where it was told, comes back as it was, and is lost by no mishap."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dgm_studio.engine.runs.parking import AT_HAND
from dgm_studio.engine.schedule.inline_backend import InlineBackend
from dgm_studio.protocol import messages as m
from dgm_studio.protocol.spec import DataChoice, RunSpec

FLOW = RunSpec(data=DataChoice(name="moons"), family="flow-matching")
VAE = FLOW.with_(family="vae")


class Desk:
    def __init__(self) -> None:
        self.backend = InlineBackend()
        self.backend.start()
        self.seen: list[m.Event] = []

    def ask(self, intent: m.Intent, kind: type[m.Event]) -> m.Event:
        self.backend.send(intent)

        def wanted(event: m.Event) -> bool:
            self.seen.append(event)
            return isinstance(event, kind | m.Failed)

        event = self.backend.run_until(wanted, 60)
        assert event is not None
        return event

    def train(self, spec: RunSpec, place: Path | None, steps: int = 20) -> None:
        assert isinstance(self.ask(m.Edit("a", spec, place), m.Opened), m.Opened)
        self.ask(m.Train("a", steps=steps), m.Finished)

    def drawn(self) -> np.ndarray:
        event = self.ask(m.Sample("a", 16, 4, 1), m.Samples)
        assert isinstance(event, m.Samples)
        return event.x

    def parked(self) -> list[m.Parked]:
        return [e for e in self.seen if isinstance(e, m.Parked)]


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_trained_run_that_is_replaced_is_kept_and_comes_back_with_its_history(desk: Desk, tmp_path: Path):
    place = tmp_path / "tray" / "one.dgm"
    desk.train(FLOW, place, 60)
    before = desk.drawn()
    desk.train(VAE, tmp_path / "tray" / "two.dgm")
    (parked,) = desk.parked()
    assert (parked.place, parked.step, parked.spec, parked.info.data_title) == (place, 60, FLOW, "moons")
    assert place.is_file()

    loaded = desk.ask(m.Load("a", place, place), m.Loaded)
    assert loaded.step == 60
    assert np.array_equal(desk.drawn(), before)
    history = [e for e in desk.seen if isinstance(e, m.History)][-1]
    assert len(history.steps) > 1, "what is at hand keeps its snapshots"
    assert [p.place.stem for p in desk.parked()] == ["one", "two"], "who gave way to it is kept in turn"


def test_it_comes_back_from_its_file_in_another_process(desk: Desk, tmp_path: Path):
    place = tmp_path / "one.dgm"
    desk.train(FLOW, place)
    before = desk.drawn()
    desk.train(VAE, None)

    other = Desk()
    assert other.ask(m.Load("a", place, place), m.Loaded).step == 20
    assert np.array_equal(other.drawn(), before)
    progress = [e for e in other.seen if isinstance(e, m.Progress)][-1]
    assert progress.phase == "paused"


def test_what_comes_back_while_another_trains_rests(desk: Desk, tmp_path: Path):
    place = tmp_path / "one.dgm"
    desk.train(FLOW, place)
    desk.train(VAE, tmp_path / "two.dgm")
    desk.backend.send(m.Train("a"))
    desk.ask(m.Load("a", place, place), m.Loaded)
    for _ in range(20):
        desk.backend.poll()
    assert desk.ask(m.Save("a", tmp_path / "x.dgm"), m.Saved).step == 20


def test_only_what_was_trained_and_knows_its_place_is_kept(desk: Desk, tmp_path: Path):
    desk.ask(m.Open("a", FLOW, tmp_path / "untrained.dgm"), m.Opened)
    desk.train(VAE, None)
    desk.ask(m.Edit("a", FLOW.with_(family="kde"), tmp_path / "nothing-to-learn.dgm"), m.Opened)
    desk.ask(m.Edit("a", FLOW, tmp_path / "last.dgm"), m.Opened)
    assert not desk.parked()
    assert not list(tmp_path.iterdir())


def test_an_edit_that_needs_no_other_run_leaves_it_its_place(desk: Desk, tmp_path: Path):
    wish = FLOW.with_(data=DataChoice(name="swiss-roll"), conditional=True)
    desk.train(wish.with_(conditional=False), tmp_path / "one.dgm")
    edited = desk.ask(m.Edit("a", wish, tmp_path / "two.dgm"), m.Edited)
    assert isinstance(edited, m.Edited)
    assert (edited.place, edited.asked_place) == (tmp_path / "one.dgm", tmp_path / "two.dgm")
    desk.ask(m.Edit("a", VAE, tmp_path / "three.dgm"), m.Opened)
    assert [p.place.stem for p in desk.parked()] == ["one"]


def test_who_asks_for_a_kept_run_by_its_spec_gets_it_back_trained(desk: Desk, tmp_path: Path):
    desk.train(FLOW, tmp_path / "one.dgm")
    desk.ask(m.Edit("a", VAE, tmp_path / "two.dgm"), m.Opened)
    desk.ask(m.Edit("a", FLOW, tmp_path / "one.dgm"), m.Opened)
    assert desk.ask(m.Sample("a", 1, 4, 2), m.Samples).step == 20


def test_reset_and_branch_leave_the_run_before_in_its_place(desk: Desk, tmp_path: Path):
    desk.train(FLOW, tmp_path / "trunk.dgm", 60)
    trunk = desk.drawn()
    steps = [e for e in desk.seen if isinstance(e, m.History)][-1].steps
    desk.ask(m.Rewind("a", int(steps[1])), m.History)
    early = desk.drawn()
    desk.ask(m.Branch("a", tmp_path / "branch.dgm"), m.Parked)
    assert np.array_equal(desk.drawn(), early)
    desk.ask(m.Train("a", steps=3), m.Finished)
    desk.ask(m.Reset("a", tmp_path / "fresh.dgm"), m.Parked)
    assert [(p.place.stem, p.step) for p in desk.parked()] == [("trunk", 60), ("branch", int(steps[1]) + 3)]
    assert desk.ask(m.Sample("a", 1, 4, 2), m.Samples).step == 0

    desk.ask(m.Load("a", tmp_path / "trunk.dgm", tmp_path / "trunk.dgm"), m.Loaded)
    assert np.array_equal(desk.drawn(), trunk)
    branch = desk.ask(m.Load("a", tmp_path / "branch.dgm", tmp_path / "branch.dgm"), m.Loaded)
    assert branch.step == int(steps[1]) + 3


def test_a_branch_of_the_live_model_is_refused_and_nothing_is_kept(desk: Desk, tmp_path: Path):
    desk.train(FLOW, tmp_path / "one.dgm")
    assert isinstance(desk.ask(m.Branch("a", tmp_path / "two.dgm"), m.Parked), m.Failed)
    assert not desk.parked()


def test_a_closed_run_is_kept(desk: Desk, tmp_path: Path):
    desk.train(FLOW, tmp_path / "one.dgm")
    assert isinstance(desk.ask(m.Close("a"), m.Parked), m.Parked)
    assert (tmp_path / "one.dgm").is_file()


def test_a_run_that_cannot_be_written_stays_at_hand_until_it_can(desk: Desk, tmp_path: Path):
    blocked = tmp_path / "blocked"
    blocked.write_text("not a folder")
    desk.train(FLOW, blocked / "one.dgm")
    before = desk.drawn()
    assert isinstance(desk.ask(m.Edit("a", VAE, tmp_path / "two.dgm"), m.Opened), m.Failed)
    desk.train(VAE, tmp_path / "two.dgm")
    failure = next(e for e in desk.seen if isinstance(e, m.Failed))
    assert "could not be kept on the disk" in failure.message
    assert "memory" in failure.advice
    for n in range(AT_HAND + 1):  # more than are otherwise at hand
        desk.train(FLOW.with_(seed=n + 1), tmp_path / f"more-{n}.dgm", 2)
    desk.ask(m.Load("a", blocked / "one.dgm", blocked / "one.dgm"), m.Loaded)
    assert np.array_equal(desk.drawn(), before)

    blocked.unlink()
    desk.train(VAE, tmp_path / "last.dgm", 2)
    assert (blocked / "one.dgm").is_file()


def test_little_is_held_in_memory_and_of_no_more_than_stated(desk: Desk, tmp_path: Path):
    for n in range(AT_HAND + 3):
        desk.train(FLOW.with_(seed=n), tmp_path / f"{n}.dgm", 2)
    parking = desk.backend.engine.parking
    assert not list(parking), "what can be read from its file and data that are made again"
    assert len(list(parking.recorders)) == AT_HAND
    assert len(list(tmp_path.glob("*.dgm"))) == AT_HAND + 2


def test_a_run_on_a_file_of_data_stays_at_hand_whole(desk: Desk, tmp_path: Path):
    points = tmp_path / "points.npy"
    np.save(points, np.random.default_rng(0).normal(size=(300, 2)))
    desk.train(FLOW.with_(data=DataChoice(name="points", path=str(points))), tmp_path / "one.dgm")
    desk.train(VAE, None)
    points.unlink()  # it could not be read again
    assert desk.ask(m.Load("a", tmp_path / "one.dgm", tmp_path / "one.dgm"), m.Loaded).step == 20
    assert desk.ask(m.Train("a", steps=5), m.Finished).step == 25
