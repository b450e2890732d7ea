"""Session files: a ``.dgm`` that holds several runs and what was on screen, for another day or another machine.

A comparison that the command line wrote is a run with others beside it, which become the cells of a comparison here. Else
such a file is a ZIP of ``manifest.json``, ``session.json`` and for each run a whole ``.dgm`` and the note of the tray. Saving
asks the engine to write the runs in front to their places in the tray and packs those files; opening puts every run into the
tray under a new id and brings the front ones to the front, so that runs are read and checked in one place, the engine.
"""

from __future__ import annotations

import json
import shutil
import threading
import time
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING

from pydantic import ValidationError

import dgm_studio
from dgm_studio.atomic import replacing
from dgm_studio.language import tr
from dgm_studio.protocol import messages as m
from dgm_studio.tables.result_table import COMPARISON, RUNS

from ..session.session import CELL, CELLS, Session, Slot, new_id
from ..session.state import RunState
from .tray import Kept, Tray

if TYPE_CHECKING:
    from ..studio import Studio

FORMAT = 2
MOST_RUNS, MOST_BYTES = 50, 4 << 30


class BadSession(ValueError):
    """A session file that cannot be used; the message names it and says why."""


class SessionFiles:
    """Of one studio, which calls `tick` at display rate."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._path: Path | None = None
        self._waiting: set[Path] = set()
        self._work: threading.Thread | None = None
        self._done: Callable[[], None] | None = None

    # --- saving ----------------------------------------------------------------------------------------------------

    def save(self, path: Path) -> None:
        """Write the session with the trained runs in front and those that are pinned in the tray; a notice follows."""
        studio = self._studio
        if self._path is not None or self._work is not None:
            studio.notify("warn", tr("A session is being read or written."), tr("Wait until that is said to be done."))
            return
        self._path = Path(path)
        fronts = [run for run in studio.runs.values() if run.step > 0 and run.learns and run.id]
        self._waiting = {studio.tray.place(run.id) for run in fronts}
        try:
            studio.tray.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            self._failed(tr("The session was not saved: {error}.", error=error))
            return
        for run in fronts:
            studio.save_run(run.slot, studio.tray.place(run.id))
        self._pack_when_written()

    def written(self, run: RunState, event: m.Saved) -> None:
        """A run in front is in its place in the tray."""
        if run.opened is not None:
            parked = m.Parked(run.name, event.step, event.path, run.opened.spec, run.opened.info, run.seconds)
            self._studio.keep_note(parked, (run.samples, run.data))
        self._waiting.discard(event.path)
        self._pack_when_written()

    def not_written(self) -> None:
        """A run could not be written, which has been said."""
        self._path, self._waiting = None, set()

    def _pack_when_written(self) -> None:
        if self._path is None or self._waiting:
            return
        studio, path = self._studio, self._path
        fronts = {held.run for held in studio.session.slots.values()}
        runs = [k for k in studio.tray.kept() if k.pinned or k.id in fronts]
        runs = [k for k in runs if studio.tray.size(k.id)][:MOST_RUNS]
        session, place = studio.session, studio.tray.place

        def work() -> Callable[[], None]:
            try:
                size = _write(path, session, [(k, place(k.id)) for k in runs])
            except OSError as error:
                text = str(error)
                return lambda: self._failed(tr("The session was not saved: {words}.", words=text))
            what = "1 run" if len(runs) == 1 else tr("{runs} runs", runs=len(runs))
            return lambda: self._saved(
                path,
                tr(
                    "Saved {name}: a session of {what}, {size:.1f} MB.",
                    name=path.name,
                    what=what,
                    size=size / 1000000.0,
                ),
            )

        self._start(work)

    def _saved(self, path: Path, said: str) -> None:
        self._path = None
        self._studio.remember(path)
        self._studio.notify("info", said)

    def _failed(self, said: str) -> None:
        self.not_written()
        self._studio.notify("bad", said, tr("Choose another name or folder."))

    # --- opening ---------------------------------------------------------------------------------------------------

    def holds(self, path: Path) -> bool:
        """Whether a file is a session of several runs."""
        try:
            with zipfile.ZipFile(path) as file, file.open("manifest.json") as manifest:
                return COMPARISON in file.namelist() or json.loads(manifest.read(10_000)).get("holds") == "session"
        except (OSError, KeyError, ValueError, AttributeError, RuntimeError, zipfile.BadZipFile):
            return False  # whoever reads it as a run says what is wrong

    def open(self, path: Path) -> None:
        """Put the runs of a session into the tray, and those that were in front to the front; a notice says what is wrong."""
        studio = self._studio
        if self._path is not None or self._work is not None:
            studio.notify("warn", tr("A session is being read or written."), tr("Wait until that is said to be done."))
            return
        folder = studio.tray.folder

        def work() -> Callable[[], None]:
            try:
                session, runs = _read(path, folder, studio.tray)
            except (BadSession, OSError) as error:
                text = str(error)
                return lambda: studio.notify("bad", tr("The session was not opened: {words}", words=text))
            return lambda: self._opened(path, session, runs)

        self._start(work)

    def _opened(self, path: Path, session: Session, runs: list[Kept]) -> None:
        studio = self._studio
        for kept in runs:
            studio.tray_change(partial(Tray.add, kept=kept))
        studio.remember(path)
        if COMPARISON in _members(path):  # the plane and the images stay as they are
            there = {slot: held for slot, held in studio.session.slots.items() if not slot.startswith(CELL)}
            cells = {slot: held for slot, held in session.slots.items() if slot.startswith(CELL)}
            session = studio.session.with_(workspace="compare", slots={**there, **cells}, cell=session.cell)
        studio.edit(session)
        what = "1 run" if len(runs) == 1 else tr("{runs} runs", runs=len(runs))
        studio.notify(
            "info",
            tr("Opened {name}: a session of {what}.", name=path.name, what=what),
            tr("Those not in front are among the runs that are kept."),
        )

    # --- work beside the window ------------------------------------------------------------------------------------

    def _start(self, work: Callable[[], Callable[[], None]]) -> None:
        def run() -> None:
            self._done = work()

        self._work = threading.Thread(target=run, name="session-file")
        self._work.start()

    def tick(self) -> None:
        """Say what has been done meanwhile. Returns at once."""
        if self._work is not None and not self._work.is_alive():
            self._work, done, self._done = None, self._done, None
            if done is not None:
                done()

    def wait(self) -> None:
        """Until what is being read or written is."""
        if self._work is not None:
            self._work.join()


def _write(path: Path, session: Session, runs: list[tuple[Kept, Path]]) -> int:
    """Pack a session; returns its bytes. Raises OSError."""
    about = {"format": FORMAT, "holds": "session", "program": "dgm-studio", "version": dgm_studio.__version__}
    with replacing(path) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("manifest.json", json.dumps(about, indent=1))
        archive.writestr("session.json", session.model_dump_json(indent=1))
        for kept, place in runs:
            archive.writestr(f"runs/{kept.id}.json", kept.model_dump_json(indent=1))
            archive.write(place, f"runs/{kept.id}.dgm")
    return path.stat().st_size


def _members(path: Path) -> list[str]:
    """The names in a file; none where it cannot be read."""
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.namelist()
    except (OSError, zipfile.BadZipFile):
        return []


def _compared(path: Path, folder: Path, tray: Tray) -> tuple[Session, list[Kept]]:
    """The runs of a comparison that the command line wrote, each in the folder under an id of its own. Raises BadSession and
    OSError.
    """
    session, runs = Session(workspace="compare"), []
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path) as archive:
        members = [info for info in archive.infolist() if info.filename.startswith(RUNS)]
        if len(members) > MOST_RUNS or sum(info.file_size for info in members) > MOST_BYTES:
            raise BadSession(tr("{name} holds more than a session can. It was not opened.", name=path.name))
        for info in (None, *members):
            id = new_id()
            with replacing(tray.place(id)) as target:
                if info is None:
                    target.write(path.read_bytes())
                else:
                    with archive.open(info) as source:
                        _copy(source, target, info.file_size)
            kept = tray.recovered(tray.place(id))
            if kept is None:
                tray.place(id).unlink(missing_ok=True)
                raise BadSession(tr("{name} is damaged. Use another copy.", name=path.name))
            runs.append(kept.model_copy(update={"kept_at": time.time()}))
            if len(session.cells) < len(CELLS):
                session = session.with_cell(Slot(spec=kept.spec, run=id))
    return session, runs


def _read(path: Path, folder: Path, tray: Tray) -> tuple[Session, list[Kept]]:
    """Unpack a session into a folder, each run under a new id, which the session then has. Raises BadSession, OSError."""
    if COMPARISON in _members(path):
        return _compared(path, folder, tray)
    new: dict[str, Kept] = {}
    try:
        with zipfile.ZipFile(path) as archive:
            about = json.loads(_small(archive, "manifest.json"))
            if about.get("format", 0) > FORMAT:
                raise BadSession(
                    tr("{name} was written by a newer DGM Studio. Update the program to open it.", name=path.name)
                )
            session = Session.model_validate_json(_small(archive, "session.json"))
            members = [info for info in archive.infolist() if info.filename.endswith(".dgm")]
            if len(members) > MOST_RUNS or sum(info.file_size for info in members) > MOST_BYTES:
                raise BadSession(tr("{name} holds more than a session can. It was not opened.", name=path.name))
            folder.mkdir(parents=True, exist_ok=True)
            for info in members:
                note = Kept.model_validate_json(_small(archive, f"{info.filename.removesuffix('.dgm')}.json"))
                kept = note.model_copy(update={"id": new_id(), "kept_at": time.time(), "document": ""})
                with archive.open(info) as source, replacing(folder / f"{kept.id}.dgm") as target:
                    _copy(source, target, info.file_size)
                new[note.id] = kept
    except (KeyError, TypeError, AttributeError, ValidationError, zipfile.BadZipFile, RuntimeError, EOFError) as error:
        raise BadSession(
            tr("{name} is damaged ({name_2}). Use another copy.", name=path.name, name_2=type(error).__name__)
        ) from None
    for slot in session.slots:
        kept_run = new.get(session.run_id(slot))
        session = session.with_run(kept_run.id if kept_run is not None else new_id(), slot)
    return session, list(new.values())


def _small(archive: zipfile.ZipFile, member: str) -> bytes:
    with archive.open(member) as file:
        return file.read(1 << 20)


def _copy(source: IO[bytes], target: IO[bytes], size: int) -> None:
    """Copy a member, no more than it says it has."""
    shutil.copyfileobj(source, target, 1 << 20)
    if target.tell() > size:
        raise BadSession(tr("a run in it lies about its size"))
