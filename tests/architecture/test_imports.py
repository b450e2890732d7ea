"""Directions of import and what is loaded when: the window comes without torch, everything below it without Qt."""

from __future__ import annotations

import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import dgm_studio

QT = ("PySide6", "shiboken6", "pyqtgraph", "qtawesome", "qtpy")
BELOW = [
    name
    for _, name, _ in pkgutil.walk_packages(dgm_studio.__path__, "dgm_studio.")
    if not name.startswith(("dgm_studio.ui", "dgm_studio.__main__"))
]


def _python(program: str) -> str:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=170, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def test_everything_below_the_window_imports_without_qt() -> None:
    program = f"""
import importlib, sys
class Block:
    def find_spec(self, name, path=None, target=None):
        if name.split('.')[0] in {QT!r}:
            raise ImportError(f'{{name}} is not to be imported here')
sys.meta_path.insert(0, Block())
for name in {BELOW!r}:
    importlib.import_module(name)
"""
    _python(program)


@pytest.mark.parametrize(
    "module", ["dgm_studio.studio.studio", "dgm_studio.engine.schedule.thread_backend", "dgm_studio.ui.app"]
)
def test_the_window_comes_up_without_heavy_imports(module: str) -> None:
    loaded = _python(f"import sys, {module}; print(*sorted(m for m in sys.modules if '.' not in m))").split()
    assert not {"torch", "scipy", "sklearn", "matplotlib", "pandas", "torchvision"} & set(loaded)


def test_verbs_ask_the_library_and_drive_no_engine() -> None:
    verbs = {path.name: path.read_text("utf-8") for path in (Path(dgm_studio.__file__).parent / "cli").glob("*.py")}
    assert len(verbs) > 20
    assert not [name for name, text in verbs.items() if "Job(" in text or "Backend" in text]


def test_import_contracts_hold() -> None:
    program = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports())"
    _python(program)
