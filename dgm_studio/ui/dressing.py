"""Dressing: how a style sheet, a palette and a font reach every widget there is without the window standing still.

Where one style sheet replaces another, Qt polishes all widgets within that call, and in a way that takes ten times as long as
polishing each by itself (0.8 s against 0.08 s for 1,250 widgets; Qt 6.11). So widgets are undressed a few at a time, the sheet
is exchanged while no widget counts as polished, and then they are dressed again, those first that are seen.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QFont, QPalette
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

_POLISHED = Qt.WidgetAttribute.WA_WState_Polished
_AT_ONCE = 80
"""Widgets in a step: less than a hundredth of a second."""


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
        for some in _batches(widgets):
            for each in some:
                app.style().unpolish(each)
                each.setAttribute(_POLISHED, False)
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
        event = QEvent(QEvent.Type.StyleChange)
        for begin, some in zip(range(0, len(widgets), _AT_ONCE), _batches(widgets), strict=True):
            for each in some:
                each.setAttribute(_POLISHED)
                app.style().polish(each)
                app.sendEvent(each, event)
            yield begin + _AT_ONCE >= seen
    finally:  # given up for another look: that one finds these again
        for each in widgets:
            if isValid(each):
                each.setAttribute(_POLISHED)


def _batches(widgets: Sequence[QWidget]) -> Iterator[list[QWidget]]:
    """Some at a time, without those that have gone meanwhile."""
    for begin in range(0, len(widgets), _AT_ONCE):
        yield [each for each in widgets[begin : begin + _AT_ONCE] if isValid(each)]


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
