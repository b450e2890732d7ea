"""Shoot-out: the same picture and mask answered by any number of trained runs, side by side.

Contenders are the run of images in front and runs kept beside it, each in a slot of the session: as they were when they were
kept, or read from files.
Every answer is compared with the original on what was generated, and scored, as the original is, by every contender that
has a density: the likelihood of the whole picture. Values of one scorer can be compared with each other; those of two
cannot, where one knows densities and another probabilities of grey levels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from dgm_studio.language import tr
from dgm_studio.protocol import messages as m
from dgm_studio.protocol.context import Label
from dgm_studio.protocol.messages import Array, Filled, Opened

from ..files.tray import BadRun
from ..session.session import KEPT, PLACES, Slot
from ..session.state import RunState
from .asking import SharedQuestion, ask_to_fill, cannot_fill, distance

if TYPE_CHECKING:
    from ..studio import Studio

ORIGINAL = "original"
"""What the original is called among those that are scored; no run has this name."""


@dataclass
class Contender:
    """A run that takes part, by its name and the slot it is in. ``log_density`` holds, by scoring run, the nats of each of its
    answers.
    """

    name: str
    slot: str
    title: str
    opened: Opened
    ticket: int = 0
    """Of the question it is answering, 0 when it answers none."""
    filled: Filled | None = None
    problem: str = ""
    """Why there is no answer, in words that go on after its title."""
    distance: Array | None = None
    """Root mean square difference (n,) from the original where the mask generates, in shares of the grey range."""
    log_density: dict[str, Array] = field(default_factory=dict)

    @property
    def kept(self) -> bool:
        return self.slot.startswith(KEPT)

    @property
    def scores(self) -> bool:
        """Whether it can say how likely a picture is."""
        return self.opened.info.density is not None

    def forget(self) -> None:
        """Be as before any question."""
        self.ticket, self.filled, self.problem, self.distance, self.log_density = 0, None, "", None, {}


@dataclass(frozen=True)
class _Round:
    """What a round of questions gave, to be put back when another one gives nothing."""

    contenders: Mapping[str, Contender]
    original: Array | None
    mask: Array | None
    original_log_density: dict[str, Array]
    kinds: dict[str, str]


class ShootOut:
    """Topic ``shoot_out``: something of it changed."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._kept: dict[str, Contender] = {}
        self._live: Contender | None = None
        self._scoring: dict[int, str] = {}
        self._rows: list[tuple[str, int]] = []
        self.original: Array | None = None
        """The picture that answers are compared with, once asked about."""
        self.original_log_density: dict[str, Array] = {}
        """Nats (1,) of the original by scoring run."""
        self.kinds: dict[str, str] = {}
        """What the values of each scoring run are: exact, estimate, lower bound, unnormalised."""
        self._mask: Array | None = None
        self._awaiting: SharedQuestion | None = None
        self._before: _Round | None = None
        studio.on("failed", self._model_failed)
        studio.on(Opened, self._opened)
        studio.on("session", lambda _: self.follow())

    @property
    def contenders(self) -> list[Contender]:
        """The run in front first, then those that were kept, in the order of their keeping."""
        kept = [self._kept[slot] for slot in self._studio.session.contenders if slot in self._kept]
        return [*([self._live] if self._live else []), *kept]

    @property
    def scorers(self) -> list[Contender]:
        """Those whose likelihoods are known or being computed."""
        known = {*self._scoring.values(), *self.kinds}
        return [c for c in self.contenders if c.name in known]

    @property
    def answering(self) -> bool:
        return any(c.ticket for c in self.contenders)

    @property
    def busy(self) -> bool:
        """Whether answers or their likelihoods are still to come, or the model that is to answer."""
        return self.answering or bool(self._scoring) or self.waiting

    @property
    def waiting(self) -> bool:
        """Whether the model that is chosen is still being built."""
        return self._awaiting is not None

    def is_scoring(self, name: str) -> bool:
        return name in self._scoring.values()

    # --- who takes part --------------------------------------------------------------------------------------------

    def keep(self) -> None:
        """Keep the run of images, as it is now, as a contender."""
        run = self._studio.runs["images"]
        if run.opened is not None and self._has_room():
            self._add(self._studio.comparison.copy("images"))

    def keep_kept(self, id: str) -> None:
        """A run from the tray as a contender."""
        studio = self._studio
        if any(held.run == id for held in studio.session.slots.values()):
            studio.notify("info", tr("{title} is on screen already.", title=studio.tray[id].title))
        elif self._has_room():
            self._add(Slot(spec=studio.tray[id].spec, run=id))

    def keep_file(self, path: Path) -> None:
        """Read a contender from a ``.dgm`` file; a notice says what is wrong with it."""
        studio = self._studio
        if not self._has_room():
            return
        try:
            kept = studio.tray.take(path)
        except (BadRun, OSError) as error:
            studio.notify(
                "bad",
                tr("{name} was not added: {error}", name=path.name, error=error),
                tr("Choose a run saved by DGM Studio."),
            )
            return
        self._add(Slot(spec=kept.spec, run=kept.id))

    def _add(self, held: Slot) -> None:
        self._studio.edit(self._studio.session.with_contender(held))

    def _has_room(self) -> bool:
        """Whether another one can be kept; else it is said what to do."""
        if len(self._studio.session.contenders) < len(PLACES):
            return True
        self._studio.notify(
            "warn",
            tr("{places} runs are kept for the shoot-out.", places=len(PLACES)),
            tr("Remove one to keep another."),
        )
        return False

    def drop(self, name: str) -> None:
        """Take one that was kept out; it stays among the runs that are kept."""
        one = next((c for c in self._kept.values() if c.name == name), None)
        if one is not None:
            self._studio.edit(self._studio.session.without(one.slot))

    def _leave(self, slot: str) -> None:
        """One is gone, and what it said about the others with it."""
        name = self._kept.pop(slot).name
        self._scoring = {ticket: scorer for ticket, scorer in self._scoring.items() if scorer != name}
        self.kinds.pop(name, None)
        for known in (self.original_log_density, *(c.log_density for c in self.contenders)):
            known.pop(name, None)
        if not self._rows:
            self._score_when_done()  # it may have been the last that was waited for
        self._tell()

    def _title(self, opened: Opened, step: int | None = None) -> str:
        family = self._studio.catalogue.family_title(opened.spec.family)
        return (
            family
            if step is None or not opened.info.parameters
            else tr("{family} · {step:,} steps", family=family, step=step)
        )

    # --- asking ----------------------------------------------------------------------------------------------------

    def start(
        self,
        image: Array,
        mask: Array,
        count: int,
        seed: int,
        *,
        original: Array | None = None,
        label: Label = None,
        temperature: float = 1.0,
    ) -> None:
        """Ask every contender to fill the same hole, each by its most careful method, once the chosen model is there.

        ``image`` uint8 (H, W) or (H, W, 3) is asked about with ``mask`` (H, W) in [0, 1], ``count`` answers of each, of
        class ``label`` where a contender knows classes; they are compared with ``original``, of the image's shape, where
        there is one.
        """
        self.stop()
        asked = SharedQuestion(image, np.asarray(mask), count, seed, None if original is None else np.asarray(original), label,
                       temperature)  # fmt: skip
        if self._live is None or not self._studio.runs["images"].ready_for(self._studio.session.spec("images")):
            self._awaiting = asked
            self._tell()
        else:
            self._ask(asked)

    def _ask(self, asked: SharedQuestion) -> None:
        studio = self._studio
        run = studio.runs["images"]
        assert run.opened is not None
        assert self._live is not None
        self._live.opened = run.opened
        self._live.title = self._title(run.opened, run.step)
        self._before = self._remembered()
        self.original, self._mask = asked.original, asked.mask
        self._scoring, self._rows, self.kinds, self.original_log_density = {}, [], {}, {}
        for one in self.contenders:
            one.forget()
            one.problem = cannot_fill(one.opened.info, asked)
            if not one.problem:
                one.ticket = ask_to_fill(studio, one.name, one.opened.info, asked)
        self._tell()

    def _remembered(self) -> _Round | None:
        """What there is of the last round that gave something."""
        if not any(c.filled is not None for c in self.contenders):
            return self._before
        return _Round({c.name: replace(c) for c in self.contenders}, self.original, self._mask,
                      self.original_log_density, self.kinds)  # fmt: skip

    def _put_back(self) -> None:
        """Nobody had an answer: what was there before is there again, and why nothing came is said beside it."""
        before = self._before
        if before is None or self.answering or any(c.filled is not None for c in self.contenders):
            return
        self.original, self._mask = before.original, before.mask
        self.original_log_density, self.kinds = before.original_log_density, before.kinds
        for one in self.contenders:
            old = before.contenders.get(one.name)
            if old is not None and old.opened.spec.family == one.opened.spec.family:
                one.filled, one.distance, one.log_density = old.filled, old.distance, old.log_density

    def stop(self) -> None:
        """End what is being answered and scored; what there is of it stays."""
        busy = self.busy
        self._awaiting = None
        for one in self.contenders:
            if one.ticket:
                self._studio.backend.send(m.Cancel(one.name, "fill"))
                one.ticket, one.problem = 0, tr("was stopped")
        for name in self._scoring.values():
            self._studio.backend.send(m.Cancel(name, "densities"))
        self._scoring = {}
        if busy:
            self._put_back()
            self._tell()

    def _model_failed(self, run: RunState) -> None:
        """The model that was waited for cannot be built."""
        if self._awaiting is not None and run.slot == "images":
            self._awaiting = None
            self._tell()

    # --- what the engine says --------------------------------------------------------------------------------------

    def receive(self, event: m.Event) -> bool:
        """Take in an event; True when it was about a contender and nobody else needs it."""
        one = next((c for c in self.contenders if c.name == event.run), None)
        if isinstance(event, m.Filled) and one is not None and event.ticket == one.ticket:
            self._answered(one, event)
            return True
        if isinstance(event, m.Densities) and event.ticket in self._scoring:
            self._scored(self._scoring.pop(event.ticket), event)
            return True
        if isinstance(event, m.Failed) and event.ticket:
            if one is not None and event.ticket == one.ticket:
                one.problem, one.ticket = event.message, 0
                self._score_when_done()
                self._put_back()
                self._tell()
                return True
            if self._scoring.pop(event.ticket, None) is not None:
                self._studio.notify("warn", tr("No likelihood: {message}", message=event.message), event.advice)
                self._tell()
                return True
        return False

    def _opened(self, event: Opened) -> None:
        run = next((r for r in self._studio.runs.values() if r.name == event.run), None)
        if run is not None and run.slot == "images":
            self._live = Contender(event.run, run.slot, self._title(event), event)
        elif run is not None and run.slot.startswith(KEPT):
            title = self._titled(event, run)
            self._kept[run.slot] = Contender(event.run, run.slot, title, event)
            if self._studio.session.image_view != "shoot-out":  # where it is seen
                self._studio.notify("info", tr("Kept for the shoot-out: {title}.", title=title))
        self._tell()
        self.follow()

    def _titled(self, event: Opened, run: RunState) -> str:
        """What a contender is called: by the name it has among the runs that are kept, else by its family and steps."""
        kept = self._studio.tray.find(self._studio.session.run_id(run.slot))
        return kept.name if kept is not None and kept.name else self._title(event, event.step)

    def follow(self) -> None:
        """The model in front, or what is chosen, is another one: ask what waited for it."""
        for slot in [slot for slot in self._kept if slot not in self._studio.session.slots]:
            self._leave(slot)
        asked = self._awaiting
        if asked is not None and self._studio.runs["images"].ready_for(self._studio.session.spec("images")):
            self._awaiting = None
            self._ask(asked)

    def _answered(self, one: Contender, event: Filled) -> None:
        if event.x.size:
            one.filled = event
        if event.done:
            one.ticket = 0
            if event.stopped:
                one.problem = tr("was stopped")
                self._put_back()
            elif self.original is not None and self._mask is not None:
                one.distance = distance(event.x, self.original, self._mask)
            self._score_when_done()
        self._tell()

    def _score_when_done(self) -> None:
        """Once every answer is there, each contender with a density scores all of them in one question."""
        if self.answering:
            return
        answers = [(c.name, c.filled.x) for c in self.contenders if c.filled and c.filled.done and not c.problem]
        if not answers:
            return
        if self.original is not None:
            answers.append((ORIGINAL, self.original[None]))
        everything = np.concatenate([x for _, x in answers])
        self._rows = [(name, len(x)) for name, x in answers]
        for scorer in self.contenders:
            if scorer.scores and not scorer.problem:
                ticket = self._studio.ask.ticket()
                self._scoring[ticket] = scorer.name
                self._studio.backend.send(m.DensityQuery(scorer.name, everything, ticket))

    def _scored(self, scorer: str, event: m.Densities) -> None:
        self.kinds[scorer] = event.kind
        begin = 0
        places = {ORIGINAL: self.original_log_density, **{c.name: c.log_density for c in self.contenders}}
        for name, count in self._rows:
            if name in places:
                places[name][scorer] = event.values[begin : begin + count]
            begin += count
        self._tell()

    def _tell(self) -> None:
        self._studio.observers.tell("shoot_out", self)


def best_by(values: Mapping[str, Array | None], lower: bool, mean: bool) -> str:
    """Who has the best values, by their best or their mean: the first of equals, empty where nobody has any."""
    of = {name: summary(v, lower)[int(mean)] for name, v in values.items() if v is not None and len(v)}
    finite = {name: value for name, value in of.items() if np.isfinite(value)}
    if not finite:
        return ""
    return min(finite, key=lambda name: finite[name] if lower else -finite[name])


def summary(values: Sequence[float] | Array, lower: bool) -> tuple[float, float]:
    """The best and the mean of some values."""
    return float(np.min(values) if lower else np.max(values)), float(np.mean(values))
