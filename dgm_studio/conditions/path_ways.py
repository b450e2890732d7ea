"""Every way in which a sampler that walks a noise path meets what is asked of it, from quick draft to careful final."""

from __future__ import annotations

from collections.abc import Mapping

from dgm_studio.conditions.replacement import RePaint, Replacement
from dgm_studio.contract import Sampler, Way
from dgm_studio.samplers.path import PathSampler


def path_ways(samplers: Mapping[str, Sampler]) -> dict[str, Way]:
    """The ways around the first, default sampler. Raises TypeError when it does not walk a noise path."""
    first = next(iter(samplers.values()))
    if not isinstance(first, PathSampler):
        raise TypeError(f"these ways need a sampler on a noise path, not {type(first).__name__}")
    replacement, repaint = Replacement(first), RePaint(first)
    return {
        "replacement": Way("mask", replacement.title, "heuristic", replacement.help, replacement),
        "repaint": Way("mask", repaint.title, "heuristic", repaint.help, repaint),
    }
