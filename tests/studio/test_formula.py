"""Formulas: where they stand in a text, and that TeX becomes a drawing with a line to stand on."""

from __future__ import annotations

from pathlib import Path

import pytest

from dgm_studio.studio.lesson import formula
from dgm_studio.studio.lesson.formula import BadFormula, Formula, drawn, kept, split

MARK = f"{formula.MARK_FIRST}0{formula.MARK_LAST}"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a $x^2$ b", [Formula("x^2")]),
        ("$$\n\\frac{a_1}{b_1}\n$$", [Formula("\\frac{a_1}{b_1}", display=True)]),
        ("$a$, then $b$", [Formula("a"), Formula("b")]),
        ("it costs $5 and $7", []),
        ("a price of \\$x$ here", []),
        ("`$x$` is code, ``a ` $y$`` too", []),
        ("```\n$x$\n```\nand $y$", [Formula("y")]),
        ("$ x$ and $x $ are none", []),
    ],
)
def test_formulas_are_found_where_they_stand_and_nowhere_else(text: str, found: list[Formula]) -> None:
    marked, formulas = split(text)
    assert list(formulas) == found
    assert marked.count(formula.MARK_FIRST) == len(found)


def test_what_emphasis_would_spoil_is_taken_out_of_the_text() -> None:
    marked, formulas = split("$a_1 * b_1$ and *words*")
    assert marked == f"{MARK} and *words*"
    assert formulas == (Formula("a_1 * b_1"),)


@pytest.mark.parametrize(
    "tex",
    [
        r"\frac{\partial f}{\partial x}",
        r"\sum_{i=1}^n \hat{x}_i",
        r"\int_0^1 \sigma\,dt",
        r"\begin{pmatrix} a & b \\ c & d \end{pmatrix}",
        r"\begin{aligned} a &= b \\ &= \sqrt{c} \end{aligned}",
        r"\mathbb{E}_{q_\phi}\left[\log p(x \mid z)\right]",
    ],
)
def test_tex_becomes_a_drawing(tex: str) -> None:
    made = drawn(Formula(tex, display=True))
    assert made.width > 0.5
    assert made.ascent > 0.3
    assert b"#123456" in made.in_colour("#123456")
    assert formula.INK not in made.in_colour("#123456").decode()


def test_a_letter_that_hangs_below_the_line_has_depth_and_one_that_stands_on_it_has_none() -> None:
    assert drawn(Formula("p")).depth > drawn(Formula("x")).depth + 0.1


def test_what_is_no_tex_is_said_with_its_text() -> None:
    with pytest.raises(BadFormula, match=r"\\frac\{1"):
        drawn(Formula(r"\frac{1"))
    with pytest.raises(BadFormula, match="too long"):
        drawn(Formula("x" * 3000))


def test_a_drawing_is_kept_for_another_day(home: Path) -> None:
    each = Formula("k + k + 1")
    made = drawn(each)
    kept.cache_clear()
    assert kept(each) == made
    assert [path.suffix for path in (home / "formulas").iterdir()] == [".json"]


def test_a_full_disk_costs_nothing_but_time(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, data: bytes) -> None:
        raise OSError(28, "no space left")

    monkeypatch.setattr(formula.atomic, "write", full)
    assert drawn(Formula("k + k + 2")).width > 1
