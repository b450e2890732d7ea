"""Measures of p(y | x), of latents and of features against closed forms and scikit-learn."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from sklearn.linear_model import RidgeClassifier
from sklearn.neighbors import KNeighborsClassifier

from dgm_studio.contract import DataSpec, Evidence, finish, rng_for
from dgm_studio.discovery import discover
from dgm_studio.evaluation import asked_classes, classes, representation
from dgm_studio.evaluation.shared.features import learn_features

MEASURES = discover("dgm_studio.evaluation", "MEASURE")
POINTS = DataSpec((2,), classes=("a", "b"))


def blobs(n: int, seed: int, gap: float = 2.0) -> tuple[torch.Tensor, torch.Tensor]:
    rng = rng_for(seed)
    label = torch.randint(2, (n,), generator=rng)
    x = torch.randn(n, 2, generator=rng)
    x[:, 0] += gap * (2 * label - 1)
    return x, label


def with_evidence(scale: float) -> Evidence:
    """Two unit Gaussians at +-1, for which p(y | x) is a sigmoid of 2 x; ``scale`` makes it too sure of itself."""
    x, label = blobs(4000, 0, gap=1.0)
    evidence = torch.stack([torch.zeros(len(x)), scale * 2 * x[:, 0]], 1)
    return Evidence(POINTS, x, x, x, rng_for(1), held_out_label=label, class_evidence=evidence)


def test_the_true_posterior_is_calibrated_and_overconfidence_is_seen() -> None:
    honest = classes.calibration(with_evidence(1.0))
    assert honest.value < (honest.floor or 0) + 4 * honest.error
    boasting = classes.calibration(with_evidence(5.0))
    assert boasting.value > 0.08
    right = classes.accuracy(with_evidence(1.0))
    assert right.value == pytest.approx(0.841, abs=0.02)  # Phi(1)
    assert right.floor == 0.5


def test_calibration_error_by_hand() -> None:
    probability = torch.tensor([[0.8, 0.2], [0.8, 0.2], [0.4, 0.6], [0.4, 0.6]])
    # confidence 0.8 right once of two; confidence 0.6 right twice of two
    assert classes.calibration_error(probability, torch.tensor([0, 1, 1, 1])) == pytest.approx(0.5 * 0.3 + 0.5 * 0.4)


def test_neighbours_in_code_are_those_of_scikit_learn() -> None:
    (latents, label), (queries, truth) = blobs(200, 0, 0.7), blobs(150, 1, 0.7)
    expected = KNeighborsClassifier(9).fit(latents, label).score(queries, truth)
    assert representation.neighbour_accuracy(latents, label, queries, truth, k=9) == pytest.approx(expected)


def test_the_linear_probe_is_ridge_regression() -> None:
    (latents, label), (queries, truth) = blobs(300, 0, 0.7), blobs(300, 1, 0.7)
    expected = RidgeClassifier(alpha=3.0).fit(latents, label).score(queries, truth)
    assert representation.probe_accuracy(latents, label, queries, truth) == pytest.approx(expected, abs=0.01)


def test_a_probe_of_the_examples_is_that_of_codes_that_are_the_examples() -> None:
    (x, label), (y, truth) = blobs(300, 0, 0.7), blobs(300, 1, 0.7)
    itself = Evidence(
        DataSpec((x.shape[1],)),
        y,
        x,
        y,
        rng_for(0),
        train_label=label,
        held_out_label=truth,
        latents=x,
        held_out_latents=y,
    )
    assert representation.probe_of_examples(itself).value == representation.probe(itself).value
    noise = torch.zeros(300, 2)
    blind = replace(itself, latents=noise, held_out_latents=noise)
    assert representation.probe_of_examples(blind).value > representation.probe(blind).value


def test_features_tell_classes_apart_with_and_without_labels() -> None:
    x, label = blobs(600, 0, 3.0)
    for known in (label, None):
        net = finish(learn_features(x, known, 2 if known is not None else 0))
        features = net.features(x)
        assert features.shape == (600, 48)
        assert representation.neighbour_accuracy(features[:300], label[:300], features[300:], label[300:]) > 0.95
    again = finish(learn_features(x, label, 2))
    assert torch.equal(again.features(x), finish(learn_features(x, label, 2)).features(x))


def test_right_wrong_and_unknown_are_counted_as_by_hand() -> None:
    probability = torch.tensor([[0.9, 0.1], [0.9, 0.1], [0.7, 0.3], [0.2, 0.8]])
    found = asked_classes.shares(probability, torch.tensor([0, 1, 0, 1]))
    assert found == (0.5, 0.25, 0.25)


@pytest.mark.parametrize(("asked", "expected"), [("own", (1, 0, 0)), ("other", (0, 1, 0)), ("between", (0, 0, 1))])
def test_samples_between_the_classes_are_of_neither(asked: str, expected: tuple[int, int, int]) -> None:
    x, label = blobs(600, 0, 6.0)
    samples = x[:200].clone()
    if asked == "between":
        samples = torch.zeros_like(samples)
        x = torch.cat([x, 0.01 * torch.tensor([[-1.0, 0.0], [1.0, 0.0]]).repeat(100, 1)])
        label = torch.cat([label, torch.tensor([0, 1]).repeat(100)])
    e = Evidence(POINTS, samples, x, x, rng_for(1), train_label=label,
                 sample_label=1 - label[:200] if asked == "other" else label[:200])  # fmt: skip
    found = [finish(MEASURES[name].work(e)).value for name in ("class_right", "class_wrong", "class_unknown")]
    assert found == pytest.approx(expected, abs=0.02)
    assert sum(found) == pytest.approx(1)


def test_a_judge_that_is_given_is_asked_rather_than_the_neighbours() -> None:
    x, label = blobs(200, 0, 6.0)
    e = Evidence(POINTS, x, x, x, rng_for(1), train_label=label, sample_label=label,
                 class_judge=lambda seen: torch.full((len(seen), 2), 0.5))  # fmt: skip
    assert finish(MEASURES["class_unknown"].work(e)).value == 1
