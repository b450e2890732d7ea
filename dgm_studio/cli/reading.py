"""Reading what a verb is given: a run, settings, a class, examples, pictures. What does not fit is said with its cure."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from pydantic import ValidationError

from dgm_studio.contract import DataError
from dgm_studio.data.files import load_array, load_picture, load_points
from dgm_studio.engine import messages as m
from dgm_studio.engine.spec import Sampling
from dgm_studio.studio.wording import explain, nearest

from .job import BadInput, Job, say


def key_values(settings: tuple[str, ...]) -> dict[str, Any]:
    """KEY=VALUE options. Numbers and booleans are told apart by the schema that checks them later."""
    found: dict[str, Any] = {}
    for setting in settings:
        key, sign, value = setting.partition("=")
        if not sign or not key:
            raise BadInput(f"--set takes KEY=VALUE, not {setting!r}.")
        found[key.strip().replace("-", "_") if "." not in key else key.strip()] = value.strip()
    return found


def open_run(run: Path, device: str = "auto") -> tuple[Job, m.Opened]:
    """A saved run, on a device."""
    job = Job()
    opened = job.load(run)
    if device not in ("auto", opened.spec.device):
        job.edit(opened.spec.with_(device=device))
    return job, opened


def class_number(text: str | None, opened: m.Opened) -> int | None:
    """The class number of a name or number. Raises BadInput."""
    if text is None:
        return None
    classes = opened.info.classes if opened.info.uses_label else ()
    if not classes:
        raise BadInput(
            "This run is not conditional on classes, so no label can be asked for. Train with --conditional."
        )
    if text in classes:
        return classes.index(text)
    if text.isdecimal() and int(text) < len(classes):
        return int(text)
    raise BadInput(f"There is no class {text!r}.{nearest(text, list(classes))} There is {', '.join(classes)}.")


def examples_from(path: Path) -> m.Array:
    """Points or images from a file. Raises BadInput."""
    _check_file(path)
    try:
        if path.suffix.lower() in (".png", ".jpg", ".jpeg", ".webp", ".bmp"):
            return load_picture(path)[None]
        if path.suffix.lower() in (".npy", ".npz"):
            array = load_array(path)
            if array.ndim != 2:
                return array
        return load_points(path)
    except DataError as error:
        raise BadInput(f"{error}.") from None


def _check_file(path: Path) -> None:
    if path.is_dir():
        raise BadInput(f"{path} is a folder. Name a file in it.")
    if not path.is_file():
        raise BadInput(f"{path} does not exist. Check the path.")


def temperature(settings: dict[str, Any]) -> float:
    """Take the temperature out of settings. Raises BadInput for one out of range."""
    try:
        return Sampling(temperature=settings.pop("temperature", 1.0)).temperature
    except ValidationError as error:
        raise BadInput(explain(error)) from None


def picture_from(path: Path) -> m.Array:
    """The pixels of a picture file. Raises BadInput."""
    _check_file(path)
    try:
        return load_picture(path)
    except DataError as error:
        raise BadInput(f"{error}.") from None


def fit_picture(path: Path, event: tuple[int, ...]) -> m.Array:
    """A picture as the model knows them: (H, W) or (H, W, 3), converted and resized if need be, which is said."""
    pixels = picture_from(path)
    channels, height, width = event
    picture = Image.fromarray(pixels).convert("L" if channels == 1 else "RGB")
    if (pixels.ndim == 3) != (channels == 3) and not _looks_grey(pixels):
        say(f"{path.name} was made {'grey' if channels == 1 else 'colour'}, as the model knows pictures.")
    if picture.size != (width, height):
        say(
            f"{path.name} is {picture.width}x{picture.height}; it was resized to {width}x{height}, which the model knows."
        )
        picture = picture.resize((width, height), Image.Resampling.LANCZOS)
    return np.asarray(picture)


def _looks_grey(pixels: m.Array) -> bool:
    return pixels.ndim == 3 and bool((pixels[..., :1] == pixels[..., :3]).all())
