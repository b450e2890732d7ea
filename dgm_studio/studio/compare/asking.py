"""Asking several runs the same about one picture and mask, and how far answers are from the original."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dgm_studio.language import tr
from dgm_studio.protocol import messages as m
from dgm_studio.protocol.context import Label
from dgm_studio.protocol.messages import Array

if TYPE_CHECKING:
    from ..studio import Studio


@dataclass(frozen=True)
class SharedQuestion:
    """What everybody is asked: ``image`` uint8 (H, W) or (H, W, 3) with ``mask`` (H, W) in [0, 1], ``count`` answers of each,
    of class ``label`` where a run knows classes, or under its context; they are compared with ``original``, of its shape,
    where there is one.
    """

    image: Array
    mask: Array
    count: int
    seed: int
    original: Array | None = None
    label: Label = None
    temperature: float = 1.0


def cannot_fill(info: m.RunInfo, question: SharedQuestion) -> str:
    """Why a run cannot answer, in words that go on after its title; empty where it can."""
    if info.kind != "images":
        return tr("knows {kind}, not pictures", kind=info.kind)
    if info.event[1:] != question.image.shape[:2] or (info.event[0] == 3) != (question.image.ndim == 3):
        return tr("knows pictures of another size")
    return "" if info.careful("mask") is not None else tr("has no way to fill a mask")


def ask_to_fill(studio: Studio, name: str, info: m.RunInfo, question: SharedQuestion) -> int:
    """Ask a run that can answer by its most careful method; returns the ticket."""
    method = info.careful("mask")
    assert method is not None
    q, ticket = question, studio.ask.ticket()
    known = info.uses_label and q.label < len(info.classes) if isinstance(q.label, int) else bool(info.slots)
    studio.backend.send(m.Fill(name, q.image, q.mask, q.count, q.seed, ticket, method.name, temperature=q.temperature,
                               label=q.label if known else None, keep=False))  # fmt: skip
    return ticket


def distance(x: Array, original: Array, mask: Array) -> Array | None:
    """Root mean square difference (n,) of answers from the original where the mask generates, in shares of 255.

    None where it generates nothing.
    """
    hole = mask > 0
    if not hole.any():
        return None
    gap = (x.astype(np.float64) - original.astype(np.float64))[:, hole] / 255
    found: Array = np.sqrt((gap.reshape(len(gap), -1) ** 2).mean(1))
    return found
