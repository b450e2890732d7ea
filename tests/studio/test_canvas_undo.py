"""Undo of the canvas under random tools, strokes, answers and acceptances: the state always equals a replay."""

from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from dgm_studio.protocol.messages import Filled
from dgm_studio.studio.painting.brush import Brush
from dgm_studio.studio.painting.canvas import Canvas
from dgm_studio.studio.painting.canvas_ink import ERASER, MASK, ColourInk, MaskInk, flatten


def filled(x, ticket=1, done=True, **more):
    return Filled("run", 10, ticket, x, 1.0 if done else 0.5, done, "replacement", "heuristic", **more)


INK = st.one_of(
    st.floats(0, 1).map(MaskInk),
    st.tuples(*[st.integers(0, 255)] * 3).map(ColourInk),
    st.just(ColourInk(None)),
)
POINT = st.tuples(st.floats(-3, 15, width=32), st.floats(-3, 15, width=32))


class UndoIsReplay(RuleBasedStateMachine):
    """Whatever is done, undone and redone: image and mask equal the snapshots a plain list would hold.

    Candidates are no step of their own, but accepting or discarding them is, and undoing that brings them back.
    """

    def __init__(self):
        super().__init__()
        self.canvas = Canvas(np.zeros((12, 12), np.uint8))
        self.past, self.future = [self._state()], []

    def _state(self):
        c = self.canvas
        return c.image.copy(), c.mask.copy(), c.colour.copy(), c.original.copy()

    def _did(self, step):
        if step:
            self.past.append(self._state())
            self.future.clear()

    def _changed(self):
        return not all(map(np.array_equal, self._state(), self.past[-1]))

    @rule(
        points=st.lists(POINT, min_size=1, max_size=4),
        size=st.integers(1, 9),
        hard=st.floats(0, 1),
        erase=st.booleans(),
    )
    def paint(self, points, size, hard, erase):
        self.canvas.begin(points[0], Brush(size, hard), ERASER if erase else MASK)
        for point in points[1:]:
            self.canvas.move(point)
        self.canvas.end()
        self._did(self._changed())

    @rule(
        points=st.lists(POINT, min_size=3, max_size=6),
        shape=st.sampled_from(["lasso", "rectangle", "flood", "stroke"]),
        ink=INK,
    )
    def shape(self, points, shape, ink):
        if shape == "lasso":
            self.canvas.lasso(points, ink)
        elif shape == "rectangle":
            self.canvas.rectangle(points[0], points[1], ink)
        elif shape == "flood":
            self.canvas.flood(points[0], ink, tolerance=0.5)
        else:
            self.canvas.begin(points[0], Brush(4, 0.5), ink, 0.3)
            self.canvas.move(points[1], 0.9)
            self.canvas.end()
        self._did(self._changed())

    @rule(what=st.sampled_from(["fill_mask", "clear_mask", "invert_mask"]))
    def whole(self, what):
        getattr(self.canvas, what)()
        self._did(self._changed())

    @rule(value=st.integers(0, 255), size=st.sampled_from([(12, 12), (8, 10, 3)]))
    def picture(self, value, size):
        self.canvas.set_image(np.full(size, value, np.uint8))
        self._did(self._changed())

    @rule(seed=st.integers(0, 3))
    def answered(self, seed):
        self.canvas.ask(seed)
        self.canvas.answer(filled(np.stack([self.canvas.image, 255 - self.canvas.image])))

    @precondition(lambda self: self.canvas.results is not None)
    @rule(index=st.integers(0, 1), keep=st.booleans())
    def accept_or_discard(self, index, keep):
        results = self.canvas.results
        if keep:
            self.canvas.accept(index)
        else:
            self.canvas.discard()
        assert self.canvas.results is None
        self.canvas.undo()
        assert self.canvas.results.answer is results.answer
        assert self.canvas.results.picked == (index if keep else results.picked)
        self.canvas.redo()
        assert self.canvas.results is None
        self._did(True)

    @rule()
    def undo(self):
        if self.canvas.undo():
            self.future.append(self.past.pop())

    @rule()
    def redo(self):
        if self.canvas.redo():
            self.past.append(self.future.pop())

    @invariant()
    def equals_replay(self):
        image, mask, colour, original = self._state()
        for now, then in zip(self._state(), self.past[-1], strict=True):
            assert np.array_equal(now, then)
        assert np.array_equal(self.canvas.flat, flatten(image, colour))
        assert colour.shape == (*mask.shape, 4)
        assert original.shape == image.shape
        assert mask.shape == image.shape[:2]
        assert mask.dtype == np.float32
        assert 0 <= mask.min() <= mask.max() <= 1
        assert self.canvas.can_undo == (len(self.past) > 1)
        assert self.canvas.can_redo == bool(self.future)


TestUndoIsReplay = UndoIsReplay.TestCase
TestUndoIsReplay.settings = settings(
    max_examples=40, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
