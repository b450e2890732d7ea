"""One name, one thing: below the engine no two public classes share a name."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

import dgm_studio

ROOT = Path(dgm_studio.__file__).parent
BELOW = ("conditions", "contract", "data", "evaluation", "families", "nets", "samplers")
OFTEN = {"Config"}
"""The settings of a family, in its one file."""


def test_no_two_public_classes_below_the_engine_share_a_name() -> None:
    places = defaultdict(list)
    for file in (file for room in BELOW for file in sorted((ROOT / room).rglob("*.py"))):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(str(file.relative_to(ROOT)))
    assert len(places) > 200
    assert not {name: files for name, files in places.items() if len(files) > 1 and name not in OFTEN}
