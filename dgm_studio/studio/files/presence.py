"""Presence: a file that is there, and locked, while the program runs. Left behind, it tells that the program was killed.

The operating system drops the lock with the process whatever ends it, so a second window is told from a crash.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Literal

if sys.platform == "win32":
    import msvcrt

    def _lock(file: int) -> None:
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


Found = Literal["nothing", "crash", "another"]
"""No trace of an earlier start, one that never ended, or one that is still going on."""


class Presence:
    """One per start, at a path that all starts share."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: int | None = None

    def enter(self) -> Found:
        """Make the file and hold it. Raises OSError when the folder cannot be written."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        left = self.path.exists()
        file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _lock(file)
        except OSError:
            os.close(file)
            return "another"
        self._file = file
        return "crash" if left else "nothing"

    @property
    def held(self) -> bool:
        """Whether this start is the one that others see."""
        return self._file is not None

    def leave(self) -> None:
        """A clean end."""
        if self._file is not None:
            self.drop()  # before the file goes: Windows deletes none that is open
            self.path.unlink(missing_ok=True)

    def drop(self) -> None:
        """Let go without a clean end, as the system does for a process that is killed: the file stays."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
