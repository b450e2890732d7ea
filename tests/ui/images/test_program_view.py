"""The program in the window: numbers held, pictures drawn, numbers inferred and ranked."""

from __future__ import annotations

import numpy as np
import pytest

from dgm_studio.protocol import messages as m
from dgm_studio.protocol.context import ContextSlot
from dgm_studio.ui.images.program_view import COUNT, DRAWS, ProgramView

from .. import fake_backend as fake

SLOTS = (ContextSlot("angle", 0.0, 90.0), ContextSlot("hand", values=("left", "right")))


@pytest.fixture
def view(running, qapp) -> ProgramView:
    studio = running.studio
    studio.set_workspace("images")
    running.say(fake.opened(studio.run.name, studio.spec, "images", program=SLOTS))
    studio.set_image_view("program")
    qapp.processEvents()
    return running.window.images.program


def drawn(running) -> m.ProgramDrawn:
    sent = running.studio.backend.of(m.DrawProgram)[-1]
    x = np.arange(COUNT * 64, dtype=np.uint32).reshape(COUNT, 8, 8).astype(np.uint8)
    return m.ProgramDrawn(
        sent.run, 0, sent.ticket, x, {"angle": np.linspace(0, 90, COUNT), "hand": np.arange(COUNT) % 2}
    )


def inferred(running, *, ranks: bool = False) -> m.Inferred:
    sent = running.studio.backend.of(m.Infer)[-1]
    values = {"angle": np.full(DRAWS, 45.1), "hand": np.arange(DRAWS) % 2}
    counts = {"angle": np.full(8, 30), "hand": np.array([100, 20, 20, 20, 20, 20, 20, 20])} if ranks else None
    return m.Inferred(
        sent.run, 0, sent.ticket, sent.image, values, np.zeros((6, 8, 8), np.uint8), counts, 240 if ranks else 0
    )


def test_numbers_are_held_and_let_go(view, running, qtbot) -> None:
    backend, controls = running.studio.backend, running.studio.controls
    assert backend.of(m.DrawProgram)[-1].given == ()
    running.say(drawn(running))
    assert view.drawn.count == COUNT
    controls["program.hold.angle"].set(30)
    controls["program.hold.hand"].set("right")
    qtbot.waitUntil(lambda: dict(backend.of(m.DrawProgram)[-1].given) == {"angle": 30, "hand": "right"})
    controls["program.others"].set()
    assert backend.of(m.DrawProgram)[-1].seed == 1
    controls["program.free"].set()
    assert backend.of(m.DrawProgram)[-1].given == ()


def test_a_picked_picture_is_asked_about_and_its_true_numbers_are_marked(view, running) -> None:
    running.say(drawn(running))
    view.drawn.click(5)
    asked = running.studio.backend.of(m.Infer)[-1]
    assert np.array_equal(asked.image, drawn(running).x[5])
    running.say(m.Inferring(asked.run, 0, 0.4))
    assert "40%" in view.said.text()
    running.say(inferred(running))
    angle, hand = view.histograms
    assert angle.shares.argmax() == 12  # of 24 bins from 0 to 90
    assert hand.shares.tolist() == [0.5, 0.5]
    assert view.again.count == 6
    running.studio.controls["program.check"].set()
    assert running.studio.backend.of(m.Infer)[-1].check
    running.say(inferred(running, ranks=True))
    assert "240 fresh pictures: even within chance for 1 of 2" in view.said.text()
    assert sum(not each.isHidden() for each in view.histograms) == 4


def test_the_picture_on_the_canvas_is_asked_about_through_noise(view, running) -> None:
    running.studio.controls["program.source"].set("canvas")
    assert np.array_equal(running.studio.backend.of(m.Infer)[-1].image, running.window.images.canvas.flat)
    running.studio.controls["program.noise"].set(0.5)
    assert running.studio.backend.of(m.Infer)[-1].noise == 0.5
    running.say(inferred(running))
    assert view.histograms[0].accessibleName() == "angle"


def test_data_of_no_program_say_so_and_offer_no_view(view, running) -> None:
    running.say(fake.opened(running.studio.run.name, running.studio.spec, "images"))
    assert running.window.images.chips["program"].isHidden()
