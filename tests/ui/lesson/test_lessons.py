"""Lessons in the window: what a step opens and shows, what a learner does of it, and that nothing of their own is touched."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from dgm_studio.lessons.finding import open_lesson
from dgm_studio.lessons.progress import MadePrediction, load_progress
from dgm_studio.lessons.slip import read_slip
from dgm_studio.protocol import messages as m
from dgm_studio.studio.actions import show_workspace
from dgm_studio.studio.choices import choices
from dgm_studio.studio.lesson.painted import PaintedPrediction, compare
from dgm_studio.studio.session.session import Session
from dgm_studio.ui.lesson.lessons import panels_of, shown_by
from dgm_studio.ui.lesson.slip_pdf import slip_pdf
from dgm_studio.ui.window.main_window import MainWindow

from .. import fake_backend as fake

SAMPLE = Path(__file__).parent / "sample"


@pytest.fixture
def learner(running: SimpleNamespace, qapp: QApplication) -> Iterator[SimpleNamespace]:
    """Somebody at the second step of the lesson of the tests, which goes on from a run that is there."""
    window: MainWindow = running.window
    window.studio.lesson.play(open_lesson(SAMPLE), 0)
    window.studio.lesson.not_opened()
    window.studio.run.id = window.studio.session.run_id()  # as the engine says of a run with a place
    window.studio.lesson.go(1)
    qapp.processEvents()
    running.panel = window.lessons.panel
    yield running
    window.lessons.end()


def _card(learner: SimpleNamespace, number: int) -> object:
    return next(card for card in learner.panel.cards if card.number == number)


def test_the_lessons_come_by_their_tab_and_what_was_there_comes_back(
    running: SimpleNamespace, qapp: QApplication
) -> None:
    window, studio = running.window, running.studio
    before, docks = studio.session, {name: dock.isVisible() for name, dock in window.docks.items()}
    window.top.workspaces.buttons["lessons"].click()
    qapp.processEvents()
    assert window.views.currentWidget() is window.lessons.shelf
    assert not any(dock.isVisible() for dock in window.docks.values())
    window.top.workspaces.buttons["2d"].click()
    qapp.processEvents()
    assert window.views.currentWidget() is window.plane
    assert {name: dock.isVisible() for name, dock in window.docks.items()} == docks
    assert studio.session == before


def test_a_step_shows_what_it_is_about_and_everything_at_a_click(learner: SimpleNamespace, qapp: QApplication) -> None:
    window = learner.window
    assert set(window.lessons.trying.knobs.rows) == {"model.family", "sampling.steps"}
    assert not window.docks["setup"].isVisible()
    assert window.docks["progress"].isVisible()  # the step shows the loss
    learner.panel.everything.click()
    qapp.processEvents()
    assert all(dock.isVisible() or window.tabifiedDockWidgets(dock) for dock in window.docks.values())
    assert window.lessons.trying.isHidden()
    learner.panel.everything.click()
    assert not window.docks["setup"].isVisible()
    row = window.lessons.trying.knobs.rows["sampling.steps"]
    row.enter(9)  # a knob does what its row in the panel does
    assert learner.studio.spec.sampling.knobs["steps"] == 9
    assert learner.studio.controls["sampling.steps"].value == 9


def test_what_is_locked_is_not_shown() -> None:
    step = open_lesson(SAMPLE).steps[1]
    assert shown_by(step, "sampling.steps")
    assert not shown_by(step, "sampling.temperature")
    assert panels_of(step, ["progress.loss.shown", "sampling.steps"]) == ("progress",)


def test_predictions_are_kept_and_laid_beside_what_is_measured(learner: SimpleNamespace) -> None:
    number = _card(learner, 1)
    number.field.setText("0,3")
    number.keep.click()
    assert "0.30 standard deviations" in number.said.text()
    learner.say(fake.measured(learner.name))
    kept = learner.studio.lesson.step_record.predictions[0]
    assert (kept.kind, kept.number) == ("number", 0.3)
    choice = _card(learner, 2)
    choice.choices[0].click()
    assert not choice.choices[1].isEnabled()
    choice.answer.click()
    assert choice.said.text() == "✗ It is B."
    choice.again.click()
    assert choice.choices[1].isEnabled()
    assert load_progress(open_lesson(SAMPLE))[0].steps[1].predictions[0].number == 0.3


def _measure(learner: SimpleNamespace, value: float, error: float) -> None:
    values = {
        "sliced_wasserstein": {"value": value, "error": error, "floor": 0.05},
        "network_passes": {"value": 35.0, "error": None, "floor": None},
    }
    learner.say(m.Measured(learner.name, learner.studio.run.step, values, {}))


def test_a_run_that_is_about_to_give_way_reaches_no_goal(learner: SimpleNamespace) -> None:
    """A step that begins anew is not done because the run before it had trained."""
    studio = learner.studio
    assert studio.lesson.facts()["steps"].value == studio.run.step
    studio.edit(studio.session.with_run("another"))
    assert studio.run.opened is not None  # the run before is still there
    assert studio.lesson.facts() == {}


def test_a_goal_passes_beyond_two_standard_errors_and_is_there_the_next_day(
    learner: SimpleNamespace, backend: fake.FakeBackend
) -> None:
    goal, reveal = _card(learner, 3), _card(learner, 4)
    _measure(learner, 0.18, 0.02)
    assert not goal.reached
    assert not reveal.shown
    assert "within two standard errors" in goal.said.text()
    wide = learner.studio.catalogue
    known = (*wide.measures, replace(wide.measures[0], name="sliced_wasserstein"))
    learner.studio.catalogue = replace(wide, measures=known)
    goal.check.click()
    asked = [each for each in backend.sent if isinstance(each, m.MeasureNow)]
    assert asked[-1] == m.MeasureNow(learner.name, only=("sliced_wasserstein",))
    _measure(learner, 0.15, 0.02)
    assert goal.reached
    assert goal.title.text() == "✓ Goal reached"
    assert not reveal.text.isHidden()  # what it reveals waited for it
    _measure(learner, 0.9, 0.02)
    assert goal.reached  # what was reached stays so
    progress, problem = load_progress(open_lesson(SAMPLE))
    assert problem == ""
    assert progress.at == 1
    assert progress.steps[1].goals[0].found["sliced_wasserstein"] == (0.15, 0.02)


def test_a_slip_is_written_and_a_class_of_them_read(
    learner: SimpleNamespace, tmp_path: Path, qapp: QApplication
) -> None:
    stroke = tuple((0.1 * n, 0.2) for n in range(20))
    learner.studio.lesson.go(0)
    learner.studio.lesson.not_opened()
    learner.studio.lesson.predict(1, PaintedPrediction((stroke,), 0.2).made)
    lessons = learner.window.lessons
    lessons.write_slip(tmp_path / "slip.json")
    slip = read_slip(tmp_path / "slip.json")
    assert slip.steps[0].predictions[0].made is not None
    lessons.write_slip(tmp_path / "slip.pdf")
    page = (tmp_path / "slip.pdf").read_bytes()
    assert page.startswith(b"%PDF")
    assert page.count(b"/Type /Page\n") == 1
    assert slip_pdf(slip).startswith(b"%PDF")
    lessons.write_slip(tmp_path / "slip.txt")
    assert not (tmp_path / "slip.txt").exists()
    lessons.write_slip(tmp_path / "nowhere" / "slip.json")
    assert "was not written" in learner.studio.notices.items[-1].message
    _see_a_class(learner, tmp_path / "class", qapp)


def _see_a_class(learner: SimpleNamespace, folder: Path, qapp: QApplication) -> None:
    """A teacher opens what a class handed in."""
    folder.mkdir()
    lessons = learner.window.lessons
    learner.studio.lesson.go(1)
    learner.studio.lesson.predict(1, MadePrediction(kind="number", number=0.3))
    learner.studio.lesson.predict(2, MadePrediction(kind="choice", choice=2))
    lessons.write_slip(folder / "a.json")
    other = json.loads((folder / "a.json").read_text())
    other["slip"] = "another"
    other["steps"][1]["predictions"][0]["made"]["number"] = 0.7
    (folder / "b.json").write_text(json.dumps(other))
    (folder / "c.json").write_text("{}")
    lessons.show_results([folder])
    qapp.processEvents()
    table = lessons.results.table
    assert table.rowCount() == 2
    assert {table.item(row, 5).text() for row in range(2)} == {"0.3", "0.7"}
    assert len(lessons.results.histograms) == 2
    assert "c.json" in lessons.results.problems.text()
    lessons.results.close()


def test_the_brush_paints_with_mouse_and_keys(learner: SimpleNamespace, qtbot: QtBot) -> None:
    learner.studio.lesson.go(0)
    learner.studio.lesson.not_opened()
    card = _card(learner, 1)
    card.paint.click()
    brush = learner.window.lessons.brush
    glass = brush.glass
    QTest.mousePress(glass, Qt.MouseButton.LeftButton, pos=QPoint(120, 120))
    QTest.mouseMove(glass, QPoint(220, 160))
    QTest.mouseRelease(glass, Qt.MouseButton.LeftButton, pos=QPoint(220, 160))
    assert len(brush.value.strokes) == 1
    QTest.keyClick(glass, Qt.Key.Key_Right)
    QTest.keyClick(glass, Qt.Key.Key_Space)
    assert len(brush.value.strokes) == 2
    QTest.keyClick(glass, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert len(brush.value.strokes) == 1
    card.keep.click()
    assert not brush.active
    assert brush.layer.painted is not None
    assert learner.studio.lesson.step_record.predictions[0].radius > 0


def test_samples_in_the_painting_are_near_it_and_others_are_far() -> None:
    import numpy as np

    rng = np.random.default_rng(0)
    painted = PaintedPrediction((((-1.0, 0.0), (1.0, 0.0)), ((5.0, 5.0), (5.1, 5.0))), 0.3)
    inside = np.stack([rng.uniform(-1, 1, 500), rng.uniform(-0.2, 0.2, 500)], 1)
    data = rng.normal(0, 1, (500, 2))
    near, far = compare(painted, inside, data), compare(painted, inside + 4.0, data)
    assert near.share == 1.0
    assert (near.places, near.met) == (2, 1)
    assert near.distance < far.distance
    assert PaintedPrediction.of(painted.made) == painted


def test_nothing_of_ones_own_and_nothing_of_the_lesson_is_touched(running: SimpleNamespace, tmp_path: Path) -> None:
    studio = running.studio
    mine = studio.session.run_id("2d")
    studio.lesson.play(open_lesson(SAMPLE), 0)
    studio.edit(studio.session.with_run("another", "2d"))
    show_workspace(studio, "2d")
    assert studio.session.run_id("2d") == mine
    show_workspace(studio, "lessons")
    assert studio.session.run_id("2d") == "another"
    show_workspace(studio, "2d")
    lesson = open_lesson(SAMPLE)
    studio.set_layers(("density",))
    studio.lesson.play(lesson, 0)
    assert studio.session.layers == Session().layers  # a step that begins anew is seen as at first
    assert studio.lesson.holds(lesson.folder / "steps" / "x.dgm")  # nothing is ever saved there
    assert not studio.lesson.holds(lesson.folder.parent / "x.dgm")
    (tmp_path / "lesson.md").write_text("---\ntitle: x\n---\n\n## A step {sesion=gallery:moons-vae}\n\nText\n")
    running.window.lessons.play(tmp_path)
    said = studio.notices.items[-1]
    assert "cannot be played" in said.message
    assert "lesson.md:5" in said.advice
    running.window.lessons.end()
    assert studio.session.layers == ("density",)


def test_the_palette_knows_lessons(running: SimpleNamespace) -> None:
    lesson = running.studio.lesson.known()[0]
    found = [command for command in choices(running.studio, lesson.title) if command.group == "Lessons"]
    found[0].run()
    assert running.studio.lesson.lesson == lesson
    running.window.lessons.end()
