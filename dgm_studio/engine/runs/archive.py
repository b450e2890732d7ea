"""The archive: what a ``.dgm`` file is as a ZIP, and what is checked before anything in it is used."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dgm_studio.unpacking import BadZip, Limits, members_of

from ..errors import UserError

FORMAT = 1
MEMBERS = ("manifest.json", "run.json", "weights.safetensors", "curves.json", "examples.npz")
MAX_MEMBER = 2 << 30
"""Bytes of one member once unpacked."""


class BadFile(UserError):
    """A ``.dgm`` file that cannot be used; the message names it and says why."""


def unpack(path: Path) -> dict[str, bytes]:
    """All members of a ``.dgm`` file after checking it. Raises BadFile, OSError."""
    try:
        members = members_of(path, ".dgm", Limits(member=MAX_MEMBER))
    except BadZip as error:
        raise BadFile(str(error)) from None
    _check_manifest(Path(path).name, members)
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
