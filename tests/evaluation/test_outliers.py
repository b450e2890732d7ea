"""Outliers: where likelihood is no proof, and on real digits which strangers pass for data."""

from __future__ import annotations

import pytest
import torch
from sklearn.metrics import roc_auc_score

from dgm_studio.contract import DataSpec, finish, rng_for
from dgm_studio.engine.jobs import deciding
from dgm_studio.engine.runs.opening import DataCache, open_run
from dgm_studio.evaluation.shared.outliers import area_under_curve, oddness, strangers, untypicality
from dgm_studio.protocol import messages as m
from dgm_studio.protocol.spec import DataChoice, RunSpec


def test_the_area_is_that_of_scikit_learn() -> None:
    rng = rng_for(0)
    inside, outside = (
        torch.randn(80, generator=rng).round(decimals=1),
        torch.randn(60, generator=rng).round(decimals=1) + 0.7,
    )
    expected = roc_auc_score([0] * 80 + [1] * 60, torch.cat([inside, outside]).numpy())
    assert area_under_curve(inside, outside) == pytest.approx(expected)


def test_the_origin_is_likelier_than_any_sample_and_typicality_sees_it() -> None:
    d = 64
    x = torch.randn(500, d, generator=rng_for(1))
    normal = torch.distributions.Normal(0.0, 1.0)
    data, origin = normal.log_prob(x).sum(1), normal.log_prob(torch.zeros(1, d)).sum(1)
    assert float(origin) > float(data.max())
    assert float(origin - data.mean()) == pytest.approx(d / 2, rel=0.05)
    assert area_under_curve(oddness(data[250:]), oddness(origin)) == 0.0
    assert area_under_curve(untypicality(data[250:], data[:250]), untypicality(origin, data[:250])) == 1.0


def test_strangers_of_pictures_and_points() -> None:
    spec = DataSpec((1, 4, 4), value_range=(-1, 1), levels=3)
    x = torch.randint(3, (10, 1, 4, 4), generator=rng_for(2)).float() - 1
    found = strangers(x, spec, rng_for(3))
    assert set(found["noise"].unique().tolist()) <= {-1.0, 0.0, 1.0}
    assert torch.equal(found["upside-down data"][:, :, 0], x[:, :, 3])
    assert torch.equal(found["shuffled pixels"].flatten(1).sort(1).values, x.flatten(1).sort(1).values)
    assert len(strangers(torch.randn(9, 2), DataSpec((2,)), rng_for(3))) == 3


def test_blank_digits_do_not_fool_an_autoregressive_model_and_upside_down_ones_do() -> None:
    spec = RunSpec(data=DataChoice(name="digits"), family="autoregressive")
    run = finish(open_run("run", spec, DataCache(), lambda loading: None))
    run.trainer.train(250)
    events: list[m.Event] = []
    finish(deciding.tell_outliers(run, events.append, m.TellOutliers("run", 1)))
    (told,) = events
    assert isinstance(told, m.OutliersTold)
    areas = {name: odd for name, (odd, _) in told.areas.items()}
    assert areas["noise"] > 0.99
    assert areas["negatives"] > 0.99
    assert areas["upside-down data"] < min(areas["noise"], areas["negatives"], areas["shuffled pixels"])
    assert areas["upside-down data"] < 0.97


def test_the_middle_of_the_codes_looks_likelier_than_all_data_and_typicality_sees_it() -> None:
    spec = RunSpec(data=DataChoice(name="digits"), family="vae", conditional=True)
    run = finish(open_run("run", spec, DataCache(), lambda loading: None))
    run.trainer.train(200)
    events: list[m.Event] = []
    finish(deciding.tell_outliers(run, events.append, m.TellOutliers("run", 1)))
    (told,) = events
    assert isinstance(told, m.OutliersTold)
    likely, typical = told.areas["the middle of the latents"]
    assert likely < 0.1
    assert typical > 0.7
