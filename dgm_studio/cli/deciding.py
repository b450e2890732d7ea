"""The verb classify: which class examples have by a saved run, and whether it has seen, and can tell, anything like them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dgm_studio.api import Run
from dgm_studio.api.job import RUN, BadInput
from dgm_studio.data.reading.folder import is_set
from dgm_studio.protocol import messages as m
from dgm_studio.studio.reading.posterior import posterior
from dgm_studio.studio.wording import outliers_said

from .examples import Examples, examples_from
from .job import result, say
from .reading import fit_picture, open_run

_SHOWN = 20


def classify_run(
    run: Path, image: Path | None, points: Path | None, columns: str | None, outliers: bool, prior: str | None,
    among: tuple[str, ...],    device: str, as_json: bool,
) -> None:  # fmt: skip
    if (image is not None) + (points is not None) + outliers != 1:
        raise BadInput("Give one of --image, --points and --outliers.")
    model = open_run(run, device)
    opened = model.opened
    if outliers:
        _tell_outliers(model, as_json)
        return
    if image is not None and opened.info.kind != "images":
        raise BadInput(f"This run is on {opened.info.kind}, not on pictures; give --points.")
    if image is not None and image.exists() and is_set(image):
        points = image
    examples = (
        examples_from(points, opened, columns)
        if points is not None
        else Examples(fit_picture(Path(str(image)), opened)[None])
    )
    told = model.ask(m.Classify(RUN, examples.x, 1, among), m.Classified)
    if told.evidence is None and told.log_density is None and told.captions is None:
        cure = "Choose a" if opened.info.uses_label else "Train with --conditional, or choose a"
        raise BadInput(
            f"This run says neither which class an example has nor how likely it is. {cure} family with a density."
        )
    weights = _weights(prior, told.classes, told.shares)
    rows: list[dict[str, Any]] = []
    shares = None if told.evidence is None else posterior(told.evidence, weights)
    for i in range(len(examples.x)):
        row: dict[str, Any] = {"file": examples.files[i]} if examples.files else {}
        if examples.given:
            row["given"] = examples.given[i]
        if shares is not None:
            row["class"] = told.classes[int(shares[i].argmax())]
            row["probability"] = {name: float(p) for name, p in zip(told.classes, shares[i], strict=True)}
        if told.log_density is not None and told.rank is not None and told.untypical is not None:
            row["log_density"] = float(told.log_density[i])
            row["likelier_than"] = float(told.rank[i])
            row["untypical"] = float(told.untypical[i])
        if told.captions is not None:
            row |= _caption(told.captions, i)
        rows.append(row)
    right = _rightly(examples.given, told.classes, rows) if shares is not None else []
    values = {
        "method": told.title, "honesty": told.honesty, "density": told.kind, "prior": list(weights),
        "note": told.note, "examples": rows, **examples.report(),
    }  # fmt: skip
    lines = [_said(i, row) for i, row in enumerate(rows[:_SHOWN])]
    if right:
        values |= {"accuracy": sum(right) / len(right), "accuracy_over": len(right)}
        lines.append(f"Accuracy {sum(right) / len(right):.1%}: {sum(right):,} of {len(right):,} as the data say.")
    lines += [told.title, told.note]
    result(values, as_json, "\n".join(line for line in lines if line))


def _caption(told: m.Captions, i: int) -> dict[str, Any]:
    """The likeliest caption of an image by the towers, and all that were told of with their shares."""
    own = told.by_model()
    few: list[dict[str, Any]] = [
        {"caption": name, "towers": float(told.read[i, k]), "model": None if own is None else float(own[i, k])}
        for k, name in enumerate(told.few[i])
    ]
    return {"caption": max(few, key=lambda one: one["towers"])["caption"], "captions": few}


def _rightly(given: Sequence[str], classes: Sequence[str], rows: Sequence[dict[str, Any]]) -> list[bool]:
    """Which examples have the class that they are given, among those whose class the run knows; others are told."""
    strange = Counter(name for name in given if name not in classes)
    for name, count in strange.items():
        say(f"{name} is no class of this run: {count:,} example{'s' * (count != 1)} not counted in the accuracy.")
    return [row["class"] == name for name, row in zip(given, rows, strict=False) if name in classes]


def _tell_outliers(model: Run, as_json: bool) -> None:
    told = model.ask(m.TellOutliers(RUN, 1), m.OutliersTold)
    areas = {name: {"likelihood": odd, "typicality": untypical} for name, (odd, untypical) in told.areas.items()}
    rows = [f"{'area under the ROC curve':26} by likelihood  by typicality"]
    rows += [f"{name:26} {area['likelihood']:13.3f}  {area['typicality']:13.3f}" for name, area in areas.items()]
    result({"density": told.kind, "areas": areas}, as_json, "\n".join([*rows, outliers_said(told)[1]]))


def _weights(prior: str | None, classes: tuple[str, ...], shares: tuple[float, ...]) -> tuple[float, ...]:
    """The weights of the classes; by default how common they are among the data. Raises BadInput."""
    if prior is None:
        return shares
    try:
        weights = tuple(float(w) for w in prior.split(","))
    except ValueError:
        raise BadInput(f"--prior takes numbers separated by commas, not {prior!r}.") from None
    if len(weights) != len(classes) or min(weights) < 0 or sum(weights) <= 0:
        raise BadInput(f"--prior takes {len(classes)} weights of 0 or more, not all 0: {', '.join(classes)}.")
    return weights


def _said(i: int, row: dict[str, Any]) -> str:
    parts = []
    if "class" in row:
        given = f", given {row['given']}" if row.get("given", row["class"]) != row["class"] else ""
        parts.append(f"{row['class']} ({row['probability'][row['class']]:.1%}{given})")
    if "caption" in row:
        swap = row["captions"][-1]
        parts.append(f"“{row['caption']}” ({row['captions'][0]['towers']:.1%})")
        if len(row["captions"]) > 1 and swap["caption"] != row["caption"]:
            own = "" if swap["model"] is None else f", {swap['model']:.1%} by the model"
            parts[-1] += f"; “{swap['caption']}” {swap['towers']:.1%}{own}"
    if "log_density" in row:
        parts.append(f"likelier than {row['likelier_than']:.0%} of held-out data, {row['log_density']:.2f} nats")
    return f"{row.get('file', i)}: " + ", ".join(parts)
