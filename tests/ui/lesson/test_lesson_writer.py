"""Writing a lesson: nothing that is typed is lost, steps are recorded from the screen, and undo goes back over all of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from dgm_studio import atomic
from dgm_studio.lessons.draft import DraftStep
from dgm_studio.lessons.draft_file import kept_draft
from dgm_studio.lessons.finding import find_lessons, lessons_folder, shipped
from dgm_studio.lessons.lesson import TEXT
from dgm_studio.lessons.reading import read_lesson
from dgm_studio.protocol import messages as m
from dgm_studio.studio.lesson.writer import LessonWriter
from dgm_studio.studio.studio import Studio

from .. import fake_backend as fake


@pytest.fixture
def studio(studio: Studio, backend: fake.FakeBackend) -> Studio:
    """Whose run is open."""
    backend.say(fake.ready())
    studio.pump()
    _open(studio, backend)
    return studio


def _open(studio: Studio, backend: fake.FakeBackend, step: int = 0) -> None:
    place = studio.tray.place(studio.session.run_id())
    backend.say(m.Opened(studio.run.name, step, fake.resolved(studio.spec), fake.info(), place=place))
    studio.pump()


@pytest.fixture
def writer(studio: Studio) -> LessonWriter:
    studio.writer.new("My lesson")
    studio.writer.add(DraftStep("First {session=gallery:moons-flow}", "Look."))
    studio.writer.keep()
    return studio.writer


def test_a_new_lesson_is_on_the_shelf_once_it_has_a_step(studio: Studio) -> None:
    writer = studio.writer
    writer.new("My lesson")
    writer.keep()
    assert not writer.state.kept
    assert "has no step" in writer.state.why
    assert kept_draft(writer.folder) is not None
    writer.add(DraftStep("First {session=gallery:moons-flow}", "Look."))
    writer.keep()
    assert writer.state.kept
    assert kept_draft(writer.folder) is None
    assert writer.folder == lessons_folder() / "my-lesson"
    assert [each.lesson.title for each in find_lessons() if each.own and each.lesson] == ["My lesson"]
    writer.new("My lesson")
    assert writer.folder == lessons_folder() / "my-lesson-2"


def test_what_cannot_be_read_is_a_draft_and_comes_back_after_a_crash(writer: LessonWriter, backend: object) -> None:
    folder, whole = writer.folder, (writer.folder / TEXT).read_text()
    writer.write("::: goal steps >=\nHalf typed")
    writer.keep()
    assert (folder / TEXT).read_text() == whole
    assert writer.state.why.startswith("Not a lesson yet, lesson.md:13: 'steps >=' is no condition")
    after = Studio(fake.FakeBackend())  # which knows nothing of the first
    assert after.writer.open(folder)
    assert after.writer.lesson.steps[0].body == "::: goal steps >=\nHalf typed"
    assert "is here again" in after.notices.items[-1].message
    after.writer.write("::: goal steps >= 3\nWhole")
    after.writer.keep()
    assert after.writer.state.kept
    assert len(read_lesson(folder).steps[0].goals) == 1
    assert kept_draft(folder) is None


def test_problems_are_named_with_their_place(writer: LessonWriter) -> None:
    writer.set_attributes(show="losss")
    writer.write("Look.\n\n::: goal gapp >= 1 and steps >= 2\n:::")
    writer.keep()
    found = {problem.message: writer.lesson.place(problem.line) for problem in writer.problems}
    near = next(where for words, where in found.items() if "there is no measure or fact 'gapp'" in words)
    assert near == (0, 2)
    assert next(where for words, where in found.items() if "no control 'losss'" in words) == (0, -1)
    assert writer.state.kept  # it can be played all the same


def test_a_full_disk_is_said_and_keeps_a_draft(writer: LessonWriter, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, real = writer.folder, atomic.write

    def full(path: Path, data: bytes) -> None:
        if path.parent == folder:
            raise OSError(28, "No space left on device", str(path))
        real(path, data)

    monkeypatch.setattr(atomic, "write", full)
    writer.write("Something new.")
    writer.keep()
    assert writer.state.bad
    assert writer.state.why == "my-lesson cannot be written: No space left on device."
    kept = kept_draft(folder)
    assert kept is not None
    assert "Something new." in kept.texts[TEXT]
    monkeypatch.setattr(atomic, "write", real)
    writer.keep()
    assert writer.state.kept
    assert "Something new." in (folder / TEXT).read_text()


def test_what_another_program_wrote_is_not_written_over(writer: LessonWriter) -> None:
    text = (writer.folder / TEXT).read_text().replace("Look.", "Theirs.")
    (writer.folder / TEXT).write_text(text)
    writer.write("Mine.")
    writer.keep()
    assert writer.state.taken
    assert (writer.folder / TEXT).read_text() == text
    writer.read_again()
    assert writer.lesson.steps[0].body == "Theirs."
    writer.undo()
    writer.keep()
    assert writer.lesson.steps[0].body == "Mine."
    assert writer.state.kept
    (writer.folder / TEXT).write_text(text)
    writer.write("Mine after all.")
    writer.keep()
    writer.overwrite()
    assert "Mine after all." in (writer.folder / TEXT).read_text()


def test_undo_goes_back_over_words_steps_and_what_the_lesson_says(writer: LessonWriter) -> None:
    begun = writer.lesson
    for text in ("A", "A b", "A b c"):
        writer.write(text)
    writer.rest()
    writer.say("title", "Another")
    writer.duplicate(0)
    writer.move(1, 0)
    writer.remove(0)
    assert [step.body for step in writer.lesson.steps] == ["A b c"]
    for _ in range(3):
        writer.undo()
    assert len(writer.lesson.steps) == 1
    writer.undo()
    assert writer.title == "My lesson"
    writer.undo()
    assert writer.lesson == begun
    writer.redo()
    assert writer.lesson.steps[0].body == "A b c"


def test_a_heading_typed_into_a_step_begins_another(writer: LessonWriter) -> None:
    writer.write("Look.\n\n## Then\n\nAnd do.")
    writer.keep()
    assert [step.title for step in writer.lesson.steps] == ["First", "Then"]
    assert (writer.at, writer.step.body) == (1, "And do.")


def test_translations_follow_the_steps(writer: LessonWriter) -> None:
    writer.add(DraftStep("Second", "More."))
    writer.translate("ko", 1, DraftStep("둘째", "더."))
    assert writer.missing("ko") == (0,)
    writer.translate("ko", 0, DraftStep("첫째", "보라."))
    writer.move(0, 1)
    assert [step.title for step in writer.value.other("ko").steps] == ["둘째", "첫째"]
    writer.keep()
    writer.say("title", "내 수업", "ko")
    writer.keep()
    korean = read_lesson(writer.folder, "ko")
    assert (korean.title, korean.summary) == ("내 수업", "What a learner will find out.")
    assert [step.title for step in korean.steps] == ["둘째", "첫째"]
    writer.remove(1)
    assert [step.title for step in writer.value.other("ko").steps] == ["둘째"]
    writer.translate("ko", 0, DraftStep("둘째", "::: nichts"))
    writer.keep()
    assert "lesson.ko.md" in writer.state.why
    assert [problem.file for problem in writer.problems if "no block 'nichts'" in problem.message] == ["lesson.ko.md"]


def test_a_lesson_of_the_program_is_changed_as_a_copy(studio: Studio) -> None:
    lesson = read_lesson(next(path for path in sorted(shipped().iterdir()) if path.is_dir()))
    assert studio.writer.change(lesson, 1)
    assert studio.writer.folder.parent == lessons_folder()
    studio.writer.write("Changed.")
    studio.writer.keep()
    assert read_lesson(lesson.folder) == lesson
    assert "Changed." in (studio.writer.folder / TEXT).read_text()


def test_a_trained_run_is_recorded_with_its_weights(studio: Studio, backend: fake.FakeBackend) -> None:
    writer = studio.writer
    _open(studio, backend, step=400)
    studio.commands.run("lesson.record")
    saved = backend.of(m.Save)[-1]
    assert not saved.exact
    assert saved.path == writer.folder / "steps" / "moons-flow-matching.dgm"
    assert writer.lesson.steps == ()  # it is not there before its file is
    backend.say(m.Saved(studio.run.name, 400, saved.path))
    studio.pump()
    assert writer.step.heading == "Moons: Flow matching {session=steps/moons-flow-matching.dgm}"
    assert studio.notices.items[-1].message == "Step 1 of 'Untitled lesson' is recorded: Moons: Flow matching."
    assert writer.state.kept
    writer.set_attributes(show="loss")
    studio.commands.run("lesson.record_over")
    again = backend.of(m.Save)[-1].path
    backend.say(m.Saved(studio.run.name, 400, again))
    studio.pump()
    assert len(writer.lesson.steps) == 1
    assert writer.step.parts.get("session") == f"steps/{again.name}"
    assert writer.step.parts.get("show") == "loss"


def test_what_the_disk_refuses_records_nothing(studio: Studio, backend: fake.FakeBackend) -> None:
    _open(studio, backend, step=400)
    studio.recorder.record()
    backend.say(m.Failed(studio.run.name, 400, "save", "No space left on device.", ""))
    studio.pump()
    assert studio.writer.lesson.steps == ()
    assert [notice.level for notice in studio.notices.items] == ["bad"]


def test_without_weights_a_step_begins_with_a_link(studio: Studio, backend: fake.FakeBackend) -> None:
    _open(studio, backend, step=400)
    studio.set_sampling(temperature=0.7)
    studio.recorder.record(weights=False)
    path = studio.writer.folder / studio.writer.step.parts.get("session")
    assert path.read_text().startswith("dgm:1.")
    studio.set_sampling(temperature=1.0)
    studio.lesson.play(read_lesson(studio.writer.folder), 0)
    assert studio.spec.sampling.temperature == 0.7
    assert not studio.lesson.is_opening


def test_a_comparison_is_recorded_run_by_run(studio: Studio, backend: fake.FakeBackend) -> None:
    studio.set_workspace("compare")
    studio.comparison.add_family("vae")
    for slot in studio.session.cells:
        place = studio.tray.place(studio.session.run_id(slot))
        spec = fake.resolved(studio.session.spec(slot))
        backend.say(m.Opened(studio.runs[slot].name, 5, spec, fake.info(), place=place))
    studio.pump()
    studio.recorder.record()
    for save in [each for each in backend.of(m.Save) if each.path.parent.name == "steps"]:
        backend.say(m.Saved(save.run, 5, save.path))
    studio.pump()
    compared = studio.writer.step.parts.words("compare")
    assert [Path(each).name for each in compared] == ["flow-matching-or-vae-a.dgm", "flow-matching-or-vae-b.dgm"]


def test_trying_a_lesson_keeps_nothing_of_it(studio: Studio, writer: LessonWriter, home: Path) -> None:
    studio.lesson.write()
    assert studio.lesson.place == "write"
    studio.commands.run("lesson.try")
    assert (studio.lesson.place, studio.lesson.tried) == ("step", True)
    assert not list((home / "lesson-progress").glob("*"))
    studio.lesson.write()
    assert studio.lesson.place == "write"
    studio.lesson.leave()
    studio.lesson.come()
    assert studio.lesson.place == "write"
    writer.write("::: nonsense")
    studio.commands.run("lesson.try")
    assert studio.lesson.place == "write"
    assert "This cannot be tried" in studio.notices.items[-1].message


def test_what_comes_late_for_a_step_that_is_gone_changes_nothing(writer: LessonWriter) -> None:
    writer.remove(0)
    before = writer.value
    assert writer.step is None
    writer.write("typed a moment ago")
    writer.duplicate(writer.at)
    writer.remove(writer.at)
    writer.move(0, 1)
    assert writer.value == before
