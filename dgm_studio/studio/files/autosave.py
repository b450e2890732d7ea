"""Autosave: what a person did survives a kill. The canvas is kept at the end of every stroke, the session a few seconds
after a change, what was trained every minute; the next start takes it up and says so.

Files are written whole or not at all, small ones on a thread of their own so that no disk holds up a stroke; runs are
written by the engine. Only one program at a time keeps: a second window leaves the files of the first alone.
"""

from __future__ import annotations

import io
import json
import threading
import time
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from dgm_studio import atomic
from dgm_studio.language import tr

from .presence import Presence

if TYPE_CHECKING:  # the canvas and all that reads pictures come after the window, with the views of images
    from ..painting.canvas import Canvas
    from ..painting.canvas_steps import Layers
    from ..painting.painting_state import PaintingState
    from ..painting.results import ResultHistory
    from ..studio import Studio

CANVAS_S, SESSION_S, RUNS_S = 0.5, 5.0, 60.0
"""The least time between two writes of each, in seconds."""


class Autosave:
    """Of one studio, which calls `tick` at display rate and `close` at its end. ``crashed``: the last start was killed."""

    def __init__(self, studio: Studio, clock: Callable[[], float] = time.monotonic) -> None:
        self._studio, self.clock = studio, clock
        folder = studio.places.autosave
        self.canvas_file = folder / "canvas.zip"
        self.presence = Presence(folder / "running")
        self._canvas: Canvas | None = None
        self._results: ResultHistory | None = None
        self._easel: PaintingState | None = None
        self._worth: Callable[[], bool] = lambda: True
        self._dirty = False
        self._due = dict.fromkeys(("canvas", "session", "runs"), clock())
        self._due["runs"] += RUNS_S
        self._session = studio.settings.session
        self._steps: dict[str, int] = {}
        self._writing: threading.Thread | None = None
        self._problem = ""
        self._restores = True
        try:
            self.crashed = self.presence.enter() == "crash"
        except OSError as error:
            self.crashed = False
            studio.notify("warn", tr("Nothing can be kept for the next start: {error}.", error=error))

    # --- taking up what was kept -----------------------------------------------------------------------------------

    def forget(self) -> None:
        """Begin without what the last start kept, as when a file is opened."""
        self._restores = False

    @property
    def has_canvas(self) -> bool:
        """Whether a canvas is kept apart from the runs; it is newer than theirs."""
        return self.presence.held and self.canvas_file.is_file()

    def watch(
        self,
        canvas: Canvas,
        worth: Callable[[], bool],
        results: ResultHistory | None = None,
        easel: PaintingState | None = None,
    ) -> bool:
        """Keep a canvas, its answers and what stands beside it from now on, while it is ``worth`` it; True when they were
        restored from the last start. After a kill the canvas is one undo step.
        """
        restored = self._restores and self._restore(canvas, results, easel)
        self._canvas, self._worth, self._results, self._easel = canvas, worth, results, easel
        for topic in ("pixels", "history"):
            canvas.on(topic, self._touched)
        if results is not None:
            results.on("results", self._touched)
        return restored

    def _restore(self, canvas: Canvas, results: ResultHistory | None, easel: PaintingState | None) -> bool:
        if not self.has_canvas:
            return False
        try:
            with zipfile.ZipFile(self.canvas_file) as file:
                members: Mapping[str, bytes] = {name: file.read(name) for name in file.namelist()}
            kept = type(canvas).from_members(members)
            if kept is None:
                return False
            canvas.restart(kept.image * 0)
            if results is not None:
                results.load_members(members)
            restored = canvas.load_members(members, undoable=self.crashed)
            if easel is not None:
                easel.load_members(members)
            return restored
        except (OSError, ValueError, zipfile.BadZipFile) as error:
            self._studio.notify(
                "warn", tr("The canvas of the last session could not be restored: {error}.", error=error)
            )
            return False

    # --- keeping ---------------------------------------------------------------------------------------------------

    def _touched(self, _: object) -> None:
        self._dirty = True

    def touch(self) -> None:
        """What stands beside the canvas is another."""
        self._dirty = True

    def tick(self) -> None:
        """Write what is due. Returns at once."""
        if not self.presence.held:
            return
        if self._problem:
            self._studio.notify(
                "warn", tr("The session could not be kept for the next start: {problem}.", problem=self._problem)
            )
            self._problem = ""
        now = self.clock()
        if not self.writing:
            if self._dirty and now >= self._due["canvas"] and self._canvas is not None and not self._canvas.painting:
                self._due["canvas"] = now + CANVAS_S
                self._keep_canvas()
            elif now >= self._due["session"]:
                self._due["session"] = now + SESSION_S
                self._keep_session()
        if now >= self._due["runs"]:
            self._due["runs"] = now + RUNS_S
            self._keep_runs()

    def _keep_canvas(self) -> None:
        from ..painting.results import encoder

        canvas = self._canvas
        assert canvas is not None
        self._dirty = False
        layers = canvas.copied() if self._worth() else None
        answers = dict if self._results is None else encoder(self._results)
        beside = {} if self._easel is None else self._easel.to_members()
        self._write(lambda: _write_canvas(self.canvas_file, layers, lambda: {**answers(), **beside}))

    def _keep_session(self) -> None:
        session = self._studio.session.model_dump(mode="json")
        if session != self._session:
            self._session = self._studio.settings.session = session
            data = json.dumps(self._studio.settings.model_dump(mode="json"), indent=1).encode()
            path = self._studio.places.settings
            self._write(lambda: _write_whole(path, data))

    def _keep_runs(self) -> None:
        for slot, run in self._studio.runs.items():
            if run.opened is not None and run.step > 0 and run.step != self._steps.get(run.name):
                self._steps[run.name] = run.step
                self._studio.resuming.keep(slot)

    def _write(self, job: Callable[[], None]) -> None:
        def work() -> None:
            try:
                job()
            except OSError as error:
                self._problem = str(error)

        self._writing = threading.Thread(target=work, name="autosave")
        self._writing.start()

    @property
    def writing(self) -> bool:
        """Whether something is on its way to the disk."""
        return self._writing is not None and self._writing.is_alive()

    def wait(self) -> None:
        """Until what is being written is written."""
        if self._writing is not None:
            self._writing.join()

    def flush(self) -> None:
        """Write what is left of the canvas, and wait until it is written."""
        self.wait()
        if self.presence.held and self._dirty and self._canvas is not None:
            self._canvas.end()
            self._keep_canvas()
            self.wait()

    def close(self) -> None:
        """A clean end: nothing is left to write, and no trace of a crash stays."""
        self.flush()
        self.presence.leave()


def _write_canvas(path: Path, layers: Layers | None, answers: Callable[[], Mapping[str, bytes]]) -> None:
    """The canvas as its own file, or none when there is nothing to keep. Raises OSError."""
    if layers is None:
        path.unlink(missing_ok=True)
        return
    from ..painting.canvas_files import to_members

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, data in {**to_members(layers), **answers()}.items():
            file.writestr(name, data)
    _write_whole(path, out.getvalue())


def _write_whole(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic.write(path, data)
