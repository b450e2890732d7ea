"""What is said about quality, and samples written to files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dgm_studio.data.reading.points import read_points
from dgm_studio.engine.catalogue import measures
from dgm_studio.protocol.messages import Curve, Measured
from dgm_studio.studio.files.export import mosaic, write_samples
from dgm_studio.studio.reading.quality import (
    by_topic,
    ranked,
    rounded,
    sentences,
    short_unit,
    together,
    value_said,
)


@pytest.mark.parametrize(
    ("value", "error", "said"),
    [
        (0.08662, 0.01352, "0.087 ± 0.014"),
        (0.08662, 0.0313, "0.09 ± 0.03"),
        (-0.0019, 0.00015, "-0.00190 ± 0.00015"),
        (93807.65, 412.3, "93,808 ± 412"),
        (35.0, 0.0, "35"),
        (1.0, 4e-39, "1"),
        (0.75, None, "0.75"),
        (float("nan"), 1.0, "–"),
    ],
)
def test_values_have_as_many_digits_as_their_error_allows(value: float, error: float | None, said: str) -> None:
    assert value_said(value, error) == said
    assert rounded(value, error) == said.split(" ±")[0]


def curves(*names: str) -> dict[str, Curve]:
    """Curves of these measures, as the engine tells of them; one that nobody knows has no topic."""
    known = measures()
    at = np.arange(1.0, 4.0)
    placed = {n: {"topic": known[n].topic, "rank": known[n].rank, "training": known[n].training} for n in known}
    return {name: Curve(at, at, **placed.get(name, {})) for name in names}


def test_the_exact_gap_leads_then_the_distance() -> None:
    assert ranked(curves("copying", "sliced_wasserstein", "gap")) == ["gap", "sliced_wasserstein", "copying"]
    assert ranked(curves("copying", "recall")) == ["copying", "recall"]


def test_measures_of_the_same_thing_stand_together() -> None:
    shown = curves("my_own", "gap", "nll", "nll_train", "frechet", "modes", "copying")
    assert by_topic(shown) == [["gap", "nll"], ["frechet"], ["modes", "copying"], ["my_own"]]
    assert by_topic(curves("nll_train", "frechet")) == [["nll_train"], ["frechet"]]


def test_held_out_and_training_data_are_drawn_together() -> None:
    assert together("nll", curves("nll", "nll_train")) == {"nll": "held-out", "nll_train": "training"}
    assert together("nll", curves("nll")) == {"nll": "held-out"}
    assert together("gap", curves("gap", "nll_train")) == {"gap": ""}
    assert together("", {}) == {}


def test_units_are_short_behind_a_number() -> None:
    assert short_unit("bits/dim") == "bits/dim"
    assert short_unit("share") == ""
    assert short_unit("nats") == "nats"


def test_sentences_follow_the_order_of_the_measures() -> None:
    said = {"gap": "0.07 nats above the entropy.", "copying": "No sign of copying (C_T = 0.3)."}
    measured = Measured("r", 1, {"copying": {}, "gap": {}}, said)
    assert sentences(measured) == ["0.07 nats above the entropy.", "No sign of copying (C_T = 0.3)."]
    assert sentences(None) == []


def test_a_mosaic_has_no_gaps() -> None:
    images = np.arange(5 * 2 * 3, dtype=np.uint8).reshape(5, 2, 3)
    whole = mosaic(images)
    assert whole.shape == (4, 9)
    np.testing.assert_array_equal(whole[:2, 3:6], images[1])
    assert not whole[2:, 6:].any()


def test_images_are_written_as_they_are(tmp_path: Path) -> None:
    x = np.random.default_rng(0).integers(0, 256, (4, 8, 8, 3), dtype=np.uint8)
    write_samples(tmp_path / "x.png", x, None)
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "x.png")), mosaic(x))
    write_samples(tmp_path / "x.npz", x, np.arange(4), ("2", "5", "8", "11"))
    with np.load(tmp_path / "x.npz") as saved:
        np.testing.assert_array_equal(saved["x"], x)
        np.testing.assert_array_equal(saved["y"], [2, 5, 8, 11])


@pytest.mark.parametrize(
    ("classes", "names"),
    [(("2", "5", "11"), ("height", "weight")), (("Iris setosa", "a,b", "ä"), ("", ""))],
)
@pytest.mark.parametrize("ending", [".csv", ".npz"])
def test_exported_points_are_read_as_the_same_points_and_classes(tmp_path: Path, classes, names, ending) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(40, 2)) * (900, 1e-3) + (1.7e9, 5)
    label = np.arange(40) % 3
    write_samples(tmp_path / f"x{ending}", x, label, classes, names)
    read = read_points(tmp_path / f"x{ending}")
    assert (np.abs(read.x - x) < 1e-6 * x.std(0)).all()
    assert [read.classes[k] for k in read.label] == [classes[k] for k in label]
    if ending == ".csv" and all(names):
        assert read.names == names


@pytest.mark.parametrize(
    ("name", "shape"), [("x.csv", (4, 8, 8)), ("x.docx", (4, 2)), ("x.png", (4, 2)), ("x", (4, 2))]
)
def test_a_form_that_does_not_fit_is_refused_with_the_ones_that_do(tmp_path: Path, name: str, shape) -> None:
    with pytest.raises(ValueError, match="choose one of these"):
        write_samples(tmp_path / name, np.zeros(shape, np.uint8), None)
    assert not list(tmp_path.glob("x*"))
