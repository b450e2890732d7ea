"""Laws of every way on a noise path: masks at both ends, strengths, measurements, strokes, determinism."""

from __future__ import annotations

import pytest
import torch
from exact_mixtures import DENSITIES, diffusion_of

from dgm_studio.conditions.mask import Mask
from dgm_studio.conditions.observation import observe
from dgm_studio.conditions.operators import parse
from dgm_studio.conditions.path_methods import path_methods
from dgm_studio.conditions.strokes import Strokes, snap
from dgm_studio.contract import Steer, finish, rng_for, trajectory

EVENT = (1, 8, 8)


class Smooth:
    """Pictures from N(0, C) with C diagonal under the Fourier transform: denoising is a filter."""

    def denoise(self, x, sigma, label=None):
        f = torch.fft.fftfreq(8).square()
        power = 12 * torch.exp(-60 * (f[:, None] + f[None, :5]))
        return torch.fft.irfft2(torch.fft.rfft2(x) * (power / (power + sigma**2)), s=(8, 8))


PICTURES = path_methods(diffusion_of(Smooth(), EVENT))
FILLING = [name for name, method in PICTURES.items() if method.condition == "mask"]
RESTORING = [name for name, method in PICTURES.items() if method.condition == "observation"]
PICTURE = finish(trajectory(PICTURES["replacement"].sampler, 1, Steer(), 5))[-1].x[0]


def run(method, condition, n=3, seed=2, methods=PICTURES, **knobs):
    sampler = methods[method].sampler
    return finish(trajectory(sampler, n, Steer(sampler.Knobs(steps=15, **knobs), condition=condition), seed))


def checkerboard():
    return ((torch.arange(8)[:, None] + torch.arange(8)) % 2)[None].float()


def one_pixel():
    mask = torch.zeros(EVENT)
    mask[0, 3, 4] = 1
    return mask


@pytest.mark.parametrize("mask", [torch.zeros(EVENT), one_pixel(), checkerboard(), 1 - one_pixel()])
@pytest.mark.parametrize("method", FILLING)
def test_known_pixels_come_back_identical_and_twice_the_same(method, mask):
    last = run(method, Mask(PICTURE, mask))[-1]
    known = (mask == 0).expand_as(last.x)
    assert torch.equal(last.x[known], PICTURE.expand_as(last.x)[known])
    assert bool(last.x.isfinite().all())
    assert torch.equal(last.x, run(method, Mask(PICTURE, mask))[-1].x)


@pytest.mark.parametrize("method", FILLING)
def test_a_hole_of_one_pixel_is_filled_from_its_neighbours(method):
    x = run(method, Mask(PICTURE, one_pixel()), n=8)[-1].x
    assert float((x - PICTURE)[:, 0, 3, 4].abs().mean()) < float(PICTURE.std())


@pytest.mark.parametrize("method", FILLING)
def test_generating_everything_is_plain_sampling(method):
    density = DENSITIES["eight"][0]
    methods = path_methods(diffusion_of(density))
    x = run(
        method,
        Mask(torch.zeros(2), torch.ones(2)),
        n=400,
        methods=methods,
        **({"particles": 4} if method == "twisted" else {}),
    )[-1].x
    assert float(x.mean(0).norm()) < 0.25
    assert float(x.std()) == pytest.approx(1.0, abs=0.1)
    assert float(torch.cdist(x.double(), density.means).min(1).values.mean()) < 2 * density.std


@pytest.mark.parametrize("method", FILLING)
def test_more_strength_changes_more(method):
    away = [
        float((run(method, Mask(PICTURE, torch.full(EVENT, strength)), n=16)[-1].x - PICTURE).square().mean())
        for strength in (0.0, 0.3, 0.65, 1.0)
    ]
    assert away[0] == 0
    assert away == sorted(away)


@pytest.mark.parametrize("word", ["down2", "blur:1", "noise:0.5", "pixels:0.4", "fourier:0.4"])
@pytest.mark.parametrize("method", RESTORING)
def test_a_restored_picture_is_nearer_than_a_free_sample_and_agrees_with_what_was_measured(method, word):
    seen = observe(parse(word, EVENT), PICTURE[None], rng_for(8))
    last = run(method, seen, n=16)[-1].x
    free = run(method, None, n=16)[-1].x
    assert float((last - PICTURE).square().mean()) < 0.85 * float((free - PICTURE).square().mean())
    misfit = float((seen.operator.forward(last) - seen.value).square().mean().sqrt())
    assert misfit < max(1.5 * seen.sigma, 0.25)


def test_strokes_change_more_with_more_strength_and_only_where_they_may():
    alpha = checkerboard()
    away = []
    for strength in (0.0, 0.3, 1.0):
        strokes = Strokes(PICTURE, torch.ones(EVENT), alpha, strength)
        frames = run("sdedit", strokes, n=16)
        assert frames[0].t == 0
        assert frames[-1].t == 1
        away.append(float((frames[-1].x - strokes.painted()).square().mean()))
    assert away[0] == 0
    assert away == sorted(away)
    mask = torch.zeros(EVENT)
    mask[:, 4:] = 1
    held = Strokes(PICTURE, torch.ones(EVENT), alpha, 0.5, mask)
    assert torch.equal(run("sdedit", held, n=1)[-1].x[0, :, :4], held.painted()[:, :4])


def test_strength_means_a_whole_number_of_steps():
    assert snap(0.52, 10) == 0.5
    assert len(run("sdedit", Strokes(PICTURE, PICTURE, torch.zeros(EVENT), 0.41))) == 1 + 6  # of 15 steps
    with pytest.raises(ValueError, match="strength"):
        Strokes(PICTURE, PICTURE, torch.zeros(EVENT), 1.5)


def test_a_branch_with_an_edited_particle_goes_on_from_the_edit():
    sampler = PICTURES["twisted"].sampler
    steer = Steer(sampler.Knobs(steps=6, particles=1), condition=Mask(PICTURE, checkerboard()))
    frames = finish(trajectory(sampler, 2, steer, 1))
    assert torch.equal(sampler.step(frames[3], steer, rng_for(1, 4)).x, frames[4].x)
    edited = sampler.step(frames[3].with_(x=frames[3].x + 0.5), steer, rng_for(1, 4))
    assert not torch.equal(edited.x, frames[4].x)
