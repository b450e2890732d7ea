"""Sounds: made by code, read from WAV files, and what is said of those that do not fit."""

from __future__ import annotations

import math
import wave
from pathlib import Path

import numpy as np
import pytest
import torch

from dgm_studio.contract import DataError, DataSet, Units, finish, rng_for
from dgm_studio.data.files import source_for_path
from dgm_studio.data.reading.wave_file import read_wave, resampled, seconds_of
from dgm_studio.data.shared import synthesis
from dgm_studio.data.shared.sounds import SoundParams, length_of
from dgm_studio.data.sounds import SOURCES
from dgm_studio.studio.files.wave import to_wave


def loaded(name: str, **params: int) -> DataSet:
    source = next(s for s in SOURCES if s.name == name)
    return finish(source.load(SoundParams.model_validate(params), rng_for(3)))


@pytest.mark.parametrize("name", [source.name for source in SOURCES])
def test_each_set_is_a_second_of_sixteen_bits(name: str) -> None:
    data = loaded(name, examples=60)
    assert data.spec.data_kind == "sounds"
    assert data.train.x.dtype == torch.int16
    assert data.train.x.shape[1:] == (1, 2048) == data.spec.event
    loud = data.train.x[:, 0].double().abs().amax(1) / 32768
    assert ((loud > 0.45) & (loud <= 0.91)).all()
    assert data.train.label is not None
    assert set(data.train.label.tolist()) == set(range(len(data.spec.classes)))
    again = loaded(name, examples=60)
    assert torch.equal(again.train.x, data.train.x)
    assert not torch.equal(data.train.x[0], data.train.x[1])


def test_without_a_number_sounds_never_end() -> None:
    data = loaded("bells")
    assert data.fresh is not None
    one, other = (data.fresh(4, rng_for(seed)).x for seed in (1, 2))
    assert not torch.equal(one, other)
    assert torch.equal(one, data.fresh(4, rng_for(1)).x)


@pytest.mark.parametrize("rate", [2000, 4000, 8000])
def test_a_finer_rate_is_the_same_second(rate: int) -> None:
    for make in (synthesis.plucked, synthesis.bells, synthesis.vowels, synthesis.drum_loops):
        x, _ = make(2, rate, rng_for(1))
        assert x.shape == (2, length_of(rate))
        assert x.isfinite().all()


def test_a_string_is_in_tune() -> None:
    """Its partials lie at multiples of the note: half of a step of a semitone is 3 %."""
    x, label = synthesis.plucked(64, 4000, rng_for(5))
    spectrum = torch.fft.rfft(x * torch.hann_window(x.shape[1]), 8 * x.shape[1]).abs()
    peak = spectrum.argmax(1) * 4000 / (8 * x.shape[1])
    pitch = torch.tensor(list(synthesis.NOTES.values()))[label]
    partial = (peak / pitch).round().clamp_min(1)
    assert ((peak / (partial * pitch) - 1).abs() < 0.03).double().mean() > 0.9


def test_units_of_sounds_lose_nothing() -> None:
    data = loaded("drums", examples=20)
    units = Units.of(data)
    model = units.to_model(data.train.x)
    assert model.abs().max() <= 1
    assert torch.equal(units.to_data(model), data.train.x)
    assert units.array(model).shape == (len(data.train), 2048)
    assert torch.equal(units.tensor(units.array(model), data.spec), model)


# --- files ----------------------------------------------------------------------------------------------------------------


def tone(rate: int, seconds: float, hz: float = 200.0) -> np.ndarray:
    return 0.5 * np.sin(2 * math.pi * hz * np.arange(int(rate * seconds)) / rate)


def written(path: Path, x: np.ndarray, rate: int, width: int = 2, channels: int = 1) -> Path:
    whole = np.repeat(x[:, None], channels, 1)
    if width == 1:
        content = ((whole + 1) * 127.5).round().astype(np.uint8).tobytes()
    else:
        four = (whole * ((1 << 31) - 1)).astype("<i4")
        content = four.view(np.uint8).reshape(-1, 4)[:, 4 - width :].tobytes()
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(content)
    return path


@pytest.mark.parametrize(("width", "near"), [(1, 0.01), (2, 1e-4), (3, 1e-6), (4, 1e-8)])
def test_a_file_of_any_bits_is_the_same_sound(tmp_path: Path, width: int, near: float) -> None:
    x = tone(2000, 0.5)
    found = read_wave(written(tmp_path / "a.wav", x, 2000, width, channels=2))
    assert found.rate == 2000
    assert np.abs(found.x - x).max() < near
    assert found.said == ("2 channels are mixed into one",)


def test_another_rate_is_resampled_and_said(tmp_path: Path) -> None:
    """A tone that both rates hold comes out as it would have been recorded; one above half the lower rate is gone."""
    path = written(tmp_path / "a.wav", tone(44100, 1.024, 250) + tone(44100, 1.024, 5000) * 0.5, 44100)
    rows, said = seconds_of(path, 2000, 2048)
    assert any("resampled from 44,100 to 2,000 Hz" in words for words in said)
    middle = slice(300, 1700)
    assert np.abs(rows[0, middle] / 32768 - tone(2000, 1.024, 250)[middle]).max() < 0.01
    assert len(resampled(np.zeros(11025), 11025, 2000)) == 2000


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    sounds = torch.randint(-20000, 20000, (5, 2048), generator=rng_for(1)).numpy().astype(np.int16)
    (tmp_path / "s.wav").write_bytes(to_wave(sounds, 2000))
    rows, said = seconds_of(tmp_path / "s.wav", 2000, 2048)
    assert np.array_equal(rows, sounds)
    assert said == ("5.12 s long, cut into 5 of 1.02 s",)


def test_a_folder_has_its_folders_for_classes(tmp_path: Path) -> None:
    for name, hz in (("low", 100.0), ("high", 300.0)):
        (tmp_path / name).mkdir()
        for k in range(3):
            written(tmp_path / name / f"{k}.wav", tone(8000, 0.6 + 0.9 * k, hz), 8000)
    (tmp_path / "low" / "bad.wav").write_bytes(b"RIFF nothing")
    source = source_for_path(tmp_path)
    assert source.name == "recordings"
    data = finish(source.load(source.Params(), rng_for(0)))
    assert data.spec.classes == ("high", "low")
    assert len(data.train) + len(data.held_out) == 2 * (1 + 1 + 2)
    assert "bad.wav cannot be read as a WAV file" in data.problems[0]
    assert len(data.said) == 4
    assert data.said[-1] == "9 more of this kind"


def test_what_cannot_be_used_is_said(tmp_path: Path) -> None:
    written(tmp_path / "short.wav", tone(2000, 0.05), 2000)
    written(tmp_path / "silent.wav", tone(2000, 2.0) * 0, 2000)
    written(tmp_path / "few.wav", tone(2000, 2.2), 2000)
    (tmp_path / "none.wav").write_bytes(b"no sound")
    for name, said in (
        ("short", "is 0.05 s long: 0.1 s are the least"),
        ("silent", "is silent"),
        ("few", "holds 2 s of sound: 4 are the least"),
        ("none", "cannot be read as a WAV file"),
    ):
        source = source_for_path(tmp_path / f"{name}.wav")
        with pytest.raises(DataError, match=said):
            finish(source.load(source.Params(), rng_for(0)))
