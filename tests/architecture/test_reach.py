"""Tests ask what anybody may ask: none reaches into a private member of another's object."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]


def reached(tree: ast.AST) -> Iterator[ast.Attribute]:
    """Private members asked of anything but ``self``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr.startswith("_") and not node.attr.startswith("__"):
            own = isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")
            if not own:
                yield node


def test_no_test_reaches_into_a_private_member() -> None:
    files = sorted(ROOT.rglob("*/*.py"))
    found = [
        f"{file.relative_to(ROOT)}:{node.lineno} {ast.unparse(node)}"
        for file in files
        for node in reached(ast.parse(file.read_text(encoding="utf-8")))
    ]
    assert len(files) > 100
    assert not found, "give what is tested a small public surface"
