"""Adversarial pictures: moved a little to where a classifier is wrong, and what every trained run of pictures finds of them.

A classifier learns p(y | x) and nothing of x; a run with a density may find what fools it unlikely, or may not. The run of
images in front is asked for the pictures; then it, those kept for the shoot-out and those of a comparison are asked
about a few of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from dgm_studio.language import tr
from dgm_studio.protocol import messages as m
from dgm_studio.protocol.messages import Array

from ..session.state import RunState

if TYPE_CHECKING:
    from ..studio import Studio

AttackedClassifier = Literal["logistic", "net", "robust"]
SHOWN = 8
"""Pictures that are shown, and that other runs are asked about."""
JUDGED = 96
"""Pictures on which classifiers are judged."""


@dataclass(frozen=True)
class AdversarialQuestion:
    """What is asked, as in `messages.Attack`; ``examples`` (n, H, W[, C]) uint8 instead of held-out pictures."""

    classifier: AttackedClassifier = "net"
    epsilon: float = 0.1
    purify: float = 0.0
    examples: Array | None = None


@dataclass
class Witness:
    """A run that is asked about the pictures shown, before and after they were moved."""

    name: str
    title: str
    ticket: int = 0
    """Of the question it has yet to answer, else 0."""
    found: m.Classified | None = None

    def log_density(self) -> tuple[float, float] | None:
        """log p(x) before and after in nats, on average; None where it has no density or has not answered yet."""
        if self.found is None or self.found.log_density is None:
            return None
        before, after = np.split(self.found.log_density, 2)
        return float(before.mean()), float(after.mean())

    def right(self, told: m.Attacked) -> tuple[float, float] | None:
        """The shares of the pictures of a class that it tells right before and after, no class being likelier beforehand; None
        where it knows other classes or none.
        """
        if self.found is None or self.found.evidence is None or self.found.classes != told.classes:
            return None
        n = len(self.found.evidence) // 2
        hits = self.found.evidence.argmax(1) == np.tile(told.labels[:n], 2)
        return float(hits[:n].mean()), float(hits[n:].mean())


class Adversarial:
    """Topic ``adversarial``: something of it changed."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._ticket = 0
        self.told: m.Attacked | None = None
        self.problem = ""
        """Why there are no pictures, in words."""
        self.witnesses: list[Witness] = []
        studio.on(m.Opened, self._opened)

    @property
    def asking(self) -> bool:
        """Whether pictures are still to come."""
        return self._ticket != 0

    @property
    def busy(self) -> bool:
        return self.asking or any(one.ticket for one in self.witnesses)

    def ask(self, question: AdversarialQuestion) -> None:
        """Ask the run of images for pictures that were moved; newest wins."""
        run = self._studio.runs["images"]
        self._ticket = self._studio.ask.ticket()
        self._studio.backend.send(
            m.Attack(run.name, self._ticket, question.classifier, question.epsilon, JUDGED, question.purify,
                     question.examples)
        )  # fmt: skip
        self._tell()

    def receive(self, event: m.Event) -> bool:
        """Take in an event; True when it was about these pictures and nobody else needs it."""
        ticket = getattr(event, "ticket", 0)
        if not ticket:
            return False
        one = next((w for w in self.witnesses if w.ticket == ticket), None)
        if isinstance(event, m.Attacked) and ticket == self._ticket:
            self._ticket, self.told, self.problem = 0, event, ""
            self._ask_witnesses(event)
        elif isinstance(event, m.Failed) and ticket == self._ticket:
            self._ticket, self.problem = 0, event.message
        elif isinstance(event, m.Classified) and one is not None:
            one.ticket, one.found = 0, event
        elif isinstance(event, m.Failed) and one is not None:
            self.witnesses.remove(one)
            self._studio.notify(
                "warn", tr("{title} was not asked: {message}", title=one.title, message=event.message), event.advice
            )
        else:
            return isinstance(event, m.Attacked)  # an older one
        self._tell()
        return True

    def _ask_witnesses(self, told: m.Attacked) -> None:
        x = np.concatenate([told.examples[:SHOWN], told.moved[:SHOWN]])
        self.witnesses = []
        for run in runs_of_pictures(self._studio, x.shape[1:]):
            if run.opened is None or (run.opened.info.density is None and not run.opened.info.classifier):
                continue  # it can say nothing of them
            ticket = self._studio.ask.ticket()
            self.witnesses.append(Witness(run.name, title_of(self._studio, run), ticket))
            self._studio.backend.send(m.Classify(run.name, x, ticket))

    def _opened(self, event: m.Opened) -> None:
        """Another run is in front: what was told is of its data no more."""
        if event.run == self._studio.runs["images"].name:
            self._ticket, self.told, self.problem, self.witnesses = 0, None, "", []
            self._tell()

    def _tell(self) -> None:
        self._studio.observers.tell("adversarial", self)


def runs_of_pictures(studio: Studio, shape: tuple[int, ...]) -> list[RunState]:
    """The runs of pictures (H, W) or (H, W, 3) that are open, the one in front first."""
    slots = dict.fromkeys(("images", *studio.session.contenders, *studio.session.cells))
    return [
        run
        for run in (studio.runs[slot] for slot in slots if slot in studio.runs)
        if run.opened is not None
        and run.opened.info.kind == "images"
        and (*run.opened.info.event[1:], *([3] if run.opened.info.event[0] == 3 else [])) == tuple(shape)
    ]


def title_of(studio: Studio, run: RunState) -> str:
    """A run by its family and its steps."""
    assert run.opened is not None
    family = studio.catalogue.family_title(run.opened.spec.family)
    return tr("{family} · {step:,} steps", family=family, step=run.step) if run.opened.info.parameters else family
