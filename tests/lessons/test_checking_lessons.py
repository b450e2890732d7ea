"""Checking lessons: each thing that can be wrong is named with file and line, and what is right passes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from lesson_text import BODY, HEAD

from dgm_studio.lessons.checking import LessonVocabulary, check_folder
from dgm_studio.lessons.control_names import control_names, named_by

Written = Callable[..., Path]
WORDS = LessonVocabulary(
    measures=frozenset({"modes", "gap"}),
    families=frozenset({"gan"}),
    data=frozenset({"moons"}),
    recipes=frozenset({"gan-collapses"}),
    exhibits=frozenset({"grid-gan"}),
    settings={"model": frozenset({"loss", "r1"}), "sampling": frozenset({"steps"}), "data": frozenset({"examples"})},
)
SOLVED = {
    "steps": [{"step": 1, "do": [{"claim": "modes < 0.5"}, {"set": {"model.r1": 0.1}}, {"train": 10}], "answers": [2]}]
}


@pytest.fixture
def problems(written: Written) -> Callable[..., list[str]]:
    """What is wrong with the lesson when something in it is replaced."""

    def found(old: str = "", new: str = "", solution: object = SOLVED) -> list[str]:
        assert old in HEAD + BODY
        folder = written((HEAD + BODY).replace(old, new, 1) if old else HEAD + BODY)
        if solution is not None:
            (folder / "solutions.json").write_text(solution if isinstance(solution, str) else json.dumps(solution))
        return [str(each) for each in check_folder(folder, WORDS)]

    return found


def test_a_lesson_in_which_all_is_right_has_no_problem(problems: Callable[..., list[str]]) -> None:
    explained = "## Explain\n\nA word before the question."
    assert problems("## Explain\n", explained) == []


STEP = "How many of the 25 modes have samples? A value such as $x_1$ is a formula."


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("modes >= 0.9", "mode >= 0.9", "lesson.md:27: there is no measure or fact 'mode'; is 'modes' meant?"),
        ("modes >= 0.9", "modes == 1", "lesson.md:27: modes == 1: a measure is never exactly"),
        ("modes >= 0.9", "A.modes >= 0.9", "lesson.md:27: A.modes speaks of a run A"),
        ("= modes", "= moods", "lesson.md:25: there is no measure or fact 'moods'"),
        ("gallery:grid-gan", "gallery:grid-gam", "lesson.md:11: there is no 'grid-gam' in the gallery; is 'grid-gan' meant?"),
        ("gallery:grid-gan", "recipe:none", "lesson.md:11: there is no 'none' in the recipes"),
        ("gallery:grid-gan", "steps/a.dgm", "lesson.md:11: steps/a.dgm is missing"),
        ("gallery:grid-gan", "../a.dgm", "lesson.md:11: ../a.dgm lies outside the lesson's folder"),
        ("gallery:grid-gan", "/etc/a.dgm", "lesson.md:11: /etc/a.dgm lies outside"),
        ("gallery:grid-gan", "a.pickle", "lesson.md:11: 'a.pickle' is none of"),
        ("session=gallery:grid-gan ", "", "lesson.md:11: the first step begins nowhere"),
        ('show="loss,samples"', 'show="los"', "lesson.md:11: there is no control 'los'"),
        ("sampling.temperature=", "sampling.temprature=", "lesson.md:11: there is no control 'sampling.temprature' to set"),
        (STEP, "<script>alert(1)</script>", "lesson.md:13: '<script>alert(1)</script>' is a tag"),
        (STEP, "A word <b>here</b>.", "lesson.md:13: '<b>' is a tag"),
        (STEP, "![seen](https://x.org/a.png)", "lesson.md:13: the picture 'https://x.org/a.png' lies elsewhere"),
        (STEP, "![seen](//x.org/a.png)", "lesson.md:13: the picture '//x.org/a.png' lies elsewhere"),
        (STEP, "![seen](../a.png)", "lesson.md:13: the picture '../a.png' lies outside"),
        (STEP, "![](pictures/a.png)", "lesson.md:13: the picture 'pictures/a.png' has no alternative text"),
        (STEP, "![seen](pictures/a.png)", "lesson.md:13: the picture 'pictures/a.png' is missing"),
        (STEP, "[go](ftp://x.org)", "lesson.md:13: a link to 'ftp://x.org'"),
        (STEP, "A formula $x_1 and no end.", "lesson.md:13: a formula begins with $"),
        (STEP, "word " * 130, "lesson.md:13: a paragraph of 130 words"),
        (STEP, "word " * 100 + "\n\n" + "word " * 100 + "\n\n" + "word " * 100, "words at once"),
        (BODY[BODY.index("::: predict choice") : BODY.index("::: goal")], "", "lesson.md: asks for no prediction"),
        (BODY[BODY.index("::: goal") : BODY.index("::: hint")], "", "lesson.md: has no goal"),
        (BODY[BODY.index("## Explain") :], "", "has 1 steps"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(problems: Callable[..., list[str]], old: str, new: str, words: str) -> None:
    assert any(words in each for each in problems(old, new)), problems(old, new)


@pytest.mark.parametrize(
    ("solution", "words"),
    [
        (None, "solutions.json: is missing"),
        ("{", "solutions.json:1: is no JSON"),
        ({"format": 2}, "solutions.json: has format 2"),
        ({"steps": [{"step": 9}]}, "solves a step 9; the lesson has 2"),
        ({"steps": [{"step": 1, "do": [{"set": {"model.r3": 1}}]}]}, "there is no control 'model.r3'"),
        ({"steps": [{"step": 1, "do": [{"claim": "moods < 1"}]}]}, "there is no measure or fact 'moods'"),
        ({"steps": [{"step": 1, "do": [{"claim": "modes"}]}]}, "is no comparison"),
        ({"steps": [{"step": 1, "do": [{"train": 5, "claim": "gap < 1"}]}]}, "one of set, train, ask and claim"),
        ({"steps": [{"step": 1, "do": [{"train": 10**6}]}]}, "less than or equal"),
        ({"steps": [{"step": 1, "answers": [1, 2, 3]}]}, "3 answers to 2 predictions"),
    ],
)
def test_what_is_wrong_with_a_solution_is_named(
    problems: Callable[..., list[str]], solution: object, words: str
) -> None:
    assert any(words in each for each in problems(solution=solution)), problems(solution=solution)


def test_formulas_may_hold_what_would_be_a_tag(problems: Callable[..., list[str]]) -> None:
    text = "Where $a <b> c$ and\n$$\\int p(x) <i> dx$$\nand `$` in code, and \\$5."
    assert not [each for each in problems(STEP, text) if "lesson.md:13" in each or "lesson.md:14" in each]


def test_a_step_without_words_is_a_problem(problems: Callable[..., list[str]]) -> None:
    assert any("the step 'Explain' says nothing" in each for each in problems())


def test_control_names_are_those_of_the_page_of_controls() -> None:
    page = (Path(__file__).parents[2] / "docs" / "controls.md").read_text(encoding="utf-8")
    assert list(control_names()) == re.findall(r"^\| `([^`]+)`", page, re.MULTILINE), "python -m benchmarks.controls"


@pytest.mark.parametrize(
    ("wanted", "name", "means"),
    [
        ("family", "model.family.gan", True),
        ("data", "data.set.moons", True),
        ("data", "plane.layer.data", False),
        ("loss", "model.loss", True),
        ("loss", "progress.loss.curve", True),
        ("learning rate", "training.learning_rate", True),
        ("sampling.steps", "sampling.steps", True),
        ("sampling", "sampling.steps", True),
        ("seed", "run.seed", True),
        ("seed", "sampling.seed", False),
        ("plane.layer", "plane.layer.density", True),
        ("steps", "sampling.steps", True),
    ],
)
def test_a_word_means_a_control(wanted: str, name: str, means: bool) -> None:
    assert named_by(wanted, name) is means


def test_a_step_that_goes_on_compares_the_runs_of_the_one_before(written: Written) -> None:
    text = (HEAD + BODY).replace("session=gallery:grid-gan", 'compare="gallery:grid-gan, gallery:grid-gan"')
    text = text.replace("= modes", "= B.modes").replace(
        "goal modes >= 0.9 and steps", "goal A.modes >= 0.9 and B.steps"
    )
    text = text.replace("::: explain", "A word.\n\n::: goal A.gap < B.gap\n::: goal gap < 1\n::: explain")
    folder = written(text)
    (folder / "solutions.json").write_text('{"steps": [{"step": 2, "do": [{"claim": "C.gap < 1"}]}]}')
    assert [str(each) for each in check_folder(folder, WORDS)] == [
        "lesson.md:40: gap does not say of which run: write A.gap for the first of compare=",
        "solutions.json: step 2: C.gap speaks of a run C, and 2 are compared",
    ]
