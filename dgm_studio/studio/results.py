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

import numpy as np
from pydantic import Field, ValidationError

from dgm_studio.engine.spec import Frozen

from .canvas_files import mask_to_png
from .canvas_ink import levels
from .canvas_steps import Mask, Results
from .pictures import LARGEST, from_png, to_png
from .question import CANDIDATES, Question, parse_operator
from .state import Array, Callback, Filled, Observers

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
    way: str
    honesty: str
    temperature: float = 1.0
    label: int | None = None
    class_name: str = ""
    seconds: float = 0.0
    masked: float = 0.0
    """Mean of the mask."""

    def lines(self) -> list[str]:
        """All of it in words, a fact a line."""
        q = self.question
        said = {
            "mask": f"mask · {self.masked:.0%} of the picture",
            "strokes": f"strokes · strength {q.strength:.2g}",
            "observation": f"measurement · {parse_operator(q.operator)[0].title.lower()} · noise {q.noise:.2g}",
        }
        lines = [
            f"{self.family} · {self.data} · {self.step:,} steps",
            said[q.condition],
            f"{self.way} · {self.honesty}",
            f"seed {q.seed} · temperature {self.temperature:.3g}" + (f" · class {self.class_name}" if self.class_name else ""),
        ]  # fmt: skip
        if q.knobs:
            lines.append(" · ".join(f"{name.replace('_', ' ')} {_short(value)}" for name, value in q.knobs.items()))
        if q.branch is not None:
            lines.append(f"went on from step {q.branch[1]} of an earlier answer")
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

    def candidates(self, flat: Array) -> Results:
        """As the canvas holds it; ``flat`` is the question's picture with the strokes over it."""
        return Results(flat, self.mask, self.facts.question.seed, self.answer, self.facts.question)


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
                    f"{INDEX_MEMBER} does not list answers: the earlier answers were not restored"
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
            raise ValueError(f"{names[part]} is missing: the earlier answers were not restored")
    mask = levels(from_png(members[names["-mask"]], names["-mask"]).astype(np.float32) / 255)
    sheet = from_png(members[names[""]], names[""], largest=(CANDIDATES[1] + 1) * LARGEST)
    height = mask.shape[0]
    if sheet.shape[0] % height or sheet.shape[0] < 2 * height or sheet.shape[1] != mask.shape[1]:
        raise ValueError(
            f"{names['']} is no sheet of {mask.shape[1]} x {height} pictures: the answers were not restored"
        )
    pictures = sheet.reshape(-1, height, *sheet.shape[1:])
    colour = observed = None
    if names["-colour"] in members:
        colour = from_png(members[names["-colour"]], names["-colour"], alpha=True)
        if colour.shape[:2] != mask.shape:
            raise ValueError(f"{names['-colour']} is of another size than the picture: the answers were not restored")
    if names["-observed"] in members:
        observed = from_png(members[names["-observed"]], names["-observed"])
    answer = Filled("", facts.step, 0, pictures[1:], 1.0, True, facts.way, facts.honesty, observed=observed)
    return Result(facts, pictures[0], colour, mask, answer)


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
