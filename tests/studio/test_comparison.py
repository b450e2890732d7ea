"""A comparison: which runs there are, what they share, how they train together, and that none of them is lost."""

from __future__ import annotations

import dataclasses
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from test_studio import INFO, Recorder

from dgm_studio.protocol import messages as m
from dgm_studio.protocol.catalogue import Catalogue, FamilyInfo, MeasureInfo, SourceInfo
from dgm_studio.protocol.spec import DataChoice, RunSpec
from dgm_studio.studio.compare.comparison import Budget, nearest_step
from dgm_studio.studio.compare.results import results
from dgm_studio.studio.compare.standings import differences, mean_curve, repeats, standings, with_setting
from dgm_studio.studio.files.settings import Places
from dgm_studio.studio.session.session import Session
from dgm_studio.studio.session.state import RunState
from dgm_studio.studio.studio import Studio


@pytest.fixture
def studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Studio:
    monkeypatch.setenv("DGM_STUDIO_HOME", str(tmp_path))
    studio = Studio(Recorder(), Places())
    studio.start()
    tell(studio, m.Ready("", 0, Catalogue()))
    return studio


def tell(studio: Studio, *events: m.Event) -> None:
    studio.backend.waiting.extend(events)
    studio.pump()


def build(studio: Studio) -> None:
    """Every run that is seen is there."""
    for slot in studio.session.seen:
        run, spec = studio.runs[slot], studio.session.spec(slot)
        spec = spec.with_(training={"batch": 100, **spec.training})
        tell(studio, m.Opened(run.name, 0, spec, INFO, studio.tray.place(studio.session.run_id(slot))))


def progress(studio: Studio, slot: str, step: int, seconds: float = 1.0, phase: m.Phase = "training") -> None:
    tell(studio, m.Progress(studio.runs[slot].name, step, phase, 10.0, 0.1, seconds, "CPU"))


def compared(studio: Studio, *families: str) -> list[str]:
    studio.set_workspace("compare")
    for family in families:
        studio.comparison.add_family(family)
    build(studio)
    return list(studio.session.cells)


def test_it_begins_with_the_run_that_was_in_front(studio: Studio) -> None:
    studio.choose_family("gan")
    studio.set_workspace("compare")
    assert [studio.session.spec(slot).family for slot in studio.session.cells] == ["gan"]
    assert studio.run is studio.runs["cell-A"]
    assert studio.backend.of(m.Open)[-1].run == studio.run.name


def test_a_trained_run_is_compared_as_it_is_and_stays_where_it_was(studio: Studio) -> None:
    build(studio)
    progress(studio, "2d", 40)
    studio.set_workspace("compare")
    saved, loaded = studio.backend.of(m.Save)[-1], studio.backend.of(m.Load)[-1]
    assert saved.run == studio.runs["2d"].name
    assert (loaded.run, loaded.path) == (studio.runs["cell-A"].name, saved.path)
    assert studio.session.run_id("cell-A") != studio.session.run_id("2d")
    assert studio.session.spec("cell-A") == studio.runs["2d"].opened.spec


def test_there_is_room_for_six(studio: Studio) -> None:
    compared(studio, "gan", "flow", "vae", "kde", "diffusion")
    assert studio.comparison.full
    assert not studio.comparison.add_family("ebm")
    assert "room for 6" in studio.notices.items[-1].message


def test_cells_keep_their_letters_and_a_new_one_takes_the_first_that_is_free(studio: Studio) -> None:
    compared(studio, "gan", "flow")
    studio.comparison.remove("cell-B")
    assert studio.session.cells == ("cell-A", "cell-C")
    studio.comparison.add_family("vae")
    assert set(studio.session.cells) == {"cell-A", "cell-B", "cell-C"}
    assert studio.session.front == "cell-B"


def test_a_run_that_is_taken_out_is_closed_and_comes_back_by_undo(studio: Studio) -> None:
    compared(studio, "gan")
    name, id = studio.runs["cell-B"].name, studio.session.run_id("cell-B")
    studio.comparison.remove("cell-B")
    assert studio.backend.of(m.Close)[-1].run == name
    assert studio.undo_said == "remove gan"
    studio.undo()
    assert studio.session.run_id("cell-B") == id
    assert studio.backend.of(m.Open)[-1].place == studio.tray.place(id)


def test_who_watches_is_told_that_another_run_is_steered(studio: Studio) -> None:
    a, b = compared(studio, "gan")
    fronts = []
    studio.on("workspace", lambda _: fronts.append(studio.session.front))
    studio.comparison.remove(b)
    studio.undo()
    studio.comparison.choose(a)
    assert fronts == [a, b, a]
    studio.set_sampling(seed=3)
    assert len(fronts) == 3


