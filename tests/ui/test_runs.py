"""The tray on screen, the window's title, what undo says, and files that are not replaced unasked."""

from __future__ import annotations

import dataclasses
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon, QImage
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from dgm_studio.protocol import messages as m
from dgm_studio.studio.files.thumbnail import HEIGHT, WIDTH, thumbnail
from dgm_studio.ui.window.runs_dialog import RunsDialog, ago

from . import fake_backend as fake


@pytest.fixture
def trained(running: SimpleNamespace) -> SimpleNamespace:
    """A trained run, in the tray's terms: it knows its place."""
    studio = running.studio
    place = studio.tray.place(studio.session.run_id())
    running.say(dataclasses.replace(fake.opened(running.name, studio.spec), place=place))
    running.say(fake.samples(running.name, 400), fake.progress(running.name, step=600))
    running.id = place.stem
    return running


def give_way(trained: SimpleNamespace, family: str = "gan") -> None:
    """Another family is chosen and built, and the engine says what became of the run before."""
    studio = trained.studio
    before, at, place = studio.spec, studio.run.step, studio.tray.place(studio.run.id)
    studio.choose_family(family)
    asked = trained.window.studio.backend.of(m.Edit)[-1]
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(b"a run")
    trained.say(m.Parked(trained.name, at, place, before, fake.info(), 3.0))
    trained.say(dataclasses.replace(fake.opened(trained.name, asked.spec), place=asked.place))


@pytest.fixture
def dialog(trained: SimpleNamespace) -> Iterator[RunsDialog]:
    give_way(trained)
    trained.window.show_runs()
    found = trained.window.findChild(RunsDialog)
    assert found is not None
    return found


def test_nothing_is_said_of_the_tray_while_it_is_empty(running: SimpleNamespace) -> None:
    assert running.window.top.runs.isHidden()


def test_a_run_that_gave_way_is_counted_and_listed_with_a_picture(trained: SimpleNamespace, dialog: RunsDialog) -> None:
    assert trained.window.top.runs.text() == "Kept 1"
    assert dialog.list.item(0).text().splitlines() == ["Flow matching on Moons", "step 600 · not saved · just now"]
    assert not dialog.list.item(0).icon().isNull()
    assert trained.studio.tray.thumbnail(trained.id).is_file()


def test_enter_brings_it_back(trained: SimpleNamespace, dialog: RunsDialog, qtbot: QtBot) -> None:
    qtbot.keyClick(dialog.list, Qt.Key.Key_Return)
    load = trained.studio.backend.of(m.Load)[-1]
    assert load.path == load.place == trained.studio.tray.place(trained.id)
    assert dialog.isHidden()


def test_delete_removes_it_and_put_back_undoes_that(trained: SimpleNamespace, dialog: RunsDialog, qtbot: QtBot) -> None:
    assert not dialog.back.isEnabled()
    qtbot.keyClick(dialog.list, Qt.Key.Key_Delete)
    assert dialog.list.count() == 0
    assert not dialog.front.isEnabled()
    qtbot.mouseClick(dialog.back, Qt.MouseButton.LeftButton)
    assert dialog.list.count() == 1
    assert trained.studio.tray.place(trained.id).read_bytes() == b"a run"


def test_it_is_named_and_pinned(trained: SimpleNamespace, dialog: RunsDialog, qtbot: QtBot) -> None:
    dialog.name.setFocus()
    qtbot.keyClicks(dialog.name, "the good one")
    qtbot.keyClick(dialog.name, Qt.Key.Key_Return)
    qtbot.mouseClick(dialog.pin, Qt.MouseButton.LeftButton)
    assert dialog.isVisible(), "the name was entered, nothing else"
    first, second = dialog.list.item(0).text().splitlines()
    assert first == "the good one"
    assert second == "Flow matching · Moons · step 600 · not saved · just now · pinned"
    assert trained.studio.tray[trained.id].pinned


def test_it_can_be_dragged_out_as_its_file(trained: SimpleNamespace, dialog: RunsDialog) -> None:
    (url,) = dialog.list.mimeData([dialog.list.item(0)]).urls()
    assert Path(url.toLocalFile()) == trained.studio.tray.place(trained.id)


def test_undo_says_what_it_takes_back(trained: SimpleNamespace) -> None:
    undo, redo = (trained.window.menus.actions[f"edit.{which}"] for which in ("undo", "redo"))
    trained.studio.set_training("learning_rate", 0.01)
    assert undo.text() == "Undo: change learning rate"
    give_way(trained)
    assert undo.text() == "Undo: choose GAN"
    trained.studio.undo()
    assert redo.text() == "Redo: choose GAN"
    trained.window.draw()
    trained.studio.observers.tell("commands")
    assert undo.text() == "Undo", "on the pad it is about points"


