"""The verb film: the file it says, or one sentence on what cannot be filmed and nothing left."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from calls import run
from PIL import Image


def test_a_run_is_filmed_in_the_size_and_length_asked_for(digits: Path, tmp_path: Path) -> None:
    out = tmp_path / "x.gif"
    done = run("film", digits, "--of", "interpolation", "--seconds", "0.4", "--fps", "20", "--size", "160x120", "--out", out,
               "--json")  # fmt: skip
    assert done.exit_code == 0, done.stderr
    values = json.loads(done.stdout)
    assert (values["frames"], values["size"], values["of"]) == (8, [160, 120], "interpolation")
    with Image.open(out) as film:
        assert (film.n_frames, film.size) == (8, (160, 120))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--out", "x.avi"), "does not end in"),
        (("--out", "x.webp", "--size", "big"), "WIDTHxHEIGHT"),
        (("--out", "x.gif", "--fps", "60"), "GIF holds at most"),
        (("--out", "x.webp", "--extent", "1,0,0,1"), "--extent"),
        (("--out", "x.mp4", "--transparent"), "no transparent ground"),
        (("--out", "x.png", "--layers", "data,sample"), "Did you mean 'samples'"),
    ],
)
def test_what_cannot_be_filmed_is_said(digits: Path, tmp_path: Path, options: tuple[str, ...], said: str) -> None:
    name = tmp_path / options[1]
    done = run("film", digits, "--out", name, *options[2:])
    assert done.exit_code == 2
    assert said in done.stderr
    assert not list(tmp_path.iterdir())


def test_a_step_of_a_lesson_is_filmed_as_a_learner_finds_it(tmp_path: Path) -> None:
    out = tmp_path / "x.webp"
    few = ("--seconds", "0.2", "--fps", "10", "--size", "160x120", "--layers", "data,samples", "--out", out)
    done = run("film", "06-change-of-variables", "--step", "1", *few)
    assert done.exit_code == 0, done.stderr
    with Image.open(out) as film:
        assert film.n_frames == 2
    done = run("film", "06-change-of-variables", "--step", "99", *few)
    assert done.exit_code == 2
    assert "no step 99" in done.stderr
