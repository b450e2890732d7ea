"""Exhibits: trained models that come with the program, to be opened, steered, painted on and trained on at once.

Each is a ``.dgm`` in ``resources/gallery`` with two members of its own: `ABOUT`, what it is and how good, and a picture.
They are only ever read; a run that is opened from one belongs to no file. ``packaging/make_gallery.py`` makes them anew.
"""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from dgm_studio.language import translate
from dgm_studio.resources import resource

from .thumbnail import MEMBER

ABOUT = "exhibit.json"


@dataclass(frozen=True)
class Exhibit:
    """One of the gallery: its title, a ``tip`` what to do with it, and the measures of the model as it is in the file, by name:
    ``value``, ``error``, ``floor`` and a sentence ``said``, each None where there is none. ``thumbnail`` is a PNG.
    """

    name: str
    place: int
    title: str
    tip: str
    data: str
    family: str
    step: int
    measures: dict[str, dict[str, Any]]
    path: Path
    thumbnail: bytes

    def __post_init__(self) -> None:
        translate(self, "title", "tip")

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return self.path.stat().st_size


def folder() -> Path:
    """Where the exhibits lie. Raises FileNotFoundError where the program is not whole."""
    return resource("gallery")


@cache
def exhibits() -> tuple[Exhibit, ...]:
    """All that there are, by the order of the gallery. Raises FileNotFoundError as `folder` does."""
    return tuple(sorted((_read(path) for path in folder().glob("*.dgm")), key=lambda each: each.place))


def holds(path: Path) -> bool:
    """Whether a file is one of the exhibits, which nothing may be written to."""
    try:
        return Path(path).resolve().parent == folder().resolve()
    except FileNotFoundError:
        return False


def _read(path: Path) -> Exhibit:
    with zipfile.ZipFile(path) as archive:
        about, run = (json.loads(archive.read(member)) for member in (ABOUT, "run.json"))
        thumbnail = archive.read(MEMBER) if MEMBER in archive.namelist() else b""
    spec = run["resolved"]
    return Exhibit(
        name=path.stem,
        place=about["place"],
        title=about["title"],
        tip=about["tip"],
        data=spec["data"]["name"],
        family=spec["family"],
        step=about["step"],
        measures=about["measures"],
        path=path,
        thumbnail=thumbnail,
    )
