"""What the window says and offers when the engine has stopped."""

from __future__ import annotations

import pytest

from dgm_studio.protocol import messages as m


@pytest.mark.parametrize("kind", ["stopped", "start"])
def test_an_engine_that_stopped_is_told_with_a_button_that_starts_it_again(running, backend, qtbot, kind: str) -> None:
    studio, strip = running.studio, running.window.notices
    qtbot.waitUntil(lambda: bool(backend.of(m.Look)), timeout=60_000)  # what is on screen is said after a moment
    assert not studio.commands["run.restart"].enabled()
    running.say(m.Failed("", 0, "The engine stopped: Stop.", "Save it, or restart the engine.", kind))
    card = strip.cards[-1]
    assert card.message.text() == "The engine stopped: Stop."
    assert card.action.text() == "Restart the engine"
    looks = len(backend.of(m.Look))
    card.action.click()
    assert backend.restarts == 1
    assert len(backend.of(m.Look)) == looks + 1
    assert not studio.stopped
    assert not strip.cards


def test_what_was_trained_can_be_saved_while_the_engine_stands_still(running, backend, tmp_path) -> None:
    running.say(m.Failed("", 0, "The engine stopped: Stop.", "", "stopped"))
    running.studio.save(tmp_path / "run.dgm")
    assert backend.of(m.Save)[-1].path == tmp_path / "run.dgm"
