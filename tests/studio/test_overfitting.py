"""Overfitting is named where held-out data cost more since a step while training data cost less, and nowhere else."""

import numpy as np
import pytest

from dgm_studio.protocol.messages import Closeness, Curve, Samples
from dgm_studio.studio.reading.overfitting import overfitting
from dgm_studio.studio.reading.quality import apart, closeness_said, rounded

STEPS = np.arange(100, 1100, 100)


def curve(values, error=0.01):
    return Curve(STEPS, np.asarray(values, float), np.full(len(values), error), None, training="nll_train")


FALLING = np.linspace(3, 1, 10)
TURNING = np.concatenate([np.linspace(3, 2, 4), np.linspace(2.1, 3.5, 6)])


def test_curves_that_part_are_named_with_the_step_of_the_turn() -> None:
    found = overfitting({"nll": curve(TURNING), "nll_train": curve(FALLING)})
    assert found is not None
    assert found.since == 400
    assert found.rise > 1


@pytest.mark.parametrize(
    ("held", "train", "error"),
    [
        (FALLING, FALLING, 0.01),  # both fall
        (TURNING, TURNING, 0.01),  # both rise: it diverges
        (TURNING, FALLING, 2.0),  # within chance
        (FALLING[:3], FALLING[:3], 0.01),  # too early to tell
    ],
)
def test_nothing_is_said_of_other_curves(held, train, error) -> None:
    def cut(values):
        return Curve(
            STEPS[: len(values)], np.asarray(values, float), np.full(len(values), error), None, training="nll_train"
        )

    assert overfitting({"nll": cut(held), "nll_train": cut(train)}) is None
    assert overfitting({"nll": cut(held)}) is None


def test_a_value_below_its_error_reads_as_nothing_and_never_with_an_exponent() -> None:
    assert apart(-6.2e-4, 0.002) == ("0.000", "± 0.002")
    assert apart(-0.0041, 0.002) == ("-0.004", "± 0.002")
    assert apart(-2e-4, 0.002) == ("0.000", "± 0.002")
    assert apart(9.2e-5, 0.002) == ("0.000", "± 0.002")
    assert rounded(-1e-9, 0.5) == "0.0"


def test_nobody_says_how_close_samples_are_that_are_not_there() -> None:
    assert closeness_said(None) == ""


def test_how_close_samples_are_is_said_of_where_they_end() -> None:
    close = Closeness(0.1234, 0.05, 11, 25)
    samples = Samples("run", 1, np.zeros((9, 2)), None, None, None, None, True, 0.1, 1, close=close)
    assert closeness_said(samples) == "samples 0.123 sd from data (floor 0.05) · 11 of 25 modes"
    assert closeness_said(samples, on_the_way=True).endswith("11 of 25 modes · at t = 1")