def test_data_noise_count_temperature_and_class_are_shared_and_samplers_are_not(studio: Studio) -> None:
    a, b = compared(studio, "gan")
    studio.comparison.choose(a)
    studio.set_sampling(count=123, temperature=0.7, seed=9)
    studio.set_knob("steps", 3)
    other = studio.session.spec(b).sampling
    assert (other.count, other.temperature, other.seed) == (123, 0.7, 9)
    assert "steps" not in other.knobs
    studio.choose_data(DataChoice(name="rings"))
    assert {studio.session.spec(slot).data.name for slot in (a, b)} == {"rings"}
    studio.undo()
    assert {studio.session.spec(slot).data.name for slot in (a, b)} == {"moons"}


def test_a_change_of_the_same_data_leaves_each_run_its_own_settings(studio: Studio) -> None:
    a, b = compared(studio, "gan")
    studio.set_training("learning_rate", 0.1)
    studio.comparison.choose(a)
    studio.set_data_param("noise", 0.2)
    studio.set_clusters(3)
    assert studio.session.spec(b).data == studio.session.spec(a).data
    assert studio.session.spec(b).training == {"learning_rate": 0.1}
    studio.choose_data(DataChoice(name="rings"))
    assert studio.session.spec(b).training == {}


def test_samplers_are_kept_with_data_of_the_same_kind_and_chosen_anew_with_others(studio: Studio) -> None:
    source = SourceInfo("moons", "Moons", "", "points", {})
    studio.catalogue = Catalogue(data=(source, dataclasses.replace(source, name="rings")))
    a, b = compared(studio, "gan")
    for slot in (a, b):
        studio.comparison.choose(slot)
        studio.set_sampling(sampler="langevin", knobs={"steps": 3})
    studio.choose_data(DataChoice(name="rings"))
    assert {studio.session.spec(slot).sampling.sampler for slot in (a, b)} == {"langevin"}
    studio.choose_data(DataChoice(name="file", path="scans"))
    for slot in (a, b):
        assert studio.session.spec(slot).sampling.sampler is None
        assert studio.session.spec(slot).sampling.knobs == {}


def test_what_is_changed_elsewhere_leaves_the_comparison_alone(studio: Studio) -> None:
    a, _ = compared(studio, "gan")
    studio.set_workspace("2d")
    studio.set_sampling(count=321)
    studio.choose_data(DataChoice(name="rings"))
    assert studio.session.spec(a).sampling.count != 321
    assert studio.session.spec(a).data.name == "moons"


def test_training_asks_every_run_for_what_is_left_of_the_budget(studio: Studio) -> None:
    a, b = compared(studio, "gan")
    progress(studio, a, 30, phase="paused")
    studio.comparison.set_budget("steps", 100)
    studio.toggle_train()
    asked = {i.run: i for i in studio.backend.of(m.Train)}
    assert asked[studio.runs[a].name].steps == 70
    assert asked[studio.runs[b].name].steps == 100
    assert {i.pace for i in asked.values()} == {"steps"}


@pytest.mark.parametrize(
    ("budget", "steps", "seconds"),
    [(Budget("seconds", 20), None, 15.0), (Budget("examples", 1000), 7, None), (Budget("steps", 3), None, None)],
)
def test_a_budget_counts_what_a_run_has_had(budget: Budget, steps: int | None, seconds: float | None) -> None:
    run = RunState("r", "cell-A")
    run.opened = m.Opened("r", 0, RunSpec(data=DataChoice(name="moons"), family="gan", training={"batch": 100}), INFO)
    run.take(m.Progress, m.Progress("r", 3, "paused", 1.0, 0.0, 5.0, "CPU"))
    intent = budget.left(run)
    if steps is None and seconds is None:
        assert intent is None
    else:
        assert intent is not None
        assert (intent.steps, intent.seconds) == (steps, seconds)


def test_pausing_pauses_all_and_a_run_that_comes_later_joins(studio: Studio) -> None:
    a, b = compared(studio, "gan")
    studio.toggle_train()
    for slot in (a, b):
        progress(studio, slot, 5)
    assert studio.training
    studio.comparison.add_family("vae")
    slot = studio.session.front
    tell(studio, m.Opened(studio.runs[slot].name, 0, studio.session.spec(slot), INFO))
    assert studio.backend.of(m.Train)[-1].run == studio.runs[slot].name
    studio.toggle_train()
    assert {i.run for i in studio.backend.of(m.Pause)} == {run.name for run in studio.comparison.runs.values()}


