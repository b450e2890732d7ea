"""A lesson of a file or folder that somebody brings: recognised by its name, and played."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dgm_studio.language import tr
from dgm_studio.lessons.finding import ENDING, open_lesson
from dgm_studio.lessons.lesson import TEXT, BadLesson

if TYPE_CHECKING:
    from ..studio import Studio


def is_lesson(path: Path) -> bool:
    """Whether a file or folder is called as a lesson is; what is in it is looked at when it is played."""
    return path.suffix.lower() == ENDING or path.name == TEXT or (path.is_dir() and (path / TEXT).is_file())


def play_file(studio: Studio, place: Path) -> None:
    """Play the lesson of a file or folder; a notice says what is wrong with it."""
    try:
        lesson = open_lesson(place, studio.lesson.language)
    except (BadLesson, OSError) as error:
        studio.notify("bad", tr("{name} cannot be played.", name=place.name), str(error))
        return
    studio.lesson.play(lesson)
