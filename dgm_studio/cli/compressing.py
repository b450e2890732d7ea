"""The verbs compress and decompress: pictures to a file by a saved run's own probabilities, and back, bit for bit."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np

from dgm_studio import atomic
from dgm_studio.api.job import RUN, BadInput
from dgm_studio.contract import DataError, finish
from dgm_studio.data.reading.folder import is_set
from dgm_studio.data.reading.listing import listed
from dgm_studio.data.reading.pictures import read_picture, read_pictures
from dgm_studio.protocol import messages as m
from dgm_studio.studio.files.export import write_samples
from dgm_studio.studio.painting.images import to_png, told

from . import output
from .examples import check_file, tell
from .job import result
from .reading import open_run

_ALL = 1 << 40


def compress_run(
    run: Path, images: Path | None, held_out: bool, rounded: bool, device: str, out: Path, as_json: bool
) -> None:
    output.check_target(out, (".dgmz",))
    if (images is not None) + held_out != 1:
        raise BadInput("Give the IMAGES, or --held-out for the run's own held-out pictures.")
    model = open_run(run, device)
    opened = model.opened
    if not opened.info.lossless:
        raise BadInput(opened.info.lossy)
    examples = None if images is None else _unchanged(images, opened)
    question = m.Compress(RUN, 1, "held-out" if examples is None else "examples", examples, _ALL, rounded)
    answer = model.ask(question, m.Compressed)
    atomic.write(out, answer.data)
    n, size = len(answer.images), len(answer.data)
    numbers = n * int(np.prod(opened.info.event))
    values = {
        "out": str(out), "n": n, "bytes": size, "coded": answer.coded, "head": size - answer.coded, "ideal": answer.ideal,
        **answer.sizes, "bits_per_dimension": 8 * size / numbers, "levels": answer.levels, "rounded": answer.rounded,
        "verified": True,
    }  # fmt: skip
    usual = ", ".join(f"{name} {bytes_:,}" for name, bytes_ in answer.sizes.items())
    lossy = (
        f" Pictures were rounded to {answer.levels} grey levels first: that loss is not in the file." * answer.rounded
    )
    result(
        values,
        as_json,
        f"Wrote {n:,} pictures to {out}: {size:,} bytes, of which {answer.coded:,} are pictures (ideal {answer.ideal:,.1f}; "
        f"{usual}). Read back and compared.{lossy}",
    )


def decompress_run(run: Path, file: Path, device: str, out: Path, as_json: bool) -> None:
    ending = output.check_target(out, (".npy", ".npz", ".zip"))
    check_file(file)
    model = open_run(run, device)
    answer = model.ask(m.Decompress(RUN, file.read_bytes(), 1), m.Decompressed)
    if ending == ".zip":
        atomic.write(out, _zipped(answer.images))
    else:
        write_samples(out, answer.images, None)
    values = {"out": str(out), "n": len(answer.images), "intact": answer.intact}
    result(values, as_json, f"Wrote {len(answer.images):,} pictures to {out}, bit for bit as they were compressed.")


def _zipped(pictures: m.Array) -> bytes:
    """A ZIP of numbered PNG files."""
    buffer, digits = io.BytesIO(), len(str(len(pictures) - 1))
    with zipfile.ZipFile(buffer, "w") as archive:
        for i, picture in enumerate(pictures):
            archive.writestr(f"{i:0{digits}}.png", to_png(picture))
    return buffer.getvalue()


def _unchanged(path: Path, opened: m.Opened) -> m.Array:
    """The pictures of a file, folder or ZIP as they are, (n, H, W) or (n, H, W, 3). Raises BadInput where they would have to be
    made to fit."""
    event = opened.info.event
    try:
        if path.exists() and is_set(path):
            listing = finish(listed(path))
            if listing.skipped or not listing.entries:
                raise BadInput(f"{listing.skipped[0] if listing.skipped else f'{path} holds no pictures'}.")
            return np.stack(
                [
                    _fitting(read_picture(e.file(), e.where, opened.info.scales).pixels, e.where, event)
                    for e in listing.entries
                ]
            )
        check_file(path)
        found = read_pictures(path, opened.info.scales, event)
    except DataError as error:
        raise BadInput(f"{error}.") from None
    tell(path, found.said)
    return np.stack([_fitting(picture, path.name, event) for picture in found.x])


def _fitting(pixels: m.Array, name: str, event: tuple[int, ...]) -> m.Array:
    """The picture itself. Raises BadInput where it is of another size or has colours that the model does not know."""
    channels, height, width = event
    if channels == 1 and pixels.ndim == 3 and bool((pixels == pixels[..., :1]).all()):
        pixels = pixels[..., 0]
    if channels == 3 and pixels.ndim == 2:
        pixels = np.repeat(pixels[..., None], 3, 2)
    changes = told(pixels, event)
    if changes:
        raise BadInput(
            f"{name} would have to be {changes}, and a file of it would not be without loss. Give "
            f"{'grey' if channels == 1 else 'colour'} pictures of {width} × {height} pixels, as the run was trained on."
        )
    return pixels
