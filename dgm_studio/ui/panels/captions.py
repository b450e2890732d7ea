"""Caption rows: which sentences a picture may have, by a contrastive pair of towers and by the model itself."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from dgm_studio.language import tr
from dgm_studio.protocol.messages import Captions

from ..controls import Elided, dim

SHOWN = 3
"""Captions shown, the likeliest first, and after them the first with its ends exchanged."""
_HELP = {
    "towers": tr(
        "How likely the caption is by two towers, one for images and one for sentences, that only learned to compare."
    ),
    "model": tr("How likely it is among the captions told, by Bayes' rule and the model's own density ({kind})."),
}


class CaptionRows(QWidget):
    """Hidden until there are captions."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(2)
        self._grid.setColumnStretch(0, 1)
        self._heads = [dim(tr("caption")), dim(tr("towers")), dim(tr("model"))]
        self._heads[1].setToolTip(_HELP["towers"])
        for column, head in enumerate(self._heads):
            self._grid.addWidget(head, 0, column)
        self._rows: list[tuple[Elided, QLabel, QLabel]] = []
        self.show_captions(None)

    @property
    def rows(self) -> list[tuple[str, str, str]]:
        """Caption, share by the towers and share by the model of each row."""
        return [(name.text(), read.text(), own.text()) for name, read, own in self._rows if not name.isHidden()]

    def show_captions(self, told: Captions | None) -> None:
        """Those of the first image told of."""
        self.setVisible(told is not None)
        lines: Sequence[tuple[str, float, float | None]] = () if told is None else _lines(told)
        while len(self._rows) < len(lines):
            self._add()
        for row, widgets in enumerate(self._rows):
            for each in widgets:
                each.setVisible(row < len(lines))
        for (name, read, own), (caption, by_towers, by_model) in zip(self._rows, lines, strict=False):
            name.setText(caption)
            name.setToolTip(caption)
            read.setText(_said(by_towers))
            own.setText("" if by_model is None else _said(by_model))
        knows = told is not None and told.evidence is not None
        self._heads[2].setVisible(knows)
        self._heads[2].setToolTip(_HELP["model"].format(kind="" if told is None else told.kind))

    def _add(self) -> None:
        row = Elided("", "value"), dim(""), dim("")
        for column, each in enumerate(row):
            self._grid.addWidget(each, 1 + len(self._rows), column)
            if column:
                each.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._rows.append(row)


def _lines(told: Captions) -> list[tuple[str, float, float | None]]:
    own = told.by_model()
    some = [*range(SHOWN), len(told.few[0]) - 1] if len(told.few[0]) > SHOWN + 1 else [*range(len(told.few[0]))]
    return [(told.few[0][k], float(told.read[0, k]), None if own is None else float(own[0, k])) for k in some]


def _said(share: float) -> str:
    return f"{share:.0%}" if 0.005 <= share < 0.995 or share in (0.0, 1.0) else "<1%" if share < 0.5 else ">99%"
