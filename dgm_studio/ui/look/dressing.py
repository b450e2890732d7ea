"""Dressing: how a style sheet, a palette and a font reach every widget there is without the window standing still.

Where one style sheet replaces another, Qt polishes all widgets within that call, and in a way that takes ten times as long as
polishing each by itself (0.8 s against 0.08 s for 1,250 widgets; Qt 6.11). So widgets are undressed a few at a time, the sheet
is exchanged while no widget counts as polished, and then they are dressed again, those first that are seen.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Iterator
from functools import partial

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QFont, QPalette
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

_POLISHED = Qt.WidgetAttribute.WA_WState_Polished
STEP_S = 0.012
"""How long a step goes on. A widget takes from microseconds to milliseconds, by what it tells its layout."""


def dress(
    app: QApplication, sheet: str, font: QFont, palette: QPalette, changed: Callable[[], None]
) -> Generator[bool, None, None]:
    """Give it all to the whole program; ``changed`` tells those who draw themselves. Yields after each step whether
    everything that is seen is dressed.
    """
    widgets = [each for each in app.allWidgets() if each.testAttribute(_POLISHED)]
    widgets.sort(key=lambda each: not each.isVisible())
    seen = sum(each.isVisible() for each in widgets)
    try:
        for _ in _steps(widgets, partial(_undress, app)):
            yield False
        app.setStyleSheet("")
        if app.style().name() != "fusion":
            app.setStyle("Fusion")
        app.setFont(font)
        app.setPalette(palette)
        yield False
        app.setStyleSheet(sheet)
        yield False
        changed()
        yield False
        for done in _steps(widgets, partial(_dress, app)):
            yield done >= seen
    finally:  # given up for another look: that one finds these again
        for each in widgets:
            if isValid(each):
                each.setAttribute(_POLISHED)


def _undress(app: QApplication, widget: QWidget) -> None:
    app.style().unpolish(widget)
    widget.setAttribute(_POLISHED, False)


def _dress(app: QApplication, widget: QWidget) -> None:
    widget.setAttribute(_POLISHED)
    app.style().polish(widget)
    app.sendEvent(widget, QEvent(QEvent.Type.StyleChange))


def _steps(widgets: Iterable[QWidget], act: Callable[[QWidget], None]) -> Iterator[int]:
    """Act on one after the other, but for those that have gone meanwhile; says after each `STEP_S` how many are done."""
    done, begin = 0, time.perf_counter()
    for done, each in enumerate(widgets, 1):
        if isValid(each):
            act(each)
        if time.perf_counter() - begin > STEP_S:
            yield done
            begin = time.perf_counter()
    yield done


def _nothing() -> Generator[bool, None, None]:
    yield from ()


class Dressing(QObject):
    """Dresses the program a step for each turn of the event loop. Nothing is painted until what is seen has been dressed:
    no mixture of two looks is shown.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._work: Generator[bool, None, None] = _nothing()
        self._still: list[QWidget] = []
        self._turn = QTimer(self)
        self._turn.timeout.connect(self._next)

    def begin(self, work: Generator[bool, None, None]) -> None:
        """Go to this look from now on, wherever one before it had come to."""
        self._work.close()
        self._work = work
        for each in QApplication.topLevelWidgets():
            if each.isVisible() and each.updatesEnabled():
                each.setUpdatesEnabled(False)
                self._still.append(each)
        self._turn.start(0)

    def finish(self) -> None:
        """Do at once what is left of what has begun."""
        while self._turn.isActive():
            self._next()

    def _next(self) -> None:
        seen = next(self._work, None)
        if seen is None:
            self._turn.stop()
        if seen is not False:
            for each in self._still:
                if isValid(each):
                    each.setUpdatesEnabled(True)
            self._still.clear()
