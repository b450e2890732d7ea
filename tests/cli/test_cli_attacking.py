"""Attacks on the command line: told as JSON, drawn as rows, of several runs on the same data."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from calls import run
from PIL import Image

from dgm_studio.nets import discriminative


def test_an_attack_is_told_and_drawn(digits: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discriminative, "LEARNING_STEPS", 30)
    out = tmp_path / "rows.png"
    done = run("attack", digits, digits, "--classifier", "logistic", "-n", 12, "--out", out, "--json")
    told = json.loads(done.stdout)
    assert told["judged"]["logistic"]["accuracy"] >= told["judged"]["logistic"]["moved"]
    assert set(told["judged"]) >= {"logistic", "net", "robust"}
    assert set(told["log_density"]) == {digits.name}
    assert told["shortest_step"] is None
    with Image.open(out) as rows:
        assert rows.size[0] >= 12 * 8
    assert run("attack", digits, "--classifier", "forest").exit_code == 2


def test_what_pleases_a_classifier_is_told_and_drawn(
    digits: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discriminative, "LEARNING_STEPS", 30)
    out = tmp_path / "rows.png"
    done = run("maximise", digits, "--class", "3", "-n", 4, "--out", out, "--json")
    told = json.loads(done.stdout)
    assert [method["method"] for method in told["methods"]][:2] == ["pixels", "smooth"]
    assert all(0 <= method["target"] <= 1 for method in told["methods"])
    with Image.open(out) as rows:
        assert rows.size[0] >= 4 * 8
    assert "no class 'x'" in run("maximise", digits, "--class", "x").output
    assert "LAYER:NUMBER" in run("maximise", digits, "--unit", "7").output
    assert "no unit 500" in run("maximise", digits, "--unit", "0:500").output
