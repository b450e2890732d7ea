"""Captioning: which sentence of the data's language an image has, by a contrastive pair of towers and by the model itself.

The towers only know how to compare; a model of images under a caption knows p(x | c), and Bayes' rule turns it around. Asked
about the few captions that the tower finds likeliest and the first of these with its ends exchanged, it has to tell
apart what a bag of words cannot.
"""

from __future__ import annotations

import torch
from torch import Tensor

from dgm_studio.contract import ContextSlot, Work
from dgm_studio.contract.context import encoded
from dgm_studio.language import tr
from dgm_studio.nets.two_tower import image_reader
from dgm_studio.protocol import messages as m
from dgm_studio.protocol.context import checked

from ..errors import UserError
from ..runs.run import Run
from .showing import in_chunks

FEW = 5
"""Captions told for each image, where none were named, beside a swapped one."""
MOST_ASKED = 64
"""Images about whose captions a model is asked, which costs a density for each."""


def captions(run: Run, x: Tensor, among: tuple[str, ...]) -> Work[m.Captions | None]:
    """The captions of images x (n, *event) in model units; None where the data have none. Raises UserError for sentences that
    their language does not have, or where some are named and the data have no captions."""
    slot = next((slot for slot in run.data.spec.context if slot.embedding), None)
    if slot is None:
        if among:
            raise UserError(
                tr("{name} has no captions to choose among. Choose data with captions.", name=run.data.name)
            )
        return None
    try:
        named = [_number(slot, sentence) for sentence in among]
    except ValueError as error:
        raise UserError(str(error)) from None
    log_p = image_reader(slot.embedding)(x.float().cpu())
    yield
    if named:
        few = torch.tensor(named).expand(len(x), -1)
        read = log_p[:, named].softmax(1)
    else:
        best = log_p.topk(FEW).indices
        few = torch.stack([torch.tensor(_with_swap(slot, row)) for row in best.tolist()])
        read = log_p.exp().gather(1, few)
    evidence, kind = None, ""
    density = run.shown.abilities().log_density
    if density is not None and slot in run.event_spec.context and len(x) <= MOST_ASKED:
        kind = density.kind
        told = encoded((slot,), {slot.name: few.flatten()}).to(run.device)
        values = yield from in_chunks(density, x.repeat_interleave(few.shape[1], 0), told, run.shown.chunk)
        evidence = values.double().cpu().view(few.shape).numpy()
    names = tuple(tuple(slot.values[k] for k in row) for row in few.tolist())
    return m.Captions(names, read.double().numpy(), evidence, kind)


def _number(slot: ContextSlot, sentence: str) -> int:
    ((_, value),) = checked(((slot.name, sentence),), (slot,))
    return slot.values.index(str(value))


def _with_swap(slot: ContextSlot, best: list[int]) -> list[int]:
    """The numbers of the best captions, and last the first of them with its ends exchanged, as in "b above a" for "a above b",
    where that is a sentence."""
    words = slot.values[best[0]].split()
    for i in range(len(words) // 2, 0, -1):
        swapped = " ".join([*words[-i:], *words[i:-i], *words[:i]])
        if swapped in slot.values:
            swap = slot.values.index(swapped)
            return [*[k for k in best if k != swap][: len(best) - 1], swap]
    return best
