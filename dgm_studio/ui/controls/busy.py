"""Busy line: a quiet line of progress; only after 300 ms does it say in words what is being done."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, QTimer
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from dgm_studio.language import tr

from ..look import theme

PATIENCE_MS = 300


class BusyLine(QWidget):
    """``show_activity("loading digits", 0.4)``; an empty activity ends it. Takes no room while idle."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._activity = ""
        self._fraction: float | None = None
        self._said = False
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(PATIENCE_MS)
        self._wait.timeout.connect(self._say)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName(tr("Activity"))
        self._fit()
        theme.follow(self.update)

    @property
    def words(self) -> str:
        """What is said at present."""
        return self._activity if self._said else ""

    def show_activity(self, activity: str, fraction: float | None = None) -> None:
        self._fraction = fraction
        if activity and not self._activity:
            self._wait.start()
        if not activity:
            self._wait.stop()
            self._said = False
        self._activity = activity
        self.setAccessibleDescription(activity)
        self._fit()
        self.update()

    def _say(self) -> None:
        self._said = True
        self._fit()
        self.update()

    def _fit(self) -> None:
        self.setFixedHeight(theme.px(22) if self._said and self._activity else 2)

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._activity:
            return
        t = theme.tokens()
        painter = QPainter(self)
        painter.fillRect(QRectF(0, 0, self.width(), 2), t.colour("line"))
        share = 0.18 if self._fraction is None else min(1.0, max(0.0, self._fraction))
        painter.fillRect(QRectF(0, 0, self.width() * share, 2), t.colour("accent"))
        if self._said:
            painter.setPen(t.colour("dim"))
            percent = "" if self._fraction is None else f" · {self._fraction:.0%}"
            where = self.rect().adjusted(12, 3, -12, 0)
            painter.drawText(
                where, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, self._activity + percent
            )
