"""Taking the members out of a ZIP that may come from a stranger: every path and size is checked before anything is unpacked,
and no path in it is ever used.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from dgm_studio.language import tr

# what zipfile raises on damage, found by flipping bytes: encrypted members are a RuntimeError, foreign versions another
UNZIPPABLE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, RuntimeError, ValueError, OverflowError)
_LARGE = 1 << 24
"""Bytes from which on it is asked how far a member is compressed."""


class BadZip(ValueError):
    """A ZIP that cannot be used; the message names it and says why."""


@dataclass(frozen=True)
class Limits:
    """Bytes of a ``member`` and in ``total`` once unpacked, how many ``members``, and how often smaller one may be packed."""

    member: int = 2 << 30
    total: int = 4 << 30
    members: int = 1000
    ratio: int = 500


def members_of(path: Path, ending: str, limits: Limits) -> dict[str, bytes]:
    """All members of a ZIP file, which ``ending`` says the kind of, by name. Raises BadZip, OSError."""
    name = Path(path).name
    try:
        archive = zipfile.ZipFile(path)
    except UNZIPPABLE:
        raise BadZip(
            tr(
                "{name} is not a whole {ending} file (it is truncated or something else). Use another copy.",
                name=name,
                ending=ending,
            )
        ) from None
    with archive:
        infos = archive.infolist()
        _check(name, ending, infos, limits)
        try:
            members = {}
            for info in infos:
                with archive.open(info) as file:
                    content = file.read(info.file_size + 1)
                if len(content) > info.file_size:
                    raise BadZip(
                        tr(
                            "{name} lies about the size of {filename!r}. It was not opened.",
                            name=name,
                            filename=info.filename,
                        )
                    )
                members[info.filename] = content
        except BadZip:
            raise
        except (*UNZIPPABLE, OSError) as error:
            raise BadZip(tr("{name} is damaged ({error}). Use another copy.", name=name, error=error)) from None
    return members


def _check(name: str, ending: str, infos: list[zipfile.ZipInfo], limits: Limits) -> None:
    if len(infos) > limits.members:
        raise BadZip(
            tr(
                "{name} holds {infos} members, which no {ending} file does. It was not opened.",
                name=name,
                infos=len(infos),
                ending=ending,
            )
        )
    total = 0
    for info in infos:
        parts = info.filename.replace("\\", "/").split("/")
        if info.filename.startswith("/") or ".." in parts or ":" in parts[0]:
            raise BadZip(
                tr(
                    "{name} holds a path outside itself ({filename!r}). It was not opened.",
                    name=name,
                    filename=info.filename,
                )
            )
        total += info.file_size
        packed = max(1, info.compress_size)
        if info.file_size > limits.member or (info.file_size > _LARGE and info.file_size / packed > limits.ratio):
            raise BadZip(
                tr(
                    "{name} would unpack {filename!r} to {file_size:,} bytes. It was not opened.",
                    name=name,
                    filename=info.filename,
                    file_size=info.file_size,
                )
            )
    if total > limits.total:
        raise BadZip(tr("{name} would unpack to {total:,} bytes. It was not opened.", name=name, total=total))
