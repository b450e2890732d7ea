"""The look: contrast, the same tokens in both themes, and views that follow a change until they are gone."""

from __future__ import annotations

import dataclasses

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QLabel, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from dgm_studio.studio.studio import Studio
from dgm_studio.ui.app import catch_exceptions
from dgm_studio.ui.binding import bind
from dgm_studio.ui.look import theme


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.1."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("look", [theme.DARK, theme.LIGHT], ids=lambda t: t.name)
@pytest.mark.parametrize("ground", ["background", "panel", "raised", "plot"])
def test_text_can_be_read_on_every_ground(look: theme.Tokens, ground: str) -> None:
    for text in ("text", "dim"):
        assert contrast(getattr(look, text), getattr(look, ground)) >= 4.5


@pytest.mark.parametrize("look", [theme.DARK, theme.LIGHT], ids=lambda t: t.name)
def test_words_on_the_primary_button_can_be_read(look: theme.Tokens) -> None:
    assert contrast(look.on_accent, look.accent) >= 4.5


@pytest.mark.parametrize("look", [theme.DARK, theme.LIGHT], ids=lambda t: t.name)
@pytest.mark.parametrize("token", ["data", "model", "mask", "accent", "good", "warn", "bad"])
def test_meaning_stands_out_from_the_ground(look: theme.Tokens, token: str) -> None:
    assert contrast(getattr(look, token), look.plot) >= 3.0


def test_all_tokens_are_colours() -> None:
    for look in (theme.DARK, theme.LIGHT):
        for field in dataclasses.fields(look):
            if field.name != "name":
                assert look.colour(field.name).isValid()


class Follower(QWidget):
    """Counts how often it was told."""

    def __init__(self) -> None:
        super().__init__()
        self.told = 0
        theme.follow(self.restyle)

    def restyle(self) -> None:
        self.told += 1


def test_followers_are_told_until_they_are_destroyed(qapp: QApplication) -> None:
    follower = Follower()
    theme.apply(qapp, "light")
    assert follower.told == 2
    follower.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    theme.apply(qapp, "dark")
    assert follower.told == 2


def test_a_binding_ends_with_its_widget(studio: Studio) -> None:
    widget, told = QWidget(), []
    bind(widget, studio, "session", told.append)
    studio.set_time(0.5)
    widget.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    studio.set_time(0.6)
    assert len(told) == 1


def test_an_exception_that_nobody_caught_becomes_a_notice(studio: Studio, monkeypatch, capsys) -> None:
    import sys

    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    catch_exceptions(studio)
    sys.excepthook(ValueError, ValueError("the plot is upside down"), None)
    assert "upside down" in studio.notices.items[-1].message
    assert "upside down" in capsys.readouterr().err


def _in_colour(words: QLabel, look: theme.Tokens) -> bool:
    words.ensurePolished()
    return words.palette().color(words.foregroundRole()).name() == look.bad


def test_a_look_reaches_what_is_seen_and_what_is_hidden_over_some_turns(qapp: QApplication, qtbot: QtBot) -> None:
    page, hidden = QWidget(), QWidget()
    qtbot.addWidget(page)
    column = QVBoxLayout(page)
    column.addWidget(hidden)
    seen, unseen = QLabel("seen", page), QLabel("unseen", hidden)
    column.addWidget(seen)
    for words in (seen, unseen):
        words.setProperty("role", "bad")
    page.show()
    hidden.hide()
    assert _in_colour(seen, theme.DARK)
    theme.change(qapp, "light")
    assert not page.updatesEnabled()  # no mixture of two looks is painted
    qtbot.waitUntil(lambda: _in_colour(seen, theme.LIGHT) and _in_colour(unseen, theme.LIGHT))
    qtbot.waitUntil(page.updatesEnabled)
    assert qapp.palette().window().color().name() == theme.LIGHT.panel


def test_a_newer_look_ends_the_one_under_way(qapp: QApplication, qtbot: QtBot) -> None:
    page = QLabel("words")
    qtbot.addWidget(page)
    page.setProperty("role", "bad")
    page.show()
    theme.change(qapp, "light")
    theme.apply(qapp, "dark", 1.5)
    assert page.updatesEnabled()
    assert _in_colour(page, theme.DARK)
    assert qapp.font().pixelSize() == round(1.5 * theme.FONT)


def test_a_look_that_is_given_up_half_way_leaves_nothing_undressed(qapp: QApplication, qtbot: QtBot) -> None:
    page = QWidget()
    qtbot.addWidget(page)
    rows = [QLabel(str(number), page) for number in range(400)]
    for words in rows:
        words.setProperty("role", "bad")
    page.show()
    for turns, name in enumerate(("light", "dark", "light", "dark", "light")):
        theme.change(qapp, name)
        for _ in range(turns):
            qapp.processEvents()
    qtbot.waitUntil(lambda: all(_in_colour(words, theme.LIGHT) for words in rows))
    qtbot.waitUntil(page.updatesEnabled)
