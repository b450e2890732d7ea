"""Blocks and lessons to begin with: what is put on a page at the press of a button is right as it stands, and its first words
are there to be written over.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from .draft import LessonDraft
from .reading import lines_of

_COLONS = re.compile(r":::+\s*(\w*)")


@dataclass(frozen=True)
class BlockSkeleton:
    """A block by its ``title``, what it is for, its ``text``, and the words of it that are to be written over."""

    title: str
    help: str
    text: str
    chosen: str


SKELETONS: Mapping[str, BlockSkeleton] = {
    "draw": BlockSkeleton(
        "Paint",
        "A learner paints on the plane what will be seen.",
        "::: predict draw\nPaint where the samples will be.\n:::",
        "Paint where the samples will be.",
    ),
    "number": BlockSkeleton(
        "Number",
        "A learner types a number; behind the = stands the measure or fact that it turns out to be.",
        '::: predict number "steps" = steps\nHow many steps were taken?\n:::',
        "How many steps were taken?",
    ),
    "choice": BlockSkeleton(
        "Choice",
        "A learner chooses one answer; behind the = stands the number of the right one.",
        "::: predict choice = 2\nWhat will happen?\n1. The first answer\n2. The right answer\n:::",
        "What will happen?",
    ),
    "goal": BlockSkeleton(
        "Goal",
        "What a learner makes true: comparisons of measures, facts and knobs.",
        "::: goal steps >= 500\nTrain the model for 500 steps.\n:::",
        "steps >= 500",
    ),
    "hint": BlockSkeleton(
        "Hint", "A help, shown when it is asked for.", "::: hint\nTry one thing at a time.\n:::", "Try one thing at a time."
    ),
    "explain": BlockSkeleton(
        "Explain", "A question to be answered in free words, never graded.", "::: explain\nWhy is that so?\n:::",
        "Why is that so?",
    ),
    "reveal": BlockSkeleton(
        "Reveal", "Shown after the goal, or on request.", "::: reveal\nWhat happened, and why.\n:::",
        "What happened, and why.",
    ),
}  # fmt: skip
"""By name, in the order of their buttons."""


def new_lesson(title: str, author: str = "") -> LessonDraft:
    """A lesson without steps."""
    said = {"format": "1", "title": title, "author": author or "Anonymous", "minutes": "10", "level": "first",
            "language": "en", "summary": "What a learner will find out."}  # fmt: skip
    draft = LessonDraft("")
    for key, value in said.items():
        draft = draft.saying(key, value)
    return draft


def with_block(body: str, line: int, name: str) -> tuple[str, int, int]:
    """What stands below a heading with a new block behind the paragraph or block of a line, from 0 on; and where, from which
    letter to which, words stand that are to be written over."""
    made, lines = SKELETONS[name], body.split("\n") if body.strip() else []
    at = _behind(lines, line) if lines else 0
    before, after = "\n".join(lines[:at]).rstrip("\n"), "\n".join(lines[at:]).strip("\n")
    begin = f"{before}\n\n" if before else ""
    text = begin + made.text + (f"\n\n{after}" if after else "")
    first = len(begin) + made.text.index(made.chosen)
    return text, first, first + len(made.chosen)


def _behind(lines: list[str], line: int) -> int:
    """The number of lines up to the end of the paragraph or block that a line is of."""
    line, word, end = min(max(line, 0), len(lines) - 1), "", 0
    fenced = {number - 1: inside for number, _, inside in lines_of(lines, 0)}
    for at, text in enumerate(lines):
        colons = None if fenced[at] else _COLONS.match(text)
        if colons is None:
            if at >= line and not word and not text.strip() and not fenced[at]:
                return at
            continue
        if at > line:
            return at + 1 if not colons[1] and word else at
        word, end = colons[1], at
        if at == line and not word:
            return at + 1
    return len(lines) if line >= end else end
