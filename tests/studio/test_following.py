"""What the studio keeps in step: undo across workspaces, what is looked at, the run of the last start, failing views."""

from __future__ import annotations

import dataclasses

import pytest

from dgm_studio.protocol import messages as m
from dgm_studio.protocol.catalogue import Catalogue
from dgm_studio.protocol.spec import DataChoice, RunSpec
from dgm_studio.studio.files.settings import Places, UserSettings, save_settings
from dgm_studio.studio.session.session import Session
from dgm_studio.studio.studio import Studio

INFO = m.RunInfo(
    data_title="moons", event=(2,), classes=(), examples=10, endless=True, entropy=2.0, has_truth=True,
    extent=(-1, 1, -1, 1), parameters=3, recipe_steps=10, samplers=(), methods=(), density="exact", field="velocity",
    latent_size=2, can_invert=True, latent_gaussian=True, uses_label=False, temperature="",
    device="CPU",
)  # fmt: skip


class Wire:
    """A backend that remembers what it was sent and says what it is told to."""

    def __init__(self) -> None:
        self.sent: list[m.Intent] = []
        self.waiting: list[m.Event] = []

    def start(self) -> None:
        self.waiting.append(m.Ready("", 0, Catalogue()))

    def send(self, intent: m.Intent) -> None:
        self.sent.append(intent)

    def poll(self) -> list[m.Event]:
        events, self.waiting = self.waiting, []
        return events

    def close(self, timeout: float = 2.0) -> bool:
        return True

    def of(self, kind: type[m.Intent]) -> list[m.Intent]:
        return [i for i in self.sent if isinstance(i, kind)]


def _studio(places: Places, *, restore: bool = False) -> Studio:
    studio = Studio(Wire(), places)
    if restore:
        studio.resuming.take_up()
    studio.start()
    studio.pump()
    return studio


def _tell(studio: Studio, *events: m.Event) -> None:
    studio.backend.waiting.extend(events)
    studio.pump()


@pytest.fixture
def places() -> Places:
    return Places()


@pytest.fixture
def studio(places: Places) -> Studio:
    return _studio(places)


@pytest.fixture
def resumed(places: Places) -> Studio:
    """A studio that has asked for the run of the last start."""
    save_settings(UserSettings(session=Session().model_dump(mode="json")), places.settings)
    places.autosave.mkdir(parents=True)
    (places.autosave / "2d.dgm").write_bytes(b"a run")
    return _studio(places, restore=True)


KEPT = Session().spec("2d").with_(config={"width": 64}, training={"batch": 32}).with_sampling(sampler="euler")


def test_undo_brings_the_workspace_to_the_front_whose_change_is_taken_back(studio: Studio) -> None:
    seen: list[str] = []
    studio.on("workspace", seen.append)
    studio.choose_family("vae")
    studio.set_workspace("images")
    studio.undo()
    assert studio.workspace == "2d"
    assert seen == ["images", "2d"]
    assert studio.backend.of(m.Edit)[-1].spec == Session().spec("2d")


def test_undo_leaves_what_is_on_screen(studio: Studio) -> None:
    studio.choose_family("vae")
    studio.toggle_layer("truth")
    studio.set_time(0.5)
    studio.undo()
    assert "truth" in studio.session.layers
    assert studio.session.time == 0.5


def test_nothing_is_drawn_for_the_workspace_behind(studio: Studio) -> None:
    studio.look(frozenset({"samples"}))
    behind = studio.run.name
    studio.set_workspace("images")
    assert studio.backend.of(m.Look)[-1] == m.Look(behind, front=False)
    _tell(studio, m.Opened(behind, 0, studio.session.spec("2d"), INFO))
    assert studio.backend.of(m.Look)[-1] == m.Look(behind, front=False)
    studio.set_workspace("2d")
    assert studio.backend.of(m.Look)[-1] == m.Look(behind, frozenset({"samples"}))


def test_steering_the_run_of_the_last_start_does_not_build_it_anew(resumed: Studio) -> None:
    assert resumed.backend.of(m.Load)
    _tell(resumed, m.Opened(resumed.run.name, 9, KEPT, INFO))
    resumed.set_sampling(temperature=0.5)
    assert [e.spec for e in resumed.backend.of(m.Edit)] == [KEPT.with_sampling(temperature=0.5)]


def test_edits_made_while_the_last_run_is_read_wait_for_it(resumed: Studio) -> None:
    resumed.set_training("learning_rate", 1e-3)
    assert not resumed.backend.of(m.Edit)
    _tell(resumed, m.Opened(resumed.run.name, 9, KEPT, INFO))
    sent = resumed.backend.of(m.Edit)[-1].spec
    assert sent.config == KEPT.config
    assert sent.training == {"learning_rate": 1e-3}
    assert sent == resumed.spec


def test_another_family_chosen_while_the_last_run_is_read_is_built(resumed: Studio) -> None:
    resumed.choose_family("vae")
    _tell(resumed, m.Opened(resumed.run.name, 9, KEPT, INFO))
    assert resumed.backend.of(m.Edit)[-1].spec.family == "vae"


def test_data_of_the_other_kind_move_whatever_was_edited_meanwhile(studio: Studio) -> None:
    before = studio.spec
    studio.choose_data(DataChoice(name="file", path="/somewhere/pictures"))
    studio.set_sampling(temperature=0.5)
    _tell(studio, m.Opened(studio.run.name, 0, studio.spec, dataclasses.replace(INFO, event=(1, 8, 8))))
    assert studio.workspace == "images"
    studio.set_workspace("2d")
    assert studio.spec == before


def test_data_of_the_other_kind_in_the_first_session_leave_the_default(places: Places) -> None:
    pictures = RunSpec(data=DataChoice(name="file", path="/somewhere/pictures"), family="vae")
    studio = Studio(Wire(), places, Session(plane=pictures))
    studio.start()
    studio.pump()
    _tell(studio, m.Opened(studio.run.name, 0, pictures, dataclasses.replace(INFO, event=(1, 8, 8))))
    studio.set_workspace("2d")
    assert studio.spec == Session().spec("2d")


def test_a_view_that_fails_keeps_nothing_from_the_others(studio: Studio) -> None:
    heard: list[m.Event] = []

    def broken(_: object) -> None:
        raise ValueError("cannot draw")

    studio.on(m.Progress, broken)
    studio.on(m.Progress, heard.append)
    studio.on(m.History, heard.append)
    name = studio.run.name
    with pytest.raises(ValueError, match="cannot draw"):
        _tell(
            studio,
            m.Progress(name, 1, "paused", 0.0, 0.0, 0.0, "CPU"),
            m.Progress(name, 2, "paused", 0.0, 0.0, 0.0, "CPU"),
            m.History(name, 2, [], None),
        )
    assert len(heard) == 3
    assert studio.pump() == 0
