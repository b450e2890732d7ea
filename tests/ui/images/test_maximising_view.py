"""Maximise in the window: what is asked, how ways are shown while they go, and what runs beside the one in front add."""

from __future__ import annotations

import numpy as np
import pytest

from dgm_studio.protocol import messages as m
from dgm_studio.studio.compare.maximising import COUNT
from dgm_studio.ui.images.maximising_view import MaximisingView

from .. import fake_backend as fake

PRIOR = (m.SamplerInfo("uphill", "Under the noise path", "Help.", fake.KNOBS, "heuristic", "objective"),)


@pytest.fixture
def view(running, qapp) -> MaximisingView:
    studio = running.studio
    studio.set_workspace("images")
    running.say(fake.opened(studio.run.name, studio.spec, "images", methods=PRIOR))
    studio.set_image_view("maximise")
    qapp.processEvents()
    return running.window.images.maximising


def told(running, method: str, t: float = 1.0, *, last: bool = False, grey: int = 90) -> m.Maximised:
    sent = running.studio.backend.of(m.Maximise)[-1]
    x = np.full((COUNT, 8, 8), grey, np.uint8)
    path = np.stack([x // 3, x // 2, x]) if t == 1 else None
    times = np.array([0.0, 0.5, 1.0]) if t == 1 else None
    log_p, kind = (np.full(COUNT, -321.0), "estimate") if t == 1 else (None, "")
    return m.Maximised(
        sent.run, 0, sent.ticket, method, "Pixels alone" if method == "pixels" else "Flow · under the noise path", "Help.", x,
        t, np.full(COUNT, 0.75), tuple("0123456789"), (128, 64), 0.98, path, times, last, log_p, kind,
    )  # fmt: skip


def test_ways_grow_side_by_side_and_can_be_gone_back_on(view, running) -> None:
    asked = running.studio.backend.of(m.Maximise)[-1]
    assert (asked.classifier, asked.target, asked.count, asked.pixels) == ("net", ("class", 0), COUNT, True)
    assert "learns" in view.said.text()
    running.say(told(running, "pixels", 0.4))
    (row,) = view.rows.values()
    assert row.said.text() == "40% of the way · target 0.75"
    assert "right on 98%" in view.said.text()
    running.say(told(running, "pixels"))
    running.say(told(running, "uphill", last=True))
    assert [each.said.text() for each in view.rows.values()] == ["target 0.75 · log p −321 (estimate)"] * 2
    assert not running.studio.maximising.busy
    row = next(iter(view.rows.values()))
    running.studio.controls["maximise.time"].set(0.6)
    assert row.tiles.images.max() == 45
    running.studio.controls["maximise.time"].set(1.0)
    assert row.tiles.images.max() == 90


def test_units_and_layers_are_offered_as_the_classifier_has_them(view, running, qtbot) -> None:
    running.say(told(running, "pixels", last=True))
    controls = running.studio.controls
    controls["maximise.target"].set("unit")
    controls["maximise.layer"].set(1)
    qtbot.waitUntil(lambda: running.studio.backend.of(m.Maximise)[-1].target[0] == "unit")
    running.say(told(running, "pixels", last=True))
    assert view.unit.bounds == (0, 63)
    controls["maximise.unit"].set(40)
    qtbot.waitUntil(lambda: running.studio.backend.of(m.Maximise)[-1].target == ("unit", 1, 40))
    assert not view.which.isVisibleTo(view)


def test_what_is_late_is_dropped_and_a_stop_ends_it(view, running) -> None:
    late = told(running, "pixels", grey=10)
    running.studio.controls["maximise.start"].set("canvas")
    asked = running.studio.backend.of(m.Maximise)[-1]
    assert np.array_equal(asked.image, running.window.images.canvas.flat)
    running.say(late)
    assert not view.rows
    running.studio.controls["maximise.stop"].set()
    assert running.studio.backend.of(m.Cancel)[-1].kind == "maximise"
    assert not running.studio.maximising.busy


def test_what_fails_is_said(view, running) -> None:
    sent = running.studio.backend.of(m.Maximise)[-1]
    running.say(m.Failed(sent.run, 0, "There is no unit 9.", "", "maximise", sent.ticket))
    assert view.said.text() == "There is no unit 9."
