"""A family, a sampler, a measure and a data set are one file each: dropped into its folder it is in the catalogue, on the
command line, in the forms, and obeys the laws, as the guides say.

All guides are followed in one copy of the program, whose processes take seconds to start.
"""

from __future__ import annotations

import json
import math
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
from guides import ROOT, Copy

GUIDES = ("add-a-family.md", "add-a-sampler.md", "add-a-measure.md", "add-a-data-set.md")
FAMILY = "dgm_studio/families/gaussian.py"
LISTED = ("families", "samplers", "measures", "data")
MEASURED = ("gaussian", "banana", "laplace", "gratings")
LOOK = """
import json
from PySide6.QtWidgets import QApplication
from dgm_studio.contract import finish, rng_for
from dgm_studio.engine.catalogue import describe, measures, sources
from dgm_studio.engine.jobs.gallery import thumbnails
from dgm_studio.engine.runs.recorder import MeasureSeries, Recorder
from dgm_studio.engine.schedule.reporting import measure_curves
from dgm_studio.families.finding import find_families
from dgm_studio.studio.reading.quality import by_topic, ranked
from dgm_studio.ui.forms import Form

application = QApplication([])
family = describe().family("gaussian")
form = Form()
form.show_schema(family.schema)
form.show_values({"start_width": 2.0})

recorder = Recorder()
for name in ("far_out", "samples_per_second", "modes", "gap"):
    recorder.measures[name] = MeasureSeries(measures()[name].title, "")
curves = measure_curves(recorder)

shown = []
finish(thumbnails(64, shown.append))
laplace, gratings = (sources()[name] for name in ("laplace", "gratings"))
points, pictures = (finish(s.load(s.Params(), rng_for(1))) for s in (laplace, gratings))
cost = -points.log_density(points.held_out.x).double()

print(json.dumps({
    "rows": {name: [type(row).__name__, row.title, row.value, row.toolTip()] for name, row in form.rows.items()},
    "topics": by_topic(curves), "ranked": ranked(curves),
    "shown": [e.name for e in shown if e.name in ("laplace", "gratings") and e.pixels.max() > 150],
    "entropy": points.entropy, "cost": float(cost.mean()), "error": float(cost.std() / len(cost) ** 0.5),
    "pictures": [list(pictures.train.x.shape[1:]), sorted(set(pictures.train.label.tolist()))],
    "examples": len(pictures.train) + len(pictures.held_out),
    "moved": "gaussian" in find_families(),
}))
"""
"""What the window does with a schema, what becomes of curves, what the data are."""


def test_what_the_guides_add_works_as_dropped_files(tmp_path: Path) -> None:
    copy = Copy(tmp_path, *GUIDES)
    copy.save_files()
    commands = [["list", kind, "--json"] for kind in LISTED]
    commands += [[*words, "--json"] if words[0] == "evaluate" else words for words in copy.commands()]
    commands += [["evaluate", "banana.dgm"]]
    said = dict(zip(map(" ".join, commands), copy.call(*commands), strict=True))
    listed = {kind: json.loads(said[f"list {kind} --json"])[kind] for kind in LISTED}
    gaussian, banana, laplace, gratings = (
        json.loads(said[f"evaluate {name}.dgm --json"])["measures"] for name in MEASURED
    )
    (copy.folder / FAMILY).rename(copy.folder / "dgm_studio/families/latent/gaussian.py")  # it may live in a room
    seen = json.loads(copy.python("-c", LOOK))
    assert seen["moved"]
    check_the_family(listed["families"], seen, gaussian)
    check_the_sampler(listed["samplers"], copy.folder)
    check_the_measure(listed["measures"], seen, banana, said["evaluate banana.dgm"])
    check_the_data_sets(listed["data"], seen, laplace, gratings)


