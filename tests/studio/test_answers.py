"""Answers in a comparison: everybody is asked the same, each answers for itself, and what is stale goes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from test_comparison import build, compared, tell
from test_studio import INFO, Recorder

from dgm_studio.protocol import messages as m
from dgm_studio.protocol.catalogue import Catalogue
from dgm_studio.studio.compare.answers import CellAnswers
from dgm_studio.studio.compare.asking import SharedQuestion
from dgm_studio.studio.files.settings import Places
from dgm_studio.studio.studio import Studio

IMAGE = np.full((8, 8), 100, np.uint8)
MASK = np.zeros((8, 8), np.float32)
MASK[4:] = 1
ASKED = SharedQuestion(IMAGE, MASK, 2, seed=5, original=IMAGE, label=1)
METHOD = m.SamplerInfo("replacement", "Replacement", "", {}, "exact", "mask")


@pytest.fixture
def studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Studio:
    monkeypatch.setenv("DGM_STUDIO_HOME", str(tmp_path))
    studio = Studio(Recorder(), Places())
    studio.start()
    tell(studio, m.Ready("", 0, Catalogue()))
    compared(studio, "gan")
    images = replace(INFO, event=(1, 8, 8), methods=(METHOD,), uses_label=True, classes=("a", "b"))
    for slot in studio.session.cells:
        run = studio.runs[slot]
        tell(
            studio,
            m.Opened(run.name, 0, studio.session.spec(slot), images, studio.tray.place(studio.session.run_id(slot))),
        )
    return studio


def answer(studio: Studio, slot: str, grey: int, *, done: bool = True) -> None:
    one = studio.answers.of[slot]
    x = np.repeat(IMAGE[None], 2, 0)
    x[:, 4:] = grey
    tell(studio, m.Filled(one.name, 0, one.ticket, x, 1.0, done, "replacement", "exact"))


def test_everybody_is_asked_the_same(studio: Studio) -> None:
    studio.answers.ask(ASKED)
    asked = studio.backend.of(m.Fill)[-2:]
    assert {intent.run for intent in asked} == {run.name for run in studio.comparison.runs.values()}
    assert all((i.count, i.seed, i.label, i.method) == (2, 5, 1, "replacement") for i in asked)
    assert studio.answers.answering


def test_answers_come_one_by_one_with_their_distance(studio: Studio) -> None:
    told: list[None] = []
    studio.on("answers", told.append)
    studio.answers.ask(ASKED)
    answer(studio, "cell-A", 100 + 51, done=False)
    assert studio.answers.of["cell-A"].distance is None
    answer(studio, "cell-A", 100 + 51)
    assert studio.answers.of["cell-A"].distance == pytest.approx(0.2)
    assert studio.answers.of["cell-B"].filled is None
    assert studio.answers.answering
    answer(studio, "cell-B", 100)
    assert not studio.answers.answering
    assert len(told) >= 4


def test_one_that_fails_takes_no_other_down(studio: Studio) -> None:
    studio.answers.ask(ASKED)
    one = studio.answers.of["cell-A"]
    tell(studio, m.Failed(one.name, 0, "It ran out of memory.", "", "fill", one.ticket))
    answer(studio, "cell-B", 100)
    assert studio.answers.of["cell-A"].problem == "It ran out of memory."
    assert studio.answers.of["cell-B"].filled is not None


def test_pictures_of_another_size_are_refused_in_the_cell(studio: Studio) -> None:
    studio.answers.ask(replace(ASKED, image=np.zeros((9, 9), np.uint8), mask=np.ones((9, 9), np.float32)))
    assert {one.problem for one in studio.answers.of.values()} == {"knows pictures of another size"}
    assert not studio.backend.of(m.Fill)


def test_stopping_tells_the_engine_and_late_answers_are_of_nobody(studio: Studio) -> None:
    studio.answers.ask(ASKED)
    ticket, name = studio.answers.of["cell-A"].ticket, studio.answers.of["cell-A"].name
    studio.answers.stop()
    assert [c.kind for c in studio.backend.of(m.Cancel)][-2:] == ["fill", "fill"]
    assert not studio.answers.receive(m.Filled(name, 0, ticket, IMAGE[None], 1.0, True, "replacement", "exact"))
    assert studio.answers.of["cell-A"].problem == "was stopped"
    studio.answers.forget()
    assert studio.answers.question is None


def test_answers_go_with_the_run_that_gave_them(studio: Studio) -> None:
    studio.answers.ask(ASKED)
    answer(studio, "cell-A", 100)
    studio.comparison.remove("cell-A")
    build(studio)
    assert set(studio.answers.of) == {"cell-B"}
    assert isinstance(studio.answers, CellAnswers)
