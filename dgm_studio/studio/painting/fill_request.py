"""Inquiry: a question about a canvas as the engine is asked it, whether it stands on the canvas now or did long ago."""

from __future__ import annotations

import numpy as np

from dgm_studio.protocol import messages as m

from .canvas_steps import Results
from .question import Question

GONE = 0
"""A ticket that no answer has."""


def inquiry(run: str, asked: Results, ticket: int, *, step: int, live: bool = True, keep: bool = True) -> m.Fill:
    """What a run is asked. An answer that is gone on from can be walked again while the model is that of its ``step``."""
    q = asked.question or Question(seed=asked.seed)
    image, strokes, branch, origin = asked.image, None, None, None
    if q.condition == "strokes":
        image = asked.image if asked.under is None else asked.under
        strokes = np.zeros((*asked.mask.shape, 4), np.uint8) if asked.colour is None else asked.colour
    if q.branch is not None:
        before = asked.origin
        answer = None if before is None else before.answer
        branch = (GONE if answer is None else answer.ticket, q.branch[1])
        if before is not None and answer is not None and answer.step == step:
            origin = inquiry(run, before, answer.ticket, step=step, live=False, keep=False)
    return m.Fill(run, image, asked.mask, q.count, q.seed, ticket, q.method, q.knobs, live=live, strokes=strokes,
                  branch=branch, origin=origin, keep=keep, **q.asked_with())  # fmt: skip
