"""Guides followed word by word: the files that they say are to be saved, and the commands that are to be tried."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import dgm_studio

ROOT = Path(dgm_studio.__file__).parents[1]
_FILE = re.compile(r"^Save this as `([^`]+)`.*?^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
_COMMANDS = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)


_HERE = "what was said:"
_IN_TURN = f"""
import contextlib, io, json, sys
from dgm_studio.__main__ import main

said = []
for arguments in json.loads(sys.argv[1]):
    sys.argv[1:] = arguments
    with contextlib.redirect_stdout(io.StringIO()) as out:
        try:
            code = main()
        except SystemExit as ended:
            code = ended.code
    if code:
        sys.exit(f"{{arguments}}: {{code}}\\n{{out.getvalue()}}")
    said.append(out.getvalue())
print({_HERE!r} + json.dumps(said))
"""


class Copy:
    """A copy of the program in ``folder``, on which guides of docs/ can be followed."""

    def __init__(self, folder: Path, *guides: str) -> None:
        self.folder = folder
        docs = Path(__file__).parents[2] / "docs"
        self._texts = {guide: (docs / guide).read_text(encoding="utf-8") for guide in guides}
        # with what is compiled already, but for what another process is compiling just now
        shutil.copytree(ROOT / "dgm_studio", folder / "dgm_studio", ignore=shutil.ignore_patterns("*.pyc.*"))
        if (ROOT / "resources").is_dir():
            (folder / "resources").symlink_to(ROOT / "resources")

    def save_files(self) -> None:
        """Save every file of the guides where it says."""
        for guide in self._texts.values():
            found = _FILE.findall(guide)
            assert found
            for path, text in found:
                assert not (self.folder / path).exists()
                (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
                (self.folder / path).write_text(text, encoding="utf-8")

    def commands(self) -> list[list[str]]:
        """The arguments of every command of the program that the guides give."""
        blocks = [_COMMANDS.findall(guide) for guide in self._texts.values()]
        assert all(blocks)
        lines = [line.split() for found in blocks for block in found for line in block.splitlines()]
        return [arguments for program, *arguments in lines if program == "dgm-studio"]

    def python(self, *arguments: str) -> str:
        """What Python says, run where the copy is imported."""
        done = subprocess.run(
            [sys.executable, *arguments], cwd=self.folder, capture_output=True, text=True, timeout=390, check=False,
            env={**os.environ, "PYTHONPATH": str(self.folder)},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout

    def call(self, *commands: Sequence[str]) -> list[str]:
        """What commands of the program say, one after the other in one process."""
        return list(json.loads(self.python("-c", _IN_TURN, json.dumps(commands)).rpartition(_HERE)[2]))

    def passed(self, *arguments: str) -> int:
        """How many tests pass, all of those chosen."""
        said = self.python("-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *arguments)
        return int(said.split(" passed")[0].split()[-1].strip(","))
