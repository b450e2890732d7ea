"""Every recipe shows what it promises, by a number; seeds and luck may be others."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from dgm_studio.contract import Evidence, finish, rng_for
from dgm_studio.engine import catalogue
from dgm_studio.engine.jobs.between_evidence import translated
from dgm_studio.engine.jobs.showing import walk
from dgm_studio.engine.runs.opening import DataCache, open_run
from dgm_studio.engine.runs.run import Run
from dgm_studio.engine.runs.trainer import Diverged
from dgm_studio.evaluation import class_kept, copying, cycle_error, modes, transport_cost
from dgm_studio.evaluation.shared.features import learn_features
from dgm_studio.families.shared.levels import to_levels
from dgm_studio.protocol.paths import Situation, collides
from dgm_studio.protocol.recipes import NamedRecipe
from dgm_studio.protocol.spec import RunSpec

RECIPES = catalogue.recipes()
SEEDS = (0, 1, 2)


def opened(spec: RunSpec) -> Run:
    return finish(open_run("r", spec, DataCache(), lambda *_: None))


def trained(recipe: NamedRecipe, seed: int = 0, steps: int | None = None, **config: object) -> Run:
    """The run of a recipe, some of its config changed."""
    run = opened(recipe.spec.with_(seed=seed, config={**recipe.spec.config, **config}))
    train(run, steps or recipe.steps)
    return run


def train(run: Run, steps: int) -> None:
    """Twenty steps at a time, so that what diverges is noticed soon. Raises Diverged."""
    with torch.enable_grad():
        for done in range(0, steps, 20):
            run.trainer.train(min(20, steps - done))
            run.trainer.read()


def drawn(run: Run, n: int, seed: int = 1) -> Tensor:
    """Samples (n, *event) in model units, with the sampler and the knobs of the recipe."""
    sampler = run.shown.abilities().samplers[run.sampler_name]
    frames = [frame for frame in walk(sampler, run.steer(n), n, seed, run) if frame is not None]
    return frames[-1].x


def evidence(run: Run, n: int = 1000) -> Evidence:
    data, units = run.data, run.units
    return Evidence(
        spec=run.event_spec,
        samples=drawn(run, n),
        train=units.to_model(data.train.x),
        held_out=units.to_model(data.held_out.x[:n]),
        rng=rng_for(4),
        modes=None if data.modes is None else units.to_model(data.modes.float()),
    )


def sliced(a: Tensor, b: Tensor) -> float:
    """Sliced Wasserstein-2 distance of two sets of as many points (n, D)."""
    directions = torch.nn.functional.normalize(torch.randn(64, a.shape[1], generator=rng_for(3)), dim=1)
    along = [(x @ directions.T).sort(0).values for x in (a, b)]
    return float((along[0] - along[1]).square().mean().sqrt())


def test_recipes_have_words_and_run_on_what_there_is() -> None:
    assert len(RECIPES) >= 8
    for recipe in RECIPES.values():
        assert recipe.title
        assert recipe.help.endswith(".")
        assert recipe.look.endswith(".")
        assert recipe.steps > 0
        assert opened(recipe.spec).spec.family == recipe.spec.family
    assert not catalogue.problems()


@pytest.mark.parametrize("seed", SEEDS)
def test_the_gan_collapses(seed: int) -> None:
    """At most 15 of the 25 modes have a sample, of a thousand: fresh data miss none."""
    found = modes.good_by_mode(evidence(trained(RECIPES["gan-collapses"], seed)))
    assert len(found) == 25
    assert int((found > 0).sum()) <= 15


@pytest.mark.parametrize("seed", SEEDS)
def test_the_kernel_density_memorises(seed: int) -> None:
    """The copying test fires, and names copies."""
    run = trained(RECIPES["kde-memorises"], seed)
    assert len(run.data.train) == 20
    caught = copying.compute(evidence(run))
    assert caught.value < -8
    assert "copies" in copying.MEASURE.say(caught)


def nearest(x: Tensor, to: Tensor) -> Tensor:
    """The distance (n,) of each of x from the nearest of ``to``."""
    return torch.cdist(x.flatten(1).float(), to.flatten(1).float()).min(1).values


def test_the_prior_of_the_vae_has_a_hole() -> None:
    """Samples from the prior lie farther from all digits than samples of what was fitted to the latents."""
    run = trained(RECIPES["vae-hole"], steps=300)
    data = run.units.to_model(run.data.train.x)
    away = {}
    for prior in ("standard", "mixture"):
        run.resample(run.asked.with_sampling(knobs={"prior": prior}))
        away[prior] = nearest(drawn(run, 400), data)
    gap = away["standard"].mean() - away["mixture"].mean()
    error = sum(float(x.var()) / len(x) for x in away.values()) ** 0.5
    assert float(gap) > 8 * error


def last(run: Run, name: str) -> float:
    return float(np.mean(run.trainer.recorder.loss_curves()[name].values[-5:]))


def test_the_posterior_collapses_by_beta_alone() -> None:
    recipe = RECIPES["posterior-collapse"]
    gone, there = trained(recipe, steps=150), trained(recipe, steps=150, beta=1.0)
    assert last(gone, "KL") < 0.1
    assert last(gone, "active units") == 0
    assert last(there, "KL") > 2
    assert last(there, "active units") >= 8


@pytest.mark.parametrize("seed", SEEDS)
def test_the_energy_explodes(seed: int) -> None:
    with pytest.raises(Diverged):
        trained(RECIPES["ebm-explodes"], seed)


def test_moves_that_can_be_refused_spare_the_energy() -> None:
    recipe = RECIPES["ebm-explodes"]
    spec = recipe.spec.with_(
        config={**recipe.spec.config, "corrected": True, "penalty": 1e-3, "size": 0.15}, training={}
    )
    run = opened(spec)
    train(run, 60)
    assert abs(last(run, "loss")) < 100


def test_slips_add_up_behind_own_pixels() -> None:
    """What is drawn behind own pixels ends farther from all digits than what is drawn behind true ones; trained on, no more."""
    recipe = RECIPES["exposure-bias"]

    def excess(run: Run) -> tuple[float, float]:
        units, levels = run.units, 17
        train, held = units.to_model(run.data.train.x), units.to_model(run.data.held_out.x)
        lossless = run.shown.abilities().lossless
        assert lossless is not None
        true = lossless.numbers(held).numpy()
        behind, walk_along = np.zeros_like(true), lossless.begin(len(true))
        u = np.random.default_rng(1).random(true.shape)
        for i in range(true.shape[1]):
            shares = np.exp(walk_along.read()).cumsum(1)
            behind[:, i] = (u[:, i : i + 1] > shares).sum(1).clip(max=levels - 1)
            if i + 1 < true.shape[1]:
                walk_along.write(true[:, i])
        own = to_levels(drawn(run, len(true)), levels)
        near = [
            torch.cdist(k.float(), to_levels(train, levels).float(), p=1).min(1).values / (levels - 1)
            for k in (own, torch.from_numpy(behind))
        ]
        gap = float(near[0].mean() - near[1].mean())
        return gap, sum(float(x.var()) / len(x) for x in near) ** 0.5

    gap, error = excess(trained(recipe))
    assert gap > 8 * error
    longer, _ = excess(trained(recipe, steps=200))
    assert longer < gap / 2


@pytest.mark.parametrize("seed", SEEDS[:2])
def test_one_step_serves_a_flow_that_was_straightened(seed: int) -> None:
    far = {}
    for name in ("one-step-plain", "one-step-straightened"):
        run = trained(RECIPES[name], seed)
        x = drawn(run, 4000)
        far[name] = sliced(x, run.units.to_model(run.data.held_out.x[:4000]))
    assert far["one-step-straightened"] < far["one-step-plain"] / 2


@pytest.mark.parametrize("name", ["drifting-collapsed", "drifting-far"])
def test_a_drifting_model_leaves_its_bad_start(name: str) -> None:
    """At first all samples lie within a tenth of the data's deviation, far from most of the modes; in the end none is empty."""
    recipe = RECIPES[name]
    start = drawn(trained(recipe, steps=1), 1000)
    assert float(start.std(0).max()) < 0.1
    found = modes.good_by_mode(evidence(trained(recipe)))
    assert len(found) == 8
    assert int((found > 0).sum()) == 8


