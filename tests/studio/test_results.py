"""Results: what gave an answer is kept with it, is bounded, and comes back from a file to the last bit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dgm_studio.conditions import operators
from dgm_studio.engine.schedule.inline_backend import InlineBackend
from dgm_studio.protocol import messages as m
from dgm_studio.studio.files.autosave import Autosave
from dgm_studio.studio.painting.canvas import Canvas
from dgm_studio.studio.painting.canvas_ink import levels
from dgm_studio.studio.painting.fill_request import GONE, inquiry
from dgm_studio.studio.painting.question import (
    OPERATORS,
    Question,
    draft_of,
    operators_for,
    parse_operator,
    strength_steps,
)
from dgm_studio.studio.painting.results import Facts, Result, ResultHistory, mean_and_spread
from dgm_studio.studio.studio import Studio

RNG = np.random.default_rng(0)


def result(number=1, shape=(8, 8), n=4, frames=3, **question):
    asked = Question(**{"method": "replacement", "knobs": {"steps": 12}, "seed": 3, "label": 7, **question})
    facts = Facts(number=number, question=asked, family="Diffusion", data="Digits", step=300, method="Replacement",
                  honesty="heuristic", class_name="7", seconds=0.25, masked=0.5)  # fmt: skip
    x = RNG.integers(0, 256, (n, *shape), np.uint8)
    colour = RNG.integers(0, 256, (*shape[:2], 4), np.uint8) if asked.condition == "strokes" else None
    observed = x[0] if asked.condition == "observation" else None
    filled = m.Filled("run", 300, 9, x, 1.0, True, "replacement", "heuristic", np.stack([x] * frames),
                      np.linspace(0, 1, frames), numbers=np.arange(frames), observed=observed)  # fmt: skip
    mask = levels(RNG.random(shape[:2]).astype(np.float32))
    return Result(facts, RNG.integers(0, 256, shape, np.uint8), colour, mask, filled)


@pytest.mark.parametrize("shape", [(8, 8), (12, 6, 3)])
@pytest.mark.parametrize("condition", ["mask", "strokes", "observation"])
def test_a_file_holds_every_answer_to_the_last_bit_but_not_its_steps(shape, condition):
    history, back = ResultHistory(), ResultHistory()
    kept = result(shape=shape, condition=condition, operator="blur:1.5", strength=0.25)
    history.add(kept)
    back.load_members(history.to_members())
    (read,) = back.items
    assert read.facts == kept.facts
    for a, b in ((read.image, kept.image), (read.mask, kept.mask), (read.answer.x, kept.answer.x)):
        assert np.array_equal(a, b)
    assert (read.colour is None) == (kept.colour is None)
    assert (read.answer.observed is None) == (kept.answer.observed is None)
    assert read.answer.done
    assert read.answer.path is None
    assert read.answer.numbers is None


def test_old_answers_lose_their_steps_then_go():
    one = result()
    history = ResultHistory(most=5, budget=one.nbytes + 3 * one.lean_bytes)
    for number in range(1, 9):
        history.add(result(number))
    assert [r.facts.number for r in history.items] == [8, 7, 6, 5]
    assert [r.answer.path is not None for r in history.items] == [True, False, False, False]
    assert sum(r.nbytes for r in history.items) <= one.nbytes + 3 * one.lean_bytes


def test_numbers_are_not_given_twice_and_a_deleted_answer_is_not_written():
    history = ResultHistory()
    history.add(result(history.next_number))
    history.add(result(history.next_number))
    history.to_members()
    history.remove(2)
    assert history.next_number == 3
    assert not any("/2" in name for name in history.to_members())
    history.clear()
    assert history.to_members() == {}


@pytest.mark.parametrize(
    ("member", "value", "said"),
    [
        ("canvas/results.json", b"{", "results.json"),
        ("canvas/results.json", b'[{"number": 1}]', "results.json"),
        ("canvas/results/1.png", b"rubbish", "1.png"),
        ("canvas/results/1-mask.png", None, "1-mask.png is missing"),
    ],
)
def test_a_broken_file_is_refused_and_what_there_is_stays(member, value, said):
    history = ResultHistory()
    history.add(result())
    members = dict(history.to_members())
    if value is None:
        del members[member]
    else:
        members[member] = value
    with pytest.raises(ValueError, match=said):
        history.load_members(members)
    assert len(history.items) == 1


def test_facts_say_everything_that_led_to_an_answer():
    said = "\n".join(result().facts.lines())
    for part in (
        "Diffusion",
        "Digits",
        "300 steps",
        "Replacement",
        "heuristic",
        "seed 3",
        "class 7",
        "steps 12",
        "50%",
    ):
        assert part in said


@pytest.mark.parametrize(
    ("operator", "noise", "said"),
    [
        ("pixels:0.4", 0.05, "measurement · random pixels · share 0.4 · noise 0.05"),
        ("blur:1.5", 0.0, "measurement · blur · width 1.5 px"),
        ("noise:0.3", 0.05, "measurement · noise 0.3"),  # what is measured is the noise: none is laid over it
        ("down2", 0.1, "measurement · low resolution 2× · noise 0.1"),
    ],
)
def test_facts_of_a_measurement_name_its_number_and_the_noise_that_was_used(operator, noise, said):
    assert said in result(condition="observation", operator=operator, noise=noise).facts.lines()


def test_answers_of_older_files_keep_their_class_and_temperature():
    older = result().facts.model_dump(mode="json")
    for name in ("label", "temperature"):
        del older["question"][name]
    for name in ("source", "progress"):
        del older[name]
    read = Facts.model_validate({**older, "label": 4, "temperature": 0.5})
    assert (read.question.label, read.question.temperature) == (4, 0.5)
    assert "temperature 0.5 · class 7" in "".join(read.lines())


def test_an_answer_knows_those_it_went_on_from():
    history, back = ResultHistory(), ResultHistory()
    history.add(result(1))
    branched = result(2, branch=(9, 5))
    history.add(replace(branched, facts=branched.facts.model_copy(update={"source": 1})))
    back.load_members(history.to_members())
    found = back.candidates(2)
    assert found.origin.number == 1
    assert np.array_equal(found.origin.image, history.items[1].image)
    asked = inquiry("run", found, 77, step=300)
    assert asked.branch == (GONE, 5)  # tickets of another session mean nothing
    assert asked.origin.seed == 3
    assert inquiry("run", found, 77, step=301).origin is None  # another model would walk other steps
    back.remove(1)
    assert back.candidates(2).origin is None


def test_mean_and_spread_against_closed_forms():
    x = np.zeros((2, 3, 3), np.uint8)
    x[1, 1, 1], x[1, 0, 0] = 200, 100
    mean, spread, most = mean_and_spread(x)
    assert mean[1, 1] == 100
    assert spread[1, 1] == 255
    assert spread[0, 0] in (127, 128)
    assert spread[2, 2] == 0
    assert most == pytest.approx(100 / 255)
    assert mean_and_spread(x[:1])[2] == 0


def test_the_operators_offered_are_those_that_exist_with_their_bounds():
    known = operators.WORDS
    assert {o.word for o in OPERATORS} == set(known)
    for offered in OPERATORS:
        word = known[offered.word]
        assert (word.low != word.high) == bool(offered.number)
        if offered.number:
            assert (offered.default, offered.low, offered.high) == (word.default, word.low, word.high)
    for event in ((1, 8, 8), (3, 28, 28), (1, 7, 7)):
        for offered in operators_for(event):
            operators.parse(offered.text(), event)
    assert parse_operator("blur:2.5")[1] == 2.5


def test_drafts_take_the_first_way_with_few_steps():
    schema = {"properties": {"steps": {"default": 64, "minimum": 2}}}
    plain = m.SamplerInfo("walk", "Walk", "", {}, "exact", "mask")
    sketch = m.SamplerInfo("sdedit", "SDEdit", "", schema, "heuristic", "strokes")

    class Info:
        def methods_for(self, condition):
            return {"mask": (plain,), "strokes": (sketch,)}.get(condition, ())

    assert draft_of(Question(condition="strokes", method="other", seed=5), Info()) == Question(
        condition="strokes", method="sdedit", knobs={"steps": 8}, seed=5
    )
    assert draft_of(Question(method="other"), Info()).knobs == {}
    assert strength_steps(sketch, {}) == 64
    assert strength_steps(plain, {}) is None


def test_answers_are_kept_for_the_next_start_with_the_canvas():
    history, again = ResultHistory(), ResultHistory()
    first = Autosave(Studio(InlineBackend()))
    first.watch(Canvas(np.zeros((8, 8), np.uint8)), lambda: True, history)
    history.add(result())
    first.close()
    second = Autosave(Studio(InlineBackend()))
    assert second.watch(Canvas(), lambda: True, again)
    second.close()
    assert np.array_equal(again.items[0].answer.x, history.items[0].answer.x)
    assert again.items[0].facts == history.items[0].facts


def test_an_answer_of_an_older_file_is_read_by_the_names_it_had_then():
    facts = result().facts
    older = facts.model_dump(mode="json")
    older["way"] = older.pop("method")
    older["question"]["way"] = older["question"].pop("method")
    assert Facts.model_validate(older) == facts
