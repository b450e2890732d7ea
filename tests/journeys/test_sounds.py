"""Sounds: chosen among strings, drawn, trained on and filled in, with a real engine."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from pytestqt.qtbot import QtBot

from dgm_studio.protocol.spec import DataChoice
from dgm_studio.ui.sequences.sequences_view import SequencesView
from dgm_studio.ui.window.main_window import MainWindow

from .conftest import PATIENCE_MS


def test_sounds_are_chosen_trained_on_and_filled_in(qtbot: QtBot, open_window: Callable[..., MainWindow]) -> None:
    window = open_window()
    studio = window.studio

    def until(true: Callable[[], bool]) -> None:
        qtbot.waitUntil(true, timeout=PATIENCE_MS)

    until(lambda: studio.ready)
    studio.set_workspace("sequences")
    studio.choose_family("masked")
    until(lambda: studio.resolved is not None and studio.resolved.family == "masked")
    studio.choose_data(DataChoice(name="bells", params={"examples": 60}))
    assert studio.spec.family == "autoregressive"  # masked diffusion takes no sounds
    assert studio.spec.sampling.count == 8
    studio.set_config("width", 8)
    studio.set_config("layers", 3)
    until(lambda: studio.resolved is not None and studio.resolved.config.get("layers") == 3)
    view = window.views.currentWidget()
    assert isinstance(view, SequencesView)
    assert studio.kind == "sounds"
    until(lambda: studio.run.samples is not None and studio.run.samples.done)
    assert view.sounds.samples.count == 8
    window.top.train.click()
    until(lambda: studio.run.step >= 2)
    window.top.train.click()
    until(lambda: not studio.run.training and studio.run.samples.shown_step == studio.run.step)
    studio.set_time(0.5)
    assert not view.sounds.samples.rows[:, 1100:].any()  # not written yet
    studio.set_time(1.0)
    until(lambda: view.sounds.head.predicted is not None)
    known = view.sounds.data.rows[0]
    asked = studio.run.filled
    view.sounds.filling.show_sound(known)
    until(lambda: studio.run.filled is not asked and studio.run.filled is not None and studio.run.filled.done)
    free = view.sounds.filling.free == 1
    result = view.sounds.filling.result
    assert np.array_equal(result[~free], known[~free])
    assert (result[free] != known[free]).any()
