"""Reports of a window: one at a time, written in the background; a notice says when it is there."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from dgm_studio.language import tr
from dgm_studio.studio.figure.choice import name_of
from dgm_studio.studio.studio import Studio

from ..background import BackgroundVerb

_FORMS = {".html": tr("Web page, nothing beside it (*.html)"), ".pdf": tr("PDF (*.pdf)")}


class Reports:
    """Of what is in front: the run, or all that are compared."""

    def __init__(self, window: QWidget, studio: Studio) -> None:
        self._window, self._studio = window, studio
        self.running: BackgroundVerb | None = None

    def ask(self) -> None:
        """Ask where, and begin."""
        opened = self._studio.run.opened
        if opened is None:
            return
        stem, forms = name_of(opened, "report"), ";;".join(_FORMS.values())
        name, kind = QFileDialog.getSaveFileName(self._window, tr("Report"), f"{stem}.html", forms)
        if name:
            ending = next((ending for ending, title in _FORMS.items() if title == kind), ".html")
            self.write(Path(name) if Path(name).suffix else Path(f"{name}{ending}"))

    def write(self, path: Path) -> None:
        """Write a report in the background."""
        studio = self._studio
        if self.running is not None:
            studio.notify(
                "warn",
                tr("{name} is being written.", name=self.running.path.name),
                tr("Wait until that is said to be done."),
            )
            return
        if path.suffix.lower() not in _FORMS:
            studio.notify(
                "warn", tr("{name} does not end in {names}: name it so.", name=path.name, names=" or ".join(_FORMS))
            )
            return
        self.running = BackgroundVerb(studio, "report", [], path, self._window)
        self.running.ended.connect(self._ended)
        studio.notify("info", tr("{name} is being written; every measure is computed for it.", name=path.name))
        self.running.start()

    def end(self) -> None:
        """The window closes: a report that is being written is given up."""
        if self.running is not None:
            self.running.end()

    def _ended(self, problem: str) -> None:
        done, self.running = self.running, None
        if done is None:
            return
        if not problem:
            self._studio.notify("info", tr("Wrote {name}.", name=done.path.name))
        elif problem != "stopped":
            self._studio.notify("bad", tr("{name} was not written: {problem}", name=done.path.name, problem=problem))
        done.deleteLater()
