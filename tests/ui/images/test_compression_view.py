"""Compression in the window: what is written, how large it is, and what one flipped bit breaks."""

from __future__ import annotations

import numpy as np
import pytest

from dgm_studio.protocol import messages as m
from dgm_studio.ui.images.compression import CompressionView, same_images, tinted

from .. import fake_backend as fake

HEAD, CODED = b"head", b"\x0f" * 10


def pictures(first: int = 0) -> np.ndarray:
    """Six pictures, of which those from ``first`` on are white."""
    x = np.zeros((6, 4, 4), np.uint8)
    x[first:] = 255
    return x


@pytest.fixture
def view(running, qapp) -> CompressionView:
    studio = running.studio
    studio.set_workspace("images")
    running.say(fake.opened(studio.run.name, studio.spec, "images", lossless=2))
    studio.set_image_view("compress")
    qapp.processEvents()
    return running.window.images.compression


def written(running, step: int = 0, *, rounded: bool = False) -> m.Compressed:
    sent = running.studio.backend.of(m.Compress)[-1]
    sizes = {"raw": 40, "zlib": 30, "png": 50}
    return m.Compressed(
        sent.run, step, sent.ticket, sent.source, HEAD + CODED, pictures(6), len(CODED), 9.5, sizes, 2, rounded
    )


def test_a_file_is_asked_for_and_its_size_shown_beside_usual_ones(view, running) -> None:
    assert view.bars.isHidden()
    view.source.buttons["noise"].click()
    asked = running.studio.backend.of(m.Compress)[-1]
    assert (asked.source, asked.rounded) == ("noise", True)
    running.say(written(running))
    assert "6 pictures in 14 bytes" in view.said.text()
    assert "9.5" in view.said.text()
    assert [name for name, *_ in view.bars.rows] == ["this file", "bits as they are", "PNG", "zlib"]
    assert "14 B" in view.bars.toolTip()
    assert view.source.value == "noise"


def test_a_flipped_bit_is_read_and_what_breaks_is_told(view, running) -> None:
    view.source.buttons["held-out"].click()
    running.say(written(running))
    assert view.bit.bounds == (0, 80)
    running.studio.controls["compress.bit"].set(12)
    asked = running.studio.backend.of(m.Decompress)[-1]
    assert asked.damaged
    differ = np.unpackbits(np.frombuffer(asked.data, np.uint8) ^ np.frombuffer(HEAD + CODED, np.uint8))
    assert differ.nonzero()[0].tolist() == [8 * len(HEAD) + 11]
    running.say(m.Decompressed(asked.run, 0, asked.ticket, pictures(4), False))
    assert "4 of 6 pictures are whole; number 5" in view.broken.text()
    assert view.after.images.shape == (6, 4, 4, 3)
    running.studio.controls["compress.bit"].set(0)
    assert "All pictures" in view.broken.text()


def test_a_model_that_changed_reads_no_older_file(view, running) -> None:
    view.source.buttons["held-out"].click()
    running.say(written(running))
    assert view.bit.isEnabled()
    running.say(fake.progress(running.studio.run.name, "paused", 3))
    assert not view.bit.isEnabled()
    assert "changed" in view.broken.text()
    view.source.buttons["held-out"].click()
    running.say(written(running, 3))
    assert view.bit.isEnabled()


def test_rounding_is_said(view, running) -> None:
    view.source.buttons["held-out"].click()
    running.say(written(running, rounded=True))
    assert "rounded to the model's 2 grey levels" in view.said.text()


def test_who_cannot_says_why(running, qapp) -> None:
    studio = running.studio
    studio.set_workspace("images")
    running.say(fake.opened(studio.run.name, studio.spec, "images", lossy="It knows only a bound."))
    studio.set_image_view("compress")
    qapp.processEvents()
    assert running.window.images.empty.isVisible()
    assert not running.window.images.compression.isVisible()


def test_broken_pictures_are_told_by_colour() -> None:
    a, b = pictures(6), pictures(4)
    whole = same_images(a, b)
    assert whole.tolist() == [True] * 4 + [False] * 2
    shown = tinted(b, ~whole, (200, 0, 0))
    assert shown[5, 0, 0].tolist() == [200, 0, 0]
    assert shown[0].max() == 0
