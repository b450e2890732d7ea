"""The curve of a measure says how sure it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent

from dgm_studio.protocol.messages import Curve, Curves
from dgm_studio.ui.panels.curve_plot import CurvePlot

STEPS = np.arange(0.0, 1000.0)
VALUES = 0.1 + np.exp(-STEPS / 200)


@pytest.fixture
def plot(qapp) -> Iterator[CurvePlot]:
    made = CurvePlot("Distance", "model", "How far.")
    made.resize(600, 160)
    made.show()
    yield made
    made.close()
    made.deleteLater()
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def band(plot: CurvePlot, name: str) -> tuple[float, float]:
    box = plot.bands[name].path().boundingRect()
    return box.top(), box.bottom()


def test_a_measure_has_a_band_of_one_error_to_either_side(plot) -> None:
    plot.show_curves({"distance": Curve(STEPS, VALUES, np.full(1000, 0.02), 0.07)})
    low, high = band(plot, "distance")
    assert (low, high) == pytest.approx((VALUES.min() - 0.02, VALUES.max() + 0.02))
    assert plot.bands["distance"].path().elementCount() < 500
    assert plot.value.text() == "0.11 ± 0.02 · floor 0.07"


def test_a_value_for_which_there_is_no_room_leaves_the_title_whole(plot) -> None:
    plot.show_choices([("distance", "A distance with a long name, estimated"), ("other", "Other")], "distance")
    plot.show_curves({"distance": Curve(STEPS, VALUES, np.full(1000, 0.02), 0.07)})
    assert plot.value.text()
    plot.resize(plot.picker.sizeHint().width() + 20, 160)
    assert not plot.value.text()


def test_a_loss_and_a_count_have_none(plot) -> None:
    plot.show_curves({"loss": Curve(STEPS, VALUES), "steps": Curve(STEPS, VALUES, np.zeros(1000))})
    assert plot.bands["loss"].path().isEmpty()
    assert plot.bands["steps"].path().isEmpty()
    assert "±" not in plot.value.text()


def test_what_is_no_number_has_no_band_and_does_no_harm(plot) -> None:
    broken = np.where(STEPS > 500, np.nan, VALUES)
    plot.show_curves({"distance": Curve(STEPS, broken, np.full(1000, 0.02))})
    assert band(plot, "distance")[1] == pytest.approx(VALUES.max() + 0.02)
    plot.show_curves({"distance": Curve(STEPS[:1], VALUES[:1], np.array([0.02]))})
    assert plot.bands["distance"].path().isEmpty()


def test_both_charts_have_a_legend(running) -> None:
    panel = running.window.progress
    assert [e.word for e in panel.loss.legend.entries] == ["training"]
    assert [e.word for e in panel.quality.legend.entries] == ["Above the entropy", "floor"]
    assert panel.quality.legend.isVisible()
    at = np.arange(1.0, 9.0)
    held_out = Curve(at, at, None, None, "nats", "Negative log-likelihood", training="nll_train")
    both = {"nll": held_out, "nll_train": replace(held_out, training="")}
    running.say(Curves(running.name, 9, {"loss": Curve(at, at, title="loss")}, both))
    assert [e.word for e in panel.quality.legend.entries] == ["held-out", "training"]
    assert panel.quality.legend.entries[0].style != panel.quality.legend.entries[1].style
