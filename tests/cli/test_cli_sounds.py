"""Sounds on the command line: trained, sampled as WAV, measured, filled in, and what cannot be done said clearly."""

from __future__ import annotations

import json
import wave
from pathlib import Path

import numpy as np
import pytest
from calls import run

from dgm_studio.data.reading.wave_file import seconds_of


@pytest.fixture(scope="module")
def bells(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sounds") / "b.dgm"
    found = run("train", "--data", "bells", "--set", "data.examples=40", "--family", "autoregressive", "--set", "width=8",
                "--set", "layers=2", "--steps", "3", "--out", path)  # fmt: skip
    assert found.exit_code == 0, found.output
    return path


@pytest.fixture(scope="module")
def sampled(bells: Path) -> Path:
    out = bells.parent / "s.wav"
    told = json.loads(run("sample", bells, "-n", 3, "--out", out, "--json").stdout)
    assert told["n"] == 3
    assert told["rate"] == 2000
    return out


def test_samples_are_written_as_sound_and_read_again(bells: Path, sampled: Path) -> None:
    with wave.open(str(sampled)) as file:
        assert (file.getframerate(), file.getnframes()) == (2000, 3 * 2048)
    nats = json.loads(run("logprob", bells, "--points", sampled, "--out", sampled.with_suffix(".npy"), "--json").stdout)
    assert nats["n"] == 3
    assert nats["kind"] == "exact"
    assert nats["bits_per_sample"] == pytest.approx(-nats["mean"] / 2048 / 0.6931471805599453)


def test_a_gap_is_filled_and_all_else_kept(bells: Path, sampled: Path) -> None:
    out = sampled.parent / "f.wav"
    asked = ("inpaint", bells, "--sound", sampled, "--out", out, "-n", 2, "--set", "candidates=2", "--json")
    told = json.loads(run(*asked, "--gap", "0.5-0.6").stdout)
    assert told["method"] == "candidates"
    assert told["honesty"] == "asymptotic"
    assert told["known"] == pytest.approx(1 - 200 / 2048)
    before, answers = (seconds_of(path, 2000, 2048)[0] for path in (sampled, out))
    free = np.zeros(2048, bool)
    free[1000:1200] = True
    assert np.array_equal(answers[:, ~free], np.broadcast_to(before[0][~free], (2, (~free).sum())))
    assert (answers[:, free] != before[0][free]).any()


def test_measures_are_those_of_sounds(bells: Path) -> None:
    found = json.loads(run("evaluate", bells, "--json").stdout)["measures"]
    assert found["nll"]["unit"] == "bits/sample"
    assert not {"sliced_wasserstein", "frechet", "valid"} & found.keys()


def test_what_cannot_be_done_is_said(bells: Path, sampled: Path, tmp_path: Path) -> None:
    for said, *words in (
        ("Say what is to be filled in", "inpaint", bells, "--sound", sampled, "--out", tmp_path / "f.wav"),
        ("takes START-END in seconds", "inpaint", bells, "--sound", sampled, "--gap", "a", "--out", tmp_path / "f.wav"),
        ("its start before its end", "inpaint", bells, "--sound", sampled, "--gap", "2-3", "--out", tmp_path / "f.wav"),
        ("takes a number from 2 to 2048", "inpaint", bells, "--sound", sampled, "--every", 1, "--out", tmp_path / "f.wav"),
        ("name a .wav file", "inpaint", bells, "--sound", sampled, "--gap", "0-1"),
        ("does not exist", "inpaint", bells, "--sound", tmp_path / "no.wav", "--gap", "0-1", "--out", tmp_path / "f.wav"),
        ("Sounds are written as .wav", "sample", bells, "--out", tmp_path / "s.png"),
        ("not sounds", "train", "--data", "bells", "--family", "gan", "--out", tmp_path / "v.dgm"),
        ("sounds are kept as WAV", "compress", bells, tmp_path, "--out", tmp_path / "x.dgmz"),
    ):  # fmt: skip
        found = run(*words)
        assert found.exit_code == 2, words
        assert said in found.stderr, found.stderr
