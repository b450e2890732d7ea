"""What is wrong with the Markdown of a page: scripts and tags, pictures from elsewhere or without words, formulas that do not
end, and more text than anybody reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from .lesson import Explain, Hint, LessonGoal, LessonProblem, LessonStep, Prediction, Reveal, Text

MOST_WORDS, MOST_AT_ONCE = 260, 110
"""Words of a step that are there at once, and of a paragraph."""
PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".svg")
_FORMULA = re.compile(r"\$\$.+?\$\$|(?<!\\)\$(?=\S)[^$\n]*?[^\s\\$]\$(?!\d)", re.DOTALL)
_VERBATIM = re.compile(r"(`+)(?:(?!`).|(?!\1)`)*?\1", re.DOTALL)
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:|//")


def page_problems(file: str, step: LessonStep, folder: Path) -> Iterator[LessonProblem]:
    """What is wrong with the words of a step, which stand in ``file``."""
    words = 0
    for line, text, at_once in _texts(step):
        bare, open_ = without_formulas(text)
        if open_:
            yield LessonProblem(
                file, line + open_ - 1, "a formula begins with $ and does not end; write \\$ for a dollar"
            )
        for place, problem in _problems(_parser().parse(bare), folder):
            yield LessonProblem(file, line + place, problem)
        words += len(bare.split()) if at_once else 0
    if words > MOST_WORDS:
        yield LessonProblem(
            file, step.line, f"the step has {words} words at once; {MOST_WORDS} are the most that anybody reads"
        )


def without_formulas(text: str) -> tuple[str, int]:
    """A text with an x for every letter of its formulas, its lines as they were, and the line, from 1 on, of a dollar that
    begins none; 0 where there is no such. What stands in code is no formula.
    """
    quiet = re.sub(_VERBATIM, lambda found: found[0].replace("$", "x"), _fenceless(text))
    bare = re.sub(_FORMULA, lambda found: re.sub(r"[^\n]", "x", found[0]), quiet)
    stray = re.search(r"(?<!\\)\$", bare)
    return bare, 0 if stray is None else bare.count("\n", 0, stray.start()) + 1


def _fenceless(text: str) -> str:
    """The text with no dollar in its fences."""
    fence, lines = "", []
    for line in text.split("\n"):
        mark = re.match(r" {0,3}(`{3,}|~{3,})", line)
        lines.append(line.replace("$", "x") if fence or mark else line)
        if mark:
            fence = "" if fence and mark[1].startswith(fence) else fence or mark[1]
    return "\n".join(lines)


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": True}).enable("table")


def _texts(step: LessonStep) -> Iterator[tuple[int, str, bool]]:
    """Lines where texts begin, texts, and whether they are there from the first."""
    for block in step.blocks:
        if isinstance(block, Text):
            yield block.line, block.markdown, True
        elif isinstance(block, Prediction):
            yield block.line + 1, block.text, True
            for choice in block.choices:
                yield block.line + 1, choice, True
        elif isinstance(block, LessonGoal | Explain):
            yield block.line + 1, block.text, True
        elif isinstance(block, Hint | Reveal):
            yield block.line + 1, block.text, False


def _problems(tokens: list[Token], folder: Path) -> Iterator[tuple[int, str]]:
    """Lines from 0 on, and what is wrong there."""
    for token in tokens:
        line = token.map[0] if token.map else 0
        if token.type == "html_block":
            yield line, f"{_short(token.content)} is a tag; a lesson is Markdown alone"
        if token.type == "inline" and token.level == 1 and len(token.content.split()) > MOST_AT_ONCE:
            count = len(token.content.split())
            yield line, f"a paragraph of {count} words; one idea takes at most {MOST_AT_ONCE}"
        for child in token.children or ():
            if child.type == "html_inline":
                yield line, f"{_short(child.content)} is a tag; a lesson is Markdown alone"
            elif child.type == "image":
                yield from ((line, words) for words in _picture(child, folder))
            elif child.type == "link_open" and _elsewhere(address := str(child.attrs.get("href", ""))):
                yield line, f"a link to {_short(address)}; links lead to pages of the web or into the lesson"


def _elsewhere(address: str) -> bool:
    """Whether a link leads neither to a page of the web nor into the lesson."""
    return bool(_SCHEME.match(address)) and not address.lower().startswith(("https:", "http:", "mailto:"))


def _picture(token: Token, folder: Path) -> Iterator[str]:
    address = str(token.attrs.get("src", ""))
    if _SCHEME.match(address):
        yield f"the picture {_short(address)} lies elsewhere; nothing is fetched: copy it into pictures/"
        return
    path = folder / address
    if address.startswith("/") or not path.resolve().is_relative_to(folder.resolve()):
        yield f"the picture {_short(address)} lies outside the lesson's folder; copy it into pictures/"
    elif path.suffix.lower() not in PICTURES:
        yield f"{_short(address)} is no picture; there is {', '.join(PICTURES)}"
    elif not path.is_file():
        yield f"the picture {_short(address)} is missing"
    if not token.content.strip():
        yield f"the picture {_short(address)} has no alternative text; say in the brackets what is to be seen"


def _short(text: str) -> str:
    one = " ".join(text.split())
    return repr(one if len(one) <= 40 else f"{one[:37]}...")
