"""Observable state: the newest that is known of every run, and who wants to hear of changes.

Values are the engine's own immutable events; a view draws one and keeps nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from dgm_studio.protocol.messages import (
    Classified,
    ConditionalSliceResult,
    Curves,
    Data,
    Decoded,
    Field,
    Filled,
    History,
    Insides,
    Interpolated,
    Latents,
    Measured,
    Opened,
    OutliersTold,
    Probed,
    Progress,
    RegionResult,
    Samples,
)
from dgm_studio.protocol.spec import RunSpec, Workspace

Callback = Callable[[Any], None]


class Observers:
    """Callbacks by topic. Nothing is held strongly but what was subscribed; `on` returns the way out.

    Where there is ``failed``, it takes the error of a callback, and the others are called all the same.
    """

    def __init__(self, failed: Callable[[Exception], None] | None = None) -> None:
        self._failed = failed
        self._by_topic: dict[str, list[Callback]] = {}

    def on(self, topic: str, callback: Callback) -> Callable[[], None]:
        """Call ``callback(value)`` whenever ``topic`` changes; returns a function that ends it."""
        listeners = self._by_topic.setdefault(topic, [])
        listeners.append(callback)

        def leave() -> None:
            if callback in listeners:
                listeners.remove(callback)

        return leave

    def tell(self, topic: str, value: Any = None) -> None:
        for callback in tuple(self._by_topic.get(topic, ())):
            try:
                callback(value)
            except Exception as error:
                if self._failed is None:
                    raise
                self._failed(error)


@dataclass
class RunState:
    """The newest that is known of one run."""

    name: str
    workspace: Workspace
    opened: Opened | None = None
    data: Data | None = None
    progress: Progress | None = None
    curves: Curves | None = None
    samples: Samples | None = None
    fields: dict[str, Field] = field(default_factory=dict)
    latents: Latents | None = None
    decoded: Decoded | None = None
    interpolated: Interpolated | None = None
    filled: Filled | None = None
    probed: Probed | None = None
    classified: Classified | None = None
    conditioned: ConditionalSliceResult | None = None
    confined: RegionResult | None = None
    insides: Insides | None = None
    outliers: OutliersTold | None = None
    measured: Measured | None = None
    history: History | None = None
    id: str = ""
    """Of the run that is there, once one is."""
    failure: str = ""
    """Why the run cannot be used, empty when it can."""
    waiting: dict[str, int] = field(default_factory=dict)
    """The ticket of the newest question by kind; answers to others are stale."""

    @property
    def step(self) -> int:
        return self.progress.step if self.progress else 0

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
        return next((s.begins for s in self.opened.info.samplers if s.name == name), "noise")

    @property
    def training(self) -> bool:
        return self.progress is not None and self.progress.phase == "training"
