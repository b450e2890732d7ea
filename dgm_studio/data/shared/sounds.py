"""What all sets of sounds share: one second of samples, endless or a given number, and 16 bits."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import Literal

import torch
from torch import Tensor

from dgm_studio.contract import Batch, DataSet, DataSpec, Loading, Rng, Settings, Source, knob
from dgm_studio.data.shared.images import split
from dgm_studio.data.shared.shares import shares_of
from dgm_studio.protocol.sounds import LOUDEST

RATES = (2000, 4000, 8000)
"""Samples in a second that there may be."""
SHOWN, HELD_OUT, PREVIEW = 1000, 200, 8
LEVELS = 1 << 16
_SLICE = 100

Draw = Callable[[int, int, Rng], tuple[Tensor, Tensor]]
"""(n, rate in Hz, rng) -> sounds (n, T) within [-1, 1], T as `length_of` says, and classes (n,)."""


class SoundParams(Settings):
    """How fine, and how many."""

    rate: Literal[2000, 4000, 8000] = knob(
        2000, help="Samples in a second, in Hz: nothing above half of it is heard; twice as many take twice as long."
    )
    examples: int = knob(
        0,
        0,
        20_000,
        zero="fresh",
        help="Sounds to learn from; 0 makes fresh ones for ever, so that none can be learned by heart.",
    )


def length_of(rate: int) -> int:
    """Samples in about one second: a power of two, 2,048 at 2 kHz."""
    return int(rate * 1.024)


def to_pcm(x: Tensor) -> Tensor:
    """Sounds (n, T) within [-1, 1] as data (n, 1, T) of 16 bits."""
    return (x * LOUDEST).round().clamp(-LOUDEST, LOUDEST - 1).to(torch.int16)[:, None]


def sound_spec(rate: int, length: int, classes: Sequence[str] = (), shares: tuple[float, ...] = ()) -> DataSpec:
    return DataSpec(
        (1, length), classes=tuple(classes), value_range=(-1.0, 1.0), levels=LEVELS, shares=shares, rate=rate
    )


def sound_set(
    name: str,
    x: Tensor,
    rate: int,
    label: Tensor | None = None,
    classes: Sequence[str] = (),
    problems: Sequence[str] = (),
    said: Sequence[str] = (),
) -> DataSet:
    """Sounds (N, 1, T) of 16 bits of which a share of each class is held out."""
    train, held = split(torch.zeros(len(x), dtype=torch.long) if label is None else label)
    held = held if len(held) else train
    known = None if label is None else label[train]
    return DataSet(
        name,
        sound_spec(rate, x.shape[-1], classes, shares_of(known, len(classes))),
        Batch.of(x[train], known),
        Batch.of(x[held], None if label is None else label[held]),
        problems=tuple(problems),
        said=tuple(said),
    )


def source(name: str, title: str, help: str, classes: Sequence[str], draw: Draw) -> Source:
    """The data set of sounds that a function makes."""

    def fresh(rate: int) -> Callable[[int, Rng], Batch]:
        def more(n: int, rng: Rng) -> Batch:
            x, label = draw(n, rate, rng)
            return Batch.of(to_pcm(x), label)

        return more

    def load(params: Settings, rng: Rng) -> Generator[Loading, None, DataSet]:
        assert isinstance(params, SoundParams)
        total = params.examples or SHOWN + HELD_OUT
        parts: list[Batch] = []
        make = fresh(params.rate)
        for done in range(0, total, _SLICE):
            yield Loading(done, total, f"making {title.lower()}")
            parts.append(make(min(_SLICE, total - done), rng))
        x, label = torch.cat([part.x for part in parts]), torch.cat([_label(part) for part in parts])
        if params.examples:
            return sound_set(name, x, params.rate, label, classes)
        return DataSet(
            name,
            sound_spec(params.rate, x.shape[-1], classes),
            Batch.of(x[:SHOWN], label[:SHOWN]),
            Batch.of(x[SHOWN:], label[SHOWN:]),
            fresh=make,
        )

    def preview(rng: Rng) -> DataSet:
        x, label = draw(PREVIEW, RATES[0], rng)
        return sound_set(name, to_pcm(x), RATES[0], label, classes)

    return Source(name, title, help, "sounds", SoundParams, load, preview=preview)


def _label(batch: Batch) -> Tensor:
    assert batch.label is not None
    return batch.label