def test_the_title_names_the_file_and_marks_what_is_not_in_it(trained: SimpleNamespace, tmp_path: Path) -> None:
    window, studio, path = trained.window, trained.studio, tmp_path / "moons.dgm"
    assert window.windowTitle() == "moons · Flow matching[*] · DGM Studio"
    assert window.isWindowModified()
    studio.save(path)
    path.write_bytes(b"as saved")
    trained.say(m.Saved(trained.name, 600, path))
    assert window.windowTitle() == "moons.dgm[*] · DGM Studio"
    assert not window.isWindowModified()
    trained.say(fake.progress(trained.name, step=700))
    assert window.isWindowModified()
    give_way(trained)
    assert window.windowTitle() == "moons · GAN[*] · DGM Studio"
    assert not window.isWindowModified(), "nothing was trained yet"


def saves(trained: SimpleNamespace) -> list[Path]:
    return [s.path for s in trained.studio.backend.of(m.Save)]


def test_another_family_does_not_save_into_the_file_of_the_one_before(
    trained: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, other = tmp_path / "moons.dgm", tmp_path / "gan.dgm"
    path.write_bytes(b"as saved")
    trained.say(m.Saved(trained.name, 600, path))
    trained.window.files.save()
    assert saves(trained) == [path]
    give_way(trained)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(other), ""))
    trained.window.files.save()
    assert saves(trained) == [path, other]


@pytest.mark.parametrize("answer", ["Replace", "Cancel"])
def test_what_another_program_wrote_is_replaced_only_when_a_person_says_so(
    trained: SimpleNamespace, tmp_path: Path, qtbot: QtBot, answer: str
) -> None:
    path = tmp_path / "moons.dgm"
    path.write_bytes(b"as saved")
    trained.say(m.Saved(trained.name, 600, path))
    path.write_bytes(b"something else wrote this")
    trained.window.files.save()
    question = trained.window.files.question
    assert question is not None
    assert "changed by another program" in question.text()
    assert not saves(trained)
    chosen = next(b for b in question.buttons() if b.text().replace("&", "") == answer)
    qtbot.mouseClick(chosen, Qt.MouseButton.LeftButton)
    assert saves(trained) == ([path] if answer == "Replace" else [])


def test_a_name_without_an_ending_is_asked_about_when_it_would_replace_a_file(
    trained: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "moons.dgm").write_bytes(b"there already")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "moons"), ""))
    trained.window.files.save_copy()
    question = trained.window.files.question
    assert question is not None
    assert not saves(trained)
    question.reject()
    assert not saves(trained)


def test_thumbnails_are_small_and_show_points_and_images() -> None:
    x, _ = fake.moons(300)
    points = QImage.fromData(thumbnail(None, m.Data("a", 0, x, None)))
    assert (points.width(), points.height()) == (WIDTH, HEIGHT)
    colours = {points.pixel(c, r) for c in range(WIDTH) for r in range(HEIGHT)}
    assert len(colours) == 2, "ground and data"
    images = np.random.default_rng(0).integers(0, 255, (100, 8, 8), dtype=np.uint8)
    grid = QImage.fromData(thumbnail(None, m.Data("a", 0, images, None)))
    assert 0 < grid.width() <= WIDTH
    assert 0 < grid.height() <= HEIGHT
    assert thumbnail(None, None) is None


def test_how_long_ago_is_said_in_few_words() -> None:
    assert [ago(s) for s in (5, 90, 7300, 200_000)] == ["just now", "2 min ago", "2 h ago", "2 d ago"]


def test_recent_files_are_listed_with_their_pictures(trained: SimpleNamespace, tmp_path: Path) -> None:
    path = tmp_path / "moons & more.dgm"
    trained.studio.save(path)
    extras = trained.studio.backend.of(m.Save)[-1].extras
    members = extras() if callable(extras) else extras
    with zipfile.ZipFile(path, "w") as file:
        for name, data in members.items():
            file.writestr(name, data)
    trained.say(m.Saved(trained.name, 600, path))
    trained.studio.remember(tmp_path / "gone.dgm")
    recent = trained.window.menus.recent
    recent.fill()
    (action,) = recent.actions()
    assert action.text() == "moons && more.dgm"
    assert not action.icon().isNull()
    action.trigger()
    assert trained.studio.backend.of(m.Load)[-1].path == path


def test_a_chosen_run_keeps_the_colours_of_its_picture(dialog: RunsDialog) -> None:
    icon, size = dialog.list.item(0).icon(), dialog.list.iconSize()
    plain, chosen = (icon.pixmap(size, mode).toImage() for mode in (QIcon.Mode.Normal, QIcon.Mode.Selected))
    assert plain == chosen


def test_what_was_said_of_training_goes_with_its_run(trained: SimpleNamespace) -> None:
    def said() -> list[str]:
        return [n.message for n in trained.studio.notices.items if n.message.startswith("Trained")]

    trained.say(m.Finished(trained.name, 300, 1.0), m.Finished(trained.name, 600, 2.0))
    assert said() == ["Trained 600 steps in 2 s."]
    give_way(trained)
    assert said() == []
