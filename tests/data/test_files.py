"""Reading arrays of pictures: good files give what they hold, bad ones a sentence with the file and the cure."""

from __future__ import annotations

import gzip
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

from dgm_studio.contract import DataError
from dgm_studio.data.files import SOURCES, source_for_path
from dgm_studio.data.reading import arrays
from dgm_studio.data.reading.pictures import read_pictures

SIX = np.arange(12, dtype=np.float32).reshape(6, 2)


def idx(array: np.ndarray, kind: int = 8) -> bytes:
    return bytes([0, 0, kind, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


# --- arrays of pictures -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("packed", [False, True])
def test_idx_pictures_find_their_labels(tmp_path: Path, load, packed: bool) -> None:
    x = np.random.default_rng(0).integers(0, 256, (40, 9, 7), dtype=np.uint8)
    y = (np.arange(40) % 4 + 3).astype(np.uint8)
    file = tmp_path / f"train-images-idx3-ubyte{'.gz' * packed}"
    file.write_bytes(gzip.compress(idx(x)) if packed else idx(x))
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(idx(y))
    data = load(source_for_path(file))
    assert data.spec.event == (1, 9, 7)
    assert data.spec.classes == ("3", "4", "5", "6")
    where = {row.tobytes(): label for row, label in zip(x, y, strict=True)}
    for picture, label in zip(data.train.x.numpy()[:, 0], data.train.label, strict=True):
        assert where[picture.tobytes()] == int(data.spec.classes[label])


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    ("kind", "element"), [(8, ">u1"), (9, ">i1"), (11, ">i2"), (12, ">i4"), (13, ">f4"), (14, ">f8")]
)
def test_idx_of_any_element_type_is_the_same_pictures(tmp_path: Path, kind: int, element: str, packed: bool) -> None:
    x = np.random.default_rng(0).integers(0, 128, (5, 8, 9))
    x[0, 0, 0] = 127
    content = idx(x.astype(element), kind)
    file = tmp_path / f"x-idx3{'.gz' * packed}"
    file.write_bytes(gzip.compress(content) if packed else content)
    np.testing.assert_array_equal(read_pictures(file).x, x)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "begins with nothing, not with an IDX magic number"),
        (b"\x89PNG\r\n", "not with an IDX magic number"),
        (idx(np.zeros((2, 3, 3), np.uint8), kind=7), "elements of type 0x07, which IDX has not"),
        (idx(np.zeros((2, 3, 3), np.uint8), kind=13), "cut short: 18 of 72 bytes"),
        (idx(np.zeros((2, 3, 3), np.uint8))[:8], "cut short inside its header"),
        (idx(np.zeros((2, 3, 3), np.uint8))[:-1], "cut short: 17 of 18 bytes"),
        (bytes([0, 0, 8, 3]) + b"\xff" * 12, "claims"),
        (idx(np.zeros(5, np.uint8)), "holds labels: choose the images file"),
        (idx(np.zeros((0, 3, 3), np.uint8)), "empty array"),
    ],
)
def test_bad_idx_is_refused(tmp_path: Path, load, content: bytes, reason: str) -> None:
    (tmp_path / "bad.idx").write_bytes(content)
    with pytest.raises(DataError, match=reason) as refused:
        load(source_for_path(tmp_path / "bad.idx"))
    assert "bad.idx" in str(refused.value)


def test_a_packed_idx_that_ends_early_is_refused(tmp_path: Path, load) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (40, 28, 28), dtype=np.uint8)
    (tmp_path / "cut.idx.gz").write_bytes(gzip.compress(idx(noise))[:900])
    with pytest.raises(DataError, match="damaged"):
        load(source_for_path(tmp_path / "cut.idx.gz"))


