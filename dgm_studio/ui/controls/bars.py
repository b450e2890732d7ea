"""Bars: shares of 1 by name, one a row, with the number at the end."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ..look import theme

_ROW = 20
_NUMBER = 44


class Bars(QWidget):
    """``show_shares`` takes names, shares in [0, 1] and a colour for each. The largest share is set in bold, or that of the
    ``front`` name; ``words`` stand at the end in place of the shares.
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._rows: list[tuple[str, float, str]] = []
        self._words: tuple[str, ...] = ()
        self._front = ""

    @property
    def rows(self) -> list[tuple[str, float, str]]:
        """Name, share and colour of each row."""
        return self._rows

    def show_shares(
        self,
        names: Sequence[str],
        shares: Sequence[float],
        colours: Sequence[str],
        words: Sequence[str] = (),
        front: str = "",
    ) -> None:
        self._rows = list(zip(names, (float(s) for s in shares), colours, strict=True))
        self._words = tuple(words) or tuple(
            f"{share:.0%}" if share < 0.995 or share == 1 else ">99%" for _, share, _ in self._rows
        )
        self._front = front or max(self._rows, key=lambda row: row[1], default=("", 0.0, ""))[0]
        said = ", ".join(
            f"{name} {word if words else f'{share:.0%}'}"
            for (name, share, _), word in zip(self._rows, self._words, strict=True)
        )
        self.setAccessibleDescription(said)
        self.setToolTip(said)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(theme.px(160), theme.px(_ROW) * len(self._rows))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.px(120), self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._rows:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        t = theme.tokens()
        height = theme.px(_ROW)
        bold = self.font()
        bold.setBold(True)
        measure = QFontMetrics(bold).horizontalAdvance
        widest = max(measure(name) for name, _, _ in self._rows)
        number = max(theme.px(_NUMBER), 12 + max(map(measure, self._words)))
        names = min(widest, int(0.5 * self.width())) + 8
        room = max(1, self.width() - names - number)
        for i, (name, share, hue) in enumerate(self._rows):
            top = i * height
            font = self.font()
            font.setBold(name == self._front)
            painter.setFont(font)
            painter.setPen(t.colour("text" if name == self._front else "dim"))
            shown = QFontMetrics(font).elidedText(name, Qt.TextElideMode.ElideRight, names - 8)
            painter.drawText(QRectF(0, top, names - 8, height), Qt.AlignmentFlag.AlignVCenter, shown)
            painter.drawText(
                QRectF(self.width() - number, top, number, height),
                Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight,
                self._words[i],
            )
            painter.setPen(Qt.PenStyle.NoPen)
            bar = QRectF(names, top + height / 2 - 4, room, 8)
            painter.setBrush(t.colour("raised"))
            painter.drawRoundedRect(bar, 4, 4)
            bar.setWidth(max(room * share, 0.0))
            painter.setBrush(QColor(hue))
            painter.drawRoundedRect(bar, 4, 4)
        painter.end()
