"""Strings on the command line: trained, sampled as text, measured, filled in, and what cannot be done said clearly."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from calls import run


@pytest.fixture(scope="module")
def brackets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("strings") / "b.dgm"
    found = run("train", "--data", "brackets", "--family", "autoregressive", "--set", "data.examples=300", "--set", "width=16",
                "--set", "layers=1", "--steps", "5", "--out", path)  # fmt: skip
    assert found.exit_code == 0, found.output
    return path


def test_samples_are_written_as_text_and_read_again(brackets: Path, tmp_path: Path) -> None:
    out = tmp_path / "s.txt"
    told = json.loads(run("sample", brackets, "-n", 12, "--out", out, "--json").stdout)
    assert out.read_text("utf-8").split("\n")[:-1] == told["strings"]
    assert len(told["strings"]) == 12
    assert 0 <= told["valid"] <= 1
    (tmp_path / "t.txt").write_text("()\n(())\n[]()\n", encoding="utf-8")
    nats = json.loads(
        run("logprob", brackets, "--points", tmp_path / "t.txt", "--out", tmp_path / "n.npy", "--json").stdout
    )
    assert nats["n"] == 3
    assert nats["bits_per_letter"] == pytest.approx(-nats["mean"] * 3 / 10 / 0.6931471805599453)


def test_measures_are_those_of_strings(brackets: Path) -> None:
    found = json.loads(run("evaluate", brackets, "--json").stdout)["measures"]
    assert {"valid", "distinct", "copied", "nll", "gap"} <= found.keys()
    assert not {"sliced_wasserstein", "frechet", "copying"} & found.keys()
    assert found["nll"]["unit"] == "bits/letter"


def test_a_pattern_is_filled_in(brackets: Path) -> None:
    told = json.loads(run("inpaint", brackets, "--text", "(()_?", "-n", 3, "--json").stdout)
    assert told["method"] == "candidates"
    assert told["honesty"] == "asymptotic"
    assert told["text"] == "(()_?"
    assert len(told["strings"]) == len(told["valid"]) == 3
    assert all(text.startswith("(()") for text in told["strings"])
    plain = run("inpaint", brackets, "--text", "(_", "--method", "every-filling", "-n", 1)
    assert plain.stdout.endswith("Filled by every-filling (exact).\n")


def test_what_cannot_be_done_is_said(brackets: Path, tmp_path: Path) -> None:
    for said, *words in (
        ("has '<', which the data never have", "inpaint", brackets, "--text", "<_"),
        ("has 20 letters, and there is room for 16", "inpaint", brackets, "--text", "(" * 19 + "_"),
        ("hides no letter", "inpaint", brackets, "--text", "()"),
        ("15 hidden letters can be filled in", "inpaint", brackets, "--text", "(*", "--method", "every-filling"),
        ("--text for strings", "inpaint", brackets),
        ("Strings are written as .txt", "sample", brackets, "--out", tmp_path / "s.png"),
        ("it takes points, images and paths, not strings", "train", "--data", "brackets", "--set", "data.examples=100",
         "--family", "vae", "--out", tmp_path / "v.dgm"),
        ("strings are kept as text", "compress", brackets, tmp_path, "--out", tmp_path / "x.dgmz"),
    ):  # fmt: skip
        found = run(*words)
        assert found.exit_code == 2, words
        assert said in found.stderr, found.stderr


def test_own_lines_are_learned(tmp_path: Path) -> None:
    (tmp_path / "own.txt").write_text("\n".join(f"no {letter}{letter}" for letter in "abcdefghijkl"), encoding="utf-8")
    found = run("train", "--data", tmp_path / "own.txt", "--family", "masked", "--steps", 2, "--set", "width=16", "--out",
                tmp_path / "o.dgm")  # fmt: skip
    assert found.exit_code == 0, found.output
    told = json.loads(run("sample", tmp_path / "o.dgm", "-n", 2, "--out", tmp_path / "s.txt", "--json").stdout)
    assert "valid" not in told
