"""Views made ahead of time: in pieces, also for who comes too early, and none once the window is closed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QWidget

from dgm_studio.protocol import messages as m
from dgm_studio.studio.painting.canvas import Canvas
from dgm_studio.studio.painting.canvas_files import to_members
from dgm_studio.ui.images.images import ImagesView
from dgm_studio.ui.window.ahead import Ahead

from . import fake_backend as fake

PATIENCE_MS = 60_000


@pytest.fixture
def views_at_once() -> None:
    """Here they are not."""


def test_whoever_comes_too_early_is_told_and_sees_the_views_soon(running, qtbot, monkeypatch) -> None:
    turns: list[None] = []
    turn = Ahead.turn
    monkeypatch.setattr(Ahead, "turn", lambda ahead: (turns.append(None), turn(ahead)))
    window = running.window
    running.studio.set_workspace("images")
    assert window.views.currentWidget() is window.waiting
    qtbot.waitUntil(lambda: isinstance(window.views.currentWidget(), ImagesView), timeout=PATIENCE_MS)
    assert window.views.currentWidget().isVisible()
    assert len(turns) > 20  # none of them does much


@pytest.mark.parametrize("turns", [2, 8, 14, 17, 20, 24, 30])
def test_whoever_comes_while_they_are_made_sees_the_views_too(running, qtbot, turns: int) -> None:
    window = running.window
    for _ in range(turns):
        window.ahead.turn()
    running.studio.set_workspace("images")
    qtbot.waitUntil(lambda: isinstance(window.views.currentWidget(), ImagesView), timeout=PATIENCE_MS)


def test_views_that_are_made_ahead_are_never_windows_of_their_own(running, qtbot, qapp) -> None:
    shown: list[QWidget] = []

    class Watch(QObject):
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
                shown.append(watched)
            return False

    watch = Watch()
    qapp.installEventFilter(watch)
    running.studio.set_workspace("images")
    name, spec = running.studio.run.name, running.studio.spec
    running.say(fake.opened(name, spec, "images", density="exact"))
    qtbot.waitUntil(lambda: running.window.findChild(ImagesView) is not None, timeout=PATIENCE_MS)
    qapp.removeEventFilter(watch)
    assert shown == []


def test_who_goes_back_meanwhile_stays_there(running, qtbot) -> None:
    window = running.window
    running.studio.set_workspace("images")
    running.studio.set_workspace("2d")
    qtbot.waitUntil(lambda: window.findChild(ImagesView) is not None, timeout=PATIENCE_MS)
    assert window.views.currentWidget() is window.plane


def test_what_a_file_holds_beside_its_run_waits_for_the_views(running, qtbot) -> None:
    studio, window = running.studio, running.window
    picture = np.arange(64, dtype=np.uint8).reshape(8, 8)
    canvas = Canvas(picture)
    canvas.fill_mask()
    running.say(
        fake.opened("file-1", studio.session.spec("images"), "images"),
        m.Loaded("file-1", 7, Path("painted.dgm"), dict(to_members(canvas.copied()))),
    )
    qtbot.waitUntil(lambda: window.images is not None, timeout=PATIENCE_MS)
    np.testing.assert_array_equal(window.images.canvas.image, picture)
    assert window.images.canvas.mask.all()
    assert not studio.loaded


@pytest.mark.parametrize("turns", [15, 19, 20, 21, 22, 23])
def test_a_window_that_closes_meanwhile_leaves_nothing(window, studio, turns: int) -> None:
    studio.set_workspace("images")
    for _ in range(turns):
        window.ahead.turn()
    made = window.images
    window.close()  # that no widget outlives it every test of the window looks
    window.ahead.turn()
    assert window.images is made, "nothing more is made"
