"""The gallery from the command line: listed with its measures, written to a file of one's own, nothing half."""

from __future__ import annotations

import json
from pathlib import Path

from calls import run

from dgm_studio.studio.files.exhibits import exhibits


def test_an_exhibit_becomes_a_file_that_can_be_sampled(tmp_path: Path) -> None:
    listed = json.loads(run("list", "gallery", "--json").stdout)["gallery"]
    assert [row["name"] for row in listed] == [each.name for each in exhibits()]
    row = next(row for row in listed if row["name"] == "moons-flow")
    assert row["measures"]["gap"]["value"] < 0.02
    out = tmp_path / "mine.dgm"
    told = json.loads(run("gallery", "moons-flow", "--out", out, "--json").stdout)
    assert (told["bytes"], told["step"]) == (out.stat().st_size, row["step"])
    assert run("sample", out, "-n", "5", "--out", tmp_path / "x.npy").exit_code == 0


def test_a_wrong_name_or_ending_is_told_with_the_cure(tmp_path: Path) -> None:
    done = run("gallery", "moons-flo")
    assert done.exit_code == 2
    assert "Did you mean 'moons-flow'" in done.stderr
    done = run("gallery", "moons-flow", "--out", tmp_path / "x.zip")
    assert done.exit_code == 2
    assert not list(tmp_path.iterdir())
