"""A signal ends the program as closing its window does: the next start finds the session and what was trained."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Signal

from dgm_studio.studio.files.settings import load_settings
from dgm_studio.ui.window.ending import Ending
from dgm_studio.ui.window.main_window import MainWindow

_PROGRAM = """
import sys
from PySide6.QtCore import QTimer
from dgm_studio.ui import app

wake = app.begin

def begin(window, path):
    wake(window, path)
    studio = window.studio
    watch = QTimer(window)

    def look():
        if studio.run.opened is not None and not studio.run.training and not studio.run.step:
            studio.set_knob("steps", 7)
            studio.train()
        if studio.run.step >= 5:
            watch.stop()
            print("trained", flush=True)

    watch.timeout.connect(look)
    watch.start(50)

app.begin = begin
sys.exit(app.run_app())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends a process without asking it")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_a_signal_saves_as_closing_does(number: signal.Signals, tmp_path: Path) -> None:
    environment = {**os.environ, "DGM_STUDIO_HOME": str(tmp_path), "QT_QPA_PLATFORM": "offscreen"}
    with subprocess.Popen(
        [sys.executable, "-c", _PROGRAM], env=environment, stdout=subprocess.PIPE, text=True
    ) as program:
        assert program.stdout is not None
        try:
            assert program.stdout.readline() == "trained\n"
            program.send_signal(number)
            assert program.wait(timeout=120) == 0
        finally:
            program.kill()  # who leaves `Popen` waits, however long
    settings, problem = load_settings(next(tmp_path.rglob("settings.json")))
    assert not problem
    assert settings.session is not None
    assert settings.session["slots"]["2d"]["spec"]["sampling"]["knobs"] == {"steps": 7}
    assert next(tmp_path.rglob("2d.dgm")).stat().st_size > 0
    assert not list(tmp_path.rglob("running"))  # nothing looks like a crash


class Desktop(QObject):
    """The signals of an application that a desktop's session gives. Qt alone can make what they carry."""

    commitDataRequest = Signal(object)
    saveStateRequest = Signal(object)
    aboutToQuit = Signal()


@pytest.fixture
def desktop(open_window) -> Iterator[tuple[Desktop, MainWindow]]:  # type: ignore[no-untyped-def]
    made, window = Desktop(), open_window()
    ending = Ending(made, window)  # type: ignore[arg-type]
    yield made, window
    ending.stop()


def steps_kept(window: MainWindow) -> object:
    settings, _ = load_settings(window.studio.places.settings)
    return settings.session and settings.session["slots"]["2d"]["spec"]["sampling"]["knobs"].get("steps")


@pytest.mark.parametrize("request_", ["commitDataRequest", "saveStateRequest"])
def test_the_end_of_the_desktop_s_session_saves_and_goes_on(desktop: tuple[Desktop, MainWindow], request_: str) -> None:
    session, window = desktop
    window.studio.set_knob("steps", 9)
    getattr(session, request_).emit(None)
    assert steps_kept(window) == 9
    assert window.isVisible()


def test_what_ends_the_program_closes_the_window_and_saves(desktop: tuple[Desktop, MainWindow]) -> None:
    session, window = desktop
    window.studio.set_knob("steps", 11)
    session.aboutToQuit.emit()
    assert steps_kept(window) == 11
    assert not window.isVisible()
