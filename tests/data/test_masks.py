"""Masks as people have them: what is known is exactly 0, what is to be generated exactly 255, and it is said how."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dgm_studio.contract import DataError
from dgm_studio.data.reading.masks import read_mask

MASK = np.zeros((16, 16), bool)
MASK[4:12, 6:15] = True
TRUTH = MASK * np.uint8(255)


def packed(picture: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def palette() -> Image.Image:
    labels = Image.fromarray(MASK.astype(np.uint8), "L").convert("P")
    labels.putdata(MASK.astype(int).ravel().tolist())
    labels.putpalette([0, 0, 0, 128, 0, 0])
    return labels


def painted(colour: tuple[int, int, int]) -> Image.Image:
    x = np.zeros((16, 16, 4), np.uint8)
    x[..., :3] = colour
    x[..., 3] = TRUTH
    return Image.fromarray(x)


def with_a_hole() -> Image.Image:
    x = np.random.default_rng(0).integers(0, 256, (16, 16, 4), dtype=np.uint8)
    x[..., 3] = 255 - TRUTH
    return Image.fromarray(x)


FORMS = {
    "white": (packed(Image.fromarray(TRUTH)), ""),
    "bits": (packed(Image.fromarray(MASK)), ""),
    "0 and 1": (packed(Image.fromarray(MASK.astype(np.uint8))), "0..1 stretched"),
    "16 bits of 0 and 1": (packed(Image.fromarray(MASK.astype(np.uint16))), "0..1 stretched"),
    "16 bits": (packed(Image.fromarray(MASK.astype(np.uint16) * 65535)), "1/257"),
    "fractions": (packed(Image.fromarray(MASK.astype(np.float32)), "TIFF"), "0..1 stretched"),
    "palette": (packed(palette()), "every colour but black"),
    "palette as colours": (packed(palette().convert("RGB")), "every colour but black"),
    "palette as grey": (packed(palette().convert("L")), "nowhere above 15% white"),
    "labels": (packed(Image.fromarray((MASK * (1 + np.arange(16) // 9)).astype(np.uint8))), "every label but 0"),
    "faint": (packed(Image.fromarray(TRUTH // 25)), "stretched"),
    "JPEG": (packed(Image.fromarray(TRUTH), "JPEG", quality=75), "taken for black or white"),
    "WebP": (packed(Image.fromarray(TRUTH).convert("RGB"), "WEBP", quality=90), "taken for black or white"),
    "alpha alone": (packed(painted((0, 0, 0))), "what is painted is generated"),
    "white paint": (packed(painted((255, 255, 255))), "what is painted is generated"),
    "red paint": (packed(painted((200, 0, 0))), "what is painted is generated"),
    "a hole": (packed(with_a_hole()), "what is clear in the picture is generated"),
}


def as_array(array: np.ndarray) -> bytes:
    out = io.BytesIO()
    np.save(out, array)
    return out.getvalue()


ARRAYS = {
    "bits": MASK,
    "one picture of bits": MASK[None],
    "channels last": np.repeat(MASK[..., None], 3, 2).astype(float),
    "whole numbers": MASK.astype(np.int64),
    "fractions": MASK.astype(np.float32),
    "labels": MASK * (1 + np.arange(16) // 9),
}


@pytest.mark.parametrize("form", ARRAYS)
def test_a_mask_in_an_array_generates_where_it_says(tmp_path: Path, form: str) -> None:
    (tmp_path / "m.npy").write_bytes(as_array(ARRAYS[form]))
    np.testing.assert_array_equal(read_mask(tmp_path / "m.npy", "m.npy").pixels, TRUTH)


def test_colours_without_black_do_not_say_what_is_known() -> None:
    red_on_white = np.where(MASK[..., None], [255, 0, 0], [255, 255, 255]).astype(np.uint8)
    with pytest.raises(DataError, match=r"m\.png has colours and no black.*paint what is known black"):
        read_mask(packed(Image.fromarray(red_on_white)), "m.png")


@pytest.mark.parametrize("form", FORMS)
def test_a_mask_in_any_form_generates_where_it_says(form: str) -> None:
    data, words = FORMS[form]
    found = read_mask(data, "m.png")
    np.testing.assert_array_equal(found.pixels, TRUTH)
    assert words in "; ".join(found.said)
    assert words or not found.said


def test_soft_masks_keep_their_strengths() -> None:
    soft = np.tile(np.arange(16, dtype=np.uint8) * 17, (16, 1))
    found = read_mask(packed(Image.fromarray(soft)), "m.png")
    np.testing.assert_array_equal(found.pixels, soft)
    assert found.said == ()
    half = read_mask(packed(Image.fromarray(TRUTH // 2 + MASK)), "m.png")
    assert half.pixels.max() == 128


def test_the_grey_that_jpeg_leaves_is_known() -> None:
    nearly = np.where(MASK, 253, np.arange(256).reshape(16, 16) % 4).astype(np.uint8)
    np.testing.assert_array_equal(read_mask(packed(Image.fromarray(nearly)), "m.png").pixels, TRUTH)


def test_a_black_mask_generates_nothing() -> None:
    assert not read_mask(packed(Image.fromarray(TRUTH * 0)), "m.png").pixels.any()
