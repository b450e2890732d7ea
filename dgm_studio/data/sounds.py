"""Sounds of one second that are made by code: what is struck and fades, what is held, and what comes in a rhythm."""

from __future__ import annotations

from dgm_studio.data.shared import synthesis
from dgm_studio.data.shared.sounds import source

SOURCES = (
    source(
        "plucked",
        "Plucked strings",
        "Six notes of a plucked string: noise that goes around a loop and becomes a tone.",
        tuple(synthesis.NOTES),
        synthesis.plucked,
    ),
    source(
        "bells",
        "Bells",
        "Struck metal: partials that are no multiples of one pitch, each fading by itself.",
        tuple(synthesis.STRIKES),
        synthesis.bells,
    ),
    source(
        "vowels",
        "Vowels",
        "a, e, i, o, u: one voice at any pitch, told apart by where its spectrum is loud.",
        tuple(synthesis.FORMANTS),
        synthesis.vowels,
    ),
    source(
        "drums",
        "Drum loops",
        "Kick, snare and hat in eighths: structure over a whole second, of noise at its finest.",
        tuple(synthesis.PATTERNS),
        synthesis.drum_loops,
    ),
)
