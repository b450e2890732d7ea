"""Pages: widgets for different contents in one place. Those that were shown last are kept: what is gone back to is there."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from PySide6.QtWidgets import QVBoxLayout, QWidget

W = TypeVar("W", bound=QWidget)


class Pages(QWidget, Generic[W]):
    """As high as the page that is shown. At most ``most`` are kept."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most
        self._made: dict[Hashable, W] = {}
        self.shown: W | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)

    @property
    def kept(self) -> list[W]:
        """All pages there are, the one shown last at the end."""
        return list(self._made.values())

    def turn(self, key: Hashable | None, make: Callable[[], W]) -> W | None:
        """Show the page of a key, made if there is none; None shows nothing."""
        page = None if key is None else self._page(key, make)
        if page is not self.shown:
            if self.shown is not None:
                self.shown.hide()
            self.shown = page
        if page is not None:
            page.show()
        for old in list(self._made)[: -self._most]:
            gone = self._made.pop(old)
            self._column.removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        return page

    def prepare(self, key: Hashable, make: Callable[[], W]) -> None:
        """Make a page that is going to be turned to."""
        if key not in self._made and len(self._made) < self._most:
            shown = next(reversed(self._made), None)
            self._page(key, make)
            if shown is not None:
                self._made[shown] = self._made.pop(shown)  # it is still the newest

    def _page(self, key: Hashable, make: Callable[[], W]) -> W:
        """The page of a key as the newest, made and hidden if there was none."""
        page = self._made.pop(key, None)
        if page is None:
            page = make()
            page.hide()
            self._column.addWidget(page)
        self._made[key] = page
        return page
