"""The library: numpy in and out, the same numbers as the engine gives the window, and errors in words."""

from __future__ import annotations

import doctest
import importlib
import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import dgm_studio.api as dgm
from benchmarks.reference import PAGE, page
from dgm_studio.api.job import Job
from dgm_studio.protocol import messages as m
from dgm_studio.protocol.spec import DataChoice, RunSpec


@pytest.fixture(scope="module")
def flow() -> dgm.Run:
    return dgm.train("moons", "flow", steps=20, batch=64, seed=3)


@pytest.fixture(scope="module")
def digits() -> dgm.Run:
    return dgm.train(dgm.data("digits"), "vae", steps=20, conditional=True)


@pytest.mark.parametrize("name", [f"dgm_studio.api{part}" for part in ("", ".run", ".data", ".training", ".comparing")])
def test_the_examples_in_the_words_hold(name: str) -> None:
    found = doctest.testmod(importlib.import_module(name))
    assert found.attempted
    assert not found.failed


def test_the_reference_is_that_of_the_docstrings() -> None:
    assert PAGE.read_text("utf-8") == page(), "run python -m benchmarks.reference"
    assert set(dgm.__all__) == {line[8:-1] for line in page().splitlines() if line.startswith("## `dgm.")}


def test_a_way_between_examples_has_its_ends_and_says_what_they_were_taken_for(digits: dgm.Run) -> None:
    way = digits.interpolate(0, 1, 5)
    assert way.frames.shape == (5, 8, 8)
    assert way.geometry in ("line", "sphere")
    assert set(way.classes) <= set(digits.classes)
    again = digits.interpolate(0, 1, 5, geometry=way.geometry)
    np.testing.assert_array_equal(way.frames, again.frames)
    with pytest.raises(dgm.BadInput):
        digits.interpolate(0, 10**9)


def test_samples_come_with_their_path_where_it_is_wanted(flow: dgm.Run) -> None:
    drawn = flow.draw(4, seed=2, path=True)
    np.testing.assert_array_equal(drawn.x, flow.sample(4, seed=2))
    assert drawn.path is not None
    np.testing.assert_allclose(drawn.path[-1], drawn.x, atol=1e-5)
    assert flow.draw(4).path is None
    assert drawn.seconds > 0


def test_anything_that_the_window_asks_can_be_asked(flow: dgm.Run) -> None:
    told = flow.ask(m.Probe(flow.name, np.zeros(2), 1), m.Probed)
    assert told.values
    with pytest.raises(dgm.BadInput):
        flow.ask(m.DrawProgram(flow.name, 1, (), 2), m.ProgramDrawn)


def test_a_comparison_is_a_table_for_a_notebook_and_opens_again(flow: dgm.Run, tmp_path: Path) -> None:
    saved = flow.save(tmp_path / "flow.dgm")
    told: list[str] = []
    found = dgm.compare(saved, on="moons", families=["kde"], budget="steps:2", say=told.append)
    assert [row["family"] for row in found.records()] == ["flow", "kde"]
    assert all(row["sampling"] is not None for row in found.records())
    assert any("Training 1 run" in text for text in told)
    assert found.to_html().count("<tr>") == 3
    assert dgm.open(found.save(tmp_path / "both.dgm")).family == "flow"
    with pytest.raises(dgm.BadInput, match="nothing to compare"):
        dgm.compare()
    with pytest.raises(dgm.BadInput, match="kdee"):
        dgm.compare(on="moons", families=["kdee"])


def test_samples_are_those_the_engine_draws_for_anybody(flow: dgm.Run) -> None:
    job = Job()
    job.open(RunSpec(data=DataChoice(name="moons"), family="flow", training={"batch": 64}, seed=3))
    job.ask(m.Train(job.name, steps=20), m.Finished)
    drawn = job.ask(m.Sample(job.name, 30, 7, 1), m.Samples)
    np.testing.assert_array_equal(flow.sample(30, seed=7), drawn.x)


def test_an_invertible_model_encodes_and_decodes_and_knows_its_density(flow: dgm.Run) -> None:
    x = flow.sample(50)
    z = flow.encode(x)
    assert z.shape == (50, 2)
    np.testing.assert_allclose(flow.decode(z), x, atol=1e-3)
    nats = flow.log_density(x)
    assert nats.shape == (50,)
    assert flow.density_kind == "exact"
    assert nats.mean() > flow.log_density(x + 20).mean()


def test_a_point_is_filled_in_and_what_is_known_of_it_stays(flow: dgm.Run) -> None:
    found = flow.inpaint([0.5, 0.0], [0, 1], 20)
    assert found.shape == (20, 2)
    assert (found[:, 0] == 0.5).all()


