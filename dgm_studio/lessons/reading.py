"""Reading a lesson: the text of all its steps, with attributes at headings and blocks between lines of colons.

A step is a heading of the second level, ``## Title {session=gallery:grid-gan show="loss,family" set="sampling.steps=4"}``. A
block begins with ``::: predict``, ``::: goal``, ``::: hint``, ``::: explain`` or ``::: reveal`` and ends at the next line of
colons; all else is Markdown, kept as it is. Nothing is executed and nothing is fetched.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from .condition import BadCondition, GoalCondition
from .front_matter import FrontMatter, read_front_matter
from .heading import StepHeading, read_heading
from .lesson import (
    TEXT,
    BadLesson,
    Block,
    Explain,
    Hint,
    Lesson,
    LessonGoal,
    LessonProblem,
    LessonStep,
    Prediction,
    PredictionKind,
    Reveal,
    Text,
)

MOST_TEXT, MOST_BYTES, MOST_FILES = 1 << 20, 30 << 20, 500
"""Bytes of a text, bytes and files of a lesson."""
KINDS: tuple[PredictionKind, ...] = ("draw", "number", "choice")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
STEP = re.compile(r"## +(.*?)\s*#*\s*$")
"""The heading of a step, where it stands in no fence."""
_COLONS = re.compile(r":::+\s*(\w*)\s*(.*?)\s*$")
_CHOICE = re.compile(r"(?:[-*+]|\d+[.)])\s+(.*)")
_PREDICTION = re.compile(r'(?P<kind>\w+)\s*(?:"(?P<unit>[^"]*)")?\s*(?:=\s*(?P<answer>.+))?$')
_LANGUAGE = re.compile(r"lesson\.([A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)\.md$")


def read_lesson(folder: Path, language: str = "") -> Lesson:
    """The lesson of a folder, in a language of its own where it has that one: step by step, so that what is not translated, or
    not as the lesson stands now, stays in the lesson's own.

    Raises BadLesson with all that is wrong, by file and line.
    """
    folder = Path(folder)
    lesson = _told(folder)
    if not language or language == lesson.language or language not in lesson.languages:
        return lesson
    name = translation(language)
    front, steps, problems = parts_of(name, text_of(folder / name))
    if problems:
        raise BadLesson(*problems)
    paired = zip(lesson.steps, [*steps, *([None] * len(lesson.steps))], strict=False)
    return replace(
        lesson,
        title=front.title or lesson.title,
        summary=front.summary or lesson.summary,
        steps=tuple(step if other is None else _translated(step, other) for step, other in paired),
    )


def translation(language: str) -> str:
    """The file that holds a lesson in another language."""
    return f"lesson.{language}.md"


def files_of(folder: Path) -> tuple[Path, ...]:
    """All files of a lesson in the order of their names. Raises BadLesson for what no lesson holds."""
    found: list[Path] = []
    total, root = 0, folder.resolve()
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if any(part.startswith(".") for part in path.relative_to(folder).parts):
            continue  # what editors and systems of versions leave
        if not path.resolve().is_relative_to(root):
            raise BadLesson(LessonProblem(name, 0, "leads out of the lesson's folder; copy the file into it"))
        if path.is_file():
            found.append(path)
            total += path.stat().st_size
        if len(found) > MOST_FILES:
            raise BadLesson(LessonProblem(folder.name, 0, f"holds more than {MOST_FILES} files, which no lesson does"))
        if total > MOST_BYTES:
            most = f"{MOST_BYTES >> 20} MB"
            raise BadLesson(
                LessonProblem(folder.name, 0, f"is larger than {most}; let steps begin with gallery: or recipe:")
            )
    return tuple(found)


def fingerprint_of(folder: Path) -> str:
    """What a lesson is known by: 16 hexadecimal digits that follow from names and contents of its files (SHA-256)."""
    digest = hashlib.sha256()
    for path in files_of(folder):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(folder).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()[:16]


def _told(folder: Path) -> Lesson:
    if not (folder / TEXT).is_file():
        raise BadLesson(LessonProblem(TEXT, 0, f"is missing; {folder} is no lesson without it"))
    lesson, problems = told_by(text_of(folder / TEXT), folder)
    if problems or lesson is None:
        raise BadLesson(*problems)
    return replace(lesson, fingerprint=fingerprint_of(folder))


def told_by(text: str, folder: Path) -> tuple[Lesson | None, list[LessonProblem]]:
    """The lesson that a text tells, with what could be read of it and no fingerprint, and what is wrong with it, by line; None
    where it has no step."""
    front, steps, problems = parts_of(TEXT, text)
    problems += [LessonProblem(TEXT, 1, f"{key} is missing between the lines of ---") for key in front.missing]
    if not steps:
        problems.append(LessonProblem(TEXT, 0, "has no step; a step begins with a heading, ## and a title"))
    problems.sort(key=lambda each: each.line)
    if not steps:
        return None, problems
    lesson = Lesson(
        name=folder.name,
        title=front.title,
        author=front.author,
        minutes=front.minutes,
        level=front.level,
        language=front.language,
        summary=front.summary,
        lectures=front.lectures,
        steps=tuple(steps),
        folder=folder,
        fingerprint="",
        languages=(front.language, *(each for each in translations_in(folder) if each != front.language)),
    )
    return lesson, problems


def translations_in(folder: Path) -> list[str]:
    """The languages that a lesson is translated into."""
    found = folder.glob("lesson.*.md") if folder.is_dir() else ()
    return sorted(match[1] for path in found if (match := _LANGUAGE.match(path.name)))


def text_of(path: Path) -> str:
    """A text of a lesson, its lines ended by one letter each. Raises BadLesson."""
    try:
        if path.stat().st_size > MOST_TEXT:
            raise BadLesson(
                LessonProblem(path.name, 0, f"is larger than {MOST_TEXT >> 20} MB of text; it was not read")
            )
        return path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise BadLesson(LessonProblem(path.name, line, "is not written in UTF-8; save it so")) from None
    except OSError as error:
        raise BadLesson(LessonProblem(path.name, 0, f"cannot be read: {error.strerror}")) from None


@dataclass
class _Open:
    """A block that is being read."""

    word: str
    rest: str
    line: int
    first: int
    """The line of its text that comes first."""
    lines: list[str] = field(default_factory=list)


def parts_of(file: str, text: str) -> tuple[FrontMatter, list[LessonStep], list[LessonProblem]]:
    """Front matter, steps and problems of a text."""
    lines = text.split("\n")
    problems: list[LessonProblem] = []
    front, first = read_front_matter(file, lines, problems)
    steps: list[LessonStep] = []
    heading, head_line, inside = None, 0, list[tuple[int, str]]()
    for number, line, fenced in lines_of(lines, first):
        match = None if fenced else STEP.match(line)
        if match is None:
            inside.append((number, line))
            continue
        _close(file, heading, head_line, inside, steps, problems)
        heading, head_line, inside = read_heading(file, number, match[1], problems), number, []
    _close(file, heading, head_line, inside, steps, problems)
    return front, steps, problems


def lines_of(lines: list[str], first: int) -> Iterator[tuple[int, str, bool]]:
    """Line numbers from 1 on, lines, and whether each is within a fence, where nothing means anything."""
    fence = ""
    for number, line in enumerate(lines[first:], first + 1):
        mark = _FENCE.match(line)
        if fence:
            yield number, line, True
            if mark and mark[1].startswith(fence) and not line[mark.end() :].strip():
                fence = ""
        else:
            fence = mark[1] if mark else ""
            yield number, line, bool(mark)


def _close(
    file: str, heading: StepHeading | None, line: int, inside: list[tuple[int, str]], steps: list[LessonStep],
    problems: list[LessonProblem],
) -> None:  # fmt: skip
    """Make a step of a heading and what stands below it."""
    if heading is None:
        stray = next((number for number, text in inside if text.strip()), None)
        if stray is not None:
            problems.append(
                LessonProblem(file, stray, "stands before the first step; put it below a heading, ## and a title")
            )
        return
    blocks = tuple(_blocks(file, inside, problems))
    steps.append(
        LessonStep(heading.title, heading.start, heading.compare, heading.show, heading.lock, heading.settings, blocks, line,
                   heading.slide)
    )  # fmt: skip


def _blocks(file: str, inside: list[tuple[int, str]], problems: list[LessonProblem]) -> Iterator[Block]:
    start = inside[0][0] if inside else 0
    open_ = _Open("", "", start, start)
    for number, line, fenced in lines_of([text for _, text in inside], 0):
        colons = None if fenced else _COLONS.match(line)
        if colons is None:
            open_.lines.append(line)
            continue
        yield from _block(file, open_, problems)
        open_ = _Open(colons[1], colons[2], start + number - 1, start + number)
    yield from _block(file, open_, problems)


def _block(file: str, block: _Open, problems: list[LessonProblem]) -> Iterator[Block]:
    """A block as it is meant, or a problem. Text that is blank is nothing."""
    blank = next((i for i, line in enumerate(block.lines) if line.strip()), len(block.lines))
    text = "\n".join(block.lines[blank:]).rstrip()
    line = block.line
    if block.word == "":
        if block.rest:
            problems.append(LessonProblem(file, line, f"::: {block.rest} is no block; there is {_WORDS}"))
        elif text:
            yield Text(text, block.first + blank)
    elif block.word == "predict":
        yield from _prediction(file, block, text, problems)
    elif block.word == "goal":
        try:
            yield LessonGoal(GoalCondition.read(block.rest), text, line)
        except BadCondition as error:
            problems.append(LessonProblem(file, line, str(error)))
    elif block.word in _PLAIN:
        said = "\n".join(filter(None, (block.rest, text)))
        if not said:
            problems.append(LessonProblem(file, line, f"::: {block.word} says nothing; write below it"))
        else:
            yield _PLAIN[block.word](said, line)
    else:
        problems.append(LessonProblem(file, line, f"there is no block {block.word!r}; there is {_WORDS}"))


_PLAIN: dict[str, type[Hint] | type[Explain] | type[Reveal]] = {"hint": Hint, "explain": Explain, "reveal": Reveal}
_WORDS = "predict, goal, hint, explain and reveal"


def _prediction(file: str, block: _Open, text: str, problems: list[LessonProblem]) -> Iterator[Block]:
    match = _PREDICTION.match(block.rest)
    kind = next((each for each in KINDS if match is not None and each == match["kind"]), None)
    if match is None or kind is None:
        problems.append(
            LessonProblem(file, block.line, f'predict is draw, number "unit" or choice, not {block.rest!r}')
        )
        return
    answer = (match["answer"] or "").strip()
    lines, choices = [], list[str]()
    for line in text.split("\n"):
        item = _CHOICE.match(line) if kind == "choice" else None
        if item is not None:
            choices.append(item[1].strip())
        elif choices and line.startswith(" ") and line.strip():
            choices[-1] += f" {line.strip()}"
        else:
            lines.append(line)
    if kind == "choice" and len(choices) < 2:
        problems.append(LessonProblem(file, block.line, "a choice needs a list of at least two answers below it"))
    elif kind == "choice" and answer and not (answer.isdecimal() and 1 <= int(answer) <= len(choices)):
        words = f"the right choice is a number from 1 to {len(choices)}, not {answer!r}"
        problems.append(LessonProblem(file, block.line, words))
    elif not "\n".join(lines).strip():
        problems.append(LessonProblem(file, block.line, "predict asks nothing; write the question below it"))
    else:
        yield Prediction(kind, match["unit"] or "", "\n".join(lines).strip(), tuple(choices), answer, block.line)


def _translated(step: LessonStep, other: LessonStep) -> LessonStep:
    """A step with the words of another, where that has the same blocks in the same order, as text is not counted."""
    kinds = [[type(block) for block in each.blocks if not isinstance(block, Text)] for each in (step, other)]
    if kinds[0] != kinds[1]:
        return step
    meant = iter([block for block in step.blocks if not isinstance(block, Text)])
    blocks: list[Block] = []
    for block in other.blocks:
        if isinstance(block, Text):
            blocks.append(block)
            continue
        own = next(meant)
        if isinstance(own, Prediction) and isinstance(block, Prediction):
            if (own.kind, len(own.choices)) != (block.kind, len(block.choices)):
                return step
            blocks.append(replace(block, answer=own.answer, unit=block.unit or own.unit))
        elif isinstance(own, LessonGoal) and isinstance(block, LessonGoal):
            blocks.append(replace(block, condition=own.condition))
        else:
            blocks.append(block)
    return replace(step, title=other.title, blocks=tuple(blocks))
