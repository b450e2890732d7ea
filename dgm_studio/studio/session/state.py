"""Observable state: the newest that is known of every run, and who wants to hear of changes.

Values are the engine's own immutable events; a view draws one and keeps nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, Literal, TypeVar

from dgm_studio.protocol.messages import (
    Classified,
    Compressed,
    ConditionalSliceResult,
    Curves,
    Data,
    Decoded,
    Decompressed,
    Event,
    Field,
    Fill,
    Filled,
    History,
    Insides,
    Interpolated,
    Latents,
    Measured,
    Opened,
    OutliersTold,
    Predicted,
    Probed,
    Progress,
    RegionResult,
    Samples,
)
from dgm_studio.protocol.spec import RunSpec

Callback = Callable[[Any], object]
Topic = Literal[
    "catalogue", "session", "workspace", "edited", "failed", "forgotten", "unanswered", "notice", "commands", "file", "tray",
    "recent", "theme", "measure", "loaded", "shoot_out", "answers", "comparison", "sweep", "columns", "adversarial",
    "maximising", "lesson", "writing",
]  # fmt: skip
"""What the studio itself tells of; what the engine says has the event's class for its topic."""
E = TypeVar("E", bound=Event)


class Observers:
    """Callbacks by topic. Nothing is held strongly but what was subscribed; `on` returns the way out.

    Where there is ``failed``, it takes the error of a callback, and the others are called all the same.
    """

    def __init__(self, failed: Callable[[Exception], None] | None = None) -> None:
        self._failed = failed
        self._by_topic: dict[object, list[Callback]] = {}

    def on(self, topic: object, callback: Callback) -> Callable[[], None]:
        """Call ``callback(value)`` whenever ``topic`` changes; returns a function that ends it."""
        listeners = self._by_topic.setdefault(topic, [])
        listeners.append(callback)

        def leave() -> None:
            if callback in listeners:
                listeners.remove(callback)

        return leave

    def tell(self, topic: object, value: Any = None) -> None:
        for callback in tuple(self._by_topic.get(topic, ())):
            try:
                callback(value)
            except Exception as error:
                if self._failed is None:
                    raise
                self._failed(error)


class Newest(Generic[E]):
    """The newest event of a kind as a member of `RunState`; None where none came since the run was opened."""

    def __init__(self, kind: type[E]) -> None:
        self._kind = kind

    def __get__(self, run: RunState, _: type[RunState]) -> E | None:
        return run.latest(self._kind)

    def __set__(self, run: RunState, event: E | None) -> None:
        run.take(self._kind, event)


class RunState:
    """The newest that is known of one run. ``id`` is that of the run that is there, once one is; ``failure`` says why it cannot
    be used, empty when it can; ``waiting`` has the ticket of the newest question by kind: answers to others are stale.
    """

    opened = Newest(Opened)
    data = Newest(Data)
    progress = Newest(Progress)
    curves = Newest(Curves)
    samples = Newest(Samples)
    latents = Newest(Latents)
    decoded = Newest(Decoded)
    interpolated = Newest(Interpolated)
    filled = Newest(Filled)
    predicted = Newest(Predicted)
    probed = Newest(Probed)
    classified = Newest(Classified)
    conditioned = Newest(ConditionalSliceResult)
    confined = Newest(RegionResult)
    insides = Newest(Insides)
    outliers = Newest(OutliersTold)
    compressed = Newest(Compressed)
    decompressed = Newest(Decompressed)
    measured = Newest(Measured)
    history = Newest(History)

    def __init__(self, name: str, slot: str, opened: Opened | None = None, id: str = "") -> None:
        self.name, self.slot, self.id = name, slot, id
        self.failure = ""
        self.waiting: dict[str, int] = {}
        self.filling: Fill | None = None
        """What was last asked on the canvas."""
        self._latest: dict[type[Event], Any] = {}
        self.fields: dict[str, Field] = {}
        self.opened = opened

    def latest(self, kind: type[E]) -> E | None:
        """The newest event of a kind."""
        found: E | None = self._latest.get(kind)
        return found

    def take(self, kind: type[E], event: E | None) -> None:
        """Take in the newest of a kind, or forget it."""
        if event is None:
            self._latest.pop(kind, None)
        else:
            self._latest[kind] = event
        if isinstance(event, Field):
            self.fields[event.layer] = event

    def begin(self, opened: Opened, id: str) -> None:
        """Another run is there: nothing else is known of it yet, and who waits goes on waiting."""
        self._latest, self.fields = {}, {}
        self.opened, self.id, self.failure = opened, id, ""

    @property
    def step(self) -> int:
        return self.progress.step if self.progress else 0

    @property
    def seconds(self) -> float:
        """Of training."""
        return self.progress.seconds if self.progress else 0.0

    def is_of(self, wanted: RunSpec) -> bool:
        """Whether the model that is there is of a family and of data."""
        if self.opened is None:
            return False
        there = self.opened.spec
        return (there.family, there.data.name, there.data.path) == (wanted.family, wanted.data.name, wanted.data.path)

    def ready_for(self, wanted: RunSpec) -> bool:
        """Whether the model that is there is the one that is wanted, or else the last one that could be built."""
        loading = self.progress is not None and self.progress.phase == "loading"
        return self.opened is not None and (bool(self.failure) or (self.is_of(wanted) and not loading))

    @property
    def learns(self) -> bool:
        """Whether there is anything to train; True while that is not known."""
        return self.opened is None or self.opened.info.parameters > 0

    @property
    def begins(self) -> str:
        """What samples are at sampling time 0, in a word."""
        if self.opened is None:
            return "noise"
        name = self.opened.spec.sampling.sampler
        if self._goes_back:
            return self.opened.info.data_title
        return next((s.begins for s in self.opened.info.samplers if s.name == name), "noise")

    @property
    def ends(self) -> str:
        """What samples are at sampling time 1, in a word."""
        return self.opened.info.source_title if self.opened is not None and self._goes_back else "data"

    @property
    def _goes_back(self) -> bool:
        """Whether samples start from the data and end at the source."""
        if self.opened is None or not self.opened.info.source_title:
            return False
        return bool(self.opened.spec.sampling.knobs.get("direction") == "back")

    @property
    def training(self) -> bool:
        return self.progress is not None and self.progress.phase == "training"
