"""Picture files below a folder or in a ZIP: what is read, and the name and reason of each file that is not.

Symbolic links are followed, each folder once. A ZIP that would unpack to too much, or whose members lie outside it, is
refused; nothing is ever written to the disk.
"""

from __future__ import annotations

import os
import stat
import zipfile
import zlib
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path

from dgm_studio.data_error import DataError
from dgm_studio.language import tr

from .picture_file import SUFFIXES, UNREAD

MAX_TOTAL, MAX_MEMBER, MAX_RATIO, MAX_DEPTH = 16 << 30, 1 << 28, 500, 32
_DATA = frozenset({".csv", ".tsv", ".npy", ".npz", ".idx", ".gz", ".zip"})
_JUNK = frozenset({"thumbs.db", "desktop.ini", "__macosx"})
_AT_ONCE = 200
"""Files looked at between two reports of progress."""


@dataclass(frozen=True)
class ListedFile:
    """A picture file at ``parts`` below its folder or ZIP ``root``."""

    root: Path
    parts: tuple[str, ...]
    member: str = ""

    @property
    def where(self) -> str:
        return str(self.root.joinpath(*self.parts))

    def file(self) -> Path | bytes:
        """What a reader of pictures takes. Raises `DataError`."""
        if not self.member:
            return self.root.joinpath(*self.parts)
        try:
            with zipfile.ZipFile(self.root) as archive, archive.open(self.member) as file:
                content = file.read(MAX_MEMBER + 1)
        except (
            OSError,
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            RuntimeError,
            NotImplementedError,
            KeyError,
        ) as error:
            raise DataError(
                tr("{where} is damaged or locked ({error}): pack it anew", where=self.where, error=error)
            ) from None
        if len(content) > MAX_MEMBER:
            raise DataError(tr("{where} lies about its size: pack it anew", where=self.where))
        return content


@dataclass
class Listing:
    """The picture files that were found, in the order of their names, and what was ``skipped``, each with its reason."""

    entries: list[ListedFile] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)


def listed(root: Path) -> Generator[int, None, Listing]:
    """All pictures below a folder or in a ZIP; yields how many files were looked at. Raises `DataError`."""
    found = Listing()
    if root.is_dir():
        yield from _walk(root, (), {os.path.realpath(root)}, found)
    else:
        yield from _members(root, found)
    found.entries.sort(key=lambda entry: entry.parts)
    return found


def _why_not(name: str) -> str:
    """Why a file is no picture by its name, empty where it is one."""
    suffix = Path(name).suffix.lower()
    if suffix in SUFFIXES:
        return ""
    if suffix in UNREAD:
        return f"{suffix[1:].upper()} cannot be read here: save it as PNG or JPEG"
    if suffix in _DATA:
        return "it is a file of data, not a picture: open it by itself"
    return "it is not called like a picture, such as .png or .jpg"


def _left_out(name: str) -> bool:
    return name.startswith(".") or name.lower() in _JUNK


def _walk(root: Path, parts: tuple[str, ...], seen: set[str], found: Listing) -> Generator[int, None, None]:
    folder = root.joinpath(*parts)
    try:
        inside = sorted(os.scandir(folder), key=lambda item: (item.is_symlink(), item.name))
    except PermissionError as error:
        if not parts:
            raise DataError(tr("{folder} may not be read: change its permissions", folder=folder)) from error
        found.skipped.append(f"{folder} was skipped: it may not be read, so change its permissions")
        return
    before = len(found.entries)
    for at, item in enumerate(inside):
        if at % _AT_ONCE == 0:
            yield len(found.entries)
        path = folder / item.name
        if _left_out(item.name):
            continue
        if item.is_symlink() and not path.exists():
            found.skipped.append(f"{path} was skipped: it is a link to something that is not there")
        elif path.is_dir():
            real = os.path.realpath(path)
            if real in seen or len(parts) >= MAX_DEPTH:
                found.skipped.append(f"{path} was skipped: it leads to a folder that is read already")
                continue
            seen.add(real)
            yield from _walk(root, (*parts, item.name), seen, found)
        elif why := _why_not(item.name):
            found.skipped.append(f"{path} was skipped: {why}")
        elif not path.is_file():
            found.skipped.append(f"{path} was skipped: it is no file")
        else:
            found.entries.append(ListedFile(root, (*parts, item.name)))
    if parts and len(found.entries) == before and not any(str(folder) in words for words in found.skipped):
        found.skipped.append(f"{folder} was skipped: it holds no pictures")


def _members(path: Path, found: Listing) -> Generator[int, None, None]:
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
    except (OSError, zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError) as error:
        raise DataError(
            tr("{path} is not a whole ZIP file ({error}): get a whole copy", path=path, error=error)
        ) from None
    total = 0
    for at, info in enumerate(infos):
        if at % _AT_ONCE == 0:
            yield at
        name = info.filename.replace("\\", "/")
        parts = tuple(part for part in name.split("/") if part not in ("", "."))
        if name.startswith("/") or ".." in parts or (parts and ":" in parts[0]):
            raise DataError(
                tr(
                    "{path} holds a path outside itself ({filename!r}), so it was not opened: pack it anew",
                    path=path,
                    filename=info.filename,
                )
            )
        total += info.file_size
        packed = info.file_size / max(1, info.compress_size)
        if info.file_size > MAX_MEMBER or total > MAX_TOTAL or (info.file_size > 1 << 24 and packed > MAX_RATIO):
            raise DataError(
                tr(
                    "{path} would unpack {filename!r} to {file_size:,} bytes, so it was not opened",
                    path=path,
                    filename=info.filename,
                    file_size=info.file_size,
                )
            )
        if info.is_dir() or not parts or any(map(_left_out, parts)):
            continue
        where = path.joinpath(*parts)
        if stat.S_ISLNK(info.external_attr >> 16):
            found.skipped.append(f"{where} was skipped: it is a link")
        elif info.flag_bits & 1:
            found.skipped.append(f"{where} was skipped: it is locked by a password")
        elif why := _why_not(parts[-1]):
            found.skipped.append(f"{where} was skipped: {why}")
        else:
            found.entries.append(ListedFile(path, parts, info.filename))
