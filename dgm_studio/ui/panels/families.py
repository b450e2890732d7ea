"""The families to choose from, as cards under the branches of the taxonomy; those that do not fit the data lie folded away."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from itertools import groupby

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from dgm_studio.language import tr
from dgm_studio.protocol.catalogue import FamilyInfo
from dgm_studio.protocol.recipes import NamedRecipe
from dgm_studio.protocol.spec import DataKind

from ..controls import Card, Fold, Pages, Tree, label

_COLUMNS = 2
_SPACING = 6
_PLURAL: dict[DataKind, str] = {
    "points": "points", "images": "pictures", "strings": "strings", "sounds": "sounds", "paths": "paths",
}  # fmt: skip


class FamilyCards(Pages["_Cards"]):
    """``chosen`` with the name of a family, ``recipe_chosen`` with that of a recipe in the menu of its card."""

    chosen = Signal(str)
    recipe_chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__(most=len(_PLURAL))
        self._recipes: tuple[NamedRecipe, ...] = ()

    @property
    def cards(self) -> Mapping[str, Card]:
        """What is shown, by the name of the family."""
        return {} if self.shown is None else self.shown.cards

    @property
    def controls(self) -> Tree:
        fold = None if self.shown is None else self.shown.fold
        return self.cards if fold is None else {**self.cards, "others": fold}

    def show_recipes(self, recipes: Sequence[NamedRecipe]) -> None:
        """Recipes by name, each in the menu of its family's card, whatever data it is on."""
        self._recipes = tuple(recipes)

    def show_families(self, families: Sequence[FamilyInfo], kind: DataKind) -> None:
        """Every family of the catalogue, in its order, as it fits a kind of data."""
        chosen = next((name for name, card in self.cards.items() if card.isChecked()), "")
        self.turn(_key(families, kind), lambda: self._make(families, kind))
        self.show_choice(chosen)

    def prepare_families(self, families: Sequence[FamilyInfo], kind: DataKind) -> None:
        """Make the cards for a kind of data that is going to be shown."""
        self.prepare(_key(families, kind), lambda: self._make(families, kind))

    def show_choice(self, name: str) -> None:
        for each, card in self.cards.items():
            card.setChecked(each == name)

    def _make(self, families: Sequence[FamilyInfo], kind: DataKind) -> _Cards:
        cards = _Cards(families, kind)
        for name, card in cards.cards.items():
            card.clicked.connect(lambda _=False, name=name: self.chosen.emit(name))
            card.offer([(r.name, r.title, r.help) for r in self._recipes if r.spec.family == name])
            card.offered.connect(self.recipe_chosen)
        return cards


def _key(families: Sequence[FamilyInfo], kind: DataKind) -> Hashable:
    return kind, tuple((f.name, f.accepts.get(kind)) for f in families)


class _Cards(QWidget):
    """The cards of all families as they fit one kind of data."""

    def __init__(self, families: Sequence[FamilyInfo], kind: DataKind) -> None:
        super().__init__()
        self.cards: dict[str, Card] = {}
        self.fold: Fold | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(_SPACING)
        fitting = [f for f in families if f.accepts.get(kind) is None]
        for title, some in sections(fitting):
            if title:
                column.addWidget(label(title, "small"))
            column.addWidget(self._grid(some, kind))
        others = [f for f in families if f.accepts.get(kind) is not None]
        if others:
            self.fold = Fold(
                tr("{others} not for {plural}", others=len(others), plural=_PLURAL[kind]),
                tr("Families that need other data, and why."),
            )
            self.fold.body.addWidget(self._grid(others, kind))
            column.addWidget(self.fold)

    def _grid(self, families: Sequence[FamilyInfo], kind: DataKind) -> QWidget:
        holder = QWidget()
        grid = QGridLayout(holder)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(_SPACING)
        for column in range(_COLUMNS):
            grid.setColumnStretch(column, 1)
        for index, family in enumerate(families):
            card = _card(family)
            card.show_reason(family.accepts.get(kind))
            grid.addWidget(card, index // _COLUMNS, index % _COLUMNS)
            self.cards[family.name] = card
        return holder


def _card(family: FamilyInfo) -> Card:
    reference = f"\n{family.reference}" if family.reference else ""
    return Card(family.title, family.summary, f"{family.title}: {family.help}{reference}")


def sections(families: Sequence[FamilyInfo]) -> list[tuple[str, list[FamilyInfo]]]:
    """Families under their branches, with a caption. A branch of one family shares a section, so that few cards are alone.

    Of branches a, a, a, b, c, c, d, e, e there are sections a · b, c, and d · e.
    """
    found: list[tuple[list[str], list[FamilyInfo]]] = []
    for group, members in groupby(families, key=lambda f: f.group):
        some = list(members)
        before = len(found[-1][1]) if found else 0
        if before == 1 or (before % 2 and len(some) == 1):
            found[-1][0].append(group)
            found[-1][1].extend(some)
        else:
            found.append(([group], some))
    return [(" · ".join(tr(g) for g in groups if g), some) for groups, some in found]
