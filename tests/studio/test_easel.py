"""What stands beside the canvas: question, tools and the shown answer survive the next start, and the model that opens."""

from __future__ import annotations

import numpy as np
import pytest

from dgm_studio.engine.schedule.inline_backend import InlineBackend
from dgm_studio.protocol import messages as m
from dgm_studio.studio.files.autosave import Autosave
from dgm_studio.studio.files.settings import Places, load_settings, save_settings
from dgm_studio.studio.painting.brush import Brush
from dgm_studio.studio.painting.canvas import Canvas
from dgm_studio.studio.painting.canvas_tools import Tools
from dgm_studio.studio.painting.fill_controller import FillController
from dgm_studio.studio.painting.painting_state import MEMBER, PaintingState
from dgm_studio.studio.painting.question import Question
from dgm_studio.studio.painting.results import Facts, Result
from dgm_studio.studio.studio import Studio

IMAGE = np.arange(64, dtype=np.uint8).reshape(8, 8)
TOOLS = Tools(mask_brush=Brush(17, 0.3), colour=(10, 20, 30), spare=(1, 2, 3), target="colour")
METHODS = tuple(
    m.SamplerInfo(
        name, name.title(), "", {"properties": {"steps": {"default": 30}}}, "heuristic", "mask", name == "slow"
    )
    for name in ("quick", "slow")
)


class Desk:
    """A canvas with all that belongs to it."""

    def __init__(self) -> None:
        self.studio = Studio(InlineBackend())
        self.canvas = Canvas()
        self.answers = FillController(self.studio, self.canvas)
        self.tools = Tools()
        self.easel = PaintingState(self.canvas, self.answers, lambda: self.tools, self.take)
        self.autosave = Autosave(self.studio)
        self.restored = self.autosave.watch(self.canvas, lambda: True, self.answers.history, self.easel)

    def take(self, tools: Tools) -> None:
        self.tools = tools

    def open(self, methods: tuple[m.SamplerInfo, ...] = METHODS) -> None:
        """A model of pictures comes to the front."""
        info = m.RunInfo("Digits", (1, 8, 8), (), 10, False, None, False, None, 5, 9, (), methods, None, None, None, False,
                         False, False, "", "CPU")  # fmt: skip
        self.answers.opened(m.Opened("run", 0, self.studio.session.spec("images"), info))


def test_the_next_start_goes_on_where_the_last_one_ended() -> None:
    first = Desk()
    first.open()
    first.canvas.restart(IMAGE)
    facts = Facts(
        number=4, question=Question(method="slow"), family="", data="", step=0, method="Slow", honesty="heuristic"
    )
    answer = m.Filled("run", 0, 3, np.stack([IMAGE, IMAGE]), 1.0, True, "slow", "heuristic")
    first.answers.history.add(Result(facts, IMAGE, None, np.ones((8, 8), np.float32), answer))
    first.answers.show(4)
    first.answers.choice.choose_method("quick")
    first.answers.choice.set_knob("steps", 12)
    first.answers.choice.choose(seed=99, count=7)
    first.answers.choice.lock_seed(False)
    first.take(TOOLS)
    first.autosave.touch()
    question = first.answers.question
    first.autosave.close()

    again = Desk()
    assert again.restored
    assert again.tools == TOOLS
    again.open()  # the model is there only after the canvas
    assert again.answers.question == question
    assert not again.answers.choice.seed_locked
    assert again.canvas.results is not None
    assert again.canvas.results.number == 4
    again.autosave.close()


def test_a_model_without_the_way_that_was_kept_answers_by_its_own() -> None:
    desk = Desk()
    desk.open()
    desk.answers.choice.choose_method("quick")
    members = desk.easel.to_members()
    desk.autosave.close()
    other = Desk()
    other.open(METHODS[1:])
    other.easel.load_members(members)
    assert other.answers.question.method == "slow"
    other.easel.load_members({})  # a file of an older version
    with pytest.raises(ValueError, match="easel"):
        other.easel.load_members({MEMBER: b'{"question": 3}'})
    assert other.answers.question.method == "slow"
    other.autosave.close()


def test_tools_are_settings_and_settings_without_them_are_read() -> None:
    path = Places().settings
    settings, _ = load_settings(path)
    assert settings.tools == Tools()
    settings.tools = TOOLS
    save_settings(settings, path)
    assert load_settings(path)[0].tools == TOOLS
    path.write_text('{"theme": "dark"}')
    assert load_settings(path) == (settings.model_copy(update={"theme": "dark", "tools": Tools()}), "")
