"""Compression as a question: held-out pictures, noise and pictures upside down, and what one flipped bit breaks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dgm_studio.engine.schedule.inline_backend import InlineBackend
from dgm_studio.protocol import messages as m
from dgm_studio.protocol.spec import RunSpec
from dgm_studio.studio.reading.flipping import flipped


def ask(engine: InlineBackend, intent: m.Intent, answer: type[m.Event]) -> m.Event:
    engine.send(intent)
    found = engine.run_until(lambda e: isinstance(e, answer | m.Failed))
    assert isinstance(found, answer), found
    return found


@pytest.fixture(scope="module")
def engine() -> InlineBackend:
    made = InlineBackend()
    made.start()
    spec = RunSpec(
        data={"name": "digits", "params": {"ink": "black and white"}},
        family="autoregressive",
        config={"net": "made", "raster": 1.0},
    )
    ask(made, m.Open("r", spec), m.Opened)
    ask(made, m.Train("r", steps=400), m.Finished)
    return made


def compressed(engine: InlineBackend, source: m.CompressSource) -> m.Compressed:
    answer = ask(engine, m.Compress("r", 1, source), m.Compressed)
    assert isinstance(answer, m.Compressed)
    return answer


def test_strange_pictures_cost_more(engine: InlineBackend) -> None:
    """Noise costs about a bit a pixel or more, whatever the model: nothing can be expected of it."""
    held, turned, noise = (compressed(engine, s).coded for s in ("held-out", "upside down", "noise"))
    raw = compressed(engine, "noise").sizes["raw"]
    assert 1.15 * held < turned < noise
    assert noise > raw
    assert held < raw / 2


def test_one_flipped_bit_breaks_what_comes_after_it(engine: InlineBackend) -> None:
    found = compressed(engine, "held-out")
    half = 8 * found.coded // 2
    answer = ask(engine, m.Decompress("r", flipped(found.data, found.coded, half), 2, damaged=True), m.Decompressed)
    assert isinstance(answer, m.Decompressed)
    assert not answer.intact
    same = (answer.images == found.images).all((1, 2))
    n = len(same)
    assert same[: n // 3].all()
    assert same[-n // 3 :].mean() < 0.5
    whole = ask(engine, m.Decompress("r", found.data, 3), m.Decompressed)
    assert isinstance(whole, m.Decompressed)
    assert whole.intact
    assert np.array_equal(whole.images, found.images)


def test_a_damaged_file_is_refused_unless_it_may_be(engine: InlineBackend) -> None:
    found = compressed(engine, "held-out")
    engine.send(m.Decompress("r", flipped(found.data, found.coded, 5), 4))
    failed = engine.run_until(lambda e: isinstance(e, m.Failed | m.Decompressed))
    assert isinstance(failed, m.Failed)
    assert failed.blame == "input"
    assert "damaged" in failed.message


def test_a_file_belongs_to_the_weights_it_was_written_with(engine: InlineBackend, tmp_path: Path) -> None:
    found = compressed(engine, "held-out")
    ask(engine, m.Save("r", tmp_path / "kept.dgm"), m.Saved)
    ask(engine, m.Load("kept", tmp_path / "kept.dgm"), m.Opened)
    ask(engine, m.Train("r", steps=1), m.Finished)
    engine.send(m.Decompress("r", found.data, 5))
    failed = engine.run_until(lambda e: isinstance(e, m.Failed | m.Decompressed))
    assert isinstance(failed, m.Failed)
    assert "another model" in failed.message
    again = ask(engine, m.Decompress("kept", found.data, 6), m.Decompressed)
    assert isinstance(again, m.Decompressed)
    assert again.intact


def test_who_cannot_says_so_from_the_beginning(engine: InlineBackend) -> None:
    opened = ask(engine, m.Open("vae", RunSpec(data={"name": "digits"}, family="vae")), m.Opened)
    assert isinstance(opened, m.Opened)
    assert opened.info.lossless == 0
    assert "real numbers" in opened.info.lossy
    engine.send(m.Compress("vae", 7))
    failed = engine.run_until(lambda e: isinstance(e, m.Failed | m.Compressed))
    assert isinstance(failed, m.Failed)
    assert failed.message == opened.info.lossy
