"""Images with a caption: one object, or two of which one is left of or above the other.

The caption is one slot of the context, and a network is told its embedding by a two-tower network (`nets/two_tower.py`). What
an image shows is read from its pixels (`shared/objects.py`), as a caption again: so it is counted how often a sample shows what
it was asked for, and how often its swap. With pairs held out, some captions are never seen in training and all that is held out
is theirs: what is asked then is to put known words together anew.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import replace
from functools import cache
from typing import Literal

import torch
from torch import Tensor

from dgm_studio.contract import Batch, ContextSlot, DataSet, Loading, Rng, Settings, Source, knob, rng_for
from dgm_studio.contract.context import context_width, encoded
from dgm_studio.data.shared.density import streams
from dgm_studio.data.shared.images import image_spec
from dgm_studio.data.shared.language import CAPTIONS, OBJECTS, PAIRS, RELATIONS, number
from dgm_studio.data.shared.objects import COLOURS, SHAPES, Found, Objects, drawn, read

SIZE = 16
RADIUS = 2.6
"""Pixels."""
APART = 0.5
"""From the middle to either of two objects, in half images."""
JITTER = 0.14
CHUNK = 500
_HELD_OUT_PAIRS, _SEED = 10, 12
"""One pair of objects in so many is held out, in both orders and relations."""
Reading = Literal["ordered", "bag of words", "none"]
_TABLES: dict[str, str] = {"ordered": "captions-ordered", "bag of words": "captions-bag", "none": ""}


class CaptionParams(Settings):
    """How many images, how captions are read, and what is held out."""

    examples: int = knob(12_000, 500, 60_000, scale="log", help="Number of training images.")
    reading: Reading = knob(
        "ordered",
        help="What a network is told of a caption: its embedding by a tower that reads words in order, by one that only adds "
        "them up, or which of all captions it is.",
    )
    compose: bool = knob(
        False,
        title="hold out pairs",
        help="Leave a tenth of the pairs of objects out of training, and hold out nothing else: known words in combinations "
        "never seen.",
    )


@cache
def slot(reading: Reading) -> ContextSlot:
    """The caption as a slot."""
    return ContextSlot("caption", values=CAPTIONS, help="What the image shows.", embedding=_TABLES[reading])


@cache
def kept_back() -> tuple[int, ...]:
    """The captions of the pairs that can be held out; always the same."""
    together = sorted({tuple(sorted((a, b))) for a, _, b in PAIRS})
    order = torch.randperm(len(together), generator=rng_for(_SEED)).tolist()
    chosen = {together[i] for i in order[: len(together) // _HELD_OUT_PAIRS]}
    return tuple(number(*pair) for pair in PAIRS if tuple(sorted((pair[0], pair[2]))) in chosen)


def drawn_as(caption: Tensor, rng: Rng) -> Tensor:
    """Images (n, 3, 16, 16) uint8 of captions (n,)."""
    n = len(caption)
    first, relation, second = _parts()
    alone = caption < len(OBJECTS)
    away = torch.where(alone, 0.0, APART)
    along_x = (relation[caption] == 0).float()
    jitter = (torch.rand(4, n, generator=rng) * 2 - 1) * torch.where(alone, 3 * JITTER, JITTER)
    layers = []
    for which, sign in ((first, -1.0), (second, 1.0)):
        object_ = which[caption]
        k = 0 if sign < 0 else 2
        x = sign * away * along_x + jitter[k]
        y = sign * away * (1 - along_x) + jitter[k + 1]
        # the second of one object is drawn as nothing
        radius = torch.where(alone & (sign > 0), -9.0, RADIUS)
        layers.append(Objects(object_ % len(SHAPES), object_ // len(SHAPES), x, y, radius))
    return drawn(layers, SIZE)


@cache
def _parts() -> tuple[Tensor, Tensor, Tensor]:
    """Of every caption the first object, the relation and the second object by their numbers."""
    rows = [(i, 0, i) for i in range(len(OBJECTS))]
    rows += [(OBJECTS.index(a), RELATIONS.index(relation), OBJECTS.index(b)) for a, relation, b in PAIRS]
    first, relation, second = torch.tensor(rows).T
    return first, relation, second


def caption_of(found: Sequence[Found]) -> int | None:
    """The number of the caption of the objects in an image; None where they are none of the language."""
    names = [f"{COLOURS[one.colour]} {SHAPES[one.shape]}" for one in found]
    if len(found) == 1:
        return number(names[0])
    if len(found) != 2 or names[0] == names[1]:
        return None
    dx, dy = found[1].x - found[0].x, found[1].y - found[0].y
    if abs(dx) >= abs(dy):  # objects come from left to right
        return number(names[0], "left of", names[1])
    return number(names[0], "above", names[1]) if dy > 0 else number(names[1], "above", names[0])


def read_captions(x: Tensor, slots: tuple[ContextSlot, ...]) -> Tensor:
    """The context (n, width) that images (n, 3, 16, 16) uint8 show; nothing is given where they show none of the language."""
    context = torch.zeros(len(x), context_width(slots))
    for i, image in enumerate(x.numpy()):
        caption = caption_of(read(image, (RADIUS,)))
        if caption is not None:
            context[i] = encoded(slots, {"caption": torch.tensor([caption])})[0]
    return context


def _batch(captions: Tensor, count: int, slots: tuple[ContextSlot, ...], rng: Rng) -> Batch:
    caption = captions[torch.randint(len(captions), (count,), generator=rng)]
    return Batch.of(drawn_as(caption, rng), context=encoded(slots, {"caption": caption}))


def _load(params: Settings, rng: Rng) -> Generator[Loading, None, DataSet]:
    assert isinstance(params, CaptionParams)
    slots = (slot(params.reading),)
    every, back = torch.arange(len(CAPTIONS)), torch.tensor(kept_back())
    seen = every[~torch.isin(every, back)] if params.compose else every
    held_out = max(1, params.examples // 6)
    batches = []
    for captions, count, stream in zip(
        (seen, back if params.compose else every), (params.examples, held_out), streams(rng, 2), strict=True
    ):
        parts = []
        for done in range(0, count, CHUNK):
            yield Loading(done, count, "drawing images")
            parts.append(_batch(captions, min(CHUNK, count - done), slots, stream))
        contexts = torch.cat([part.context for part in parts if part.context is not None])
        batches.append(Batch.of(torch.cat([part.x for part in parts]), context=contexts))
    return _set(batches[0], batches[1], slots)


def _set(train: Batch, held_out: Batch, slots: tuple[ContextSlot, ...]) -> DataSet:
    spec = replace(image_spec(train.x), context=slots)
    return DataSet("captions", spec, train, held_out, read_context=lambda x: read_captions(x, slots))


def _preview(rng: Rng) -> DataSet:
    slots = (slot("none"),)
    batch = _batch(torch.arange(len(CAPTIONS)), 16, slots, rng)
    return _set(batch, batch, slots)


SOURCES = (
    Source(
        "captions",
        "Captions 16×16",
        "Two objects and a sentence: “red circle above blue square”. Ask for one, or for its words in another order.",
        "images",
        CaptionParams,
        _load,
        preview=_preview,
    ),
)
