"""Which numbers are black and white: the same pictures in any encoding are the same grey levels, on one scale for a set."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dgm_studio.contract import DataError, rng_for
from dgm_studio.data.files import ArrayParams, source_for_path
from dgm_studio.data.reading import pictures as reader
from dgm_studio.data.reading import pixel_table
from dgm_studio.data.reading.pictures import from_array, read_picture, read_pictures

GREY = np.arange(48 * 64, dtype=np.uint32).reshape(48, 8, 8).astype(np.uint8)
COLOUR = np.stack([GREY, GREY[::-1], GREY[:, ::-1]], -1)

ENCODED = {
    "uint8": lambda x: x,
    "uint16": lambda x: x.astype(np.uint16) * 257,
    "uint16 of 0..255": lambda x: x.astype(np.uint16),
    "int64": lambda x: x.astype(np.int64),
    "float16 of 0..1": lambda x: (x / 255).astype(np.float16),
    "float32 of 0..1": lambda x: (x / 255).astype(np.float32),
    "float64 of 0..1": lambda x: x / 255,
    "float32 of 0..255": lambda x: x.astype(np.float32),
    "float64 of -1..1": lambda x: x / 127.5 - 1,
    "big-endian": lambda x: x.astype(">u2") * 257,
}


@pytest.mark.parametrize("encoding", ENCODED)
def test_an_array_is_the_same_pictures_in_any_encoding(encoding: str) -> None:
    for x in (GREY, COLOUR):
        found = from_array("a.npy", ENCODED[encoding](x))
        np.testing.assert_array_equal(found.x, x)
    assert found.said == () or "255" in found.said[0] or "1/257" in found.said[0]


@pytest.mark.parametrize(
    ("high", "kind", "words"),
    [
        (1, np.uint8, "0..1 stretched to 0..255"),
        (1, np.int64, "0..1 stretched to 0..255"),
        (16, np.float64, "0..16 stretched to 0..255"),
        (16, np.uint8, "0..16 stretched to 0..255"),
        (4095, np.uint16, "0..4095 stretched to 0..255"),
        (1023, np.int32, "0..1023 stretched to 0..255"),
    ],
)
def test_whole_numbers_of_a_small_range_are_stretched_with_a_word(high: int, kind: type, words: str) -> None:
    x = np.linspace(0, high, 5 * 8 * 8).round().astype(kind).reshape(5, 8, 8)
    found = from_array("a.npy", x)
    assert found.said == (words,)
    np.testing.assert_array_equal(found.x, np.rint(x.astype(float) * 255 / high))


def test_bits_are_black_and_white() -> None:
    assert set(from_array("a.npy", GREY > 99).x.flat) == {0, 255}


def test_a_dark_set_is_told() -> None:
    assert "the brightest pixel is 40, where 255 is white" in from_array("a.npy", GREY % 41).said[0]


@pytest.mark.parametrize("kind", [np.uint16, np.float32])
def test_a_folder_has_one_scale_and_no_picture_its_own(tmp_path: Path, load, kind: type) -> None:
    white = 4095 if kind is np.uint16 else 1.0
    for i in range(10):
        value = np.full((32, 32), white * (i + 1) / 10).astype(kind)
        Image.fromarray(value).save(tmp_path / f"{i}.{'png' if kind is np.uint16 else 'tif'}")
    data = load(source_for_path(tmp_path))
    levels = sorted(int(x) for x in {*data.train.x.unique().tolist(), *data.held_out.x.unique().tolist()})
    expected = [round(float(np.array(white * (i + 1) / 10).astype(kind)) * 255 / white) for i in range(10)]
    assert levels == expected
    assert any("stretched to 0..255" in words for words in data.said)
    # a later picture of the same kind is read on the scale of the set
    (kept,) = data.scales.values()
    assert kept == (0.0, white)
    dark = next(tmp_path.glob("0.*"))
    assert (read_picture(dark, dark.name, data.scales).pixels == expected[0]).all()


def test_a_single_dark_picture_is_read_on_the_scale_of_its_run() -> None:
    run = from_array("set.npy", np.arange(17 * 64).reshape(17, 8, 8) % 17)
    one = np.full((8, 8), 4)
    assert (from_array("one.npy", one, run.scales).x == 64).all()
    # but 0..1 in a run on 0..255 is another encoding, not near-black
    assert from_array("one.npy", np.eye(8), {"fractions": (0.0, 255.0)}).x.max() == 255


@pytest.mark.parametrize(
    ("x", "event", "shape", "words"),
    [
        (np.zeros((5, 3, 9, 9)), None, (5, 9, 9, 3), "channels first"),
        (np.zeros((5, 1, 9, 9)), None, (5, 9, 9), ""),
        (np.zeros((5, 9, 9, 1)), None, (5, 9, 9), ""),
        (np.zeros((9, 9, 3, 5)), None, (5, 9, 9, 3), "pictures along the last axis"),
        (np.zeros((9, 9, 5)), None, (5, 9, 9), "pictures along the last axis"),
        (np.zeros((9, 9, 5)), (1, 9, 5), (9, 9, 5), ""),
        (np.zeros((12, 10)), None, (1, 12, 10), "one picture"),
        (np.zeros((12, 10, 3)), None, (1, 12, 10, 3), "one picture"),
        (np.zeros((3, 12, 10)), (3, 12, 10), (1, 12, 10, 3), "channels first"),
        (np.zeros((7, 784)), None, (7, 28, 28), "each row of 784 numbers a picture of 28 x 28"),
        (np.zeros((7, 3072)), None, (7, 32, 32, 3), "channels first"),
        (np.zeros((7, 3, 3, 3)), None, (7, 3, 3, 3), "channels last, though they could come first"),
        (np.zeros((7, 3, 28, 4)), None, (7, 28, 4, 3), "channels first"),
        (np.zeros((7, 3, 8, 3)), (3, 3, 8), (7, 3, 8, 3), ""),
    ],
)
def test_axes_in_any_usual_order(
    x: np.ndarray, event: tuple[int, ...] | None, shape: tuple[int, ...], words: str
) -> None:
    found = from_array("a.npy", x, event=event)
    assert found.x.shape == shape
    assert (words in found.said) if words else not any("channels" in said for said in found.said)


@pytest.mark.parametrize("kind", [np.uint8, np.float32])
def test_four_channels_are_seen_on_white(kind: type) -> None:
    x = np.zeros((2, 9, 9, 4), kind)
    x[0, ..., 3] = x[1, ..., 0] = 255 if kind is np.uint8 else 1
    found = from_array("a.npy", x)
    assert found.x[:, 0, 0].tolist() == [[0, 0, 0], [255, 255, 255]]
    assert "on white" in found.said


@pytest.mark.parametrize(
    "x",
    [
        np.full((3, 8, 8), np.nan), np.full((3, 8, 8), np.inf), np.zeros((3, 8, 8, 2)), np.zeros((2, 2, 8, 8, 3)),
        np.full((3, 8, 8), -1.0), np.zeros((3, 8, 8), complex), np.full((3, 8, 8), 1 << 40),
    ],
)  # fmt: skip
def test_what_cannot_be_told_is_refused(x: np.ndarray) -> None:
    with pytest.raises(DataError, match=r"a\.npy"):
        from_array("a.npy", x)


def test_mnist_as_a_table_is_pictures_with_classes(tmp_path: Path, load) -> None:
    x, y = np.arange(30 * 64).reshape(30, 64) % 251, np.arange(30) % 11
    for name, header in (("kaggle.csv", "label," + ",".join(f"pixel{i}" for i in range(64))), ("plain.csv", "")):
        np.savetxt(tmp_path / name, np.column_stack([y, x]), "%d", ",", header=header, comments="")
        found = read_pictures(tmp_path / name)
        np.testing.assert_array_equal(found.x, x.reshape(30, 8, 8))
        data = load(source_for_path(tmp_path / name))
        assert data.spec.event == (1, 8, 8)
        assert data.spec.classes == tuple(map(str, range(11)))
    np.savetxt(tmp_path / "last.csv", np.column_stack([np.zeros(30), x[:, 1:], y]), "%d", ",")
    np.testing.assert_array_equal(read_pictures(tmp_path / "last.csv").labels, y)
    np.savetxt(tmp_path / "unlabelled.csv", x, "%d", ",")
    assert read_pictures(tmp_path / "unlabelled.csv").labels is None


def test_a_table_of_pixels_may_be_quoted_and_packed(tmp_path: Path, load) -> None:
    x, y = np.arange(30 * 64).reshape(30, 64) % 251, np.arange(30) % 11
    x[:, 0] = 0
    lines = [",".join(f'"{v}"' for v in (*row, kind)) for row, kind in zip(x, y, strict=True)]
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress("\r\n".join(lines).encode("utf-8-sig")))
    found = read_pictures(tmp_path / "t.csv.gz")
    np.testing.assert_array_equal(found.x, x.reshape(30, 8, 8))
    assert load(source_for_path(tmp_path / "t.csv.gz")).spec.classes == tuple(map(str, range(11)))


def test_a_table_of_pixels_is_read_in_small_slices_and_tells_how_far_it_is(tmp_path: Path, load, monkeypatch) -> None:
    x, y = np.arange(900 * 64).reshape(900, 64) % 251, np.arange(900) % 3
    np.savetxt(tmp_path / "t.csv", np.column_stack([y, x]), "%d", ",")
    read = pixel_table.cells_of
    seen: list[int] = []
    monkeypatch.setattr(pixel_table, "_AT_ONCE", 65 * 20)
    monkeypatch.setattr(reader, "_AT_ONCE", 64 * 30)
    monkeypatch.setattr(
        pixel_table, "cells_of", lambda path, lines, *a: seen.append(len(lines)) or read(path, lines, *a)
    )
    work = source_for_path(tmp_path / "t.csv").load(ArrayParams(path=str(tmp_path / "t.csv")), rng_for(0))
    told = [report.what for report in work]
    assert seen == [20] * 45
    assert [words for words in told if words.endswith(": 20 pictures")]
    assert len(told) == 1 + 45 + 45 + 29 + 30  # lines, pixels, their range, their grey levels


@pytest.mark.parametrize(
    ("cells", "reason"),
    [(["7"] * 63, "line 2346 has 63 cells where others have 64"), (["7"] * 63 + ["x"], "line 2346 holds 'x'")],
)
def test_a_bad_line_of_a_long_table_of_pixels_is_named(tmp_path: Path, cells: list[str], reason: str) -> None:
    lines = [",".join(["7"] * 64)] * 3000
    lines[2345] = ",".join(cells)
    (tmp_path / "t.csv").write_text("\n".join(lines))
    with pytest.raises(DataError, match=reason):
        read_pictures(tmp_path / "t.csv")


@pytest.mark.parametrize(
    ("pictures", "labels"),
    [
        ("images.npy", "labels.npy"),
        ("x_train.npy", "y_train.npy"),
        ("X_train.npy", "y_train.npy"),
        ("data.npy", "targets.npy"),
    ],
)
def test_labels_beside_an_array_are_found(tmp_path: Path, load, pictures: str, labels: str) -> None:
    np.save(tmp_path / pictures, GREY)
    np.save(tmp_path / labels, np.arange(48) % 12)
    assert load(source_for_path(tmp_path / pictures)).spec.classes == tuple(map(str, range(12)))
