"""One mask answered by several runs, compared and scored."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from dgm_studio.engine import messages as m
from dgm_studio.engine.spec import DataChoice, RunSpec
from dgm_studio.engine.thread_backend import ThreadBackend
from dgm_studio.studio.session import Session
from dgm_studio.studio.settings import Places
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
    wait(studio, lambda: len(shoot.contenders) == 1)
    assert "steps" in shoot.contenders[0].title
    studio.choose_family("gan")
    wait(studio, lambda: studio.run.data is not None and studio.run.opened.spec.family == "gan")
    assert studio.run.data is not None
    image, mask = studio.run.data.x[0], np.zeros((8, 8), np.float32)
    mask[4:] = 1
    shoot.start(image, mask, 2, 0)
    wait(studio, lambda: all(not c.ticket for c in shoot.contenders))
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
    assert told
    shoot.drop(kept.name)
    assert [c.name for c in shoot.contenders] == [live.name]


def test_contenders_of_another_size_say_so(studio: Studio) -> None:
    shoot = studio.shoot_out
    shoot.keep()
    wait(studio, lambda: len(shoot.contenders) == 1)
    kept = shoot.contenders[0]
    kept.opened = dataclasses.replace(kept.opened, info=dataclasses.replace(kept.opened.info, event=(1, 28, 28)))
    assert studio.run.data is not None
    shoot.start(studio.run.data.x[0], np.ones((8, 8), np.float32), 1, 0)
    assert kept.problem == "knows pictures of another size"
    wait(studio, lambda: not shoot.contenders[0].ticket)


def test_a_file_that_cannot_be_read_is_a_notice(studio: Studio, tmp_path: Path) -> None:
    studio.shoot_out.keep_file(tmp_path / "nothing.dgm")
    wait(studio, lambda: any("nothing.dgm" in n.message for n in studio.notices.items))
    assert studio.shoot_out.contenders == []
    assert isinstance(studio.runs["images"].opened, m.Opened)
