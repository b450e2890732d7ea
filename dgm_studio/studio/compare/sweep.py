"""A sweep: one knob of every run of the comparison over a range, and what the measures say along it.

Topic ``sweep``: a point came, or the work began or ended. A run without the knob has no line.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dgm_studio.protocol import messages as m
from dgm_studio.protocol.catalogue import Schema
from dgm_studio.protocol.spec import DataChoice

from ..session.state import RunState
from .standings import with_setting

if TYPE_CHECKING:
    from ..studio import Studio

MOST_POINTS = 40
_TEMPERATURE = {"title": "temperature", "type": "number", "minimum": 0.0, "maximum": 2.0}


@dataclass(frozen=True)
class Knob:
    """What can be swept: ``key`` is like "sampling.steps"; bounds, on a ``log`` scale or not, of whole numbers or not."""

    key: str
    title: str
    low: float
    high: float
    log: bool
    integer: bool

    def values(self, low: float, high: float, count: int) -> tuple[float, ...]:
        """``count`` values from ``low`` to ``high`` within the bounds, evenly in the knob's own scale, each once."""
        low, high = max(self.low, min(low, high)), min(self.high, max(low, high))
        count = max(1, min(count, MOST_POINTS))
        shares = [i / max(1, count - 1) for i in range(count)]
        if self.log and low > 0:
            raw = [low * (high / low) ** share for share in shares]
        else:
            raw = [low + (high - low) * share for share in shares]
        return tuple(dict.fromkeys(float(round(v)) if self.integer else float(f"{v:.6g}") for v in raw))


class Sweeping:
    """Of one studio."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self.knob: Knob | None = None
        """What is swept, or was."""
        self.points: dict[str, list[m.SweepPoint]] = {}
        """What is known by slot, in the order of its coming."""
        self._waiting: set[str] = set()
        self._of: dict[str, tuple[str, DataChoice]] = {}
        """Family and data of the runs that are swept, by slot."""
        studio.on(m.SweepPoint, self._came)
        studio.on("unanswered", lambda kind: self._given_up() if kind == "sweep" else None)
        studio.on("session", lambda _: self._follow())

    def knobs(self) -> list[Knob]:
        """What some run of the comparison can be swept over: of samplers, of models, of training."""
        found: dict[str, Knob] = {}
        for run in self._studio.comparison.runs.values():
            for knob in self.knobs_of(run):
                found.setdefault(knob.key, knob)
        return list(found.values())

    def knobs_of(self, run: RunState) -> list[Knob]:
        """What a run can be swept over."""
        if run.opened is None:
            return []
        spec, info = run.opened.spec, run.opened.info
        sampler = next((s for s in info.samplers if s.name == spec.sampling.sampler), None)
        family = self._studio.catalogue.family(spec.family)
        parts: list[tuple[str, Mapping[str, Any]]] = [
            ("sampling", {} if sampler is None else _numbers(sampler.schema)),
            ("sampling", {"temperature": _TEMPERATURE} if info.temperature else {}),
            ("config", {} if family is None else _numbers(family.settings_for(info.kind))),
            ("training", {} if family is None or not run.learns else _numbers(family.training_schema)),
        ]
        return [_knob(f"{part}.{name}", field) for part, fields in parts for name, field in fields.items()]

    @property
    def running(self) -> bool:
        return bool(self._waiting)

    @property
    def progress(self) -> tuple[int, int]:
        """How many points there are, of how many."""
        newest = [points[-1] for points in self.points.values() if points]
        return sum(p.done for p in newest), sum(p.of for p in newest)

    def start(self, knob: Knob, low: float, high: float, count: int) -> bool:
        """Sweep every run that has the knob; False where none has."""
        self.stop()
        values = knob.values(low, high, count)
        runs = {s: r for s, r in self._studio.comparison.runs.items() if knob.key in {k.key for k in self.knobs_of(r)}}
        self.knob, self.points = knob, {slot: [] for slot in runs}
        self._of = {slot: self._is_of(slot) for slot in runs}
        for slot, run in runs.items():
            self._studio.ask.sweep(run, knob.key, values)
            self._waiting.add(slot)
        self._tell()
        return bool(runs)

    def stop(self) -> None:
        """End it; the points that came stay."""
        for slot in self._waiting:
            run = self._studio.runs.get(slot)
            if run is not None:
                self._studio.backend.send(m.Cancel(run.name, "sweep"))
                run.waiting.pop("sweep", None)
        if self._waiting:
            self._waiting = set()
            self._tell()

    def go(self, slot: str, value: float) -> None:
        """Set the knob of a run to a value: there it is as it was measured."""
        session = self._studio.session
        if self.knob is None or slot not in session.slots:
            return
        wanted: Any = round(value) if self.knob.integer else value
        spec = with_setting(session.spec(slot), self.knob.key, wanted)
        if spec is not None:
            self._studio.edit(session.with_spec(spec, slot))

    def _came(self, point: m.SweepPoint) -> None:
        slot = next((s for s, run in self._studio.runs.items() if run.name == point.run), None)
        if slot in self.points and self.knob is not None and point.key == self.knob.key:
            self.points[slot].append(point)
            if point.done == point.of:
                self._waiting.discard(slot)
            self._tell()

    def _is_of(self, slot: str) -> tuple[str, DataChoice]:
        spec = self._studio.session.spec(slot)
        return spec.family, spec.data

    def _given_up(self) -> None:
        """Runs that failed, or gave way to others, answer no more."""
        runs = self._studio.runs
        left = {slot for slot in self._waiting if slot in runs and runs[slot].waiting.get("sweep")}
        if left != self._waiting:
            self._waiting = left
            self._tell()

    def _follow(self) -> None:
        """What was found of a run goes with its slot, its family and its data."""
        slots = self._studio.session.slots
        gone = [slot for slot in self.points if slot not in slots or self._is_of(slot) != self._of[slot]]
        for slot in gone:
            del self.points[slot]
            self._waiting.discard(slot)
        if gone:
            self._tell()
        self._given_up()

    def _tell(self) -> None:
        self._studio.observers.tell("sweep")


def _numbers(schema: Schema) -> dict[str, Mapping[str, Any]]:
    """The settings of a schema that are numbers between bounds."""
    fields: Mapping[str, Mapping[str, Any]] = schema.get("properties", {})
    return {
        name: field
        for name, field in fields.items()
        if field.get("type") in ("integer", "number")
        and all(math.isfinite(field.get(bound, math.inf)) for bound in ("minimum", "maximum"))
    }


def _knob(key: str, field: Mapping[str, Any]) -> Knob:
    title = str(field.get("title") or key.rpartition(".")[2]).replace("_", " ").lower()
    low, high = float(field["minimum"]), float(field["maximum"])
    return Knob(key, title, low, high, field.get("scale") == "log" and low > 0, field["type"] == "integer")
