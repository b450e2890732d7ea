"""Writing a lesson in the window: words, steps, what it shows and its translation, each a click or a key away."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from dgm_studio.lessons.draft import DraftStep
from dgm_studio.lessons.finding import lessons_folder
from dgm_studio.lessons.reading import read_lesson
from dgm_studio.studio.lesson.showing import groups, is_named, ticked
from dgm_studio.ui.lesson.prose import Prose


@pytest.fixture
def author(running: SimpleNamespace, qapp: QApplication) -> SimpleNamespace:
    """Somebody who writes a lesson of two steps."""
    writer = running.studio.writer
    writer.new("Mine")
    writer.add(DraftStep("First {session=gallery:moons-flow}", "Look at $x$."))
    writer.add(DraftStep("Second", "Go on."))
    writer.choose(0)
    writer.keep()
    running.studio.lesson.write()
    qapp.processEvents()
    running.writer, running.view = writer, running.window.lessons.writer
    return running


def _rest(author: SimpleNamespace, qapp: QApplication) -> None:
    author.view.settle()
    author.writer.keep()
    qapp.processEvents()


def test_a_lesson_is_begun_from_the_shelf_and_found_on_it(running: SimpleNamespace, qapp: QApplication) -> None:
    window, studio = running.window, running.studio
    studio.lesson.come()
    window.lessons.shelf.write.click()
    qapp.processEvents()
    view = window.lessons.writer
    assert window.views.currentWidget() is view
    assert not any(dock.isVisible() for dock in window.docks.values())
    assert view.middle.currentWidget() is view.about
    view.about.fields["title"].setFocus()
    view.about.fields["title"].selectAll()
    QTest.keyClicks(view.about.fields["title"], "Few steps")
    view.home.click()
    qapp.processEvents()
    card = next(iter(window.lessons.shelf.unread.values()))  # nothing of it can be played yet
    card.click()
    qapp.processEvents()
    assert view.name.text() == "Few steps"
    view.steps.add.click()
    view.step.title.setText("")
    QTest.keyClicks(view.step.title, "Look here")
    QTest.keyClicks(view.step.text, "A word.")
    view.home.click()
    qapp.processEvents()
    own = [card for card in window.lessons.shelf.cards if card.lesson.title == "Few steps"]
    assert own[0].lesson.steps[0].title == "Look here"
    assert window.lessons.shelf.unread == {}
    own[0].offered.emit("change")
    assert studio.lesson.place == "write"


def test_what_is_typed_is_on_the_page_and_in_the_file(author: SimpleNamespace, qapp: QApplication) -> None:
    view, writer = author.view, author.writer
    kept = view.page.findChildren(Prose)[0]
    view.step.text.choose(12, 12)
    QTest.keyClicks(view.step.text, " More.")
    view.step.blocks["goal"].click()
    assert view.step.text.textCursor().selectedText() == "steps >= 500"  # which is there to be written over
    QTest.keyClicks(view.step.text, "gapp <= 1")
    _rest(author, qapp)
    assert "::: goal gapp <= 1" in (writer.folder / "lesson.md").read_text()
    prose = view.page.findChildren(Prose)
    assert prose[0] is kept
    assert prose[0].markdown == "Look at $x$. More."
    wrong = [view.problems.item(row).text() for row in range(view.problems.count())]
    found = next(row for row, words in enumerate(wrong) if words.endswith("no measure or fact 'gapp'; is 'gap' meant?"))
    view.steps.list.setCurrentRow(2)
    assert view.step.title.text() == "Second"
    author.studio.controls["writing.problems"].set(found)
    assert view.step.title.text() == "First"
    assert view.step.text.textCursor().block().text() == "::: goal gapp <= 1"


def test_one_undo_goes_over_words_and_steps(author: SimpleNamespace, qapp: QApplication) -> None:
    view, writer = author.view, author.writer
    QTest.keyClicks(view.step.text, "Aha ")
    view.steps.copy.click()
    view.steps.down.click()
    view.steps.remove.click()
    assert [step.title for step in writer.lesson.steps] == ["First", "Second"]
    for _ in range(3):
        QTest.keyClick(view.step.text, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert view.step.text.toPlainText().startswith("Aha ")
    author.studio.commands.run("edit.undo")
    assert view.step.text.toPlainText() == "Look at $x$."
    view.redo.click()
    assert view.step.text.toPlainText().startswith("Aha ")


def test_steps_are_dragged(author: SimpleNamespace, qapp: QApplication) -> None:
    model = author.view.steps.list.model()
    model.moveRow(model.index(0, 0).parent(), 2, model.index(0, 0).parent(), 1)
    qapp.processEvents()
    assert [step.title for step in author.writer.lesson.steps] == ["Second", "First"]
    assert author.writer.at == 0


def test_what_a_learner_sees_is_ticked(author: SimpleNamespace, qapp: QApplication) -> None:
    view, writer = author.view, author.writer
    view.tabs.buttons["shows"].click()
    qapp.processEvents()
    shows = view.shown
    shows.which.buttons["some"].click()
    assert writer.step.parts.get("show").startswith("sampling.")
    controls = author.studio.controls
    controls["writing.shows.show.sampling.steps"].set(True)
    controls["writing.shows.show.model.family"].set(True)
    controls["writing.shows.lock.sampling.temperature"].set(True)
    assert is_named("sampling.steps", writer.step.parts.words("show"))
    assert is_named("model.family", writer.step.parts.words("show"))
    assert writer.step.parts.get("lock") == "sampling.temperature"
    author.window.lessons.writer.trying.click()
    author.studio.lesson.not_opened()
    qapp.processEvents()
    assert {"model.family", "sampling.steps"} <= set(author.window.lessons.trying.knobs.rows)
    author.window.lessons.panel.home.click()
    assert author.studio.lesson.place == "write"
    shows.which.buttons["all"].click()
    assert writer.step.parts.get("show") == ""


def test_one_of_a_group_is_taken_away() -> None:
    known = ["sampling.steps", "sampling.seed", "training.batch"]
    assert ticked(("sampling",), ["sampling.seed"], False, known) == ("sampling.steps",)
    assert ticked(("sampling",), ["sampling.seed"], True, known) == ("sampling",)
    assert ticked(("batch", "loss"), ["training.batch"], False, known) == ("loss",)
    found = groups([(name, name) for name in known], ["loss"])
    assert [group.title for group in found] == ["Training", "Sampling", "Named, and not here now"]


def test_a_translation_stands_beside_the_text(author: SimpleNamespace, qapp: QApplication) -> None:
    view, writer = author.view, author.writer
    view.tabs.buttons["translation"].click()
    QTest.keyClicks(view.translation.new, "ko")
    QTest.keyClick(view.translation.new, Qt.Key.Key_Return)
    assert view.translation.note.text().startswith("Steps 1, 2 are not there in ko")
    view.translation.begin.click()
    assert view.translation.text.toPlainText() == "Look at $x$."
    view.translation.text.selectAll()
    QTest.keyClicks(view.translation.text, "Bora")
    assert view.translation.note.text().startswith("Step 2 is not there in ko")
    _rest(author, qapp)
    assert read_lesson(writer.folder, "ko").steps[0].blocks[0].markdown == "Bora"
    assert writer.folder.parent == lessons_folder()


def test_lines_of_what_is_still_there_are_not_made_again(author: SimpleNamespace, qapp: QApplication) -> None:
    shown = author.view.shown
    author.view.tabs.buttons["shows"].click()
    qapp.processEvents()
    lines = dict(shown.lines)
    assert len(lines) > 20
    author.studio.set_workspace("compare")  # where other controls are
    qapp.processEvents()
    shown.refresh()
    qapp.processEvents()
    same = lines.keys() & shown.lines.keys()
    assert same
    assert all(shown.lines[name] is lines[name] for name in same)
    places = [line.y() for line in shown.lines.values()]
    assert places == sorted(places), "laid out as they are listed"


def test_a_selection_ends_where_the_text_does(author: SimpleNamespace) -> None:
    text = author.view.step.text
    text.show_text("Look.", 1)
    text.choose(3, 99)
    assert text.textCursor().selectedText() == "k."
