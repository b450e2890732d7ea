"""The archive: what a ``.dgm`` file is as a ZIP, and what is checked before anything in it is used."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dgm_studio.language import tr
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
            tr(
                "{name} holds a session of several runs. Open it in the window, and save the run that is wanted alone.",
                name=name,
            )
        )
    version = manifest.get("format")
    if not isinstance(version, int):
        raise BadFile(tr("{name} does not say which format it has. It was not written by DGM Studio.", name=name))
    if version > FORMAT:
        raise BadFile(
            tr(
                "{name} has format {version}, written by DGM Studio {value}; this program reads up to "
                "format {format}. Update the program to open it.",
                name=name,
                version=version,
                value=manifest.get("version", "?"),
                format=FORMAT,
            )
        )
    for member in MEMBERS:
        if member not in members:
            raise BadFile(tr("{name} lacks {member}. Use another copy.", name=name, member=member))


def parsed(name: str, members: Mapping[str, bytes], member: str) -> dict[str, Any]:
    try:
        value = json.loads(members[member])
    except KeyError:
        raise BadFile(
            tr("{name} lacks {member}; it is not a .dgm file. Use another copy.", name=name, member=member)
        ) from None
    except (ValueError, UnicodeDecodeError, RecursionError):
        raise BadFile(tr("{member} in {name} is damaged. Use another copy.", member=member, name=name)) from None
    if not isinstance(value, dict):
        raise BadFile(tr("{member} in {name} is damaged. Use another copy.", member=member, name=name))
    return value
