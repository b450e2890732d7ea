"""The family cards: captions by branch, and those that do not fit folded away with their reason."""

from __future__ import annotations

from dgm_studio.protocol.catalogue import FamilyInfo
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