def test_images_are_drawn_asked_by_class_and_filled(digits: dgm.Run) -> None:
    assert digits.shape == (8, 8)
    assert digits.classes == tuple("0123456789")
    x = digits.sample(4, label="3")
    assert (x.shape, x.dtype) == ((4, 8, 8), np.uint8)
    np.testing.assert_array_equal(x, digits.sample(4, label=3))
    mask = np.zeros((8, 8))
    mask[4:] = 1
    filled = digits.inpaint(x[0], mask, 2, label="3")
    assert (filled[:, :4] == x[0, :4]).all()
    assert digits.decode(digits.encode(x, label=3), label=3).shape == (4, 8, 8)


def test_measures_come_with_errors_and_floors(flow: dgm.Run) -> None:
    told = flow.evaluate("sliced_wasserstein", "nll")
    assert set(told) == {"sliced_wasserstein", "nll"}
    assert told["sliced_wasserstein"].floor is not None
    assert told["nll"].unit == "nats"
    far = flow.evaluate("sliced_wasserstein", against=np.random.default_rng(0).normal(size=(300, 2)) + 5)
    assert far["sliced_wasserstein"].value > told["sliced_wasserstein"].value


def test_a_run_is_saved_opened_and_trained_on(flow: dgm.Run, tmp_path: Path) -> None:
    again = dgm.open(flow.save(tmp_path / "flow.dgm"))
    assert again.step == 20
    np.testing.assert_array_equal(again.sample(10), flow.sample(10))
    seen: list[dgm.Progress] = []
    again.train(30, progress=seen.append)
    assert again.step == 50
    assert "50 steps" in repr(again)


@pytest.mark.parametrize("kind", ["points", "images", "colours"])
def test_arrays_of_ones_own_are_data_with_their_classes(kind: str) -> None:
    rng = np.random.default_rng(0)
    x = {
        "points": rng.normal(size=(200, 2)),
        "images": rng.integers(0, 255, (60, 8, 8), dtype=np.uint8),
        "colours": rng.integers(0, 255, (60, 8, 8, 3), dtype=np.uint8),
    }[kind]
    run = dgm.train(dgm.data(x, np.arange(len(x)) % 2), "kde" if kind == "points" else "gan", steps=1, conditional=True)
    assert run.sample(3, label=run.classes[1]).shape == (3, *x.shape[1:])


def test_a_notebook_shows_a_picture(flow: dgm.Run, digits: dgm.Run) -> None:
    for run in (flow, digits):
        page = run.to_html()
        assert page.startswith("<figure>")
        image = Image.open(io.BytesIO(run.to_png()))
        assert min(image.size) > 200
        assert np.asarray(image).std() > 5


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda: dgm.train("moonz", "flow"), "moonz"),
        (lambda: dgm.train("moons", "flo"), "flow"),
        (lambda: dgm.train("moons", "flow", widht=3), "widht"),
        (lambda: dgm.train("moons", "flow", steps=0).sample(3, label="x"), "no class"),
        (lambda: dgm.train("moons", "gan", steps=0).log_density([[0, 0]]), "no density"),
        (lambda: dgm.train("moons", "flow", steps=0).decode([[1.0, 2.0, 3.0]]), r"\(n, 2\)"),
        (lambda: dgm.open("nothing.dgm"), "does not exist"),
    ],
)
def test_what_cannot_be_done_is_said(ask, words: str) -> None:
    with pytest.raises(dgm.BadInput, match=words):
        ask()


def test_arrays_of_no_known_shape_are_refused() -> None:
    with pytest.raises(ValueError, match="not an array"):
        dgm.data(np.zeros((3, 4, 5, 6, 7)))


def test_no_window_is_imported() -> None:
    asked = "import dgm_studio.api, sys; print([m for m in sys.modules if m.split('.')[0] in ('PySide6', 'pyqtgraph')])"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_strings_are_texts_and_numbers() -> None:
    run = dgm.train(dgm.data("roman", examples=200), "autoregressive", steps=2, seed=0, width=16, layers=1)
    x = run.sample(3, seed=1)
    assert x.shape == (3, *run.shape)
    texts = run.texts(x)
    assert [text for text in texts if isinstance(text, str)] == texts
    row = run.numbers(["MC_I"])[0]
    filled = run.texts(run.inpaint(row, row == row.max(), 2))
    assert all(text.startswith("MC") for text in filled)
    assert (run.numbers(["XIV"]) == run.numbers(run.texts(run.numbers(["XIV"])))).all()
    assert run.to_png().startswith(b"\x89PNG")
    with pytest.raises(dgm.BadInput, match="'Z', which the data never have"):
        run.numbers(["Z"])