def test_no_run_joins_one_that_only_takes_a_step(studio: Studio) -> None:
    a, _ = compared(studio, "gan")
    studio.comparison.train()
    studio.comparison.pause()
    before = len(studio.backend.of(m.Train))
    progress(studio, a, 1)
    studio.comparison.add_family("vae")
    slot = studio.session.front
    tell(studio, m.Opened(studio.runs[slot].name, 0, studio.session.spec(slot), INFO))
    assert len(studio.backend.of(m.Train)) == before


def test_one_word_is_said_when_all_have_used_their_budget(studio: Studio) -> None:
    a, b = compared(studio, "gan")
    studio.comparison.set_budget("steps", 10)
    progress(studio, a, 10, phase="finished")
    tell(studio, m.Finished(studio.runs[a].name, 10, 1.0))
    assert not [n for n in studio.notices.items if "trained" in n.message.lower()]
    progress(studio, b, 10, phase="finished")
    tell(studio, m.Finished(studio.runs[b].name, 10, 1.0))
    assert [n.message for n in studio.notices.items if "trained" in n.message] == [
        "Every run has trained its 10 steps."
    ]


def test_one_that_came_apart_keeps_nobody_from_being_told_that_the_others_are_done(studio: Studio) -> None:
    a, b = compared(studio, "gan")
    studio.comparison.set_budget("steps", 10)
    progress(studio, b, 4, phase="failed")
    progress(studio, a, 10, phase="finished")
    tell(studio, m.Finished(studio.runs[a].name, 10, 1.0))
    assert studio.notices.items[-1].message == "Every other run has trained its 10 steps."


def test_a_run_that_fails_is_said_in_its_cell_and_takes_no_other_down(studio: Studio) -> None:
    a, b = compared(studio, "gan")
    tell(studio, m.Failed(studio.runs[b].name, 0, "It cannot be built.", "", "open"))
    assert studio.runs[b].failure == "It cannot be built."
    assert not studio.runs[a].failure
    studio.toggle_train()
    assert [i.run for i in studio.backend.of(m.Train)] == [studio.runs[a].name]


def test_all_runs_are_shown_at_the_nearest_step_they_kept(studio: Studio) -> None:
    a, b = compared(studio, "gan")
    for slot, steps in ((a, [0, 100, 200]), (b, [0, 64, 128])):
        tell(studio, m.History(studio.runs[slot].name, 200, np.array(steps), None))
    assert nearest_step(studio.runs[b], 90) == 64
    studio.comparison.rewind(110)
    assert {(i.run, i.step) for i in studio.backend.of(m.Rewind)} == {
        (studio.runs[a].name, 100), (studio.runs[b].name, 128),
    }  # fmt: skip


def test_all_go_live_also_before_a_rewind_was_answered(studio: Studio) -> None:
    a, b = compared(studio, "gan")
    tell(studio, m.History(studio.runs[a].name, 200, np.array([0, 100]), None))
    tell(studio, m.History(studio.runs[b].name, 200, np.array([], int), None))
    studio.comparison.rewind(100)
    studio.comparison.rewind(None)
    studio.comparison.rewind(None)
    assert [(i.run, i.step) for i in studio.backend.of(m.Rewind)] == [
        (studio.runs[a].name, 100), (studio.runs[a].name, None),
    ]  # fmt: skip


def test_what_is_about_to_be_in_front_is_compared_and_not_what_gives_way(studio: Studio) -> None:
    build(studio)
    progress(studio, "2d", 40)
    studio.choose_family("gan")
    studio.set_workspace("compare")
    assert studio.spec.family == "gan"
    assert not studio.backend.of(m.Save)


def test_a_kept_run_of_other_data_is_refused_with_the_reason(studio: Studio) -> None:
    compared(studio)
    other = m.Parked("x", 7, studio.tray.place("other"), RunSpec(data=DataChoice(name="rings"), family="gan"),
                     dataclasses.replace(INFO, data_title="Rings"), 1.0)  # fmt: skip
    studio.keep_note(other, (None, None))
    assert not studio.comparison.add_kept("other")
    assert "was trained on Rings" in studio.notices.items[-1].message


def test_a_file_that_is_no_run_is_refused_and_nothing_is_kept_of_it(studio: Studio, tmp_path: Path) -> None:
    compared(studio)
    broken = tmp_path / "broken.dgm"
    broken.write_bytes(b"PK\x03\x04 nothing")
    before = list(studio.tray.folder.glob("*.dgm")) if studio.tray.folder.exists() else []
    assert not studio.comparison.add_file(broken)
    assert "broken.dgm was not added" in studio.notices.items[-1].message
    assert list(studio.tray.folder.glob("*.dgm")) == before


