"""Portraits in colour, drawn from twenty factors that are all known: endless faces of nobody.

All factors are independent, so that none can be told from another: hair is as often long on any skin, and glasses are as often
worn at any age. Where a model makes them depend on each other, it is the model that does. Eight of them may be given.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Literal

import torch

from dgm_studio.contract import ContextSlot, DataSet, Factors, Loading, Rng, Settings, Source, knob
from dgm_studio.data.shared.drawing import PictureProgram
from dgm_studio.data.shared.portrait import BEARDS, EYES, GLASSES, HAIR, HAIR_COLOURS, HATS, portraits

SLOTS = {
    "skin": ContextSlot("skin", 0.0, 1.0, help="From dark to light."),
    "hair": ContextSlot("hair", values=HAIR, help="How the hair is worn."),
    "hair_colour": ContextSlot("hair colour", values=tuple(HAIR_COLOURS), help="It goes grey with age."),
    "glasses": ContextSlot("glasses", values=GLASSES, help="None, or of which form."),
    "hat": ContextSlot("hat", values=HATS, help="None, or which."),
    "smile": ContextSlot("smile", -1.0, 1.0, help="From a sad mouth to a smile."),
    "turn": ContextSlot("turn", -1.0, 1.0, help="To which side the head is turned."),
    "light": ContextSlot("light", -1.0, 1.0, help="From which side the light comes."),
    "age": ContextSlot("age", 0.0, 1.0, help="Lines of the face and grey hair."),
    "tilt": ContextSlot("tilt", -0.25, 0.25, help="How far the head leans, in radians."),
    "width": ContextSlot("width", 0.86, 1.1, help="How broad the face is."),
    "eyes": ContextSlot("eyes", values=tuple(EYES), help="The colour of the eyes."),
    "eyes_open": ContextSlot("eyes open", 0.0, 1.0, help="From nearly closed to wide open."),
    "gaze": ContextSlot("gaze", -1.0, 1.0, help="To which side the eyes look."),
    "brows": ContextSlot("brows", -1.0, 1.0, help="From worried to angry."),
    "mouth": ContextSlot("mouth open", 0.0, 1.0, help="How far the mouth is open."),
    "nose": ContextSlot("nose", 0.0, 1.0, help="How large the nose is."),
    "beard": ContextSlot("beard", values=BEARDS, help="None, or which."),
    "background": ContextSlot("background", 0.0, 1.0, periodic=True, help="Its hue, once around the colours."),
    "shirt": ContextSlot("shirt", 0.0, 1.0, periodic=True, help="Its hue, once around the colours."),
    "hat_colour": ContextSlot("hat colour", 0.0, 1.0, periodic=True, help="Its hue, once around the colours."),
}
GIVEN = ("skin", "hair", "hair_colour", "glasses", "hat", "smile", "turn", "light")
"""The factors that a model is conditioned on, where it is."""
_RARER = {"glasses": (0.55, 0.15, 0.15, 0.15), "hat": (0.61, 0.13, 0.13, 0.13), "beard": (0.6, 0.15, 0.25)}
"""How common values are that are not as common as each other."""


class PortraitParams(Settings):
    """How large, and how many."""

    size: Literal[32, 48, 64, 96, 128] = knob(
        32,
        help="Pixels per side. Drawing, memory and a step of training grow with the square: 64 takes four times as much.",
    )
    examples: int = knob(6000, 100, 40_000, scale="log", help="Number of training pictures.")


def _factors(n: int, rng: Rng) -> Factors:
    drawn = {}
    for key, slot in SLOTS.items():
        if key in _RARER:
            drawn[key] = torch.multinomial(torch.tensor(_RARER[key]), n, replacement=True, generator=rng)
        elif slot.values:
            drawn[key] = torch.randint(len(slot.values), (n,), generator=rng)
        else:
            drawn[key] = slot.low + (slot.high - slot.low) * torch.rand(n, generator=rng)
    # most mouths are closed, and hardly any eyes
    drawn["mouth"] = (1.6 * drawn["mouth"] - 0.6).clamp(min=0)
    drawn["eyes_open"] = drawn["eyes_open"].sqrt()
    return drawn


def _program(size: int) -> PictureProgram:
    chunk = max(8, 250 * 32**2 // size**2)
    return PictureProgram(_factors, lambda factors: portraits(factors, size), SLOTS, given=GIVEN, chunk=chunk)


def _load(params: Settings, rng: Rng) -> Generator[Loading, None, DataSet]:
    assert isinstance(params, PortraitParams)
    return (yield from _program(int(params.size)).load("portraits", params.examples, rng))


SOURCES = (
    Source(
        "portraits",
        "Portraits",
        "Drawn faces of nobody, from twenty known factors: give any of skin, hair, glasses, hat, smile, turn and light.",
        "images",
        PortraitParams,
        _load,
        preview=lambda rng: _program(32).preview("portraits", rng),
    ),
)