def test_letters_revealed_together_leave_brackets_open() -> None:
    """Of a smaller network after a tenth of the steps already, by seven standard errors, of which three are asked for."""
    run = trained(RECIPES["parallel-decoding"], steps=150, blocks=3)
    rule, n, spec = run.data.valid, 300, run.spec
    assert rule is not None
    shares = []
    for letters in (1, 4, 16):
        run.resample(spec.with_sampling(knobs={**spec.sampling.knobs, "letters": letters}))
        shares.append(float(rule(drawn(run, n)).double().mean()))
    error = (0.25 / n) ** 0.5
    assert shares[0] > shares[1] + 3 * error
    assert shares[1] >= shares[2]
    assert shares[2] < 0.05


def test_noise_that_rings_is_expected() -> None:
    """Of what follows the pluck at once the model can say less than of the ringing string, by six standard errors and more of
    two dozen sounds; half of them are asked."""
    run = trained(RECIPES["noise-rings"], steps=80, width=16)
    expected = run.shown.abilities().predictive
    assert expected is not None
    x = run.units.to_model(run.data.held_out.x[:12])
    log_p = finish(expected.work(x))
    bits = -(log_p.exp() * log_p).sum(-1) / math.log(2)
    begins = (x[:, 0].abs() > 0.02).float().argmax(1)
    pluck, ring = (
        torch.stack([row[at + low : at + high].mean() for row, at in zip(bits, begins.tolist(), strict=True)])
        for low, high in ((5, 40), (700, 1200))
    )
    away = pluck - ring
    assert away.mean() > 2 * away.std() / len(away) ** 0.5


