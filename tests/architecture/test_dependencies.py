"""Dependencies tell the truth: what is imported is declared where it is needed, and what is declared is used."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from dgm_studio.cli.doctor import PACKAGES

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
TOOLS = {
    "pytest-timeout": ("pyproject.toml", "\ntimeout = "),
    "pytest-xdist": ("Makefile", "pytest -n $(JOBS)"),
    "import-linter": ("Makefile", "$(BIN)/lint-imports"),
    "ipykernel": ("dgm_studio/studio/reading/python_script.py", "kernelspec"),
    "ruff": ("Makefile", "$(BIN)/ruff"),
    "mypy": ("Makefile", "$(BIN)/mypy"),
}
"""What nothing imports: the file that uses it, and how."""


def _name(requirement: str) -> str:
    """The normal form of the name in ``"PySide6_Essentials>=6.10"``."""
    (name,) = re.findall(r"^[\w.-]+", requirement)
    return re.sub(r"[-_.]+", "-", name).lower()


def _declared(*groups: str) -> set[str]:
    """Names in ``dependencies`` and in the extras named."""
    extras = (PROJECT["optional-dependencies"][group] for group in groups)
    return {_name(requirement) for part in (PROJECT["dependencies"], *extras) for requirement in part}


def _modules(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []


@cache
def _imported(*folders: str) -> list[tuple[str, str]]:
    """Packages that the Python files of folders import from elsewhere, and where: in passing too, as inside functions."""
    files = [file for folder in folders for file in sorted((ROOT / folder).rglob("*.py"))]
    own = {"dgm_studio", "benchmarks", "tests", *(file.stem for file in files)}
    of, known = packages_distributions(), _declared(*PROJECT["optional-dependencies"])
    found = []
    for file in files:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            for module in _modules(node):
                top = module.split(".")[0]
                if top not in sys.stdlib_module_names and top not in own:
                    names = [_name(package) for package in of.get(top, [top])]
                    package = next((name for name in names if name in known), names[0])
                    found.append((package, f"{file.relative_to(ROOT)}:{node.lineno}"))
    return found


@pytest.mark.parametrize(
    ("folders", "groups"),
    [(("dgm_studio",), ("video", "onnx")), (("tests", "benchmarks"), ("test",))],
    ids=["program", "tests"],
)
def test_what_is_imported_is_declared(folders: tuple[str, ...], groups: tuple[str, ...]) -> None:
    declared = _declared(*groups)
    missing = {package: where for package, where in _imported(*folders) if package not in declared}
    assert not missing


def test_what_is_declared_is_used() -> None:
    program = {package for package, _ in _imported("dgm_studio")}
    everywhere = program | {package for package, _ in _imported("tests", "benchmarks")}
    tools = {name for name, (file, use) in TOOLS.items() if use in (ROOT / file).read_text("utf-8")}
    assert _declared() <= program
    assert _declared("video", "onnx") <= program
    assert _declared("test", "dev") <= everywhere | tools


def test_only_what_the_program_can_do_without_is_an_extra() -> None:
    extra = _declared("video", "onnx") - _declared()
    for package, where in _imported("dgm_studio"):
        if package in extra:
            file, line = where.split(":")
            guarded = [
                node
                for node in ast.walk(ast.parse((ROOT / file).read_text("utf-8")))
                if isinstance(node, ast.Try) and node.lineno < int(line) <= node.handlers[0].lineno
            ]
            assert guarded, f"{where} imports {package}, which may be missing"


def test_the_doctor_looks_for_all_that_the_program_needs() -> None:
    assert {_name(package) for package in PACKAGES} == _declared()


def test_exact_versions_are_named_of_all_that_tests_run_with() -> None:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pinned = {_name(line) for line in lines if "==" in line}
    assert _declared("test", "dev") <= pinned


def test_the_page_of_dependencies_has_a_row_for_each() -> None:
    rows = re.findall(
        r"^\| ([\w-]+) \| .* \| \d+ \| [\d.]+ \|$", (ROOT / "docs" / "dependencies.md").read_text("utf-8"), re.M
    )
    assert {_name(row) for row in rows} == _declared()
