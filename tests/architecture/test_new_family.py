"""A family is one file: dropped into the folder it is in the catalogue, on the command line and in the forms."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import numpy as np
from guides import ROOT, Copy

FILE = "dgm_studio/families/gaussian.py"
FORM = """
import json
import re
from PySide6.QtWidgets import QApplication
from dgm_studio.engine.catalogue import describe
from dgm_studio.ui.forms import Form

application = QApplication([])
family = describe().family("gaussian")
form = Form()
form.show_schema(family.schema)
form.show_values({"start_width": 2.0})
print(json.dumps({name: [type(row).__name__, row.title, row.value, row.toolTip()] for name, row in form.rows.items()}))
"""
"""What the window does with a family's schema, outside of it."""


def test_the_family_of_the_guide_works_as_one_dropped_file(tmp_path: Path) -> None:
    copy = Copy(tmp_path, "add-a-family.md")
    copy.save_files()

    said = copy.call(["list", "families", "--json"], *copy.commands(), ["evaluate", "gaussian.dgm", "--json"])
    rows = {row["name"]: row for row in json.loads(said[0])["families"]}
    assert "gaussian" in rows
    assert rows["gaussian"]["schema"]["properties"]["start_width"]["description"]
    assert json.loads(copy.python("-c", FORM)) == {
        "start_width": ["SliderRow", "start width", 2.0, "Standard deviation before the first step. (0.10 to 10.0)"]
    }
    measured = json.loads(said[-1])["measures"]
    # the best single Gaussian is 0.899 nats above the entropy of the moons
    assert abs(measured["gap"]["value"] - 0.899) < 0.05

    # the laws find it as well, and it obeys them
    shutil.copytree(ROOT / "tests" / "conformance", tmp_path / "conformance")
    shutil.copy(ROOT / "tests" / "effort.py", tmp_path)  # what the laws of stopping count work with
    assert copy.passed("conformance", "-k", "gaussian") > 30


def test_the_family_of_the_guide_works_in_the_users_folder(home: Path, tmp_path: Path) -> None:
    """Trained, saved, opened again and sampled, by a program that holds no such file."""
    copy = Copy(tmp_path / "program", "add-a-family.md")
    copy.save_files()
    (home / "families").mkdir(parents=True)
    (copy.folder / FILE).rename(home / "families" / "gaussian.py")
    copy.call(
        ["train", "--data", "moons", "--family", "gaussian", "--steps", "20", "--out", "g.dgm"],
        ["sample", "g.dgm", "-n", "8", "--out", "g.npy"],
    )
    assert len(np.load(copy.folder / "g.npy")) == 8


def test_it_may_live_in_a_room(tmp_path: Path) -> None:
    copy = Copy(tmp_path, "add-a-family.md")
    copy.save_files()
    (copy.folder / FILE).rename(copy.folder / "dgm_studio/families/latent/gaussian.py")
    assert "gaussian" in copy.python(
        "-c", "from dgm_studio.families.finding import find_families; print(*find_families())"
    )


def test_the_guide_names_every_tool() -> None:
    text = (Path(__file__).parents[2] / "docs" / "add-a-family.md").read_text(encoding="utf-8")
    tools = {file.stem for file in (ROOT / "dgm_studio" / "families" / "shared").glob("[!_]*.py")}
    assert set(re.findall(r"^\| `(\w+)` \|", text.split("## The toolbox")[1], re.MULTILINE)) == tools