def between(name: str, seed: int, steps: int = 200, **config: object) -> Evidence:
    """What is found of a recipe between two data sets, trained for a part of its steps."""
    run = trained(RECIPES[name], seed, steps, **config)
    taught = run.data.train
    features = None
    if run.event_spec.is_image:
        features = finish(learn_features(run.units.to_model(taught.x), taught.label, len(run.data.spec.classes)))
    return finish(translated(run, run.shown.abilities(), evidence(run, 50), features))


@pytest.mark.parametrize("seed", SEEDS[:2])
def test_the_cycle_gan_shuffles(seed: int) -> None:
    """Both ways bring points back to within a small part of the way they went, which is thrice as far as they needed."""
    found = between("cycle-gan-shuffles", seed)
    cost, cycle = transport_cost.compute(found), cycle_error.compute(found)
    assert cost.floor is not None
    assert cost.value > 2.5 * cost.floor
    assert cycle.value < 0.1 * cost.value**0.5


def test_the_coupling_decides_whether_a_digit_stays_what_it_is() -> None:
    """Pairs by optimal transport keep classes that independent ones forget, by eight standard errors."""
    kept = {
        coupling: class_kept.compute(between("bridge-keeps-digits", 0, 100, coupling=coupling))
        for coupling in ("ot", "independent")
    }
    away = sum(each.error**2 for each in kept.values()) ** 0.5
    assert kept["ot"].value - kept["independent"].value > 8 * away


def test_crossing_pairs_cost_more_than_the_same_ends_need() -> None:
    gaps = {
        coupling: (cost := transport_cost.compute(between("bridge-crosses", 0, coupling=coupling))).value
        - (cost.floor or 0.0)
        for coupling in ("ot", "independent")
    }
    assert gaps["independent"] > 5 * gaps["ot"] + 0.01


def colliding(run: Run, n: int = 300) -> float:
    """The share of paths that enter the obstacle in the situation of the recipe."""
    given = run.asked.sampling.label
    assert given is not None
    assert not isinstance(given, int)
    x = run.units.to_data(drawn(run, n)).numpy()
    return float(collides(x, Situation.of({name: float(value) for name, value in given}).obstacle).mean())


def test_paths_in_components_pass_and_those_of_one_step_or_of_raw_numbers_collide() -> None:
    """After a sixth of the steps; shares of 300 are sure to 0.09, three standard errors at their widest."""
    run = trained(RECIPES["detours"], steps=350)
    both, one_step = colliding(run), RECIPES["detours-one-step"].spec.sampling
    run.resample(run.spec.with_sampling(sampler=one_step.sampler, knobs=one_step.knobs))
    assert colliding(run) > 0.8 > both + 0.3
    assert colliding(trained(RECIPES["detours-raw"], steps=350)) > both + 0.18
