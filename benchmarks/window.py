"""The real window over the real engine, for measuring: opened as the program opens it, and driven by its event loop."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from PySide6.QtCore import QEvent, QEventLoop, QObject, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from dgm_studio.protocol.backend import Backend
from dgm_studio.studio import actions
from dgm_studio.studio.files.settings import Places
from dgm_studio.studio.start import open_studio
from dgm_studio.studio.studio import Studio
from dgm_studio.ui.app import begin, follow_with, make_application
from dgm_studio.ui.look import theme
from dgm_studio.ui.window.collecting import Collecting
from dgm_studio.ui.window.main_window import MainWindow

PATIENCE_S = 300.0
TRAINING_S = 1500.0
POLL_MS = 5


@contextmanager
def open_window(
    look: str = "dark", size: tuple[int, int] = (1440, 900), backend: Backend | None = None
) -> Iterator[MainWindow]:
    """The window on its default session, once the first run is open; closed at the end. ``backend`` instead of its own."""
    app = make_application(sys.argv[:1])
    collecting = Collecting(app)
    if backend is None:
        studio = open_studio(Places(), restore=False)
    else:
        studio = Studio(backend, Places())
        actions.install(studio)
    studio.settings.theme = "light" if look == "light" else "dark"
    studio.settings.seen_welcome = True
    theme.apply(app, studio.settings.theme)
    window = MainWindow(studio)
    window.resize(*size)
    follow_with(collecting, window)
    window.show()
    begin(window, None)
    try:
        wait_for(lambda: studio.run.opened is not None, studio)
        yield window
    finally:
        window.close()
        collecting.stop()
        window.deleteLater()
        app.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def run_for(seconds: float) -> None:
    """Let the event loop run, undisturbed."""
    loop = QEventLoop()
    QTimer.singleShot(round(seconds * 1000), loop, loop.quit)
    loop.exec()


def wait_for(done: Callable[[], bool], studio: Studio, seconds: float = PATIENCE_S) -> None:
    """Let the event loop run until ``done()``. Raises RuntimeError when something failed or time is up."""
    loop = QEventLoop()
    end = time.monotonic() + seconds
    timer = QTimer(loop)

    def look() -> None:
        if done() or failure(studio) or time.monotonic() > end:
            loop.quit()

    timer.timeout.connect(look)
    timer.start(POLL_MS)
    look()
    if not done():
        loop.exec()
    timer.stop()
    if not done():
        raise RuntimeError(failure(studio) or f"what was waited for did not happen within {seconds:.0f} s")


def failure(studio: Studio) -> str:
    """What went wrong, if anything."""
    bad = next((f"{n.message} {n.advice}" for n in studio.notices.items if n.level == "bad"), "")
    return studio.run.failure or bad


def train_to(studio: Studio, step: int) -> None:
    """Train until a step, unless it is reached already, then pause."""
    if studio.run.step >= step:
        return
    studio.train()
    wait_for(lambda: studio.run.step >= step, studio, TRAINING_S)
    pause(studio)


def pause(studio: Studio) -> None:
    studio.pause()
    wait_for(lambda: not studio.run.training, studio)


def settle(seconds: float = 60.0) -> None:
    """Let the event loop run until engine and window have nothing left to do: this process hardly uses the processor.

    A paused engine still finishes what is on screen, with finer densities and measures. Raises RuntimeError.
    """
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        used = time.process_time()
        run_for(0.5)
        if time.process_time() - used < 0.05:
            return
    raise RuntimeError(f"the paused window still works after {seconds:.0f} s")


class Painted(QObject):
    """Calls back each time a widget has been painted, with everything that belongs to the same frame."""

    def __init__(self, widget: QWidget, callback: Callable[[], None]) -> None:
        super().__init__(widget)
        self._callback = callback
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            QTimer.singleShot(0, self, self._callback)
        return False


class Stopwatch:
    """Times from `begin` to `stop`; a stop while nothing runs counts for nothing."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self._begun: float | None = None

    @property
    def running(self) -> bool:
        return self._begun is not None

    def begin(self) -> None:
        self._begun = time.perf_counter()

    def stop(self) -> None:
        if self._begun is not None:
            self.times.append(time.perf_counter() - self._begun)
            self._begun = None


def shape_plane(window: MainWindow, width: int, height: int) -> None:
    """Resize the window until the plane has the given size in pixels. Raises RuntimeError when it cannot."""
    for _ in range(10):
        here = window.plane.canvas.size()
        if (here.width(), here.height()) == (width, height):
            return
        window.resize(window.width() + width - here.width(), window.height() + height - here.height())
        QApplication.processEvents()
        run_for(0.05)
    raise RuntimeError(f"the plane stays at {here.width()} x {here.height()} pixels instead of {width} x {height}")
