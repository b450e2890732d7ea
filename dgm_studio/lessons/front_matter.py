"""What a lesson says of itself first: ``key: value`` lines between two lines of ``---``."""

from __future__ import annotations

from dataclasses import dataclass, field

from .lesson import FORMAT, LEVELS, LessonProblem

KEYS = ("format", "title", "author", "minutes", "level", "language", "summary", "lectures")
_NEEDED = ("title", "author", "minutes", "level", "language", "summary")
_MOST_MINUTES = 240


@dataclass
class FrontMatter:
    """What was said; ``missing`` are keys that a lesson needs."""

    title: str = ""
    author: str = ""
    minutes: int = 0
    level: str = ""
    language: str = ""
    summary: str = ""
    lectures: tuple[str, ...] = ()
    missing: tuple[str, ...] = field(default=_NEEDED)


def read_front_matter(file: str, lines: list[str], problems: list[LessonProblem]) -> tuple[FrontMatter, int]:
    """What a text says of itself, and the number of lines that this takes."""
    front = FrontMatter()
    if not lines or lines[0].strip() != "---":
        words = "does not begin with a line of ---, below which title, minutes and the like stand"
        problems.append(LessonProblem(file, 1, words))
        return front, 0
    end = next((i for i, line in enumerate(lines[1:], 1) if line.strip() == "---"), None)
    if end is None:
        problems.append(LessonProblem(file, 1, "has no second line of ---, which ends what it says of itself"))
        return front, len(lines)
    said: dict[str, str] = {}
    for number, line in enumerate(lines[1:end], 2):
        key, colon, value = line.partition(":")
        key, value = key.strip(), value.strip().strip('"')
        if not line.strip():
            continue
        if not colon or key not in KEYS:
            problems.append(LessonProblem(file, number, f"{key!r} is none of {', '.join(KEYS)}"))
        elif key in said:
            problems.append(LessonProblem(file, number, f"{key} is said twice"))
        else:
            said[key] = value
            _take(front, key, value, file, number, problems)
    front.missing = tuple(key for key in _NEEDED if not said.get(key))
    return front, end + 1


def _take(front: FrontMatter, key: str, value: str, file: str, line: int, problems: list[LessonProblem]) -> None:
    if key == "format":
        if not value.isdecimal():
            problems.append(LessonProblem(file, line, f"format is a whole number, not {value!r}"))
        elif int(value) > FORMAT:
            words = f"has format {value}; this program reads up to format {FORMAT}. Update the program to open it"
            problems.append(LessonProblem(file, line, words))
    elif key == "minutes":
        if not (value.isdecimal() and 1 <= int(value) <= _MOST_MINUTES):
            problems.append(
                LessonProblem(file, line, f"minutes is a whole number from 1 to {_MOST_MINUTES}, not {value!r}")
            )
        else:
            front.minutes = int(value)
    elif key == "level":
        if value not in LEVELS:
            problems.append(LessonProblem(file, line, f"level is one of {', '.join(LEVELS)}, not {value!r}"))
        front.level = value
    elif key == "lectures":
        front.lectures = tuple(each.strip() for each in value.split(";") if each.strip())
    else:
        setattr(front, key, value)
