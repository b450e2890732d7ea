"""What all sets of strings share: a rule that says which are valid, letters as numbers, and the split.

A `StringLaw` states what strings there are and how likely each is, so that a model is judged by exact numbers: whether a sample
follows the rule, and how many nats the best of all models would need.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from dgm_studio.contract import Batch, DataSet, DataSpec, Loading, Rng, Settings, Source, knob
from dgm_studio.data.shared.images import split
from dgm_studio.protocol.strings import numbers_of, text_of

LONGEST = 16
"""Letters in a string of the program's own sets, at most."""
PREVIEW = 8
_SLICE = 1000


@dataclass(frozen=True)
class StringLaw:
    """Strings of ``letters``, at most ``length`` of them.

    ``draw(n, rng)`` gives n strings, ``rule`` says whether one is valid, ``log_p`` how likely it is, in nats, minus infinity
    where it is not valid; ``entropy`` is that of the law. Where ``apart`` the n are different ones, so that none that is held
    out is seen.
    """

    letters: str
    length: int
    draw: Callable[[int, Rng], list[str]]
    rule: Callable[[str], bool]
    log_p: Callable[[str], float]
    entropy: float
    apart: bool = True

    @property
    def alphabet(self) -> tuple[str, ...]:
        return ("", *self.letters)


class StringParams(Settings):
    """How many strings."""

    examples: int = knob(8000, 100, 50_000, scale="log", help="Strings drawn; a fifth of them is held out.")


def listed(strings: Sequence[str], rule: Callable[[str], bool] | None = None) -> StringLaw:
    """All of ``strings``, each as likely; valid are those among them, or what a quicker ``rule`` says of each."""
    known = frozenset(strings)
    rule = rule or known.__contains__
    cost = math.log(len(strings))

    def draw(n: int, rng: Rng) -> list[str]:
        return [strings[i] for i in torch.randperm(len(strings), generator=rng)[:n].tolist()]

    letters = "".join(sorted(set("".join(strings))))
    return StringLaw(letters, max(map(len, strings)), draw, rule, lambda s: -cost if rule(s) else -math.inf, cost)


def string_spec(alphabet: Sequence[str], length: int) -> DataSpec:
    return DataSpec((length,), "discrete", levels=len(alphabet), alphabet=tuple(alphabet))


def checked(rule: Callable[[str], bool], alphabet: Sequence[str]) -> Callable[[Tensor], Tensor]:
    """A rule of texts as one of strings (n, L), of any number type, to truth values (n,)."""

    def valid(x: Tensor) -> Tensor:
        return torch.tensor([rule(text_of(row, alphabet)) for row in x.long().tolist()], dtype=torch.bool)

    return valid


def string_set(
    name: str,
    strings: Sequence[str],
    alphabet: Sequence[str],
    length: int,
    law: StringLaw | None = None,
    said: Sequence[str] = (),
) -> DataSet:
    """Strings as numbers, of which a share is held out; with a ``law`` what is known of them."""
    x = torch.tensor([numbers_of(s, alphabet, length) for s in strings], dtype=torch.uint8)
    train, held = split(torch.zeros(len(x), dtype=torch.long))
    held = held if len(held) else train
    data = DataSet(name, string_spec(alphabet, length), Batch.of(x[train]), Batch.of(x[held]), said=tuple(said))
    if law is None:
        return data

    def log_density(x: Tensor) -> Tensor:
        return torch.tensor([law.log_p(text_of(row, alphabet)) for row in x.long().tolist()])

    return DataSet(
        data.name,
        data.spec,
        data.train,
        data.held_out,
        log_density=log_density,
        valid=checked(law.rule, alphabet),
        entropy=law.entropy,
    )


def source(
    name: str, title: str, help: str, Params: type[StringParams], law: Callable[[Settings], StringLaw]
) -> Source:
    """The data set of a law that its parameters choose."""

    def load(params: Settings, rng: Rng) -> Generator[Loading, None, DataSet]:
        assert isinstance(params, StringParams)
        chosen = law(params)
        strings: list[str] = []
        if chosen.apart:
            yield Loading(0, 1, f"writing {title.lower()}")
            strings = chosen.draw(params.examples, rng)
        while not chosen.apart and len(strings) < params.examples:
            yield Loading(len(strings), params.examples, f"writing {title.lower()}")
            strings += chosen.draw(min(_SLICE, params.examples - len(strings)), rng)
        return string_set(name, strings, chosen.alphabet, chosen.length, chosen)

    def preview(rng: Rng) -> DataSet:
        chosen = law(Params())
        return string_set(name, chosen.draw(PREVIEW + 4, rng), chosen.alphabet, chosen.length, chosen)

    return Source(name, title, help, "strings", Params, load, preview=preview)
