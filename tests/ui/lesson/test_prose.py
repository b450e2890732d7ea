"""Prose: Markdown as a page, with formulas on their line and nothing that a text from elsewhere should reach."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtGui import QImage, QTextDocument
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from dgm_studio.studio.lesson.formula import Formula
from dgm_studio.ui.lesson.formulas import OBJECT_TYPE, store
from dgm_studio.ui.lesson.prose import Prose
from dgm_studio.ui.look import theme


@pytest.fixture
def prose(qtbot: QtBot) -> Prose:
    made = Prose()
    qtbot.addWidget(made)
    made.resize(440, 300)
    made.show()
    return made


def _objects(prose: Prose) -> list[Formula]:
    from dgm_studio.ui.lesson.formulas import formula_of

    found, block = [], prose.document().begin()
    while block.isValid():
        each = block.begin()
        while not each.atEnd():
            shape = each.fragment().charFormat()
            if shape.objectType() == OBJECT_TYPE:
                found.append(formula_of(shape))
            each += 1
        block = block.next()
    return found


def test_formulas_stand_in_the_text_and_are_painted(prose: Prose, qtbot: QtBot) -> None:
    prose.show_markdown("Halving $h$ costs $\\frac{1}{2}$.\n\n$$x_1 + x_2$$")
    assert _objects(prose) == [Formula("h"), Formula("\\frac{1}{2}"), Formula("x_1 + x_2", display=True)]
    qtbot.waitUntil(lambda: not prose.waits, timeout=60_000)
    assert _objects(prose)[2].display
    assert "$" not in prose.toPlainText()


def _ink(prose: Prose, token: str) -> int:
    """Pixels of the colour of a token."""
    image, wanted = prose.grab().toImage(), theme.tokens().colour(token).rgb()
    return sum(image.pixel(x, y) == wanted for x in range(image.width()) for y in range(image.height()))


def test_a_formula_has_the_colour_of_the_text_in_every_look(prose: Prose, qtbot: QtBot, qapp: QApplication) -> None:
    prose.show_markdown("$$\\sum$$")
    qtbot.waitUntil(lambda: not prose.waits, timeout=60_000)
    for look in ("dark", "light"):
        theme.apply(qapp, look)
        assert _ink(prose, "text") >= 10, look


def test_wrong_tex_is_shown_as_it_was_written(prose: Prose, qtbot: QtBot) -> None:
    prose.show_markdown("Wrong: $\\frac{1$")
    qtbot.waitUntil(lambda: not prose.waits, timeout=60_000)
    assert isinstance(store().get(Formula("\\frac{1")), ValueError)
    assert _ink(prose, "bad") >= 5


def test_a_long_text_is_as_high_as_its_lines(prose: Prose) -> None:
    prose.show_markdown("word " * 20)
    short = prose.height()
    prose.show_markdown("word " * 400)
    assert prose.height() > 5 * short
    assert prose.height() == pytest.approx(prose.document().size().height(), abs=1)


def test_html_is_text(prose: Prose) -> None:
    prose.show_markdown("<script>alert(1)</script> and <b>bold</b>")
    assert "<script>" in prose.toPlainText()


def test_pictures_come_from_the_folder_of_the_page_and_from_nowhere_else(prose: Prose, tmp_path: Path) -> None:
    folder = tmp_path / "lesson"
    (folder / "pictures").mkdir(parents=True)
    image = QImage(8, 8, QImage.Format.Format_RGB32)
    image.save(str(folder / "pictures" / "a.png"))
    image.save(str(tmp_path / "outside.png"))
    prose.show_markdown("![dots](pictures/a.png)", folder)
    kind = QTextDocument.ResourceType.ImageResource.value
    assert prose.loadResource(kind, "pictures/a.png").width() == 8
    for elsewhere in (
        "../outside.png",
        f"file://{tmp_path}/outside.png",
        "https://example.org/a.png",
        "pictures/b.png",
    ):
        assert prose.loadResource(kind, elsewhere) is None, elsewhere


def test_a_screen_reader_hears_the_formula(prose: Prose) -> None:
    prose.show_markdown("An order of $p^2$")
    assert prose.accessibleName() == "An order of p^2"
