"""The workspace of sequences: strings with their marks, the way there, and a string whose letters are filled in."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from dgm_studio.protocol import messages as m
from dgm_studio.protocol.messages import SamplerInfo
from dgm_studio.studio.studio import Studio
from dgm_studio.ui.compare.strings_cell import StringsCell
from dgm_studio.ui.sequences.letter_cells import LetterCells
from dgm_studio.ui.sequences.sequences_view import SequencesView
from dgm_studio.ui.sequences.string_grid import StringGrid
from dgm_studio.ui.window.main_window import MainWindow

from . import fake_backend as fake

ALPHABET = ("", "(", ")")
HIDDEN = len(ALPHABET)
ROWS = np.array([[1, 2, 0, 0], [1, 1, 2, 2], [2, 1, 0, 0]], np.uint8)
METHODS = (
    SamplerInfo("ordered", "Left to right", "From left to right.", {}, "heuristic", "mask"),
    SamplerInfo("candidates", "Weighted candidates", "Weighted.", {}, "asymptotic", "mask", careful=True),
)

ABOUT = {"event": (4,), "alphabet": ALPHABET, "has_rule": True, "extent": None, "methods": METHODS}


def drawn(name: str) -> m.Samples:
    nothing = np.full_like(ROWS, HIDDEN)
    half = np.where(np.arange(4) < 2, ROWS, HIDDEN).astype(np.uint8)
    path, times = np.stack([nothing, half, ROWS]), np.array([0.0, 0.5, 1.0])
    return m.Samples(name, 5, ROWS, None, path, times, None, True, 0.05, 5, valid=np.array([True, True, False]))


@pytest.fixture
def view(window: MainWindow, studio: Studio, say: Callable[..., None], qapp: QApplication) -> SequencesView:
    """The workspace in front, with samples and data."""
    say(fake.ready())
    studio.set_workspace("sequences")
    qapp.processEvents()
    name = studio.run.name
    say(fake.opened(name, studio.spec, "2d", **ABOUT), m.Data(name, 0, ROWS[:2], None), drawn(name))
    found = window.views.currentWidget()
    assert isinstance(found, SequencesView)
    return found


def test_it_asks_for_samples_with_their_way_and_says_how_many_are_valid(view, studio, backend) -> None:
    assert [look.layers for look in backend.of(m.Look) if look.run == studio.run.name][-1] == {"samples", "path"}
    assert "66.7% valid" in view.caption.text()
    assert view.samples.count == 3
    assert "67% of them valid" in view.samples.accessibleDescription()


def test_on_the_way_letters_are_hidden_and_nothing_is_judged(view, studio, qapp) -> None:
    studio.set_time(0.6)
    qapp.processEvents()
    assert (view.samples.rows == drawn("").path[1]).all()
    assert "valid" not in view.caption.text()
    studio.set_time(0.0)
    assert (view.samples.rows == HIDDEN).all()
    studio.set_time(1.0)
    assert (view.samples.rows == ROWS).all()


def test_a_click_hides_a_letter_and_the_model_is_asked(view, studio, backend, qtbot) -> None:
    filling = view.filling
    assert filling.row.tolist() == [1, HIDDEN, HIDDEN, 2]  # the longest of the data, its middle hidden
    filling.cells.click(2)
    qtbot.waitUntil(lambda: [each.mask.tolist() for each in backend.of(m.Fill)][-1:] == [[0, 1, 0, 0]])
    asked = backend.of(m.Fill)[-1]
    assert asked.image.tolist() == [1, HIDDEN, 2, 2]
    assert asked.mask.tolist() == [0, 1, 0, 0]
    assert asked.method == "candidates"


def test_equal_answers_are_one_with_their_number(view, studio, backend, say, qtbot) -> None:
    qtbot.waitUntil(lambda: bool(backend.of(m.Fill)))  # no other is on its way
    ticket = backend.of(m.Fill)[-1].ticket
    x = np.array([[1, 1, 2, 2], [1, 2, 2, 2], [1, 1, 2, 2]], np.uint8)
    valid = np.array([True, False, True])
    say(m.Filled(studio.run.name, 7, ticket, x, 1.0, True, "candidates", "asymptotic", valid=valid))
    assert view.filling.answers.rows.tolist() == [[1, 1, 2, 2], [1, 2, 2, 2]]
    assert "2 different answers out of 3 · 67% valid · step 7" in view.filling.words.text()
    say(m.Filled(studio.run.name, 8, ticket + 1, x[:1], 1.0, True, "candidates", "asymptotic"))
    assert view.filling.answers.count == 2  # nobody waits for that one


def test_a_picked_sample_is_filled_in_and_asked_about_until_it_changes(view, studio, backend, say) -> None:
    view.samples.click(0)
    assert view.filling.cells.row == ROWS[0].tolist()
    assert backend.of(m.Classify)[-1].examples.tolist() == [ROWS[0].tolist()]
    say(drawn(studio.run.name))
    assert view.samples.picked == 0
    other = drawn(studio.run.name)
    say(m.Samples(studio.run.name, 6, ROWS[::-1].copy(), None, None, None, None, True, 0.05, 6, valid=other.valid))
    assert view.samples.picked == -1


def test_strings_are_compared_in_cells(view, window, studio, say) -> None:
    studio.set_workspace("compare")
    say(fake.opened(studio.run.name, studio.spec, "2d", **ABOUT), drawn(studio.run.name))
    assert studio.kind == "strings"
    (cell,) = window.findChildren(StringsCell)
    assert (cell.strings.rows == ROWS).all()


def test_clusters_and_the_probe_are_not_for_strings(view, window) -> None:
    assert not window.setup.clusters.isVisible()
    assert not window.steer.probe.isVisible()
    assert "strings" in window.steer.counts
    assert window.steer.counts["strings"].isVisibleTo(window.steer)


def test_letters_are_typed_hidden_and_walked_over(qtbot) -> None:
    cells = LetterCells()
    qtbot.addWidget(cells)
    cells.show_string([1, 2, 0], ALPHABET, [False, False, False])
    cells.resize(200, 60)
    cells.picked = 0
    with qtbot.waitSignal(cells.changed):
        qtbot.keyClicks(cells, ")")
    assert (cells.row, cells.picked) == ([2, 2, 0], 1)
    qtbot.keyClicks(cells, "x")  # no letter of theirs
    assert (cells.row, cells.picked) == ([2, 2, 0], 1)
    qtbot.keyClicks(cells, "?")
    assert (cells.hidden, cells.picked) == ([False, True, False], 2)
    assert cells.accessibleDescription() == ") hidden blank"
    qtbot.keyClick(cells, Qt.Key.Key_Left)
    qtbot.keyClick(cells, Qt.Key.Key_Backspace)
    assert (cells.row, cells.hidden, cells.picked) == ([2, 0, 0], [False] * 3, 0)
    place = cells.cell_rect(0).center()
    for hidden in (True, False):
        qtbot.mouseClick(cells, Qt.MouseButton.LeftButton, pos=place)
        assert cells.hidden[0] == hidden


def test_letters_that_are_typed_are_no_shortcuts(view, window, studio, backend, qtbot) -> None:
    """Here ``t``, which trains elsewhere, is a letter of the data."""
    cells = view.filling.cells
    cells.show_string([1, 2, 0, 0], ("", "t", "p"), [False] * 4)
    cells.setFocus()
    cells.picked = 1
    qtbot.keyClick(window.windowHandle(), Qt.Key.Key_T)
    assert not backend.of(m.Train)
    assert cells.row == [1, 1, 0, 0]
    qtbot.keyClick(window.windowHandle(), Qt.Key.Key_N)  # no letter of theirs
    assert backend.of(m.Train)


def test_the_way_is_played_by_its_key(view, window, studio, qtbot) -> None:
    window.setFocus()
    studio.commands.run("view.play")
    assert view.time.playing
    studio.commands.run("view.play")
    assert not view.time.playing


def test_a_grid_shows_as_many_as_there_is_room_for_and_tells_which_is_meant(qtbot) -> None:
    grid = StringGrid("Strings")
    qtbot.addWidget(grid)
    grid.resize(300, 60)
    grid.show_strings(np.tile(ROWS, (40, 1)), ALPHABET, np.tile([True, True, False], 40))
    assert 0 < grid.shown < 120
    rects = [grid.place_of(i) for i in range(grid.shown)]
    assert not any(a.intersects(b) for i, a in enumerate(rects) for b in rects[:i])
    with qtbot.waitSignal(grid.clicked) as told:
        qtbot.mouseClick(grid, Qt.MouseButton.LeftButton, pos=rects[1].center())
    assert told.args == [1]
    qtbot.keyClick(grid, Qt.Key.Key_Up)
    assert grid.picked == 0


def test_valid_and_not_valid_differ_by_more_than_colour(qtbot) -> None:
    """The mark of one is another glyph, not the same in another colour."""
    inked = []
    for valid in (True, False):
        grid = StringGrid("Strings")
        qtbot.addWidget(grid)
        grid.resize(120, 24)
        grid.show_strings(ROWS[:1], ALPHABET, np.array([valid]))
        image = grid.grab().toImage()
        ground = image.pixelColor(118, 22).rgb()
        inked.append({(x, y) for x in range(3, 18) for y in range(24) if image.pixelColor(x, y).rgb() != ground})
    assert inked[0]
    assert len(inked[0] ^ inked[1]) > 0.3 * len(inked[0])
