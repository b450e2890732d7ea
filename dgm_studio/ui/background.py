"""A file made by a process of its own while a person goes on: a verb of the command line on a copy of what is in front.

The window does nothing but hand over what the engine wrote, count what the process says, and tidy up after it.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, QTimer, Signal

from dgm_studio.language import tr
from dgm_studio.studio.studio import Studio
from dgm_studio.tables.result_table import COMPARISON, RUNS

_TOLD = re.compile(rb"frame (\d+) of (\d+)")
_PATIENCE_MS = 3000
"""How long a process that was asked to end may take to tidy up."""


class BackgroundVerb(QObject):
    """One file on its way to ``path``, made by a verb with its arguments. ``progressed(frame, count)`` of a film;
    ``ended(problem)`` once, with nothing where the file is there, and "stopped" where it was cancelled.
    """

    progressed = Signal(int, int)
    ended = Signal(str)

    def __init__(
        self,
        studio: Studio,
        verb: str,
        arguments: Sequence[str],
        path: Path,
        parent: QObject | None = None,
        *,
        painted: bool = False,
    ) -> None:
        """With ``painted`` the canvas goes with the run."""
        super().__init__(parent)
        self._painted = painted
        self._studio, self._verb, self._arguments, self.path = studio, verb, list(arguments), path
        self._folder = tempfile.TemporaryDirectory(prefix="dgm-studio-")
        self._said = b""
        self._over = self._stopped = False
        self._waiting: set[Path] = set()
        self._runs: list[Path] = []
        self._process = QProcess(self)
        self._process.readyReadStandardError.connect(self._listen)
        self._process.finished.connect(self._finished)
        self._process.errorOccurred.connect(self._failed)

    def start(self) -> None:
        """Let the engine write what it is made of; the process follows."""
        studio = self._studio
        slots = studio.session.cells if studio.workspace == "compare" else (studio.session.front,)
        self._runs = [Path(self._folder.name) / f"{number}.dgm" for number in range(len(slots))]
        self._waiting = set(self._runs)
        for slot, place in zip(slots, self._runs, strict=True):
            studio.write_aside(slot, place, partial(self._written, place), painted=self._painted)

    def cancel(self) -> None:
        """End it; nothing is left of the file."""
        self._stopped = True
        if self._process.state() == QProcess.ProcessState.NotRunning:
            self._end("stopped")
            return
        self._process.terminate()
        QTimer.singleShot(_PATIENCE_MS, self, self._process.kill)

    def end(self) -> None:
        """The same at once, before the window closes."""
        self.cancel()
        if not self._over and not self._process.waitForFinished(_PATIENCE_MS):
            self._process.kill()
            self._process.waitForFinished(_PATIENCE_MS)

    def _written(self, place: Path, problem: str) -> None:
        if self._over:
            return
        if problem:
            self._end(problem)
            return
        self._waiting.discard(place)
        if self._waiting:
            return
        if len(self._runs) > 1:
            with zipfile.ZipFile(self._runs[0], "a") as whole:
                for number, other in enumerate(self._runs[1:], start=1):
                    whole.write(other, f"{RUNS}{number:02}.dgm")
                whole.writestr(COMPARISON, "{}")
        self._begin()

    def _begin(self) -> None:
        program, *arguments = command(self._verb, self._runs[0], self._arguments, self.path)
        environment = QProcessEnvironment.systemEnvironment()
        environment.insert("QT_QPA_PLATFORM", "offscreen")
        environment.remove("QT_SCALE_FACTOR")
        self._process.setProcessEnvironment(environment)
        self._process.start(program, arguments)

    def _listen(self) -> None:
        self._said = (self._said + self._process.readAllStandardError().data())[-4000:]
        told = _TOLD.findall(self._said)
        if told:
            self.progressed.emit(int(told[-1][0]), int(told[-1][1]))

    def _finished(self, number: int, status: QProcess.ExitStatus) -> None:
        self._listen()
        if self._stopped:
            self._end("stopped")
        elif number == 0 and status == QProcess.ExitStatus.NormalExit:
            self._end("")
        else:
            said = self._said.decode(errors="replace").splitlines()
            words = [line.removeprefix("dgm-studio:").strip() for line in said if line.startswith("dgm-studio:")]
            self._end(words[-1] if words else tr("The process ended with {number}.", number=number))

    def _failed(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            self._end(tr("The process could not be started."))

    def _end(self, problem: str) -> None:
        if self._over:
            return
        self._over = True
        if problem:
            for part in self.path.parent.glob(f".{self.path.name}.*.part"):
                with contextlib.suppress(OSError):
                    part.unlink()
        self._folder.cleanup()
        self.ended.emit(problem)


def command(verb: str, run: Path, arguments: Sequence[str], out: Path) -> Sequence[str]:
    """The program and its arguments that make a file, of low priority where the system knows such."""
    program = [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "dgm_studio"]
    low = [found, "-n", "10"] if (found := shutil.which("nice")) and os.name == "posix" else []
    return [*low, *program, verb, str(run), *arguments, "--out", str(out)]
