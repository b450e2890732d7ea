"""Images of one object whose five attributes are known: shape, colour, size and place.

Any of them may be given, the rest left to the model. What a sample shows is read from its pixels exactly
(`shared/objects.py`), so that whether a model keeps to what it is given is counted and not judged.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace

import torch
from torch import Tensor

from dgm_studio.contract import Batch, ContextSlot, DataSet, Loading, Rng, Settings, Source, knob
from dgm_studio.contract.context import context_width, encoded
from dgm_studio.data.shared.density import streams
from dgm_studio.data.shared.images import image_spec
from dgm_studio.data.shared.objects import COLOURS, SHAPES, Objects, drawn, read

SIZE = 16
SIZES = ("small", "large")
RADII = (2.3, 4.0)
"""Pixels, of small and large objects."""
REACH = 0.5
"""How far from the middle an object is at most, in half images."""
SLOTS = (
    ContextSlot("shape", values=SHAPES, help="What the object is."),
    ContextSlot("colour", values=COLOURS, help="The colour of the object."),
    ContextSlot("size", values=SIZES, help="How large the object is."),
    ContextSlot("x", -REACH, REACH, help="How far right of the middle the object is, in half images."),
    ContextSlot("y", -REACH, REACH, help="How far below the middle the object is, in half images."),
)
CHUNK = 500


class AttributeParams(Settings):
    """How many images."""

    examples: int = knob(8000, 100, 40_000, scale="log", help="Number of training images.")


def _drawn(n: int, rng: Rng) -> Batch:
    place = (torch.rand(2, n, generator=rng) * 2 - 1) * REACH
    shape, colour, size = (torch.randint(k, (n,), generator=rng) for k in (len(SHAPES), len(COLOURS), len(SIZES)))
    objects = Objects(shape, colour, place[0], place[1], torch.tensor(RADII)[size])
    values = {"shape": shape, "colour": colour, "size": size, "x": place[0], "y": place[1]}
    return Batch.of(drawn([objects], SIZE), context=encoded(SLOTS, values))


def read_attributes(x: Tensor) -> Tensor:
    """The context (n, width) that images (n, 3, 16, 16) uint8 show; nothing is given where there is not just one object."""
    context = torch.zeros(len(x), context_width(SLOTS))
    for i, image in enumerate(x.numpy()):
        found = read(image, RADII)
        if len(found) == 1:
            one = found[0]
            values = {
                "shape": one.shape, "colour": one.colour, "size": RADII.index(min(RADII, key=lambda r: abs(r - one.radius))),
                "x": one.x, "y": one.y,
            }  # fmt: skip
            context[i] = encoded(SLOTS, {name: torch.tensor([value]) for name, value in values.items()})[0]
    return context


def _load(params: Settings, rng: Rng) -> Generator[Loading, None, DataSet]:
    assert isinstance(params, AttributeParams)
    held_out = max(1, params.examples // 6)
    batches = []
    for count, stream in zip((params.examples, held_out), streams(rng, 2), strict=True):
        parts = []
        for done in range(0, count, CHUNK):
            yield Loading(done, count, "drawing images")
            parts.append(_drawn(min(CHUNK, count - done), stream))
        contexts = torch.cat([part.context for part in parts if part.context is not None])
        batches.append(Batch.of(torch.cat([part.x for part in parts]), context=contexts))
    return _set(*batches)


def _set(train: Batch, held_out: Batch) -> DataSet:
    spec = image_spec(train.x)
    return DataSet("attributes", replace(spec, context=SLOTS), train, held_out, read_context=read_attributes)


def _preview(rng: Rng) -> DataSet:
    batch = _drawn(16, rng)
    return _set(batch, batch)


SOURCES = (
    Source(
        "attributes",
        "Attributes 16×16",
        "One object of known shape, colour, size and place: give any of them, and see what becomes of the rest.",
        "images",
        AttributeParams,
        _load,
        preview=_preview,
    ),
)
