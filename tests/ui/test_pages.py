"""Pages: what is gone back to is not made again, and not all is kept."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QLabel

from dgm_studio.ui.controls import Pages
from dgm_studio.ui.forms import Form

WIDTH = {"type": "object", "properties": {"width": {"type": "integer", "minimum": 1, "maximum": 9}}}
DEPTH = {"type": "object", "properties": {"depth": {"type": "integer", "minimum": 1, "maximum": 9}}}


@pytest.fixture
def pages(qtbot) -> Pages[QLabel]:
    made: Pages[QLabel] = Pages(2)
    qtbot.addWidget(made)
    made.show()
    return made


def test_one_page_is_shown_at_a_time(pages) -> None:
    first = pages.turn("a", lambda: QLabel("a"))
    second = pages.turn("b", lambda: QLabel("b"))
    assert second.isVisible()
    assert not first.isVisible()
    assert pages.turn(None, lambda: QLabel("nothing")) is None
    assert not second.isVisible()


def test_a_page_that_is_gone_back_to_is_the_same(pages) -> None:
    first = pages.turn("a", lambda: QLabel("a"))
    pages.turn("b", lambda: QLabel("b"))
    assert pages.turn("a", lambda: QLabel("another")) is first
    assert first.isVisible()


def test_the_pages_shown_last_are_kept_and_no_others(pages) -> None:
    for name in "abac":
        pages.turn(name, lambda name=name: QLabel(name))
    assert [page.text() for page in pages.kept] == ["a", "c"]


def test_what_is_prepared_is_not_seen_and_drives_out_nothing(pages) -> None:
    shown = pages.turn("a", lambda: QLabel("a"))
    pages.prepare("b", lambda: QLabel("b"))
    pages.prepare("c", lambda: QLabel("c"))
    assert [page.text() for page in pages.kept] == ["b", "a"]
    assert shown.isVisible()
    assert pages.turn("b", lambda: QLabel("another")).text() == "b"


def test_a_form_keeps_the_rows_of_a_model_that_is_gone_back_to(qtbot) -> None:
    form = Form()
    qtbot.addWidget(form)
    said: list[tuple[str, object]] = []
    form.changed.connect(lambda name, value: said.append((name, value)))
    form.show_schema(WIDTH)
    width = form.rows["width"]
    form.show_schema(DEPTH)
    assert list(form.rows) == ["depth"]
    form.show_schema(WIDTH)
    assert form.rows["width"] is width
    width.enter(4)
    assert said == [("width", 4)]
