"""Canvas: an image, what was painted over it, the mask, and what models answered. A document without a window.

The mask is 1 where something is to be generated and 0 where the image is known; values between act as strength. Its
values are multiples of 1/255, so that the PNG in a session file holds it exactly. The colour layer lies over the image
and is asked with it (`flat`). Everything a person does is one undo step (`canvas_steps`).

Topics for `Canvas.on`: ``pixels`` (the `Rect` that changed, or None: image and size may have changed), ``results``
(`Results` or None), ``history`` (None: what can be undone changed), ``lifted`` (None: a stroke ended, whether or not it
changed anything).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from dgm_studio.language import tr
from dgm_studio.protocol.messages import Array, Filled

from ..session.state import Callback, Observers
from . import canvas_shapes as shapes
from .brush import Brush, Point, Rect
from .canvas_files import blank, checked, from_members, to_members
from .canvas_ink import ERASER, MASK, Ink, flatten, levels
from .canvas_steps import Layer, Layers, Mask, Patch, Results, Step, Steps
from .canvas_stroke import Stroke
from .question import Question

_NOWHERE = Rect(0, 0, 0, 0)


class Canvas:
    """See the module. Coordinates are (x, y) in pixels of the image."""

    def __init__(self, image: Array | None = None, depth: int = 400, budget: int = 256 << 20) -> None:
        self._layers: Layers = blank(checked(np.zeros((28, 28), np.uint8) if image is None else image))
        self._flat: Array = self.image.copy()
        self._results: Results | None = None
        self._steps = Steps(depth, budget)
        self._stroke: Stroke | None = None
        self._observers = Observers()
        self._askings = 0
        self.version = 0
        """Another number after every change of what is on it and of what can be undone."""

    def on(self, topic: str, callback: Callback) -> Callable[[], None]:
        """Observe a topic; returns a function that ends it."""
        return self._observers.on(topic, callback)

    # --- what is there: none of it to be written to ----------------------------------------------------------------

    @property
    def image(self) -> Array:
        """uint8 (H, W) or (H, W, 3)."""
        return self._layers["image"]

    @property
    def colour(self) -> Array:
        """Strokes over the image, uint8 (H, W, 4): red, green, blue and opacity; all zero where there are none."""
        return self._layers["colour"]

    @property
    def mask(self) -> Mask:
        """float32 (H, W) in [0, 1], 1 = generate."""
        return self._layers["mask"]

    @property
    def original(self) -> Array:
        """The picture that was started from, before any answer was accepted; of the image's shape."""
        return self._layers["original"]

    @property
    def flat(self) -> Array:
        """The image with the strokes over it, as models are asked; of the image's shape."""
        return self._flat

    @property
    def shape(self) -> tuple[int, int]:
        return self.mask.shape[0], self.mask.shape[1]

    @property
    def results(self) -> Results | None:
        return self._results

    @property
    def stale(self) -> bool:
        """The candidates answer another picture or mask than what is on the canvas."""
        return bool(self.changes)

    @property
    def changes(self) -> tuple[str, ...]:
        """What is another one than when the candidates were asked for, of "mask" and "picture".

        A measurement is of the whole picture: no mask matters to it.
        """
        r = self._results
        if r is None:
            return ()
        unmasked = r.question is not None and r.question.condition == "observation"
        mask = not (unmasked or np.array_equal(r.mask, self.mask))
        image = not np.array_equal(r.image, self._flat)
        return (("mask",) if mask else ()) + (("picture",) if image else ())

    @property
    def painting(self) -> bool:
        return self._stroke is not None

    # --- strokes ---------------------------------------------------------------------------------------------------

    def begin(self, point: Point, brush: Brush, ink: Ink = MASK, pressure: float = 1.0) -> Rect:
        """Put the brush down; returns what changed. A stroke still going on is ended first."""
        self.end()
        self._stroke = Stroke.put_down(point, brush, ink, self._layers[ink.layer], pressure)
        return self._pull(self._stroke, point, pressure)

    def move(self, point: Point, pressure: float = 1.0) -> Rect:
        """Pull the brush on in a straight line; returns what changed, empty without a stroke."""
        return self._pull(self._stroke, point, pressure) if self._stroke else _NOWHERE

    def end(self) -> bool:
        """Lift the brush: the stroke becomes one undo step. False when it changed nothing."""
        stroke, self._stroke = self._stroke, None
        step = stroke.step() if stroke else None
        if step is not None:
            self._push(step)
        if stroke is not None:
            self._observers.tell("lifted")
        return step is not None

    def _pull(self, stroke: Stroke, to: Point, pressure: float) -> Rect:
        rect = stroke.pull(to, pressure)
        if not rect.empty:
            self._tell_pixels(rect, {stroke.ink.layer})
        return rect

    # --- shapes and whole layers -----------------------------------------------------------------------------------

    def rectangle(self, a: Point, b: Point, ink: Ink = MASK) -> None:
        """Lay ink on every pixel that a drag from corner to corner touches."""
        self._lay("rectangle", shapes.rectangle(a, b, *self.shape), ink)

    def lasso(self, points: Sequence[Point], ink: Ink = MASK) -> None:
        """Lay ink inside a closed outline."""
        self._lay("lasso", shapes.lasso(points, *self.shape), ink)

    def flood(self, at: Point, ink: Ink = MASK, tolerance: float = 0.2) -> None:
        """Lay ink on the connected area around a place that looks like it; see `canvas_shapes.flood`."""
        self._lay("fill", shapes.flood(at, self._flat, self.mask, tolerance), ink)

    def fill(self, ink: Ink = MASK) -> None:
        """Lay ink everywhere: on the mask, all is to be generated."""
        self._lay("clear" if ink.erases else "fill", shapes.whole(*self.shape), ink)

    def fill_mask(self) -> None:
        """Everything is to be generated."""
        self.fill(MASK)

    def clear_mask(self) -> None:
        """Everything is known."""
        self.fill(ERASER)

    def invert_mask(self) -> None:
        self.set_mask(levels(1 - self.mask), "invert")

    def set_mask(self, mask: Mask, title: str = "mask") -> None:
        """Another mask (H, W) in [0, 1]. Raises ValueError when it does not fit the image."""
        if mask.shape != self.shape:
            raise ValueError(
                tr(
                    "the mask has the shape {shape} but the image is {shape_2}: resize it first",
                    shape=mask.shape,
                    shape_2=self.shape,
                )
            )
        self._replace(title, "mask", levels(np.clip(mask, 0, 1)))

    def set_image(self, image: Array, masked: bool = False) -> None:
        """Start from another picture, uint8 (H, W) or (H, W, 3); the mask stays when it fits, else it is cleared. With
        ``masked`` all of it is to be generated.

        Strokes over the last picture go with it. Raises ValueError when it is no picture.
        """
        image = checked(image)
        self.end()
        fresh = blank(image)
        if masked:
            fresh["mask"][:] = 1
        kept = image.shape[:2] == self.shape
        layers: tuple[Layer, ...] = ("image", "original", "colour", "mask")
        patches = [
            Patch.whole(layer, self._layers[layer], fresh[layer])
            for layer in layers
            if not (kept and ((layer == "mask" and not masked) or np.array_equal(self._layers[layer], fresh[layer])))
        ]
        if patches:
            self._do(Step("picture", tuple(patches), (self._results, None) if self._results else None))

    def set_under(self, image: Array, title: str = "picture") -> None:
        """Another picture of the same shape under strokes and mask, which stay. Raises ValueError for another shape."""
        image = checked(image)
        if image.shape != self.image.shape:
            raise ValueError(
                tr(
                    "a picture of shape {shape} does not go under what is painted on {shape_2}",
                    shape=image.shape,
                    shape_2=self.image.shape,
                )
            )
        self.end()
        if not np.array_equal(image, self.image):
            self._do(Step(title, (Patch.whole("image", self.image, image),)))

    def restart(self, image: Array) -> None:
        """Begin anew with a picture: no mask, no candidates, nothing to undo. Raises ValueError like `set_image`."""
        self._begin(blank(checked(image)))

    def _begin(self, layers: Layers) -> None:
        self._layers, self._stroke = layers, None
        self._steps.clear()
        self._tell_pixels(None)
        self._show(None)
        self._tell_history()

    def _lay(self, title: str, covered: shapes.Covered, ink: Ink) -> None:
        self.end()
        rect, cover = covered
        if rect.empty:
            return
        before = self._layers[ink.layer]
        after = before.copy()
        after[rect.slices] = ink.over(before[rect.slices], cover)
        patch = Patch.of(ink.layer, rect, before, after)
        if patch is not None:
            self._do(Step(title, (patch,)))

    def _replace(self, title: str, layer: Layer, value: Array) -> None:
        self.end()
        patch = Patch.of(layer, Rect(0, 0, *self.shape), self._layers[layer], value)
        if patch is not None:
            self._do(Step(title, (patch,)))

    # --- results ---------------------------------------------------------------------------------------------------

    def ask(self, seed: int, question: Question | None = None, origin: Results | None = None) -> Results:
        """The question as it stands now, or gone on with from ``origin``; earlier candidates give way. A stroke goes on."""
        colour = self.colour.copy() if self.colour.any() else None
        self._askings += 1
        asked = Results(
            self._flat.copy(), self.mask.copy(), seed, None, question, self.image, colour, origin, asking=self._askings
        )
        self._show(asked)
        return asked

    def answer(self, filled: Filled, number: int = 0) -> None:
        """Candidates for the last question; ignored when it has been accepted or discarded meanwhile."""
        if self._results is not None:
            self._show(replace(self._results, answer=filled, number=number))

    def put_back(self, results: Results | None) -> None:
        """The candidates from before a question that has no answer."""
        self._show(results)

    def recall(self, image: Array, colour: Array | None, mask: Mask, results: Results) -> None:
        """Bring back an earlier question, picture (H, W[, 3]), strokes (H, W, 4) and mask (H, W), with its candidates.

        One undo step. Raises ValueError when it is no picture or the parts do not fit.
        """
        image = checked(image)
        shape = image.shape[:2]
        colour = np.zeros((*shape, 4), np.uint8) if colour is None else colour
        if mask.shape != shape or colour.shape != (*shape, 4):
            raise ValueError(
                tr(
                    "a mask {shape} and strokes {shape_2} do not fit a picture {shape_3}",
                    shape=mask.shape,
                    shape_2=colour.shape,
                    shape_3=image.shape,
                )
            )
        self.end()
        kept = image.shape == self.image.shape
        after: Layers = {"image": image, "colour": colour, "mask": mask}
        if not kept:
            after["original"] = image
        patches = [
            Patch.whole(layer, self._layers[layer], value)
            for layer, value in after.items()
            if not np.array_equal(self._layers[layer], value)
        ]
        self._do(Step(tr("earlier answer"), tuple(patches), (self._results, results)))

    def accept(self, index: int, frame: int | None = None) -> None:
        """Make a candidate (or one step on its way) the image; the mask stays for another go. One undo step.

        Strokes were part of the question, so they are in the answer and leave the colour layer. Raises IndexError when
        there is no such candidate.
        """
        r = self._results
        candidates = r.candidates if r else None
        if r is None or candidates is None or not 0 <= index < len(candidates):
            raise IndexError(f"there is no candidate {index + 1}: ask the model first")
        path = r.answer.path if r.answer else None
        chosen = np.ascontiguousarray(candidates[index] if frame is None or path is None else path[frame][index])
        self.end()
        fresh = blank(chosen)
        patches = [Patch.whole("image", self.image, chosen)]
        if self.colour.any() or chosen.shape[:2] != self.shape:
            patches.append(Patch.whole("colour", self.colour, fresh["colour"]))
        if chosen.shape[:2] != self.shape:  # asked before a picture was taken back
            patches.append(Patch.whole("mask", self.mask, r.mask))
        if chosen.shape != self.image.shape:
            patches.append(Patch.whole("original", self.original, r.image))
        self._do(Step("accept", tuple(patches), (replace(r, picked=index), None)))

    def discard(self) -> None:
        """Put the candidates away. One undo step."""
        if self._results is not None:
            self._do(Step("discard", (), (self._results, None)))

    def _show(self, results: Results | None) -> None:
        self._results = results
        self._observers.tell("results", results)

    # --- undo ------------------------------------------------------------------------------------------------------

    @property
    def can_undo(self) -> bool:
        return bool(self._steps.undo)

    @property
    def can_redo(self) -> bool:
        return bool(self._steps.redo)

    @property
    def held_bytes(self) -> int:
        """Memory held for undo."""
        return self._steps.nbytes

    def undo(self) -> bool:
        """Take back the last step; False when there is none. A stroke still going on becomes a step first."""
        self.end()
        if not self._steps.undo:
            return False
        step = self._steps.undo.pop()
        self._steps.redo.append(step)
        self._apply(step, forward=False)
        return True

    def redo(self) -> bool:
        """Do the last undone step again; False when there is none."""
        self.end()
        if not self._steps.redo:
            return False
        step = self._steps.redo.pop()
        self._steps.undo.append(step)
        self._apply(step, forward=True)
        return True

    def _do(self, step: Step) -> None:
        self._push(step)
        self._apply(step, forward=True)

    def _push(self, step: Step) -> None:
        self._steps.push(step)
        self._tell_history()

    def _apply(self, step: Step, forward: bool) -> None:
        changed: Rect | None = _NOWHERE
        for patch in step.patches:
            rect = patch.apply(self._layers, forward)
            changed = None if rect is None or changed is None else changed.join(rect)
        if changed is None or not changed.empty:
            self._tell_pixels(changed, {p.layer for p in step.patches})
        if step.results is not None:
            self._show(step.results[1] if forward else step.results[0])
        self._tell_history()

    def _tell_pixels(self, rect: Rect | None, layers: set[Layer] | None = None) -> None:
        if rect is None:
            self._flat = flatten(self.image, self.colour)
        elif layers is None or not layers <= {"mask"}:
            self._flat[rect.slices] = flatten(self.image[rect.slices], self.colour[rect.slices])
        self.version += 1
        self._observers.tell("pixels", rect)

    def _tell_history(self) -> None:
        self.version += 1
        self._observers.tell("history")

    # --- files -----------------------------------------------------------------------------------------------------

    def copied(self) -> Layers:
        """The layers as they are now, to be written while the canvas is painted on."""
        same = self.original is self.image  # neither is ever written into
        original = self.image if same else self.original
        return {"image": self.image, "original": original, "colour": self.colour.copy(), "mask": self.mask.copy()}

    def to_members(self) -> Mapping[str, bytes]:
        """The layers as PNG files by member name of a ``.dgm`` file. Nothing is lost in them."""
        return to_members(self._layers)

    @classmethod
    def from_members(cls, members: Mapping[str, bytes]) -> Canvas | None:
        """The canvas in a file's members, None when it holds none. Raises ValueError saying what is wrong."""
        canvas = cls()
        return canvas if canvas.load_members(members) else None

    def load_members(self, members: Mapping[str, bytes], undoable: bool = False) -> bool:
        """Take over the layers of a file, False when it holds none; ``undoable`` as a step. Raises ValueError as above."""
        layers = from_members(members)
        if layers is None:
            return False
        if undoable:
            self.end()
            patches = tuple(Patch.whole(name, self._layers[name], layers[name]) for name in layers)
            self._do(Step("restore", patches, (self._results, None) if self._results else None))
        else:
            self._begin(layers)
        return True
