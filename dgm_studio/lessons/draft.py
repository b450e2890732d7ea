"""A lesson while it is written: its text, cut where its steps begin, so that steps can be moved, copied and taken out while
every word of the others stays as it is. What is half typed is a draft too; `reading.py` says what is wrong with it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from .front_matter import KEYS
from .heading import HeadingText
from .reading import STEP, lines_of

_COLONS = re.compile(r":::+\s*(\w*)")


@dataclass(frozen=True)
class DraftStep:
    """A step as it is written: its ``heading`` without the ``##``, and what stands below it."""

    heading: str
    body: str = ""

    @property
    def text(self) -> str:
        body = self.body.strip("\n")
        return f"## {self.heading}\n\n{body}".rstrip() + "\n"

    @property
    def parts(self) -> HeadingText:
        """Title and attributes of the heading."""
        return HeadingText.of(self.heading)

    @property
    def title(self) -> str:
        return self.parts.title

    def with_attributes(self, **changes: str) -> DraftStep:
        """With attributes of its heading changed; one that is empty goes."""
        return replace(self, heading=self.parts.with_(**changes).text)


@dataclass(frozen=True)
class LessonDraft:
    """What stands before the first step, and the steps. Cutting loses nothing but blank lines between steps."""

    head: str
    steps: tuple[DraftStep, ...] = ()

    @classmethod
    def of(cls, text: str) -> LessonDraft:
        lines = text.split("\n")
        head: list[str] = []
        steps: list[tuple[str, list[str]]] = []
        for _, line, fenced in lines_of(lines, _front_lines(lines)):
            match = None if fenced else STEP.match(line)
            if match is not None:
                steps.append((match[1], []))
            else:
                (steps[-1][1] if steps else head).append(line)
        front = lines[: _front_lines(lines)]
        made = tuple(DraftStep(heading, "\n".join(body).strip("\n")) for heading, body in steps)
        return cls("\n".join([*front, *head]).strip("\n"), made)

    @property
    def text(self) -> str:
        """The whole of the file."""
        return "\n".join([f"{self.head}\n" if self.head else "", *(step.text for step in self.steps)]).lstrip("\n")

    def first_line(self, at: int) -> int:
        """The line of the file, from 1 on, that the heading of a step stands in."""
        above = [f"{self.head}\n" if self.head else "", *(step.text for step in self.steps[:at])]
        return "\n".join(above).lstrip("\n").count("\n") + (1 if not self.head and at == 0 else 2)

    def place(self, line: int) -> tuple[int, int]:
        """The step that a line of the file is of, -1 before the first, and its line from 0 on within what is written below its
        heading, -1 for the heading itself."""
        at = max((at for at in range(len(self.steps)) if self.first_line(at) <= line), default=-1)
        return (at, line - 1) if at < 0 else (at, max(-1, line - self.first_line(at) - 2))

    # --- its steps -------------------------------------------------------------------------------------------------

    def with_step(self, at: int, step: DraftStep) -> LessonDraft:
        """With another step in a place; what holds headings of its own is several."""
        return self._with([*self.steps[:at], *LessonDraft.of("\n" + step.text).steps, *self.steps[at + 1 :]])

    def inserted(self, at: int, step: DraftStep) -> LessonDraft:
        return self._with([*self.steps[:at], step, *self.steps[at:]])

    def removed(self, at: int) -> LessonDraft:
        return self._with([*self.steps[:at], *self.steps[at + 1 :]])

    def moved(self, at: int, to: int) -> LessonDraft:
        """With a step in another place among the others."""
        steps = list(self.steps)
        steps.insert(to, steps.pop(at))
        return self._with(steps)

    def _with(self, steps: Sequence[DraftStep]) -> LessonDraft:
        return replace(self, steps=tuple(steps))

    # --- what it says of itself ------------------------------------------------------------------------------------

    @property
    def said(self) -> dict[str, str]:
        """What stands between the lines of ``---``, as it is written."""
        lines = self.head.split("\n")
        pairs = (line.partition(":") for line in lines[1 : max(1, _front_lines(lines) - 1)] if ":" in line)
        return {key.strip(): value.strip().strip('"') for key, _, value in pairs}

    def saying(self, key: str, value: str) -> LessonDraft:
        """With another value of a key, in its line where there is one."""
        value = " ".join(value.split())
        lines = self.head.split("\n") if self.head else []
        end = _front_lines(lines)
        if not end:
            lines, end = ["---", "---", *([""] if lines else []), *lines], 2
        front = [line for line in lines[1 : end - 1] if line.partition(":")[0].strip() != key]
        if value or key in self.said:
            known = {each: number for number, each in enumerate(KEYS)}
            before = sum(known.get(line.partition(":")[0].strip(), len(KEYS)) < known[key] for line in front)
            here = [line.partition(":")[0].strip() for line in lines[1 : end - 1]]
            front.insert(here.index(key) if key in here else before, f"{key}: {value}".rstrip())
        return replace(self, head="\n".join([lines[0], *front, *lines[end - 1 :]]))


def untranslated(lesson: LessonDraft, other: LessonDraft) -> tuple[int, ...]:
    """The steps, from 0 on, that a translation has not, or not with the same blocks: learners see them in the lesson's own
    language."""
    return tuple(
        at
        for at, step in enumerate(lesson.steps)
        if at >= len(other.steps) or not other.steps[at].body.strip() or _kinds(other.steps[at]) != _kinds(step)
    )


def _kinds(step: DraftStep) -> list[str]:
    lines = lines_of(step.body.split("\n"), 0)
    found = (match for _, line, fenced in lines if not fenced and (match := _COLONS.match(line)))
    return [match[1] for match in found if match[1]]


def _front_lines(lines: Sequence[str]) -> int:
    """How many lines what a lesson says of itself takes, 0 where it says nothing."""
    if not lines or lines[0].strip() != "---":
        return 0
    return next((i + 1 for i, line in enumerate(lines[1:], 1) if line.strip() == "---"), 0)
