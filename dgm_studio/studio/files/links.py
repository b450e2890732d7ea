"""Links: a session without its weights as a line of text, ``dgm:1.`` and what follows, to be sent, pasted, or shown as a code.

What differs from the session of the first start is written as JSON, compressed (zlib, RFC 1950) and spelt in the letters
that are safe in addresses (base64url, RFC 4648). A link holds wishes: data by name, families and settings; whoever opens it
trains by themselves. It names no file of this machine and no device, and is read as carefully as a file from a stranger.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from dgm_studio.language import tr
from dgm_studio.protocol.spec import RunSpec

from ..session.session import Session, Slot

if TYPE_CHECKING:
    from ..studio import Studio

PREFIX = "dgm:"
_VERSION = "1."
MOST_LETTERS, MOST_BYTES, MOST_DEPTH = 8_000, 200_000, 8
"""Of a link, of what comes out of it, and of things within things."""
_LARGEST, _LONGEST = 1e15, 200
"""The farthest number from zero and the most letters of a setting."""


class BadLink(ValueError):
    """A link that cannot be made or opened; the message says why."""


def portable(session: Session) -> Session:
    """The session as another machine can have it: without runs and devices. Raises BadLink where data are a file."""
    slots = {}
    for slot, held in session.slots.items():
        files = [data for data in (held.spec.data, held.spec.source) if data is not None and data.path is not None]
        if files:
            name = files[0].label
            raise BadLink(
                tr(
                    "{name} is a file of this machine. A link holds data by name; save the session to a file.",
                    name=name,
                )
            )
        slots[slot] = Slot(spec=held.spec.with_(device="auto"))
    return session.with_(slots=slots)


def to_link(session: Session) -> str:
    """Raises BadLink for data from files, and for a session that is too long to be a link."""
    values = _without(portable(session).model_dump(mode="json"), Session().model_dump(mode="json"))
    text = json.dumps(values, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
    link = PREFIX + _VERSION + base64.urlsafe_b64encode(zlib.compress(text, 9)).decode().rstrip("=")
    if len(link) > MOST_LETTERS:
        raise BadLink(tr("This session is too long for a link. Save it to a file."))
    return link


def is_link(text: str) -> bool:
    """Whether a text means to be one."""
    return text.strip().lower().startswith(PREFIX)


def from_link(text: str) -> Session:
    """The session of a link. Raises BadLink, whatever a text may be."""
    text = text.strip()
    if not is_link(text):
        raise BadLink(tr("A link begins with {prefix}.", prefix=PREFIX))
    if len(text) > MOST_LETTERS:
        raise BadLink(tr("This link is too long to be one of this program."))
    body = text[len(PREFIX) :]
    if not body.startswith(_VERSION):
        raise BadLink(tr("This link was made by another version of the program. Update it, or ask for a file."))
    values = _unpacked(body[len(_VERSION) :])
    try:
        session = Session.model_validate(_whole(values))
    except (ValidationError, ValueError, TypeError, KeyError) as error:
        raise BadLink(tr("This link holds what is no session of this program.")) from error
    return portable(session)


def in_file(path: Path) -> str:
    """The link that a file of text holds, empty for any other file."""
    try:
        if path.stat().st_size > MOST_LETTERS:
            return ""
        text = path.read_bytes().decode("ascii")
    except (OSError, ValueError):
        return ""
    return text if is_link(text) else ""


def open_link(studio: Studio, text: str) -> None:
    """Take over the session of a link; what was there stays among the runs and comes back by undo. A notice says what is wrong
    with one that cannot be opened."""
    try:
        session = from_link(text)
    except BadLink as error:
        studio.notify("bad", str(error))
        return
    studio.edit(session)
    studio.notify("info", tr("Opened a link. Press Train; Ctrl+Z brings back what was here."))


def _unpacked(letters: str) -> dict[str, Any]:
    spoilt = tr("This link is damaged: it may have been cut or changed on its way. Copy it again, as a whole.")
    try:
        packed = base64.b64decode(letters + "=" * (-len(letters) % 4), altchars=b"-_", validate=True)
        unpacker = zlib.decompressobj()
        text = unpacker.decompress(packed, MOST_BYTES)
    except (binascii.Error, zlib.error, ValueError) as error:
        raise BadLink(spoilt) from error
    if unpacker.unconsumed_tail or not unpacker.eof:
        raise BadLink(
            tr("This link is longer inside than any of this program.") if unpacker.unconsumed_tail else spoilt
        )
    try:
        values = json.loads(text.decode(), parse_constant=_refused)
    except (ValueError, RecursionError) as error:
        raise BadLink(spoilt) from error
    if not isinstance(values, dict):
        raise BadLink(tr("This link holds what is no session of this program."))
    _check(values, 0)
    return values


def _refused(name: str) -> float:
    raise ValueError(tr("{name} is no number", name=name))


def _check(value: Any, depth: int) -> None:
    """Raises BadLink for what no session has: depths, numbers and texts beyond all use."""
    if depth > MOST_DEPTH:
        raise BadLink(tr("This link holds things within things, deeper than any session."))
    if isinstance(value, dict):
        for key, inner in value.items():
            _check(key, depth)
            _check(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            _check(inner, depth + 1)
    elif isinstance(value, str):
        if len(value) > _LONGEST:
            raise BadLink(tr("This link holds a text that is longer than any setting."))
    elif isinstance(value, int | float) and not (math.isfinite(value) and abs(value) <= _LARGEST):
        raise BadLink(tr("This link holds a number that is larger than any setting."))


def _without(values: Mapping[str, Any], usual: Mapping[str, Any]) -> dict[str, Any]:
    """What differs; of slots that the first start has not, what differs from a plain run."""
    found = {name: value for name, value in values.items() if name != "slots" and value != usual[name]}
    plain = RunSpec().model_dump(mode="json")
    slots = {}
    for name, held in values["slots"].items():
        base = usual["slots"][name]["spec"] if name in usual["slots"] else plain
        differs = _differing(held["spec"], base)
        if differs or name not in usual["slots"]:
            slots[name] = differs
    return {**found, **({"slots": slots} if slots else {})}


def _differing(values: Mapping[str, Any], base: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that differ; of ``data`` and ``sampling`` theirs, settings as a whole."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        if value == base[name]:
            continue
        inner = name in ("data", "sampling")
        found[name] = {k: v for k, v in value.items() if v != base[name][k]} if inner else value
    return found


def _whole(values: dict[str, Any]) -> dict[str, Any]:
    """The values of a session again, the missing ones as at the first start."""
    usual = Session().model_dump(mode="json")
    plain = RunSpec().model_dump(mode="json")
    slots = dict(usual["slots"])
    for name, differs in dict(values.get("slots", {})).items():
        base = usual["slots"][name]["spec"] if name in usual["slots"] else plain
        spec = {**base, **differs}
        for part in ("data", "sampling"):
            spec[part] = {**base[part], **differs.get(part, {})}
        slots[name] = {"spec": spec}
    return {**usual, **values, "slots": slots}
