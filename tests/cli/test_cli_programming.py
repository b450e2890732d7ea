"""Programs on the command line: pictures with numbers held, and the numbers of a picture."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from calls import run
from PIL import Image

from dgm_studio.engine.jobs import programming
from dgm_studio.nets import posterior


def test_pictures_are_drawn_and_their_numbers_inferred(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (posterior, programming):
        monkeypatch.setattr(module, "LEARNING_STEPS", 60)
    monkeypatch.setattr(programming, "LEARNED", 200)
    monkeypatch.setattr(programming, "CHECKED", 40)
    saved, sheet = tmp_path / "t.dgm", tmp_path / "sheet.png"
    rivers = ("--set", "data.program=rivers", "--set", "data.examples=200")
    assert run("train", "--data", "turtle", "--family", "kde", "--steps", "5", *rivers, "--out", saved).exit_code == 0
    done = run("draw", saved, "--hold", "source=0.5,first bend=left", "-n", 1, "--out", sheet, "--json")
    (numbers,) = json.loads(done.stdout)["numbers"]
    assert numbers["source"] == 0.5
    assert numbers["first bend"] == "left"
    with Image.open(sheet) as picture:
        assert picture.size[0] >= 28
        picture.crop((0, 0, 28, 28)).save(tmp_path / "x.png")
    told = json.loads(run("infer", saved, "--image", tmp_path / "x.png", "-n", 50, "--ranks", "--json").stdout)
    assert sum(told["numbers"]["first bend"].values()) == pytest.approx(1)
    assert len(told["numbers"]["source"]["quartiles"]) == 3
    assert sum(told["ranks"]["bend"]) == 40
    assert "Did you mean" in run("draw", saved, "--hold", "sorce=0").output
