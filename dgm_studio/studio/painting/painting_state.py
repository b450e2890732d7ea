"""What stands beside the canvas in a file, so that painting goes on where it ended: the question that would be asked,
the tools in hand, and which of the earlier answers is on screen. It is ``canvas/easel.json`` in a ``.dgm`` file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pydantic import ValidationError

from dgm_studio.language import tr
from dgm_studio.protocol.spec import Frozen

from .canvas import Canvas
from .canvas_tools import Tools
from .fill_controller import FillController
from .question import Question

MEMBER = "canvas/easel.json"


class _Kept(Frozen):
    question: Question
    seed_locked: bool = True
    shown: int | None = None
    """The number of the answer whose candidates are on screen."""
    tools: Tools | None = None


class PaintingState:
    """Of one canvas and its answers; ``tools`` tells the tools in hand, ``take`` takes others into it."""

    def __init__(
        self, canvas: Canvas, answers: FillController, tools: Callable[[], Tools], take: Callable[[Tools], None]
    ) -> None:
        self._canvas, self._answers, self._tools, self._take = canvas, answers, tools, take

    def to_members(self) -> dict[str, bytes]:
        """As a member of a ``.dgm`` file."""
        choice, results = self._answers.choice, self._canvas.results
        shown = results.number or None if results is not None else None
        kept = _Kept(question=choice.question, seed_locked=choice.seed_locked, shown=shown, tools=self._tools())
        return {MEMBER: kept.model_dump_json(indent=1).encode()}

    def load_members(self, members: Mapping[str, bytes]) -> None:
        """Take over what a file holds, once its canvas and answers are there; files of older versions hold nothing.

        Raises ValueError that names what is wrong.
        """
        if MEMBER not in members:
            return
        try:
            kept = _Kept.model_validate_json(members[MEMBER])
        except (ValidationError, ValueError) as error:
            raise ValueError(tr("{member} holds no question: it was not restored", member=MEMBER)) from error
        self._answers.choice.restore(kept.question, kept.seed_locked)
        if kept.tools is not None:
            self._take(kept.tools)
        if kept.shown is not None:
            self._canvas.put_back(self._answers.history.candidates(kept.shown))
