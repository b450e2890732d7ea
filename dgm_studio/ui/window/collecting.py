"""Collecting: cyclic garbage is collected by the window's thread alone, and without looking at what never goes.

Left to itself, Python collects in whichever thread makes one object too many, and holds the interpreter lock while it looks at
every object there is: 0.17 s with the 320,000 that torch, Qt and the catalogue make at the start and that never go. In the
engine's thread it may so destroy widgets, which only the window's may; and it does so seldom that the networks of many runs,
which are cycles, wait for it. So it is switched off. What is there when the engine is ready is set apart (`gc.freeze`), and
of what came later the young is looked at often and everything now and then, or soon after something large has gone.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

from .heap import give_back, keep_little

EVERY_MS = 250
OLDER, BACK, ALL = 8, 20, 120
"""Turns of the timer between collections of what has survived one, returns of empty pages, and collections of everything."""
SOON_MS, BACK_MS = 500, 100


class Collecting(QObject):
    """Collects instead of Python from now on, until `stop`."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        keep_little()
        self._turns = 0
        self._every = QTimer(self)
        self._every.timeout.connect(self._turn)
        self._every.start(EVERY_MS)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self._collect_all)
        self._back = QTimer(self)
        self._back.setSingleShot(True)
        self._back.timeout.connect(give_back)

    def settle(self) -> None:
        """All that is there now stays until the program ends."""
        gc.collect(1)
        gc.freeze()

    def soon(self) -> None:
        """Something large has gone: what is left of it goes soon."""
        self._soon.start(SOON_MS)

    def stop(self) -> None:
        """Leave collecting to Python again."""
        for timer in (self._every, self._soon, self._back):
            timer.stop()
        gc.enable()

    def _turn(self) -> None:
        self._turns += 1
        if self._turns >= ALL and gc.get_freeze_count():
            self._collect_all()
        elif self._turns % BACK == 0:
            give_back()
        else:
            gc.collect(1 if self._turns % OLDER == 0 else 0)

    def _collect_all(self) -> None:
        self._turns = 0
        self._soon.stop()
        gc.collect()
        self._back.start(BACK_MS)  # not in the same turn: each takes some hundredths of a second
