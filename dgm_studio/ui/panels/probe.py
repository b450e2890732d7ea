"""At the pointer: what is known about the point of the plane that was clicked."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from dgm_studio.language import tr
from dgm_studio.protocol.messages import Probed

from ..controls import Heading, dim, format_number, label

_UNITS = ("nats",)


def telling(values: Mapping[str, float], most: int = 3) -> dict[str, float]:
    """The values by name, of the probabilities of many classes only the ``most`` likely."""
    classes = sorted((name for name in values if name.startswith("p(")), key=lambda name: -values[name])
    return {name: value for name, value in values.items() if name not in classes[most:]}


class ProbeSection(QWidget):
    """Names at the left, values with their units at the right."""

    def __init__(self) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(Heading(tr("At the pointer")))
        self.where = dim("", wrap=True)
        column.addWidget(self.where)
        self._grid = QGridLayout()
        self._grid.setSpacing(6)
        self._grid.setColumnStretch(0, 1)
        column.addLayout(self._grid)
        self.show_probe(None)

    def show_probe(self, probed: Probed | None) -> None:
        """Show an answer, or how to get one."""
        while (item := self._grid.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        if probed is None:
            self.where.setText(
                tr(
                    "Click a point of the plane, or move one by its arrow keys, to read its density and its nearest example."
                )
            )
            return
        x, y = (format_number(float(v)) for v in probed.point)
        step = tr(", step {step}", step=format_number(probed.step, integer=True)) if probed.step else ""
        self.where.setText(f"x = ({x}, {y}){step}")
        for row, (name, value) in enumerate(telling(probed.values).items()):
            title, unit = name, ""
            head, _, tail = name.rpartition(" ")
            if tail in _UNITS:
                title, unit = head, tail
            shown = label(f"{format_number(value)} {unit}".strip())
            shown.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self._grid.addWidget(dim(title, wrap=True), row, 0)
            self._grid.addWidget(shown, row, 1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
