"""Documents: which run belongs to which file, and whether it has changed since.

A file belongs to the run that was opened from it or saved to it last, and to no other: a run of another family has no file
until it is given one. Two windows that have one file open are told of each other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from dgm_studio.protocol.spec import RunSpec

from ..session.state import RunState
from .presence import Presence


class Document(BaseModel):
    """A file as it was when it was last read or written: the step of its run, its settings as resolved, when it was changed (in
    nanoseconds) and its bytes.
    """

    model_config = ConfigDict(frozen=True)

    path: Path
    step: int
    spec: RunSpec | None = None
    changed: int = 0
    size: int = 0

    @property
    def altered(self) -> bool:
        """Whether something else wrote the file since."""
        try:
            found = self.path.stat()
        except OSError:
            return False
        return (found.st_mtime_ns, found.st_size) != (self.changed, self.size)


class Documents:
    """Of one studio. ``locks`` is a folder in which windows tell each other what they have open."""

    def __init__(self, locks: Path) -> None:
        self._locks = locks
        self._of: dict[str, Document] = {}
        self._copies: set[Path] = set()
        self._held: dict[Path, Presence] = {}

    def of(self, run: RunState) -> Document | None:
        """The file of a run, if it has one."""
        return self._of.get(run.id)

    def modified(self, run: RunState) -> bool:
        """Whether a run is trained, and not in its file as it is."""
        document = self._of.get(run.id)
        if document is None:
            return run.step > 0 and run.learns
        spec = run.opened.spec if run.opened is not None else None
        return run.step != document.step or _lasting(spec) != _lasting(document.spec)

    def saved_as_is(self, id: str, step: int) -> str:
        """The path of the file that a run is in as it is at a step; empty where there is none."""
        document = self._of.get(id)
        return str(document.path) if document is not None and document.step == step else ""

    def belongs(self, run: RunState, path: Path, step: int) -> bool:
        """A run was read from a file or written to it at a step; the file is then no other's. False where another window has it
        open.
        """
        path = Path(path).absolute()
        self._of = {id: d for id, d in self._of.items() if d.path != path}
        try:
            found = path.stat()
            changed, size = found.st_mtime_ns, found.st_size
        except OSError:
            changed = size = 0
        spec = run.opened.spec if run.opened is not None else None
        self._of[run.id] = Document(path=path, step=step, spec=spec, changed=changed, size=size)
        self._let_go()
        return self._claim(path)

    def copy(self, path: Path) -> None:
        """The next time this is written it is a copy, which no run belongs to."""
        self._copies.add(Path(path))

    def was_copy(self, path: Path) -> bool:
        """Whether what was written is a copy; asked once."""
        found = path in self._copies
        self._copies.discard(path)
        return found

    def others(self, path: Path, run: RunState) -> bool:
        """Whether a file belongs to another run of this window."""
        path = Path(path).absolute()
        return any(d.path == path and id != run.id for id, d in self._of.items())

    # --- between starts ---------------------------------------------------------------------------------------------

    def to_settings(self) -> dict[str, Any]:
        return {id: d.model_dump(mode="json") for id, d in list(self._of.items())[-100:]}

    def load_settings(self, settings: Mapping[str, Any]) -> None:
        """Take over what the last start knew; what cannot be read is left out."""
        for id, value in settings.items():
            try:
                self._of[id] = Document.model_validate(value)
            except ValidationError:
                continue

    def close(self) -> None:
        """Let go of every file."""
        for presence in self._held.values():
            presence.leave()
        self._held = {}

    def _claim(self, path: Path) -> bool:
        if path in self._held:
            return True
        presence = Presence(self._locks / hashlib.sha1(str(path).encode()).hexdigest())
        try:
            free = presence.enter() != "another"
        except OSError:
            return True  # nobody can be told
        if free:
            self._held[path] = presence
        return free

    def _let_go(self) -> None:
        used = {d.path for d in self._of.values()}
        for path in [p for p in self._held if p not in used]:
            self._held.pop(path).leave()


def _lasting(spec: RunSpec | None) -> RunSpec | None:
    """What of a run spec makes another file: everything but how samples are drawn."""
    return None if spec is None else spec.with_(sampling={}, device="auto")
