"""Answers with the real engine: what is known stays, steps can be gone on from, and an answer comes back from its file."""

from __future__ import annotations

import time

import numpy as np
import pytest
from effort import Effort

from dgm_studio.engine.schedule.inline_backend import InlineBackend
from dgm_studio.protocol.messages import Filled
from dgm_studio.protocol.spec import DataChoice, RunSpec
from dgm_studio.studio.files.settings import Places
from dgm_studio.studio.painting.brush import Brush
from dgm_studio.studio.painting.canvas import Canvas
from dgm_studio.studio.painting.fill_controller import FillController
from dgm_studio.studio.painting.question import CONDITIONS, draft_of
from dgm_studio.studio.painting.results import ResultHistory
from dgm_studio.studio.session.session import Session
from dgm_studio.studio.studio import Studio


class Easel:
    """A canvas, its answers, and a studio over an engine that works while it is waited for."""

    def __init__(self, family):
        spec = RunSpec(data=DataChoice(name="digits"), family=family)
        self.studio = Studio(InlineBackend(), Places(), Session(workspace="images", images=spec))
        self.studio.start()
        self.wait(lambda: self.studio.run.data is not None)
        self.canvas = Canvas(self.studio.run.data.x[3])
        self.answers = FillController(self.studio, self.canvas)
        self.studio.on(Filled, self.answers.receive)
        self.studio.on("unanswered", lambda kind: self.answers.failed())
        self.answers.opened(self.studio.run.opened)

    def wait(self, until, seconds=60.0):
        end = time.monotonic() + seconds
        while not until():
            assert time.monotonic() < end, [n.message for n in self.studio.notices.items]
            self.studio.pump()

    def ask(self, act):
        act()
        self.wait(lambda: not self.answers.running)
        return self.canvas.results


@pytest.fixture
def easel(request):
    return Easel(request.param)


@pytest.mark.parametrize("easel", ["kde", "vae"], indirect=True)
def test_known_pixels_stay_and_the_same_seed_has_the_same_answer(easel):
    canvas, answers = easel.canvas, easel.answers
    canvas.begin((2, 2), Brush(4))
    canvas.end()
    known = canvas.mask == 0
    first = easel.ask(answers.fill)
    assert first.done
    assert (first.answer.x[:, known] == canvas.image[known]).all()
    again = easel.ask(answers.again)
    assert (again.answer.x != first.answer.x).any()
    answers.choice.choose(seed=0)
    assert np.array_equal(easel.ask(answers.fill).answer.x, first.answer.x)
    assert [r.facts.question.seed for r in answers.history.items] == [0, 1, 0]

    # a single pixel, and everything
    canvas.clear_mask()
    answers.fill()
    assert not answers.running
    assert easel.studio.notices.items[-1].message == "Nothing is masked."
    canvas.begin((4.5, 4.5), Brush(1))
    canvas.end()
    one = easel.ask(answers.fill).answer.x
    assert ((one != canvas.image).sum((1, 2)) <= 1).all()
    canvas.fill_mask()
    assert easel.ask(answers.fill).done

    # from the file as it was
    back = ResultHistory()
    back.load_members(answers.history.to_members())
    assert np.array_equal(back.items[-1].answer.x, first.answer.x)
    answers.show(3)
    assert np.array_equal(canvas.mask == 0, known)


@pytest.mark.parametrize(
    ("easel", "first", "careful"),
    [
        ("diffusion", "replacement", "twisted"),
        ("flow-matching", "replacement", "twisted"),
        ("few-step", None, "twisted"),
    ],
    indirect=["easel"],
)
def test_the_window_answers_carefully_and_drafts_by_the_quick_way(easel, first, careful):
    answers = easel.answers
    assert answers.question.method == careful
    for condition in CONDITIONS:
        answers.choice.choose_condition(condition)
        best = answers.choice.info.careful(condition)
        assert answers.question.method == (None if best is None else best.name)
    answers.choice.choose_condition("mask")
    draft = draft_of(answers.question, answers.choice.info)
    assert draft.method == answers.choice.methods[0].name
    assert draft.method == first or first is None
    answers.choice.choose_method("repaint")
    answers.choice.choose_condition("strokes")
    answers.choice.choose_condition("mask")
    assert answers.question.method == "repaint"  # what a person has chosen comes back


@pytest.mark.parametrize("easel", ["vae"], indirect=True)
def test_one_can_go_on_from_a_step_with_another_mask_and_the_steps_before_it_stay(easel):
    canvas, answers = easel.canvas, easel.answers
    canvas.fill_mask()
    first = easel.ask(answers.fill)
    frame = len(first.answer.path) // 2
    canvas.clear_mask()
    canvas.begin((3, 3), Brush(5))
    canvas.end()
    other = easel.ask(lambda: answers.branch(frame, other_seed=True))
    assert other.done
    known = canvas.mask == 0
    assert (other.answer.x[:, known] == canvas.image[known]).all()
    assert answers.history.items[0].facts.question.branch is not None
    answers.show(2)
    assert canvas.results.answer.path is not None


@pytest.mark.parametrize("easel", ["vae"], indirect=True)
def test_an_answer_stops_at_once(easel):
    canvas, answers = easel.canvas, easel.answers
    canvas.fill_mask()
    answers.choice.choose(count=16)
    answers.fill()
    for _ in range(20):
        easel.studio.pump()
    with Effort() as effort:
        answers.stop()
        easel.studio.pump()
    assert effort.flops < 1e9  # nothing is drawn to its end first
    assert not answers.running
    (item,) = answers.history.items
    assert 0 < item.facts.progress < 1
    answers.accept(0)
    assert np.array_equal(canvas.image, item.answer.x[0])


@pytest.mark.parametrize("easel", ["vae"], indirect=True)
def test_steps_of_an_answer_from_a_file_are_walked_again_and_gone_on_from(easel):
    canvas, answers = easel.canvas, easel.answers
    canvas.fill_mask()
    first = easel.ask(answers.fill)
    frame = len(first.answer.path) // 2
    branched = easel.ask(lambda: answers.branch(frame, other_seed=True))
    answers.history.load_members(answers.history.to_members())  # as after reopening
    answers.show(2)
    assert canvas.results.answer.path is None
    again = easel.ask(answers.walk_again)
    assert np.array_equal(again.answer.x, branched.answer.x)
    assert np.array_equal(again.answer.path, branched.answer.path)
    assert len(answers.history.items) == 2
    on = easel.ask(lambda: answers.branch(frame + 1))
    assert on.done
    assert np.array_equal(on.answer.path[: frame + 2], branched.answer.path[: frame + 2])


@pytest.mark.parametrize("easel", ["vae"], indirect=True)
def test_a_branch_that_is_refused_leaves_the_candidates(easel):
    canvas, answers = easel.canvas, easel.answers
    canvas.fill_mask()
    first = easel.ask(answers.fill)
    answers.branch(len(first.answer.path) - 1)  # from its end there is nowhere to go
    easel.wait(lambda: not answers.running)
    assert canvas.results is first
    assert "unfinished step" in easel.studio.notices.items[-1].message


@pytest.mark.parametrize("easel", ["kde"], indirect=True)
def test_what_a_family_cannot_do_is_said_and_not_asked(easel):
    answers = easel.answers
    answers.choice.choose_condition("observation")
    assert "cannot restore" in answers.choice.reason
    assert "It does answer a mask" in answers.choice.reason
    answers.fill()
    assert not answers.running
