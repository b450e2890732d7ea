"""Maximising: what pleases a classifier most, in pixels alone and under the prior of every run of pictures that is open.

The run of images in front learns the classifier of its data and walks in pixels and under its own prior; runs kept for the
shoot-out and those of a comparison, on the same data, walk under theirs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from dgm_studio.protocol import messages as m
from dgm_studio.protocol.messages import Array

from .adversarial import runs_of_pictures, title_of

if TYPE_CHECKING:
    from ..studio import Studio

COUNT = 6
"""Pictures of each method."""
MaximisedClassifier = Literal["net", "robust", "convolutional"]


@dataclass(frozen=True)
class MaximiseQuestion:
    """What is asked, as in `messages.Maximise`."""

    classifier: MaximisedClassifier = "net"
    target: tuple[str, *tuple[int, ...]] = ("class", 0)
    pull: float = 5.0
    seed: int = 0
    image: Array | None = None


@dataclass
class Walked:
    """One method of one run, by the run's name and its own, and how far it is."""

    run: str
    name: str
    title: str
    told: m.Maximised

    @property
    def done(self) -> bool:
        return self.told.path is not None


class Maximising:
    """Topic ``maximising``: something of it changed."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._asked: dict[int, str] = {}
        self.methods: dict[tuple[str, str], Walked] = {}
        """In the order in which they are shown; those of the last question stay until the new ones come."""
        self._stale: set[tuple[str, str]] = set()
        self.problem = ""
        studio.on(m.Opened, self._opened)

    @property
    def busy(self) -> bool:
        """Whether a method is still being walked."""
        return bool(self._asked)

    def ask(self, question: MaximiseQuestion) -> None:
        """Ask every run; newest wins."""
        studio = self._studio
        front = studio.runs["images"]
        if front.opened is None:
            return
        self.stop()
        self.problem, self._stale = "", set(self.methods)
        event = front.opened.info.event
        shape = (*event[1:], *([3] if event[0] == 3 else []))
        for run in runs_of_pictures(studio, shape):
            mine = run is front
            if run.opened is None or run.opened.spec.data != front.opened.spec.data:
                continue
            if not mine and not run.opened.info.methods_for("objective"):
                continue
            ticket = studio.ask.ticket()
            self._asked[ticket] = run.name
            q = question
            studio.backend.send(
                m.Maximise(run.name, ticket, q.classifier, q.target, COUNT, q.seed, q.pull, q.image, pixels=mine)
            )
        self._tell()

    def stop(self) -> None:
        """End what is being walked; what there is of it stays."""
        for name in self._asked.values():
            self._studio.backend.send(m.Cancel(name, "maximise"))
        self._asked = {}
        self._tell()

    def receive(self, event: m.Event) -> bool:
        """Take in an event; True when it was about this and nobody else needs it."""
        if isinstance(event, m.Maximised):
            if event.ticket in self._asked:
                self._came(event)
            return True
        if isinstance(event, m.Failed) and event.ticket in self._asked:
            del self._asked[event.ticket]
            self.problem = event.message
            self._tell()
            return True
        return False

    def _came(self, event: m.Maximised) -> None:
        studio, key = self._studio, (event.run, event.method)
        run = next((run for run in studio.runs.values() if run.name == event.run), None)
        if run is None:
            return
        pixels = " · " not in event.title
        title = event.title if pixels else f"{title_of(studio, run)} · {event.title.partition(' · ')[2]}"
        self.methods[key] = Walked(event.run, event.method, title, event)
        self._stale.discard(key)
        if event.last:
            del self._asked[event.ticket]
            if not self._asked:  # methods that this question did not have
                self.methods = {key: method for key, method in self.methods.items() if key not in self._stale}
        self._tell()

    def _opened(self, event: m.Opened) -> None:
        """Another run is in front: what was told is of its data no more."""
        if event.run == self._studio.runs["images"].name:
            self._asked, self.methods, self.problem = {}, {}, ""
            self._tell()

    def _tell(self) -> None:
        self._studio.observers.tell("maximising", self)
