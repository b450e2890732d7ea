"""What the verbs read and write: the same file gives the same numbers to all of them, classes keep their names."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from calls import run

from dgm_studio.data.reading.points import read_points

CLASSES = (2, 5, 8, 11)


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four clouds far from zero in seconds and degrees, classes 2, 5, 8, 11, with decimal commas."""
    path = tmp_path_factory.mktemp("table") / "clouds.csv"
    rng = np.random.default_rng(0)
    lines = ["day;seconds;degrees;station"]
    for i in range(400):
        x, y = rng.normal(size=2) * 0.2 + (i % 4, i % 2)
        lines.append(f"{i % 9};{1.7e9 + 900 * x:.3f};{48 + 1e-3 * y:.7f};{CLASSES[i % 4]}".replace(".", ","))
    path.write_text("\n".join(lines))
    return path


COLUMNS = "x=seconds,y=degrees,class=station"


@pytest.fixture(scope="module")
def clouds(table: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("clouds") / "clouds.dgm"
    done = run(
        "train", "--data", table, "--columns", COLUMNS, "--family", "kde", "--conditional", "--steps", "1", "--out", out
    )
    assert done.exit_code == 0, done.output
    assert "clouds.csv: read decimal commas." in done.stderr
    assert "seconds and degrees differ" in done.stderr
    return out


def test_what_the_file_does_not_decide_is_asked_with_the_option_that_says_it(table: Path, tmp_path: Path) -> None:
    done = run("train", "--data", table, "--family", "kde", "--out", tmp_path / "x.dgm")
    assert done.exit_code == 2
    assert "--columns" in done.stderr
    assert "'seconds'" in done.stderr


def test_every_verb_reads_a_file_as_training_does(table: Path, clouds: Path, tmp_path: Path) -> None:
    x = read_points(table, COLUMNS).x
    np.save(tmp_path / "same.npy", x)
    costs = []
    for points in (table, tmp_path / "same.npy"):
        done = run("logprob", clouds, "--points", points, "--out", tmp_path / "nats.npy", "--json")
        assert done.exit_code == 0, done.output
        costs.append(json.loads(done.stdout)["mean"])
        done = run("classify", clouds, "--points", points, "--json")
        assert done.exit_code == 0, done.output
        told = [row["class"] for row in json.loads(done.stdout)["examples"]]
        assert np.mean([a == str(CLASSES[i % 4]) for i, a in enumerate(told)]) > 0.9
        done = run("evaluate", clouds, "--against", points, "--json")
        assert done.exit_code == 0, done.output
        costs.append(json.loads(done.stdout)["measures"]["nll"]["value"])
    assert costs[:2] == pytest.approx(costs[2:])
    assert costs[0] == pytest.approx(-costs[1], abs=1e-3)


@pytest.mark.parametrize("ending", [".npz", ".csv"])
def test_samples_carry_the_classes_of_the_data(clouds: Path, tmp_path: Path, ending: str) -> None:
    out = tmp_path / f"s{ending}"
    assert run("sample", clouds, "-n", "200", "--out", out).exit_code == 0
    points = read_points(out)
    assert points.classes == tuple(map(str, CLASSES))
    if ending == ".npz":
        assert np.load(out)["y"].dtype.kind == "i"
        assert set(np.load(out)["y"].tolist()) == set(CLASSES)
    else:
        assert out.read_text().splitlines()[0] == "seconds,degrees,class"
    # each class lies where the data have it, and no sample is rounded onto another
    for k, name in enumerate(points.classes):
        middle = points.x[points.label == k].mean(0)
        expected = (1.7e9 + 900 * CLASSES.index(int(name)), 48 + 1e-3 * (CLASSES.index(int(name)) % 2))
        assert np.abs(middle - expected)[0] < 300
        assert np.abs(middle - expected)[1] < 3e-4
    assert len(np.unique(points.x[:, 0])) == 200


def test_a_class_is_asked_for_by_its_name_alone(clouds: Path, tmp_path: Path) -> None:
    for label in ("11", "11.0"):
        done = run("sample", clouds, "-n", "20", "--label", label, "--out", tmp_path / "s.npz")
        assert done.exit_code == 0, done.output
        assert np.load(tmp_path / "s.npz")["y"].tolist() == [11] * 20
    for label in ("0", "1", "3", "eleven"):
        done = run("sample", clouds, "-n", "20", "--label", label, "--out", tmp_path / "s.npz")
        assert done.exit_code == 2
        assert "There is 2, 5, 8, 11." in done.stderr


def test_json_has_null_and_a_reason_where_a_number_is_not_finite(clouds: Path, tmp_path: Path) -> None:
    np.save(tmp_path / "far.npy", np.array([[1e30, 0.0], [1.7e9, 48.0], [-1e38, 1e38]]))
    for verb in ("logprob", "classify"):
        out = ("--out", tmp_path / "nats.npy") if verb == "logprob" else ()
        done = run(verb, clouds, "--points", tmp_path / "far.npy", *out, "--json")
        assert done.exit_code == 0, done.output
        told = json.loads(done.stdout, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
        where = "mean" if verb == "logprob" else "examples.0.log_density"
        assert told["not_finite"][where] == "minus infinity"
    nats = np.load(tmp_path / "nats.npy")
    assert nats[0] == nats[2] == -np.inf
    assert np.isfinite(nats[1])


def test_a_file_that_changed_since_is_told(tmp_path: Path) -> None:
    points, out = tmp_path / "a.csv", tmp_path / "a.dgm"
    rng = np.random.default_rng(0)
    np.savetxt(points, rng.normal(size=(200, 2)), delimiter=",")
    assert run("train", "--data", points, "--family", "kde", "--steps", "1", "--out", out).exit_code == 0
    before = run("evaluate", out, "--json")
    assert before.stderr == ""
    np.savetxt(points, rng.normal(size=(200, 2)) + 7, delimiter=",")
    after = run("evaluate", out, "--json")
    assert "have changed since this run was trained on them" in after.stderr
    assert json.loads(after.stdout)["measures"]["nll"] == json.loads(before.stdout)["measures"]["nll"]


def test_pictures_keep_the_numbers_of_their_classes(tmp_path: Path) -> None:
    x = np.random.default_rng(0).integers(0, 256, (48, 8, 8), dtype=np.uint8)
    np.savez(tmp_path / "in.npz", x=x, y=np.array(CLASSES * 12))
    out = tmp_path / "a.dgm"
    done = run("train", "--data", tmp_path / "in.npz", "--family", "kde", "--conditional", "--steps", "1", "--out", out)
    assert done.exit_code == 0, done.output
    assert run("sample", out, "-n", "16", "--out", tmp_path / "s.npz").exit_code == 0
    assert sorted(set(np.load(tmp_path / "s.npz")["y"].tolist())) == list(CLASSES)
    assert run("sample", out, "-n", "4", "--label", "1", "--out", tmp_path / "s.npz").exit_code == 2
