"""The archive: what a ``.dgm`` file is as a ZIP, and what is checked before anything in it is used.

No path in it is ever used, and sizes are checked before anything is unpacked.
"""

from __future__ import annotations

import json
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import UserError

FORMAT = 1
MEMBERS = ("manifest.json", "run.json", "weights.safetensors", "curves.json", "examples.npz")
MAX_MEMBER, MAX_TOTAL, MAX_MEMBERS, MAX_RATIO = 2 << 30, 4 << 30, 1000, 500
# what zipfile raises on damage, found by flipping bytes: encrypted members are a RuntimeError, foreign versions another
UNZIPPABLE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, RuntimeError, ValueError, OverflowError)


class BadFile(UserError):
    """A ``.dgm`` file that cannot be used; the message names it and says why."""


def unpack(path: Path) -> dict[str, bytes]:
    """All members of a ``.dgm`` file after checking it. Raises BadFile, OSError."""
    name = Path(path).name
    try:
        archive = zipfile.ZipFile(path)
    except UNZIPPABLE:
        raise BadFile(
            f"{name} is not a whole .dgm file (it is truncated or something else). Use another copy."
        ) from None
    with archive:
        infos = archive.infolist()
        if len(infos) > MAX_MEMBERS:
            raise BadFile(f"{name} holds {len(infos)} members, which no .dgm file does. It was not opened.")
        total = 0
        for info in infos:
            parts = info.filename.replace("\\", "/").split("/")
            if info.filename.startswith("/") or ".." in parts or ":" in parts[0]:
                raise BadFile(f"{name} holds a path outside itself ({info.filename!r}). It was not opened.")
            total += info.file_size
            packed = max(1, info.compress_size)
            if info.file_size > MAX_MEMBER or (info.file_size > 1 << 24 and info.file_size / packed > MAX_RATIO):
                raise BadFile(f"{name} would unpack {info.filename!r} to {info.file_size:,} bytes. It was not opened.")
        if total > MAX_TOTAL:
            raise BadFile(f"{name} would unpack to {total:,} bytes. It was not opened.")
        try:
            members = {}
            for info in infos:
                with archive.open(info) as file:
                    content = file.read(info.file_size + 1)
                if len(content) > info.file_size:
                    raise BadFile(f"{name} lies about the size of {info.filename!r}. It was not opened.")
                members[info.filename] = content
        except BadFile:
            raise
        except (*UNZIPPABLE, OSError) as error:
            raise BadFile(f"{name} is damaged ({error}). Use another copy.") from None
    _check_manifest(name, members)
    return members


def _check_manifest(name: str, members: Mapping[str, bytes]) -> None:
    manifest = parsed(name, members, "manifest.json")
    if manifest.get("holds") == "session":
        raise BadFile(
            f"{name} holds a session of several runs. Open it in the window, and save the run that is wanted alone."
        )
    version = manifest.get("format")
    if not isinstance(version, int):
        raise BadFile(f"{name} does not say which format it has. It was not written by DGM Studio.")
    if version > FORMAT:
        raise BadFile(
            f"{name} has format {version}, written by DGM Studio {manifest.get('version', '?')}; this program reads up to "
            f"format {FORMAT}. Update the program to open it."
        )
    for member in MEMBERS:
        if member not in members:
            raise BadFile(f"{name} lacks {member}. Use another copy.")


def parsed(name: str, members: Mapping[str, bytes], member: str) -> dict[str, Any]:
    try:
        value = json.loads(members[member])
    except KeyError:
        raise BadFile(f"{name} lacks {member}; it is not a .dgm file. Use another copy.") from None
    except (ValueError, UnicodeDecodeError, RecursionError):
        raise BadFile(f"{member} in {name} is damaged. Use another copy.") from None
    if not isinstance(value, dict):
        raise BadFile(f"{member} in {name} is damaged. Use another copy.")
    return value
