"""The tray: every trained run that is not in front, each in a file of its own with a note of what it is.

A run has an id from its first moment. Where another takes its place the engine writes it to the tray's file of that id
(`engine.parking`), and a note and a thumbnail are put beside it. Notes are files of their own, so that two windows share a
tray and a run whose note was never written (a crash) is still found. What is removed can be put back until the program ends.
"""

from __future__ import annotations

import json
import shutil
import time
import uuid
import zipfile
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from dgm_studio import atomic
from dgm_studio.language import tr
from dgm_studio.protocol import messages as m
from dgm_studio.protocol.spec import RunSpec, kind_of

from ..session.workspace import Workspace, workspace_of

BUDGET = 1_000_000_000
"""Bytes of all runs in the tray; the oldest that is not pinned goes first."""
MOST = 200
"""Runs in the tray, however small."""
_REMOVED = "removed"


class BadRun(ValueError):
    """A file that is no run that could be kept."""


class Kept(BaseModel):
    """A run in the tray. ``kept_at`` is in seconds since 1970; ``name`` is the one a person gave it, or empty; ``document`` is
    the file it was saved to as it is here, or empty.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: str
    workspace: Workspace
    spec: RunSpec
    family: str
    data: str
    step: int
    seconds: float = 0.0
    kept_at: float = 0.0
    name: str = ""
    pinned: bool = False
    document: str = ""

    @property
    def title(self) -> str:
        return self.name or tr("{family} on {data}", family=self.family, data=self.data)


class Tray:
    """Of one folder. ``told`` is called after every change."""

    def __init__(self, folder: Path, budget: int = BUDGET, told: Callable[[], None] = lambda: None) -> None:
        self.folder, self.budget = folder, budget
        self._told = told
        self._kept: dict[str, Kept] = {}
        self._gone: list[str] = []
        self._titles: Mapping[str, str] = {}

    # --- what there is ---------------------------------------------------------------------------------------------

    def place(self, id: str) -> Path:
        """The file of a run."""
        return self.folder / f"{id}.dgm"

    def thumbnail(self, id: str) -> Path:
        """The picture of a run, a PNG file that need not be there."""
        return self.folder / f"{id}.png"

    def owns(self, path: Path) -> bool:
        """Whether a file is the tray's own."""
        return path.parent == self.folder

    def __contains__(self, id: str) -> bool:
        return id in self._kept

    def __getitem__(self, id: str) -> Kept:
        return self._kept[id]

    def find(self, id: str) -> Kept | None:
        """The run of an id, None where there is none."""
        return self._kept.get(id)

    def kept(self, without: Collection[str] = ()) -> list[Kept]:
        """The runs, newest first, but those that are in front (``without``)."""
        found = [k for k in self._kept.values() if k.id not in without]
        return sorted(found, key=lambda k: k.kept_at, reverse=True)

    def size(self, id: str) -> int:
        """Bytes of a run on the disk; 0 where it is only in memory."""
        try:
            return self.place(id).stat().st_size
        except OSError:
            return 0

    @property
    def total(self) -> int:
        """Bytes of all runs."""
        return sum(map(self.size, self._kept))

    @property
    def can_put_back(self) -> bool:
        return bool(self._gone)

    # --- changes ---------------------------------------------------------------------------------------------------

    def read(self, titles: Mapping[str, str] | None = None) -> None:
        """Take in the folder, also runs whose notes are missing or damaged; ``titles`` are those of families by name."""
        self._titles = titles or self._titles
        for leftover in (self.folder / _REMOVED).glob("*"):
            with suppress(OSError):
                leftover.unlink()
        self._kept = {}
        for path in self.folder.glob("*.dgm"):
            kept = self._note(path) or self.recovered(path)
            if kept is not None:
                self._kept[kept.id] = kept
        for note in self.folder.glob("*.json"):
            if note.stem not in self._kept:
                with suppress(OSError):
                    note.unlink()
        self._told()

    def add(self, kept: Kept, thumbnail: bytes | None = None) -> None:
        """A run has been written, or stays in memory as that failed. Raises OSError where its note cannot be written."""
        before = self._kept.get(kept.id)
        if before is not None:
            kept = kept.model_copy(update={"name": kept.name or before.name, "pinned": before.pinned})
        self._kept[kept.id] = kept
        try:
            self._write_note(kept)
            if thumbnail is not None:
                atomic.write(self.thumbnail(kept.id), thumbnail)
        finally:
            self._keep_within_budget(kept.id)
            self._told()

    def take(self, path: Path) -> Kept:
        """Keep a copy of a ``.dgm`` file as a run of its own, called after the file. Raises BadRun and OSError."""
        id = uuid.uuid4().hex
        self.folder.mkdir(parents=True, exist_ok=True)
        with path.open("rb") as source, atomic.replacing(self.place(id)) as copy:
            shutil.copyfileobj(source, copy, 1 << 20)
        kept = self.recovered(self.place(id))
        if kept is None:
            self.place(id).unlink(missing_ok=True)
            raise BadRun(tr("it is no run of this program, or damaged."))
        kept = kept.model_copy(update={"name": path.stem, "kept_at": time.time()})
        self.add(kept)
        return kept

    def rename(self, id: str, name: str) -> None:
        """Give a run a name of its own, or none. Raises OSError."""
        self._change(id, name=name.strip())

    def pin(self, id: str, pinned: bool) -> None:
        """A pinned run does not go for want of room. Raises OSError."""
        self._change(id, pinned=pinned)

    def remove(self, id: str) -> None:
        """Take a run out; `put_back` undoes it. Raises OSError, and then it stays."""
        removed = self.folder / _REMOVED
        removed.mkdir(parents=True, exist_ok=True)
        for path in self._files(id):
            if path.exists():
                path.replace(removed / path.name)
        del self._kept[id]
        self._gone.append(id)
        self._told()

    def put_back(self) -> Kept | None:
        """Undo the last removal; None when there was none. Raises OSError."""
        if not self._gone:
            return None
        id = self._gone.pop()
        for path in self._files(id):
            there = self.folder / _REMOVED / path.name
            if there.exists():
                there.replace(path)
        kept = self._note(self.place(id)) or self.recovered(self.place(id))
        if kept is not None:
            self._kept[id] = kept
        self._told()
        return kept

    def forget(self, id: str) -> None:
        """A run that could not be read is no longer offered; its file stays where it is."""
        if self._kept.pop(id, None) is not None:
            self._told()

    # --- files -----------------------------------------------------------------------------------------------------

    def _files(self, id: str) -> tuple[Path, ...]:
        return self.place(id), self.thumbnail(id), self.folder / f"{id}.json"

    def _change(self, id: str, **changes: Any) -> None:
        kept = self._kept[id].model_copy(update=changes)
        self._write_note(kept)
        self._kept[id] = kept
        self._told()

    def _write_note(self, kept: Kept) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        atomic.write(self.folder / f"{kept.id}.json", kept.model_dump_json(indent=1).encode())

    def _keep_within_budget(self, newest: str) -> None:
        oldest = sorted((k for k in self._kept.values() if not k.pinned and k.id != newest), key=lambda k: k.kept_at)
        sizes = {id: self.size(id) for id in self._kept}
        while oldest and (sum(sizes.values()) > self.budget or len(sizes) > MOST):
            id = oldest.pop(0).id
            del self._kept[id], sizes[id]
            for path in self._files(id):
                with suppress(OSError):
                    path.unlink(missing_ok=True)

    def _note(self, path: Path) -> Kept | None:
        try:
            return Kept.model_validate_json((self.folder / f"{path.stem}.json").read_bytes())
        except (OSError, ValidationError):
            return None

    def recovered(self, path: Path) -> Kept | None:
        """What a file says of itself, without what makes it a run."""
        try:
            with zipfile.ZipFile(path) as file:
                about = json.loads(file.read("run.json"))
            spec = RunSpec.model_validate(about["spec"])
            return Kept(
                id=path.stem,
                workspace=workspace_of(kind_of(about["data"]["event"], about["data"].get("alphabet", ()))),
                spec=spec,
                family=self._titles.get(spec.family, spec.family),
                data=str(about["data"]["name"]),
                step=int(about["step"]),
                seconds=float(about["seconds"]),
                kept_at=path.stat().st_mtime,
            )
        except (OSError, KeyError, TypeError, ValueError, zipfile.BadZipFile, RuntimeError):
            return None


def note_of(parked: m.Parked, family: str, document: str = "", name: str = "") -> Kept:
    """The note of a run that gave way; ``family`` is its family's title, the rest as in `Kept`."""
    return Kept(
        id=parked.place.stem,
        workspace=workspace_of(parked.info.kind),
        spec=parked.spec,
        family=family,
        data=parked.info.data_title,
        step=parked.step,
        seconds=parked.seconds,
        kept_at=time.time(),
        document=document,
        name=name,
    )
