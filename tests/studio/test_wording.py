"""Sentences made from answers."""

from __future__ import annotations

import numpy as np

from dgm_studio.protocol import messages as m
from dgm_studio.studio.wording import classes_said

NONE = np.zeros((0, 8, 8), np.uint8)


def test_a_walk_says_what_its_ends_were_taken_for() -> None:
    names = ("cat", "dog")
    assert classes_said(m.Interpolated("run", 1, 1, NONE, NONE, False), names) == ""
    same = m.Interpolated("run", 1, 1, NONE, NONE, False, (1, 1), "asked")
    assert classes_said(same, names) == "Both ends are taken for dog, as asked."
    blended = m.Interpolated("run", 1, 1, NONE, NONE, False, (0, 1), "classifier", "blended")
    assert classes_said(blended, names) == (
        "The ends are taken for cat and dog, by the model's own judgement; the class is blended on the way."
    )
