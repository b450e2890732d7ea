"""Commands: every action a person can take, as data. Menus, shortcuts, the palette and their help are made from them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from dgm_studio.language import tr, translate


def _always() -> bool:
    return True


@dataclass(frozen=True)
class Command:
    """``id`` such as "run.train", ``group`` the menu it is in, ``shortcut`` in Qt's portable words or empty.

    Title and help are given in English, and are in the person's language from then on.
    """

    id: str
    title: str
    help: str
    group: str
    run: Callable[[], None]
    shortcut: str = ""
    icon: str = ""
    enabled: Callable[[], bool] = _always
    checked: Callable[[], bool] | None = None
    said: Callable[[], str] | None = None
    """What it would do now, in a few words that go on after its title."""
    workspace: str = ""
    """The one workspace in which it is possible: commands of different ones may share a shortcut."""

    def __post_init__(self) -> None:
        translate(self, "title", "help")

    @property
    def group_title(self) -> str:
        """What the menu is called."""
        return tr(self.group)

    @property
    def title_now(self) -> str:
        """The title with what it would do now, such as "Undo: choose GAN"."""
        words = self.said() if self.said is not None else ""
        return f"{self.title}: {words}" if words else self.title

    def clashes(self, other: Command) -> bool:
        """Whether one shortcut would mean both."""
        apart = self.workspace and other.workspace and self.workspace != other.workspace
        return bool(self.shortcut) and self.shortcut == other.shortcut and not apart


class Commands:
    """All commands by id, in the order they were added."""

    def __init__(self) -> None:
        self._items: dict[str, Command] = {}

    def add(self, command: Command) -> Command:
        """Raises ValueError when the id or the shortcut is taken."""
        if command.id in self._items:
            raise ValueError(tr("command {id!r} exists already", id=command.id))
        for other in self._items.values():
            if command.clashes(other):
                raise ValueError(
                    tr("{shortcut} is the shortcut of {id!r} already", shortcut=command.shortcut, id=other.id)
                )
        self._items[command.id] = command
        return command

    def replace(self, command: Command) -> None:
        """Take the place of the command with the same id. Raises KeyError when there is none."""
        self._items[self._items[command.id].id] = command

    def __getitem__(self, id: str) -> Command:
        return self._items[id]

    def __contains__(self, id: str) -> bool:
        return id in self._items

    def __iter__(self) -> Iterator[Command]:
        return iter(list(self._items.values()))

    def run(self, id: str) -> bool:
        """Run a command if it is enabled; says whether it ran."""
        command = self._items[id]
        if not command.enabled():
            return False
        command.run()
        return True

    def search(self, text: str) -> list[Command]:
        """Commands whose title, group or help hold all words of ``text``; title matches first."""
        words = text.lower().split()

        def rank(c: Command) -> int:
            title = f"{c.group_title} {c.title}".lower()
            if all(w in title for w in words):
                return 0 if c.title.lower().startswith(" ".join(words)) else 1
            return 2 if all(w in f"{title} {c.help.lower()}" for w in words) else 3

        ranked = [(rank(c), i, c) for i, c in enumerate(self._items.values())]
        return [c for r, _, c in sorted(ranked, key=lambda e: e[:2]) if r < 3]
