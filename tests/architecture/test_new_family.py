"""A family is one file: dropped into the folder it is in the catalogue, on the command line and in the forms."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import dgm_studio

GUIDE = Path(__file__).parents[2] / "docs" / "add-a-family.md"


def _example() -> str:
    """The family of the guide, as written there."""
    text = GUIDE.read_text(encoding="utf-8")
    begin = text.index("```python\n") + len("```python\n")
    return text[begin : text.index("```", begin)]


FORM = """
import json
from PySide6.QtWidgets import QApplication
from dgm_studio.engine.catalogue import describe
from dgm_studio.ui.forms import Form

application = QApplication([])
(family,) = (f for f in describe()["families"] if f["name"] == "gaussian")
form = Form()
form.show_schema(family["schema"])
form.show_values({"start_width": 2.0})
print(json.dumps({name: [type(row).__name__, row.title, row.value, row.toolTip()] for name, row in form.rows.items()}))
"""
"""What the window does with a family's schema, outside of it."""


def test_the_family_of_the_guide_works_as_one_dropped_file(tmp_path: Path) -> None:
    root = Path(dgm_studio.__file__).parents[1]
    shutil.copytree(root / "dgm_studio", tmp_path / "dgm_studio", ignore=shutil.ignore_patterns("__pycache__"))
    if (root / "resources").is_dir():
        (tmp_path / "resources").symlink_to(root / "resources")
    (tmp_path / "dgm_studio" / "families" / "gaussian.py").write_text(_example(), encoding="utf-8")

    def python(*args: str) -> str:
        done = subprocess.run(
            [sys.executable, *args], cwd=tmp_path, capture_output=True, text=True, timeout=390, check=False,
            env={**os.environ, "PYTHONPATH": str(tmp_path)},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout

    def call(*args: str) -> str:
        return python("-m", "dgm_studio", *args)

    rows = {row["name"]: row for row in json.loads(call("list", "families", "--json"))["families"]}
    assert "gaussian" in rows
    assert rows["gaussian"]["schema"]["properties"]["start_width"]["description"]
    assert json.loads(python("-c", FORM)) == {
        "start_width": ["SliderRow", "start width", 2.0, "Standard deviation before the first step. (0.10 to 10.0)"]
    }
    call("train", "--data", "moons", "--family", "gaussian", "--steps", "200", "--out", "g.dgm")
    measured = json.loads(call("evaluate", "g.dgm", "--json"))["measures"]
    # the best single Gaussian is 0.899 nats above the entropy of the moons
    assert abs(measured["gap"]["value"] - 0.899) < 0.05

    # the laws find it as well, and it obeys them
    shutil.copytree(root / "tests" / "conformance", tmp_path / "conformance")
    shutil.copy(root / "tests" / "effort.py", tmp_path)  # what the laws of stopping count work with
    laws = python("-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "conformance", "-k", "gaussian")
    assert int(laws.split(" passed")[0].split()[-1].strip(",")) > 30
