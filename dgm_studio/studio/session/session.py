"""Session: what is open and what is on screen, as one immutable value. Every edit makes a new one; undo keeps the old.

A run is on screen in a *slot*: the plane, the images, the sequences and the paths have one each, a comparison one for every
cell, a shoot-out one for every contender beside the run of images in front. Views watch slots; which run is in one, by its id
in the tray, changes with every choice of data or family.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from pydantic import Field, model_validator

from dgm_studio.language import tr
from dgm_studio.protocol.layers import PLANE_LAYERS
from dgm_studio.protocol.spec import DataChoice, DataKind, Frozen, RunSpec, Sampling

from .workspace import ALONE, Workspace

CELL = "cell-"
CELLS = "ABCDEF"
"""Slots of a comparison are ``cell-A`` to ``cell-F``; a cell keeps its letter, and with it its colour, while it is there."""
KEPT = "kept-"
PLACES = "ABCDEFGH"
"""Slots of the shoot-out are ``kept-A`` to ``kept-H``."""
IMAGE_VIEWS: tuple[str, ...] = ("samples", "path", "latent", "interpolate", "inside", "paint", "shoot-out", "compress",
                               "attack", "maximise", "program")  # fmt: skip


COUNTS: Mapping[DataKind, int] = {"points": 1000, "images": 100, "strings": 200, "sounds": 8, "paths": 64}
"""Samples of a kind of data that are drawn at a time until a person asks for more or fewer."""


def new_id() -> str:
    """Of a run, from its first moment on."""
    return uuid.uuid4().hex


def tab_of(slot: str) -> Workspace:
    """Where a slot is seen."""
    return "compare" if slot.startswith(CELL) else next((each for each in ALONE if slot == each), "images")


class Slot(Frozen):
    """Room for one run: what it is to be, and which it is; empty until it is given an id."""

    spec: RunSpec
    run: str = ""


def _at_first() -> dict[str, Slot]:
    points = RunSpec(data=DataChoice(name="moons"), family="flow-matching")
    digits = RunSpec(
        data=DataChoice(name="digits"), family="diffusion", conditional=True, sampling=Sampling(count=COUNTS["images"])
    )
    brackets = RunSpec(
        data=DataChoice(name="brackets"), family="autoregressive", sampling=Sampling(count=COUNTS["strings"])
    )
    given = (("start_x", -1.0), ("start_y", 0.0), ("goal_y", 0.0), ("obstacle_x", 0.0), ("obstacle_y", 0.0))
    detours = RunSpec(
        data=DataChoice(name="detours"),
        family="flow-matching",
        conditional=True,
        sampling=Sampling(count=COUNTS["paths"], label=given),
    )
    firsts = {"2d": points, "images": digits, "sequences": brackets, "paths": detours}
    return {slot: Slot(spec=spec) for slot, spec in firsts.items()}


class Session(Frozen):
    """The slots and what is seen of them. ``layers`` are those switched on; ``time`` is the sampling time on the slider;
    ``cell`` is the slot of the comparison that is steered.
    """

    workspace: Workspace = "2d"
    slots: dict[str, Slot] = Field(default_factory=_at_first)
    cell: str = ""
    layers: tuple[str, ...] = tuple(layer.name for layer in PLANE_LAYERS if layer.at_first)
    image_view: str = "samples"
    time: float = Field(default=1.0, ge=0.0, le=1.0)
    prior: tuple[float, ...] = ()
    """Weights of the classes before an example was seen; empty for their shares among the data."""

    @model_validator(mode="before")
    @classmethod
    def _of_earlier(cls, values: Any) -> Any:
        """Sessions of earlier versions had a plane and images, and no slots; later ones had no sequences or paths."""
        if not isinstance(values, dict):
            return values
        values = dict(values)
        slots: dict[str, Any] = dict(values.pop("slots", None) or _at_first())
        for slot in ("sequences", "paths"):
            slots.setdefault(slot, _at_first()[slot])
        for slot, name in (("2d", "plane"), ("images", "images")):
            spec, run = values.pop(name, None), values.pop(f"{name}_run", "")
            if spec is not None:
                slots[slot] = {"spec": spec, "run": run}
        return {**values, "slots": slots}

    @model_validator(mode="after")
    def _whole(self) -> Session:
        known = {*ALONE, *(f"{CELL}{letter}" for letter in CELLS), *(f"{KEPT}{letter}" for letter in PLACES)}
        if not set(ALONE) <= self.slots.keys() or self.slots.keys() - known:
            raise ValueError(
                tr("there is no such slot: {names}", names=", ".join(self.slots.keys() - known) or tr("one is missing"))
            )
        return self

    @property
    def cells(self) -> tuple[str, ...]:
        """The slots of the comparison, in their order."""
        return tuple(slot for slot in self.slots if slot.startswith(CELL))

    @property
    def contenders(self) -> tuple[str, ...]:
        """The slots of the shoot-out, in their order."""
        return tuple(slot for slot in self.slots if slot.startswith(KEPT))

    @property
    def front(self) -> str:
        """The slot that is steered."""
        if self.workspace != "compare":
            return self.workspace
        return self.cell if self.cell in self.slots else next(iter(self.cells), "2d")

    @property
    def seen(self) -> tuple[str, ...]:
        """The slots that are on screen, or one click away from it."""
        if self.workspace == "images":
            return ("images", *self.contenders)
        return self.cells if self.workspace == "compare" else (self.workspace,)

    def spec(self, slot: str | None = None) -> RunSpec:
        return self.slots[slot or self.front].spec

    def run_id(self, slot: str | None = None) -> str:
        return self.slots[slot or self.front].run

    def with_spec(self, spec: RunSpec, slot: str | None = None) -> Session:
        """Another wish for the run of a slot."""
        slot = slot or self.front
        return self.with_slot(slot, Slot(spec=spec, run=self.slots[slot].run))

    def with_run(self, id: str, slot: str | None = None) -> Session:
        """Another run in a slot."""
        slot = slot or self.front
        return self.with_slot(slot, Slot(spec=self.slots[slot].spec, run=id))

    def with_slot(self, slot: str, held: Slot) -> Session:
        return self.with_(slots={**self.slots, slot: held})

    def with_cell(self, held: Slot) -> Session:
        """One more cell in the comparison, which is then the one that is steered. Raises ValueError where all are taken."""
        free = next((f"{CELL}{letter}" for letter in CELLS if f"{CELL}{letter}" not in self.slots), None)
        if free is None:
            raise ValueError(tr("a comparison has at most {cells} cells", cells=len(CELLS)))
        return self.with_(slots={**self.slots, free: held}, cell=free)

    def with_contender(self, held: Slot) -> Session:
        """One more in the shoot-out. Raises ValueError where all places are taken."""
        free = next((f"{KEPT}{letter}" for letter in PLACES if f"{KEPT}{letter}" not in self.slots), None)
        if free is None:
            raise ValueError(tr("a shoot-out has room for {places} runs beside the one in front", places=len(PLACES)))
        return self.with_(slots={**self.slots, free: held})

    def without(self, slot: str) -> Session:
        return self.with_(slots={name: held for name, held in self.slots.items() if name != slot})

    def identified(self) -> Session:
        """With an id for the run of every slot."""
        slots = {name: held if held.run else Slot(spec=held.spec, run=new_id()) for name, held in self.slots.items()}
        return self.with_(slots=slots) if slots != self.slots else self

    def with_(self, **changes: Any) -> Session:
        """A copy with fields replaced, validated. Raises pydantic.ValidationError."""
        values = {name: getattr(self, name) for name in type(self).model_fields}
        return Session(**{**values, **changes})
