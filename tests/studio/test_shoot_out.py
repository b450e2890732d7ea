"""One mask answered by several runs, compared and scored."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from dgm_studio.engine.schedule.thread_backend import ThreadBackend
from dgm_studio.protocol import messages as m
from dgm_studio.protocol.spec import DataChoice, RunSpec
from dgm_studio.studio.compare.asking import SharedQuestion, ask_to_fill, distance
from dgm_studio.studio.compare.shoot_out import best_by
from dgm_studio.studio.files.settings import Places
from dgm_studio.studio.session.session import Session
from dgm_studio.studio.studio import Studio


@pytest.fixture
def studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DGM_STUDIO_HOME", str(tmp_path))
    kde = RunSpec(data=DataChoice(name="digits"), family="kde")
    studio = Studio(ThreadBackend(), Places(), Session(workspace="images", images=kde))
    studio.start()
    wait(studio, lambda: studio.run.data is not None)
    yield studio
    assert studio.close()


def wait(studio: Studio, until, seconds: float = 60) -> None:
    import time

    end = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < end, [n.message for n in studio.notices.items]
        studio.pump()
        time.sleep(0.01)


def test_kept_runs_and_the_live_one_answer_the_same_mask(studio: Studio) -> None:
    told: list[object] = []
    studio.on("shoot_out", told.append)
    shoot = studio.shoot_out
    studio.train()
    wait(studio, lambda: studio.run.step > 2)
    studio.pause()
    shoot.keep()
    wait(studio, lambda: len(shoot.contenders) == 2)
    assert [c.kept for c in shoot.contenders] == [False, True]
    studio.choose_family("gan")
    wait(studio, lambda: studio.run.data is not None and studio.run.opened.spec.family == "gan")
    assert studio.run.data is not None
    image, mask = studio.run.data.x[0], np.zeros((8, 8), np.float32)
    mask[4:] = 1
    shoot.start(image, mask, 2, 0, original=image)
    assert shoot.busy
    wait(studio, lambda: not shoot.answering)
    live, kept = shoot.contenders
    for one in (live, kept):
        assert one.problem == ""
        assert one.filled is not None
        assert np.array_equal(one.filled.x[:, :4], np.broadcast_to(image[:4], (2, 4, 8)))
        assert one.distance is not None
        assert one.distance.shape == (2,)
        assert (one.distance >= 0).all()
    wait(studio, lambda: bool(live.log_density))
    # the kernel density scores both, the generative adversarial network has no density
    assert set(live.log_density) == set(kept.log_density) == {kept.name}
    assert live.log_density[kept.name].shape == (2,)
    assert shoot.original_log_density[kept.name].shape == (1,)
    assert [c.name for c in shoot.scorers] == [kept.name]
    assert shoot.kinds == {kept.name: "exact"}
    assert not shoot.busy
    assert told
    shoot.drop(kept.name)
    assert studio.session.contenders == ()
    assert [c.name for c in shoot.contenders] == [live.name]
    assert live.log_density == {}
    assert shoot.scorers == []


def test_contenders_of_another_size_say_so(studio: Studio) -> None:
    shoot = studio.shoot_out
    shoot.keep()
    wait(studio, lambda: len(shoot.contenders) == 2)
    kept = shoot.contenders[1]
    kept.opened = dataclasses.replace(kept.opened, info=dataclasses.replace(kept.opened.info, event=(1, 28, 28)))
    assert studio.run.data is not None
    shoot.start(studio.run.data.x[0], np.ones((8, 8), np.float32), 1, 0)
    assert kept.problem == "knows pictures of another size"
    wait(studio, lambda: not shoot.answering)
    assert shoot.contenders[0].distance is None  # there was no original to compare with


def test_stop_ends_it_at_once_and_asking_again_begins_afresh(studio: Studio) -> None:
    shoot = studio.shoot_out
    assert studio.run.data is not None
    image, mask = studio.run.data.x[0], np.ones((8, 8), np.float32)
    shoot.start(image, mask, 4, 0)
    shoot.stop()
    live = shoot.contenders[0]
    assert not shoot.busy
    assert live.problem == "was stopped"
    shoot.start(image, mask, 1, 0, original=image)
    wait(studio, lambda: not shoot.busy)
    assert live.problem == ""
    assert live.filled is not None
    assert live.filled.x.shape == (1, 8, 8)


def test_another_model_in_front_has_answered_nothing_yet(studio: Studio) -> None:
    shoot = studio.shoot_out
    assert studio.run.data is not None
    shoot.start(studio.run.data.x[0], np.ones((8, 8), np.float32), 1, 0)
    wait(studio, lambda: not shoot.busy)
    studio.choose_family("vae")
    wait(studio, lambda: studio.run.opened.spec.family == "vae")
    assert [c.opened.spec.family for c in shoot.contenders] == ["vae"]
    assert shoot.contenders[0].filled is None


def test_asking_while_another_model_is_on_its_way_waits_for_it(studio: Studio) -> None:
    shoot = studio.shoot_out
    shoot.keep()
    wait(studio, lambda: len(shoot.contenders) == 2)
    studio.choose_family("vae")
    assert studio.run.data is not None
    shoot.start(studio.run.data.x[0], np.ones((8, 8), np.float32), 1, 0)
    assert shoot.waiting
    assert shoot.busy
    wait(studio, lambda: not shoot.waiting and not shoot.answering)
    assert [c.opened.spec.family for c in shoot.contenders] == ["vae", "kde"]
    assert all(c.filled is not None for c in shoot.contenders)


def test_what_nobody_has_an_answer_to_leaves_the_last_answers_there(studio: Studio) -> None:
    shoot = studio.shoot_out
    assert studio.run.data is not None
    image, mask = studio.run.data.x[0], np.ones((8, 8), np.float32)
    shoot.start(image, mask, 2, 0, original=image)
    wait(studio, lambda: not shoot.busy)
    live = shoot.contenders[0]
    before, distance_, scored = live.filled, live.distance, dict(live.log_density)
    shoot.start(image, mask[:4], 2, 0, original=image)  # a mask of another size is refused
    wait(studio, lambda: not shoot.busy)
    assert live.problem
    assert live.filled is before
    assert live.distance is distance_
    assert live.log_density == scored
    assert shoot.kinds
    shoot.start(image, mask, 2, 0, original=image)
    shoot.stop()
    assert live.filled is before


def test_contenders_that_know_classes_are_asked_for_the_class(studio: Studio) -> None:
    shoot = studio.shoot_out
    studio.set_conditional(True)
    studio.choose_family("vae")
    wait(studio, lambda: studio.run.opened is not None and studio.run.opened.spec.family == "vae")
    wait(studio, lambda: studio.run.data is not None)
    assert studio.run.data is not None
    sent: list[m.Fill] = []
    send = studio.backend.send
    studio.backend.send = lambda intent: (
        (sent.append(intent), send(intent))[1] if isinstance(intent, m.Fill) else send(intent)
    )  # type: ignore[method-assign]
    shoot.start(studio.run.data.x[0], np.ones((8, 8), np.float32), 1, 0, label=3, temperature=0.5)
    wait(studio, lambda: not shoot.answering)
    assert [(f.label, f.temperature) for f in sent] == [(3, 0.5)]
    live = shoot.contenders[0]
    assert live.filled is not None
    asked = SharedQuestion(studio.run.data.x[0], np.ones((8, 8), np.float32), 1, 0, label=99)
    ask_to_fill(studio, live.name, live.opened.info, asked)
    ask_to_fill(
        studio, live.name, dataclasses.replace(live.opened.info, uses_label=False), dataclasses.replace(asked, label=3)
    )
    assert [f.label for f in sent] == [3, None, None]


def test_distance_is_taken_over_the_hole() -> None:
    original = np.zeros((2, 2), np.uint8)
    mask = np.array([[0, 1], [0, 0.5]], np.float32)
    x = np.array([[[9, 255], [9, 0]], [[0, 0], [0, 0]]], np.uint8)
    assert distance(x, original, mask) == pytest.approx([np.sqrt(0.5), 0.0])
    assert distance(x, original, 0 * mask) is None
    colour = np.repeat(x[..., None], 3, -1)
    assert distance(colour, colour[1], mask) == pytest.approx([np.sqrt(0.5), 0.0])


def test_the_best_is_found_by_best_or_mean() -> None:
    values = {"a": np.array([0.1, 0.9]), "b": np.array([0.3, 0.3]), "c": None}
    assert best_by(values, lower=True, mean=False) == "a"
    assert best_by(values, lower=True, mean=True) == "b"
    assert best_by(values, lower=False, mean=False) == "a"
    assert best_by({"c": None, "d": np.array([-np.inf])}, lower=False, mean=True) == ""


def test_a_file_that_cannot_be_read_is_a_notice(studio: Studio, tmp_path: Path) -> None:
    studio.shoot_out.keep_file(tmp_path / "nothing.dgm")
    wait(studio, lambda: any("nothing.dgm" in n.message for n in studio.notices.items))
    assert [c.kept for c in studio.shoot_out.contenders] == [False]
    assert isinstance(studio.runs["images"].opened, m.Opened)
