"""The heading of a step: its title, and in braces where it begins, what it shows and what it sets."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .lesson import LessonProblem

_BRACES = re.compile(r"^(.*?)\s*\{(.*)\}$")
_ATTRIBUTE = re.compile(r'\s*([\w-]+)(?:=("[^"]*"|[^\s"]+))?(?=\s|$)')
NAMES = ("session", "compare", "show", "lock", "set", "slide")


@dataclass
class StepHeading:
    """What a heading says; see `LessonStep`."""

    title: str
    start: str = ""
    compare: tuple[str, ...] = ()
    show: tuple[str, ...] = ()
    lock: tuple[str, ...] = ()
    settings: tuple[tuple[str, object], ...] = ()
    slide: bool = False


def read_heading(file: str, line: int, text: str, problems: list[LessonProblem]) -> StepHeading:
    """A heading without its ``##``; what is wrong with it joins the ``problems``."""
    match = _BRACES.match(text)
    heading = StepHeading(match[1] if match else text)
    if not heading.title:
        problems.append(LessonProblem(file, line, "a step needs a title"))
    rest = match[2] if match else ""
    place, seen = 0, set[str]()
    while place < len(rest.rstrip()):
        found = _ATTRIBUTE.match(rest, place)
        if found is None:
            problems.append(
                LessonProblem(file, line, f'{rest[place:].strip()!r} is not written as name=value or name="value"')
            )
            return heading
        place = found.end()
        key, value = found[1], (found[2] or "").strip('"').strip()
        if key in seen:
            problems.append(LessonProblem(file, line, f"{key} is said twice"))
        elif key not in NAMES:
            problems.append(LessonProblem(file, line, f"a step has no {key!r}; it has {', '.join(NAMES)}"))
        elif key == "slide":
            heading.slide = value in ("", "yes", "true")
        elif not value:
            problems.append(LessonProblem(file, line, f"{key} is empty; leave it out"))
        elif key == "session":
            heading.start = value
        elif key == "set":
            heading.settings = tuple(_settings(file, line, value, problems))
        else:
            setattr(heading, key, tuple(part.strip() for part in value.split(",") if part.strip()))
        seen.add(key)
    if heading.start and heading.compare:
        problems.append(LessonProblem(file, line, "a step begins with a session or a comparison, not both"))
    return heading


def _settings(file: str, line: int, text: str, problems: list[LessonProblem]) -> list[tuple[str, object]]:
    found = []
    for part in text.split(","):
        name, sign, value = part.partition("=")
        if not sign or not name.strip() or not value.strip():
            problems.append(LessonProblem(file, line, f"{part.strip()!r} is not written as control=value"))
        else:
            found.append((name.strip(), _value(value.strip())))
    return found


def _value(text: str) -> object:
    """A number, a switch or a word."""
    if text in ("true", "on", "false", "off"):
        return text in ("true", "on")
    for number in (int, float):
        try:
            return number(text)
        except ValueError:
            continue
    return text
