"""The watchdog: when the event loop comes late, for how long, what was done then, and where the window's thread stood.

A precise timer of 5 ms is the pulse of the loop. A **freeze** is the time between two of its calls, less the 5 ms, when
that is longer than a threshold; beside its wall time it has the processor time of the window's thread and of the whole
process, which a machine with other work to do cannot stretch. A wait for the interpreter lock is in the latter, as whoever
holds it works. A thread of its own looks at the stack of the window's thread while the pulse is
late, so that a freeze can be told by the lines that made it. It asks `faulthandler`, which holds no frame: a frame that is
held keeps a QPainter alive beyond its paint event, and Qt then crashes.
"""

from __future__ import annotations

import faulthandler
import re
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from PySide6.QtCore import QObject, Qt, QTimer

PULSE_MS = 5
LOOK_S = 0.02
"""How often the stack of a late loop is looked at."""
DEEPEST = 12


@dataclass
class Freeze:
    """One time the loop stood still: what was done, seconds by the clock, of the thread and of all, and where it stood."""

    action: str
    seconds: float
    processor: float
    process: float
    stacks: Counter[str] = field(default_factory=Counter)

    @property
    def own(self) -> float:
        """Seconds that it would have been at most with nothing else on the machine."""
        return min(self.seconds, self.process)


class Watchdog(QObject):
    """Collects `freezes` longer than ``threshold`` seconds; name what is done by `begin`."""

    def __init__(self, threshold: float = 0.1, stacks: bool = True) -> None:
        super().__init__()
        self.freezes: list[Freeze] = []
        self.action = ""
        self._threshold = threshold
        self._seen: Counter[str] = Counter()
        self._thread_id = threading.get_ident()
        self._ended = threading.Event()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._pulse)
        self._last, self._spent, self._all = _clocks()
        self._looker = threading.Thread(target=self._look, name="watchdog", daemon=True) if stacks else None

    def begin(self, action: str) -> None:
        """What is done from now on."""
        self.action = action

    def forgive(self) -> None:
        """What was done until now was not of the program."""
        self._last, self._spent, self._all = _clocks()
        self._seen = Counter()

    def start(self) -> None:
        self._last, self._spent, self._all = _clocks()
        self._timer.start(PULSE_MS)
        if self._looker is not None:
            self._looker.start()

    def stop(self) -> None:
        self._pulse()
        self._timer.stop()
        self._ended.set()
        if self._looker is not None:
            self._looker.join()

    def _pulse(self) -> None:
        now, spent, whole = _clocks()
        late = now - self._last - PULSE_MS / 1000
        if late > self._threshold:
            self.freezes.append(Freeze(self.action, late, spent - self._spent, whole - self._all, self._seen))
        if self._seen:
            self._seen = Counter()
        self._last, self._spent, self._all = now, spent, whole

    def _look(self) -> None:
        with tempfile.TemporaryFile("w+") as file:
            while not self._ended.wait(LOOK_S):
                if time.perf_counter() - self._last > self._threshold / 2:
                    file.seek(0)
                    file.truncate()
                    faulthandler.dump_traceback(file, all_threads=True)
                    file.seek(0)
                    self._seen[" < ".join(_lines(file.read(), self._thread_id))] += 1


def _clocks() -> tuple[float, float, float]:
    """Seconds by the clock, of this thread on a processor, and of all threads."""
    return time.perf_counter(), time.thread_time(), time.process_time()


def _lines(dump: str, thread_id: int) -> list[str]:
    """The innermost calls of a thread first, as file, line and function; those of the benchmarks left out."""
    own = next((part for part in dump.split("\n\n") if f"{thread_id:#018x}" in part), "")
    calls = re.findall(r'File "(.*)", line (\d+) in (.*)', own)
    return [f"{path.rpartition('/')[2]}:{line} {name}" for path, line, name in calls if "/benchmarks/" not in path][
        :DEEPEST
    ]


@contextmanager
def watched(threshold: float = 0.1, stacks: bool = True) -> Iterator[Watchdog]:
    """A watchdog over the loop of this thread while the block runs."""
    dog = Watchdog(threshold, stacks)
    dog.start()
    try:
        yield dog
    finally:
        dog.stop()
        dog.deleteLater()
