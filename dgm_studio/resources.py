"""Where the files that come with the program lie: fonts, icons, lessons.

In an installed wheel they are packed into the package as ``_resources``; in a checkout they are the
folder ``resources``.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_ROOTS = (_PACKAGE / "_resources", _PACKAGE.parent / "resources")


def resource(name: str) -> Path:
    """The file or folder ``name``, such as ``"fonts/Inter-Regular.ttf"``.

    Raises FileNotFoundError saying where it was looked for.
    """
    for root in _ROOTS:
        path = root / name
        if path.exists():
            return path
    raise FileNotFoundError(
        f"the program's own file {name!r} is in none of {', '.join(map(str, _ROOTS))}: install the program again"
    )
