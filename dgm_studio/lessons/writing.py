"""Writing a lesson as text that `reading.py` makes the same values of: what an editor of lessons saves."""

from __future__ import annotations

from pathlib import Path

from dgm_studio import atomic

from .lesson import FORMAT, TEXT, Block, Explain, Lesson, LessonGoal, LessonStep, Prediction, Reveal, Text
from .reading import read_lesson


def lesson_text(lesson: Lesson) -> str:
    """The whole of ``lesson.md``."""
    said = {
        "format": FORMAT,
        "title": lesson.title,
        "author": lesson.author,
        "minutes": lesson.minutes,
        "level": lesson.level,
        "language": lesson.language,
        "summary": lesson.summary,
        **({"lectures": "; ".join(lesson.lectures)} if lesson.lectures else {}),
    }
    head = "\n".join(["---", *(f"{key}: {' '.join(str(value).split())}" for key, value in said.items()), "---"])
    return "\n\n".join([head, *map(step_text, lesson.steps)]) + "\n"


def step_text(step: LessonStep) -> str:
    """A step from its heading on."""
    parts = {
        "session": step.start,
        "compare": ", ".join(step.compare),
        "show": ",".join(step.show),
        "lock": ",".join(step.lock),
        "set": ", ".join(f"{name}={_value(value)}" for name, value in step.settings),
    }
    attributes = [f'{name}="{value}"' for name, value in parts.items() if value] + ["slide"] * step.slide
    heading = f"## {step.title}" + (f" {{{' '.join(attributes)}}}" if attributes else "")
    blocks = list(step.blocks)
    text = "\n".join(
        [heading, "", *(_block(block, after) for block, after in zip(blocks, [*blocks[1:], None], strict=True))]
    )
    return text.rstrip()


def write_lesson(lesson: Lesson) -> Lesson:
    """Write a lesson's text to its folder and return what is read of it.

    Raises OSError; BadLesson for values that no text says, after which the old text is there again.
    """
    path = lesson.folder / TEXT
    before = path.read_bytes() if path.is_file() else None
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic.write(path, lesson_text(lesson).encode())
    try:
        return read_lesson(lesson.folder)
    except Exception:
        _put_back(path, before)
        raise


def _put_back(path: Path, content: bytes | None) -> None:
    if content is None:
        path.unlink(missing_ok=True)
    else:
        atomic.write(path, content)


def _block(block: Block, after: Block | None) -> str:
    """A block, and the line of colons that ends it where text follows."""
    if isinstance(block, Text):
        return f"{block.markdown}\n"
    lines = [_head(block), block.text]
    if isinstance(block, Prediction):
        lines += [f"{number}. {choice}" for number, choice in enumerate(block.choices, 1)]
    ended = "\n:::\n" if isinstance(after, Text) else ""
    return "\n".join(line for line in lines if line) + ended


def _head(block: Block) -> str:
    if isinstance(block, Prediction):
        unit = f' "{block.unit}"' if block.unit else ""
        answer = f" = {block.answer}" if block.answer else ""
        return f"::: predict {block.kind}{unit}{answer}"
    if isinstance(block, LessonGoal):
        return f"::: goal {block.condition.text}"
    if isinstance(block, Explain):
        return "::: explain"
    return "::: reveal" if isinstance(block, Reveal) else "::: hint"


def _value(value: object) -> str:
    return ("on" if value else "off") if isinstance(value, bool) else str(value)
