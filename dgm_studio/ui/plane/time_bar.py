"""The time bar below the plane: sampling time from its beginning, 0, to data, 1, scrubbed or played, once or in a loop."""

from __future__ import annotations

from PySide6.QtCore import QElapsedTimer, Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from dgm_studio.language import tr

from ..controls import ComboBox, QuietSlider, Tree, button, dim, label
from ..look import theme
from ..look.icons import icon

SPEEDS = (0.25, 0.5, 1.0, 2.0)
PLAY_SECONDS, PAUSE_SECONDS = 3.0, 0.6
"""How long the way takes at speed 1, and how long a loop rests at its end, so that the data are seen."""


class TimeBar(QWidget):
    """``moved(t)`` when the slider moves, by hand or by playing."""

    moved = Signal(float)
    film_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)  # time runs as it does on the axes
        self._t = 1.0
        self.play = button("", tr("Play the way to data (P)."), "flat")
        self.play.setAccessibleName(tr("Play sampling"))
        self.play.clicked.connect(self.toggle_play)
        self.loop = button("", tr("Begin again at the end, until stopped."), "flat")
        self.loop.setAccessibleName(tr("Play in a loop"))
        self.loop.setCheckable(True)
        self.loop.toggled.connect(lambda _: self._restyle())
        self.speed = ComboBox()
        self.speed.setProperty("kind", "flat")
        self.speed.setAccessibleName(tr("Speed of playing"))
        self.speed.setToolTip(tr("How fast sampling is played."))
        for speed in SPEEDS:
            self.speed.addItem(f"{speed:g}×", speed)
        self.speed.setCurrentIndex(SPEEDS.index(1.0))
        self.speed.currentIndexChanged.connect(lambda _: self.begin_from(self._t))
        self.slider = QuietSlider()
        self.slider.setRange(0, 1000)
        self.slider.setAccessibleName(tr("Sampling time"))
        self.slider.setToolTip(tr("Sampling time t, 1 is data. Below 1 samples stand where they are then."))
        self.slider.valueChanged.connect(self._slid)
        self.begin, self._end = dim(tr("noise")), dim(tr("data"))
        self.film = button("", tr("Make a film of this."), "flat")
        self.film.setAccessibleName(tr("Film of sampling"))
        self.film.clicked.connect(self.film_asked)
        self._value = label("t = 1.00")
        self._value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for widget in (self.play, self.loop, self.speed, self.begin):
            row.addWidget(widget)
        row.addWidget(self.slider, 1)
        for widget in (self._end, self._value, self.film):
            row.addWidget(widget)
        self._timer = QTimer(self)
        self._timer.setInterval(33)
        self._timer.timeout.connect(self._advance)
        self._clock = QElapsedTimer()
        self._from = 0.0
        theme.follow(self._restyle)

    @property
    def controls(self) -> Tree:
        return {"play": self.play, "loop": self.loop, "speed": self.speed, "time": self.slider, "film": self.film}

    def show_ends(self, begin: str, end: str = "data") -> None:
        """What samples begin as, such as "noise", and what they are at the end."""
        self.begin.setText(tr(begin))
        self._end.setText(tr(end))
        self.play.setToolTip(tr("Play the way from {begin} to {end} (P).", begin=begin, end=end))

    def show_time(self, t: float) -> None:
        """Show a time without emitting it."""
        self._t = t
        blocked = self.slider.blockSignals(True)
        self.slider.setValue(round(1000 * t))
        self.slider.blockSignals(blocked)
        self._value.setText(f"t = {t:.2f}")

    @property
    def playing(self) -> bool:
        return self._timer.isActive()

    def toggle_play(self) -> None:
        if self.playing:
            self.stop()
            return
        self.begin_from(0.0 if self._t >= 1.0 else self._t)
        self._timer.start()
        self._restyle()

    def stop(self) -> None:
        self._timer.stop()
        self._restyle()

    def begin_from(self, t: float) -> None:
        self._from = t
        self._clock.start()

    def _advance(self) -> None:
        self.advance_to(self._clock.elapsed() / 1000)

    def advance_to(self, seconds: float) -> None:
        """Show where playing is after so many seconds from where it began; at the end it stops, or begins again."""
        at = self._from + seconds * float(self.speed.currentData()) / PLAY_SECONDS
        if at >= 1.0 and not self.loop.isChecked():
            self.stop()
        elif at >= 1.0 + PAUSE_SECONDS / PLAY_SECONDS:
            self.begin_from(0.0)
            at = 0.0
        t = min(1.0, at)
        self.show_time(t)
        self.moved.emit(t)

    def _slid(self, value: int) -> None:
        self.stop()
        self.show_time(value / 1000)
        self.moved.emit(value / 1000)

    def _restyle(self) -> None:
        self.play.setIcon(icon("pause" if self.playing else "play"))
        self.loop.setIcon(icon("loop", "accent" if self.loop.isChecked() else "dim"))
        self.film.setIcon(icon("film", "dim"))
        for each in (self.play, self.loop, self.film):
            each.setFixedWidth(theme.px(30))
        self.speed.setFixedWidth(theme.px(66))
        self._value.setFixedWidth(theme.px(58))
