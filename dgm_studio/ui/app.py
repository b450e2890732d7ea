"""The application: type and look, the window on screen first, then the engine; and pictures of the window.

torch is imported by the engine's thread once the window has been painted, so that it is there in about a second
although that import takes several. An exception that nobody caught becomes a notice; the program goes on.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QEvent, QLibraryInfo, QObject, Qt, QTimer, QTranslator
from PySide6.QtGui import QFont, QFontDatabase, QGuiApplication, QIcon
from PySide6.QtWidgets import QApplication

from dgm_studio.language import is_right_to_left, language, tr
from dgm_studio.protocol.messages import Opened
from dgm_studio.resources import resource
from dgm_studio.studio.files.links import open_link
from dgm_studio.studio.files.settings import Places
from dgm_studio.studio.session.workspace import ALONE
from dgm_studio.studio.start import open_studio
from dgm_studio.studio.studio import Studio

from .binding import bind
from .look import theme
from .window.collecting import Collecting
from .window.ending import Ending
from .window.main_window import MainWindow

FACES = ("Inter-Regular", "Inter-Medium", "Inter-SemiBold")
_PATIENCE_S = 240.0
_DRAWN_S = 30.0
"""Seconds that a picture waits for what is still being drawn."""


def make_application(argv: list[str] | None = None) -> QApplication:
    """The one QApplication, with the program's name and its bundled type."""
    found = QApplication.instance()
    if isinstance(found, QApplication):
        app = found
    else:
        QGuiApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
        app = QApplication(argv if argv is not None else sys.argv[:1])
    app.setApplicationName("dgm-studio")
    app.setApplicationDisplayName(tr("DGM Studio"))
    app.setDesktopFileName("dgm-studio")
    _speak(app)
    app.setWindowIcon(QIcon(str(resource("icons/dgm-studio.png"))))
    load_type(app)
    return app


