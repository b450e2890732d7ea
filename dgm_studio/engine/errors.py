"""Errors: what an exception means to a person, what to do about it, and whose it is."""

from __future__ import annotations

import errno
from dataclasses import replace

import torch
from pydantic import ValidationError

from dgm_studio.contract import DataError
from dgm_studio.data.reading.columns import Unclear
from dgm_studio.language import tr
from dgm_studio.peek import Peek
from dgm_studio.protocol.messages import Blame

from .catalogue import UnknownName
from .devices import DeviceError


class UserError(ValueError):
    """Something that cannot be done, with the reason and the cure in its message."""


EXPECTED = (UserError, DataError, UnknownName, DeviceError)
"""Errors whose message already says what was wrong and what to do."""


def peek(error: BaseException) -> Peek | None:
    """The table that an error asks about, as a person needs to see it."""
    return replace(error.table.peek(), file=error.where) if isinstance(error, Unclear) else None


def is_out_of_memory(error: BaseException) -> bool:
    """Whether memory ran out, on the GPU or on the CPU."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and "not enough memory" in str(error)


def is_device_lost(error: BaseException) -> bool:
    """Whether a GPU stopped answering."""
    text = str(error)
    if isinstance(error, torch.AcceleratorError):
        return True
    return isinstance(error, RuntimeError) and ("CUDA error" in text or "device-side" in text or "MPS backend" in text)


_OF_INPUT = frozenset({errno.ENOENT, errno.EACCES, errno.EPERM, errno.EISDIR, errno.ENOTDIR})


def blame(error: BaseException) -> Blame:
    """Whether what was asked for cannot be done, the machine gave out, or the program is at fault."""
    if isinstance(error, (*EXPECTED, ValidationError)):
        return "input"
    if isinstance(error, OSError):
        return "input" if error.errno in _OF_INPUT else "machine"
    return "machine" if is_out_of_memory(error) or is_device_lost(error) else "defect"


def advise(error: BaseException) -> tuple[str, str]:
    """(what happened, what to do) in sentences."""
    if isinstance(error, EXPECTED):
        said = str(error)
        return said if said.endswith((".", "?", "!")) else f"{said}.", ""
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "value"
        if first["type"] == "extra_forbidden":
            return tr("There is no setting {where!r}.", where=where), tr("Choose one that is offered.")
        return tr(
            "{where} cannot be {value!r}: {first}.", where=where, value=first.get("input"), first=first["msg"].lower()
        ), tr("Choose a value in its range.")
    if is_out_of_memory(error):
        return tr("There was not enough memory."), tr("Choose a smaller batch, fewer samples or a smaller network.")
    if is_device_lost(error):
        return tr("The device stopped working ({error}).", error=error), tr(
            "Switch to the CPU and train on from the last kept weights."
        )
    if isinstance(error, OSError):
        return _of_system(error)
    return (
        f"{type(error).__name__}: {error}",
        tr("The program goes on. If it happens again, please report it with what you did."),
    )


def _of_system(error: OSError) -> tuple[str, str]:
    name = error.filename or "the file"
    if error.errno == errno.ENOSPC:
        return (
            tr("The disk is full; {name} was not written. An older file of that name is intact.", name=name),
            tr("Free some space or choose another disk."),
        )
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return tr("{name} may not be written or read.", name=name), tr(
            "Choose another folder or change its permissions."
        )
    if error.errno == errno.ENOENT:
        return tr("{name} does not exist.", name=name), tr("Check the path.")
    return f"{name}: {error.strerror or error}.", tr("Check the path and the disk.")
