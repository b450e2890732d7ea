"""Measures of sounds: against closed forms and repeated draws, and what is heard of known sounds."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch

from dgm_studio.contract import Evidence, finish, rng_for
from dgm_studio.data.shared import synthesis
from dgm_studio.data.shared.sounds import sound_spec
from dgm_studio.evaluation.copying import compute as copying
from dgm_studio.evaluation.shared.spectra import classes_heard, log_spectra
from dgm_studio.evaluation.sounds import class_heard, energy_distance, spectral_distance


def evidence(seed: int, n: int = 60) -> Evidence:
    x, label = synthesis.bells(4 * n, 2000, rng_for(seed))
    x = x[:, None]
    spec = sound_spec(2000, 2048, tuple(synthesis.STRIKES))
    return Evidence(
        spec, x[:n], x[n : 3 * n], x[3 * n :], rng_for(seed, 1), train_label=label[n : 3 * n], sample_label=label[:n],
        held_out_label=label[3 * n :],
    )  # fmt: skip


def test_a_tone_has_its_loudness() -> None:
    t = torch.arange(2048) / 2000
    x = 0.5 * torch.sin(2 * math.pi * 250 * t)[None, None]
    loud = log_spectra(x, 2000)[0, :, 10]
    assert loud.argmax() == 250 * (len(loud) - 1) * 2 // 2000
    assert float(loud.max()) == pytest.approx(20 * math.log10(0.5), abs=0.1)
    assert float(loud.min()) == -60


def test_the_energy_distance_of_points_on_a_line() -> None:
    """Of {0, 1} and {3}: 2 (3 + 2) / 2 - 1; the second set needs two, equal ones."""
    x, y = torch.tensor([[0.0], [1.0]]), torch.tensor([[3.0], [3.0]])
    assert energy_distance(x, y) == pytest.approx(2 * 2.5 - 1)


def test_two_draws_of_the_data_are_at_zero_and_noise_is_not() -> None:
    found = [finish(spectral_distance(evidence(seed))) for seed in range(6)]
    values, errors = (torch.tensor([getattr(m, key) for m in found]) for key in ("value", "error"))
    assert values.mean().abs() < 5 * errors.mean() / 6**0.5
    e = evidence(9)
    noise = replace(e, samples=0.1 * torch.randn(e.samples.shape, generator=rng_for(2)))
    far = finish(spectral_distance(noise))
    assert far.value > 10 * max(far.floor or 0, far.error)
    late = finish(spectral_distance(replace(e, samples=e.samples.roll(500, -1))))
    assert late.value > 5 * late.error


@pytest.mark.parametrize("make", [synthesis.plucked, synthesis.bells, synthesis.vowels, synthesis.drum_loops])
def test_classes_of_made_sounds_are_heard(make) -> None:
    x, label = make(500, 2000, rng_for(4))
    said = classes_heard(x[400:, None], x[:400, None], label[:400], int(label.max()) + 1, 2000)
    assert (said == label[400:]).double().mean() > 0.8


def test_samples_of_another_class_than_asked_for_are_heard() -> None:
    e = evidence(3)
    right = class_heard(e)
    assert e.sample_label is not None
    wrong = class_heard(replace(e, sample_label=(e.sample_label + 1) % 3))
    assert right.floor is not None
    assert right.value > 0.8 > 0.2 > wrong.value
    assert right.floor > 0.8


def test_copies_are_found_whatever_their_phase() -> None:
    e = evidence(5)
    assert copying(replace(e, samples=-e.train[:60])).value < -3
    assert copying(e).value > -3
