"""The folder of families that people wrote themselves, as far as it can be seen without reading them."""

from __future__ import annotations

from pathlib import Path

from dgm_studio.language import tr


class OwnFamilies:
    """Of one ``folder``, which need not exist."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def files(self) -> list[str]:
        """Names of the files and rooms in it that count as families, in their order."""
        if not self.folder.is_dir():
            return []
        there = sorted(self.folder.iterdir())
        return [
            p.name
            for p in there
            if p.name[0] not in "._" and (p.suffix == ".py" or (p.is_dir() and any(p.glob("*.py"))))
        ]

    def said(self) -> str:
        """What is in it, in words."""
        if not self.folder.is_dir():
            return tr("The folder is not there yet.")
        names = self.files()
        return tr("In it: {names}.", names=", ".join(names)) if names else tr("There is no family in it yet.")

    def made(self) -> Path:
        """The folder, made where it was not there. Raises OSError."""
        self.folder.mkdir(parents=True, exist_ok=True)
        return self.folder
