"""Question view: a view of images that asks by itself, when it comes to the front and soon after a control was moved."""

from __future__ import annotations

from PySide6.QtCore import QSize, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from dgm_studio.studio.studio import Studio

from ..binding import bind
from ..look import theme

_WIDE, _HIGH = 420, 320


class QuestionView(QWidget):
    """``name`` is that of the view among `IMAGE_VIEWS`. A subclass says what is asked, and when nothing was told yet."""

    def __init__(self, studio: Studio, name: str, soon_ms: int) -> None:
        super().__init__()
        self._studio, self._name = studio, name
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(soon_ms)
        self._soon.timeout.connect(self.ask)
        for topic in ("session", "workspace"):
            bind(self, studio, topic, lambda _: self.ask_if_new())

    def ask(self) -> None:
        """Ask, as the controls say."""
        raise NotImplementedError

    @property
    def is_new(self) -> bool:
        """Whether nothing was asked of this run yet."""
        raise NotImplementedError

    @property
    def in_front(self) -> bool:
        return self._studio.workspace == "images" and self._studio.session.image_view == self._name

    def ask_if_new(self) -> None:
        """Ask when the view is in front and nothing was asked of this run yet."""
        if self.in_front and self.is_new:
            self.ask()

    def ask_soon(self) -> None:
        """Ask once what was moved has rested a little."""
        self._soon.start()

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.px(_WIDE), theme.px(_HIGH))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.ask_if_new()