def test_a_session_with_cells_survives_being_written(studio: Studio) -> None:
    compared(studio, "gan", "vae")
    assert Session.model_validate_json(studio.session.model_dump_json()) == studio.session


def test_sessions_of_earlier_versions_are_read() -> None:
    spec = Session().spec("2d").with_(family="gan")
    kept = {"workspace": "images", "plane": spec.model_dump(), "plane_run": "abc", "layers": ["data"], "time": 0.5}
    session = Session.model_validate(kept)
    assert (session.spec("2d"), session.run_id("2d"), session.spec("images")) == (spec, "abc", Session().spec("images"))


# --- what they say ------------------------------------------------------------------------------------------------------


def _measured(studio: Studio, slot: str, value: float, error: float) -> None:
    curve = m.Curve(np.array([5]), np.array([value]), np.array([error]), unit="nats", title="Gap", rank=0)
    tell(studio, m.Curves(studio.runs[slot].name, 5, {}, {"gap": curve}))


def test_a_value_is_best_only_where_no_other_clearly_beats_it(studio: Studio) -> None:
    gap = MeasureInfo("gap", "Gap", "nats", "likelihood", "", "", "", lower_is_better=True)
    studio.catalogue = Catalogue(measures=(gap,))
    a, b, c = compared(studio, "gan", "vae")
    for slot, value, error in ((a, 0.10, 0.02), (b, 0.12, 0.02), (c, 0.50, 0.02)):
        _measured(studio, slot, value, error)
    (row,) = standings(studio.comparison.runs, studio.session, studio.catalogue)
    assert row.best == {a, b}
    _measured(studio, c, 0.13, 0.02)
    (row,) = standings(studio.comparison.runs, studio.session, studio.catalogue)
    assert row.best == frozenset()


def test_figures_of_a_run_do_not_depend_on_which_others_are_shown(studio: Studio) -> None:
    a, b, c = compared(studio, "gan", "vae")
    for slot, value in ((a, 0.1), (b, 0.2), (c, 0.3)):
        _measured(studio, slot, value, 0.01)
    every = {row.name: row.readings[a] for row in standings(studio.comparison.runs, studio.session, studio.catalogue)}
    alone = {row.name: row.readings[a] for row in standings({a: studio.runs[a]}, studio.session, studio.catalogue)}
    assert every == alone


def test_every_cell_shows_the_same_measure(studio: Studio) -> None:
    a, b = compared(studio, "gan")
    curve = m.Curve(np.array([5]), np.array([1.0]), rank=0)
    later = m.Curve(np.array([5]), np.array([1.0]), rank=1)
    tell(studio, m.Curves(studio.runs[a].name, 5, {}, {"gap": curve, "distance": later}))
    assert studio.comparison.measure == "gap"
    tell(studio, m.Curves(studio.runs[b].name, 5, {}, {"distance": later}))
    assert studio.comparison.measure == "distance"
    studio.show_measure("gap")
    assert studio.comparison.measure == "gap"


def test_only_what_differs_is_listed_and_a_value_is_copied_to_the_others(studio: Studio) -> None:
    a, b = compared(studio, "flow-matching")
    studio.comparison.choose(a)
    studio.set_training("learning_rate", 0.1)
    tell(
        studio,
        m.Edited(studio.runs[a].name, 0, studio.spec.with_(training={"batch": 100, "learning_rate": 0.1}), "CPU"),
    )
    build_of = studio.runs[b]
    spec = studio.session.spec(b).with_(training={"batch": 100, "learning_rate": 0.01})
    tell(studio, m.Edited(build_of.name, 0, spec, "CPU"))
    specs = {slot: run.opened.spec for slot, run in studio.comparison.runs.items()}
    assert [(d.key, d.values) for d in differences(specs)] == [("training.learning_rate", {a: 0.1, b: 0.01})]
    studio.comparison.copy_setting("training.learning_rate", a)
    assert studio.session.spec(b).training["learning_rate"] == 0.1


def test_runs_that_differ_in_their_seed_alone_are_repeats_of_one_setting(studio: Studio) -> None:
    a, b = compared(studio, "gan")
    studio.comparison.repeat(b)
    studio.comparison.repeat(b)
    cells = studio.session.cells
    assert [studio.session.spec(slot).seed for slot in cells] == [0, 0, 1, 2]
    assert repeats({slot: studio.session.spec(slot) for slot in cells}) == [(a,), tuple(cells[1:])]


