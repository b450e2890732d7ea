"""Reading what a verb is given: a run, settings, a class, a picture, a mask. What does not fit is said with its cure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from dgm_studio.api import Run
from dgm_studio.api import open as open_saved
from dgm_studio.api.job import BadInput
from dgm_studio.protocol import messages as m
from dgm_studio.protocol.context import Label, parsed, there_are
from dgm_studio.protocol.spec import Sampling
from dgm_studio.studio.painting.images import Taken, fitted, mask_taken, stretched, taken, told
from dgm_studio.studio.wording import explain, nearest

from .examples import check_file, tell
from .job import say


def key_values(settings: tuple[str, ...]) -> dict[str, Any]:
    """KEY=VALUE options. Numbers and booleans are told apart by the schema that checks them later."""
    found: dict[str, Any] = {}
    for setting in settings:
        key, sign, value = setting.partition("=")
        if not sign or not key:
            raise BadInput(f"--set takes KEY=VALUE, not {setting!r}.")
        found[key.strip().replace("-", "_") if "." not in key else key.strip()] = value.strip()
    return found


def known(keys: Iterable[str], names: list[str], where: str) -> None:
    """Settings that there are. Raises BadInput for the first that is not among ``names``."""
    for key in keys:
        if key not in names:
            raise BadInput(
                f"{where} has no setting {key!r}.{nearest(key, names)} There is {', '.join(names) or 'none'}."
            )


def open_run(run: Path, device: str = "auto") -> Run:
    """A saved run, on a device."""
    found = open_saved(run)
    opened = found.opened
    if opened.info.remark:
        say(opened.info.remark)
    return found if device in ("auto", opened.spec.device) else found.set(opened.spec.with_(device=device))


@dataclass(frozen=True)
class AskedBy:
    """What was typed behind ``--label`` and ``--given``; None where nothing was."""

    label: str | None = None
    given: str | None = None


def label_of(asked: AskedBy, opened: m.Opened) -> Label:
    """The class number, or the values of the context, that were asked for. Raises BadInput for what there is not."""
    if asked.given is None:
        return _class_number(asked.label, opened)
    if asked.label is not None:
        raise BadInput("Give --label or --given, not both: a run is conditional on classes or on a context.")
    slots = opened.info.slots
    if not slots:
        cure = "Train with --conditional." if opened.info.context else "These data have none."
        raise BadInput(f"This run has learned no context, so nothing of it can be given. {cure}")
    try:
        return parsed(asked.given, slots)
    except ValueError as error:
        raise BadInput(str(error)) from None


def asked_for(label: Label, opened: m.Opened) -> str | tuple[tuple[str, float | str], ...] | None:
    """The same as the library takes it: a class by its name."""
    return opened.info.classes[label] if isinstance(label, int) else label


def told_of(label: Label) -> dict[str, Any]:
    """What was given of a context, for a report; nothing where nothing was."""
    return {} if label is None or isinstance(label, int) else {"given": dict(label)}


def _class_number(text: str | None, opened: m.Opened) -> int | None:
    if text is None:
        return None
    if opened.info.slots:
        raise BadInput(f"This run is conditional on a context: ask for it by --given. {there_are(opened.info.slots)}")
    classes = opened.info.classes if opened.info.uses_label else ()
    if not classes:
        raise BadInput(
            "This run is not conditional on classes, so no label can be asked for. Train with --conditional."
        )
    for number, name in enumerate(classes):
        if name == text.strip() or _same_number(name, text):
            return number
    raise BadInput(f"There is no class {text!r}.{nearest(text, list(classes))} There is {', '.join(classes)}.")


def _same_number(name: str, text: str) -> bool:
    """Whether both are the same number, however it is written."""
    try:
        return float(name) == float(text)
    except ValueError:
        return False


def temperature(settings: dict[str, Any]) -> float:
    """Take the temperature out of settings. Raises BadInput for one out of range."""
    try:
        return Sampling(temperature=settings.pop("temperature", 1.0)).temperature
    except ValidationError as error:
        raise BadInput(explain(error)) from None


def picture_from(path: Path, opened: m.Opened, *, paint: bool = False) -> m.Array:
    """The pixels of a picture file as training reads them, (H, W), (H, W, 3) or, as ``paint``, (H, W, 4). Raises BadInput."""
    return _taken(path, lambda: taken(path, path.name, opened.info.scales, paint=paint))


def mask_from(path: Path) -> m.Array:
    """The mask in a picture file, (H, W), 255 where something is to be generated. Raises BadInput."""
    return _taken(path, lambda: mask_taken(path, path.name))


def _taken(path: Path, read: Callable[[], Taken]) -> m.Array:
    check_file(path)
    try:
        found = read()
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror or error}. Change its permissions.") from None
    except ValueError as error:
        raise BadInput(f"{error}.") from None
    tell(path, filter(None, (found.said,)))
    return found.pixels


def fit_picture(path: Path, opened: m.Opened) -> m.Array:
    """A picture as the model knows them: (H, W) or (H, W, 3), made to fit if need be, which is said. Raises BadInput."""
    return fit(picture_from(path, opened), path.name, opened.info.event)


def fit(pixels: m.Array, name: str, event: tuple[int, ...]) -> m.Array:
    """Pixels made to fit the model's pictures, as the window does it, which is said."""
    changes = told(pixels, event)
    if changes:
        say(f"{name} was {changes}, as the model knows pictures.")
    return fitted(pixels, event)


def same_size(resize: bool, first: tuple[str, m.Array], *others: tuple[str, m.Array]) -> list[m.Array]:
    """Pixels by file name, all of the size of the first. Raises BadInput where they are not, unless told to stretch them."""
    name, leading = first
    found = []
    for other, pixels in others:
        if pixels.shape[:2] != leading.shape[:2]:
            if not resize:
                raise BadInput(
                    f"{name} is {_size(leading)} pixels and {other} {_size(pixels)}. Give --resize to stretch {other} over "
                    f"{name}."
                )
            say(f"{other} was stretched from {_size(pixels)} to {_size(leading)} pixels, over {name}.")
            pixels = stretched(pixels, leading.shape[:2])
        found.append(pixels)
    return found


def _size(pixels: m.Array) -> str:
    return f"{pixels.shape[1]}x{pixels.shape[0]}"
