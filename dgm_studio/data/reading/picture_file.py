"""One picture file of any mode, decoded: palette, CMYK, 16 bits, fractions, transparent, turned by EXIF.

Numbers of more than 8 bits stay what they are: which is white is decided over the whole set, in `scale`.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError, features

from dgm_studio.data_error import DataError
from dgm_studio.language import tr

from .scale import Numbers, Pixels

SUFFIXES = frozenset(
    {
        ".png", ".jpg", ".jpeg", ".jfif", ".jpe", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".ppm", ".pgm", ".pbm", ".pnm",
        ".apng",
    }
    | ({".avif"} if features.check("avif") else set())
)  # fmt: skip
UNREAD = frozenset({".avif", ".heic", ".heif", ".jxl", ".svg", ".psd", ".raw", ".cr2", ".nef", ".dng"}) - SUFFIXES
"""Pictures of kinds that cannot be read here."""
LOSSY = frozenset({"JPEG", "MPO", "WEBP", "AVIF"})
MOST = 80_000_000
"""Pixels in the largest picture that is read."""


@dataclass(frozen=True)
class DecodedPicture:
    """``values`` (H, W) or (H, W, 3) of any type, or uint8 (H, W, 2) or (H, W, 4) with transparency; ``said`` is what was
    done, ``lossy`` whether its format changes grey levels a little, and ``palette`` whether its colours are numbered.
    """

    values: Numbers
    said: tuple[str, ...] = ()
    lossy: bool = False
    palette: bool = False


def decoded(file: Path | bytes, where: str) -> DecodedPicture:
    """What a picture file holds, its first picture where there are several. Raises `DataError`."""
    try:
        with Image.open(file if isinstance(file, Path) else io.BytesIO(file)) as picture:
            if 0 in picture.size:
                raise DataError(
                    tr(
                        "{where} is {width} by {height} pixels: choose a picture that has some",
                        where=where,
                        width=picture.width,
                        height=picture.height,
                    )
                )
            if picture.width * picture.height > MOST:
                raise DataError(
                    tr(
                        "{where} has too many pixels ({width} by {height}): make it smaller first",
                        where=where,
                        width=picture.width,
                        height=picture.height,
                    )
                )
            picture.load()
            said = []
            if (frames := getattr(picture, "n_frames", 1)) > 1:
                said.append(f"the first of {frames} frames")
            try:
                upright = ImageOps.exif_transpose(picture)
            except Exception:  # Pillow lets through whatever its parsers of TIFF and XML raise
                upright = picture.copy()
                said.append("its damaged EXIF left aside")
            return DecodedPicture(_values(upright), tuple(said), picture.format in LOSSY, picture.mode == "P")
    except DataError:
        raise
    except UnidentifiedImageError:
        raise DataError(tr("{where} is not a picture that can be read: save it as PNG or JPEG", where=where)) from None
    except Image.DecompressionBombError:
        raise DataError(tr("{where} has too many pixels: make it smaller first", where=where)) from None
    except FileNotFoundError:
        raise DataError(tr("{where} does not exist: check the name and the folder", where=where)) from None
    except PermissionError:
        raise DataError(tr("{where} may not be read: change its permissions", where=where)) from None
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise DataError(
            tr(
                "{where} is not a picture that can be read whole, but damaged or cut short ({error}): "
                "get a whole copy or save it again as PNG",
                where=where,
                error=error,
            )
        ) from error


def _values(picture: Image.Image) -> Numbers:
    if picture.mode.startswith("I") or picture.mode == "F":
        values = np.array(picture)
        return values.astype(values.dtype.newbyteorder("="))
    clear = picture.has_transparency_data
    grey = picture.mode in ("1", "L", "LA", "La")
    mode = ("LA" if clear else "L") if grey else ("RGBA" if clear else "RGB")
    if mode == "LA" and picture.mode == "L":  # one level of grey is clear
        picture = picture.convert("RGBA")
    return np.array(picture.convert(mode))


def on_white(pixels: Pixels) -> tuple[Pixels, str]:
    """Pixels (H, W) or (H, W, 3), what is clear made white, and what was done."""
    if pixels.ndim == 2 or pixels.shape[2] == 3:
        return pixels, ""
    grey = pixels.shape[2] == 2
    if (pixels[..., -1] == 255).all():
        return np.ascontiguousarray(pixels[..., 0] if grey else pixels[..., :3]), ""
    over = Image.fromarray(pixels).convert("RGBA")
    flat = Image.alpha_composite(Image.new("RGBA", over.size, "white"), over)
    return np.array(flat.convert("L" if grey else "RGB")), "on white"


def fit(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    """The middle of a picture or mask, as wide and high as ``size`` (H, W), by means of whole pixels.

    One way for all: a picture that is asked about is the one that was learned. A smooth filter rings, and would leak what is
    masked into what is known.
    """
    if pixels.shape[:2] == size:
        return pixels
    return np.array(ImageOps.fit(Image.fromarray(pixels), (size[1], size[0]), Image.Resampling.BOX))


def is_grey(pixels: Pixels) -> bool:
    """Whether a picture (H, W) or (H, W, 3) shows no colour."""
    if pixels.ndim == 2:
        return True
    red, green, blue = (pixels[..., i].astype(np.int16) for i in range(3))
    return bool((abs(red - green) <= 2).all() and (abs(green - blue) <= 2).all())


def coloured(pixels: Pixels, colour: bool) -> Pixels:
    """A picture in colour (H, W, 3) or in grey (H, W)."""
    if (pixels.ndim == 3) == colour:
        return pixels
    return np.array(Image.fromarray(pixels).convert("RGB" if colour else "L"))
