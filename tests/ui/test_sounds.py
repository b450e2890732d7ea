"""The page of sounds: waves that grow, what is expected at their head, and a gap that is filled."""

from __future__ import annotations

import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication

from dgm_studio.protocol import messages as m
from dgm_studio.protocol.messages import SamplerInfo
from dgm_studio.studio.studio import Studio
from dgm_studio.ui.compare.sounds_cell import SoundsCell
from dgm_studio.ui.sequences.sequences_view import SequencesView
from dgm_studio.ui.sequences.sound_player import finer
from dgm_studio.ui.sequences.spectrogram import decibels
from dgm_studio.ui.window.main_window import MainWindow

from . import fake_backend as fake

LENGTH, RATE = 256, 2000
ROWS = (20000 * np.sin(2 * np.pi * np.arange(LENGTH) * np.array([[50], [100], [200]]) / RATE)).astype(np.int16)
METHODS = (
    SamplerInfo("ordered", "From first to last", "In order.", {}, "heuristic", "mask"),
    SamplerInfo("candidates", "Weighted candidates", "Weighted.", {}, "asymptotic", "mask", careful=True),
)
ABOUT = {
    "event": (1, LENGTH), "rate": RATE, "extent": None, "methods": METHODS, "predicts": True, "classes": ("low", "high"),
}  # fmt: skip


def drawn(name: str) -> m.Samples:
    half = np.where(np.arange(LENGTH) < LENGTH // 2, ROWS, 0).astype(np.int16)
    path, times = np.stack([ROWS * 0, half, ROWS]), np.array([0.0, 0.5, 1.0])
    return m.Samples(name, 5, ROWS, np.array([0, 1, 1]), path, times, None, True, 0.05, 5)


@pytest.fixture
def view(window: MainWindow, studio: Studio, say: Callable[..., None], qapp: QApplication) -> SequencesView:
    """The workspace in front on a run of sounds, with samples and data."""
    say(fake.ready())
    studio.set_workspace("sequences")
    qapp.processEvents()
    name = studio.run.name
    say(fake.opened(name, studio.spec, "2d", **ABOUT), m.Data(name, 0, ROWS[:2], np.array([0, 1])), drawn(name))
    found = window.views.currentWidget()
    assert isinstance(found, SequencesView)
    return found


def test_sounds_have_a_page_of_their_own(view, studio) -> None:
    assert studio.kind == "sounds"
    assert view.stack.currentWidget() is view.sounds
    assert view.sounds.samples.count == 3
    assert "3 samples of 0.13 s" in view.sounds.caption.text()
    assert view.time is view.sounds.time


def test_on_the_way_a_wave_ends_where_the_time_is(view, studio) -> None:
    studio.set_time(0.5)
    assert (view.sounds.samples.rows == drawn("").path[1]).all()
    assert view.sounds.head.position == LENGTH // 2
    studio.set_time(1.0)
    assert (view.sounds.samples.rows == ROWS).all()


def test_what_is_expected_is_asked_for_and_shown_beside_its_own_sound_alone(view, studio, backend, say) -> None:
    asked = backend.of(m.Predict)[-1]
    assert (asked.example == ROWS[0]).all()
    chances = np.full((LENGTH, 16), 1 / 16, np.float16)
    say(m.Predicted(studio.run.name, 5, asked.ticket, ROWS[0], chances, np.linspace(-32768, 32767, 16)))
    assert view.sounds.head.predicted is not None
    view.sounds.samples.click(2)
    assert view.sounds.head.predicted is None  # it is of another sound
    assert (backend.of(m.Predict)[-1].example == ROWS[2]).all()
    assert (backend.of(m.Classify)[-1].examples == ROWS[2][None]).all()
    view.grab()


def test_a_gap_is_marked_with_the_mouse_and_filled(view, studio, backend, say, qtbot) -> None:
    filling = view.sounds.filling
    strip = filling.strip
    strip.resize(400, 76)
    qtbot.mousePress(strip, Qt.MouseButton.LeftButton, pos=QPoint(100, 20))
    qtbot.mouseMove(strip, QPoint(200, 20))
    qtbot.mouseRelease(strip, Qt.MouseButton.LeftButton, pos=QPoint(200, 20))
    low, high = (round(share * LENGTH) for share in strip.gap)
    assert low == LENGTH // 4
    assert low < high
    qtbot.waitUntil(lambda: bool(backend.of(m.Fill)) and backend.of(m.Fill)[-1].mask.sum() == high - low)
    asked = backend.of(m.Fill)[-1]
    assert (asked.image == ROWS[0]).all()
    assert asked.method == "candidates"
    answers = np.repeat(ROWS[:1], 4, 0)
    answers[:, low:high] = np.arange(4)[:, None]
    say(m.Filled(studio.run.name, 7, asked.ticket, answers, 1.0, True, "candidates", "asymptotic"))
    assert filling.strip.words == "1 of 4 · step 7"
    filling.next.click()
    assert (filling.result == answers[1]).all()
    view.grab()


def test_every_other_sample_may_be_all_that_is_known(view, studio, backend, qtbot) -> None:
    filling = view.sounds.filling
    filling.what.setCurrentIndex(1)
    filling.what.activated.emit(1)
    assert filling.every == 2
    qtbot.waitUntil(lambda: bool(backend.of(m.Fill)) and backend.of(m.Fill)[-1].mask.mean() == 0.5)
    assert (backend.of(m.Fill)[-1].mask[::2] == 0).all()


def test_a_sound_is_kept_as_a_file(view, tmp_path: Path) -> None:
    view.sounds.write(tmp_path / "s.wav", ROWS[1])
    with wave.open(str(tmp_path / "s.wav")) as file:
        assert (file.getframerate(), file.getnframes()) == (RATE, LENGTH)
    assert (finer(ROWS[1], 8)[::8] == ROWS[1]).all()


def test_a_tone_is_one_line_of_the_spectrogram() -> None:
    loud = decibels((16384 * np.sin(2 * np.pi * 250 * np.arange(2048) / RATE)).astype(np.int16))
    middle = loud[:, loud.shape[1] // 2]
    assert middle.argmax() == 250 * 128 // RATE
    assert middle.max() == pytest.approx(20 * np.log10(0.5), abs=0.2)


def test_sounds_are_compared_in_cells(view, window, studio, say) -> None:
    studio.set_workspace("compare")
    say(fake.opened(studio.run.name, studio.spec, "2d", **ABOUT), drawn(studio.run.name))
    assert studio.kind == "sounds"
    (cell,) = window.findChildren(SoundsCell)
    assert cell.sounds.count == 3
