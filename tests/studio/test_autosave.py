"""What a person did survives a kill: the next start has it, says so, and can undo it."""

import threading
import zipfile
from types import SimpleNamespace

import numpy as np
import pytest

from dgm_studio import atomic
from dgm_studio.protocol import messages as m
from dgm_studio.studio.files.autosave import Autosave
from dgm_studio.studio.files.presence import Presence
from dgm_studio.studio.painting.brush import Brush
from dgm_studio.studio.painting.canvas import Canvas
from dgm_studio.studio.studio import Studio


class Quiet:
    """An engine that only listens."""

    def __init__(self):
        self.sent = []

    def start(self):
        pass

    def send(self, intent):
        self.sent.append(intent)

    def poll(self):
        return []

    def close(self):
        return True


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def started():
    """Makes studios that keep; those that were not closed are killed in the end, as the system drops a dead one's lock."""
    made = []

    def start():
        studio = Studio(Quiet())
        studio.autosave = Autosave(studio, Clock())
        studio.resuming.take_up()
        made.append(studio)
        return studio

    yield start
    for studio in made:
        kill(studio)


def kill(studio):
    """As `kill -9` does: nothing is closed, but the lock goes with the process."""
    studio.autosave.wait()
    studio.autosave.presence.drop()


def tick(studio, seconds=0.0):
    """Let time pass and wait for what is written."""
    studio.autosave.clock.now += seconds
    studio.pump()
    studio.autosave.wait()


def stroke(canvas, x=4.5, y=4.5):
    canvas.begin((x, y), Brush(3, 0.5))
    canvas.end()


def test_a_stroke_is_kept_as_soon_as_it_has_ended(started):
    studio, canvas = started(), Canvas(np.full((8, 8), 7, np.uint8))
    studio.autosave.watch(canvas, lambda: True)
    canvas.begin((4.5, 4.5), Brush(3, 0.5))
    tick(studio, 1)
    assert not studio.autosave.has_canvas
    canvas.end()
    tick(studio)
    kill(studio)

    again, back = started(), Canvas()
    assert again.autosave.crashed
    assert again.autosave.watch(back, lambda: True)
    assert np.array_equal(back.image, canvas.image)
    assert np.array_equal(back.mask, canvas.mask)
    assert back.undo()
    assert not back.mask.any()


def test_the_session_is_kept_and_a_crash_is_said_and_undone(started):
    studio = started()
    studio.set_workspace("images")
    studio.choose_family("vae")
    tick(studio, 10)
    kill(studio)
    again = started()
    assert again.session.spec("images").family == "vae"
    notice = again.notices.items[-1]
    assert notice.message == "The last session ended unexpectedly; it was restored."
    again.undo()
    assert again.session.spec("images").family != "vae"


def test_a_clean_end_says_nothing_and_brings_everything_back(started):
    studio, canvas = started(), Canvas(np.full((8, 8), 7, np.uint8))
    studio.autosave.watch(canvas, lambda: True)
    stroke(canvas)
    studio.close()
    again, back = started(), Canvas()
    assert not again.autosave.crashed
    assert not again.notices.items
    assert again.autosave.watch(back, lambda: True)
    assert np.array_equal(back.mask, canvas.mask)
    assert not back.can_undo


def test_what_is_not_worth_keeping_is_not_brought_back(started):
    studio, canvas = started(), Canvas()
    worth = [True]
    studio.autosave.watch(canvas, lambda: worth[0])
    stroke(canvas)
    tick(studio)
    assert studio.autosave.has_canvas
    worth[0] = False
    canvas.restart(np.zeros((8, 8), np.uint8))
    tick(studio, 1)
    assert not studio.autosave.has_canvas


def test_trained_runs_are_kept_every_minute_when_they_went_on(started):
    studio = started()
    run = studio.run
    run.opened = object()
    run.progress = SimpleNamespace(step=120)
    tick(studio, 61)
    saves = [i for i in studio.backend.sent if isinstance(i, m.Save)]
    assert [s.path for s in saves] == [studio.resuming.path("2d")]
    tick(studio, 61)
    assert len([i for i in studio.backend.sent if isinstance(i, m.Save)]) == 1
    run.progress = SimpleNamespace(step=130)
    tick(studio, 61)
    assert len([i for i in studio.backend.sent if isinstance(i, m.Save)]) == 2


def test_a_second_window_leaves_the_files_of_the_first_alone(started):
    first, canvas = started(), Canvas()
    first.autosave.watch(canvas, lambda: True)
    second, other = started(), Canvas()
    assert not second.autosave.crashed
    assert not second.autosave.watch(other, lambda: True)
    stroke(other)
    tick(second, 100)
    assert not first.autosave.has_canvas
    second.close()
    assert first.autosave.presence.path.exists()


def test_damaged_files_are_said_and_cost_nothing_else(started):
    studio = started()
    studio.autosave.canvas_file.write_bytes(b"no zip")
    canvas = Canvas(np.full((8, 8), 7, np.uint8))
    assert not studio.autosave.watch(canvas, lambda: True)
    assert "could not be restored" in studio.notices.items[-1].message
    assert (canvas.image == 7).all()
    with zipfile.ZipFile(studio.autosave.canvas_file, "w") as file:
        file.writestr("canvas/image.png", b"no picture")
    assert not studio.autosave.watch(canvas, lambda: True)
    assert (canvas.image == 7).all()


def test_a_folder_that_cannot_be_written_is_said(started, home):
    home.mkdir(parents=True)
    (home / "autosave").write_bytes(b"a file in the folder's place")
    studio = Studio(Quiet())
    studio.autosave = Autosave(studio)
    assert "kept for the next start" in studio.notices.items[-1].message
    studio.pump()
    studio.autosave.close()


def test_a_stroke_waits_for_no_disk(started, monkeypatch):
    """The pixels are handed over and the window goes on, however long the disk takes."""
    studio, canvas = started(), Canvas(np.zeros((64, 64, 3), np.uint8))
    studio.autosave.watch(canvas, lambda: True)
    disk, write = threading.Event(), atomic.write

    def slow(path, data):
        assert disk.wait(60)
        write(path, data)

    monkeypatch.setattr(atomic, "write", slow)
    stroke(canvas, 20.5, 30.5)
    studio.autosave.clock.now += 1
    studio.pump()
    stroke(canvas, 40.5, 30.5)
    studio.pump()
    assert studio.autosave.writing
    disk.set()
    studio.autosave.wait()


def test_presence_tells_a_crash_from_another_window(tmp_path):
    path = tmp_path / "running"
    first, second = Presence(path), Presence(path)
    assert first.enter() == "nothing"
    assert second.enter() == "another"
    assert not second.held
    first.leave()
    assert not path.exists()
    path.write_bytes(b"")
    assert second.enter() == "crash"
    second.leave()
