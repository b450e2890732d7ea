"""Classes of unequal size: densities, samples, measures and files all go by how common each class is among the data."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch

from dgm_studio.contract import Batch, DataSpec, Evidence, Steer, finish, rng_for, trajectory
from dgm_studio.data.shared.images import image_set
from dgm_studio.data.shared.shares import shares_of
from dgm_studio.discovery import discover
from dgm_studio.engine.jobs import gathering
from dgm_studio.engine.runs import store
from dgm_studio.engine.runs.apportioning import apportioned
from dgm_studio.engine.runs.opening import DataCache, open_run
from dgm_studio.engine.runs.run import Run
from dgm_studio.evaluation import classes, gap
from dgm_studio.families.shared.classes import draw_classes
from dgm_studio.protocol.spec import DataChoice, RunSpec

FAMILIES = discover("dgm_studio.families", "FAMILY")
UNEQUAL = DataSpec((2,), classes=("often", "seldom"), shares=(0.8, 0.2))


def opened(family: str, data: str = "funnel", clusters: int = 4, steps: int = 60) -> Run:
    spec = RunSpec(data=DataChoice(name=data, clusters=clusters), family=family, conditional=clusters > 0)
    run = finish(open_run("run", spec, DataCache(), lambda loading: None))
    run.trainer.train(steps)
    return run


def test_shares_are_those_of_the_classes() -> None:
    assert shares_of(torch.tensor([0, 1, 1, 1]), 2) == (0.25, 0.75)
    assert shares_of(torch.tensor([0, 1, 1, 0]), 2) == shares_of(None, 2) == shares_of(torch.tensor([]), 0) == ()
    assert DataSpec((2,), classes=("a", "b")).class_shares == (0.5, 0.5)
    assert UNEQUAL.without_classes() == DataSpec((2,))
    assert UNEQUAL.without_classes().class_shares == ()
    for wrong in ((0.5, 0.4), (1.2, -0.2), (1.0,), (0.2, 0.3, 0.5), (float("nan"), 0.5)):
        with pytest.raises(ValueError, match="shares of 2 classes"):
            DataSpec((2,), classes=("a", "b"), shares=wrong)


def test_picture_sets_count_their_training_labels() -> None:
    label = torch.tensor([0] * 60 + [1] * 20)
    made = image_set("set", torch.zeros(80, 1, 8, 8, dtype=torch.uint8), label, ("many", "few"))
    assert made.spec.shares == (0.75, 0.25)


def test_classes_are_drawn_as_often_as_they_are() -> None:
    drawn = draw_classes(20_000, UNEQUAL, rng_for(0))
    assert float((drawn == 0).double().mean()) == pytest.approx(0.8, abs=0.01)
    assert draw_classes(0, UNEQUAL, rng_for(0)).shape == (0,)
    equal = DataSpec((2,), classes=("a", "b", "c"))
    assert torch.equal(draw_classes(50, equal, rng_for(1)), torch.randint(3, (50,), generator=rng_for(1)))


@pytest.mark.parametrize("n", [1, 7, 64, 1000])
def test_pictures_of_each_class_are_its_share_to_within_one(n: int) -> None:
    spec = DataSpec((1, 8, 8), classes=("a", "b", "c"), shares=(0.05, 0.6, 0.35))
    label = apportioned(n, spec)
    assert torch.equal(label, label.sort().values)
    counts = torch.bincount(label, minlength=3)
    assert float((counts - n * torch.tensor(spec.shares)).abs().max()) <= 1
    equal = DataSpec((1, 8, 8), classes=("a", "b", "c"))
    assert torch.equal(apportioned(n, equal), torch.arange(n) * 3 // n)


def test_clusters_cost_no_likelihood() -> None:
    """A mixture in equal parts would lose what the clusters' sizes tell, 0.3 nats on the banana."""
    value = {}
    for clusters in (0, 3):
        run = opened("kde", "banana", clusters=clusters)
        value[clusters] = finish(gap.MEASURE.work(finish(gathering.gather(run)))).value
    shares = torch.tensor(run.data.spec.class_shares)
    lost = float(shares.mul(3).log().mul(shares).sum())
    assert lost > 0.2
    assert value[3] == pytest.approx(value[0], abs=lost / 2)


