"""Classes and likelihood of given examples, regions and surfaces over the plane, divergence beyond all bounds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from dgm_studio.contract import Steer, finish, rng_for, trajectory
from dgm_studio.engine.jobs import deciding, latents
from dgm_studio.engine.jobs import showing as jobs
from dgm_studio.engine.runs.opening import DataCache, open_run
from dgm_studio.engine.runs.run import Run
from dgm_studio.engine.runs.trainer import Diverged
from dgm_studio.engine.schedule.watching import OnScreen, wanted
from dgm_studio.protocol import messages as m
from dgm_studio.protocol.spec import DataChoice, RunSpec


def opened(family: str = "kde", conditional: bool = True, **config: object) -> Run:
    spec = RunSpec(data=DataChoice(name="moons"), family=family, conditional=conditional, config=config)
    run = finish(open_run("run", spec, DataCache(), lambda loading: None))
    run.trainer.train(40)
    return run


def test_a_point_is_classified_and_one_far_away_is_unlikely() -> None:
    run, events = opened(), []
    near = run.data.train.x[:40].numpy()
    far = near + 30
    finish(deciding.classify(run, events.append, m.Classify("run", np.concatenate([near, far]), 3)))
    (told,) = events
    assert told.ticket == 3
    assert told.evidence.shape == (80, 2)
    right = told.evidence[:40].argmax(1) == run.data.train.label[:40].numpy()
    assert right.mean() > 0.9
    assert told.rank[40:].max() == 0
    assert told.untypical[40:].min() > 3 * np.median(told.untypical[:40])


def test_regions_cover_the_plane() -> None:
    run, events = opened(), []
    extent = run.extent()
    assert extent is not None
    finish(deciding.regions(run, events.append, extent, 16))
    (told,) = events
    assert told.layer == "regions"
    assert told.values.shape[2] == 2


def test_a_model_without_classes_or_density_knows_what_is_near() -> None:
    run, events = opened("gan", False), []
    train = run.data.train.x.numpy()
    x = train[5:7] + 0.001
    finish(deciding.classify(run, events.append, m.Classify("run", x, 1)))
    (told,) = events
    assert told.evidence is None
    assert told.log_density is None
    apart = np.linalg.norm(train[None] - x[:, None], axis=2)
    np.testing.assert_allclose(told.nearest, train[apart.argmin(1)], atol=1e-5)
    np.testing.assert_allclose(told.distances, apart.min(1) / 2**0.5, rtol=1e-2)  # of a coordinate


def test_the_mesh_of_codes_is_pushed_through_the_model() -> None:
    run, events = opened("flow", False), []
    finish(latents.mesh(run, events.append, lines=5, points=9))
    (told,) = events
    assert told.values.shape == (10, 9, 2)
    latent = run.shown.abilities().latent
    assert latent is not None
    middle = finish(latent.decode(torch.zeros(1, 2), None))
    np.testing.assert_allclose(told.values[2, 4], run.units.array(middle)[0], atol=1e-4)
    finish(latents.mesh(opened("kde", False), events.append))
    assert len(events) == 1


@pytest.mark.parametrize("family", ["flow", "flow-matching", "diffusion"])
def test_the_mesh_bends_as_samples_do(family: str) -> None:
    """Where latents become examples step by step, it is at every time where frames of the same latents are."""
    run = opened(family, False)
    latent = run.shown.abilities().latent
    assert latent is not None
    assert latent.part_way is not None
    sampler = run.shown.abilities().samplers["layers" if family == "flow" else "euler"]
    knobs = sampler.Knobs() if family == "flow" else sampler.Knobs(steps=250)
    frames = finish(trajectory(sampler, 50, Steer(knobs), 0))
    z = frames[0].state["latent"] if family == "flow" else latent.prior(50, rng_for(0, 0))
    for frame in (frames[0], frames[len(frames) // 3], frames[-1]):
        torch.testing.assert_close(finish(latent.part_way(z, frame.t, None)), frame.x, atol=0.05, rtol=0.05)
    events: list[m.Event] = []
    for t in (0.0, 0.5, 1.0):
        finish(latents.mesh(run, events.append, t, lines=5, points=9))
    start, half, end = (event.values for event in events)
    assert [event.t for event in events] == [0.0, 0.5, 1.0]
    assert abs(np.diff(start[:5, :, 0], axis=1)).max() < 1e-5  # lines along y: the grid is still square
    assert not np.allclose(half, start, atol=0.01)
    assert not np.allclose(half, end, atol=0.01)


def test_scrubbing_the_time_bends_the_mesh_anew_where_there_is_a_way() -> None:
    for family, bends in (("flow", True), ("vae", False)):
        run, shown = opened(family, False), OnScreen()
        extent, kinds = run.extent(), []
        for t in (1.0, 0.5, 0.5):
            look = m.Look("run", frozenset({"mesh"}), extent, 32, t)
            jobs_ = list(wanted(run, look, shown, lambda event: None))
            shown.stamps |= {job.kind: job.stamp for job in jobs_}
            kinds.append([job.kind for job in jobs_])
        assert kinds == [["mesh"], ["mesh"] if bends else [], []]


def test_every_class_has_its_mesh_unless_one_is_asked_for() -> None:
    run, events = opened("flow"), []
    finish(latents.mesh(run, events.append, lines=6, points=9))
    run.resample(run.asked.with_sampling(label=1))
    finish(latents.mesh(run, events.append, lines=4, points=9))
    every, one = (event.values for event in events)
    assert every.shape == (2, 8, 9, 2)
    np.testing.assert_allclose(every[1], one, atol=1e-5)
    assert np.abs(every[0] - one).max() > 0.01


def test_a_slope_is_drawn_where_there_is_a_surface(monkeypatch: pytest.MonkeyPatch) -> None:
    from dgm_studio.contract import Surface

    run, events = opened(), []
    bowl = Surface("Bowl", "Half the squared distance from the origin.", lambda x, label: 0.5 * x.square().sum(1))
    abilities = replace(run.shown.abilities(), velocity=None, score=None, surface=bowl)
    monkeypatch.setattr(run.shown, "abilities", lambda: abilities)
    finish(jobs.surface(run, events.append, (-1.0, 1.0, -1.0, 1.0), 16))
    finish(jobs.field(run, events.append, (-1.0, 1.0, -1.0, 1.0), 16, 1.0))
    over, slope = events
    assert over.kind == "Bowl"
    assert slope.kind == "gradient"
    # the slope of the bowl points away from the mean, which lies at the origin of model units
    x = run.tensor(np.array([[1.0, 1.0]], np.float32))[0].numpy()
    assert np.all(np.sign(slope.values[-1, -1]) == np.sign(x))


def test_a_loss_beyond_the_bound_is_divergence() -> None:
    run = opened("flow", False)
    run.trainer.diverged_beyond = 1e-9
    with pytest.raises(Diverged, match="has reached"):
        run.trainer.train(5)
