"""Knobs of the samplers of Boltzmann machines, and how their black and white units stand for grey pixels.

A grey pixel counts as a chance: it is white in as large a share of black and white pictures as it is bright (Salakhutdinov &
Murray 2008; Hinton 2012, section 3). Machines learn from such draws, and what they show of a draw is again how likely each
pixel was to be white given the hidden units.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from dgm_studio.contract import DataSpec, Rng, Settings, knob

Show = Literal["probabilities", "black and white"]


def _show() -> Show:
    shown: Show = knob(
        "probabilities",
        help="What is seen of a pixel: how likely it was to be white given the hidden units, or the black or white that was "
        "drawn.",
    )
    return shown


class SweepKnobs(Settings):
    """What all of them have."""

    steps: int = knob(
        60, 2, 1000, scale="log", help="Visible steps; the chain forgets its start only after many of them."
    )
    sweeps: int = knob(
        3,
        1,
        50,
        scale="log",
        help="Sweeps of Gibbs sampling within each visible step: all hidden units, then all visible.",
    )


class GibbsKnobs(SweepKnobs):
    start: Literal["noise", "chains"] = knob(
        "noise",
        help="Where chains begin: 'noise' is independent units, each on as often as in the data; 'chains' are those that "
        "training has kept running, of the class asked for.",
    )


class GreyKnobs(GibbsKnobs):
    show: Show = _show()


class FillKnobs(SweepKnobs):
    steps: int = knob(40, 2, 1000, scale="log", help="Visible steps; the longer, the nearer to the conditional.")


class GreyFillKnobs(FillKnobs):
    show: Show = _show()


class MeanGibbsKnobs(FillKnobs):
    average: int = knob(
        60,
        1,
        1000,
        scale="log",
        help="Sweeps at the end whose probabilities are averaged: 1 is one picture of the chain, many are the mean of all that "
        "fit.",
    )


def is_grey(spec: DataSpec) -> bool:
    """Whether pixels are more than black or white."""
    return spec.is_image and spec.kind != "binary" and spec.levels > 2


def shows_chances(knobs: Settings) -> bool:
    """Whether probabilities are shown, not draws."""
    return isinstance(knobs, MeanGibbsKnobs) or (
        isinstance(knobs, GreyKnobs | GreyFillKnobs) and knobs.show == "probabilities"
    )


def binary(x: Tensor) -> Tensor:
    """Pixels in [-1, 1] to black (0) and white (1), flat (n, size)."""
    return (x.flatten(1) > 0).to(x.dtype)


def whiteness(x: Tensor, spec: DataSpec) -> Tensor:
    """Pixels in [-1, 1] to shares of white in [0, 1], flat (n, size)."""
    return ((x.flatten(1) + 1) / 2).clamp(0, 1) if is_grey(spec) else binary(x)


def drawn(x: Tensor, spec: DataSpec, rng: Rng) -> Tensor:
    """Pixels in [-1, 1] to black (0) or white (1), flat (n, size); grey ones by chance."""
    return torch.bernoulli(whiteness(x, spec), generator=rng) if is_grey(spec) else binary(x)
