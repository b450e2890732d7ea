"""The window over a fake backend: what is clicked becomes an intent, what the engine says is shown."""

from __future__ import annotations

import base64
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QFileDialog, QLineEdit, QSlider, QTabBar

from dgm_studio.protocol import messages as m
from dgm_studio.studio import actions
from dgm_studio.studio.files.settings import load_settings
from dgm_studio.studio.studio import Studio
from dgm_studio.ui.look import theme
from dgm_studio.ui.window.main_window import NARROW, MainWindow

from . import fake_backend as fake


def click(widget: QAbstractButton) -> None:
    widget.click()
    QApplication.processEvents()


def test_the_window_opens_before_the_engine_is_up(window: MainWindow, backend) -> None:
    assert window.isVisible()
    assert not backend.sent
    assert not window.top.train.isEnabled()


def test_the_default_run_is_opened_when_the_engine_is_ready(window, studio, backend, say) -> None:
    say(fake.ready())
    assert [i.spec.data.name for i in backend.of(m.Open)] == ["moons"]
    assert set(window.setup.gallery.tiles) == {*fake.PLANES, ""}
    assert list(window.setup.families.cards) == [name for name, _, _ in fake.FAMILIES]


def test_first_start_says_one_sentence_and_training_is_one_click_away(studio, backend, say) -> None:
    studio.settings.seen_welcome = False
    window = MainWindow(studio)
    window.show()
    say(fake.ready())
    say(fake.opened(studio.run.name, studio.spec), fake.progress(studio.run.name, "ready", 0))
    (card,) = window.notices.cards
    click(card.action)
    assert len(backend.of(m.Train)) == 1
    assert not window.notices.cards
    window.close()
    window.deleteLater()


def test_train_becomes_pause_while_it_trains(running, backend) -> None:
    top = running.window.top
    assert top.train.text() == "Pause"
    click(top.train)
    assert len(backend.of(m.Pause)) == 1
    running.say(fake.progress(running.name, "paused"))
    assert top.train.text() == "Train"
    assert top.step.isEnabled()


def test_samples_can_be_exported_as_soon_as_they_are_there(running) -> None:
    export = running.window.top.export
    running.say(fake.opened(running.name, running.studio.spec))
    assert not export.isEnabled()
    running.say(fake.samples(running.name, 400))
    assert export.isEnabled()


def test_choosing_data_rebuilds_the_run(running, backend) -> None:
    click(running.window.setup.gallery.tiles["rings"])
    assert backend.of(m.Edit)[-1].spec.data.name == "rings"
    assert running.window.setup.gallery.tiles["rings"].isChecked()


def test_choosing_a_family_rebuilds_the_run(running, backend) -> None:
    click(running.window.setup.families.cards["vae"])
    assert backend.of(m.Edit)[-1].spec.family == "vae"


def test_a_family_that_cannot_take_the_data_says_why(running) -> None:
    running.studio.set_workspace("images")
    card = running.window.setup.families.cards["kde"]
    assert not card.isEnabled()
    assert card.toolTip() == "Too many dimensions."


def test_a_dragged_knob_is_one_undo_step(running, backend) -> None:
    row = running.window.steer.knobs.rows["steps"]
    for value in (20, 30, 40):
        row.drag(value)
    row.released.emit()
    assert backend.of(m.Edit)[-1].spec.sampling.knobs["steps"] == 40
    running.studio.undo()
    assert "steps" not in running.studio.spec.sampling.knobs


def test_class_temperature_count_and_noise_are_steered(running, backend) -> None:
    steer = running.window.steer
    steer.label.changed.emit(1)
    steer.temperature.enter(0.5)
    steer.counts["points"].enter(250)
    click(steer.dice)
    sampling = backend.of(m.Edit)[-1].spec.sampling
    assert (sampling.label, sampling.temperature, sampling.count) == (1, 0.5, 250)
    assert sampling.seed != 0
    click(steer.lock)
    assert backend.of(m.Edit)[-1].spec.sampling.seed_locked is False


def test_config_edits_and_reset(running, backend) -> None:
    running.window.setup.config_form.rows["width"].enter(64)
    assert backend.of(m.Edit)[-1].spec.config == {"width": 64}
    running.window.setup.model_heading.acted.emit()
    assert backend.of(m.Edit)[-1].spec.config == {}


