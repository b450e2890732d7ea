"""A sampler of diffusion models is one file: dropped into the folder every diffusion model offers it, and it obeys the laws."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from guides import ROOT, Copy


def test_the_sampler_of_the_guide_works_as_one_dropped_file(tmp_path: Path) -> None:
    copy = Copy(tmp_path, "add-a-sampler.md")
    shutil.copytree(ROOT / "tests" / "samplers", tmp_path / "tests" / "samplers")
    copy.save_files()

    said = copy.call(["list", "samplers", "--json"], *copy.commands())
    offered = json.loads(said[0])["samplers"]
    mine = [row for row in offered if row["name"] == "dpm-solver-2"]
    assert {row["workspace"] for row in mine if row["family"] == "diffusion"} == {"2d", "images", "sequences", "paths"}
    assert {"steps", "between", "autoguidance"} <= set(mine[0]["schema"]["properties"])
    assert (copy.folder / "moons.png").is_file()

    assert copy.passed("tests/samplers/test_dpm_solver_2.py") == 3
    assert copy.passed("tests/samplers", "-k", "dpm-solver-2") > 10
