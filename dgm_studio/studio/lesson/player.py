"""The player: which lesson is under way, what its step opens, what a learner did of it, and how far its goals are.

A step opens as a run that belongs to no file, so that nothing a learner does reaches the lesson. What was open before a lesson
stays as it was: whoever leaves the lessons finds it again, and trained runs that gave way are in the tray. Topic ``lesson``.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from dgm_studio.language import language, tr
from dgm_studio.lessons.answers import QUESTIONS, facts_answered, facts_filled
from dgm_studio.lessons.condition import Fact, FactValue, Verdict
from dgm_studio.lessons.facts import facts_measured, facts_of, measures_in, of_cell
from dgm_studio.lessons.finding import find_lessons
from dgm_studio.lessons.lesson import Lesson, LessonGoal, LessonStep, Prediction
from dgm_studio.lessons.progress import MadePrediction, PassedGoal, StepProgress
from dgm_studio.lessons.slip import ResultSlip, slip_of
from dgm_studio.protocol import messages as m

from ..reading.moment import measured_now
from ..session.session import CELL, Session
from . import opening
from .painted import PaintedPrediction, PaintedVerdict, compare
from .record import LessonRecord, place_of

if TYPE_CHECKING:
    from ..studio import Studio

Place = Literal["", "shelf", "step", "write"]


class LessonPlayer:
    """Of one studio. ``place`` is what is in front: a step, the shelf, the lesson that is being written, or none of them."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self.place: Place = ""
        self.lesson: Lesson | None = None
        self.at = 0
        self.record: LessonRecord | None = None
        self.everything = False
        """Whether all of the program is to be seen, not only what the step shows."""
        self.tried = False
        """Whether the lesson is only tried by who writes it: nothing of it is kept."""
        self._wrote = False
        self._before: Session | None = None
        self._left: Session | None = None
        self._opening: tuple[tuple[str, object], ...] | None = None
        self._awaited = ""
        self._covered: tuple[str, ...] | None = None
        self._known: list[Lesson] | None = None
        self._values: dict[str, dict[str, tuple[Fact, m.Measured]]] = {}
        self._since = 0.0
        studio.on("loaded", lambda _: self._loaded())
        for topic in (m.Measured, m.Opened, m.Samples, *(answer for _, answer in QUESTIONS.values())):
            studio.on(topic, lambda _: self._follow())
        studio.on("adversarial", lambda _: self._follow())
        studio.on(m.Progress, self._progressed)
        studio.on("edited", lambda _: self._follow())

    # --- where a person is -----------------------------------------------------------------------------------------

    @property
    def in_front(self) -> bool:
        """Whether lessons fill the window."""
        return self.place != ""

    @property
    def step(self) -> LessonStep | None:
        """The step in front."""
        return self.lesson.steps[self.at] if self.lesson is not None and self.place == "step" else None

    @property
    def step_record(self) -> StepProgress:
        """What the learner did at the step in front. Raises LookupError where there is none."""
        if self.record is None or self.step is None:
            raise LookupError("no lesson is in front")
        return self.record.step(self.at)

    def place_of(self, block: int) -> int:
        """The place of a block of the step in front among those of its kind."""
        return 0 if self.step is None else place_of(self.step, block)

    @property
    def language(self) -> str:
        """In which lessons are told, step by step, where they are translated into it."""
        return self._studio.settings.lesson_language or language()

    def speak(self, language: str) -> None:
        """Tell lessons in a language from now on."""
        self._studio.settings.lesson_language = language
        self._known = None
        self._tell()

    @property
    def is_opening(self) -> bool:
        """Whether what the step begins with is still being read."""
        return self._opening is not None

    def holds(self, path: Path) -> bool:
        """Whether a file is one of the lesson's, which nothing may be written to."""
        folders = (None if self.lesson is None else self.lesson.folder, self._studio.writer.folder)
        return any(each is not None and Path(path).resolve().is_relative_to(each.resolve()) for each in folders)

    def known(self, again: bool = False) -> list[Lesson]:
        """The lessons that can be played, as they were found first, or ``again``."""
        if self._known is None or again:
            self._known = [each.lesson for each in find_lessons(self.language) if each.lesson is not None]
        return self._known

    def come(self) -> None:
        """Bring the lessons to the front: the step under way as it was left, or the shelf."""
        if self.in_front:
            return
        self._before = self._studio.session
        self.place = "write" if self._wrote else "shelf"
        if self.lesson is not None and self._left is not None:
            self.place = "step"
            self._studio.edit(self._left)
        self._begin_clock()
        self._tell()

    def leave(self) -> None:
        """What was open before is in front again; the step waits as it is."""
        if not self.in_front:
            return
        self._wrote = self.place == "write"
        self._stop_clock()
        self._uncover()
        self._left = self._studio.session if self.place == "step" else None
        self.place, self._opening = "", None
        before, self._before = self._before, None
        if before is not None and before != self._studio.session:
            self._studio.edit(before)
        self._tell()

    def to_shelf(self) -> None:
        """Put the lesson back; what was done of it is kept."""
        self.come()
        self._stop_clock()
        self._uncover()
        self._put_lesson_back("shelf")

    def write(self) -> None:
        """Bring the lesson that is being written to the front; a new one where there is none."""
        self.come()
        self._stop_clock()
        self._uncover()
        if self._studio.writer.folder is None:
            self._studio.writer.new()
        if self._studio.notices.answer("lesson.write"):
            self._studio.observers.tell("notice", self._studio.notices.items)
        self._put_lesson_back("write")

    def let_go(self) -> None:
        """Forget the lesson that waits while something else is in front."""
        if not self.in_front:
            self.lesson, self._left, self.tried = None, None, False

    def _put_lesson_back(self, place: Place) -> None:
        self.lesson, self._left, self._opening, self.place = None, None, None, place
        self.tried = False
        self._tell()

    def try_written(self) -> None:
        """Play the lesson that is being written from the step in hand, as a learner does; a notice says why it cannot be."""
        writer = self._studio.writer
        writer.keep()
        lesson = writer.playable()
        if lesson is None:
            self._studio.notify("warn", tr("This cannot be tried. {why}", why=writer.state.why))
            return
        self.play(lesson, max(0, writer.at), tried=True)

    def play(self, lesson: Lesson, at: int | None = None, tried: bool = False) -> None:
        """Open a lesson at a step, or at the first that is not done; nothing is kept of one that is only ``tried``."""
        self.come()
        self._stop_clock()
        self._uncover()
        self._studio.rehearsal.played(lesson)
        self.lesson, self.place, self.tried = lesson, "step", tried
        self.record = LessonRecord(lesson, self._studio, tried)
        self.everything = False
        self.at = -1
        self.go(self.record.progress.at if at is None else at)

    def go(self, at: int) -> None:
        """Open a step by its number from 0 on."""
        lesson = self.lesson
        if lesson is None or not 0 <= at < len(lesson.steps):
            return
        self._stop_clock()
        self._uncover()
        on = at == self.at + 1 and self.at >= 0
        self.place, self.at = "step", at
        self._begin_clock()
        if self.record is not None:
            self.record.take(self.record.progress.model_copy(update={"at": at}).with_step(at, seen=True))
        self._open(opening.chain(lesson, at, on))

    @property
    def has_next(self) -> bool:
        return self.step is not None and self.lesson is not None and self.at < len(self.lesson.steps) - 1

    @property
    def has_back(self) -> bool:
        return self.step is not None and self.at > 0

    def next(self) -> None:
        self.go(self.at + 1)

    def back(self) -> None:
        self.go(self.at - 1)

    def reset(self) -> None:
        """The step as it begins; what was answered stays."""
        if self.lesson is not None and self.place == "step":
            self._uncover()
            self._open(opening.chain(self.lesson, self.at, False))

    def show_everything(self, on: bool) -> None:
        self.everything = on
        self._tell()

    # --- opening ---------------------------------------------------------------------------------------------------

    def _open(self, chain: opening.Chain) -> None:
        self._values.clear()
        self._opening = chain.settings
        if chain.start or chain.compare:
            self._seen_as_at_first()
        self._awaited = opening.open_start(self._studio, chain)
        if not self._awaited:
            self._opened()
        self._tell()

    def _seen_as_at_first(self) -> None:
        """What an earlier step switched on or off does not reach one that begins anew."""
        usual, history = Session(), self._studio.history
        seen = {"layers": usual.layers, "time": usual.time, "image_view": usual.image_view}
        history.replace(self._studio.session.with_(**seen))
        self._studio.observers.tell("session", self._studio.session)
        if "plane.condition" in self._studio.controls and self._studio.controls["plane.condition"].value:
            self._studio.controls["plane.condition"].set(False)

    def _loaded(self) -> None:
        here = self._studio.run.name == self._awaited or not self._studio.link.opening
        if self._opening is not None and self.place == "step" and here:
            self._opened()

    def not_opened(self) -> None:
        """What a step begins with could not be read, which has been said: the page is there all the same."""
        if self._opening is not None:
            self._opening = None
            self._tell()

    def _opened(self) -> None:
        """What the step begins with is there: set what it sets, and cover what is to be predicted."""
        settings, self._opening = self._opening or (), None
        if settings:
            opening.apply(self._studio, settings)
        step = self.step
        painted = step is not None and any(each.kind == "draw" for each in self._open_predictions(step))
        if painted and not self._studio.rehearsal.under_way:  # which shall find what is behind it
            self._cover()
        self._follow()

    def _cover(self) -> None:
        if self._covered is None:
            self._covered = self._studio.session.layers
            self._studio.set_layers(("data",))

    def _uncover(self) -> None:
        covered, self._covered = self._covered, None
        if covered is not None:
            self._studio.set_layers(covered)

    @property
    def covers(self) -> bool:
        """Whether the model's layers are off until a prediction was painted."""
        return self._covered is not None

    def _open_predictions(self, step: LessonStep) -> list[Prediction]:
        made = self.step_record.predictions
        return [each for place, each in enumerate(step.predictions) if place not in made]

    # --- what a learner does ---------------------------------------------------------------------------------------

    def predict(self, block: int, made: MadePrediction) -> None:
        """Keep a prediction; one that holds nothing was passed over."""
        self._keep(predictions={**self.step_record.predictions, self.place_of(block): made})
        step = self.step
        if step is not None and not any(each.kind == "draw" for each in self._open_predictions(step)):
            self._uncover()
        self._tell()

    def take_back(self, block: int) -> None:
        """Predict anew."""
        place = self.place_of(block)
        self._keep(predictions={key: made for key, made in self.step_record.predictions.items() if key != place})
        step = self.step
        if step is not None and step.predictions[place].kind == "draw":
            self._cover()
        self._tell()

    def see(self, block: int, truth: float) -> None:
        """Look at what turned out to be true of a prediction."""
        place = self.place_of(block)
        made = self.step_record.predictions[place].model_copy(update={"truth": truth})
        self._keep(predictions={**self.step_record.predictions, place: made})
        self._tell()

    def show_hint(self) -> None:
        """One hint more."""
        self._keep(hints=self.step_record.hints + 1)
        self._tell()

    def reveal(self) -> None:
        self._keep(revealed=True)
        self._tell()

    def slip(self) -> ResultSlip | None:
        """What came of the lesson until now, to be handed in."""
        if self.lesson is None or self.record is None:
            return None
        self._stop_clock()
        self._keep_distances()
        return slip_of(self.lesson, self.record.progress)

    def _keep(self, **changes: Any) -> None:
        if self.record is not None and self.at >= 0:
            self.record.change(self.at, **changes)

    def _keep_distances(self) -> None:
        """Keep with what was painted how far from it the samples lie now."""
        step = self.step
        for number, block in enumerate(() if step is None else step.blocks):
            verdict = self.painted_verdict(number) if isinstance(block, Prediction) and block.kind == "draw" else None
            if verdict is not None:
                made = dict(self.step_record.predictions)
                place = self.place_of(number)
                made[place] = made[place].model_copy(update={"distance": verdict.said, "truth": verdict.distance})
                self._keep(predictions=made)

    # --- what is true ----------------------------------------------------------------------------------------------

    def facts(self) -> dict[str, Fact]:
        """Facts and measures of what is in front, as they are now; of a comparison by the letter of each cell too."""
        if self.is_opening:
            return {}
        studio = self._studio
        found = self._facts_of(studio.session.front)
        if studio.workspace == "compare":
            for slot in studio.session.cells:
                found |= of_cell(slot.removeprefix(CELL), self._facts_of(slot))
        return found

    def _facts_of(self, slot: str) -> dict[str, Fact]:
        studio = self._studio
        run = studio.runs.get(slot)
        spec = studio.session.spec(slot)
        if run is None or run.opened is None:
            return {}
        if run.id != studio.session.run_id(slot) or not run.is_of(spec):  # it is about to give way to another
            return {}
        told = measured_now(run, spec)
        kept = self._values.setdefault(run.name, {})
        if told is not None:
            kept.update({name: (fact, told) for name, fact in facts_measured(told.values).items()})
        current = {name: fact for name, (fact, by) in kept.items() if measured_now(run, spec, by) is by}
        held = spec.with_sampling(
            sampler=spec.sampling.sampler or run.opened.spec.sampling.sampler,
            knobs={**run.opened.spec.sampling.knobs, **spec.sampling.knobs},
        )
        answers = [run.latest(answer) for _, answer in QUESTIONS.values()]
        moved = studio.adversarial.told
        if moved is not None and moved.run == run.name:
            answers.append(moved)
        answered = facts_answered(answers, run.step) | facts_filled(run.filling, run.filled, run.step)
        return {**facts_of(run.opened.spec, run.opened.info, run.step, run.seconds, held), **answered, **current}

    def verdict(self, goal: LessonGoal) -> Verdict:
        """How far a goal is."""
        return goal.condition.judge(self.facts())

    def check(self, goal: LessonGoal) -> None:
        """Measure what a goal speaks of, now."""
        studio = self._studio
        known = frozenset(each.name for each in studio.catalogue.measures)
        wanted = measures_in(goal.condition.names, known)
        slots = studio.session.cells if studio.workspace == "compare" else (studio.session.front,)
        for slot in slots:
            if wanted and studio.runs[slot].opened is not None:
                studio.backend.send(m.MeasureNow(studio.runs[slot].name, only=wanted))
        self._follow()

    def painted_verdict(self, block: int) -> PaintedVerdict | None:
        """How the samples of now lie to what was painted; None before there are any."""
        made = self.step_record.predictions.get(self.place_of(block))
        painted = None if made is None else PaintedPrediction.of(made)
        run = self._studio.run
        if painted is None or not painted.strokes or run.samples is None or run.data is None or self.is_opening:
            return None
        if run.samples.x.ndim != 2 or run.samples.x.shape[1] != 2 or run.data.x.ndim != 2:
            return None
        return compare(painted, run.samples.x, run.data.x)

    def _follow(self) -> None:
        """Tick what has been reached."""
        step = self.step
        if step is None or self.is_opening:
            return
        facts = self.facts()
        for number, block in enumerate(step.blocks):
            if not isinstance(block, LessonGoal) or self.place_of(number) in self.step_record.goals:
                continue
            verdict = block.condition.judge(facts)
            if verdict.passed:
                passed = PassedGoal(condition=block.condition.text, seconds=self.elapsed, found=_found(verdict))
                self._keep(goals={**self.step_record.goals, self.place_of(number): passed})
        self._tell()

    def _progressed(self, progress: m.Progress) -> None:
        if self.step is not None and progress.run == self._studio.run.name:
            self._follow()

    # --- time ------------------------------------------------------------------------------------------------------

    def _begin_clock(self) -> None:
        self._since = time.monotonic()

    def _stop_clock(self) -> None:
        if self.step is not None and self.at >= 0:
            self._keep_distances()
            self._keep(seconds=self.elapsed)
        self._begin_clock()

    @property
    def elapsed(self) -> float:
        """Seconds at the step in front, with those of earlier visits."""
        return self.step_record.seconds + time.monotonic() - self._since

    def _tell(self) -> None:
        self._studio.observers.tell("lesson")
        self._studio.observers.tell("commands")


def _found(verdict: Verdict) -> dict[str, tuple[FactValue, float]]:
    """What a goal was reached with, by name: value and error."""
    facts = {each.comparison.name: each.fact for each in verdict.comparisons}
    return {name: (fact.value, fact.error) for name, fact in facts.items() if fact.value is not None}
