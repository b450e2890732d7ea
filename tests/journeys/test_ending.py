"""A signal ends the program as closing its window does: the next start finds the session and what was trained."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from dgm_studio.studio.settings import load_settings

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
        assert program.stdout.readline() == "trained\n"
        program.send_signal(number)
        assert program.wait(timeout=120) == 0
    settings, problem = load_settings(next(tmp_path.rglob("settings.json")))
    assert not problem
    assert settings.session is not None
    assert settings.session["plane"]["sampling"]["knobs"] == {"steps": 7}
    assert next(tmp_path.rglob("2d.dgm")).stat().st_size > 0
    assert not list(tmp_path.rglob("running"))  # nothing looks like a crash


def test_the_end_of_the_desktop_s_session_saves_and_goes_on(open_window, qapp: QApplication) -> None:  # type: ignore[no-untyped-def]
    window = open_window()
    window.studio.set_knob("steps", 9)
    window.keep()
    settings, _ = load_settings(window.studio.places.settings)
    assert settings.session is not None
    assert settings.session["plane"]["sampling"]["knobs"] == {"steps": 9}
    assert window.isVisible()
