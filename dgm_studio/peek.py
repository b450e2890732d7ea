"""What a person needs to see of a table to say which of its columns are meant: a plain value that crosses all floors."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Peek:
    """The ``names`` of columns (empty where there are none), their ``places`` from 1 on, which are ``numeric``, and the first
    ``rows`` as they are written.

    ``chosen`` are the numbers of the columns that are x, y and, where there is one, the class, from 0 on; empty where that
    is open. ``file`` is the path of the table, where it is asked about.
    """

    names: tuple[str, ...]
    places: tuple[int, ...]
    numeric: tuple[bool, ...]
    rows: tuple[tuple[str, ...], ...]
    chosen: tuple[int, ...] = ()
    file: str = ""
