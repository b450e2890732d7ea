"""The same pictures in any encoding give the same numbers to all verbs, and a run remembers how its data were scaled."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
from calls import run
from PIL import Image

X = np.random.default_rng(0).integers(0, 256, (4, 8, 8)).repeat(12, 0).astype(np.uint8)
X[:, 0, 0], X[:, 0, 1] = 0, 255
X[:, 7] = (X[:, 7] // 2 + np.arange(48)[:, None] % 7).astype(np.uint8)
Y = np.arange(4).repeat(12)

ENCODED = {
    "uint16": X.astype(np.uint16) * 257,
    "float16": (X / 255).astype(np.float16),
    "float64": X / 255,
    "float32 of 0..255": X.astype(np.float32),
    "-1..1": X / 127.5 - 1,
    "NCHW": X[:, None],
    "NHWC": X[..., None],
    "rows": X.reshape(48, 64),
    "RGB": np.stack([X] * 3, -1),
    "RGBA": np.stack([X, X, X, np.full_like(X, 255)], -1),
    "int64": X.astype(np.int64),
}


def trained(data: Path, out: Path, *more: str) -> Path:
    done = run("train", "--data", data, "--family", "kde", "--steps", "1", "--out", out, *more)
    assert done.exit_code == 0, done.output
    return out


def learned(path: Path) -> np.ndarray:
    with zipfile.ZipFile(path) as archive:
        return np.load(io.BytesIO(archive.read("examples.npz")))["train"]


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("plain")
    np.savez(folder / "x.npz", x=X, y=Y)
    return trained(folder / "x.npz", folder / "x.dgm", "--conditional")


Told = tuple[list[str], list[float], float, float]


def told(plain: Path, points: Path, tmp_path: Path) -> Told:
    done = run("classify", plain, "--points", points, "--json")
    assert done.exit_code == 0, done.output
    rows = json.loads(done.stdout)["examples"]
    nats = json.loads(run("logprob", plain, "--points", points, "--out", tmp_path / "n.npy", "--json").stdout)["mean"]
    measures = json.loads(run("evaluate", plain, "--against", points, "--json").stdout)["measures"]
    return [row["class"] for row in rows], [row["log_density"] for row in rows], nats, measures["nll"]["value"]


@pytest.fixture(scope="module")
def as_bytes(plain: Path, tmp_path_factory: pytest.TempPathFactory) -> Told:
    """What verbs say of the pictures as an array of bytes."""
    folder = tmp_path_factory.mktemp("bytes")
    np.save(folder / "plain.npy", X)
    return told(plain, folder / "plain.npy", folder)


@pytest.fixture(scope="module")
def from_bytes(tmp_path_factory: pytest.TempPathFactory) -> np.ndarray:
    """What is learned of the pictures as an array of bytes."""
    folder = tmp_path_factory.mktemp("learned")
    np.save(folder / "plain.npy", X)
    return learned(trained(folder / "plain.npy", folder / "a.dgm"))


@pytest.mark.parametrize("encoding", ENCODED)
def test_an_array_gives_the_same_numbers_to_every_verb_in_any_encoding(
    encoding: str, plain: Path, as_bytes: Told, from_bytes: np.ndarray, tmp_path: Path
) -> None:
    np.save(tmp_path / "other.npy", ENCODED[encoding])
    expected, found = as_bytes, told(plain, tmp_path / "other.npy", tmp_path)
    assert found[0] == expected[0] == list(map(str, Y))
    assert found[1:] == expected[1:]
    if encoding not in ("RGB", "RGBA"):
        np.testing.assert_array_equal(from_bytes, learned(trained(tmp_path / "other.npy", tmp_path / "b.dgm")))


def test_a_picture_file_is_read_by_classify_as_training_reads_it(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    folder = tmp_path / "set"
    folder.mkdir()
    for i in range(12):
        x = np.zeros((40, 50, 4), np.uint8)
        x[..., :3] = rng.integers(0, 256, 3)
        x[5:25, 9:30, 3] = 255
        Image.fromarray(x).save(folder / f"{i}.png")
    path = trained(folder, tmp_path / "a.dgm", "--set", "data.size=8")
    train = np.moveaxis(learned(path), 1, -1)
    np.save(tmp_path / "train.npy", train)
    want = [row["log_density"] for row in json.loads(run("classify", path, "--points", tmp_path / "train.npy", "--json").stdout)["examples"]]  # fmt: skip # noqa: E501
    got = []
    for i in range(12):
        done = run("classify", path, "--image", folder / f"{i}.png", "--json")
        assert "on white" in done.stderr
        got.append(json.loads(done.stdout)["examples"][0]["log_density"])
    assert set(want) <= set(got)


def test_a_single_picture_is_read_on_the_scale_of_the_run(tmp_path: Path) -> None:
    x = np.rint(X / 255 * 16)
    np.save(tmp_path / "set.npy", x)
    path = trained(tmp_path / "set.npy", tmp_path / "a.dgm")
    dark = x[:1] / 2  # whose brightest pixel is 8, which alone would be taken for white
    np.save(tmp_path / "dark.npy", dark)
    np.save(tmp_path / "bytes.npy", np.rint(dark * 255 / 16).astype(np.uint8))
    nats = [
        json.loads(run("classify", path, "--points", tmp_path / name, "--json").stdout)["examples"][0]["log_density"]
        for name in ("dark.npy", "bytes.npy")
    ]
    assert nats[0] == nats[1]


def test_skipped_files_are_all_in_the_report(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    folder.mkdir()
    for i in range(8):
        Image.new("L", (8, 8), 30 * i).save(folder / f"{i}.png")
        (folder / f"{i}.txt").write_text("no picture")
    done = run("train", "--data", folder, "--family", "kde", "--steps", "1", "--out", tmp_path / "a.dgm", "--json")
    problems = json.loads(done.stdout)["problems"]
    assert len(problems) == 8
    assert done.stderr.count("was skipped") == 3
    assert "and 5 more" in done.stderr


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pictures of every class in a folder of its name, with a file that is none; also as a ZIP."""
    folder = tmp_path_factory.mktemp("shelf") / "set"
    for i, (x, y) in enumerate(zip(X, Y, strict=True)):
        (folder / str(y)).mkdir(parents=True, exist_ok=True)
        Image.fromarray(x).save(folder / str(y) / f"{i:02}.png")
    (folder / "1" / "notes.txt").write_text("no picture")
    shutil.make_archive(str(folder), "zip", folder)
    return folder


