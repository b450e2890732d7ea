"""The tray over the real engine: whatever is chosen, undone, opened, closed or killed, every trained run can be had again,
and no file changes but by being saved to.
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from dgm_studio.engine.runs import archive
from dgm_studio.engine.schedule.inline_backend import InlineBackend
from dgm_studio.protocol import messages as m
from dgm_studio.protocol.spec import DataChoice
from dgm_studio.studio.files.autosave import RUNS_S, Autosave
from dgm_studio.studio.files.settings import Places
from dgm_studio.studio.files.tray import Kept, Tray
from dgm_studio.studio.studio import Studio

FAMILIES = ("vae", "flow-matching", "kde", "gan")
DATA = ("moons", "rings")


class Desk:
    """A studio over an engine that works while it is waited for."""

    def __init__(self, restore: bool = False) -> None:
        self.now = 0.0
        self.engine = InlineBackend(live=True)
        self.studio = Studio(self.engine, Places())
        self.studio.autosave = Autosave(self.studio, lambda: self.now)
        if restore:
            self.studio.resuming.take_up()
        self.studio.start()
        self.settle()

    def settle(self) -> None:
        """Until nothing is left to do."""
        while self.engine.turn() or self.studio.pump():
            pass

    def train(self, steps: int) -> None:
        self.studio.backend.send(m.Train(self.studio.run.name, steps=steps))
        self.settle()

    def choose(self, family: str) -> None:
        self.studio.choose_family(family)
        self.settle()

    def quit(self) -> Desk:
        self.studio.close()
        self.settle()
        return Desk(restore=True)

    def kill(self) -> Desk:
        """As if the process was killed, a little later than a minute after the last change."""
        self.now += RUNS_S + 1
        self.studio.pump()  # asks for what is due to be kept
        self.settle()
        assert self.studio.autosave is not None
        self.studio.autosave.flush()
        self.studio.autosave.presence.drop()
        self.studio.documents.close()
        return Desk(restore=True)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def kept(studio: Studio) -> list[Kept]:
    fronts = [studio.session.run_id(w) for w in studio.runs]
    return studio.tray.kept(without=fronts)


def test_undo_after_another_family_brings_back_the_trained_run(desk: Desk) -> None:
    studio = desk.studio
    desk.train(30)
    desk.choose("vae")
    (run,) = kept(studio)
    assert (run.family, run.data, run.step) == ("Flow matching", "moons", 30)
    assert studio.tray.thumbnail(run.id).read_bytes().startswith(b"\x89PNG")
    studio.undo()
    desk.settle()
    assert (studio.spec.family, studio.run.step) == ("flow-matching", 30)
    assert studio.run.curves is not None
    assert len(studio.run.curves.losses["loss"].steps) == 30
    assert not kept(studio), "an untrained run is not kept"
    studio.redo()
    desk.settle()
    assert (studio.spec.family, studio.run.step) == ("vae", 0)
    assert [k.step for k in kept(studio)] == [30]


def test_undo_after_a_branch_brings_back_the_trunk(desk: Desk) -> None:
    studio = desk.studio
    desk.train(60)
    assert studio.run.history is not None
    early = int(studio.run.history.steps[1])
    studio.rewind(early)
    desk.settle()
    studio.branch()
    desk.settle()
    assert studio.run.step == early
    desk.train(5)
    studio.undo()
    desk.settle()
    assert studio.run.step == 60
    studio.redo()
    desk.settle()
    assert studio.run.step == early + 5


def test_undo_after_a_reset_brings_back_what_was_learned_and_redo_begins_again(desk: Desk) -> None:
    studio = desk.studio
    desk.train(20)
    studio.reset()
    desk.settle()
    assert studio.run.step == 0
    studio.undo()
    desk.settle()
    assert studio.run.step == 20
    studio.redo()
    desk.settle()
    assert studio.run.step == 0


def test_settings_that_were_changed_since_come_back_with_the_run(desk: Desk) -> None:
    studio = desk.studio
    desk.train(20)
    studio.set_training("learning_rate", 0.001)
    studio.set_sampling(temperature=0.5)
    desk.settle()
    desk.choose("vae")
    studio.undo()
    desk.settle()
    assert studio.run.opened is not None
    assert studio.run.opened.spec.training["learning_rate"] == 0.001
    assert studio.run.opened.spec.sampling.temperature == 0.5
    assert studio.run.step == 20


def test_a_run_is_brought_back_from_the_tray_and_the_other_takes_its_place(desk: Desk) -> None:
    studio = desk.studio
    desk.train(20)
    desk.choose("vae")
    desk.train(10)
    studio.bring(kept(studio)[0].id)
    desk.settle()
    assert (studio.spec.family, studio.run.step) == ("flow-matching", 20)
    assert [(k.family, k.step) for k in kept(studio)] == [("VAE", 10)]


def test_what_is_in_the_tray_survives_quitting_and_killing(desk: Desk) -> None:
    desk.train(20)
    desk.choose("vae")
    desk.train(10)
    desk = desk.quit()
    assert [k.step for k in kept(desk.studio)] == [20]
    assert desk.studio.run.step == 10
    desk = desk.kill()
    assert [k.step for k in kept(desk.studio)] == [20]
    assert desk.studio.run.step == 10
    desk.studio.bring(kept(desk.studio)[0].id)
    desk.settle()
    assert desk.studio.run.step == 20


def test_a_run_whose_note_was_never_written_is_found(desk: Desk) -> None:
    desk.train(20)
    desk.choose("vae")
    (run,) = kept(desk.studio)
    (desk.studio.tray.folder / f"{run.id}.json").unlink()
    desk = desk.quit()
    (found,) = kept(desk.studio)
    assert (found.id, found.step, found.family, found.data) == (run.id, 20, "Flow matching", "moons")


def test_one_that_cannot_be_read_is_told_and_begins_anew_without_writing_over_it(desk: Desk) -> None:
    desk.train(20)
    desk.choose("vae")
    desk = desk.quit()  # nothing is at hand
    (run,) = kept(desk.studio)
    place = desk.studio.tray.place(run.id)
    place.write_bytes(b"rubbish")
    desk.studio.bring(run.id)
    desk.settle()
    assert (desk.studio.spec.family, desk.studio.run.step) == ("flow-matching", 0)
    assert any("could not be read" in n.message for n in desk.studio.notices.items)
    desk.train(5)
    desk.choose("vae")
    assert place.read_bytes() == b"rubbish"


def test_opening_a_file_keeps_the_run_that_was_there(desk: Desk, tmp_path: Path) -> None:
    studio = desk.studio
    desk.train(20)
    studio.save(tmp_path / "a.dgm")
    desk.settle()
    desk.train(10)
    studio.open(tmp_path / "a.dgm")
    desk.settle()
    assert studio.run.step == 20
    assert [k.step for k in kept(studio)] == [30]


def test_a_file_belongs_to_its_run_alone(desk: Desk, tmp_path: Path) -> None:
    studio, path = desk.studio, tmp_path / "a.dgm"
    desk.train(20)
    assert studio.documents.modified(studio.run)
    studio.save(path)
    desk.settle()
    assert studio.document is not None
    assert studio.document.path == path
    assert not studio.documents.modified(studio.run)
    desk.train(1)
    assert studio.documents.modified(studio.run)
    desk.choose("vae")
    assert studio.document is None, "the file is not this run's"
    studio.set_workspace("images")
    desk.settle()
    assert studio.document is None
    studio.set_workspace("2d")
    studio.undo()
    desk.settle()
    assert studio.document is not None
    assert studio.document.path == path
    desk = desk.quit()
    assert desk.studio.document is not None
    assert desk.studio.document.path == path


def test_a_copy_is_nobody_s_file(desk: Desk, tmp_path: Path) -> None:
    desk.train(5)
    desk.studio.save_copy(tmp_path / "copy.dgm")
    desk.settle()
    assert (tmp_path / "copy.dgm").is_file()
    assert desk.studio.document is None


def test_a_file_that_something_else_wrote_is_known_to_be_altered(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "a.dgm"
    desk.train(5)
    desk.studio.save(path)
    desk.settle()
    assert desk.studio.document is not None
    assert not desk.studio.document.altered
    path.write_bytes(b"another")
    assert desk.studio.document.altered


def test_a_second_window_is_told_that_a_file_is_open_in_the_first(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "a.dgm"
    desk.train(5)
    desk.studio.save(path)
    desk.settle()
    second = Desk()
    second.studio.open(path)
    second.settle()
    assert any("another window" in n.message for n in second.studio.notices.items)
    desk.studio.close()
    third = Desk()
    third.studio.open(path)
    third.settle()
    assert not any("another window" in n.message for n in third.studio.notices.items)


def test_a_wish_for_classes_that_changes_nothing_leaves_the_run_what_it_is(desk: Desk, tmp_path: Path) -> None:
    studio = desk.studio
    studio.choose_data(DataChoice(name="swiss-roll"))  # has no classes
    desk.settle()
    desk.train(20)
    studio.save(tmp_path / "a.dgm")
    desk.settle()
    studio.set_conditional(True)
    desk.settle()
    assert studio.run.step == 20
    assert studio.document is not None
    studio.undo()
    desk.settle()
    assert studio.run.step == 20
    assert not [k for k in kept(studio) if k.step == 20]


# --- sessions of several runs ---------------------------------------------------------------------------------------


def wait_for_file(desk: Desk) -> None:
    """Until what is done beside the window has been said."""
    desk.settle()
    desk.studio.sessions.wait()
    desk.studio.pump()  # hears of it
    desk.settle()


def test_a_session_of_several_runs_is_saved_and_opened_elsewhere(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio, path = desk.studio, tmp_path / "lesson.dgm"
    desk.train(20)
    desk.choose("vae")
    desk.train(10)
    desk.choose("gan")
    desk.train(5)
    second = kept(studio)[1]
    studio.tray_change(lambda tray: tray.pin(second.id, True))
    studio.tray_change(lambda tray: tray.rename(second.id, "the good one"))
    studio.set_time(0.5)
    studio.sessions.save(path)
    wait_for_file(desk)
    assert any("a session of 2 runs" in n.message for n in studio.notices.items)

    monkeypatch.setenv("DGM_STUDIO_HOME", str(tmp_path / "elsewhere"))
    there = Desk()
    there.train(3)
    there.studio.open(path)
    wait_for_file(there)
    assert (there.studio.spec.family, there.studio.run.step, there.studio.session.time) == ("gan", 5, 0.5)
    assert {(k.title, k.step, k.pinned) for k in kept(there.studio)} == {
        ("the good one", 20, True),
        ("Flow matching on moons", 3, False),
    }
    there.studio.undo()
    there.settle()
    assert there.studio.run.step == 3


def test_a_damaged_session_is_refused_and_leaves_everything_as_it_is(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "bad.dgm"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("manifest.json", json.dumps({"format": 2, "holds": "session"}))
        file.writestr("session.json", "{}")
        file.writestr("runs/a.dgm", b"no note beside it")
    desk.train(5)
    desk.studio.open(path)
    wait_for_file(desk)
    assert any("bad.dgm is damaged" in n.message for n in desk.studio.notices.items)
    assert desk.studio.run.step == 5
    assert not kept(desk.studio)


def test_the_command_line_says_that_a_session_is_none_of_its_files(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "lesson.dgm"
    desk.studio.sessions.save(path)
    wait_for_file(desk)
    with pytest.raises(archive.BadFile, match="several runs"):
        archive.unpack(path)


# --- the folder itself ----------------------------------------------------------------------------------------------


def note(id: str, at: float, **changes: object) -> Kept:
    spec = Studio(InlineBackend(), Places()).spec
    return Kept(id=id, workspace="2d", spec=spec, family="VAE", data="moons", step=9, kept_at=at, **changes)  # type: ignore[arg-type]


def test_the_oldest_that_is_not_pinned_goes_when_there_is_no_room(tmp_path: Path) -> None:
    tray = Tray(tmp_path, budget=2500)
    for number, pinned in enumerate((True, False, False, False)):
        tray.place(str(number)).write_bytes(b"x" * 1000)
        tray.add(note(str(number), float(number), pinned=pinned))
    assert [k.id for k in tray.kept()] == ["3", "0"]
    assert sorted(p.name for p in tmp_path.glob("*.dgm")) == ["0.dgm", "3.dgm"]


def test_what_is_removed_can_be_put_back_until_the_end(tmp_path: Path) -> None:
    tray = Tray(tmp_path)
    tray.place("a").write_bytes(b"run")
    tray.add(note("a", 1.0, name="mine"), b"picture")
    tray.remove("a")
    assert "a" not in tray
    assert not tray.place("a").exists()
    assert tray.can_put_back
    back = tray.put_back()
    assert back is not None
    assert (back.title, tray.place("a").read_bytes(), tray.thumbnail("a").read_bytes()) == ("mine", b"run", b"picture")
    assert not tray.can_put_back
    tray.remove("a")
    again = Tray(tmp_path)
    again.read()
    assert not list((tmp_path / "removed").glob("*"))


def test_names_and_pins_are_remembered_also_when_the_run_is_kept_again(tmp_path: Path) -> None:
    tray = Tray(tmp_path)
    tray.place("a").write_bytes(b"run")
    tray.add(note("a", 1.0))
    tray.rename("a", " the good one ")
    tray.pin("a", True)
    tray.add(note("a", 2.0))
    again = Tray(tmp_path)
    again.read()
    assert (again["a"].title, again["a"].pinned, again["a"].kept_at) == ("the good one", True, 2.0)


# --- any order of things --------------------------------------------------------------------------------------------


class Hands(RuleBasedStateMachine):
    """``steps`` of every run that was ever trained, by id, as they were last seen; ``files`` as they were saved."""

    def __init__(self) -> None:
        super().__init__()
        self.steps: dict[str, int] = {}
        self.files: dict[Path, str] = {}

    @initialize()
    def begin(self) -> None:
        home = Path(os.environ["DGM_STUDIO_HOME"])
        self.folder = home.parent / f"any-{len(list(home.parent.iterdir()))}"
        os.environ["DGM_STUDIO_HOME"] = str(self.folder / "home")
        self.folder.mkdir()
        self.desk = Desk()

    @rule(family=st.sampled_from(FAMILIES))
    def choose_family(self, family: str) -> None:
        self.desk.choose(family)

    @rule(name=st.sampled_from(DATA))
    def choose_data(self, name: str) -> None:
        self.desk.studio.choose_data(DataChoice(name=name))
        self.desk.settle()

    @rule(families=st.lists(st.sampled_from(FAMILIES), min_size=2, max_size=4), back=st.integers(0, 3))
    def hurry(self, families: list[str], back: int) -> None:
        """Choices, and some of them taken back, before the engine has answered any."""
        for family in families:
            self.desk.studio.choose_family(family)
        for _ in range(back):
            self.desk.studio.undo()
        self.desk.settle()

    @rule(steps=st.integers(1, 40))
    def train(self, steps: int) -> None:
        self.desk.train(steps)

    @rule()
    def reset(self) -> None:
        self.desk.studio.reset()
        self.desk.settle()

    @rule(part=st.floats(0.0, 0.9))
    def branch(self, part: float) -> None:
        studio = self.desk.studio
        history = studio.run.history
        if history is not None and len(history.steps):
            studio.rewind(int(history.steps[int(part * len(history.steps))]))
            self.desk.settle()
            studio.branch()
            self.desk.settle()

    @rule(times=st.integers(1, 3))
    def undo(self, times: int) -> None:
        for _ in range(times):
            self.desk.studio.undo()
        self.desk.settle()

    @rule(times=st.integers(1, 3))
    def redo(self, times: int) -> None:
        for _ in range(times):
            self.desk.studio.redo()
        self.desk.settle()

    @rule(name=st.sampled_from(("a.dgm", "b.dgm")), copy=st.booleans())
    def save(self, name: str, copy: bool) -> None:
        path = self.folder / name
        (self.desk.studio.save_copy if copy else self.desk.studio.save)(path)
        self.desk.settle()
        self.files[path] = digest(path)

    @precondition(lambda self: self.files)
    @rule(data=st.data())
    def open(self, data: st.DataObject) -> None:
        self.desk.studio.open(data.draw(st.sampled_from(sorted(self.files))))
        self.desk.settle()

    @rule(data=st.data())
    def bring(self, data: st.DataObject) -> None:
        there = kept(self.desk.studio)
        if there:
            self.desk.studio.bring(data.draw(st.sampled_from([k.id for k in there])))
            self.desk.settle()

    @rule()
    def compare(self) -> None:
        self.desk.studio.set_workspace("compare")
        self.desk.settle()

    @rule()
    def leave_comparison(self) -> None:
        self.desk.studio.set_workspace("2d")
        self.desk.settle()

    @rule(family=st.sampled_from(FAMILIES))
    def add_family(self, family: str) -> None:
        self.desk.studio.comparison.add_family(family)
        self.desk.settle()

    @rule(data=st.data(), what=st.sampled_from(("choose", "duplicate", "repeat", "bring_alone", "remove")))
    def cell(self, data: st.DataObject, what: str) -> None:
        studio = self.desk.studio
        if studio.workspace == "compare" and studio.session.cells:
            getattr(studio.comparison, what)(data.draw(st.sampled_from(studio.session.cells)))
            self.desk.settle()

    @rule(data=st.data())
    def add_kept(self, data: st.DataObject) -> None:
        there = kept(self.desk.studio)
        if there:
            self.desk.studio.comparison.add_kept(data.draw(st.sampled_from([k.id for k in there])))
            self.desk.settle()

    @rule(steps=st.integers(1, 20))
    def train_cells(self, steps: int) -> None:
        studio = self.desk.studio
        most = max((run.step for run in studio.comparison.runs.values()), default=0)
        studio.comparison.set_budget("steps", most + steps)
        if studio.workspace == "compare":
            studio.comparison.train()
        self.desk.settle()

    @rule()
    def quit(self) -> None:
        self.desk = self.desk.quit()

    @rule()
    def kill(self) -> None:
        self.desk = self.desk.kill()

    @invariant()
    def every_trained_run_is_reachable(self) -> None:
        if not hasattr(self, "desk"):
            return
        studio = self.desk.studio
        there = {k.id: k.step for k in studio.tray.kept()}
        seen = {studio.session.front, *studio.session.seen}
        for slot, run in studio.runs.items():
            if slot in seen and (slot in studio.session.seen or studio.workspace != "compare"):
                assert run.id == studio.session.run_id(slot), "what is on screen is what the session says"
            if run.step and run.learns:
                there[run.id] = max(run.step, there.get(run.id, 0))
        lost = {id: step for id, step in self.steps.items() if there.get(id, 0) < step}
        assert not lost
        self.steps.update(there)

    @invariant()
    def no_file_changes_but_by_being_saved_to(self) -> None:
        assert {path: digest(path) for path in self.files} == self.files

    def teardown(self) -> None:
        if hasattr(self, "desk"):
            self.desk.studio.close()


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_no_order_of_things_loses_a_trained_run(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home.mkdir(parents=True, exist_ok=True)
    monkeypatch.setenv("DGM_STUDIO_HOME", str(home))
    from hypothesis.stateful import run_state_machine_as_test

    checks = [HealthCheck.too_slow, HealthCheck.filter_too_much]
    run_state_machine_as_test(
        Hands,
        settings=settings(
            max_examples=5, stateful_step_count=16, deadline=None, derandomize=True, suppress_health_check=checks
        ),
    )
