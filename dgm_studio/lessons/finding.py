"""Finding lessons: those that come with the program, and those of a folder of the user's, as folders or ``.dgml`` files.

A ``.dgml`` is a ZIP of a lesson's folder. It is checked before anything is unpacked, and unpacked once, beside its target, to a
place named by its content.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from dgm_studio.atomic import replacing
from dgm_studio.places import data_folder
from dgm_studio.resources import resource
from dgm_studio.unpacking import BadZip, Limits, members_of

from .lesson import TEXT, BadLesson, Lesson, LessonProblem
from .reading import MOST_BYTES, MOST_FILES, files_of, read_lesson

ENDING = ".dgml"
_LIMITS = Limits(member=MOST_BYTES, total=MOST_BYTES, members=MOST_FILES)
_LONGEST = 60


@dataclass(frozen=True)
class FoundLesson:
    """A place where a lesson is: the ``lesson``, or the ``problem`` why it cannot be read. ``own`` is one of the user's."""

    place: Path
    own: bool
    lesson: Lesson | None
    problem: BadLesson | None = None


def lessons_folder() -> Path:
    """Where people put lessons of others and of their own; it need not exist."""
    return data_folder() / "lessons"


def find_lessons(language: str = "") -> list[FoundLesson]:
    """All lessons: those of the program by name, then the user's. One that cannot be read costs only itself."""
    places = [(place, False) for place in _places(shipped())] + [(place, True) for place in _places(lessons_folder())]
    return [_found(place, own, language) for place, own in places]


def shipped() -> Path:
    """The folder of the lessons that come with the program. Raises FileNotFoundError where the program is not whole."""
    return resource("lessons")


def open_lesson(place: Path, language: str = "") -> Lesson:
    """The lesson of a folder, of its text, or of a ``.dgml`` file. Raises BadLesson."""
    if place.name == TEXT:
        place = place.parent
    if place.is_dir():
        return read_lesson(place, language)
    if not place.is_file():
        raise BadLesson(LessonProblem(place.name, 0, f"does not exist; check the path {place}"))
    return read_lesson(_unpacked(place), language)


def pack(folder: Path, target: Path) -> None:
    """Write a lesson's folder as one ``.dgml`` file. Raises BadLesson for a folder that holds none, OSError."""
    lesson = read_lesson(folder)
    with replacing(target) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in files_of(folder):
            archive.writestr(f"{lesson.name}/{path.relative_to(folder).as_posix()}", path.read_bytes())


def _found(place: Path, own: bool, language: str) -> FoundLesson:
    try:
        return FoundLesson(place, own, open_lesson(place, language))
    except BadLesson as error:
        if language:  # a translation that cannot be read costs only itself
            return _found(place, own, "")
        return FoundLesson(place, own, None, error)
    except OSError as error:
        problem = LessonProblem(place.name, 0, f"cannot be read: {error.strerror or error}")
        return FoundLesson(place, own, None, BadLesson(problem))


def _places(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        for path in sorted(folder.iterdir()):
            if (path / TEXT).is_file() or (path.suffix == ENDING and path.is_file()):
                yield path


def _unpacked(path: Path) -> Path:
    """The folder of a ``.dgml`` file, unpacked where that has not been done. Raises BadLesson, OSError."""
    if path.stat().st_size > MOST_BYTES:
        raise BadLesson(LessonProblem(path.name, 0, f"is larger than {MOST_BYTES >> 20} MB; it was not opened"))
    home = data_folder() / "unpacked-lessons" / hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    there = next((text.parent for text in home.glob(f"*/{TEXT}")), None)
    if there is not None:
        return there
    try:
        members = members_of(path, ENDING, _LIMITS)
    except BadZip as error:
        raise BadLesson(LessonProblem(path.name, 0, str(error))) from None
    name, inside = _within(path, members)
    home.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=".", dir=home.parent))
    try:
        for member, data in inside.items():
            target = beside / name / member
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        if home.exists():  # of an earlier time, and not whole
            shutil.rmtree(home)
        os.replace(beside, home)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise
    return home / name


def _within(path: Path, members: dict[str, bytes]) -> tuple[str, dict[str, bytes]]:
    """The name of a lesson, and its files by their place in its folder, which may be packed as a folder or as what is in it."""
    text = min((name for name in members if PurePosixPath(name).name == TEXT), key=len, default=None)
    if text is None:
        raise BadLesson(LessonProblem(path.name, 0, f"holds no {TEXT}; it is no lesson"))
    root = text[: -len(TEXT)]
    inside = {name[len(root) :]: data for name, data in members.items() if name.startswith(root)}
    files = {name: data for name, data in inside.items() if name and not name.endswith("/")}
    return (PurePosixPath(root).name or path.stem)[:_LONGEST], files
