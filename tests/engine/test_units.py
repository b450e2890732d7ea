"""Units: columns of any size and kind are learned, sampled and measured as well as plain ones, in their own units."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch

from dgm_studio.contract import Batch, DataSet, DataSpec, Source, Units, rng_for
from dgm_studio.data.files import source_for_path
from dgm_studio.engine import catalogue
from dgm_studio.engine.jobs.showing import grid
from dgm_studio.engine.schedule.inline_backend import InlineBackend
from dgm_studio.protocol import messages as m
from dgm_studio.protocol.spec import DataChoice, RunSpec


def ask(backend: InlineBackend, intent: m.Intent, kind: type[m.Event]) -> m.Event:
    backend.send(intent)
    event = backend.run_until(lambda e: isinstance(e, kind | m.Failed), 60)
    assert isinstance(event, kind), event
    return event


def loaded(source: Source, **params: object) -> DataSet:
    work = source.load(source.Params(**params), rng_for(0))
    while True:
        try:
            next(work)
        except StopIteration as stop:
            return stop.value


def opened(path: Path, x: np.ndarray, family: str = "kde", steps: int = 1) -> tuple[InlineBackend, m.Opened]:
    np.save(path, x)
    backend = InlineBackend()
    backend.start()
    event = ask(backend, m.Open("a", RunSpec(data=DataChoice(name="file", path=str(path)), family=family)), m.Opened)
    assert isinstance(event, m.Opened)
    ask(backend, m.Train("a", steps=steps), m.Finished)
    return backend, event


def blob(n: int, scale: tuple[float, float], shift: tuple[float, float]) -> np.ndarray:
    """A bent cloud of points of standard deviation near 1, scaled and moved."""
    z = np.random.default_rng(1).normal(size=(n, 2)) * (1, 0.5)
    z[:, 1] += 0.8 * z[:, 0] ** 2 - 0.8
    return z * scale + shift


KINDS = {
    "plain": ((1, 1), (0, 0)),
    "unlike": ((1000, 0.5), (0, 0)),
    "seconds and degrees": ((900, 1e-3), (1.7e9, 48.1)),
    "map": ((20, 30), (452_000, 5_411_000)),
    "fine": ((1e-3, 1e-3), (1e6, -1e6)),
    "tiny": ((1e-15, 2e-15), (0, 3e-14)),
    "huge": ((1e20, 1e18), (0, 1e22)),
}


@pytest.mark.parametrize("kind", KINDS)
def test_samples_spread_as_the_data_do_in_every_column(tmp_path: Path, kind: str) -> None:
    x = blob(600, *KINDS[kind])
    backend, _ = opened(tmp_path / "x.npy", x)
    samples = ask(backend, m.Sample("a", 1000, 0, 1), m.Samples).x
    centre, spread = x.mean(0), x.std(0)
    # a kernel density is as wide as its data and its blur, which is the same in both where one scale serves them
    assert (np.abs(samples.mean(0) - centre) < 0.5 * spread).all()
    assert (np.abs(samples.std(0) / spread - 1) < 0.5).all()
    assert min(len(np.unique(column)) for column in samples.T) > 900


@pytest.mark.parametrize("family", ["kde", "flow", "autoregressive"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_density_in_data_units_integrates_to_one(tmp_path: Path, kind: str, family: str) -> None:
    backend, event = opened(tmp_path / "x.npy", blob(600, *KINDS[kind]), family)
    # hardly trained, so that no ripple is finer than a cell
    low, high = np.array(event.info.extent).reshape(2, 2).T
    middle, half = (low + high) / 2, 1.5 * (high - low)
    extent = (middle[0] - half[0], middle[0] + half[0], middle[1] - half[1], middle[1] + half[1])
    points, rows, columns = grid(extent, 220, event.info.step)
    area = float(2 * half[0] / columns) * float(2 * half[1] / rows)
    nats = ask(backend, m.DensityQuery("a", points, 1), m.Densities).values
    assert np.exp(nats + math.log(area)).sum() == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("kind", KINDS)
def test_a_velocity_and_a_score_are_those_of_data_units(kind: str) -> None:
    x = torch.from_numpy(blob(500, *KINDS[kind]))
    units = Units.of(DataSet("d", DataSpec((2,)), Batch.of(x), Batch.of(x)))
    z = units.to_model(x)
    assert z.dtype == torch.float32
    step = torch.full_like(x, 1e-2) * torch.tensor(units.scale)
    moved = (units.to_model(x + step) - z).double()
    torch.testing.assert_close(units.velocity_to_data(moved), step, rtol=1e-3, atol=0)
    # a scalar f(z) = w z has the slope w in model units: how much f grows along the step is the same in both
    w = torch.tensor([[0.3, -2.0]], dtype=torch.float64)
    torch.testing.assert_close((units.gradient_to_data(w) * step).sum(1), (w * moved).sum(1), rtol=2e-3, atol=0)
    torch.testing.assert_close(units.to_data(z), x, rtol=0, atol=float(1e-6 * x.std(0).max()))


def test_alike_columns_keep_one_scale_and_their_directions() -> None:
    x = torch.from_numpy(blob(500, (3, 1), (10, 0)))
    units = Units.of(DataSet("d", DataSpec((2,)), Batch.of(x), Batch.of(x)))
    assert len(units.scale) == 1
    assert units.step[0] == units.step[1]


OWN = [s.name for s in catalogue.sources().values() if s.kind == "points" and not s.from_file]


@pytest.mark.parametrize("name", OWN)
def test_the_program_s_own_densities_keep_one_scale(name: str) -> None:
    source = catalogue.sources()[name]
    data = loaded(source, **({"points": [[0.0, 0.0], [9.0, 0.0]]} if name == "drawn" else {}))
    assert len(Units.of(data).scale) == 1


def test_a_column_of_one_value_takes_the_scale_of_the_other() -> None:
    x = torch.stack([torch.linspace(0, 1, 50, dtype=torch.float64), torch.full((50,), 0.1, dtype=torch.float64)], 1)
    units = Units.of(DataSet("d", DataSpec((2,)), Batch.of(x), Batch.of(x)))
    assert len(units.scale) == 1
    assert units.to_model(x).isfinite().all()


def test_what_differs_in_kind_is_said(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    rows = "".join(f"{a!r},{b!r}\n" for a, b in blob(100, (1000, 0.5), (0, 0)).tolist())
    path.write_text(f"seconds,degrees\n{rows}")
    backend = InlineBackend()
    backend.start()
    event = ask(backend, m.Open("a", RunSpec(data=DataChoice(name="file", path=str(path)), family="kde")), m.Opened)
    assert event.info.axes == ("seconds", "degrees")
    assert any("seconds and degrees differ" in words and "standardised" in words for words in event.info.said)


@pytest.mark.parametrize("family", ["kde", "flow", "diffusion"])
def test_points_far_away_have_no_density_and_endless_ones_are_refused(tmp_path: Path, family: str) -> None:
    backend, _ = opened(tmp_path / "x.npy", blob(300, (1e-3, 1e-3), (0, 0)), family, 5)
    far = np.array([[10.0**k, -(10.0**k)] for k in (3, 10, 20, 30, 38)])
    nats = ask(backend, m.DensityQuery("a", far, 1), m.Densities).values
    assert not np.isnan(nats).any()
    assert (nats < -1e3).all()
    for bad in (np.nan, np.inf):
        backend.send(m.DensityQuery("a", np.array([[0.0, bad]]), 2))
        event = backend.run_until(lambda e: isinstance(e, m.Densities | m.Failed), 60)
        assert isinstance(event, m.Failed)
        assert "not finite" in event.message


def test_the_split_reads_every_point_once(tmp_path: Path) -> None:
    x = blob(101, *KINDS["seconds and degrees"])
    np.save(tmp_path / "x.npy", x)
    data = loaded(source_for_path(tmp_path / "x.npy"))
    both = torch.cat([data.train.x, data.held_out.x]).numpy()
    np.testing.assert_array_equal(np.sort(both, 0), np.sort(x, 0))


@pytest.mark.parametrize("kind", KINDS)
def test_a_conditional_lies_where_the_data_do(tmp_path: Path, kind: str) -> None:
    x = blob(600, *KINDS[kind])
    backend, _ = opened(tmp_path / "x.npy", x)
    centre, spread = x.mean(0), x.std(0)
    for low, high in ((centre[0], centre[0]), (centre[0] - spread[0], centre[0] + spread[0])):
        told = ask(
            backend, m.ConditionalSlice("a", 0, float(low), float(high), 0, 1, count=200), m.ConditionalSliceResult
        )
        near = x[np.abs(x[:, 0] - centre[0]) < max(0.2 * spread[0], high - centre[0]), 1]
        # half a deviation is far more than ten standard errors of 200 samples and the blur of the kernels
        assert abs(np.median(told.samples) - np.median(near)) < 0.5 * spread[1]
        assert told.model is not None
        width = float(told.grid[1] - told.grid[0])
        assert float(np.asarray(told.model, np.float64).sum()) * width == pytest.approx(1, abs=0.02)
