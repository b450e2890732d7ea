"""The shoot-out through the real window: who takes part, what each answers, and what the others think of it."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QImage

from dgm_studio.protocol import messages as m
from dgm_studio.studio.compare.shoot_out import ORIGINAL
from dgm_studio.studio.painting.canvas import Canvas
from dgm_studio.studio.session.session import PLACES
from dgm_studio.ui.compare.shoot_out_question import question
from dgm_studio.ui.compare.shoot_out_view import ShootOutView

from . import fake_backend as fake

METHOD = m.SamplerInfo("repaint", "RePaint", "Resampling.", fake.KNOBS, "heuristic", "mask", careful=True)


def picture(value: int = 200) -> np.ndarray:
    made = np.zeros((8, 8), np.uint8)
    made[:, 4:] = value
    return made


@pytest.fixture
def shoot(running, qapp) -> ShootOutView:
    """The view in front, over a run that knows exact densities, with a picture of the data on the canvas."""
    running.studio.set_workspace("images")
    name = running.studio.run.name
    running.say(fake.opened(name, running.studio.spec, "images", methods=(METHOD,), density="exact"))
    running.say(m.Data(name, 0, picture()[None], None))
    running.studio.set_image_view("shoot-out")
    qapp.processEvents()
    view = running.window.findChild(ShootOutView)
    assert view.isVisible()
    return view


def keep(running, backend, **changes: object) -> str:
    """Keep the run in front, and let the engine say that it is kept."""
    assert running.studio.commands.run("run.keep")
    name = running.studio.runs[running.studio.session.contenders[-1]].name
    known = {"methods": (METHOD,), "density": None, **changes}
    running.say(fake.opened(name, running.studio.spec, "images", **known))
    return name


def answer(running, fill: m.Fill, value: int, done: bool = True) -> None:
    x = np.repeat(fill.image[None], fill.count, 0)
    x[:, fill.mask > 0] = value
    running.say(m.Filled(fill.run, 5, fill.ticket, x, 1.0 if done else 0.3, done, "repaint", "heuristic"))


def test_no_more_runs_are_kept_than_there_is_room_for(running, shoot, backend) -> None:
    for _ in range(len(PLACES)):
        keep(running, backend)
    kept = running.studio.session.contenders
    running.studio.commands.run("run.keep")
    assert running.studio.session.contenders == kept
    assert "Remove one" in running.studio.notices.items[-1].advice
    running.studio.shoot_out.drop(running.studio.shoot_out.contenders[-1].name)
    keep(running, backend)
    assert len(running.studio.session.contenders) == len(PLACES)


def test_without_a_mask_the_lower_half_is_asked_for() -> None:
    canvas = Canvas(picture())
    asked = question(canvas)
    assert asked.by_default
    assert asked.mask[:4].sum() == 0
    assert asked.mask[4:].all()
    np.testing.assert_array_equal(asked.original, picture())
    canvas.fill_mask()
    assert not question(canvas).by_default
    assert question(Canvas(np.zeros((8, 8), np.uint8))).original is None


def test_alone_it_says_what_to_do(running, shoot) -> None:
    assert "choose another family" in shoot.note.text()
    assert "lower half" in shoot.note.text()
    assert list(shoot.table.rows) == [running.studio.run.name]
    assert not shoot.stop.isEnabled()


def test_everybody_is_asked_the_same_and_compared(running, shoot, backend) -> None:
    live, kept = running.studio.run.name, keep(running, backend)
    assert list(shoot.table.rows) == [live, kept]
    assert "choose another family" not in shoot.note.text()
    shoot.ask.click()
    first, second = backend.of(m.Fill)[-2:]
    assert (first.run, second.run) == (live, kept)
    np.testing.assert_array_equal(first.image, second.image)
    np.testing.assert_array_equal(first.mask, second.mask)
    assert first.seed == second.seed
    assert first.count == second.count == 4
    assert shoot.stop.isEnabled()
    answer(running, first, 0, done=False)
    assert "30%" in shoot.table.rows[live].method.text()
    assert len(shoot.table.rows[live].tiles.images) == 4
    answer(running, first, 0)
    answer(running, second, 100)
    rows = shoot.table.rows
    assert "<b>0.392</b>" in rows[kept].distance.text()
    assert "<b>" not in rows[live].distance.text()
    scored = backend.of(m.DensityQuery)[-1]
    assert scored.run == live
    assert len(scored.points) == 9  # four answers of each and the original
    assert rows[kept].scores[live].text() == "…"
    values = np.array([-5.0] * 4 + [-2.0] * 4 + [-1.0])
    running.say(m.Densities(live, 5, scored.ticket, values, "exact"))
    rows = shoot.table.rows
    assert [rows[n].scores[live].text() for n in (live, kept, ORIGINAL)] == ["−5.0", "−2.0", "−1.0"]
    assert rows[kept].scores[live].font().bold()
    assert not rows[live].scores[live].font().bold()
    assert not shoot.stop.isEnabled()


def test_one_that_cannot_answer_says_why(running, shoot, backend) -> None:
    other = keep(running, backend, event=(1, 28, 28))
    wayless = keep(running, backend, methods=())
    shoot.ask.click()
    assert [fill.run for fill in backend.of(m.Fill)] == [running.studio.run.name]
    assert shoot.table.rows[other].problem.text() == "knows pictures of another size"
    assert shoot.table.rows[wayless].problem.text() == "has no way to fill a mask"


def test_a_failure_is_said_in_its_row(running, shoot, backend) -> None:
    shoot.ask.click()
    fill = backend.of(m.Fill)[-1]
    running.say(m.Failed(fill.run, 5, "Out of memory.", "Fewer answers.", "fill", fill.ticket))
    row = shoot.table.rows[fill.run]
    assert row.problem.text() == "Out of memory."
    assert row.problem.isVisibleTo(shoot)
    assert not shoot.stop.isEnabled()


def test_a_likelihood_that_fails_ends_the_waiting(running, shoot, backend) -> None:
    shoot.ask.click()
    answer(running, backend.of(m.Fill)[-1], 0)
    asked = backend.of(m.DensityQuery)[-1]
    running.say(m.Failed(asked.run, 5, "It overflowed.", "", "densities", asked.ticket))
    assert not running.studio.shoot_out.busy
    assert any("It overflowed." in notice.message for notice in running.studio.notices.items)


def test_stop_stops_everybody(running, shoot, backend) -> None:
    kept = keep(running, backend)
    shoot.ask.click()
    shoot.stop.click()
    assert {cancel.run for cancel in backend.of(m.Cancel)} >= {running.studio.run.name, kept}
    assert shoot.table.rows[kept].problem.text() == "was stopped"


def test_a_contender_can_be_removed(running, shoot, backend) -> None:
    kept = keep(running, backend)
    shoot.table.dropped.emit(kept)
    assert kept not in shoot.table.rows
    assert backend.of(m.Close)[-1].run == kept


def test_painting_on_makes_the_answers_stale(running, shoot, backend, qapp) -> None:
    shoot.ask.click()
    assert not shoot.stale.isVisibleTo(shoot)
    running.window.images.canvas.fill_mask()
    qapp.processEvents()
    assert shoot.stale.isVisibleTo(shoot)
    shoot.ask.click()
    assert not shoot.stale.isVisibleTo(shoot)
    assert backend.of(m.Fill)[-1].mask.all()


def test_all_of_it_is_written_as_a_picture(running, shoot, backend, tmp_path: Path) -> None:
    shoot.ask.click()
    answer(running, backend.of(m.Fill)[-1], 50)
    shoot.write(tmp_path / "all.png")
    assert QImage(str(tmp_path / "all.png")).width() > 300
    with pytest.raises(OSError, match="could not be written"):
        shoot.write(tmp_path / "nowhere" / "all.png")


def saved(path: Path) -> Path:
    """A file that says of itself what run it is."""
    about = {"spec": {"data": {"name": "digits"}, "family": "vae"}, "data": {"event": [1, 8, 8], "name": "digits"}, "step": 5,
             "seconds": 1.0}  # fmt: skip
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("run.json", json.dumps(about))
    return path


def test_a_file_takes_part(running, shoot, backend, tmp_path: Path) -> None:
    running.studio.shoot_out.keep_file(saved(tmp_path / "my run.dgm"))
    name = backend.of(m.Load)[-1].run
    running.say(fake.opened(name, running.studio.spec, "images", methods=(METHOD,)))
    assert shoot.table.rows[name].title.text() == "my run"
    assert running.studio.document is None  # what is open stays open


def test_dropped_runs_take_part_and_other_things_do_not(running, shoot, backend, tmp_path: Path) -> None:
    def drop(*names: str) -> QDropEvent:
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(tmp_path / name)) for name in names])
        event = QDropEvent(
            QPointF(5, 5), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        )
        shoot.dropEvent(event)
        return event

    for name in ("a.dgm", "b.DGM"):
        saved(tmp_path / name)
    drop("a.dgm", "picture.png", "b.DGM")
    assert len(backend.of(m.Load)) == 2
    assert [k.name for k in running.studio.tray.kept()] == ["b", "a"]
    assert len(running.studio.session.contenders) == 2
