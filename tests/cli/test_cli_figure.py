"""The verb figure: the file and what goes with it, or one sentence on what cannot be drawn and nothing left."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from calls import run


def test_a_run_is_drawn_with_its_caption(digits: Path, tmp_path: Path) -> None:
    out = tmp_path / "x.pdf"
    done = run("figure", digits, "--width", "60mm", "--height", "5cm", "--caption", "--out", out, "--json")
    assert done.exit_code == 0, done.stderr
    values = json.loads(done.stdout)
    assert (values["width_cm"], values["height_cm"]) == pytest.approx((6, 5))
    assert out.read_bytes().startswith(b"%PDF")
    assert values["alternative"] in (tmp_path / "x.pdf.txt").read_text("utf-8")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--out", "x.jpg"), "does not end in"),
        (("--out", "x.svg", "--width", "wide"), "such as 8cm"),
        (("--out", "x.svg", "--width", "1cm"), "cm wide"),
        (("--out", "x.svg", "--numbers", "x.xls"), "does not end in"),
    ],
)
def test_what_cannot_be_drawn_is_said(digits: Path, tmp_path: Path, options: tuple[str, ...], said: str) -> None:
    paths = [str(tmp_path / each) if each.startswith("x.") else each for each in options]
    done = run("figure", digits, *paths)
    assert done.exit_code == 2
    assert said in done.stderr
    assert not list(tmp_path.iterdir())
