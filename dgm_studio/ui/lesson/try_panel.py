"""To try in this step: the few knobs that a step shows, below the view."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from dgm_studio.language import tr
from dgm_studio.studio.studio import Studio

from ..controls import Tree, label
from ..look import theme
from ..naming import join
from ..panels.knobs import Knobs

_ROW = 340
"""The width of a row that a column needs."""


class TryPanel(QWidget):
    """Hidden where there is nothing to try."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._columns, self._away = 1, False
        self.knobs = Knobs(studio, self)
        self.knobs.changed.connect(self._lay_out)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 8, 16, 10)
        column.setSpacing(4)
        column.addWidget(label(tr("To try in this step"), "title"))
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(32)
        self._grid.setVerticalSpacing(0)
        column.addLayout(self._grid)
        self.hide()
        join(studio.controls, self)

    @property
    def controls(self) -> Tree:
        return {"lesson.try": dict(self.knobs.rows)}

    def show_names(self, wanted: Callable[[str], bool]) -> None:
        self.knobs.choose(wanted)
        self._lay_out()

    def resizeEvent(self, event: object) -> None:
        columns = max(1, self.width() // theme.px(_ROW))
        if columns != self._columns:
            self._lay_out()

    def _lay_out(self) -> None:
        while self._grid.count():
            self._grid.takeAt(0)
        self._columns = max(1, self.width() // theme.px(_ROW))
        columns = min(self._columns, max(1, len(self.knobs.rows)))
        for number, row in enumerate(self.knobs.rows.values()):
            self._grid.addWidget(row, number // columns, number % columns)
            row.show()
        for at in range(self._grid.columnCount()):
            self._grid.setColumnStretch(at, 1 if at < columns else 0)
        self.setVisible(bool(self.knobs.rows) and not self._away)

    def put_away(self, on: bool) -> None:
        """Stay away, whatever there is to try."""
        self._away = on
        self._lay_out()