def _speak(app: QApplication) -> None:
    """Lay windows out as the language runs, and let Qt's own words be of it."""
    app.setLayoutDirection(Qt.LayoutDirection.RightToLeft if is_right_to_left() else Qt.LayoutDirection.LeftToRight)
    own = QTranslator(app)
    if own.load(f"qtbase_{language()}", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
        app.installTranslator(own)


def load_type(app: QApplication) -> None:
    """Register the bundled faces and use them; where they are missing the system's type stays."""
    try:
        files = [resource(f"fonts/{face}.ttf") for face in FACES]
    except FileNotFoundError:
        return
    added = [QFontDatabase.addApplicationFont(str(file)) for file in files]
    families = QFontDatabase.applicationFontFamilies(added[0]) if added[0] >= 0 else []
    if families:
        font = QFont(families[0])
        font.setFeature(QFont.Tag("tnum"), 1)
        app.setFont(font)


def run_app(path: Path | str | None = None) -> int:
    """Open the window, and in it a saved run or a link; returns the exit code once it is closed."""
    app = make_application()
    collecting = Collecting(app)
    studio = open_studio(restore=path is None)
    theme.apply(app, studio.settings.theme)
    app.styleHints().colorSchemeChanged.connect(lambda _: _follow_system(app, studio))
    catch_exceptions(studio)
    first = not studio.settings.seen_welcome
    window = MainWindow(studio)
    follow_with(collecting, window)
    window.show()
    after_paint(window, lambda: begin(window, path))
    if first and path is None:
        after_paint(window, window.show_gallery)
    ending = Ending(app, window)
    code = app.exec()
    ending.stop()
    collecting.stop()
    return code


def follow_with(collecting: Collecting, window: MainWindow) -> None:
    """Let garbage be collected as the engine of a window comes up and its runs come and go."""
    bind(window, window.studio, "catalogue", lambda _: collecting.settle())
    for topic in (Opened, "shoot_out"):
        bind(window, window.studio, topic, lambda _: collecting.soon())


def begin(window: MainWindow, path: Path | str | None) -> None:
    """Wake the engine and begin to listen; open a file or a link once the engine is up."""
    if path is not None:
        _open_once(window.studio, path)
    window.studio.start()
    window.pump.start()


def _open_once(studio: Studio, path: Path | str) -> None:
    """Open a file, or a link, as soon as the engine is up."""

    def opened(_: object) -> None:
        leave()
        if isinstance(path, str):
            open_link(studio, path)
        else:
            studio.open(path)

    leave = studio.on("catalogue", opened)


class _FirstPaint(QObject):
    """Calls back once, after a widget has been painted for the first time."""

    def __init__(self, widget: QObject, callback: Callable[[], None]) -> None:
        super().__init__(widget)
        self._callback = callback
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            watched.removeEventFilter(self)
            QTimer.singleShot(0, self._callback)
        return False


def after_paint(widget: QObject, callback: Callable[[], None]) -> None:
    """Call back when a widget is on screen."""
    _FirstPaint(widget, callback)


def catch_exceptions(studio: Studio) -> None:
    """Turn exceptions that nobody caught into notices."""

    def caught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            QApplication.quit()
            return
        traceback.print_exception(kind, error, trace)
        studio.notify(
            "bad",
            tr("Something went wrong in the window: {error}.", error=error or kind.__name__),
            tr("You can go on; save to be safe."),
        )

    sys.excepthook = caught


def _follow_system(app: QApplication, studio: Studio) -> None:
    if studio.settings.theme == "system":
        theme.change(app, "system", theme.scale())


def screenshot(
    run_path: Path | None, workspace: str | None, look: str, size: tuple[int, int], out: Path, seconds: float
) -> None:
    """A picture of the window, made without a screen after ``seconds`` of training.

    Settings of the person are neither read nor written. Raises RuntimeError when the run cannot be opened, OSError
    when the picture cannot be written.
    """
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory() as home:
        app = make_application()
        collecting = Collecting(app)
        os.environ["DGM_STUDIO_HOME"] = home
        studio = open_studio(Places(), restore=False)
        studio.settings.theme = "light" if look == "light" else "dark"
        studio.settings.seen_welcome = True
        theme.apply(app, studio.settings.theme)
        window = MainWindow(studio)
        follow_with(collecting, window)
        window.resize(*size)
        window.show()
        chosen = next((each for each in ALONE if each == workspace), None)
        if chosen is not None:
            studio.set_workspace(chosen)
        begin(window, run_path)
        try:
            _wait_for(app, studio, lambda: _opened(studio, run_path))
            if seconds > 0:
                studio.train()
                _wait_for(
                    app, studio, lambda: studio.run.progress is not None and studio.run.progress.seconds >= seconds
                )
                studio.pause()
                _wait_for(app, studio, lambda: not studio.run.training)
            _wait_for(app, studio, lambda: studio.run.samples is not None and studio.run.samples.done)
            _spin(app, 2.0)
            _spin_while(app, lambda: studio.workspace == "2d" and window.plane.waits, _DRAWN_S)
            for notice in list(studio.notices.items):
                if notice.level == "info":
                    studio.dismiss(notice.number)
            _spin(app, 0.2)
            if not window.grab().save(str(out), "PNG"):
                raise OSError(tr("{out} could not be written", out=out))
        finally:
            window.close()
            window.deleteLater()
            app.sendPostedEvents(None, QEvent.Type.DeferredDelete)
            collecting.stop()


def _spin_while(app: QApplication, waits: Callable[[], bool], seconds: float) -> None:
    """Let the window work while something is waited for, but no longer than so many seconds."""
    end = time.monotonic() + seconds
    while waits() and time.monotonic() < end:
        _spin(app, 0.1)


def _opened(studio: Studio, run_path: Path | None) -> bool:
    loaded = run_path is None or studio.document is not None
    return loaded and studio.run.opened is not None


def _wait_for(app: QApplication, studio: Studio, done: Callable[[], bool]) -> None:
    end = time.monotonic() + _PATIENCE_S
    while not done():
        bad = next((n for n in studio.notices.items if n.level == "bad"), None)
        if failure := studio.run.failure or (bad.message if bad else ""):
            raise RuntimeError(failure)
        if time.monotonic() > end:
            raise RuntimeError(f"the engine did not answer within {_PATIENCE_S:.0f} s")
        app.processEvents()
        time.sleep(0.005)


def _spin(app: QApplication, seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        app.processEvents()
        time.sleep(0.005)
