"""A lesson as a page of HTML that needs nothing beside it: to be read, printed and written on without the program.

Formulas and pictures lie in it. Hints and what is revealed are closed until a reader opens them; predictions and questions
leave room for an answer.
"""

from __future__ import annotations

import base64
from html import escape
from pathlib import Path

from markdown_it import MarkdownIt

from dgm_studio.language import tr
from dgm_studio.lessons.lesson import (
    Block,
    Explain,
    Hint,
    Lesson,
    LessonGoal,
    LessonStep,
    Prediction,
    Reveal,
    Text,
)

from ..lesson.formula import MARK_FIRST, MARK_LAST, Formula, drawn, split
from .page import framed

_STYLE = """
body { max-width: 42rem; } .block { border-left: 3px solid var(--line); padding: .2rem 0 .2rem 1rem; margin: 1.2rem 0; }
.block > b { color: var(--dim); font-size: .85rem; font-weight: 600; }
.room { border-bottom: 1px solid var(--line); height: 2.2rem; }
.display { text-align: center; margin: .9rem 0; } img.tex { vertical-align: middle; } details { margin: .6rem 0; }
summary { cursor: pointer; color: var(--dim); } code { font-size: .9em; } section { margin-top: 2.6rem; }
.begins { font-size: .85rem; } p { margin: .6rem 0; } img { max-width: 100%; }
@media (prefers-color-scheme: dark) { img.tex { filter: invert(.92); } }
@media print { section { break-inside: avoid-page; } }
"""
_TYPES = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".webp": "webp", ".svg": "svg+xml"}
_INK = "#14181d"


def lesson_html(lesson: Lesson) -> str:
    """One whole page. Raises BadFormula for TeX that cannot be set."""
    about = [tr("{minutes} minutes", minutes=lesson.minutes), tr("level: {level}", level=lesson.level), lesson.author]
    head = [
        f"<h1>{escape(lesson.title)}</h1>",
        f"<p>{escape(lesson.summary)}</p>",
        f'<p class="dim">{escape(" · ".join(filter(None, about)))}</p>',
        *([f'<p class="dim">{escape("; ".join(lesson.lectures))}</p>'] if lesson.lectures else []),
    ]
    steps = [_step(lesson, number, step) for number, step in enumerate(lesson.steps, 1)]
    end = f'<p class="dim">{escape(lesson.name)}, fingerprint {lesson.fingerprint}</p>'
    return framed(lesson.title, "\n".join([*head, *steps, end, ""]), language=lesson.language, style=_STYLE)


def _step(lesson: Lesson, number: int, step: LessonStep) -> str:
    begins = ", ".join(step.compare) or step.start
    start = f'<p class="dim begins">begins with {escape(begins)}</p>' if begins else ""
    blocks = "\n".join(_block(lesson, block) for block in step.blocks)
    return f"<section><h2>{number}. {escape(step.title)}</h2>{start}\n{blocks}</section>"


def _block(lesson: Lesson, block: Block) -> str:
    if isinstance(block, Text):
        return _html(lesson, block.markdown)
    if isinstance(block, Prediction):
        choices = "".join(f"<li>{_html(lesson, choice)}</li>" for choice in block.choices)
        unit = f" ({escape(block.unit)})" if block.unit else ""
        answer = f"<ol>{choices}</ol>" if choices else '<div class="room"></div>'
        return f'<div class="block"><b>Predict{unit}</b>{_html(lesson, block.text)}{answer}</div>'
    if isinstance(block, LessonGoal):
        condition = f"<p><code>{escape(block.condition.text)}</code></p>"
        return f'<div class="block"><b>Goal</b>{_html(lesson, block.text)}{condition}</div>'
    if isinstance(block, Explain):
        return f'<div class="block"><b>Explain</b>{_html(lesson, block.text)}<div class="room"></div></div>'
    word = {Hint: tr("Hint"), Reveal: tr("Reveal")}[type(block)]
    return f"<details><summary>{word}</summary>{_html(lesson, block.text)}</details>"


def _html(lesson: Lesson, markdown: str) -> str:
    """Markdown without tags of its own, its formulas drawn and its pictures within."""
    text, formulas = split(markdown)
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(text)
    for child in (child for token in tokens for child in token.children or () if child.type == "image"):
        child.attrs["src"] = _data_of(lesson.folder, str(child.attrs.get("src", "")))
    html = str(parser.renderer.render(tokens, parser.options, {}))
    for number, formula in enumerate(formulas):
        html = html.replace(f"{MARK_FIRST}{number}{MARK_LAST}", _formula(formula))
    return html


def _formula(formula: Formula) -> str:
    drawing = drawn(formula)
    source = base64.b64encode(drawing.in_colour(_INK)).decode()
    size = f"width:{drawing.width:.3f}em;height:{drawing.ascent + drawing.depth:.3f}em"
    place = "" if formula.display else f";vertical-align:{-drawing.depth:.3f}em"
    words = escape(formula.tex, quote=True)
    image = f'<img class="tex" src="data:image/svg+xml;base64,{source}" alt="{words}" style="{size}{place}">'
    return f'<span class="display" style="display:block">{image}</span>' if formula.display else image


def _data_of(folder: Path, address: str) -> str:
    """A picture of the lesson as an address of data; nothing for what lies elsewhere, as `lesson check` says."""
    path = folder / address
    kind = _TYPES.get(path.suffix.lower())
    if kind is None or not path.resolve().is_relative_to(folder.resolve()) or not path.is_file():
        return "data:,"
    return f"data:image/{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"