def test_history_scrubs_branches_and_returns(running, backend) -> None:
    panel = running.window.progress
    panel.slider.setValue(3)
    assert backend.of(m.Rewind)[-1].step == 720
    running.say(fake.history(running.name, shown=720))
    assert panel.branch.isEnabled()
    click(panel.branch)
    assert backend.of(m.Branch)
    panel.slider.setValue(panel.slider.maximum())
    assert backend.of(m.Rewind)[-1].step is None


def test_the_measure_with_its_floor_is_shown(running) -> None:
    panel = running.window.progress
    assert panel.quality.title.text() == "Above the entropy"
    assert panel.quality.floor.isVisible()
    assert "floor" in panel.quality.value.text()
    assert "The dashed line is 0, which the true density gives." in panel.quality.toolTip()
    panel.quality.chosen.emit("sliced_w2")
    assert panel.quality.floor.value() == pytest.approx(0.03)


def test_a_failed_run_says_why_and_undo_brings_it_back(running) -> None:
    click(running.window.setup.gallery.tiles["rings"])
    running.say(m.Failed(running.name, 0, "points.csv has text in row 3.", "Remove the row.", "open"))
    window = running.window
    assert window.views.currentWidget() is window.failed
    assert window.failed.reason.text() == "Points.csv has text in row 3."
    running.say(m.Progress(running.name, 0, "loading", 0.0, 0.0, 0.0, "cpu", "reading points.csv", 0.0))
    assert not window.busy.accessibleDescription()
    click(window.failed.undo)
    assert running.studio.spec.data.name == "moons"
    assert window.views.currentWidget() is window.plane


def test_a_long_advice_is_folded_to_its_first_sentence_until_it_is_asked_for(running, qtbot) -> None:
    advice = "The weights of step 10 are restored. " + "Give the chains more moves or smaller steps. " * 4
    running.studio.notify("bad", "Training diverged.", advice)
    (card,) = running.window.notices.cards
    assert card.advice.words.text() == "The weights of step 10 are restored."
    assert card.advice.more.isVisible()
    low = card.heightForWidth(500)
    card.advice.more.click()
    assert card.advice.words.text() == advice
    assert not card.advice.more.isVisible()
    qtbot.waitUntil(lambda: card.heightForWidth(500) > low)


def test_notices_show_advice_and_can_be_dismissed(running) -> None:
    running.studio.notify("bad", "Out of memory.", "Lower the batch.")
    (card,) = running.window.notices.cards
    assert card.message.text() == "Out of memory."
    click(card.close_button)
    assert not running.window.notices.cards


def test_the_palette_finds_and_runs_commands(running, qtbot) -> None:
    window = running.window
    window.open_palette()
    palette = window.palette_dialog
    qtbot.keyClicks(palette.field, "true dens")
    assert palette.list.item(0).text() == "True density"
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert "truth" in running.studio.session.layers
    assert not palette.isVisible()


def test_shortcuts_are_unique_and_in_the_menus(window, studio) -> None:
    keys = [a.shortcut().toString() for a in window.menus.actions.values() if not a.shortcut().isEmpty()]
    assert len(keys) == len(set(keys))
    assert {c.id for c in studio.commands} == set(window.menus.actions)


def test_number_keys_switch_layers(running, qtbot) -> None:
    qtbot.keyClick(running.window, Qt.Key.Key_4)
    assert "truth" in running.studio.session.layers


def test_themes_reach_every_view(running, qtbot) -> None:
    running.studio.set_theme("light")
    assert theme.tokens().name == "light"
    qtbot.waitUntil(lambda: running.window.plane.canvas.backgroundBrush().color().name() == theme.LIGHT.plot)


def test_presenter_enlarges_type_and_puts_panels_away(running, qapp, qtbot) -> None:
    window = running.window
    window.toggle_presenter()
    assert all(dock.isHidden() for dock in window.docks.values())
    qtbot.waitUntil(lambda: qapp.font().pixelSize() > theme.FONT)
    window.toggle_presenter()
    assert not any(dock.isHidden() for dock in window.docks.values())
    qtbot.waitUntil(lambda: qapp.font().pixelSize() == theme.FONT and window.updatesEnabled())


def test_the_view_keeps_half_of_a_small_window(running, qapp) -> None:
    running.window.resize(1000, 700)
    for _ in range(3):
        qapp.processEvents()
    assert running.window.views.width() >= 500


def test_closing_saves_layout_and_session(running, backend) -> None:
    running.studio.set_knob("steps", 12)
    running.window.close()
    assert backend.closed
    settings, problem = load_settings(running.studio.places.settings)
    assert not problem
    assert settings.layout
    assert settings.session is not None
    assert settings.session["slots"]["2d"]["spec"]["sampling"]["knobs"] == {"steps": 12}


