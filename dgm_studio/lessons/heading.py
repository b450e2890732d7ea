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


@dataclass(frozen=True)
class HeadingText:
    """A heading as it is written: its title, and its attributes in their order, whatever they are worth."""

    title: str
    attributes: tuple[tuple[str, str | None], ...] = ()

    @classmethod
    def of(cls, text: str) -> HeadingText:
        match = _BRACES.match(text)
        if match is None:
            return cls(text)
        found = tuple(
            (each[1], None if each[2] is None else each[2].strip('"')) for each in _ATTRIBUTE.finditer(match[2])
        )
        return cls(match[1], found)

    @property
    def written(self) -> str:
        """The attributes, as they stand between braces."""
        return " ".join(_attribute(key, value) for key, value in self.attributes)

    @property
    def text(self) -> str:
        return f"{self.title} {{{self.written}}}" if self.attributes else self.title

    def get(self, key: str) -> str:
        """An attribute; empty where it is not there."""
        return next((value or "" for name, value in self.attributes if name == key), "")

    def words(self, key: str) -> tuple[str, ...]:
        """An attribute that is a list."""
        return tuple(word.strip() for word in self.get(key).split(",") if word.strip())

    def with_(self, **changes: str) -> HeadingText:
        """With attributes set, each in its place or behind the others; one that is empty goes."""
        kept = [(key, changes.get(key, value)) for key, value in self.attributes]
        new = [(key, value) for key, value in changes.items() if key not in dict(self.attributes)]
        return HeadingText(self.title, tuple((key, value) for key, value in [*kept, *new] if value != ""))


def _attribute(key: str, value: str | None) -> str:
    """Where a step begins stands without quotes, as it is one word."""
    if value is None:
        return key
    return f"{key}={value}" if key == "session" and value and not set(value) & set(' "') else f'{key}="{value}"'


def cut_heading(text: str) -> tuple[str, str]:
    """Title and attributes of a heading as they are typed, half of a word or not."""
    match = _BRACES.match(text)
    return (match[1], match[2]) if match is not None else (text, "")


def joined_heading(title: str, attributes: str) -> str:
    """A heading of what is typed."""
    return f"{title} {{{attributes}}}" if attributes.strip() else title
