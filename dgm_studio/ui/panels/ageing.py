"""Ageing: what is shown of another moment is said, and faded, only when the next picture has not come for a while.

Nothing blinks while a slider moves; what is up to date again is shown so at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject, QTimer, Signal

from dgm_studio.studio.reading.moment import FRESH, Age

OLD_MS = 300


class Ageing(QObject):
    """Asks ``ages`` what is old by name; ``changed(mapping)`` is what shall be shown of it."""

    changed = Signal(object)

    def __init__(self, parent: QObject, ages: Callable[[], Mapping[str, Age]]) -> None:
        super().__init__(parent)
        self._ages = ages
        self._shown: dict[str, Age] = {}
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(OLD_MS)
        self._timer.timeout.connect(self.show)

    @property
    def shown(self) -> dict[str, Age]:
        """What was said last."""
        return self._shown

    def refresh(self) -> None:
        """Something has changed: take back at once what is past, and wait before saying what is new."""
        now, old = dict(self._ages()), {name for name, age in self._shown.items() if age.faded}
        if any(age.faded for name, age in now.items() if name not in old) and not self._timer.isActive():
            self._timer.start()
        self._tell({name: age if name in old else FRESH for name, age in now.items()})

    def show(self) -> None:
        """Say everything that is old now."""
        self._tell(dict(self._ages()))

    def _tell(self, now: dict[str, Age]) -> None:
        if now != self._shown:
            self._shown = now
            self.changed.emit(now)
