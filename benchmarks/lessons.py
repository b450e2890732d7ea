"""Lessons: how many of those that come with the program hold, as ``dgm-studio lesson check --all`` finds, and what a
solution takes.

Every text is checked, every solution played, every claim measured. The step that takes longest says what a learner waits for.
"""

from __future__ import annotations

import json

from .results import Result

LONGEST = 60.0
"""Seconds of training in one step that a learner should wait at most."""


def measure(quick: bool) -> list[Result]:
    """``quick`` plays one lesson."""
    from click.testing import CliRunner

    from dgm_studio.cli import cli
    from dgm_studio.lessons.finding import find_lessons

    names = [found.place.stem for found in find_lessons() if not found.own]
    what = names[:1] if quick else ["--all"]
    done = CliRunner().invoke(cli, ["lesson", "check", *what, "--json"], catch_exceptions=False)
    lessons = json.loads(done.stdout)["lessons"]
    wrong = sum(bool(lesson["problems"]) for lesson in lessons)
    steps = [
        (step["training_seconds"], f"{lesson['name']}, step {step['step']}")
        for lesson in lessons
        for step in lesson["steps"]
    ]
    longest, where = max(steps, default=(0.0, ""))
    noted = next(
        (f"{lesson['name']}: {lesson['problems'][0]['message']}" for lesson in lessons if lesson["problems"]), ""
    )
    return [
        Result("lessons that do not hold", wrong, f"of {len(lessons)}", 0, note=noted),
        Result("longest training of a step", longest, "s", LONGEST, note=where),
    ]
