"""What a step shows, as ticks: the controls of the window by the panels that they are in, and the words of a lesson that name
them. A word may name a group, such as ``sampling``; taking one of a group away leaves the others by their own names.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dgm_studio.language import tr
from dgm_studio.lessons.control_names import named_by

PANELS: tuple[tuple[str, str], ...] = (
    ("data", tr("Data")),
    ("model.family", tr("Family")),
    ("model", tr("Model")),
    ("training", tr("Training")),
    ("sampling", tr("Sampling")),
    ("evidence", tr("Evidence")),
    ("conditioning", tr("Condition")),
    ("painting", tr("Painting")),
    ("progress", tr("Curves")),
    ("history", tr("History of training")),
    ("sweep", tr("Sweep")),
)
"""Groups of controls that a step shows or hides, with their titles, in the order of the window."""
_CHOICES = {"model.family": "family", "data.set": tr("data set")}
"""Controls of which there is one for each thing to choose: they are shown together."""


@dataclass(frozen=True)
class ShownControl:
    """A control that a step can show, by its ``name``."""

    name: str
    title: str


@dataclass(frozen=True)
class ShownGroup:
    """Controls of one panel; ``name`` is the word that shows them all, empty for words that name nothing that is there now."""

    name: str
    title: str
    controls: tuple[ShownControl, ...]


def groups(offered: Iterable[tuple[str, str]], words: Sequence[str]) -> list[ShownGroup]:
    """The groups of what is offered now, as names and titles, and one for words that name none of it."""
    found: dict[str, dict[str, ShownControl]] = {name: {} for name, _ in PANELS}
    names = []
    for name, title in offered:
        choice = next((each for each in _CHOICES if name.startswith(f"{each}.") or name == each), "")
        name, title = (choice, _CHOICES[choice]) if choice else (name, title)
        group = next((each for each in sorted(found, key=len, reverse=True) if _within(name, each)), "")
        if group and name not in found[group]:
            found[group][name] = ShownControl(name, title or name.rpartition(".")[2])
            names.append(name)
    made = [ShownGroup(name, title, tuple(found[name].values())) for name, title in PANELS if found[name]]
    strange = [word for word in dict.fromkeys(words) if not any(named_by(word, name) for name in names)]
    if strange:
        made.append(ShownGroup("", tr("Named, and not here now"), tuple(ShownControl(word, word) for word in strange)))
    return made


def _within(name: str, group: str) -> bool:
    return name == group or name.startswith(f"{group}.")


def is_named(name: str, words: Sequence[str]) -> bool:
    """Whether words of a lesson name a control."""
    return any(word == name or named_by(word, name) for word in words)


def ticked(words: Sequence[str], names: Sequence[str], on: bool, known: Sequence[str]) -> tuple[str, ...]:
    """The words once some controls are named or no more; ``known`` are all that there are."""
    kept = list(words)
    for name in names:
        if on and not is_named(name, kept):
            kept.append(name)
        elif not on:
            for word in [word for word in kept if word == name or named_by(word, name)]:
                others = [each for each in known if named_by(word, each) and each not in names]
                at = kept.index(word)
                kept[at : at + 1] = [each for each in others if each not in kept]
    return tuple(dict.fromkeys(kept))
