"""Drafts on the disk: what is written of a lesson and not in its folder yet, kept among the program's own data, so that
neither a crash nor a folder that cannot be written loses a word.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from dgm_studio import atomic
from dgm_studio.places import data_folder
from dgm_studio.protocol.spec import Frozen

from .finding import lessons_folder
from .lesson import Lesson
from .reading import files_of


class KeptDraft(Frozen):
    """What is written of a lesson: ``texts`` by file, and of each file the ``base`` that it was written over."""

    format: Literal[1] = 1
    folder: str
    base: dict[str, str] = Field(default_factory=dict)
    texts: dict[str, str] = Field(default_factory=dict)


def fingerprint(path: Path) -> str:
    """Of a text as it is on the disk, empty where there is none. Raises OSError."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    except FileNotFoundError:
        return ""


def drafts_folder() -> Path:
    """Where drafts are kept; it need not exist."""
    return data_folder() / "lesson-drafts"


def place_of_draft(folder: Path) -> Path:
    """Where the draft of a lesson is kept."""
    return drafts_folder() / f"{hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]}.json"


def keep_draft(draft: KeptDraft) -> None:
    """Raises OSError that names the file."""
    place = place_of_draft(Path(draft.folder))
    place.parent.mkdir(parents=True, exist_ok=True)
    atomic.write(place, draft.model_dump_json(indent=1).encode())


def kept_draft(folder: Path) -> KeptDraft | None:
    """The draft of a lesson, None where there is none or it cannot be read, which is then set aside."""
    place = place_of_draft(folder)
    try:
        return KeptDraft.model_validate_json(place.read_bytes())
    except FileNotFoundError:
        return None
    except (ValidationError, ValueError):
        os.replace(place, place.with_suffix(".broken.json"))
        return None


def forget_draft(folder: Path) -> None:
    """The lesson's folder holds all of it. Raises OSError."""
    place_of_draft(folder).unlink(missing_ok=True)


def drafted() -> list[Path]:
    """Folders of lessons of which there is a draft."""
    found = []
    for place in sorted(drafts_folder().glob("*.json")) if drafts_folder().is_dir() else ():
        try:
            draft = KeptDraft.model_validate_json(place.read_bytes())
        except (OSError, ValidationError, ValueError):
            continue
        if Path(draft.folder).parent == lessons_folder():
            found.append(Path(draft.folder))
    return found


def free_folder(name: str) -> Path:
    """A folder among the lessons of a person that is not there yet."""
    taken = {path.name.lower() for path in lessons_folder().iterdir()} if lessons_folder().is_dir() else set()
    taken |= {path.name.lower() for path in drafted()}
    number, free = 1, name
    while free.lower() in taken:
        number += 1
        free = f"{name}-{number}"
    return lessons_folder() / free


def copied(lesson: Lesson) -> Path:
    """A copy of a lesson among those of a person, to be changed. Raises OSError, BadLesson; nothing is left then."""
    target = free_folder(lesson.name.lstrip("0123456789-") or lesson.name)
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=".", dir=target.parent))
    try:
        for path in files_of(lesson.folder):
            there = beside / path.relative_to(lesson.folder)
            there.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, there)
        beside.chmod(0o755)
        os.replace(beside, target)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise
    return target
