"""The writer: the lesson that is being written, with undo, what is wrong with it as it stands, and where it is kept.

What is written goes to the lesson's folder as soon as it can be read as a lesson, whole and by `atomic`, and to a draft among
the program's own data until then: neither a crash, a full disk nor a folder that cannot be written loses a word. A text that
something else has changed since is not written over. Topic ``writing``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from dgm_studio import atomic
from dgm_studio.language import tr
from dgm_studio.lessons.checking import LessonVocabulary, check_lesson
from dgm_studio.lessons.draft import DraftStep, LessonDraft, untranslated
from dgm_studio.lessons.draft_file import (
    KeptDraft,
    copied,
    fingerprint,
    forget_draft,
    free_folder,
    keep_draft,
    kept_draft,
)
from dgm_studio.lessons.finding import lessons_folder
from dgm_studio.lessons.lesson import TEXT, BadLesson, Lesson, LessonProblem
from dgm_studio.lessons.pages import page_problems
from dgm_studio.lessons.reading import parts_of, text_of, told_by, translation, translations_in
from dgm_studio.lessons.skeletons import new_lesson, with_block
from dgm_studio.lessons.words import sampling_names, vocabulary

from ..session.history import UndoStack

if TYPE_CHECKING:
    from ..studio import Studio


@dataclass(frozen=True)
class LessonWriting:
    """What is written: the lesson, its translations by language, and the step in hand, -1 for what it says of itself."""

    lesson: LessonDraft
    others: tuple[tuple[str, LessonDraft], ...] = ()
    at: int = -1

    def other(self, language: str) -> LessonDraft:
        """A translation; without steps where there is none."""
        return dict(self.others).get(language, LessonDraft(""))

    @property
    def texts(self) -> dict[str, str]:
        """What its files hold."""
        return {TEXT: self.lesson.text, **{translation(language): draft.text for language, draft in self.others}}


@dataclass
class WritingState:
    """Where what is written stands: in the lesson's folder, or why it is not."""

    kept: bool = True
    why: str = ""
    """Why it is not in the folder yet, in a sentence."""
    bad: bool = False
    """Whether somebody has to do something about it."""
    taken: bool = False
    """Whether something else has changed the text on the disk."""
    base: dict[str, str] = field(default_factory=dict)


