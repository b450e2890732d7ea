"""The view in front in words, from the captions of figures and the sentences of measures: for screen readers and for all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dgm_studio.language import tr

from ..figure.caption import caption_of
from .quality import sentences

if TYPE_CHECKING:
    from ..studio import Studio

_MOST = 2
"""Sentences of measures, the most telling first."""


def description(studio: Studio) -> str:
    """What is seen, of which run, at which step, and how good it is."""
    session = studio.session
    slots = session.cells if studio.workspace == "compare" else (session.front,)
    runs = [(studio.runs[slot], session.spec(slot)) for slot in slots if studio.runs[slot].opened is not None]
    if not runs:
        return tr("Nothing is open yet.")
    first = runs[0][0]
    doing = tr("Training, step {step:,}.", step=first.step) if first.training else tr("Step {step:,}.", step=first.step)
    found = sentences(first.measured)[:_MOST] if len(runs) == 1 else []
    return " ".join([caption_of(runs, session, studio.catalogue).text, doing, *found])
