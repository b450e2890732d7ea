"""Results: every finished answer of a canvas with all that led to it, so that none is lost and each can be asked again.

An answer is `Facts` (which model, which question) and pictures. In a ``.dgm`` file the facts are in
``canvas/results.json`` and the pictures of answer N in ``canvas/results/N.png``, the question's picture first, the
candidates below it. The steps on the way are kept in memory only, and those of old answers are let go first.

Topic for `ResultHistory.on`: ``results`` (None).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from pydantic import Field, ValidationError, model_validator

from dgm_studio.language import tr
from dgm_studio.protocol.context import Label, written
from dgm_studio.protocol.messages import Array, Filled, RunInfo
from dgm_studio.protocol.spec import Frozen

from ..session.state import Callback, Observers
from .canvas_files import mask_to_png
from .canvas_ink import flatten, levels
from .canvas_steps import Mask, Results
from .fill_request import GONE
from .images import LARGEST, from_png, to_png
from .question import CANDIDATES, Question, defaults, renamed

MOST, MOST_BYTES = 40, 64 << 20
"""Answers kept, and the bytes of all they hold."""
INDEX_MEMBER = "canvas/results.json"
_FOLDER = "canvas/results/"


class Facts(Frozen):
    """What gave an answer: a model and a question."""

    number: int = Field(ge=1)
    question: Question
    family: str
    data: str
    step: int
    """Training steps of the model that answered."""
    method: str
    honesty: str
    class_name: str = ""
    seconds: float = 0.0
    masked: float = 0.0
    """Mean of the mask."""
    source: int | None = None
    """The number of the answer that this one went on from."""
    progress: float = 1.0
    """How far it came before it was stopped."""

    @model_validator(mode="before")
    @classmethod
    def _from_older(cls, values: Any) -> Any:
        """Older files hold class and temperature beside the question, and call the method a way."""
        values = renamed(values, "way", "method")
        if not (isinstance(values, dict) and isinstance(values.get("question"), dict)):
            return values
        beside = {name: values[name] for name in ("label", "temperature") if name in values}
        rest = {name: value for name, value in values.items() if name not in beside}
        return {**rest, "question": {**beside, **values["question"]}}

    def lines(self) -> list[str]:
        """All of it in words, a fact a line."""
        q = self.question
        said = {
            "mask": tr("mask · {masked:.0%} of the picture", masked=self.masked),
            "strokes": tr("strokes · strength {strength:.2g}", strength=q.strength),
            "observation": " · ".join(["measurement", *q.measured()]),
        }
        lines = [
            tr("{family} · {data} · {step:,} steps", family=self.family, data=self.data, step=self.step),
            said[q.condition],
            f"{self.method} · {self.honesty}",
            tr("seed {seed} · temperature {temperature:.3g}", seed=q.seed, temperature=q.temperature)
            + (tr(" · class {class_name}", class_name=self.class_name) if self.class_name else ""),
        ]
        if q.knobs:
            lines.append(" · ".join(f"{name.replace('_', ' ')} {_short(value)}" for name, value in q.knobs.items()))
        if q.branch is not None:
            lines.append(tr("went on from step {branch} of an earlier answer", branch=q.branch[1]))
        if self.progress < 1:
            lines.append(tr("stopped at {progress:.0%}", progress=self.progress))
        lines.append(f"{self.seconds:.2f} s")
        return lines


def _short(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


@dataclass(frozen=True)
class Result:
    """An answer. ``image`` (H, W[, 3]) with ``colour`` (H, W, 4) over it and ``mask`` (H, W) were the question."""

    facts: Facts
    image: Array
    colour: Array | None
    mask: Mask
    answer: Filled

    @property
    def nbytes(self) -> int:
        return self.lean_bytes + (0 if self.answer.path is None else int(self.answer.path.nbytes))

    @property
    def lean_bytes(self) -> int:
        """Without the steps on the way."""
        arrays = [self.image, self.mask, self.answer.x, self.colour, self.answer.observed]
        return sum(int(a.nbytes) for a in arrays if a is not None)

    def without_steps(self) -> Result:
        return replace(self, answer=replace(self.answer, path=None, times=None, numbers=None))

    def candidates(self, origin: Results | None = None) -> Results:
        """As the canvas holds it; ``origin`` is what it went on from, where that is known."""
        flat = self.image if self.colour is None else flatten(self.image, self.colour)
        q, number = self.facts.question, self.facts.number
        return Results(flat, self.mask, q.seed, self.answer, q, self.image, self.colour, origin, number)


class ResultHistory:
    """Newest first. Bounded in number and bytes: old answers lose their steps, then go."""

    def __init__(self, most: int = MOST, budget: int = MOST_BYTES) -> None:
        self._most, self._budget = most, budget
        self._items: list[Result] = []
        self._files: dict[int, dict[str, bytes]] = {}
        self._last = 0
        self._observers = Observers()

    def on(self, topic: str, callback: Callback) -> Callable[[], None]:
        """Observe a topic; returns a function that ends it."""
        return self._observers.on(topic, callback)

    @property
    def items(self) -> tuple[Result, ...]:
        return tuple(self._items)

    def find(self, number: int) -> Result | None:
        return next((r for r in self._items if r.facts.number == number), None)

    def candidates(self, number: int) -> Results | None:
        """An answer as the canvas holds it, with those that it went on from."""
        found = self.find(number)
        if found is None:
            return None
        source = found.facts.source
        return found.candidates(None if source is None or source >= number else self.candidates(source))

    def walked(self, number: int, answer: Filled) -> None:
        """An answer has its steps again."""
        self._items = [replace(r, answer=answer) if r.facts.number == number else r for r in self._items]
        self._trim()
        self._observers.tell("results")

    @property
    def next_number(self) -> int:
        """A number that no answer of this history has borne."""
        return self._last + 1

    def add(self, result: Result) -> None:
        """Keep another answer."""
        self._items.insert(0, result)
        self._last = max(self._last, result.facts.number)
        self._trim()
        self._observers.tell("results")

    def remove(self, number: int) -> None:
        self._items = [r for r in self._items if r.facts.number != number]
        self._observers.tell("results")

    def clear(self) -> None:
        self._items = []
        self._observers.tell("results")

    def _trim(self) -> None:
        del self._items[self._most :]
        held = sum(r.nbytes for r in self._items)
        for i in reversed(range(1, len(self._items))):
            if held > self._budget:
                held -= self._items[i].nbytes - self._items[i].lean_bytes
                self._items[i] = self._items[i].without_steps()
        while len(self._items) > 1 and held > self._budget:
            held -= self._items.pop().nbytes

    # --- files -----------------------------------------------------------------------------------------------------

    def to_members(self) -> Mapping[str, bytes]:
        """All of them but the steps as members of a ``.dgm`` file; each is encoded once."""
        return encoder(self)()

    def load_members(self, members: Mapping[str, bytes]) -> None:
        """Take over what a file holds in place of what there is. Raises ValueError that names what is wrong."""
        items: list[Result] = []
        if INDEX_MEMBER in members:
            try:
                listed = [Facts.model_validate(entry) for entry in json.loads(members[INDEX_MEMBER])]
            except (ValidationError, ValueError, TypeError) as error:
                raise ValueError(
                    tr(
                        "{index_member} does not list answers: the earlier answers were not restored",
                        index_member=INDEX_MEMBER,
                    )
                ) from error
            items = [_read(facts, members) for facts in listed[: self._most]]
        self._items, self._files = items, {}
        self._last = max((r.facts.number for r in items), default=0)
        self._trim()
        self._observers.tell("results")


def encoder(history: ResultHistory) -> Callable[[], dict[str, bytes]]:
    """Takes hold of the answers as they are now; what it returns encodes them, on any thread."""
    items, files = history.items, history._files
    for gone in set(files) - {r.facts.number for r in items}:
        del files[gone]

    def encode() -> dict[str, bytes]:
        members: dict[str, bytes] = {}
        if items:
            members[INDEX_MEMBER] = json.dumps([r.facts.model_dump(mode="json") for r in items], indent=1).encode()
        for result in items:
            number = result.facts.number
            if number not in files:
                files[number] = _write(result)
            members.update(files[number])
        return members

    return encode


def _write(result: Result) -> dict[str, bytes]:
    stem = f"{_FOLDER}{result.facts.number}"
    members = {
        f"{stem}.png": to_png(np.concatenate([result.image, *result.answer.x])),
        f"{stem}-mask.png": mask_to_png(result.mask),
    }
    if result.colour is not None:
        members[f"{stem}-colour.png"] = to_png(result.colour)
    if result.answer.observed is not None:
        members[f"{stem}-observed.png"] = to_png(result.answer.observed)
    return members


def _read(facts: Facts, members: Mapping[str, bytes]) -> Result:
    stem = f"{_FOLDER}{facts.number}"
    names = {part: f"{stem}{part}.png" for part in ("", "-mask", "-colour", "-observed")}
    for part in ("", "-mask"):
        if names[part] not in members:
            raise ValueError(tr("{names} is missing: the earlier answers were not restored", names=names[part]))
    mask = levels(from_png(members[names["-mask"]], names["-mask"]).astype(np.float32) / 255)
    sheet = from_png(members[names[""]], names[""], largest=(CANDIDATES[1] + 1) * LARGEST)
    height = mask.shape[0]
    if sheet.shape[0] % height or sheet.shape[0] < 2 * height or sheet.shape[1] != mask.shape[1]:
        raise ValueError(
            tr(
                "{names} is no sheet of {shape} x {height} pictures: the answers were not restored",
                names=names[""],
                shape=mask.shape[1],
                height=height,
            )
        )
    images = sheet.reshape(-1, height, *sheet.shape[1:])
    colour = observed = None
    if names["-colour"] in members:
        colour = from_png(members[names["-colour"]], names["-colour"], alpha=True)
        if colour.shape[:2] != mask.shape:
            raise ValueError(
                tr("{names} is of another size than the picture: the answers were not restored", names=names["-colour"])
            )
    if names["-observed"] in members:
        observed = from_png(members[names["-observed"]], names["-observed"])
    answer = Filled("", facts.step, GONE, images[1:], facts.progress, True, facts.method, facts.honesty,
                    stopped=facts.progress < 1, observed=observed)  # fmt: skip
    return Result(facts, images[0], colour, mask, answer)


# --- what gave an answer ---------------------------------------------------------------------------------------------


def kept(number: int, asked: Results, answer: Filled, info: RunInfo | None, family: str, seconds: float) -> Result:
    """An answer that was given, with all that led to it."""
    q = asked.question or Question(seed=asked.seed)
    classes = info.classes if info is not None else ()
    method = next((w for w in (info.methods if info is not None else ()) if w.name == answer.method), None)
    knobs = {**defaults(method), **q.knobs} if method is not None else dict(q.knobs)
    facts = Facts(
        number=number,
        question=q.with_(method=answer.method, knobs=knobs),
        family=family,
        data=info.data_title if info is not None else "",
        step=answer.step,
        method=method.title if method is not None else answer.method,
        honesty=answer.honesty,
        class_name=_asked_for(q.label, classes),
        seconds=seconds,
        masked=float(asked.mask.mean()),
        source=(asked.origin.number or None) if asked.origin is not None else None,
        progress=answer.progress,
    )
    return Result(facts, asked.image if asked.under is None else asked.under, asked.colour, asked.mask, answer)


def _asked_for(label: Label, classes: tuple[str, ...]) -> str:
    """The class, or what was given, in words; empty where nothing was asked for."""
    if label is None:
        return ""
    return written(label) if not isinstance(label, int) else classes[label] if label < len(classes) else ""


# --- what candidates have in common ---------------------------------------------------------------------------------


def mean_and_spread(x: Array) -> tuple[Array, Array, float]:
    """The mean (H, W[, 3]) of candidates (n, H, W[, 3]), their standard deviation (H, W) stretched to 0..255, both
    uint8, and the largest deviation as a share of the way from black to white.
    """
    values = x.astype(np.float32)
    mean = np.rint(values.mean(0)).astype(np.uint8)
    spread = values.std(0)
    if spread.ndim == 3:
        spread = spread.mean(-1)
    most = float(spread.max())
    shown = np.zeros(spread.shape, np.uint8) if most == 0 else np.rint(spread * (255 / most)).astype(np.uint8)
    return mean, shown, most / 255
