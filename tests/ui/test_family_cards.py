"""The family cards: captions by branch, and those that do not fit folded away with their reason."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMenu

from dgm_studio.protocol.catalogue import FamilyInfo
from dgm_studio.protocol.recipes import NamedRecipe
from dgm_studio.protocol.spec import RunSpec
from dgm_studio.ui.controls import Fold
from dgm_studio.ui.panels.families import FamilyCards, sections


def family(name: str, group: str, images: str | None = None) -> FamilyInfo:
    return FamilyInfo(name, f"{name} model", "s", group, "h.", "", {}, {}, {"points": None, "images": images})


FAMILIES = [
    family("a", "memory"),
    family("b", "flow", "Too many dimensions."),
    family("c", "energy"),
    family("d", "energy"),
]


def test_a_branch_of_one_shares_a_section() -> None:
    assert [title for title, _ in sections([family("one", g) for g in "aaabccdee"])] == ["a · b", "c", "d · e"]
    assert sections([]) == []


def test_all_that_fit_are_there_in_their_order(qtbot) -> None:
    cards = FamilyCards()
    qtbot.addWidget(cards)
    cards.show_families(FAMILIES, "points")
    cards.show_choice("c")
    assert list(cards.cards) == ["a", "b", "c", "d"]
    assert not cards.findChildren(Fold)
    assert [name for name, card in cards.cards.items() if card.isChecked()] == ["c"]
    with qtbot.waitSignal(cards.chosen, check_params_cb=lambda name: name == "d"):
        cards.cards["d"].click()


def test_what_does_not_fit_is_folded_away_with_its_reason(qtbot) -> None:
    cards = FamilyCards()
    qtbot.addWidget(cards)
    cards.show_families(FAMILIES, "points")
    cards.show_choice("a")
    cards.show_families(FAMILIES, "images")
    assert list(cards.cards) == ["a", "c", "d", "b"]
    assert not cards.cards["b"].isEnabled()
    assert cards.cards["b"].toolTip() == "Too many dimensions."
    assert not cards.cards["b"].isVisibleTo(cards)
    assert cards.cards["a"].isChecked()


def test_recipes_stand_in_the_menu_of_their_family(qtbot) -> None:
    """Behind the dots of the card, by the mouse and by the menu key; a press on the dots chooses no family."""
    cards = FamilyCards()
    qtbot.addWidget(cards)
    recipes = [NamedRecipe(name, f"{name} shown", "Why.", "Look.", RunSpec(family="c"), 10) for name in ("one", "two")]
    cards.show_recipes(recipes)
    cards.show_families(FAMILIES, "points")
    cards.resize(300, 400)
    cards.show()
    card = cards.cards["c"]
    menu = card.menu()
    assert menu is not None
    assert [action.text() for action in menu.actions()] == ["one shown", "two shown"]
    with qtbot.waitSignal(cards.recipe_chosen, check_params_cb=lambda name: name == "two"):
        menu.actions()[1].trigger()
    assert cards.cards["a"].menu() is None
    with qtbot.assertNotEmitted(cards.chosen):
        qtbot.mouseClick(card, Qt.MouseButton.LeftButton, pos=card.dots.center())
    opened = QApplication.activePopupWidget()
    assert isinstance(opened, QMenu)
    opened.close()
    with qtbot.waitSignal(cards.chosen, check_params_cb=lambda name: name == "c"):
        qtbot.mouseClick(card, Qt.MouseButton.LeftButton, pos=card.rect().center())
