"""Densities as they are drawn: every cell of the picture holds the mass that the density has there, however narrow."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import torch

from dgm_studio.contract import DataSet, finish, rng_for
from dgm_studio.data import densities
from dgm_studio.discovery import discover
from dgm_studio.engine.jobs import fields
from dgm_studio.engine.jobs import showing as jobs
from dgm_studio.engine.runs.feeder import Feeder
from dgm_studio.engine.runs.run import Run
from dgm_studio.engine.schedule import watching
from dgm_studio.protocol import messages as m
from dgm_studio.protocol.spec import DataChoice, RunSpec

SOURCES = discover("dgm_studio.data", "SOURCES")
BUILT_IN = [name for name, source in SOURCES.items() if source.kind == "points" and name not in ("points", "drawn")]
FAMILIES = [name for name, family in discover("dgm_studio.families", "FAMILY").items()]
CELLS = 128
BLOCKS = 5
"""The view is cut into so many by so many parts, whose masses are compared."""


@cache
def data_of(name: str) -> DataSet:
    work = SOURCES[name].load(SOURCES[name].Params(), rng_for(0))
    return finish(work)  # type: ignore[arg-type]


def extent_of(data: DataSet) -> m.Extent:
    low, high = data.train.x.aminmax(dim=0)
    low, high = low - 0.08 * (high - low), high + 0.08 * (high - low)
    return float(low[0]), float(high[0]), float(low[1]), float(high[1])


def drawn(work) -> dict[str, m.Field]:
    told: list[m.Field] = []
    with torch.inference_mode():
        finish(work(told.append))
    return {field.layer: field for field in told if isinstance(field, m.Field)}


def masses(picture: np.ndarray, extent: m.Extent) -> np.ndarray:
    """Mass (BLOCKS, BLOCKS) of a picture of densities, in parts of the view; cells on a border belong to both in part."""
    rows, columns = picture.shape
    fine = picture.repeat(BLOCKS, 0).repeat(BLOCKS, 1).reshape(BLOCKS, rows, BLOCKS, columns)
    area = (extent[1] - extent[0]) * (extent[3] - extent[2]) / fine.size
    return fine.sum((1, 3)) * area


def shares(x: torch.Tensor, extent: m.Extent) -> np.ndarray:
    """The share (BLOCKS, BLOCKS) of points in each part of the view."""
    left, right, low, high = extent
    found, _, _ = np.histogram2d(x[:, 1], x[:, 0], BLOCKS, [(low, high), (left, right)])
    return found / len(x)


@pytest.mark.parametrize("name", BUILT_IN)
def test_the_truth_is_drawn_with_the_mass_that_points_have(name: str) -> None:
    """Within a tenth and five standard errors, in every part of the view that holds a hundredth of the mass."""
    data, n = data_of(name), 100_000
    assert data.fresh is not None
    run = Run("a", RunSpec(data=DataChoice(name=name), family="kde"), data)
    extent = extent_of(data)
    field = drawn(lambda emit: fields.truth(run, emit, extent, CELLS))["truth"]
    expected = shares(data.fresh(n, rng_for(3)).x.double(), extent)
    off = np.abs(masses(np.exp(field.values.astype(np.float64)), extent) - expected)
    some = expected > 0.01
    assert (off <= 0.1 * expected + 5 * np.sqrt(expected / n))[some].all()
    assert field.note == ""


def test_every_mode_of_25_is_one_spot_at_its_place_while_training() -> None:
    """With the fewest evaluations that a picture gets, of a density as narrow as the data."""
    data = data_of("25-gaussians")
    run = Run("a", RunSpec(data=DataChoice(name="25-gaussians"), family="kde"), data)
    extent = extent_of(data)
    exact = densities.twenty_five_gaussians()
    ability = run.shown.abilities().log_density
    assert ability is not None

    def true(x: torch.Tensor, label: torch.Tensor | None):
        yield
        return exact.log_density(run.units.to_data(x)) + run.log_volume()

    frozen = run.shown.abilities()
    object.__setattr__(frozen, "log_density", type(ability)("exact", true))
    run.shown.frozen = lambda kind: frozen  # type: ignore[method-assign]
    field = drawn(lambda emit: fields.density(run, emit, extent, CELLS, points=watching.LEAST_POINTS))["density"]
    p = np.exp(field.values.astype(np.float64))
    rows, columns = p.shape
    x = extent[0] + (np.arange(columns) + 0.5) * (extent[1] - extent[0]) / columns
    y = extent[2] + (np.arange(rows) + 0.5) * (extent[3] - extent[2]) / rows
    area = (extent[1] - extent[0]) * (extent[3] - extent[2]) / p.size
    assert data.modes is not None
    for left, low in data.modes.tolist():
        near = (np.abs(x - left) < 1)[None] & (np.abs(y - low) < 1)[:, None]
        mass = np.where(near, p, 0.0) * area
        assert mass.sum() == pytest.approx(1 / 25, rel=0.1)
        middle = (mass * x).sum() / mass.sum(), (mass * y[:, None]).sum() / mass.sum()
        assert np.hypot(middle[0] - left, middle[1] - low) < 0.05
    spots = p * area
    assert np.sort(spots.ravel())[: p.size // 2].sum() < 0.01


@pytest.mark.parametrize("name", FAMILIES)
def test_a_family_s_density_is_drawn_with_the_mass_it_has(name: str) -> None:
    """Little trained on 25 Gaussians, against an even grid of its own density: each part of the view within 15 % when it
    comes to rest, and all together within a tenth at what a picture may cost while training."""
    data = data_of("25-gaussians")
    accepts = discover("dgm_studio.families", "FAMILY")[name].accepts
    plain, classes = (accepts(spec) is None for spec in (data.spec.without_classes(), data.spec))
    if not plain and not classes:
        return  # it is not for points
    run = Run("a", RunSpec(data=DataChoice(name="25-gaussians"), family=name, conditional=not plain), data)
    ability = run.shown.abilities().log_density
    if ability is None or ability.kind == "lower bound":
        return
    feeder = Feeder(data, run.units, run.device, 0, run.event_spec)
    expensive = ability.passes > 20
    for step in range(40 if expensive else 150):  # what is dear to evaluate stays smooth enough for the even grid
        run.trainer.model.train_step(feeder.batch(step, 256), rng_for(5, step))
    extent = extent_of(data)
    drawn(lambda emit: jobs.samples(run, emit, count=1000, seed=0, keep_path=False, live=False))
    found = {}
    # at rest a walk of ODEs is evaluated for seconds, by the same means for all of them
    for phase in ("training",) if expensive and name != "diffusion" else ("training", "paused"):
        run.trainer.phase = phase  # type: ignore[assignment]
        points = watching.density_points(run, watching.OnScreen())
        field = drawn(
            lambda emit, n=points, quick=phase == "training": fields.density(
                run, emit, extent, CELLS, points=n, quick=quick
            )
        )["density"]
        found[phase] = masses(np.exp(field.values.astype(np.float64)), extent)
    side = 80 if expensive else 240
    places, rows, columns = jobs.grid(extent, side)
    sketch = run.shown.abilities().log_density
    assert sketch is not None
    with torch.inference_mode():
        log_p = finish(jobs.in_chunks(sketch.sketched(), run.tensor(places), None, 4096)) - run.log_volume()
    expected = masses(log_p.double().exp().reshape(rows, columns).numpy(), extent)
    some = expected > 0.01
    assert some.sum() > 4
    if "paused" in found:
        np.testing.assert_allclose(found["paused"][some], expected[some], rtol=0.15)
    assert np.abs(found["training"] - expected).sum() / 2 < 0.1


def test_the_first_density_of_a_model_that_learns_is_waited_for() -> None:
    data = data_of("moons")
    run = Run("a", RunSpec(data=DataChoice(name="moons"), family="flow-matching"), data)
    look, shown = m.Look("a", frozenset({"density"}), extent_of(data), CELLS), watching.OnScreen(densities=1)

    def asked() -> list[watching.Wanted]:
        return [job for job in watching.wanted(run, look, shown, lambda _: None) if job.kind == "density"]

    run.trainer.phase = "training"
    assert not asked()  # of a model that has learned nothing yet
    run.trainer.seconds = watching.FIRST_DENSITY
    (first,) = asked()
    assert first.urgent
    told: list[m.Event] = []
    with torch.inference_mode():
        (job,) = [j for j in watching.wanted(run, look, shown, told.append) if j.kind == "density"]
        finish(job.make())
    assert "quick look" in told[0].note
    run.trainer.version += 1
    assert not any(job.urgent for job in asked())  # the next ones come at the pace of the governor


def test_a_truth_finer_than_the_finest_cell_says_so() -> None:
    data = data_of("25-gaussians")
    run = Run("a", RunSpec(data=DataChoice(name="25-gaussians"), family="kde"), data)
    wide = (-3e3, 3e3, -3e3, 3e3)
    assert "too fine to draw" in drawn(lambda emit: fields.truth(run, emit, wide, CELLS))["truth"].note


def test_the_difference_is_where_the_model_has_more_or_less_than_the_truth() -> None:
    data = data_of("8-gaussians")
    run = Run("a", RunSpec(data=DataChoice(name="8-gaussians"), family="flow"), data)
    extent = extent_of(data)
    work = drawn(lambda emit: fields.density(run, emit, extent, CELLS, points=6000, difference=True))
    truth = drawn(lambda emit: fields.truth(run, emit, extent, CELLS))["truth"].values.astype(np.float64)
    expected = masses(np.exp(work["density"].values.astype(np.float64)), extent) - masses(np.exp(truth), extent)
    found = masses(work["difference"].values.astype(np.float64), extent)
    np.testing.assert_allclose(found, expected, atol=0.01)
