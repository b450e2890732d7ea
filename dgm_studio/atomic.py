"""Writing files so that either the old or the new content is there, whole."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """A file to write that takes the place of ``path`` once it is complete and on the disk.

    It lies beside its target until then and has the permissions that any new file gets. Raises OSError that names
    ``path``; the old file is then intact and nothing is left beside it.
    """
    path = Path(path)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except BaseException as error:
        with suppress(OSError):
            os.unlink(beside)
        if isinstance(error, OSError) and error.filename in (None, beside, str(beside)):
            error.filename = str(path)  # not that of the file beside it, which nobody knows
        raise


def write(path: Path, data: bytes) -> None:
    """Write a whole file. Raises OSError that names ``path``."""
    with replacing(path) as file:
        file.write(data)
