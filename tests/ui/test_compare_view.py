"""The comparison in the window: cells, one scale, one view, curves and tables."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from dgm_studio.protocol import messages as m
from dgm_studio.protocol.spec import DataChoice
from dgm_studio.studio.studio import Studio
from dgm_studio.ui.compare.cells import PlaneCell
from dgm_studio.ui.compare.compare_panel import ComparePanel
from dgm_studio.ui.compare.compare_view import CompareView, columns_for
from dgm_studio.ui.compare.images_cell import ImagesCell
from dgm_studio.ui.panels.notices import NoticeCard
from dgm_studio.ui.window.main_window import MainWindow

from . import fake_backend as fake

Say = Callable[..., None]


@pytest.fixture
def view(window: MainWindow, studio: Studio, say: Say) -> CompareView:
    """A comparison of three, all there and trained a little."""
    studio.start()
    say(fake.ready())
    say(fake.opened(studio.run.name, studio.spec))
    studio.set_workspace("compare")
    for family in ("gan", "flow"):
        studio.comparison.add_family(family)
    for slot in studio.session.cells:
        name = studio.runs[slot].name
        say(fake.opened(name, studio.session.spec(slot)), fake.samples(name), *fake.fields(name), fake.curves(name))
        say(m.Progress(name, 3000, "paused", 0.0, 0.0, 30.0, "CPU"))
    found = window.views.currentWidget()
    assert isinstance(found, CompareView)
    return found


@pytest.fixture
def panel(view: CompareView, window: MainWindow) -> ComparePanel:
    found = window.below.currentWidget()
    assert isinstance(found, ComparePanel)
    return found


def planes(view: CompareView) -> list[PlaneCell]:
    return [cell.view for cell in view.cells.values() if isinstance(cell.view, PlaneCell)]


def test_there_is_a_cell_for_every_run_with_who_and_how_far(view: CompareView) -> None:
    assert [cell.title.text() for cell in view.cells.values()] == ["Flow matching", "GAN", "Flow"]
    assert all("step 3" in cell.facts.text() for cell in view.cells.values())
    assert all(plane.samples.shows(plane.run.samples.x) for plane in planes(view))


def test_a_click_steers_a_run_and_its_settings_stand_beside(
    view: CompareView, studio: Studio, window: MainWindow, qtbot: QtBot
) -> None:
    cell = view.cells["cell-A"]
    qtbot.mouseClick(cell, Qt.MouseButton.LeftButton, pos=QPoint(40, 12))
    assert studio.session.front == "cell-A"
    assert [c.chosen for c in view.cells.values()] == [True, False, False]
    window.steer.counts["points"].enter(250)
    assert {studio.session.spec(slot).sampling.count for slot in studio.session.cells} == {250}


def test_a_cell_is_chosen_and_removed_by_keys(view: CompareView, studio: Studio, qtbot: QtBot) -> None:
    qtbot.keyClick(view.cells["cell-B"], Qt.Key.Key_Return)
    assert studio.session.front == "cell-B"
    qtbot.keyClick(view.cells["cell-B"], Qt.Key.Key_Delete)
    assert list(view.cells) == ["cell-A", "cell-C"]
    studio.undo()
    assert list(view.cells) == ["cell-A", "cell-B", "cell-C"]


def test_the_same_colour_means_the_same_density_unless_asked_otherwise(view: CompareView, say: Say) -> None:
    low, high = planes(view)[0], planes(view)[1]
    field = high.run.fields["density"]
    say(m.Field(high.run.name, 100, "density", np.asarray(field.values) + np.log(5), field.extent, "exact", 1.0, 100))
    assert low.density.scale.high == high.density.scale.high
    view.own.setChecked(True)
    assert high.density.scale.high == pytest.approx(5 * low.density.scale.high, rel=1e-3)


def test_what_one_has_in_view_all_have(view: CompareView, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second, _ = planes(view)
    monkeypatch.setattr(first, "underMouse", lambda: True)
    first.canvas.item.getViewBox().setRange(xRange=(-1.0, 1.0), yRange=(-0.5, 0.5), padding=0)
    left, right, *_ = second.canvas.extent()
    assert (left, right) == pytest.approx(first.canvas.extent()[:2], rel=0.1)


def test_the_engine_is_told_of_every_cell_what_is_in_view(
    view: CompareView, backend: fake.FakeBackend, qtbot: QtBot
) -> None:
    names = {plane.run.name for plane in planes(view)}
    qtbot.waitUntil(lambda: names <= {look.run for look in backend.of(m.Look)})


def test_leaving_ends_what_is_drawn_for_the_cells(
    view: CompareView, studio: Studio, backend: fake.FakeBackend, qtbot: QtBot
) -> None:
    names = {plane.run.name for plane in planes(view)}
    qtbot.waitUntil(lambda: names <= {look.run for look in backend.of(m.Look)})
    before = len(backend.sent)
    studio.set_workspace("2d")
    ended = {i.run for i in backend.sent[before:] if isinstance(i, m.Look) and not i.layers}
    assert names <= ended


def test_all_cells_show_a_measure_as_soon_as_the_last_run_has_it(view: CompareView, studio: Studio, say: Say) -> None:
    telling = {"frechet": m.Curve(np.array([1.0]), np.array([1.4]), title="Frechet", rank=1)}
    names = [run.name for run in studio.comparison.runs.values()]
    for name in names[:-1]:
        say(m.Curves(name, 3000, {}, {**fake.curves(name).measures, **telling}))
    assert not any(cell.number.text() == "1.4" for cell in view.cells.values())
    say(m.Curves(names[-1], 3000, {}, {**fake.curves(names[-1]).measures, **telling}))
    assert [cell.number.text() for cell in view.cells.values()] == ["1.4"] * 3


def test_a_run_that_cannot_be_built_says_so_in_its_cell(view: CompareView, studio: Studio, say: Say) -> None:
    say(m.Failed(studio.runs["cell-B"].name, 0, "GAN takes no such data.", "", "open"))
    cell = view.cells["cell-B"]
    assert cell.stack.currentWidget() is cell.message
    assert "no such data" in cell.message.sentence.text()
    assert view.cells["cell-A"].stack.currentWidget() is view.cells["cell-A"].view


def test_cells_become_of_images_as_soon_as_their_runs_are(view: CompareView, studio: Studio, say: Say) -> None:
    studio.choose_data(DataChoice(name="file", path="scans"))
    assert all(isinstance(cell.view, PlaneCell) for cell in view.cells.values()), "what was there stays until then"
    spec, name = studio.session.spec("cell-A"), studio.runs["cell-A"].name
    pictures = dataclasses.replace(fake.samples(name), x=np.zeros((4, 8, 8), np.uint8), path=None, times=None)
    say(fake.opened(name, spec, "images"), pictures)
    assert [cell.kind for cell in view.cells.values()] == ["images", "points", "points"]
    studio.comparison.choose("cell-A")
    assert view.legend.isHidden()
    studio.undo()
    say(fake.opened(name, studio.session.spec("cell-A")), fake.samples(name))
    assert [cell.kind for cell in view.cells.values()] == ["points"] * 3
    assert planes(view)[0].samples.shows(studio.runs["cell-A"].samples.x)


def test_data_and_families_are_offered_of_the_kind_that_is_compared(
    view: CompareView, studio: Studio, window: MainWindow, say: Say
) -> None:
    def offered() -> set[str]:
        return set(window.setup.gallery.controls)

    points = offered()
    studio.choose_data(DataChoice(name="digits"))
    images = offered()
    assert images
    assert images != points
    studio.undo()
    assert offered() == points


def test_the_menu_offers_families_copies_and_files(view: CompareView, studio: Studio) -> None:
    menu = view.show_menu(QPoint(0, 0))
    titles = [action.text() for action in menu.actions()]
    assert any("once more" in title for title in titles)
    assert "A run from a file" in titles
    inner = [action for found in menu.findChildren(QMenu) for action in found.actions() if action.text() == "VAE"]
    inner[0].trigger()
    menu.close()
    assert studio.spec.family == "vae"


def test_curves_of_all_runs_stand_in_one_picture(panel: ComparePanel, studio: Studio) -> None:
    panel.refresh()
    assert len(panel.describe()) == 3
    assert panel.measure.count() >= 1
    steps = panel.curves.drawn("cell-A")[0]
    panel.axis.setCurrentIndex(panel.axis.findData("examples"))
    panel.refresh()
    assert panel.curves.drawn("cell-A")[0] == pytest.approx(steps * 256)


def test_the_set_up_keeps_its_room_in_a_small_window(
    panel: ComparePanel, window: MainWindow, studio: Studio, qtbot: QtBot
) -> None:
    window.resize(1000, 700)
    for page in panel.view.buttons:
        qtbot.mouseClick(panel.view.buttons[page], Qt.MouseButton.LeftButton)
        assert panel.minimumSizeHint().width() + window.setup.minimumSizeHint().width() <= 1000
        assert panel.minimumSizeHint().width() <= 775
        assert panel.history.width() >= 40


def test_a_run_that_was_rewound_by_itself_goes_live_with_all(
    panel: ComparePanel, studio: Studio, say: Say, backend: fake.FakeBackend, qtbot: QtBot
) -> None:
    name = studio.runs["cell-A"].name
    say(fake.history(name, shown=240))
    panel.refresh()
    qtbot.mouseClick(panel.live, Qt.MouseButton.LeftButton)
    assert backend.of(m.Rewind) == [m.Rewind(name, None)]


def test_the_cure_of_a_failure_is_for_the_run_that_failed(
    view: CompareView, window: MainWindow, studio: Studio, say: Say, qtbot: QtBot
) -> None:
    studio.comparison.choose("cell-A")
    say(m.Failed(studio.runs["cell-B"].name, 10, "It diverged.", "Train more gently.", "diverged"))
    (card,) = window.findChildren(NoticeCard)
    assert card.action is not None
    qtbot.mouseClick(card.action, Qt.MouseButton.LeftButton)
    assert studio.session.front == "cell-B"
    assert "learning_rate" in studio.session.spec("cell-B").training
    assert "learning_rate" not in studio.session.spec("cell-A").training


def test_repeats_are_drawn_as_a_mean_with_a_band(
    panel: ComparePanel, view: CompareView, studio: Studio, say: Say
) -> None:
    studio.comparison.repeat("cell-B")
    slot = studio.session.front
    name = studio.runs[slot].name
    say(fake.opened(name, studio.session.spec(slot)), fake.curves(name))
    panel.refresh()
    assert panel.curves.drawn_means == ("cell-B",)
    studio.comparison.remove(slot)
    panel.refresh()
    assert panel.curves.drawn_means == ()


def test_the_table_and_the_settings_have_a_column_for_every_run(
    panel: ComparePanel, studio: Studio, qtbot: QtBot
) -> None:
    qtbot.mouseClick(panel.view.buttons["table"], Qt.MouseButton.LeftButton)
    heads = [panel.table.horizontalHeaderItem(i).text() for i in range(panel.table.columnCount())]
    assert heads == ["measure", "A  Flow matching", "B  GAN", "C  Flow"]
    assert panel.table.rowCount() >= 1
    qtbot.mouseClick(panel.view.buttons["settings"], Qt.MouseButton.LeftButton)
    assert panel.settings.item(0, 0).text() == "family"


@pytest.mark.parametrize("ending", [".md", ".csv", ".tex", ".json", ".png"])
def test_the_table_is_taken_away_in_every_form(panel: ComparePanel, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"table{ending}"
    panel.save_table(path)
    assert path.stat().st_size > 100


def test_the_claims_of_the_lectures_stand_first_with_the_reason_where_there_is_none(
    panel: ComparePanel, studio: Studio, qtbot: QtBot
) -> None:
    qtbot.mouseClick(panel.view.buttons["table"], Qt.MouseButton.LeftButton)
    rows = [panel.table.item(row, 0).text() for row in range(5)]
    assert rows == ["training", "likelihood", "sampling", "compression", "representation"]
    assert all(panel.table.item(row, 1).toolTip() for row in range(5))
    assert "Seeds 0" in panel.about.text()


def test_what_courses_say_stands_beside_what_was_measured_where_it_is_asked_for(
    panel: ComparePanel, studio: Studio, say: Say, qtbot: QtBot
) -> None:
    families = tuple(dataclasses.replace(f, group="flow") if f.name == "flow" else f for f in studio.catalogue.families)
    studio.catalogue = dataclasses.replace(studio.catalogue, families=families)
    qtbot.mouseClick(panel.view.buttons["table"], Qt.MouseButton.LeftButton)
    assert not any(mark in panel.table.item(1, 3).text() for mark in "✓✗?")
    panel.lecture.click()
    say(
        dataclasses.replace(
            fake.measured(studio.runs["cell-C"].name), values={"nll": fake.value(2.0)}, units={"nll": "nats"}
        )
    )
    qtbot.waitUntil(lambda: "✓ exact" in panel.table.item(1, 3).text())
    assert "Tomczak" in panel.table.item(1, 3).toolTip()
    panel.lecture.click()
    assert "✓" not in panel.table.item(1, 3).text()


def test_tables_are_legible_after_the_theme_has_changed(panel: ComparePanel, studio: Studio, qtbot: QtBot) -> None:
    qtbot.mouseClick(panel.view.buttons["table"], Qt.MouseButton.LeftButton)
    before = panel.table.item(0, 1).foreground().color()
    studio.set_theme("light" if studio.settings.theme != "light" else "dark")
    qtbot.waitUntil(lambda: panel.table.item(0, 1).foreground().color() != before)


def test_a_double_click_on_sampling_sweeps_its_steps(panel: ComparePanel, studio: Studio, qtbot: QtBot) -> None:
    qtbot.mouseClick(panel.view.buttons["table"], Qt.MouseButton.LeftButton)
    assert panel.table.item(2, 0).text() == "sampling"
    panel.table.cellDoubleClicked.emit(2, 1)
    assert panel.view.value == "sweep"
    assert panel.sweep.knob.currentData() == "sampling.steps"
    assert studio.sweeping.knob is not None
    assert studio.sweeping.running


def test_curves_over_network_passes_are_of_runs_whose_passes_are_known(
    panel: ComparePanel, studio: Studio, say: Say
) -> None:
    name = studio.runs["cell-A"].name
    steps = panel.curves.drawn("cell-A")[0]
    say(dataclasses.replace(fake.progress(name, "paused", 3000), passes=7))
    panel.axis.setCurrentIndex(panel.axis.findData("passes"))
    panel.axis.activated.emit(panel.axis.currentIndex())
    assert panel.curves.drawn("cell-A")[0] == pytest.approx(7 * steps)
    assert not len(panel.curves.drawn("cell-B")[0])


def conditioned(intent: m.ConditionalSlice, distance: float = 0.123) -> m.ConditionalSliceResult:
    grid = np.linspace(-1, 1, 5)
    return m.ConditionalSliceResult(intent.run, 0, intent.ticket, intent.axis, intent.low, intent.high, np.zeros(10), grid,
                                    np.ones(5), None, distance, 0.05, str(intent.method), "heuristic")  # fmt: skip


def test_a_line_that_is_dragged_in_one_picture_is_known_to_all(
    view: CompareView,
    studio: Studio,
    say: Say,
    backend: fake.FakeBackend,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    view.condition.choose("0")
    lines = [plane.condition for plane in planes(view)]
    assert all(each.line.isVisible() for each in lines)
    asked = {intent.run: intent for intent in backend.of(m.ConditionalSlice)}
    assert set(asked) == {run.name for run in studio.comparison.runs.values()}
    assert {(i.axis, i.low == i.high) for i in asked.values()} == {(0, True)}
    lines[0].line.setPos(0.9)  # asked again once it has answered, not before
    assert [each.line.value() for each in lines] == [0.9] * 3
    assert len(backend.of(m.ConditionalSlice)) == 3
    first = asked[studio.runs["cell-A"].name]
    say(conditioned(first))
    assert lines[0].points.points[:, 0] == pytest.approx(first.low)
    assert "0.12 off, true samples 0.05" in lines[0].words.text()
    assert backend.of(m.ConditionalSlice)[-1].low == 0.9
    assert backend.of(m.ConditionalSlice)[-1].run == first.run
    view.condition.choose("off")
    assert not any(each.line.isVisible() for each in lines)


def test_cells_of_images_show_what_each_answers_to_one_mask(
    view: CompareView, studio: Studio, say: Say, backend: fake.FakeBackend, qtbot: QtBot
) -> None:
    assert view.answers.isHidden()
    studio.choose_data(DataChoice(name="digits"))
    pictures = np.random.default_rng(0).integers(0, 255, (4, 8, 8)).astype(np.uint8)
    for slot in studio.session.cells:
        name = studio.runs[slot].name
        say(fake.opened(name, studio.session.spec(slot), "images"), m.Data(name, 0, pictures, None))
    assert view.answers.isVisible()
    qtbot.mouseClick(view.answers.shown.buttons["answers"], Qt.MouseButton.LeftButton)
    asked = backend.of(m.Fill)
    assert {intent.run for intent in asked} == {run.name for run in studio.comparison.runs.values()}
    assert all(np.array_equal(intent.image, asked[0].image) for intent in asked)
    answers = np.repeat(pictures[:1], 4, 0)
    say(m.Filled(asked[0].run, 0, asked[0].ticket, answers, 1.0, True, "repaint", "heuristic"))
    cell = view.cells["cell-A"].view
    assert isinstance(cell, ImagesCell)
    assert cell.words.text().startswith("repaint, heuristic")
    assert np.array_equal(cell.tiles.images, answers)
    qtbot.mouseClick(view.answers.shown.buttons["samples"], Qt.MouseButton.LeftButton)
    assert studio.answers.question is None
    assert cell.words.isHidden()


def test_the_cells_are_written_as_pixels_and_as_lines(view: CompareView, studio: Studio, tmp_path: Path) -> None:
    view.write_image(tmp_path / "cells.png")
    assert QImage(str(tmp_path / "cells.png")).width() == 2 * view.board.width()
    view.write_image(tmp_path / "cells.svg")
    root = ElementTree.parse(tmp_path / "cells.svg").getroot()
    assert root.tag.endswith("svg")
    texts = [t for t in root.iter() if t.tag.endswith("text") and "GAN" in "".join(t.itertext())]
    assert texts
    view.write_image(tmp_path / "nowhere" / "cells.svg")
    assert "was not saved" in studio.notices.items[-1].message


def test_a_form_that_there_is_not_is_refused_in_words(panel: ComparePanel, studio: Studio, tmp_path: Path) -> None:
    panel.save_table(tmp_path / "table.docx")
    assert "not saved as .docx" in studio.notices.items[-1].message
    assert not list(tmp_path.glob("table*"))


@pytest.mark.parametrize(
    ("n", "width", "height", "columns"),
    [(1, 900, 600, 1), (2, 900, 600, 2), (4, 900, 600, 2), (6, 900, 600, 3), (2, 400, 900, 1)],
)
def test_cells_are_as_large_as_the_room_allows(n: int, width: int, height: int, columns: int) -> None:
    assert columns_for(n, width, height) == columns
