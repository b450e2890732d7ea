"""A studio without a window: its engine works while one waits, so that each moment that is asked for is there when it is shown.

The studio, its views and the engine are those of the window; only who turns the handle is another. What the views ask for is
drawn in the thread of the caller, and nothing goes on behind its back.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dgm_studio.engine.schedule.inline_backend import InlineBackend
from dgm_studio.language import tr
from dgm_studio.lessons.lesson import Lesson
from dgm_studio.protocol import messages as m
from dgm_studio.protocol.messages import Array

from ..files.settings import Places
from ..lesson import opening
from ..session.session import CELL
from ..session.state import RunState
from ..studio import Studio
from .choice import BadFilm


@dataclass(frozen=True)
class LessonPlace:
    """A step of a lesson, by its number from 0 on."""

    lesson: Lesson
    at: int


class Offstage:
    """Settings and session of a person are neither read nor written: ``places`` are folders of its own."""

    def __init__(self, places: Places) -> None:
        self.backend = InlineBackend()
        self.studio = Studio(self.backend, places)

    def open(self, path: Path) -> None:
        """Bring a saved run, or the runs of a session or comparison, to the front. Raises BadFilm with what was wrong."""
        studio = self.studio
        self._wake()
        several = studio.sessions.holds(path)
        name = studio.open(path)
        studio.sessions.wait()
        studio.pump()
        if several:
            self._check()
            self.work_until(
                lambda: all(self._there(slot) for slot in studio.session.seen), tr("run that could be read")
            )
        else:
            self.work_until(
                lambda: studio.run.opened is not None and studio.run.name == name, tr("run that could be read")
            )
        self.settle()

    def open_step(self, step: LessonPlace) -> None:
        """Bring what a step of a lesson begins with to the front, set up as a learner finds it. Raises BadFilm."""
        studio, chain = self.studio, opening.chain(step.lesson, step.at, False)
        self._wake()
        name = opening.open_start(studio, chain)
        slots = studio.session.cells if chain.compare else (studio.session.front,)
        if name:
            self.work_until(
                lambda: studio.run.opened is not None and studio.run.name == name, tr("run that could be read")
            )
        else:
            self.work_until(lambda: all(self._there(slot) for slot in slots), tr("run of this step"))
        opening.apply(studio, chain.settings)
        self.settle()

    def _wake(self) -> None:
        self.studio.start()
        self.work_until(lambda: self.studio.ready, tr("answer of the engine"))

    @property
    def slots(self) -> tuple[str, ...]:
        """Those that are seen: the cells of a comparison, else the one that is steered."""
        studio = self.studio
        return studio.session.cells if studio.workspace == "compare" else (studio.session.front,)

    def hold_noise(self) -> None:
        """Draw every picture from the same noise, so that nothing but time and model moves samples."""
        if not self.studio.spec.sampling.seed_locked:
            self.studio.set_sampling(seed_locked=True)
            self.settle()

    def work_until(self, done: Callable[[], bool], what: str) -> None:
        """Let the engine work until something is there. Raises BadFilm where nothing is left to do and it is not."""
        while not done():
            worked = self.backend.turn()
            told = self.studio.pump()
            self._check()
            if not worked and not told and not done():
                raise BadFilm(tr("The engine has nothing left to do, and there is no {what}.", what=what))

    def work_while(self, lags: Callable[[], bool]) -> None:
        """Let the engine work while something is on its way, or until it has nothing left to do."""
        while lags():
            worked = self.backend.turn()
            told = self.studio.pump()
            self._check()
            if not worked and not told:
                return

    @contextmanager
    def working_ahead(self) -> Iterator[None]:
        """Let the engine begin what was asked for in a thread of its own meanwhile, up to the first density of each run. What
        it says is taken in afterwards: until then the studio may not be pumped.
        """
        over = threading.Event()
        names = [self.studio.runs[slot].name for slot in self.slots]

        def work() -> None:
            seen: dict[str, object] = {}
            while not over.is_set() and self.backend.turn():
                for name in names:
                    job = self.backend.engine.job(name, "density")
                    if seen.get(name) not in (None, job):
                        return  # what follows is a finer one of what nobody waits for
                    seen[name] = job or seen.get(name)

        thread = threading.Thread(target=work, name="ahead")
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def settle(self) -> None:
        """Let the engine work until all that is looked at is as fine as it gets."""
        while self.backend.turn() or self.studio.pump():
            self._check()
        self._check()

    def remember_training(self) -> Sequence[int]:
        """The steps of training that are kept of the run in front. Where its file holds none it is trained once more from its
        seed, which makes the same steps. Raises BadFilm where it has nothing to train, or its data are not there.
        """
        run = self.studio.run
        assert run.opened is not None
        step = run.step
        if not run.learns or step == 0:
            raise BadFilm(tr("There is no training to film: the run was not trained, or has nothing to learn."))
        if not kept_steps(run):
            if run.opened.info.remark:
                raise BadFilm(tr("Its training cannot be seen again. {remark}", remark=run.opened.info.remark))
            self.backend.send(m.Reset(run.name))
            self.settle()
            self.backend.send(m.Train(run.name, steps=step))
            self.work_until(lambda: run.step >= step and not run.training, tr("end of training"))
            self.settle()
        return kept_steps(run)

    def _there(self, slot: str) -> bool:
        return self.studio.runs[slot].opened is not None

    def _check(self) -> None:
        studio = self.studio
        failures = [studio.runs[slot].failure for slot in studio.session.seen if slot.startswith(CELL)]
        bad = next((f"{n.message} {n.advice}".strip() for n in studio.notices.items if n.level == "bad"), "")
        if failed := studio.run.failure or next(filter(None, failures), "") or bad:
            raise BadFilm(failed)


def kept_steps(run: RunState) -> list[int]:
    """Steps of training of which the model is kept, in their order."""
    steps: Array | list[int] = [] if run.history is None else run.history.steps
    return [int(step) for step in steps]
