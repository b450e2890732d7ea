"""The verb attack: examples moved a little to where a classifier is wrong, who is fooled, and who finds them unlikely."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np

from dgm_studio.api import Run
from dgm_studio.api.job import RUN, BadInput
from dgm_studio.protocol import messages as m
from dgm_studio.studio.files.export import mosaic

from . import output
from .job import result, say
from .reading import open_run

_SHOWN = 16
"""Examples in a row of the picture."""
_GREY = 128


def attack_run(
    run: Path,
    others: tuple[Path, ...],
    classifier: Literal["logistic", "net", "robust"],
    epsilon: float,
    count: int,
    purify: float,
    device: str,
    out: Path | None,
    as_json: bool,
) -> None:
    if out is not None:
        output.check_target(out, (".png",))
    model = open_run(run, device)
    told = model.ask(m.Attack(RUN, 1, classifier, epsilon, count, purify), m.Attacked)
    if purify and told.purified is None:
        say(f"{run.name} has no way to noise and denoise what it is given, so nothing was purified.")
    if out is not None:
        if told.examples.ndim == 2:
            raise BadInput("Of points there is no row of pictures. Leave --out away, or take --json.")
        output.write_picture(out, picture(told))
    models = [(run.name, model), *((other.name, open_run(other, device)) for other in others)]
    likely = {name: _likely(each, told) for name, each in models}
    values: dict[str, Any] = {
        **({} if out is None else {"out": str(out)}),
        "n": len(told.labels),
        "classifier": classifier,
        "epsilon": epsilon,
        "judged": {
            name: {"accuracy": clean, "attacked": own, "moved": moved}
            for name, (clean, own, moved) in told.judged.items()
        },
        "log_density": likely,
        "purified": told.purified_right,
        "shortest_step": None if told.to_border is None else float(np.median(told.to_border)),
    }
    lines = [f"Moved {len(told.labels)} held-out examples by at most {epsilon:g} against {classifier}."]
    lines += [
        f"{name:10} right {clean:.3f}, moved against itself {'–' if own is None else f'{own:.3f}'}, on these {moved:.3f}"
        for name, (clean, own, moved) in told.judged.items()
    ]
    lines += [
        f"{name}: log p(x) {one['before']:.2f} before, {one['after']:.2f} after ({one['kind']})"
        for name, one in likely.items()
        if one is not None
    ]
    lines += [] if told.purified_right is None else [f"Purified, {classifier} gets {told.purified_right:.3f} right."]
    if told.to_border is not None:
        lines.append(f"The shortest step to another class is {np.median(told.to_border):.3g} long (median).")
    result(values, as_json, "\n".join(lines))


def _likely(model: Run, told: m.Attacked) -> dict[str, Any] | None:
    """How likely a run finds the examples before and after, on average; None where it has no density."""
    nats = []
    for x in (told.examples, told.moved):
        found = model.ask(m.Classify(RUN, x, 2), m.Classified)
        if found.log_density is None:
            return None
        nats.append((float(found.log_density.mean()), found.kind))
    return {"before": nats[0][0], "after": nats[1][0], "kind": nats[0][1]}


def picture(told: m.Attacked) -> m.Array:
    """Rows of images: as they were, moved, four times the difference on grey, and purified where they are."""
    n = min(_SHOWN, len(told.labels))
    away = told.moved[:n].astype(int) - told.examples[:n].astype(int)
    rows = [told.examples[:n], told.moved[:n], np.clip(_GREY + 4 * away, 0, 255).astype(np.uint8)]
    rows += [] if told.purified is None else [told.purified[:n]]
    return mosaic(np.concatenate(rows), n)