@pytest.mark.parametrize(
    ("array", "event"),
    [
        (np.full((10, 8, 6), 255, np.uint8), (1, 8, 6)),
        (np.ones((10, 8, 6, 3)), (3, 8, 6)),
        (np.ones((10, 3, 8, 6), np.float32), (3, 8, 6)),
        (np.ones((10, 8, 6, 1), bool), (1, 8, 6)),
        (np.full((10, 8, 6), 65535, np.uint16), (1, 8, 6)),
        (np.full((10, 8, 6), 255.0), (1, 8, 6)),
    ],
)
def test_npz_of_any_usual_layout_and_type(tmp_path: Path, load, array: np.ndarray, event: tuple[int, ...]) -> None:
    np.savez_compressed(tmp_path / "set.npz", images=array, labels=np.repeat([0, 5], 5))
    data = load(source_for_path(tmp_path / "set.npz"))
    assert data.spec.event == event
    assert data.spec.classes == ("0", "5")
    assert (data.train.x == 255).all()


@pytest.mark.parametrize(
    ("arrays", "reason"),
    [
        ({"foo": SIX, "bar": SIX}, "holds foo, bar: name the array of examples 'x' or 'images'"),
        ({"x": np.array([{}, 1], dtype=object)}, "Python objects, which are never opened"),
        ({"x": np.zeros((4, 8, 8, 2))}, "shape"),
        ({"x": np.zeros((4, 8, 0))}, "empty array"),
        ({"x": np.full((4, 8, 8), np.nan)}, "NaN"),
        ({"x": np.full((4, 8, 8), -1.0)}, "scale them"),
        ({"x": np.full((4, 8, 8), "a")}, "save pixels as uint8"),
        ({"x": np.zeros((4, 8, 8)), "y": np.zeros(3, int)}, "for 4 examples: save one label each"),
        ({"x": np.zeros((4, 8, 8)), "y": np.full(4, 0.5)}, "whole numbers or words"),
    ],
)
def test_bad_npz_is_refused(tmp_path: Path, load, arrays: dict[str, np.ndarray], reason: str) -> None:
    np.savez(tmp_path / "bad.npz", **arrays)
    with pytest.raises(DataError, match=reason) as refused:
        load(source_for_path(tmp_path / "bad.npz"))
    assert "bad.npz" in str(refused.value)


def test_an_npz_cut_short_or_blown_up_is_refused(tmp_path: Path, load, monkeypatch: pytest.MonkeyPatch) -> None:
    np.savez_compressed(tmp_path / "set.npz", x=np.zeros((50, 28, 28), np.uint8))
    (tmp_path / "cut.npz").write_bytes((tmp_path / "set.npz").read_bytes()[:150])
    with pytest.raises(DataError, match="not an NPZ file"):
        load(source_for_path(tmp_path / "cut.npz"))
    monkeypatch.setattr(arrays, "MAX_BYTES", 10_000)
    with pytest.raises(DataError, match="unpacks to"):
        load(source_for_path(tmp_path / "set.npz"))
    with zipfile.ZipFile(tmp_path / "text.npz", "w") as archive:
        archive.writestr("x.npy", "hello")
    with pytest.raises(DataError, match=r"text\.npz"):
        load(source_for_path(tmp_path / "text.npz"))


# --- choosing ---------------------------------------------------------------------------------------------------------


def test_name_and_parameters_are_enough_to_load_again(tmp_path: Path, load) -> None:
    np.save(tmp_path / "points.npy", SIX)
    chosen = source_for_path(tmp_path / "points.npy")
    assert chosen.title == "points.npy"
    listed = {source.name: source for source in SOURCES}[chosen.name]
    again = load(listed, **chosen.Params().model_dump())
    assert again.train.x.equal(load(chosen).train.x)


def test_missing_and_unknown_paths_are_refused(tmp_path: Path, load) -> None:
    with pytest.raises(DataError, match=r"nope\.csv does not exist"):
        source_for_path(tmp_path / "nope.csv")
    (tmp_path / "notes.docx").write_text("hello")
    with pytest.raises(DataError, match="not known: give a folder"):
        source_for_path(tmp_path / "notes.docx")
    for name, cure in (("a.xlsx", "as CSV"), ("a.tar.gz", "pack it as ZIP"), ("a.pkl", "as NPZ")):
        (tmp_path / name).write_bytes(b"PK")
        with pytest.raises(DataError, match=cure):
            source_for_path(tmp_path / name)
    for source in SOURCES:
        with pytest.raises(DataError, match="is chosen: choose one"):
            load(source)