@pytest.mark.parametrize("name", [n for n, f in FAMILIES.items() if f.accepts(UNEQUAL) is None])
def test_without_a_class_a_density_is_that_of_the_mixture(name: str) -> None:
    """It integrates to 1, and is the sum of the classes by their shares where the family does not learn them otherwise."""
    family = FAMILIES[name]
    recipe = family.recipe(UNEQUAL, torch.device("cpu"))
    model = family.build(family.Config(**recipe.config), UNEQUAL, rng_for(0))
    model.retune(recipe.training)
    for step in range(60):
        label = draw_classes(64, UNEQUAL, rng_for(1, step))
        x = torch.randn(64, 2, generator=rng_for(2, step)) * 0.5 + 2 * label[:, None] - 0.4
        model.train_step(Batch.of(x, label), rng_for(3, step))
    density = model.abilities().log_density
    if density is None or density.kind != "exact" or density.passes > 8:
        return
    cells = 400 if name == "quadtree" else 100  # its density has steps, of cells much smaller than these
    axis = (torch.arange(cells) + 0.5) / cells * 16 - 8
    plane = torch.cartesian_prod(axis, axis)
    marginal = torch.cat([finish(density.work(part, None)) for part in plane.split(10_000)])
    assert float(marginal.double().exp().sum()) * (16 / cells) ** 2 == pytest.approx(1, abs=0.03)
    if name in ("kde", "flow", "autoregressive"):
        of_class = [finish(density.work(plane, torch.full((len(plane),), y))) for y in (0, 1)]
        mixture = torch.stack([of_class[0] + np.log(0.8), of_class[1] + np.log(0.2)]).logsumexp(0)
        torch.testing.assert_close(marginal, mixture, rtol=1e-4, atol=1e-4)
        sampler = next(iter(model.abilities().samplers.values()))
        frames = finish(trajectory(sampler, 2000, Steer(sampler.Knobs()), 0))
        assert float((frames[-1].state["drawn_class"] == 0).double().mean()) == pytest.approx(0.8, abs=0.04)


def test_samples_that_are_measured_follow_the_shares() -> None:
    run = opened("kde", "digits", 6)
    label, known = run.labels(600, None), run.data.train.label
    assert label is not None
    assert known is not None
    drawn, data = torch.bincount(label, minlength=6) / 600, torch.bincount(known, minlength=6) / len(known)
    assert float(data.max()) > 1.5 * float(data.min())
    torch.testing.assert_close(drawn, data, rtol=0, atol=0.003)


def test_the_prior_of_the_measures_is_the_shares() -> None:
    """Two unit Gaussians at +-1 in unequal parts: the exact posterior is calibrated, that of equal parts is not."""
    run = opened("kde", clusters=0)
    label = draw_classes(4000, UNEQUAL, rng_for(5))
    x = torch.randn(4000, 2, generator=rng_for(6))
    x[:, 0] += 2 * label - 1
    evidence = Evidence(
        UNEQUAL, x, x, x, rng_for(7), held_out_label=label,
        class_evidence=torch.stack([-2 * x[:, 0], torch.zeros(4000)], 1),
    )  # fmt: skip
    assert run.event_spec.class_shares == ()
    right, told = classes.accuracy(evidence), classes.calibration(evidence)
    assert right.floor == 0.8
    assert right.value > 0.88
    assert told.value < (told.floor or 0) + 4 * told.error


def test_shares_are_kept_in_files_and_files_without_them_still_open(tmp_path: Path) -> None:
    run = opened("kde")
    store.write(run, tmp_path / "new.dgm", {})
    back, _ = finish(store.read("back", tmp_path / "new.dgm", DataCache(), lambda loading: None, with_data=False))
    assert back.event_spec.shares == run.event_spec.shares != ()
    with zipfile.ZipFile(tmp_path / "new.dgm") as new, zipfile.ZipFile(tmp_path / "old.dgm", "w") as old:
        for name in new.namelist():
            content = new.read(name)
            if name == "run.json":
                about = json.loads(content)
                del about["data"]["shares"]
                content = json.dumps(about).encode()
            old.writestr(name, content)
    apart, _ = finish(store.read("apart", tmp_path / "old.dgm", DataCache(), lambda loading: None, with_data=False))
    assert apart.event_spec.shares == ()
    whole, _ = finish(store.read("whole", tmp_path / "old.dgm", DataCache(), lambda loading: None))
    assert whole.trainable
    assert whole.event_spec.shares == run.event_spec.shares