def test_a_copy_is_no_repeat_of_its_run(studio: Studio) -> None:
    compared(studio, "gan")
    studio.comparison.duplicate("cell-B")
    studio.comparison.repeat("cell-B")
    build(studio)
    specs = {slot: studio.session.spec(slot) for slot in studio.session.cells}
    assert repeats(specs) == [("cell-A",), ("cell-B", "cell-D"), ("cell-C",)]
    assert [len(row.runs) for row in results(studio).rows] == [1, 2, 1]


def test_the_mean_of_repeats_is_over_the_steps_that_all_have() -> None:
    one = m.Curve(np.array([0.0, 10.0, 20.0]), np.array([0.0, 1.0, 2.0]))
    other = m.Curve(np.array([5.0, 15.0, 40.0]), np.array([1.5, 2.5, 5.0]))
    mean, band = mean_curve([one, other])
    assert list(mean.steps) == [5, 10, 15, 20]
    assert mean.values == pytest.approx([1.0, 1.5, 2.0, 2.5])
    assert np.asarray(band.values) + band.errors == pytest.approx([1.5, 2.0, 2.5, 3.0])
    assert np.asarray(band.values) - band.errors == pytest.approx([0.5, 1.0, 1.5, 2.0])
    nothing, _ = mean_curve([one, m.Curve(np.zeros(0), np.zeros(0))])
    assert not len(nothing.values)


def test_a_setting_that_is_no_setting_is_not_copied() -> None:
    spec = Session().spec("2d")
    assert with_setting(spec, "family", "gan") is None
    assert with_setting(spec, "sampling.count", 7).sampling.count == 7
    assert with_setting(spec, "sampling.steps", 7).sampling.knobs == {"steps": 7}


def test_a_comparison_of_the_command_line_opens_as_cells(studio: Studio, tmp_path: Path) -> None:
    path = tmp_path / "compared.dgm"
    about = {"spec": {"data": {"name": "moons"}, "family": "gan"}, "data": {"event": [2], "name": "moons"}, "step": 5,
             "seconds": 1.0}  # fmt: skip
    inner = tmp_path / "inner.dgm"
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("run.json", json.dumps({**about, "spec": {"data": {"name": "moons"}, "family": "vae"}}))
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("manifest.json", json.dumps({"format": 1}))
        archive.writestr("run.json", json.dumps(about))
        archive.writestr("comparison.json", "{}")
        archive.write(inner, "runs/01.dgm")
    plane = studio.session.slots["2d"]
    studio.open(path)
    studio.sessions.wait()
    studio.pump()
    assert studio.workspace == "compare"
    assert [studio.session.spec(slot).family for slot in studio.session.cells] == ["gan", "vae"]
    assert studio.session.slots["2d"] == plane
    loads = {load.path.stem for load in studio.backend.of(m.Load)}
    assert loads == {studio.session.run_id(slot) for slot in studio.session.cells}


def test_the_others_get_about_as_many_weights_in_a_few_tries(studio: Studio) -> None:
    schema = {"properties": {"width": {"type": "integer", "minimum": 8, "maximum": 512}}}
    families = [
        FamilyInfo(name, name.upper(), "", "", "", "", schema, {}, {}) for name in ("flow-matching", "gan", "vae")
    ]
    studio.catalogue = Catalogue(families=tuple(families))
    a, b, c = compared(studio, "gan", "vae")

    def answer(slot: str, width: int, parameters: int) -> None:
        spec = studio.session.spec(slot).with_(config={"width": width})
        info = dataclasses.replace(INFO, parameters=parameters)
        tell(studio, m.Opened(studio.runs[slot].name, 0, spec, info, studio.tray.place(studio.session.run_id(slot))))

    answer(a, 128, 50_000)
    answer(b, 64, 12_000)
    answer(c, 32, 51_000)  # near enough as it is
    studio.sizes.match(a)
    assert studio.session.spec(c).config == {}
    for _ in range(6):
        width = studio.session.spec(b).config["width"]
        answer(b, width, 3 * width**2 + 10 * width)
    assert abs(3 * width**2 + 10 * width - 50_000) < 5_000
    assert studio.session.spec(b).config["width"] == width


def test_a_budget_of_weights_says_who_has_no_width(studio: Studio) -> None:
    a, b = compared(studio, "gan")
    studio.catalogue = Catalogue(families=(FamilyInfo("gan", "GAN", "", "", "", "", {}, {}, {}),))
    studio.sizes.match(a)
    assert studio.notices.items[-1].message == "GAN has no width that could be set."
    assert studio.session.spec(b).config == {}
