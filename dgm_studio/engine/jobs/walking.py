"""Walking a sampler from its first frame to its last, in portions and slices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import torch

from dgm_studio.contract import Frame, Rng, Sampler, Steer, rng_for


def walked(
    sampler: Sampler,
    steer: Steer,
    n: int,
    seed: int,
    portion: int,
    device: torch.device,
    *,
    begin: Sequence[Frame] = (),
) -> Iterator[Frame | None]:
    """Frames of a sampler, first to last, and None between the slices of a step.

    With ``begin``, frames of an earlier walk, only those that follow are made: step i draws from the same stream as ever.
    More than ``portion`` samples are drawn in portions, a step of each in turn, so that a slice stays short and memory
    suffices whatever ``n``. The first portion draws the same noise as a sampler for it alone.
    """
    sizes = [min(portion, n - at) for at in range(0, n, portion)]
    offsets = [sum(sizes[:k]) for k in range(len(sizes))]
    steers = [
        steer if steer.label is None else replace(steer, label=steer.label[begin : begin + size])
        for begin, size in zip(offsets, sizes, strict=True)
    ]

    def rng(part: int, step: int) -> Rng:
        return rng_for(seed, step, *((part,) if part else ()), device=device)

    parts = [begin[-1]] if begin else []
    if not begin:
        for k, size in enumerate(sizes):
            if k:
                yield None
            parts.append(sampler.start(size, steers[k], rng(k, 0)))
        yield _joined(parts)
    i = max(0, len(begin) - 1)
    while any(frame.t < 1 for frame in parts):
        i += 1
        for k, frame in enumerate(parts):
            if k:
                yield None
            if frame.t < 1:
                parts[k] = sampler.step(frame, steers[k], rng(k, i))
        yield _joined(parts)


def _joined(parts: list[Frame]) -> Frame:
    """One frame of all portions, of which the clean estimate and the origin are kept, and what their pools are worth."""
    if len(parts) == 1:
        return parts[0]
    estimates = [f.state["estimate"] for f in parts if "estimate" in f.state]
    state: dict[str, Any] = {"estimate": torch.cat(estimates)} if len(estimates) == len(parts) else {}
    if all("origin" in f.state for f in parts):
        state["origin"] = torch.cat([f.state["origin"] for f in parts])
    if all("effective_share" in f.state for f in parts):
        total = sum(len(f.x) for f in parts)
        state["effective_share"] = sum(f.state["effective_share"] * len(f.x) for f in parts) / total
    return Frame(torch.cat([f.x for f in parts]), min(f.t for f in parts), state)
