"""A lesson as one text of Markdown, to be printed: the steps with room for answers, and behind them what they hide."""

from __future__ import annotations

from dgm_studio.language import tr
from dgm_studio.lessons.lesson import Block, Explain, Hint, Lesson, LessonGoal, LessonStep, Prediction, Reveal, Text

_ROOM = "\n\n\\_\\_\\_\\_\\_\\_\\_\\_\\_\\_\\_\\_\\_\\_\\_\\_\\_\\_\\_\\_\\_\\_\\_\\_"
"""A line to write on."""


def lesson_markdown(lesson: Lesson) -> str:
    """The whole of it; hints and what is revealed stand at the end, for who teaches."""
    about = " · ".join(
        filter(
            None,
            [tr("{minutes} minutes", minutes=lesson.minutes), tr("level: {level}", level=lesson.level), lesson.author],
        )
    )
    head = [
        f"# {lesson.title}",
        lesson.summary,
        f"*{about}*",
        *([f"*{'; '.join(lesson.lectures)}*"] * bool(lesson.lectures)),
    ]
    steps = [part for number, step in enumerate(lesson.steps, 1) for part in _step(number, step)]
    hidden = [part for number, step in enumerate(lesson.steps, 1) for part in _hidden(number, step)]
    answers = ["## Hints and answers", *hidden] if hidden else []
    return "\n\n".join(
        [
            *head,
            *steps,
            *answers,
            tr("*{name}, fingerprint {fingerprint}*", name=lesson.name, fingerprint=lesson.fingerprint),
        ]
    )


def _step(number: int, step: LessonStep) -> list[str]:
    shown = [each for each in step.blocks if not isinstance(each, Hint | Reveal)]
    return [f"## {number}. {step.title}", *(_block(each) for each in shown)]


def _block(block: Block) -> str:
    if isinstance(block, Text):
        return block.markdown
    if isinstance(block, Prediction):
        unit = f" ({block.unit})" if block.unit else ""
        choices = "".join(f"\n\n{letter}. {text}" for letter, text in zip("ABCDEFGH", block.choices, strict=False))
        return _quoted(f"**Predict{unit}** {block.text}{choices or _ROOM}")
    if isinstance(block, LessonGoal):
        return _quoted(f"**Goal** {block.text}\n\n`{block.condition.text}`")
    assert isinstance(block, Explain)
    return _quoted(f"**Explain** {block.text}{_ROOM}")


def _hidden(number: int, step: LessonStep) -> list[str]:
    told = [each for each in step.blocks if isinstance(each, Hint | Reveal)]
    words = [f"**{'Hint' if isinstance(each, Hint) else 'What happened'}.** {each.text}" for each in told]
    return [f"### {number}. {step.title}", *words] if words else []


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))
