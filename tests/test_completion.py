"""What follows from abilities: Bayes' rule and a true temperature from an exact density, nothing from a bound."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pytest
import torch
from torch import Tensor

from dgm_studio.completion import complete, posterior
from dgm_studio.contract import Abilities, DataSpec, DensityKind, Frame, LogDensity, Rng, Settings, Steer, finish

SPEC = DataSpec((2,), classes=("left", "right"))


@dataclass(frozen=True)
class Noise:
    title: str = "Noise"
    help: str = "Draws noise."
    Knobs: type[Settings] = Settings

    def start(self, n: int, steer: Steer, rng: Rng) -> Frame:
        return Frame(torch.randn(n, 2, generator=rng), 0.0)

    def step(self, frame: Frame, steer: Steer, rng: Rng) -> Frame:
        return frame.with_(t=1.0)


def log_p(x: Tensor, label: Tensor | None) -> Tensor:
    centre = torch.zeros(len(x)) if label is None else 2.0 * label - 1
    return -0.5 * ((x[:, 0] - centre).square() + x[:, 1].square()) - math.log(2 * math.pi)


def abilities(kind: DensityKind) -> Abilities:
    return Abilities(samplers={"noise": Noise()}, log_density=LogDensity.direct(kind, log_p), uses_label=True)


def test_bayes_rule_on_two_gaussians() -> None:
    classifier = complete(abilities("exact"), SPEC).classifier
    assert classifier is not None
    assert classifier.honesty == "exact"
    x = torch.tensor([[0.0, 3.0], [0.5, 0.0], [-2.0, 1.0]])
    p = posterior(finish(classifier.work(x)))
    torch.testing.assert_close(p[:, 1], torch.sigmoid(2 * x[:, 0]))
    moved = posterior(finish(classifier.work(x)), torch.tensor([0.9, 0.1]))
    torch.testing.assert_close(moved[:, 1], torch.sigmoid(2 * x[:, 0] + math.log(0.1 / 0.9)))


@pytest.mark.parametrize(("kind", "classifies", "tempers"), [
    ("exact", True, True), ("estimate", True, False), ("unnormalised", False, True), ("lower bound", False, False),
])  # fmt: skip
def test_what_follows_depends_on_the_kind(kind: DensityKind, classifies: bool, tempers: bool) -> None:
    done = complete(abilities(kind), SPEC)
    assert (done.classifier is not None) == classifies
    assert ("tempered" in done.samplers) == tempers
    assert next(iter(done.samplers)) == "noise"


def test_no_true_temperature_in_many_dimensions() -> None:
    assert "tempered" not in complete(abilities("exact"), DataSpec((1, 8, 8))).samplers
