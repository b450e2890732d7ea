"""What lies over the window while somebody presents: a halo at the pointer, the key that was pressed, and a blank."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, Qt, QTimer
from PySide6.QtGui import QColor, QCursor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QLabel, QWidget

from dgm_studio.language import tr

from ..look import theme

_RADIUS = 22
_REST_MS, _LINGER_MS, _TOLD_MS = 33, 1600, 1300


class PointerHalo(QWidget):
    """A ring of light around the pointer while it moves, such as a laser would make; it takes no click from anybody."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.resize(2 * _RADIUS + 4, 2 * _RADIUS + 4)
        self._at = QPoint(-1, -1)
        self._still = 0
        self._follow = QTimer(self)
        self._follow.setInterval(_REST_MS)
        self._follow.timeout.connect(self.follow)
        self.hide()

    def switch(self, on: bool) -> None:
        """Follow the pointer from now on, or no more."""
        self._still = _LINGER_MS
        self._at = QCursor.pos()
        (self._follow.start if on else self._follow.stop)()
        self.hide()

    def follow(self) -> None:
        """Be where the pointer is; go once it rests."""
        at = QCursor.pos()
        if at == self._at:
            self._still += _REST_MS
            if self._still >= _LINGER_MS:
                self.hide()
            return
        self._at, self._still = at, 0
        here = self._window.mapFromGlobal(at)
        self.move(here.x() - self.width() // 2, here.y() - self.height() // 2)
        self.show()
        self.raise_()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = QColor("#ff3b30")
        colour.setAlphaF(0.18)
        painter.setBrush(colour)
        colour.setAlphaF(0.9)
        painter.setPen(QPen(colour, 3))
        painter.drawEllipse(self.rect().adjusted(3, 3, -3, -3))


class ToldKey(QLabel):
    """The key that was pressed and what it did, large, for a moment."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self._end = QTimer(self)
        self._end.setSingleShot(True)
        self._end.setInterval(_TOLD_MS)
        self._end.timeout.connect(self.hide)
        self.hide()

    def tell(self, key: str, what: str, above: QRect) -> None:
        """Stand in the middle of a line of the window for a moment."""
        t = theme.tokens()
        self.setStyleSheet(
            f"font-size: 22px; font-weight: 600; color: {t.on_accent}; background: {t.accent}; border-radius: 8px;"
            "padding: 4px 14px;"
        )
        self.setText(f"{key}  {what}".strip())
        self.adjustSize()
        self.move(above.center().x() - self.width() // 2, above.center().y() - self.height() // 2)
        self.show()
        self.raise_()
        self._end.start()


class Blank(QWidget):
    """Nothing to be seen, so that people look at who speaks."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self.setAccessibleName(tr("Blank"))
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()

    def switch(self, on: bool) -> None:
        self.setGeometry(self._window.rect())
        self.setVisible(on)
        self.raise_()

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), QColor("#000000"))
