"""Comparison: several runs side by side, which train together and are asked the same.

Its runs are those in the cells of the session. What makes them comparable they share: the data, the noise, how many samples are
drawn, the temperature and the class. Family, architecture, sampler and its knobs are each cell's own. On one device they train
in turn, so that all advance together in what the budget counts.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dgm_studio.language import tr
from dgm_studio.protocol import messages as m
from dgm_studio.protocol.spec import DataChoice, Pace, RunSpec, Sampling

from ..files.tray import BadRun
from ..reading.quality import ranked
from ..session.session import CELL, CELLS, Session, Slot, new_id
from ..session.state import RunState
from ..session.workspace import workspace_of
from .standings import settings_of, with_setting

if TYPE_CHECKING:
    from ..studio import Studio

SHARED = ("count", "temperature", "label", "seed", "seed_locked")
"""What cells share of how they are sampled."""


@dataclass(frozen=True)
class Budget:
    """How much every run may train in all: an ``amount`` of seconds, steps or examples; without end where it is 0."""

    unit: Pace = "seconds"
    amount: int = 0

    def left(self, run: RunState) -> m.Train | None:
        """What is to be asked of a run to reach the budget; None where it has."""
        if not self.amount:
            return m.Train(run.name, pace=self.unit)
        if self.unit == "seconds":
            left = self.amount - run.seconds
            return m.Train(run.name, seconds=left, pace="seconds") if left > 0 else None
        whole = self.amount
        if self.unit == "examples":
            batch = int(run.opened.spec.training.get("batch", 1)) if run.opened is not None else 1
            whole = math.ceil(self.amount / max(1, batch))
        return m.Train(run.name, steps=whole - run.step, pace=self.unit) if whole > run.step else None


class Comparison:
    """Topic ``comparison``: its budget changed. Which cells there are is said by ``session``."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self.budget = Budget()
        self._going = False
        """Whether all were told to train, and not to pause since; a single step of one run is no such word."""
        self._rewound: set[str] = set()
        """Runs that were asked to show a step they kept, of which nothing may have come back yet."""
        studio.on(m.Opened, self._joined)

    # --- who takes part --------------------------------------------------------------------------------------------

    @property
    def runs(self) -> dict[str, RunState]:
        """What is known of the run in every cell, by slot."""
        return {slot: self._studio.runs[slot] for slot in self._studio.session.cells if slot in self._studio.runs}

    @property
    def data(self) -> DataChoice:
        """What all runs are of; before there are any, the data of the plane."""
        session = self._studio.session
        return session.spec(next(iter(session.cells), "2d")).data

    @property
    def full(self) -> bool:
        return len(self._studio.session.cells) >= len(CELLS)

    def begin(self) -> None:
        """Something to begin with: the run that was steered until now, as it is."""
        self.duplicate(self._studio.session.front)

    def add_family(self, name: str) -> bool:
        """An untrained run of a family, by its recipe, on the data of the others."""
        session = self._studio.session
        like = session.spec(next(iter(session.cells), "2d"))
        sampling = Sampling(**{key: getattr(like.sampling, key) for key in SHARED})
        spec = RunSpec(
            data=like.data,
            family=name,
            conditional=like.conditional,
            seed=like.seed,
            device=like.device,
            sampling=sampling,
        )
        return self._add(Slot(spec=spec))

    def add_spec(self, spec: RunSpec) -> bool:
        """An untrained run of settings that were chosen before, such as a recipe's, on the data of the others."""
        here = self.data
        return self._add(
            Slot(spec=self._shared_sampling(spec.with_(data=here) if spec.data.name == here.name else spec))
        )

    def duplicate(self, slot: str) -> bool:
        """The run of a slot once more, as it is now, so that one thing of it can be changed."""
        return self._add(self.copy(slot))

    def repeat(self, slot: str) -> bool:
        """The same settings once more with the next seed, untrained: together they are repeats of one setting."""
        session = self._studio.session
        spec = session.spec(slot)
        seeds = [session.spec(other).seed for other in session.cells if session.spec(other).family == spec.family]
        return self._add(Slot(spec=spec.with_(seed=max([spec.seed, *seeds]) + 1)))

    def copy(self, slot: str) -> Slot:
        """What holds the same run once more: of a trained one a copy in the tray, of which every value is known."""
        studio = self._studio
        run = studio.runs[slot]
        if run.step == 0 or not run.learns or run.id != studio.session.run_id(slot):  # or it is about to give way
            return Slot(spec=studio.session.spec(slot), run=new_id())
        id = studio.copied(run)
        return Slot(spec=studio.tray[id].spec, run=id)

    def add_kept(self, id: str) -> bool:
        """A run from the tray. A notice says why where it does not fit."""
        studio = self._studio
        kept, here = studio.tray[id], self.data
        if any(held.run == id for held in studio.session.slots.values()):
            studio.notify(
                "info",
                tr("{title} is on screen already.", title=kept.title),
                tr("Duplicate it to compare it with itself."),
            )
            return False
        if studio.session.cells and (kept.spec.data.name, kept.spec.data.path) != (here.name, here.path):
            studio.notify(
                "warn",
                tr(
                    "{title} was trained on {data}; this comparison is of {data_title}.",
                    title=kept.title,
                    data=kept.data,
                    data_title=self._data_title(),
                ),
                tr("Runs of different data are not comparable. Choose its data first, or compare it elsewhere."),
            )
            return False
        return self._add(Slot(spec=self._shared_sampling(kept.spec), run=id))

    def add_file(self, path: Path) -> bool:
        """A run from a ``.dgm`` file, which stays as it is. A notice says what is wrong with it."""
        studio = self._studio
        try:
            kept = studio.tray.take(path)
        except (BadRun, OSError) as error:
            studio.notify(
                "bad",
                tr("{name} was not added: {error}", name=path.name, error=error),
                tr("Choose a run saved by DGM Studio."),
            )
            return False
        return self.add_kept(kept.id)

    def bring_alone(self, slot: str) -> None:
        """Show the run of a cell in its own workspace, as it is now; the cell stays."""
        studio = self._studio
        there = workspace_of(studio.kind)
        studio.edit(studio.session.with_slot(there, self.copy(slot)).with_(workspace=there))

    def remove(self, slot: str) -> None:
        """Take a run out; what it learned stays among the runs that are kept."""
        self._studio.edit(self._studio.session.without(slot))

    def choose(self, slot: str) -> None:
        """Steer the run of a cell."""
        studio = self._studio
        if slot != studio.session.front and slot in studio.session.cells:
            studio.history.replace(studio.session.with_(cell=slot))
            studio.follow()
            studio.observers.tell("workspace", studio.workspace)

    def _add(self, held: Slot) -> bool:
        studio = self._studio
        if self.full:
            studio.notify(
                "warn",
                tr("A comparison has room for {cells} runs.", cells=len(CELLS)),
                tr("Remove one to add another."),
            )
            return False
        studio.edit(studio.session.with_cell(held).with_(workspace="compare"))
        return True

    def _data_title(self) -> str:
        source = self._studio.catalogue.source(self.data.name)
        return self.data.label if self.data.path or source is None else source.title

    def _shared_sampling(self, spec: RunSpec) -> RunSpec:
        session = self._studio.session
        if not session.cells:
            return spec
        like = session.spec(session.cells[0]).sampling
        return spec.with_sampling(**{key: getattr(like, key) for key in SHARED})

    # --- what they share -------------------------------------------------------------------------------------------

    def shared(self, before: RunSpec, session: Session) -> Session:
        """The session with what cells share, and the steered one has changed since ``before``, taken over to the others."""
        now = session.spec()
        changed = {
            k: getattr(now.sampling, k) for k in SHARED if getattr(now.sampling, k) != getattr(before.sampling, k)
        }
        other = (now.data.name, now.data.path) != (before.data.name, before.data.path)
        if other and not self._of_one_kind(before.data, now.data):  # which samplers there are is not known
            changed.update(sampler=None, knobs={})
        for slot in session.cells:
            spec = session.spec(slot)
            if now.data != before.data:
                spec = spec.with_(data=now.data, **({"config": {}, "training": {}} if other else {}))
            if now.conditional != before.conditional:
                spec = spec.with_(conditional=now.conditional)
            session = session.with_spec(spec.with_sampling(**changed) if changed else spec, slot)
        return session

    def _of_one_kind(self, one: DataChoice, other: DataChoice) -> bool:
        """Whether both data are known to be points, or images."""
        sources = [None if data.path else self._studio.catalogue.source(data.name) for data in (one, other)]
        kinds = {None if source is None else source.kind for source in sources}
        return len(kinds) == 1 and None not in kinds

    def copy_setting(self, key: str, slot: str) -> None:
        """Give a setting of one run to all that have it; of the architecture, to those of its family."""
        studio = self._studio
        opened = studio.runs[slot].opened
        if opened is None or key not in (known := settings_of(opened.spec)):
            return
        session = studio.session
        for other in session.cells:
            spec = session.spec(other)
            there = studio.runs[other].opened
            if other == slot or there is None or key not in settings_of(there.spec):
                continue
            if key.startswith("config.") and spec.family != opened.spec.family:
                continue
            changed = with_setting(spec, key, known[key])
            if changed is not None:
                session = session.with_spec(changed, other)
        studio.edit(session)

    # --- training --------------------------------------------------------------------------------------------------

    @property
    def learns(self) -> bool:
        """Whether there is a run that can be trained."""
        return any(run.opened is not None and run.learns for run in self.runs.values())

    @property
    def training(self) -> bool:
        """Whether some run learns now; one that only takes in its examples does so without being asked."""
        return any(run.training and run.learns for run in self.runs.values())

    def set_budget(self, unit: Pace, amount: int) -> None:
        """How much every run may train in all; 0 for as long as anybody likes."""
        self.budget = Budget(unit, max(0, amount))
        self._studio.observers.tell("comparison")
        if self.training:
            self.train()

    def train(self) -> None:
        """Train every run that is there and has some of the budget left; what has none says so once."""
        self._studio.settle("compare", {"train"})
        self._going = True
        asked = list(self._asked())
        for intent in asked:
            self._studio.backend.send(intent)
        if not asked and self.budget.amount and any(run.opened is not None for run in self.runs.values()):
            self._studio.notify("info", tr("Every run has used its budget."), tr("Raise it to train on."))

    def _asked(self) -> Iterator[m.Train]:
        for run in self.runs.values():
            if run.opened is not None and run.learns and not run.failure:
                intent = self.budget.left(run)
                if intent is not None:
                    yield intent

    def measure_all(self) -> None:
        """Compute every measure of every run now."""
        for run in self.runs.values():
            if run.opened is not None:
                self._studio.backend.send(m.MeasureNow(run.name))

    @property
    def measure(self) -> str:
        """The measure in every cell: the one that was chosen, else the most telling one that all measured runs have;
        numbers of two measures side by side would say nothing.
        """
        told = [run.curves.measures for run in self.runs.values() if run.curves is not None and run.curves.measures]
        if self._studio.measure or not told:
            return self._studio.measure
        return next((name for name in ranked(told[0]) if all(name in curves for curves in told)), "")

    def finished(self) -> None:
        """A run has used its budget; the last one says so for all."""
        if not any(self.budget.left(run) for run in self.runs.values() if run.learns and not _ended(run)):
            who = tr("Every other run") if any(map(_ended, self.runs.values())) else tr("Every run")
            said = tr(
                "{who} has trained its {amount:,} {unit}.", who=who, amount=self.budget.amount, unit=self.budget.unit
            )
            self._studio.notify("info", said, about=("compare", "train"))

    def pause(self) -> None:
        self._going = False
        for run in self.runs.values():
            self._studio.backend.send(m.Pause(run.name))

    def _joined(self, opened: m.Opened) -> None:
        """A run that comes while the others train joins them."""
        run = next((r for r in self.runs.values() if r.name == opened.run), None)
        if self._going and run is not None and run.learns and not run.training and self.training:
            intent = self.budget.left(run)
            if intent is not None:
                self._studio.backend.send(intent)

    def rewind(self, step: int | None) -> None:
        """Show every run as it was at the nearest step it kept, or live again."""
        for run in self.runs.values():
            if step is None:
                if run.name in self._rewound or (run.history is not None and run.history.shown is not None):
                    self._studio.backend.send(m.Rewind(run.name, None))
                self._rewound.discard(run.name)
                continue
            nearest = nearest_step(run, step)
            if nearest is not None:
                self._studio.backend.send(m.Rewind(run.name, nearest))
                self._rewound.add(run.name)


def _ended(run: RunState) -> bool:
    """Whether a run trains no more by itself: it could not be built, or its training came apart."""
    return bool(run.failure) or (run.progress is not None and run.progress.phase == "failed")


def nearest_step(run: RunState, step: int) -> int | None:
    """The step nearest to one asked for of which a run kept its weights; None where it kept none."""
    steps = [] if run.history is None else [int(s) for s in run.history.steps]
    return min(steps, key=lambda kept: abs(kept - step)) if steps else None


def letter(slot: str) -> str:
    """What a cell is called: A to F."""
    return slot.removeprefix(CELL)