class LessonWriter:
    """Of one studio. Edits with one ``key`` in a row are one step of undo."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self.folder: Path | None = None
        self.state = WritingState()
        self.problems: tuple[LessonProblem, ...] = ()
        self._history: UndoStack[LessonWriting] = UndoStack(LessonWriting(LessonDraft("")))
        self._on_disk: dict[str, str] = {}
        self._words: LessonVocabulary | None = None
        self._last = ""

    # --- what is written -------------------------------------------------------------------------------------------

    @property
    def value(self) -> LessonWriting:
        return self._history.value

    @property
    def lesson(self) -> LessonDraft:
        return self.value.lesson

    @property
    def at(self) -> int:
        """The step in hand, -1 for what the lesson says of itself."""
        return self.value.at

    @property
    def step(self) -> DraftStep | None:
        return self.lesson.steps[self.at] if 0 <= self.at < len(self.lesson.steps) else None

    @property
    def title(self) -> str:
        """Of the lesson that is being written."""
        return self.lesson.said.get("title", "") or (self.folder.name if self.folder is not None else "")

    @property
    def languages(self) -> tuple[str, ...]:
        """Those it is translated into."""
        return tuple(language for language, _ in self.value.others)

    def missing(self, language: str) -> tuple[int, ...]:
        """The steps, from 0 on, that learners of a language see in the lesson's own."""
        return untranslated(self.lesson, self.value.other(language))

    def read(self) -> tuple[Lesson | None, list[LessonProblem]]:
        """The lesson as it would be played, and why it could not be read."""
        return told_by(self.lesson.text, self.folder or Path())

    def playable(self) -> Lesson | None:
        """The lesson to be tried; None where it cannot be read."""
        lesson, problems = self.read()
        return None if problems else lesson

    # --- which lesson ----------------------------------------------------------------------------------------------

    def new(self, title: str = tr("Untitled lesson")) -> None:
        """Begin a lesson among those of a person."""
        self._settle()
        author = self._studio.settings.lesson_author
        self._take(free_folder("-".join(title.lower().split())), LessonWriting(new_lesson(title, author)))

    def open(self, folder: Path, at: int = 0) -> bool:
        """Change a lesson of a person's own; what was written and could not be kept in its folder is there again. A notice says
        what is wrong."""
        if self.folder == folder:
            self.choose(at)
            return True
        self._settle()
        try:
            kept, texts = kept_draft(folder), {}
            for name in (TEXT, *map(translation, translations_in(folder))):
                if (folder / name).is_file():
                    texts[name] = text_of(folder / name)
        except (BadLesson, OSError) as error:
            self._studio.notify("bad", tr("{name} cannot be changed: {error}", name=folder.name, error=error))
            return False
        written = {**texts, **(kept.texts if kept is not None else {})}
        others = tuple(
            (name.split(".")[1], LessonDraft.of(text)) for name, text in sorted(written.items()) if name != TEXT
        )
        title = " ".join(folder.name.split("-")).capitalize()
        lesson = (
            LessonDraft.of(written[TEXT]) if TEXT in written else new_lesson(title, self._studio.settings.lesson_author)
        )
        self._take(folder, LessonWriting(lesson, others, min(at, len(lesson.steps) - 1)), texts, kept)
        return True

    def change(self, lesson: Lesson, at: int = 0) -> bool:
        """Change a lesson: one of a person's own as it is, any other as a copy."""
        if lesson.folder.resolve().parent == lessons_folder().resolve():
            return self.open(lesson.folder, at)
        try:
            folder = copied(lesson)
        except (BadLesson, OSError) as error:
            self._studio.notify(
                "bad",
                tr("{title} was not copied: {error}", title=lesson.title, error=error),
                tr("Free some room and try again."),
            )
            return False
        self._studio.notify(
            "info", tr("{title} was copied to {name}; you change your own copy.", title=lesson.title, name=folder.name)
        )
        return self.open(folder, at)

    def _take(
        self, folder: Path, value: LessonWriting, on_disk: dict[str, str] | None = None, kept: KeptDraft | None = None
    ) -> None:
        self.folder, self._history, self._on_disk = folder, UndoStack(value), dict(on_disk or {})
        base = {name: fingerprint(folder / name) for name in value.texts}
        self.state = WritingState(base={**base, **(kept.base if kept is not None else {})})
        self._look()
        if kept is not None:
            self._studio.notify(
                "info", tr("What you had written of {title!r} and was not saved is here again.", title=self.title)
            )
            self.keep()
        self._tell()

    # --- edits -----------------------------------------------------------------------------------------------------

    def choose(self, at: int) -> None:
        """Take another step in hand, -1 for what the lesson says of itself."""
        at = max(-1, min(at, len(self.lesson.steps) - 1))
        if at != self.at:
            self._history.seal()
            self._history.replace(replace(self.value, at=at))
            self._tell()

    def write(self, body: str, heading: str | None = None, at: int | None = None) -> None:
        """What stands in a step now, in the one in hand unless told; nothing where there is no such step any more."""
        at = self.at if at is None else at
        if not self._has(at):
            return
        step = self.lesson.steps[at]
        changed = DraftStep(step.heading if heading is None else heading, body)
        lesson = replace(self.lesson, steps=(*self.lesson.steps[:at], changed, *self.lesson.steps[at + 1 :]))
        self._edit(replace(self.value, lesson=lesson), tr("write {at}", at=at))

    def part(self) -> None:
        """Make steps of headings that were typed into one; the last of them is in hand then."""
        lesson = LessonDraft.of(self.lesson.text)
        if lesson != self.lesson and lesson.text == self.lesson.text:
            more = len(lesson.steps) - len(self.lesson.steps)
            self._history.replace(
                replace(self.value, lesson=lesson, at=min(self.at + max(0, more), len(lesson.steps) - 1))
            )
            self._tell()

    def set_attributes(self, **changes: str) -> None:
        """Change attributes of the heading of the step in hand; one that is empty goes."""
        if self.step is not None:
            changed = self.step.with_attributes(**changes)
            self.write(changed.body, changed.heading)
            self._history.seal()

    def say(self, key: str, value: str, language: str = "") -> None:
        """Change what the lesson says of itself, or a translation of it."""
        if language:
            self._translated(
                language,
                self._other(language).saying(key, value),
                tr("say {language} {key}", language=language, key=key),
            )
            return
        self._edit(replace(self.value, lesson=self.lesson.saying(key, value)), tr("say {key}", key=key))
        if key == "author":
            self._studio.settings.lesson_author = " ".join(value.split())

    def write_head(self, text: str) -> None:
        """What stands before the first step, as it is."""
        self._edit(replace(self.value, lesson=replace(self.lesson, head=text)), "head")

    def insert_block(self, name: str, line: int) -> tuple[int, int]:
        """Put a block behind what stands in a line of the step in hand; from which letter to which there is to write over."""
        assert self.step is not None
        body, first, last = with_block(self.step.body, line, name)
        self._history.seal()
        self.write(body)
        self._history.seal()
        return first, last

    def add(self, step: DraftStep | None = None, at: int | None = None) -> int:
        """A new step behind the one in hand, or in a place; returns its number from 0 on."""
        at = self.at + 1 if at is None else at
        made = step or DraftStep(tr("Step {steps}", steps=len(self.lesson.steps) + 1))
        self._steps(lambda draft, own: draft.inserted(at, made if own else DraftStep(made.title)), at, at)
        return at

    def duplicate(self, at: int) -> None:
        if self._has(at):
            self._steps(lambda draft, _: draft.inserted(at + 1, draft.steps[at]), at, at + 1)

    def remove(self, at: int) -> None:
        if self._has(at):
            self._steps(lambda draft, _: draft.removed(at), at, min(at, len(self.lesson.steps) - 2))

    def move(self, at: int, to: int) -> None:
        """A step to another place; translations follow."""
        if not (self._has(at) and self._has(to)) or at == to:
            return
        self._steps(lambda draft, _: draft.moved(at, to), max(at, to), to)

    def translate(self, language: str, at: int, step: DraftStep) -> None:
        """What a translation says of a step; those before it that it has not are there as headings."""
        draft = self._other(language)
        steps = list(draft.steps)
        steps += [DraftStep(step.title) for step in self.lesson.steps[len(steps) : at + 1]]
        steps[at] = step
        self._translated(
            language, replace(draft, steps=tuple(steps)), tr("translate {language} {at}", language=language, at=at)
        )

    def _other(self, language: str) -> LessonDraft:
        """A translation, which says of itself what the lesson does until that is translated."""
        draft, said = self.value.other(language), self.lesson.said
        if draft.head:
            return draft
        for key, value in (
            ("title", said.get("title", "")),
            ("language", language),
            ("summary", said.get("summary", "")),
        ):
            draft = draft.saying(key, value)
        return draft

    def _translated(self, language: str, draft: LessonDraft, key: str) -> None:
        others = {**dict(self.value.others), language: draft}
        self._edit(replace(self.value, others=tuple(sorted(others.items()))), key)

    def undo(self) -> None:
        self._step_back(self._history.undo)

    def redo(self) -> None:
        self._step_back(self._history.redo)

    def rest(self) -> None:
        """Nobody types just now: what is written next is a step of undo of its own."""
        self._history.seal()

    @property
    def can_undo(self) -> bool:
        return self._history.can_undo

    @property
    def can_redo(self) -> bool:
        return self._history.can_redo

    def _step_back(self, move: Callable[[], LessonWriting]) -> None:
        move()
        self.state.kept = False
        self._look()
        self._tell()

    def _steps(self, change: Callable[[LessonDraft, bool], LessonDraft], last: int, at: int) -> None:
        """Change which steps there are, in the lesson and in all translations that go as far as the ``last`` of them."""
        others = tuple(
            (language, change(draft, False) if len(draft.steps) > last else draft)
            for language, draft in self.value.others
        )
        self._edit(replace(self.value, lesson=change(self.lesson, True), others=others, at=at))
        self._history.seal()

    def _has(self, at: int) -> bool:
        return 0 <= at < len(self.lesson.steps)

    def _edit(self, value: LessonWriting, key: str = "") -> None:
        if value != self.value:
            self._history.push(value, key)
            self.state.kept = False
            self._tell()

    # --- what is wrong ---------------------------------------------------------------------------------------------

    def _look(self) -> None:
        """Find what is wrong with the lesson as it stands."""
        lesson, problems = self.read()
        if lesson is not None and self._studio.ready:
            if self._words is None:
                self._words = vocabulary(self._studio.catalogue, sampling_names())
            problems = [*problems, *check_lesson(lesson, self._words)]
        self.problems = (*sorted(problems, key=lambda each: each.line), *self._wrong_translations())

    def _wrong_translations(self) -> list[LessonProblem]:
        found: list[LessonProblem] = []
        for language, draft in self.value.others:
            name = translation(language)
            _, steps, problems = parts_of(name, draft.text)
            found += problems
            found += [each for step in steps for each in page_problems(name, step, self.folder or Path())]
        return found

    # --- keeping ---------------------------------------------------------------------------------------------------

    def keep(self) -> None:
        """Nobody types just now: find what is wrong, and write what is written where it belongs."""
        if self.folder is None:
            return
        self._history.seal()
        self.part()
        self._look()
        if not self.state.kept or self.value.texts != self._on_disk:
            self._write()
        self._tell()

    def _write(self) -> None:
        """To the folder where it can be read as a lesson, else to a draft."""
        assert self.folder is not None
        state, folder, texts = self.state, self.folder, self.value.texts
        changed = {name: text for name, text in texts.items() if text != self._on_disk.get(name)}
        state.why, state.bad, state.taken = self._why_not(), False, False
        if not state.why:
            try:
                others = [name for name in changed if fingerprint(folder / name) != state.base.get(name, "")]
                if others:
                    state.why, state.bad, state.taken = (
                        tr("{others} was changed by another program.", others=others[0]),
                        True,
                        True,
                    )
                else:
                    folder.mkdir(parents=True, exist_ok=True)
                    for name, text in changed.items():
                        atomic.write(folder / name, text.encode())
                        self._on_disk[name], state.base[name] = text, fingerprint(folder / name)
                    forget_draft(folder)
            except OSError as error:
                state.why = tr(
                    "{name} cannot be written: {strerror}.", name=folder.name, strerror=error.strerror or error
                )
                state.bad = True
        state.kept = not state.why
        if state.why:
            self._keep_draft()

    def _why_not(self) -> str:
        """Why the text would not be read as a lesson."""
        lesson, problems = self.read()
        for language, draft in self.value.others:
            problems += parts_of(translation(language), draft.text)[2]
        if problems:
            return tr("Not a lesson yet, {problems}", problems=problems[0])
        return "" if lesson is not None else tr("A lesson has at least one step.")

    def _keep_draft(self) -> None:
        assert self.folder is not None
        state = self.state
        changed = {name: text for name, text in self.value.texts.items() if text != self._on_disk.get(name)}
        try:
            keep_draft(KeptDraft(folder=str(self.folder), base=state.base, texts=changed))
        except OSError as error:
            state.bad = True
            state.why = tr(
                "{why} Nor can it be kept as a draft: {strerror}. Copy it elsewhere.",
                why=state.why,
                strerror=error.strerror or error,
            )

    def overwrite(self) -> None:
        """What is written here counts, whatever another program made of the file."""
        assert self.folder is not None
        self.state.base = {name: fingerprint(self.folder / name) for name in self.value.texts}
        self._on_disk = {}
        self.keep()

    def read_again(self) -> None:
        """What is on the disk counts; what was written here comes back by undo."""
        assert self.folder is not None
        folder = self.folder
        texts = {name: text_of(folder / name) for name in self.value.texts if (folder / name).is_file()}
        others = tuple((language, LessonDraft.of(texts.get(translation(language), ""))) for language in self.languages)
        self._on_disk = texts
        self.state.base = {name: fingerprint(folder / name) for name in texts}
        self._edit(replace(self.value, lesson=LessonDraft.of(texts.get(TEXT, "")), others=others, at=-1))
        self.keep()

    def _settle(self) -> None:
        """Another lesson comes: this one is kept."""
        if self.folder is not None:
            self.keep()

    def end(self) -> None:
        """The window closes."""
        self._settle()

    def _tell(self) -> None:
        self._studio.observers.tell("writing")
        self._studio.observers.tell("commands")
