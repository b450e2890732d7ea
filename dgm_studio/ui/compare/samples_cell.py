"""What one run among others draws, of images or of strings: when it is shown anew, and when it is old."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from dgm_studio.protocol.messages import History, Opened, Progress, Samples
from dgm_studio.studio.reading.moment import age_of_samples, looked_at
from dgm_studio.studio.studio import Studio

from ..binding import bind, bind_run


class SamplesCell(QFrame):
    """A kind of data is one of it: it makes its view, calls `begin` with it, shows samples in it and fades it."""

    def __init__(self, studio: Studio, slot: str) -> None:
        super().__init__()
        self._studio, self.slot = studio, slot
        self.setProperty("surface", "plot")

    def begin(self, view: QWidget, *below: QWidget) -> None:
        """From now on it is up to date."""
        studio, slot = self._studio, self.slot
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.addWidget(view, 1)
        for widget in below:
            column.addWidget(widget)
        bind_run(self, studio, Samples, lambda _: self._refresh(), slot=slot)
        for topic in (Progress, History):
            bind_run(self, studio, topic, lambda _: self.show_age(), slot=slot)
        bind_run(self, studio, Opened, lambda _: self._opened(), slot=slot)
        bind(self, studio, "session", lambda _: self.show_age())
        bind(self, studio, "workspace", lambda _: self._look())
        self._opened()

    def show_samples(self) -> None:
        """Show what there is of the run."""
        raise NotImplementedError

    def fade(self, faded: bool) -> None:
        """Show it fainter, or not."""
        raise NotImplementedError

    def show_age(self) -> None:
        """Fade samples of another moment than the one that is looked at."""
        run = self._studio.runs.get(self.slot)
        if run is not None and run.samples is not None and self.slot in self._studio.session.slots:
            now = looked_at(run, self._studio.session.spec(self.slot), 1.0)
            self.fade(age_of_samples(run.samples, now).faded)

    def _refresh(self) -> None:
        self.show_samples()
        self.show_age()

    def _opened(self) -> None:
        self._refresh()
        self._look()

    def _look(self) -> None:
        studio = self._studio
        if self.slot in studio.session.seen and studio.runs[self.slot].opened is not None:
            studio.look(frozenset({"samples"}), slot=self.slot)
