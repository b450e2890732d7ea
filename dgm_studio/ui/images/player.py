"""Player: a play button and a slider over frames, there and back."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from dgm_studio.language import tr

from ..controls import QuietSlider, Tree, dim
from ..look import theme
from ..look.icons import icon

FRAME_MS = 60


class Player(QWidget):
    """``moved(frame)`` when the slider moves by hand or by playing."""

    moved = Signal(int)

    def __init__(self, what: str, left: str = "", right: str = "") -> None:
        super().__init__()
        self._forward = True
        self.button = QPushButton()
        self.button.setCheckable(True)
        self.button.setProperty("kind", "flat")
        self.button.setFixedWidth(32)
        self.button.setAccessibleName(tr("Play {what}", what=what))
        self.button.setToolTip(tr("Play the {what} there and back.", what=what))
        self.slider = QuietSlider()
        self.slider.setRange(0, 0)
        self.slider.setAccessibleName(tr("Frame of the {what}", what=what))
        self.slider.setToolTip(tr("Scrub through the {what}.", what=what))
        self.count = dim("")
        self.count.setMinimumWidth(56)
        self.count.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.button)
        if left:
            row.addWidget(dim(left))
        row.addWidget(self.slider, 1)
        if right:
            row.addWidget(dim(right))
        row.addWidget(self.count)
        self.timer = QTimer(self)
        self.timer.setInterval(FRAME_MS)
        self.timer.timeout.connect(self._tick)
        self.button.toggled.connect(self._play)
        self.slider.valueChanged.connect(self._moved)
        theme.follow(self._draw_icon)

    @property
    def controls(self) -> Tree:
        return {"play": self.button, "frame": self.slider}

    def show_frames(self, count: int, at: int | None = None) -> None:
        """Offer ``count`` frames; stand at ``at`` (None: where it is), emitting nothing."""
        blocked = self.slider.blockSignals(True)
        self.slider.setRange(0, max(0, count - 1))
        if at is not None:
            self.slider.setValue(at)
        self.slider.blockSignals(blocked)
        self.setEnabled(count > 1)
        if count < 2:
            self.button.setChecked(False)
        self._write()

    @property
    def frame(self) -> int:
        return self.slider.value()

    def _moved(self, frame: int) -> None:
        self._write()
        self.moved.emit(frame)

    def _write(self) -> None:
        last = self.slider.maximum()
        self.count.setText(f"{self.slider.value()} / {last}" if last else "")

    def _play(self, on: bool) -> None:
        self._draw_icon()
        if on:
            self.timer.start()
        else:
            self.timer.stop()

    def _tick(self) -> None:
        last = self.slider.maximum()
        if not self.isVisible() or last == 0:
            self.button.setChecked(False)
            return
        if self.frame >= last:
            self._forward = False
        elif self.frame <= 0:
            self._forward = True
        self.slider.setValue(self.frame + (1 if self._forward else -1))

    def _draw_icon(self) -> None:
        self.button.setIcon(icon("pause" if self.button.isChecked() else "play"))
