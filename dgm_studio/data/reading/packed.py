"""Files packed with gzip, read as what is packed in them: ``points.csv.gz`` is a table, ``digits.npy.gz`` an array."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import BinaryIO, cast

_MAGIC = b"\x1f\x8b"


def suffix_of(path: Path) -> str:
    """The ending that tells what a file holds, in small letters: ``.csv`` of ``A.CSV.gz``, empty of ``images.gz``."""
    last = path.suffix.lower()
    return Path(path.stem).suffix.lower() if last == ".gz" else last


def opened(path: Path) -> BinaryIO:
    """A file for reading, unpacked on the way where it is packed, whatever it is called. Raises OSError."""
    file = path.open("rb")
    packed = file.read(len(_MAGIC)) == _MAGIC
    file.seek(0)
    if not packed:
        return file
    file.close()
    return cast(BinaryIO, gzip.open(path, "rb"))
