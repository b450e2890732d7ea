"""Latents under classes: whose word an example's class is, how it changes on a walk, and what the latent plane shows of it."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from dgm_studio.contract import Abilities, Classifier, DataSpec, Latent, Rng, Work, finish
from dgm_studio.engine.jobs import gathering, latents, questions
from dgm_studio.engine.jobs.encoding import Encoded, LatentProjection, between, encoded
from dgm_studio.engine.runs.opening import DataCache, open_run
from dgm_studio.engine.runs.run import Run
from dgm_studio.protocol import messages as m
from dgm_studio.protocol.spec import DataChoice, RunSpec

SPEC = DataSpec((2,), classes=("a", "b", "c"), shares=(0.2, 0.2, 0.6))


def towers(classes: str = "mixed", classifier: Classifier | None = None) -> Abilities:
    """Examples (z, 10 y) of latents in [-1, 1]: under a wrong class the second number cannot come back."""

    def prior(n: int, rng: Rng) -> Tensor:
        return torch.zeros(n, 1)

    def decode(z: Tensor, label: Tensor | None) -> Work[Tensor]:
        yield
        height = label.argmax(1) if label is not None and label.is_floating_point() else label
        if label is not None and label.is_floating_point():
            return torch.cat([z, 10 * (label @ torch.arange(3.0))[:, None]], 1)
        return torch.cat([z, 10.0 * (torch.zeros(len(z)) if height is None else height)[:, None]], 1)

    def encode(x: Tensor, label: Tensor | None) -> Work[Tensor]:
        yield
        return x[:, :1].clamp(-1, 1)

    return Abilities({}, latent=Latent(1, prior, decode, encode, classes=classes), classifier=classifier)  # type: ignore[arg-type]


X = torch.tensor([[0.5, 20.0], [-0.5, 10.0]])


def test_a_class_is_the_known_one_or_the_one_that_brings_the_example_back() -> None:
    known = finish(encoded(towers(), SPEC, X, torch.tensor([2, 1])))
    assert (known.origin, known.label.tolist()) == ("known", [2, 1])
    for given in (None, torch.tensor([-1, -1]), torch.tensor([-1, 1])):
        found = finish(encoded(towers(), SPEC, X, given))
        assert (found.origin, found.label.tolist()) == ("reproduction", [2, 1])
        torch.testing.assert_close(found.latents, X[:, :1])
    # what is known of one example is not tried out
    assert finish(encoded(towers(), SPEC, X, torch.tensor([0, -1]))).label.tolist() == [0, 1]


def test_a_classifier_is_asked_with_the_shares_for_a_prior() -> None:
    def evidence(x: Tensor) -> Work[Tensor]:
        yield
        return torch.tensor([[0.0, 0.5, 0.0], [3.0, 0.0, 0.0]])

    found = finish(encoded(towers(classifier=Classifier("Fake", "exact", evidence)), SPEC, X))
    assert (found.origin, found.label.tolist()) == ("classifier", [2, 0])


@pytest.mark.parametrize("classes", ["ignored", "optional"])
def test_models_whose_codes_need_no_class_get_none_unless_asked(classes: str) -> None:
    assert finish(encoded(towers(classes), SPEC, X, torch.tensor([2, 1]))).label is None
    asked = finish(encoded(towers(classes), SPEC, X, torch.tensor([1, 1]), asked=True))
    assert (asked.origin, asked.label.tolist()) == ("asked", [1, 1])


def test_on_the_way_a_class_is_blended_where_the_model_can_and_else_changes_at_half() -> None:
    ends = Encoded(torch.tensor([[0.0], [1.0]]), torch.tensor([2, 0]), "known")
    for classes, change, heights in (("mixed", "blended", [20, 15, 10, 5, 0]), ("whole", "halfway", [20, 20, 0, 0, 0])):
        x, how = finish(between(towers(classes).latent, SPEC, ends, 5, "line"))
        assert how == change
        torch.testing.assert_close(x, torch.stack([torch.linspace(0, 1, 5), torch.tensor(heights).float()], 1))


def test_the_nearest_code_on_the_plane_lends_its_class() -> None:
    plane = LatentProjection(
        torch.zeros(3), torch.eye(3)[:2], torch.tensor([[0.0, 0.0], [1.0, 0.0]]), torch.tensor([4, 7])
    )
    assert plane.classes(torch.tensor([[0.1, 0.0, 9.0], [0.9, 0.3, -9.0]])).tolist() == [4, 7]


@pytest.fixture(scope="module")
def digits() -> Run:
    """A class-conditional VAE that has learned for a moment."""
    spec = RunSpec(data=DataChoice(name="digits"), family="vae", conditional=True)
    run = finish(open_run("run", spec, DataCache(), lambda loading: None))
    run.trainer.train(150)
    return run


def walk(run: Run, start: int | np.ndarray, end: int | np.ndarray, label: int | None = None) -> m.Interpolated:
    events: list[m.Interpolated] = []
    finish(questions.interpolate(run, events.append, m.Interpolate("run", start, end, 5, "line", 1, label)))
    return events[0]


def test_the_ends_of_a_walk_are_of_their_own_classes(digits: Run) -> None:
    train = digits.data.train
    label = train.label
    assert label is not None
    a, b = int((label == 2).nonzero()[0]), int((label == 7).nonzero()[0])
    pictures = [digits.units.array(digits.units.to_model(train.x[i : i + 1]))[0] for i in (a, b)]
    by_number, by_picture, as_zero = walk(digits, a, b), walk(digits, *pictures), walk(digits, a, b, label=0)
    for found in (by_number, by_picture):  # a picture from the training set is known, too
        assert (found.classes, found.origin, found.change) == ((2, 7), "known", "blended")
    assert (as_zero.classes, as_zero.origin, as_zero.change) == ((0, 0), "asked", "")

    def miss(found: m.Interpolated) -> float:
        return float(np.square(found.ends.astype(float) - np.stack(pictures)).mean())

    assert miss(by_number) < 0.6 * miss(as_zero)
    np.testing.assert_array_equal(by_number.frames[[0, -1]], by_number.ends)
    held = digits.data.held_out
    stranger = digits.units.array(digits.units.to_model(held.x[:2]))
    assert walk(digits, stranger[0], stranger[1]).origin == "classifier"


def test_cells_of_the_code_plane_are_of_the_class_of_the_codes_around_them(digits: Run) -> None:
    events: list[m.Latents | m.Decoded] = []
    finish(latents.latents(digits, events.append, examples=100, side=8))
    told = events[0]
    assert isinstance(told, m.Latents)
    assert told.grid_labels is not None
    assert told.grid_labels.shape == told.grid.shape[:2]
    assert len(np.unique(told.grid_labels)) > 3
    # one latent, decoded by itself, is the cell's picture
    left, right, low, high = told.extent
    rows, columns = told.grid.shape[:2]
    place = np.array([left + 2.5 * (right - left) / columns, low + 1.5 * (high - low) / rows])
    latent = told.centre + place @ told.axes
    finish(questions.decode(digits, events.append, m.Decode("run", latent, 1), 0.0))
    decoded = events[1]
    assert isinstance(decoded, m.Decoded)
    assert np.abs(decoded.x.astype(int) - told.grid[1, 2].astype(int)).max() <= 1


def test_codes_are_measured_under_the_classes_of_the_examples(digits: Run) -> None:
    evidence = finish(gathering.gather(digits))
    latent = digits.shown.abilities().latent
    assert latent is not None
    assert latent.encode is not None
    assert evidence.latents is not None
    n = len(evidence.latents)
    expected = finish(latent.encode(evidence.train[:n], evidence.train_label[:n]))
    torch.testing.assert_close(evidence.latents, expected, rtol=1e-4, atol=1e-4)