def test_the_laws_find_what_is_dropped_and_it_obeys_them(tmp_path: Path) -> None:
    copy = Copy(tmp_path, "add-a-family.md", "add-a-sampler.md")
    shutil.copytree(ROOT / "tests" / "samplers", tmp_path / "tests" / "samplers")
    shutil.copytree(ROOT / "tests" / "conformance", tmp_path / "conformance")
    shutil.copy(ROOT / "tests" / "effort.py", tmp_path)  # what the laws of stopping count work with
    copy.save_files()
    mine = "gaussian- or test_dpm_solver_2 or dpm-solver-2"
    assert copy.passed("conformance", "tests/samplers", "-k", mine) > 30 + 10


def check_the_family(listed: list[dict[str, Any]], seen: dict[str, Any], measured: dict[str, Any]) -> None:
    rows = {row["name"]: row for row in listed}
    assert rows["gaussian"]["schema"]["properties"]["start_width"]["description"]
    assert seen["rows"] == {
        "start_width": ["SliderRow", "start width", 2.0, "Standard deviation before the first step. (0.10 to 10.0)"]
    }
    # the best single Gaussian is 0.899 nats above the entropy of the moons
    assert abs(measured["gap"]["value"] - 0.899) < 0.05


def check_the_sampler(listed: list[dict[str, Any]], folder: Path) -> None:
    mine = [row for row in listed if row["name"] == "dpm-solver-2"]
    assert {row["workspace"] for row in mine if row["family"] == "diffusion"} == {"2d", "images", "sequences", "paths"}
    assert {"steps", "between", "autoguidance"} <= set(mine[0]["schema"]["properties"])
    assert (folder / "moons.png").is_file()


def check_the_measure(
    listed: list[dict[str, Any]], seen: dict[str, Any], measured: dict[str, Any], spoken: str
) -> None:
    assert {row["name"]: row for row in listed}["far_out"]["topic"] == "coverage"
    assert seen["topics"] == [["gap"], ["modes", "far_out"], ["samples_per_second"]]
    assert seen["ranked"][:2] == ["gap", "modes"]
    assert 0 <= measured["far_out"]["value"] < 0.05
    assert measured["far_out"]["error"] > 0
    assert "farther out" in spoken


def check_the_data_sets(
    listed: list[dict[str, Any]], seen: dict[str, Any], points: dict[str, Any], pictures: dict[str, Any]
) -> None:
    rows = {row["name"]: row for row in listed}
    assert not rows["laplace"]["from_file"]
    assert rows["gratings"]["schema"]["properties"]["contrast"]["maximum"] == 1
    assert sorted(seen["shown"]) == ["gratings", "laplace"]
    assert math.isclose(seen["entropy"], 2.672944, abs_tol=1e-6)
    assert abs(seen["cost"] - seen["entropy"]) < 8 * seen["error"]
    assert seen["pictures"] == [[1, 16, 16], [0, 1]]
    assert seen["examples"] == 4000
    assert {"gap", "sliced_wasserstein"} <= set(points)
    assert pictures["frechet"]["value"] > 0


def test_the_family_of_the_guide_works_in_the_users_folder(home: Path, tmp_path: Path) -> None:
    """Trained, saved, opened again and sampled, by a program that holds no such file."""
    copy = Copy(tmp_path / "program", "add-a-family.md")
    copy.save_files()
    (home / "families").mkdir(parents=True)
    (copy.folder / FAMILY).rename(home / "families" / "gaussian.py")
    copy.call(
        ["train", "--data", "moons", "--family", "gaussian", "--steps", "20", "--out", "g.dgm"],
        ["sample", "g.dgm", "-n", "8", "--out", "g.npy"],
    )
    assert len(np.load(copy.folder / "g.npy")) == 8


def test_the_guide_names_every_tool() -> None:
    text = (Path(__file__).parents[2] / "docs" / "add-a-family.md").read_text(encoding="utf-8")
    tools = {file.stem for file in (ROOT / "dgm_studio" / "families" / "shared").glob("[!_]*.py")}
    assert set(re.findall(r"^\| `(\w+)` \|", text.split("## The toolbox")[1], re.MULTILINE)) == tools
