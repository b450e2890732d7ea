"""The verb maximise: pictures that please a classifier most, in pixels alone and under saved runs as priors."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np

from dgm_studio.api import Run
from dgm_studio.api.job import RUN, BadInput
from dgm_studio.protocol import messages as m
from dgm_studio.studio.files.export import mosaic

from . import output
from .job import result
from .reading import fit_picture, open_run


def maximise_run(
    run: Path,
    others: tuple[Path, ...],
    classifier: Literal["net", "robust", "convolutional"],
    label: str | None,
    unit: str | None,
    layer: int | None,
    pull: float,
    image: Path | None,
    count: int,
    seed: int,
    device: str,
    out: Path | None,
    as_json: bool,
) -> None:
    if out is not None:
        output.check_target(out, (".png",))
    if sum(each is not None for each in (label, unit, layer)) > 1:
        raise BadInput("Give one of --class, --unit and --layer.")
    methods: list[dict[str, Any]] = []
    rows: list[m.Array] = []
    right = 0.0
    for i, path in enumerate((run, *others)):
        model = open_run(path, device)
        opened = model.opened
        if i and not opened.info.methods_for("objective"):
            raise BadInput(
                f"{path.name} has no way to be a prior. Name a VAE, GAN, GLO, flow matching, diffusion or energy."
            )
        target = _target(label, unit, layer, opened.info.classes)
        start = None if image is None else fit_picture(image, opened)
        asked = m.Maximise(RUN, 1, classifier, target, count, seed, pull, start, pixels=i == 0)
        for told in _done(model, asked):
            right = told.right
            rows.append(told.x)
            nats = None if told.log_density is None else float(np.median(told.log_density))
            methods.append(
                {"run": path.name, "method": told.method, "title": told.title, "target": float(told.value.mean()),
                 "log_density": nats, "kind": told.kind or None}
            )  # fmt: skip
    if out is not None:
        output.write_picture(out, mosaic(np.concatenate(rows), count))
    values = {
        **({} if out is None else {"out": str(out)}), "classifier": classifier, "right": right, "pull": pull,
        "methods": methods,
    }  # fmt: skip
    lines = [f"The classifier is right on {right:.1%} of held-out pictures."]
    for method in methods:
        likely = "" if method["log_density"] is None else f", log p(x) {method['log_density']:.1f} ({method['kind']})"
        lines.append(f"{method['title']}: target {method['target']:.3f}{likely}")
    result(values, as_json, "\n".join(lines))


def _done(model: Run, asked: m.Maximise) -> list[m.Maximised]:
    """The methods as they ended, in their order. Raises BadInput."""
    ended: dict[str, m.Maximised] = {}

    def hear(event: m.Event) -> None:
        if isinstance(event, m.Maximised) and event.path is not None:
            ended[event.method] = event

    model.ask(asked, m.Maximised, hear, lambda told: told.path is not None and told.last)
    return sorted(ended.values(), key=lambda told: told.method not in ("pixels", "smooth"))


def _target(
    label: str | None, unit: str | None, layer: int | None, classes: tuple[str, ...]
) -> tuple[str, *tuple[int, ...]]:
    """What shall be large, as `messages.Maximise` names it. Raises BadInput."""
    if layer is not None:
        return ("layer", layer)
    if unit is not None:
        first, _, second = unit.partition(":")
        if not (first.isdigit() and second.isdigit()):
            raise BadInput(f"--unit takes LAYER:NUMBER, such as 1:17, not {unit!r}.")
        return ("unit", int(first), int(second))
    if not classes:
        raise BadInput("This run's data have no classes to tell apart. Choose a run on data with classes.")
    if label is not None and label not in classes:
        raise BadInput(f"There is no class {label!r}; there are {', '.join(classes)}.")
    return ("class", 0 if label is None else classes.index(label))
