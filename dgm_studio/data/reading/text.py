"""Text of a file, whatever program wrote it: UTF-8, UTF-16 or UTF-32 with a mark or without, else Windows-1252."""

from __future__ import annotations

import codecs
import gzip
import zlib
from pathlib import Path

from dgm_studio.data_error import DataError
from dgm_studio.language import tr

from .packed import opened

MAX_BYTES = 1 << 30
"""Larger tables are refused before they are read."""
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF8, "utf-8-sig", ""),
)
_UNSEEN = dict.fromkeys(map(ord, "\ufeff\u200b\u200e\u200f"))
"""Marks without width, as files that were put together or copied from a page have them between cells."""
_LOOKED_AT = 4096
_NOT_TEXT = frozenset(range(32)) - frozenset(b"\t\n\v\f\r\x1a")


def read_text(path: Path) -> tuple[str, tuple[str, ...]]:
    """The text of a file, its lines ended by ``\\n``, and what is worth saying about its encoding. Raises `DataError`."""
    try:
        with opened(path) as file:
            raw = file.read(MAX_BYTES + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(tr("{path} is damaged ({error}): get a whole copy", path=path, error=error)) from error
    except OSError as error:
        raise DataError(
            tr("{path} cannot be read ({strerror}): check its permissions", path=path, strerror=error.strerror)
        ) from error
    if len(raw) > MAX_BYTES:
        raise DataError(
            tr("{path} has more than {max_bytes:.0f} GiB: keep tables below", path=path, max_bytes=MAX_BYTES / 2**30)
        )
    text, encoding = _decoded(path, raw)
    text = text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\x1a")
    text = text.translate(_UNSEEN) if any(chr(sign) in text for sign in _UNSEEN) else text
    return text, (f"read as {encoding}",) if encoding else ()


def _decoded(path: Path, raw: bytes) -> tuple[str, str]:
    """Text and the name of its encoding, empty for UTF-8."""
    codec, name = next(((codec, name) for mark, codec, name in _MARKS if raw.startswith(mark)), _without_mark(raw))
    if codec.startswith("utf-8") and _NOT_TEXT & set(raw[:_LOOKED_AT]):
        what = "a ZIP archive or an Excel workbook" if raw.startswith(b"PK\x03\x04") else "not a text file"
        raise DataError(tr("{path} is {what}: save the points as CSV, NPY or NPZ", path=path, what=what))
    try:
        return raw.decode(codec), name
    except UnicodeDecodeError as error:
        if codec != "utf-8":
            raise DataError(
                tr("{path} is not the {name} text it begins as: save it as UTF-8", path=path, name=name or "UTF-8")
            ) from error
    # every byte means something in it but five, which no program writes as letters
    return raw.decode("cp1252", errors="replace"), "Windows-1252"


def _without_mark(raw: bytes) -> tuple[str, str]:
    """Of text in UTF-16 every other byte of digits and separators is zero."""
    head = raw[: _LOOKED_AT & ~1]
    half = max(1, len(head) // 2)
    for codec, zeros in (("utf-16-le", head[1::2]), ("utf-16-be", head[0::2])):
        others = head[0::2] if codec == "utf-16-le" else head[1::2]
        if zeros.count(0) > 0.7 * half and others.count(0) < 0.1 * half:
            return codec, "UTF-16"
    return "utf-8", ""
