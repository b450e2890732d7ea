"""One picture file to an array of 8-bit pixels, whatever its mode: palette, CMYK, 16 bits, transparent, turned by EXIF.

Transparent parts become white. What cannot be read raises `DataError` with the reason and the cure.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from dgm_studio.contract import DataError

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".ppm", ".pgm", ".pbm"})

Pixels = NDArray[np.uint8]


def open_picture(path: Path, size: int | None = None) -> Image.Image:
    """The picture as a Pillow image of mode ``L`` or ``RGB``. Raises `DataError`.

    A photograph may come reduced, no smaller than ``size`` pixels a side: JPEG unpacks such a version far faster.
    """
    if not path.exists():
        raise DataError(f"{path} does not exist: check the name and the folder")
    try:
        with Image.open(path) as file:
            if 0 in file.size:
                raise DataError(f"{path} is {file.width} by {file.height} pixels: choose a picture that has some")
            if size is not None:
                file.draft(None, (size, size))
            file.load()
            return eight_bits(ImageOps.exif_transpose(file))
    except UnidentifiedImageError as error:
        raise DataError(f"{path} is not a picture that can be read: save it as PNG or JPEG") from error
    except Image.DecompressionBombError as error:
        raise DataError(f"{path} has too many pixels ({error}): make it smaller first") from error
    except PermissionError as error:
        raise DataError(f"{path} may not be read: change its permissions") from error
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise DataError(f"{path} is damaged or cut short ({error}): get a whole copy or save it again") from error


def eight_bits(image: Image.Image) -> Image.Image:
    """The image in mode ``L`` where it holds grey alone, else in ``RGB``."""
    if image.mode.startswith("I") or image.mode == "F":
        return Image.fromarray(_scaled(np.asarray(image)))
    if "A" in image.getbands() or "transparency" in image.info:
        over = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", over.size, "white"), over).convert(
            "L" if image.mode in ("L", "LA", "La", "1") else "RGB"
        )
    return image if image.mode in ("L", "RGB") else image.convert("L" if image.mode == "1" else "RGB")


def _scaled(values: NDArray[np.generic]) -> Pixels:
    """Grey values of more than 8 bits to 0..255: 16 bits by 1/257, anything else by its own range."""
    grey = np.nan_to_num(values.astype(np.float64))
    low, high = float(grey.min()), float(grey.max())
    if low < 0 or high > 65535 or not np.issubdtype(values.dtype, np.integer):
        grey = (grey - low) / max(high - low, 1e-12) * 255
    else:
        grey = grey / 257 if high > 255 else grey
    return np.round(grey).astype(np.uint8)


def is_grey(image: Image.Image) -> bool:
    """Whether a picture in ``L`` or ``RGB`` shows no colour."""
    if image.mode == "L":
        return True
    red, green, blue = (np.asarray(band, np.int16) for band in image.split())
    return bool((abs(red - green) <= 2).all() and (abs(green - blue) <= 2).all())


def square(image: Image.Image, size: int) -> Image.Image:
    """The middle square, resampled to ``size`` by ``size`` pixels."""
    return ImageOps.fit(image, (size, size), Image.Resampling.LANCZOS)
