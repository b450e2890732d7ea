"""Work is never suspended while gradients are switched: dropped half-way, it would leave them so for all that runs later.

`torch.no_grad` as a decorator is safe: it switches at every step of the generator, and back.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import dgm_studio

MODES = ("no_grad", "enable_grad", "inference_mode", "set_grad_enabled", "gradients()")


def suspended(tree: ast.AST) -> Iterator[int]:
    """Lines of `with` blocks that switch gradients and yield inside; a context manager of its own is one for good."""
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef) or "contextmanager" in map(ast.unparse, function.decorator_list):
            continue
        for block in ast.walk(function):
            if isinstance(block, ast.With) and any(mode in ast.unparse(i) for i in block.items for mode in MODES):
                inner = [node for line in block.body for node in ast.walk(line)]
                if any(isinstance(node, ast.Yield | ast.YieldFrom) for node in inner):
                    yield block.lineno


def test_no_work_is_suspended_while_gradients_are_switched() -> None:
    files = sorted(Path(dgm_studio.__file__).parent.rglob("*.py"))
    found = [f"{file}:{line}" for file in files for line in suspended(ast.parse(file.read_text(encoding="utf-8")))]
    assert not found, "decorate the function instead"
