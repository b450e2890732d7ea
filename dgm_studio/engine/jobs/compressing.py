"""Compression: pictures to a file by the model's own probabilities and back, and what becomes of strange or damaged ones."""

from __future__ import annotations

import json
from typing import cast

import numpy as np
import torch
from torch import Tensor

from dgm_studio.compression import archive, coder, usual
from dgm_studio.contract import Lossless, rng_for
from dgm_studio.language import tr
from dgm_studio.protocol import messages as m

from ..errors import UserError
from ..runs.losslessness import fingerprint, why_lossy
from ..runs.run import Run
from .showing import Emit, Job

_NOISE_SEED = 77
_WORDS = "Round them with --round, or train with as many levels as the pictures have"


def compress(run: Run, emit: Emit, intent: m.Compress) -> Job:
    """Write pictures to bytes, read them back, compare, and only then tell how many there are."""
    lossless, mark = _ready(run)
    x = _images(run, intent, lossless)
    numbers = lossless.numbers(x.to(run.device)).cpu()
    back = run.units.array(lossless.examples(numbers).float())
    given = run.units.array(x)
    if not intent.rounded and not np.array_equal(back, given):
        at = np.argwhere(back != given)[0]
        raise UserError(
            tr(
                "Picture {at} has a pixel of {given}, which is none of the {levels} grey levels that "
                "this model knows ({levels_said}): a file of it would not be without loss. {words}.",
                at=at[0] + 1,
                given=given[tuple(at)],
                levels=lossless.levels,
                levels_said=_levels_said(lossless.levels),
                words=_WORDS,
            )
        )
    event = cast(tuple[int, int, int], tuple(run.event_spec.event))
    found, message = yield from archive.compress(lossless, mark, event, numbers.numpy(), _group(lossless))
    rows = numbers.numpy().astype(np.uint8)
    data = found.to_bytes()
    emit(
        m.Compressed(
            run.name, run.step, intent.ticket, intent.source, data, back, len(found.payload), message.ideal / 8,
            usual.sizes(rows, back, lossless.levels), lossless.levels, not np.array_equal(back, given),
        )
    )  # fmt: skip


def decompress(run: Run, emit: Emit, intent: m.Decompress) -> Job:
    """Read pictures from the bytes of a file."""
    found = archive.PictureArchive.from_bytes(intent.data, damaged=intent.damaged)
    lossless, mark = _ready(run)
    event = cast(tuple[int, int, int], tuple(run.event_spec.event))
    numbers = yield from archive.decompress(lossless, mark, event, found, damaged=intent.damaged)
    images = run.units.array(lossless.examples(torch.from_numpy(numbers)).float())
    emit(m.Decompressed(run.name, run.step, intent.ticket, images, archive.check_of(numbers) == found.check))


def _ready(run: Run) -> tuple[Lossless, bytes]:
    """What writes and reads, on a copy that does not learn on, and the fingerprint of its weights. Raises UserError."""
    abilities = run.shown.frozen("compress")
    if abilities.lossless is None:
        raise UserError(why_lossy(abilities, run.family.title, run.event_spec.data_kind))
    about = json.dumps([run.spec.family, run.spec.config, list(run.event_spec.event), len(run.event_spec.classes)])
    return abilities.lossless, fingerprint(run.shown.state(), about)


def _group(lossless: Lossless) -> int:
    """How many pictures are walked side by side: more of large ones, whose many passes else take long."""
    return coder.GROUP if lossless.size <= 256 else 4 * coder.GROUP


def _images(run: Run, intent: m.Compress, lossless: Lossless) -> Tensor:
    """The pictures (n, *event) that are asked for, in model units. Raises UserError."""
    if intent.source == "examples":
        if intent.examples is None or not len(intent.examples):
            raise UserError(tr("There is no picture to compress. Give one or more."))
        x = run.tensor(intent.examples)
    else:
        held = run.data.held_out.x
        x = run.units.to_model(held[: min(intent.count, len(held))])
        if intent.source == "upside down":
            x = x.flip(2)
        elif intent.source == "noise":
            numbers = torch.randint(lossless.levels, (len(x), lossless.size), generator=rng_for(_NOISE_SEED))
            x = lossless.examples(numbers)
    if len(x) > archive.MOST_EXAMPLES:
        raise UserError(
            tr(
                "A file holds up to {most_examples:,} pictures, not {x:,}. Write several.",
                most_examples=archive.MOST_EXAMPLES,
                x=len(x),
            )
        )
    return x.cpu()


def _levels_said(levels: int) -> str:
    """The pixels that the levels stand for, the first few and the last."""
    values = [round(255 * k / (levels - 1)) for k in range(levels)]
    return ", ".join(map(str, values)) if levels <= 5 else f"{values[0]}, {values[1]}, {values[2]} ... {values[-1]}"