def test_a_layout_kept_on_a_wide_screen_is_folded_on_a_narrow_one(window, qapp) -> None:
    layout = window.saveState().data()
    window.resize(1000, 700)
    studio = Studio(fake.FakeBackend())
    actions.install(studio)
    studio.settings.seen_welcome = True
    studio.settings.layout = base64.b64encode(layout).decode("ascii")
    studio.settings.geometry = base64.b64encode(window.saveGeometry().data()).decode("ascii")
    again = MainWindow(studio)
    again.show()
    qapp.processEvents()
    assert again.width() < NARROW
    assert again.docks["steer"] in again.tabifiedDockWidgets(again.docks["setup"])
    again.close()
    again.deleteLater()


def test_export_writes_the_samples_on_show(running, tmp_path) -> None:
    for ending in ("npy", "npz", "csv", "png"):
        running.window.files.write(tmp_path / f"samples.{ending}")
    assert np.load(tmp_path / "samples.npy").shape == (400, 2)
    assert set(np.load(tmp_path / "samples.npz")) == {"x", "y"}
    assert len((tmp_path / "samples.csv").read_text().splitlines()) == 401
    assert (tmp_path / "samples.png").read_bytes().startswith(b"\x89PNG")


def test_export_to_a_bare_name_takes_the_preferred_ending_where_a_dialog_names_no_kind(
    running, tmp_path, monkeypatch
) -> None:
    answer = (str(tmp_path / "samples"), "")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: answer)
    running.window.files.export()
    assert (tmp_path / "samples.csv").is_file()


def test_export_to_a_wrong_name_is_a_notice(running, tmp_path) -> None:
    running.window.files.write(tmp_path / "samples.docx")
    assert "docx" in running.studio.notices.items[-1].message


def test_every_control_says_what_it_is(running) -> None:
    for kind in (QAbstractButton, QSlider, QComboBox, QLineEdit):
        for widget in running.window.findChildren(kind):
            internal = widget.objectName().startswith("qt_")
            if not internal and widget.isVisible():
                assert widget.accessibleName(), (
                    f"{type(widget).__name__} in {type(widget.parent()).__name__} has no name"
                )


def test_what_a_weighted_pool_is_worth_stands_where_its_sampler_is_steered(running) -> None:
    panel = running.window.steer
    assert panel.pool.isHidden()
    drawn = fake.samples(running.name)
    running.say(replace(drawn, effective=0.34))
    assert "worth 34% of its size" in panel.pool.text()
    running.say(replace(drawn, effective=0.02))
    assert "samples repeat each other" in panel.pool.text()
    running.say(drawn)
    assert panel.pool.isHidden()


def test_no_tabs_are_left_when_the_window_is_wide_again(running, qapp) -> None:
    window = running.window
    for size in ((1000, 700), (1280, 720)):
        window.resize(*size)
        running.studio.set_workspace("images" if size[0] > 1100 else "2d")
        for _ in range(5):
            qapp.processEvents()
    bars = [b for b in window.findChildren(QTabBar) if b.isVisible() and b.parent() is window]
    assert not bars
    assert window.docks["steer"].isVisible()
    assert window.docks["steer"].x() > window.docks["setup"].x()


def test_a_narrow_layout_comes_back_with_whole_tabs(qapp) -> None:
    for again in (False, True):
        studio = Studio(fake.FakeBackend())
        actions.install(studio)
        made = MainWindow(studio)
        made.resize(1000, 700)
        made.show()
        for _ in range(5):
            qapp.processEvents()
        (bar,) = (b for b in made.findChildren(QTabBar) if b.isVisible() and b.parent() is made)
        assert bar.elideMode() == Qt.TextElideMode.ElideNone, again
        assert not made.docks["steer"].shown_name
        made.close()
        made.deleteLater()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def test_names_of_workspaces_stay_readable_beside_kept_runs(running, qapp) -> None:
    top = running.window.top
    for width, seed in ((1000, False), (1440, True)):
        running.window.resize(width, 700)
        top.runs.setText("Kept 12")
        top.runs.show()
        top.resize(width, top.height())
        qapp.processEvents()
        assert all(each.width() >= each.sizeHint().width() for each in top.workspaces.buttons.values())
        assert top.seed.isVisibleTo(top) is seed
