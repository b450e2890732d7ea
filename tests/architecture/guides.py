"""Guides followed word by word: the files that they say are to be saved, and the commands that are to be tried."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import dgm_studio

ROOT = Path(dgm_studio.__file__).parents[1]
_FILE = re.compile(r"^Save this as `([^`]+)`.*?^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
_COMMANDS = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)


class Copy:
    """A copy of the program in ``folder``, on which a guide of docs/ can be followed."""

    def __init__(self, folder: Path, guide: str) -> None:
        self.folder = folder
        self._text = (Path(__file__).parents[2] / "docs" / guide).read_text(encoding="utf-8")
        shutil.copytree(ROOT / "dgm_studio", folder / "dgm_studio", ignore=shutil.ignore_patterns("__pycache__"))
        if (ROOT / "resources").is_dir():
            (folder / "resources").symlink_to(ROOT / "resources")

    def save_files(self) -> None:
        """Save every file of the guide where it says."""
        found = _FILE.findall(self._text)
        assert found
        for path, text in found:
            assert not (self.folder / path).exists()
            (self.folder / path).write_text(text, encoding="utf-8")

    def run_commands(self) -> None:
        """Run every command of the program that the guide gives."""
        commands = [line.split() for block in _COMMANDS.findall(self._text) for line in block.splitlines()]
        assert commands
        for program, *arguments in commands:
            if program == "dgm-studio":
                self.call(*arguments)

    def python(self, *arguments: str) -> str:
        """What Python says, run where the copy is imported."""
        done = subprocess.run(
            [sys.executable, *arguments], cwd=self.folder, capture_output=True, text=True, timeout=390, check=False,
            env={**os.environ, "PYTHONPATH": str(self.folder)},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout

    def call(self, *arguments: str) -> str:
        """What a command of the program says."""
        return self.python("-m", "dgm_studio", *arguments)

    def passed(self, *arguments: str) -> int:
        """How many tests pass, all of those chosen."""
        said = self.python("-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *arguments)
        return int(said.split(" passed")[0].split()[-1].strip(","))
