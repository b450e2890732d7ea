"""The studio without a window: edits become intents, events become state, stale answers are dropped."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from dgm_studio.protocol import messages as m
from dgm_studio.protocol.catalogue import Catalogue
from dgm_studio.protocol.spec import DataChoice, RunSpec
from dgm_studio.studio import actions
from dgm_studio.studio.files.settings import Places, load_settings
from dgm_studio.studio.session.session import Session
from dgm_studio.studio.studio import Studio


class Recorder:
    """A backend that does nothing but remember."""

    def __init__(self) -> None:
        self.sent: list[m.Intent] = []
        self.waiting: list[m.Event] = []

    def start(self) -> None:
        pass

    def send(self, intent: m.Intent) -> None:
        self.sent.append(intent)

    def poll(self) -> list[m.Event]:
        events, self.waiting = self.waiting, []
        return events

    def close(self, timeout: float = 2.0) -> bool:
        return True

    def of(self, kind: type[m.Intent]) -> list[m.Intent]:
        return [i for i in self.sent if isinstance(i, kind)]


INFO = m.RunInfo(
    data_title="moons", event=(2,), classes=("a", "b"), examples=10, endless=True, entropy=2.0, has_truth=True,
    extent=(-1, 1, -1, 1), parameters=3, recipe_steps=10, samplers=(), methods=(), density="exact", field="velocity",
    latent_size=2, can_invert=True, latent_gaussian=True, uses_label=False, temperature="",
    device="CPU",
)  # fmt: skip


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Places:
    monkeypatch.setenv("DGM_STUDIO_HOME", str(tmp_path))
    return Places()


@pytest.fixture
def studio(places: Places) -> Studio:
    studio = Studio(Recorder(), places)
    studio.start()
    _tell(studio, m.Ready("", 0, Catalogue()))
    return studio


def _tell(studio: Studio, *events: m.Event) -> None:
    studio.backend.waiting.extend(events)
    studio.pump()


def _open(studio: Studio, info: m.RunInfo = INFO) -> None:
    _tell(studio, m.Opened(studio.run.name, 0, studio.spec, info))


def test_the_default_session_is_opened_when_the_engine_is_ready(studio: Studio) -> None:
    place = studio.tray.place(studio.session.run_id())
    assert studio.backend.of(m.Open) == [m.Open(studio.run.name, studio.spec, place)]


def test_the_other_workspace_is_opened_when_it_is_first_in_front(studio: Studio) -> None:
    studio.set_workspace("images")
    assert studio.backend.of(m.Open)[-1].spec == Session().spec("images")
    studio.set_workspace("2d")
    assert len(studio.backend.of(m.Open)) == 2


def test_an_edit_is_sent_undone_and_redone(studio: Studio) -> None:
    before = studio.spec
    studio.choose_family("vae")
    assert studio.backend.of(m.Edit)[-1].spec.family == "vae"
    studio.undo()
    assert studio.spec == before
    assert studio.backend.of(m.Edit)[-1].spec == before
    studio.redo()
    assert studio.spec.family == "vae"


def test_a_drag_is_one_undo_step(studio: Studio) -> None:
    for value in (0.5, 0.6, 0.7):
        studio.set_sampling(temperature=value)
    studio.end_drag()
    studio.set_sampling(temperature=0.9)
    studio.undo()
    assert studio.spec.sampling.temperature == 0.7
    studio.undo()
    assert studio.spec.sampling.temperature == 1.0


def test_a_value_out_of_range_is_a_notice_and_changes_nothing(studio: Studio) -> None:
    before = studio.spec
    assert not studio.set_sampling(count=0)
    assert studio.spec == before
    assert "count" in studio.notices.items[-1].message


def test_other_data_forget_config_and_class(studio: Studio) -> None:
    studio.set_config("width", 64)
    studio.set_sampling(label=1)
    studio.choose_data(DataChoice(name="rings"))
    assert studio.spec.config == {}
    assert studio.spec.sampling.label is None


def test_answers_to_old_questions_are_dropped(studio: Studio) -> None:
    _open(studio)
    name = studio.run.name
    old, new = studio.ask.decode(np.zeros(2)), studio.ask.decode(np.ones(2))
    _tell(studio, m.Decoded(name, 0, old, np.zeros(2), 0.0))
    assert studio.run.decoded is None
    _tell(studio, m.Decoded(name, 0, new, np.ones(2), 0.0))
    assert studio.run.decoded is not None
    assert studio.run.decoded.ticket == new


def test_events_of_runs_that_are_gone_are_dropped(studio: Studio) -> None:
    heard: list[object] = []
    studio.on(m.Progress, heard.append)
    _tell(studio, m.Progress("2d-999", 5, "training", 1.0, 0.0, 0.0, "CPU"))
    assert heard == []


def test_opening_forgets_what_was_shown_of_the_run_before(studio: Studio) -> None:
    _open(studio)
    _tell(studio, m.Probed(studio.run.name, 0, studio.ask.probe(np.zeros(2)), np.zeros(2), {"a": 1.0}))
    assert studio.run.probed is not None
    _open(studio)
    assert studio.run.probed is None


def test_edited_settings_are_told_without_forgetting_the_picture(studio: Studio) -> None:
    _open(studio)
    _tell(studio, m.Data(studio.run.name, 0, np.zeros((3, 2)), None))
    spec = studio.spec.with_sampling(sampler="euler")
    _tell(studio, m.Edited(studio.run.name, 0, spec, "CPU"))
    assert studio.resolved == spec
    assert studio.run.data is not None


def test_failures_become_notices_and_equal_ones_are_counted(studio: Studio) -> None:
    for _ in range(3):
        _tell(studio, m.Failed(studio.run.name, 0, "no", "do", "open"))
    assert [(n.message, n.advice, n.count) for n in studio.notices.items] == [("no", "do", 3)]
    assert studio.run.failure == "no"


def test_a_diverged_run_is_one_click_from_training_on_more_gently(studio: Studio) -> None:
    actions.install(studio)
    resolved = studio.spec.with_(training={"batch": 256, "learning_rate": 0.01})
    _tell(studio, m.Opened(studio.run.name, 0, resolved, INFO))
    _tell(studio, m.Failed(studio.run.name, 20, "Training diverged.", "Lower the rate.", "diverged"))
    assert studio.notices.items[-1].command == "run.gentler"
    assert studio.commands.run("run.gentler")
    assert studio.spec.training["learning_rate"] == pytest.approx(0.001)
    edit, train = studio.backend.sent[-2:]
    assert isinstance(edit, m.Edit)
    assert edit.spec.training["learning_rate"] == pytest.approx(0.001)
    assert train == m.Train(studio.run.name)
    studio.undo()
    assert "learning_rate" not in studio.spec.training


def test_what_is_looked_at_is_sent_again_for_a_new_run(studio: Studio) -> None:
    _open(studio)
    studio.look(frozenset({"samples"}))
    _open(studio)
    assert len(studio.backend.of(m.Look)) == 2


def test_a_file_takes_the_place_of_the_run_in_its_workspace(studio: Studio, tmp_path: Path) -> None:
    _open(studio)
    before = studio.run.name
    studio.open(tmp_path / "x.dgm")
    name = studio.backend.of(m.Load)[-1].run
    spec = RunSpec(data=DataChoice(name="digits"), family="vae")
    _tell(
        studio,
        m.Opened(name, 7, spec, dataclasses.replace(INFO, event=(1, 8, 8))),
        m.Loaded(name, 7, tmp_path / "x.dgm", {}),
    )
    assert studio.workspace == "images"
    assert studio.run.name == name
    assert studio.spec == spec
    assert studio.document is not None
    assert studio.document.path == tmp_path / "x.dgm"
    assert studio.runs["2d"].name == before


def test_data_of_the_other_kind_go_to_the_other_workspace(studio: Studio) -> None:
    _open(studio)
    before = studio.spec
    studio.choose_data(DataChoice(name="file", path="/somewhere/pictures"))
    _open(studio, dataclasses.replace(INFO, event=(1, 8, 8)))
    assert studio.workspace == "images"
    assert studio.spec.data.path == "/somewhere/pictures"
    assert studio.spec.sampling.count == Session().spec("images").sampling.count < before.sampling.count
    studio.set_workspace("2d")
    assert studio.spec == before


def test_the_session_comes_back_at_the_next_start(studio: Studio, places: Places) -> None:
    _open(studio)
    studio.choose_family("gan")
    _tell(studio, m.Progress(studio.run.name, 5, "paused", 0.0, 0.0, 1.0, "CPU"))
    studio.close()
    saved = studio.backend.of(m.Save)
    assert [s.path.name for s in saved] == ["2d.dgm"]
    saved[0].path.write_bytes(b"anything")
    again = Studio(Recorder(), places)
    again.resuming.take_up()
    _tell(again, m.Ready("", 0, Catalogue()))
    assert again.spec.family == "gan"
    assert [i.path for i in again.backend.of(m.Load)] == [saved[0].path]
    _tell(again, m.Failed(again.run.name, 0, "damaged", "", "load"))
    assert again.backend.of(m.Open)[-1].spec.family == "gan"


def test_damaged_settings_are_told_and_defaults_used(places: Places) -> None:
    places.settings.parent.mkdir(parents=True, exist_ok=True)
    places.settings.write_text("{not json")
    settings, problem = load_settings(places.settings)
    assert settings.theme == "system"
    assert "could not be read" in problem


# --- opening never fails on a switch ------------------------------------------------------------------------------------


def _fail(studio: Studio, message: str = "bad.csv has text in row 3.") -> None:
    _tell(studio, m.Failed(studio.run.name, 0, message, "Mend it.", "open"))


def test_the_wish_for_classes_outlives_a_family_that_takes_them_anyway(studio: Studio) -> None:
    assert not studio.spec.conditional
    studio.choose_family("jem")
    studio.choose_family("ebm")
    assert not studio.spec.conditional


def test_a_file_whose_family_takes_classes_anyway_leaves_no_wish_for_them(studio: Studio, tmp_path: Path) -> None:
    studio.open(tmp_path / "jem.dgm")
    name = studio.backend.of(m.Load)[-1].run
    spec = RunSpec(data=DataChoice(name="moons"), family="jem", conditional=True)
    info = dataclasses.replace(INFO, classes=("a", "b"), uses_label=True)
    _tell(studio, m.Opened(name, 7, spec, info), m.Loaded(name, 7, tmp_path / "jem.dgm", {}))
    assert not studio.backend.of(m.Edit)  # the run itself stays as it is
    studio.choose_family("ebm")
    assert not studio.backend.of(m.Edit)[-1].spec.conditional


def test_data_without_classes_say_once_that_these_are_off(studio: Studio) -> None:
    studio.set_conditional(True)
    studio.choose_data(DataChoice(name="file", path="/somewhere/points.csv"))
    plain = dataclasses.replace(INFO, classes=(), data_title="points")
    _tell(studio, m.Opened(studio.run.name, 0, studio.spec.with_(conditional=False), plain))
    (notice,) = studio.notices.items
    assert notice.level == "info"
    assert "points.csv has no classes" in notice.message
    _tell(studio, m.Opened(studio.run.name, 0, studio.spec.with_(conditional=False), plain))
    assert studio.notices.items == [notice]
    assert studio.spec.conditional  # the wish waits for data that have some
    studio.choose_data(DataChoice(name="file", path="/somewhere/more.csv"))
    _tell(studio, m.Opened(studio.run.name, 0, studio.spec.with_(conditional=False), plain))
    assert "more.csv has no classes" in studio.notices.items[-1].message  # of every file, though all are called points


def test_a_failure_is_taken_back_whatever_was_changed_since(studio: Studio) -> None:
    _open(studio)
    worked = studio.spec
    studio.choose_data(DataChoice(name="file", path="/bad.csv"))
    _fail(studio)
    studio.set_sampling(count=7)
    studio.undo_failure()
    assert studio.spec == worked
    assert not studio.run.failure
    assert studio.backend.of(m.Edit)[-1].spec == worked


def test_many_changes_since_a_failure_are_taken_back_in_one_step(studio: Studio) -> None:
    _open(studio)
    worked = studio.spec
    for name in ("bad", "worse", "worst"):
        studio.choose_data(DataChoice(name="file", path=f"/{name}.csv"))
    _fail(studio)
    told: list[object] = []
    studio.on("session", told.append)
    studio.undo_failure()
    assert studio.spec == worked
    assert told == [studio.session]


def test_training_from_a_failure_trains_the_run_that_works(studio: Studio) -> None:
    actions.install(studio)
    _open(studio)
    worked = studio.spec
    studio.choose_data(DataChoice(name="file", path="/bad.csv"))
    _fail(studio)
    assert studio.commands.run("run.train")
    assert studio.backend.of(m.Edit)[-1].spec == worked
    assert isinstance(studio.backend.sent[-1], m.Train)
    assert not studio.run.failure


def test_a_failure_goes_with_the_next_success(studio: Studio) -> None:
    _open(studio)
    studio.choose_data(DataChoice(name="file", path="/bad.csv"))
    _fail(studio)
    assert [n.level for n in studio.notices.items] == ["bad"]
    studio.choose_data(DataChoice(name="file", path="/good.csv"))
    assert not studio.notices.items
    _fail(studio)
    _open(studio)
    assert not studio.notices.items


def test_a_failed_answer_is_forgotten_with_the_next_one(studio: Studio) -> None:
    _open(studio)
    studio.ask.probe(np.zeros(2))
    _tell(studio, m.Failed(studio.run.name, 0, "No memory.", "", "probe"))
    _tell(studio, m.Failed(studio.run.name, 0, "No disk.", "", "save"))
    ticket = studio.ask.probe(np.zeros(2))
    _tell(studio, m.Probed(studio.run.name, 0, ticket, np.zeros(2), {}))
    assert [n.message for n in studio.notices.items] == ["No disk."]


def test_what_offers_to_train_goes_once_it_trains(studio: Studio) -> None:
    _open(studio)
    studio.notify("info", "Train it.", "", "run.train")
    studio.train()
    assert not studio.notices.items
