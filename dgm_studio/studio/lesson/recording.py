"""Recording a step: what is on screen becomes the beginning of a new step of the lesson that is being written.

A run that has learned is written to ``steps/`` with its weights in half precision, or as a link where it shall be trained by
the learner; one of a recipe is named by it. Of a comparison every run is written. The step is there once its files are.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from dgm_studio import atomic
from dgm_studio.language import tr
from dgm_studio.lessons.draft import DraftStep

from ..files import links
from ..session.session import CELL
from ..session.state import RunState

if TYPE_CHECKING:
    from ..studio import Studio

STEPS = "steps"
_LONGEST = 40


class StepRecorder:
    """Of one studio."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    @property
    def possible(self) -> bool:
        """Whether there is something on screen to begin a step with."""
        studio = self._studio
        slots = studio.session.cells if studio.workspace == "compare" else (studio.session.front,)
        return bool(slots) and all(self._is_there(slot) for slot in slots)

    def _is_there(self, slot: str) -> bool:
        run = self._studio.runs.get(slot)
        return run is not None and run.opened is not None and run.id == self._studio.session.run_id(slot)

    def record(self, weights: bool = True, over: int | None = None) -> None:
        """Begin a new step of the lesson that is being written with what is on screen, or let a step that is there, from 0 on,
        begin so. Without ``weights`` it begins untrained. A notice says what became of it."""
        studio, writer = self._studio, self._studio.writer
        if not self.possible:
            studio.notify(
                "warn",
                tr("Nothing is open that a step could begin with."),
                tr("Open a run, or wait until it is there."),
            )
            return
        if writer.folder is None:
            writer.new()
        assert writer.folder is not None
        if not weights and studio.workspace != "compare":
            self._record_link(over)
            return
        comparing = studio.workspace == "compare"
        slots = studio.session.cells if comparing else (studio.session.front,)
        starts = {slot: self._recipe(studio.runs[slot]) for slot in slots}
        waiting = {slot for slot, start in starts.items() if not start}
        folder, title = writer.folder, self._title()
        try:
            (folder / STEPS).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            studio.notify(
                "bad",
                tr(
                    "The step was not recorded: {name} cannot be written, {strerror}.",
                    name=folder.name,
                    strerror=error.strerror,
                ),
            )
            return
        taken: set[str] = set()
        for slot in sorted(waiting):
            stem = f"{title} {slot.removeprefix(CELL)}" if comparing else title
            path = _free(folder / STEPS, stem, taken)
            starts[slot] = f"{STEPS}/{path.name}"

            def told(problem: str, slot: str = slot) -> None:
                waiting.discard(slot)
                if problem:
                    starts.clear()
                elif not waiting and starts:
                    self._take(folder, title, list(starts.values()), comparing, over)

            studio.write_aside(slot, path, told, small=True)
        if not waiting:
            self._take(folder, title, list(starts.values()), comparing, over)

    def _record_link(self, over: int | None) -> None:
        studio, writer = self._studio, self._studio.writer
        assert writer.folder is not None
        title = self._title()
        start = self._recipe(studio.run, untrained=True)
        try:
            if not start:
                path = _free(writer.folder / STEPS, title, set())
                path.parent.mkdir(parents=True, exist_ok=True)
                atomic.write(path, links.to_link(studio.session).encode())
                start = f"{STEPS}/{path.name}"
        except links.BadLink as error:
            studio.notify(
                "warn", tr("The step was not recorded. {error}", error=error), tr("Record it with its weights.")
            )
        except OSError as error:
            studio.notify(
                "bad",
                tr("The step was not recorded: {strerror}.", strerror=error.strerror or error),
                tr("Free some room and try again."),
            )
        else:
            self._take(writer.folder, title, [start], False, over)

    def _take(self, folder: Path, title: str, starts: list[str], comparing: bool, over: int | None) -> None:
        """The files are there: the step joins the lesson."""
        studio, writer = self._studio, self._studio.writer
        if writer.folder != folder:
            studio.notify(
                "warn", tr("Another lesson is being written now; the step was not recorded."), tr("Record it again.")
            )
            return
        begins = {"compare": ", ".join(starts), "session": ""} if comparing else {"session": starts[0], "compare": ""}
        if over is not None and 0 <= over < len(writer.lesson.steps):
            writer.choose(over)
            writer.set_attributes(**begins)
            at, done = over, tr("begins as it is on screen now")
        else:
            like = writer.lesson.steps[-1].parts if writer.lesson.steps else None
            shown = {key: like.get(key) for key in ("show", "lock")} if like is not None else {}
            step = DraftStep(title).with_attributes(**begins, **shown)
            at, done = writer.add(step, len(writer.lesson.steps)), tr("is recorded")
        writer.keep()
        words = tr("Step {at} of {title!r} {done}: {title_2}.", at=at + 1, title=writer.title, done=done, title_2=title)
        if studio.lesson.place != "write":  # where it is seen
            studio.notify("info", words, tr("Write what a learner shall do there."), "lesson.write")

    def _title(self) -> str:
        studio = self._studio
        if studio.workspace == "compare":
            families = [studio.family_titles.get(studio.session.spec(slot).family, "") for slot in studio.session.cells]
            return " or ".join(dict.fromkeys(filter(None, families)))
        opened = studio.run.opened
        assert opened is not None
        family = studio.family_titles.get(opened.spec.family, opened.spec.family)
        return f"{opened.info.data_title}: {family}"

    def _recipe(self, run: RunState, untrained: bool = False) -> str:
        """The recipe that an untrained run is of, as a lesson says it; empty where it is of none."""
        if run.slot not in self._studio.session.slots or (run.step > 0 and run.learns and not untrained):
            return ""
        spec = self._studio.session.spec(run.slot)
        found = next((each for each in self._studio.catalogue.recipes if each.spec == spec), None)
        return "" if found is None else f"recipe:{found.name}"


def _free(folder: Path, title: str, taken: set[str]) -> Path:
    """A file of a step that is not there yet, called after its title."""
    stem = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:_LONGEST].strip("-") or "step"
    number, name = 1, f"{stem}.dgm"
    while name in taken or (folder / name).exists():
        number += 1
        name = f"{stem}-{number}.dgm"
    taken.add(name)
    return folder / name