@pytest.mark.parametrize("packed", [False, True])
def test_a_folder_or_zip_gives_the_numbers_of_its_pictures_to_every_verb(
    plain: Path, as_bytes: Told, shelf: Path, tmp_path: Path, packed: bool
) -> None:
    path = shelf.with_suffix(".zip") if packed else shelf
    assert told(plain, path, tmp_path) == as_bytes
    done = run("logprob", plain, "--points", path, "--out", tmp_path / "n.npy", "--json")
    report = json.loads(done.stdout)
    assert report["files"] == [f"{y}/{i:02}.png" for i, y in enumerate(Y)]
    assert len(report["problems"]) == 1
    assert "notes.txt was skipped" in done.stderr


def test_classify_counts_how_often_it_agrees_with_the_classes_that_are_given(
    plain: Path, shelf: Path, tmp_path: Path
) -> None:
    agreed = json.loads(run("classify", plain, "--image", shelf, "--json").stdout)
    assert (agreed["accuracy"], agreed["accuracy_over"]) == (1.0, 48)
    assert {row["given"] for row in agreed["examples"]} == set("0123")
    np.savez(tmp_path / "odd.npz", x=X, y=np.where(np.arange(48) % 4 == 0, "other", np.roll(Y, 12).astype(str)))
    done = run("classify", plain, "--points", tmp_path / "odd.npz", "--json")
    assert "other is no class of this run: 12 examples not counted" in done.stderr
    assert (json.loads(done.stdout)["accuracy"], json.loads(done.stdout)["accuracy_over"]) == (0.0, 36)
    assert "Accuracy 100.0%: 48 of 48" in run("classify", plain, "--points", shelf).stdout


def test_a_folder_without_pictures_is_refused_with_the_cure(plain: Path, tmp_path: Path) -> None:
    done = run("classify", plain, "--points", tmp_path)
    assert done.exit_code == 2
    assert "holds no pictures: put PNG" in done.stderr


@pytest.mark.parametrize("form", ["0 and 1", "palette", "JPEG"])
def test_what_a_mask_keeps_is_identical_and_the_rest_is_generated(digits: Path, tmp_path: Path, form: str) -> None:
    picture = np.random.default_rng(0).integers(0, 255, (8, 8), np.uint8)
    free = np.zeros((8, 8), bool)
    free[4:] = True
    mask = Image.fromarray(free.astype(np.uint8)) if form == "0 and 1" else Image.fromarray(free * np.uint8(255))
    if form == "palette":
        mask = Image.fromarray(free * np.uint8(1)).convert("P")
        mask.putdata(free.astype(int).ravel().tolist())
        mask.putpalette([0, 0, 0, 128, 0, 0])
    file = tmp_path / ("m.jpg" if form == "JPEG" else "m.png")
    mask.save(file)
    Image.fromarray(picture).save(tmp_path / "a.png")
    done = run("inpaint", digits, "--image", tmp_path / "a.png", "--mask", file, "-n", "2", "--out", tmp_path / "o.png")
    assert done.exit_code == 0, done.output
    for tile in np.split(np.asarray(Image.open(tmp_path / "o.png")), 2, axis=1):
        assert np.array_equal(tile[:4], picture[:4])
        assert not np.array_equal(tile[4:], picture[4:])
