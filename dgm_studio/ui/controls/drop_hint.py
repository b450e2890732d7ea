"""What a drop will do, said over the place that takes it while something is dragged there."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from ..look import theme


class DropHint(QWidget):
    """A frame around ``place`` and a sentence in its middle; nothing of it takes part in dragging."""

    def __init__(self, place: QWidget) -> None:
        super().__init__(place)
        self.text = ""
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setObjectName("dropHint")
        self.hide()
        place.installEventFilter(self)

    def say(self, text: str) -> None:
        """Show a sentence over the place."""
        self.text = text
        self.setAccessibleName(text)
        self._cover()
        self.show()
        self.raise_()
        self.update()

    def _cover(self) -> None:
        place = self.parentWidget()
        if place is not None:
            self.setGeometry(place.rect())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.DragLeave, QEvent.Type.Drop):
            self.hide()
        elif event.type() == QEvent.Type.Resize and self.isVisible():
            self._cover()
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """A veil, a frame of dashes, and the sentence on a plate of its own, so that nothing behind it runs into it."""
        look, margin = theme.tokens(), theme.px(10)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), look.colour("background", 0.7))
        frame = self.rect().adjusted(margin, margin, -margin, -margin)
        painter.setPen(QPen(look.colour("accent"), theme.px(2), Qt.PenStyle.DashLine))
        painter.drawRoundedRect(frame, theme.px(8), theme.px(8))
        font = self.font()
        font.setPixelSize(theme.px(18))
        font.setWeight(font.Weight.DemiBold)
        painter.setFont(font)
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        inner = frame.adjusted(4 * margin, 4 * margin, -4 * margin, -4 * margin)
        words = painter.boundingRect(inner, flags, self.text)
        painter.setPen(look.colour("line"))
        painter.setBrush(look.colour("raised"))
        painter.drawRoundedRect(words.adjusted(-2 * margin, -margin, 2 * margin, margin), theme.px(8), theme.px(8))
        painter.setPen(look.colour("text"))
        painter.drawText(words, flags, self.text)
        painter.end()
