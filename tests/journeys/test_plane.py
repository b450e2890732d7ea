"""In the plane: choose, train, steer, scrub, go back in history, save, reopen, close."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from dgm_studio.ui.window.main_window import MainWindow

from .conftest import PATIENCE_MS

LEFT = Qt.MouseButton.LeftButton


def _click(qtbot: QtBot, window: MainWindow, text: str) -> None:
    """Press the button of that name."""
    button = next(
        b for b in window.findChildren(QPushButton) if b.isVisible() and text in (b.text(), b.accessibleName())
    )
    qtbot.mouseClick(button, LEFT)


def _train_to(qtbot: QtBot, window: MainWindow, step: int) -> None:
    qtbot.waitUntil(lambda: window.studio.run.step >= step, timeout=PATIENCE_MS)


def _journey(qtbot: QtBot, open_window: Callable[..., MainWindow], tmp_path: Path) -> None:
    window = open_window()
    studio = window.studio

    # choose data and family by their tiles and cards
    qtbot.waitUntil(lambda: "8-gaussians" in window.setup.gallery.tiles, timeout=PATIENCE_MS)
    qtbot.mouseClick(window.setup.gallery.tiles["8-gaussians"], LEFT)
    qtbot.waitUntil(lambda: studio.run.opened.spec.data.name == "8-gaussians", timeout=PATIENCE_MS)
    assert len(studio.run.opened.info.classes) == 8

    # train with one press; samples, density, field and quality come by themselves
    _click(qtbot, window, "Train")
    _train_to(qtbot, window, 40)
    qtbot.waitUntil(lambda: studio.run.samples is not None and studio.run.samples.shown_step > 0, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: {"density", "field"} <= set(studio.run.fields), timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: studio.run.measured is not None, timeout=PATIENCE_MS)
    assert "gap" in studio.run.measured.values

    # steer while it trains: the next samples obey
    step = studio.run.step
    studio.set_sampling(count=300)
    qtbot.waitUntil(lambda: len(studio.run.samples.x) == 300, timeout=PATIENCE_MS)
    studio.set_knob("steps", 4)
    qtbot.waitUntil(lambda: studio.resolved.sampling.knobs["steps"] == 4, timeout=PATIENCE_MS)
    _train_to(qtbot, window, step + 20)
    assert studio.run.training

    # another family keeps training without being asked
    studio.choose_family("diffusion")
    qtbot.waitUntil(lambda: studio.run.opened.spec.family == "diffusion", timeout=PATIENCE_MS)
    _train_to(qtbot, window, 60)
    _click(qtbot, window, "Pause")
    qtbot.waitUntil(lambda: not studio.run.training, timeout=PATIENCE_MS)

    # scrub the sampling time: the path is asked for and shown
    studio.set_time(0.5)
    qtbot.waitUntil(lambda: studio.run.samples is not None and studio.run.samples.path is not None, timeout=PATIENCE_MS)
    samples = studio.run.samples
    assert samples.times[0] == 0
    assert samples.times[-1] == 1
    assert np.array_equal(samples.path[-1], samples.x[: samples.path.shape[1]])
    studio.set_time(1.0)

    # undo the family, redo it
    studio.commands.run("edit.undo")
    qtbot.waitUntil(lambda: studio.run.opened.spec.family == "flow-matching", timeout=PATIENCE_MS)
    studio.commands.run("edit.redo")
    qtbot.waitUntil(lambda: studio.run.opened.spec.family == "diffusion", timeout=PATIENCE_MS)

    # history: show an earlier step, branch from it
    studio.train()
    _train_to(qtbot, window, 80)
    studio.pause()
    qtbot.waitUntil(lambda: studio.run.history is not None and len(studio.run.history.steps) > 4, timeout=PATIENCE_MS)
    earlier = int(studio.run.history.steps[2])
    studio.rewind(earlier)
    qtbot.waitUntil(lambda: studio.run.history.shown == earlier, timeout=PATIENCE_MS)
    qtbot.waitUntil(
        lambda: studio.run.samples is not None and studio.run.samples.shown_step == earlier, timeout=PATIENCE_MS
    )
    studio.branch()
    qtbot.waitUntil(lambda: studio.run.step == earlier, timeout=PATIENCE_MS)

    # a click on the plane asks what is known there
    canvas = window.plane.canvas
    qtbot.mouseClick(canvas.viewport(), LEFT, pos=QPoint(canvas.width() // 2, canvas.height() // 2))
    qtbot.waitUntil(lambda: studio.run.probed is not None, timeout=PATIENCE_MS)
    assert any("log p true" in name for name in studio.run.probed.values)

    # save, go elsewhere, open again: everything is as it was
    path = tmp_path / "journey.dgm"
    studio.save(path)
    qtbot.waitUntil(path.is_file, timeout=PATIENCE_MS)
    spec, step = studio.spec, studio.run.step
    studio.choose_family("kde")
    qtbot.waitUntil(lambda: studio.run.opened.spec.family == "kde", timeout=PATIENCE_MS)
    studio.open(path)
    qtbot.waitUntil(
        lambda: studio.run.opened is not None and studio.run.opened.spec.family == "diffusion", timeout=PATIENCE_MS
    )
    qtbot.waitUntil(lambda: studio.run.step == step, timeout=PATIENCE_MS)
    assert studio.spec.data == spec.data

    # close while training, without a question
    studio.train()
    _train_to(qtbot, window, step + 5)
    window.close()
    assert not any(thread.name == "dgm-engine" for thread in threading.enumerate())

    # the next start has it all back
    again = open_window(restore=True)
    assert again.studio.spec.family == "diffusion"
    qtbot.waitUntil(lambda: again.studio.run.step >= step, timeout=PATIENCE_MS)


def test_choose_train_steer_scrub_save_reopen_close(
    qtbot: QtBot, open_window: Callable[..., MainWindow], tmp_path: Path
) -> None:
    _journey(qtbot, open_window, tmp_path)


@pytest.mark.x11
def test_the_same_under_a_real_x_server(qtbot: QtBot, open_window: Callable[..., MainWindow], tmp_path: Path) -> None:
    from PySide6.QtGui import QGuiApplication

    if QGuiApplication.platformName() != "xcb":
        pytest.skip("needs a real X server: make x11 starts one")
    _journey(qtbot, open_window, tmp_path)


def test_the_window_answers_while_it_trains(qtbot: QtBot, open_window: Callable[..., MainWindow]) -> None:
    """Not a timing test: thousands of training steps must not hold back a single click for long."""
    window = open_window()
    window.studio.train()
    _train_to(qtbot, window, 30)
    for layer in ("truth", "difference", "path"):
        window.studio.toggle_layer(layer)
    qtbot.waitUntil(lambda: {"truth", "difference"} <= set(window.studio.run.fields), timeout=PATIENCE_MS)
    assert window.studio.run.training


def test_trouble_becomes_a_notice_and_the_window_goes_on(
    qtbot: QtBot, open_window: Callable[..., MainWindow], tmp_path: Path
) -> None:
    window = open_window()
    studio = window.studio
    bad = tmp_path / "bad.dgm"
    bad.write_bytes(b"not a zip")
    name = studio.run.name
    studio.open(bad)
    qtbot.waitUntil(lambda: any("bad.dgm" in n.message for n in studio.notices.items), timeout=PATIENCE_MS)
    table = tmp_path / "words.csv"
    table.write_text("a,b\nc,d\n")
    window.files.take_data(str(table))
    qtbot.waitUntil(lambda: any("words.csv" in n.message for n in studio.notices.items), timeout=PATIENCE_MS)
    studio.undo()
    assert studio.run.name == name
    studio.train()
    _train_to(qtbot, window, 10)
