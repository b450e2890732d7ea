"""Canvas: an image, the mask painted on it, and what models answered. A document without a window.

The mask is 1 where something is to be generated and 0 where the image is known; values between act as strength. Its
values are multiples of 1/255, so that the PNG in a session file holds it exactly. Everything a person does is one undo
step made of masked atoms (the changed rectangle before and after); steps are kept up to a number and
a number of bytes, oldest dropped first.

Topics for `Canvas.on`: ``pixels`` (the `Rect` that changed, or None: image and size may have changed), ``results``
(`Results` or None), ``history`` (None: what can be undone changed).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from .brush import Brush, Point, Rect
from .canvas_steps import Layer, Mask, Patch, Results, Step
from .pictures import LARGEST, from_png, to_png
from .state import Array, Callback, Filled, Observers

IMAGE_MEMBER = "canvas/image.png"
MASK_MEMBER = "canvas/mask.png"


@dataclass
class _Stroke:
    """A stroke that is being painted: what was there, and the largest coverage so far, which makes order irrelevant."""

    brush: Brush
    erase: bool
    before: Mask
    cover: Mask
    dirty: Rect
    at: Point


class Canvas:
    """See the module. Coordinates are (x, y) in pixels of the image."""

    def __init__(self, image: Array | None = None, depth: int = 400, budget: int = 256 << 20) -> None:
        self._image = _checked(np.zeros((28, 28), np.uint8) if image is None else image)
        self._mask: Mask = np.zeros(self._image.shape[:2], np.float32)
        self._results: Results | None = None
        self._depth, self._budget = depth, budget
        self._undo: list[Step] = []
        self._redo: list[Step] = []
        self._stroke: _Stroke | None = None
        self._observers = Observers()

    def on(self, topic: str, callback: Callback) -> Callable[[], None]:
        """Observe a topic; returns a function that ends it."""
        return self._observers.on(topic, callback)

    # --- what is there ---------------------------------------------------------------------------------------------

    @property
    def image(self) -> Array:
        """uint8 (H, W) or (H, W, 3). Not to be written to."""
        return self._image

    @property
    def mask(self) -> Mask:
        """float32 (H, W) in [0, 1], 1 = generate. Not to be written to."""
        return self._mask

    @property
    def shape(self) -> tuple[int, int]:
        return self._mask.shape[0], self._mask.shape[1]

    @property
    def results(self) -> Results | None:
        return self._results

    @property
    def stale(self) -> bool:
        """The candidates answer another image or mask than what is on the canvas."""
        r = self._results
        return r is not None and not (np.array_equal(r.mask, self._mask) and np.array_equal(r.image, self._image))

    @property
    def painting(self) -> bool:
        return self._stroke is not None

    # --- strokes ---------------------------------------------------------------------------------------------------

    def begin(self, point: Point, brush: Brush, erase: bool = False) -> Rect:
        """Put the brush down; returns what changed. A stroke still going on is ended first."""
        self.end()
        at = brush.snap(point)
        nothing = np.zeros_like(self._mask)
        self._stroke = _Stroke(brush, erase, self._mask.copy(), nothing, Rect(0, 0, 0, 0), at)
        return self._pull(at)

    def move(self, point: Point) -> Rect:
        """Pull the brush on in a straight line; returns what changed, empty without a stroke."""
        return self._pull(self._stroke.brush.snap(point)) if self._stroke else Rect(0, 0, 0, 0)

    def end(self) -> bool:
        """Lift the brush: the stroke becomes one undo step. False when it changed nothing."""
        stroke, self._stroke = self._stroke, None
        if stroke is None or stroke.dirty.empty:
            return False
        before, after = stroke.before[stroke.dirty.slices], self._mask[stroke.dirty.slices]
        if np.array_equal(before, after):
            return False
        self._push(
            Step("erase" if stroke.erase else "stroke", (Patch("mask", stroke.dirty, before.copy(), after.copy()),))
        )
        return True

    def _pull(self, to: Point) -> Rect:
        s = self._stroke
        assert s is not None
        rect, alpha = s.brush.cover(s.at, to, *self.shape)
        s.at = to
        if rect.empty:
            return rect
        where = rect.slices
        np.maximum(s.cover[where], _levels(alpha), out=s.cover[where])
        was, cover = s.before[where], s.cover[where]
        self._mask[where] = np.minimum(was, _levels(1 - cover)) if s.erase else np.maximum(was, cover)
        s.dirty = s.dirty.join(rect)
        self._observers.tell("pixels", rect)
        return rect

    # --- whole-mask edits ------------------------------------------------------------------------------------------

    def fill_mask(self) -> None:
        """Everything is to be generated."""
        self._set("fill", "mask", np.ones_like(self._mask))

    def clear_mask(self) -> None:
        """Everything is known."""
        self._set("clear", "mask", np.zeros_like(self._mask))

    def invert_mask(self) -> None:
        self._set("invert", "mask", _levels(1 - self._mask))

    def set_image(self, image: Array) -> None:
        """Start from another picture, uint8 (H, W) or (H, W, 3); the mask stays when it fits, else it is cleared.

        Raises ValueError when it is no picture.
        """
        image = _checked(image)
        patches = [Patch("image", None, self._image, image)]
        if image.shape[:2] != self.shape:
            patches.append(Patch("mask", None, self._mask.copy(), np.zeros(image.shape[:2], np.float32)))
        elif np.array_equal(image, self._image):
            return
        self._do(Step("picture", tuple(patches), (self._results, None) if self._results else None))

    def restart(self, image: Array) -> None:
        """Begin anew with a picture: no mask, no candidates, nothing to undo. Raises ValueError like `set_image`."""
        image = _checked(image)
        self._begin(image, np.zeros(image.shape[:2], np.float32))

    def _begin(self, image: Array, mask: Mask) -> None:
        self._image, self._mask, self._stroke = image, mask, None
        self._undo.clear()
        self._redo.clear()
        self._observers.tell("pixels", None)
        self._show(None)
        self._observers.tell("history")

    def _set(self, title: str, layer: Layer, value: Array) -> None:
        self.end()
        old = self._mask if layer == "mask" else self._image
        if not np.array_equal(old, value):
            self._do(Step(title, (Patch(layer, None, old.copy(), value),)))

    # --- results ---------------------------------------------------------------------------------------------------

    def ask(self, seed: int) -> Results:
        """The question as it stands now; candidates of earlier questions give way."""
        self.end()
        self._show(Results(self._image.copy(), self._mask.copy(), seed))
        assert self._results is not None
        return self._results

    def answer(self, filled: Filled) -> None:
        """Candidates for the last question; ignored when it has been accepted or discarded meanwhile."""
        if self._results is not None:
            r = self._results
            self._show(Results(r.image, r.mask, r.seed, filled))

    def accept(self, index: int, frame: int | None = None) -> None:
        """Make a candidate (or one step on its way) the image; the mask stays for another go. One undo step.

        Raises IndexError when there is no such candidate.
        """
        candidates = self._results.candidates if self._results else None
        if candidates is None or not 0 <= index < len(candidates):
            raise IndexError(f"there is no candidate {index + 1}: ask the model first")
        path = self._results.answer.path if self._results and self._results.answer else None
        chosen = candidates[index] if frame is None or path is None else path[frame][index]
        self.end()
        patches = [Patch("image", None, self._image, np.ascontiguousarray(chosen))]
        if self._results is not None and chosen.shape[:2] != self.shape:  # asked before a picture was taken back
            patches.append(Patch("mask", None, self._mask.copy(), self._results.mask.copy()))
        self._do(Step("accept", tuple(patches), (self._results, None)))

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
        return bool(self._undo)

    @property
    def can_redo(self) -> bool:
        return bool(self._redo)

    @property
    def undo_title(self) -> str:
        """What `undo` would take back, empty when there is nothing."""
        return self._undo[-1].title if self._undo else ""

    @property
    def held_bytes(self) -> int:
        """Memory held for undo."""
        return sum(s.nbytes for s in self._undo) + sum(s.nbytes for s in self._redo)

    def undo(self) -> bool:
        """Take back the last step; False when there is none. A stroke still going on becomes a step first."""
        self.end()
        if not self._undo:
            return False
        step = self._undo.pop()
        self._redo.append(step)
        self._apply(step, forward=False)
        return True

    def redo(self) -> bool:
        """Do the last undone step again; False when there is none."""
        self.end()
        if not self._redo:
            return False
        step = self._redo.pop()
        self._undo.append(step)
        self._apply(step, forward=True)
        return True

    def _do(self, step: Step) -> None:
        self._push(step)
        self._apply(step, forward=True)

    def _push(self, step: Step) -> None:
        self._undo.append(step)
        self._redo.clear()
        del self._undo[: -self._depth]
        while len(self._undo) > 1 and self.held_bytes > self._budget:
            del self._undo[0]
        self._observers.tell("history")

    def _apply(self, step: Step, forward: bool) -> None:
        changed: Rect | None = Rect(0, 0, 0, 0)
        for p in step.patches:
            value = p.after if forward else p.before
            if p.where is not None:
                (self._mask if p.layer == "mask" else self._image)[p.where.slices] = value
                changed = changed.join(p.where) if changed is not None else None
            else:
                changed = None
                if p.layer == "image":
                    self._image = value
                else:
                    self._mask = value.copy()  # strokes write into the mask; the step keeps its own
        if changed is None or not changed.empty:
            self._observers.tell("pixels", changed)
        if step.results is not None:
            self._show(step.results[1] if forward else step.results[0])
        self._observers.tell("history")

    # --- files -----------------------------------------------------------------------------------------------------

    def to_members(self) -> Mapping[str, bytes]:
        """Image and mask as PNG files by member name of a ``.dgm`` file. Nothing is lost in them."""
        return {
            IMAGE_MEMBER: to_png(self._image),
            MASK_MEMBER: to_png(np.rint(self._mask * 255).astype(np.uint8)),
        }

    @classmethod
    def from_members(cls, members: Mapping[str, bytes]) -> Canvas | None:
        """The canvas in a file's members, None when it holds none. Raises ValueError saying what is wrong."""
        canvas = cls()
        return canvas if canvas.load_members(members) else None

    def load_members(self, members: Mapping[str, bytes]) -> bool:
        """Take over image and mask of a file, without undo; False when it holds none. Raises ValueError as above."""
        if IMAGE_MEMBER not in members:
            return False
        image = from_png(members[IMAGE_MEMBER], IMAGE_MEMBER)
        mask = np.zeros(image.shape[:2], np.float32)
        if MASK_MEMBER in members:
            grey = from_png(members[MASK_MEMBER], MASK_MEMBER)
            if grey.shape != mask.shape:
                raise ValueError(
                    f"{MASK_MEMBER} has the shape {grey.shape} but the image is {mask.shape}: "
                    "the canvas was not restored"
                )
            mask = _levels(grey.astype(np.float32) / 255)
        self._begin(image, mask)
        return True


def _levels(values: Array) -> Mask:
    """Rounded to multiples of 1/255."""
    levels: Mask = (np.rint(values * 255) / 255).astype(np.float32)
    return levels


def _checked(image: Array) -> Array:
    image = np.asarray(image)
    fits = image.dtype == np.uint8 and (image.ndim == 2 or (image.ndim == 3 and image.shape[2] == 3)) and image.size > 0
    if not fits or max(image.shape[:2]) > LARGEST:
        raise ValueError(
            f"an array of shape {image.shape} and type {image.dtype} is no picture for the canvas: "
            f"it takes uint8 (H, W) or (H, W, 3) of at most {LARGEST} pixels a side"
        )
    return np.ascontiguousarray(image)
