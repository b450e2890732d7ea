"""Answers that goals may speak of, beside measures and facts: what a learner has asked of a run, and what came of it.

Each kind of question has its facts under one first word, such as ``attack.right``. They hold for the run as it was when it
answered: an answer of other weights is none.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TypeAlias

import numpy as np

from dgm_studio.protocol import messages as m

from .condition import Fact, FactValue

QUESTIONS: Mapping[str, tuple[type[m.Intent], type[m.Event]]] = {
    "attack": (m.Attack, m.Attacked),
    "fill": (m.Fill, m.Filled),
    "conditional": (m.ConditionalSlice, m.ConditionalSliceResult),
    "file": (m.Compress, m.Compressed),
    "outliers": (m.TellOutliers, m.OutliersTold),
    "point": (m.Classify, m.Classified),
}
"""What can be asked, by the first word of its facts: the intent and the event that answers it."""
ANSWERS: Mapping[str, str] = {
    "attack.classifier": "the classifier that was attacked: logistic, net or robust",
    "attack.epsilon": "how far every number was moved at most",
    "attack.before": "share of the examples that the attacked classifier gets right as they were",
    "attack.right": "share of the moved examples that it still gets right",
    "attack.logistic": "share that logistic regression gets right of examples moved against itself",
    "attack.net": "the same of the network",
    "attack.robust": "the same of the network trained on attacked examples",
    "attack.model": "share of the moved examples that the run's own classifier gets right",
    "attack.purified": "share that the attacked classifier gets right once noise was added and removed",
    "conditional.axis": "the known coordinate, 1 or 2",
    "conditional.known": "where it is known to be",
    "conditional.method": "the method that answered",
    "conditional.distance": "distance of the answers from the true conditional",
    "conditional.floor": "that of as many draws of the truth",
    "conditional.excess": "distance less floor",
    "fill.condition": "mask, strokes or observation",
    "fill.operator": "the measurement of an observation, such as down4",
    "fill.amount": "its number, such as the share of the pixels that was seen",
    "fill.method": "the method that answered",
    "fill.hidden": "share of the picture that was left to the model",
    "fill.error": "how far answers are from the picture there, root mean square; 1 is black to white",
    "fill.error_of_mean": "the same of the mean of all answers",
    "fill.spread": "how far answers are from their mean there",
    "file.source": "what was written: held-out, noise, upside-down or examples",
    "file.bytes": "bytes of the file",
    "file.ideal": "bytes that the model's probabilities come to",
    "file.raw": "bytes of the pictures as they are",
    "file.zlib": "bytes by zlib",
    "file.png": "bytes as a PNG",
    "file.pictures": "how many pictures were written",
    "point.class": "the likeliest class of the example that was asked about",
    "point.sure": "its probability, classes as common as in the data",
    "point.log_density": "log p of the example, in nats",
    "point.rank": "share of held-out examples that are less likely",
    "point.untypical": "how far its log p lies from the usual, in deviations",
}
"""The facts there are. Those of outliers are called by the set: ``outliers.noise``, or ``outliers.noise_typical``."""
Values: TypeAlias = Mapping[str, FactValue | Fact | None]


def is_answer(name: str) -> bool:
    """Whether a name is that of a fact of an answer."""
    return name in ANSWERS or name.startswith("outliers.")


def facts_answered(answers: Iterable[m.Event | None], step: int) -> dict[str, Fact]:
    """What answers of a run at this step come to, by name."""
    found: dict[str, Fact] = {}
    for answer in answers:
        if answer is None or getattr(answer, "step", step) != step:
            continue
        for name, value in _values(answer).items():
            fact = value if isinstance(value, Fact) else Fact(value)
            if fact.value is not None:
                found[name] = fact
    return found


def facts_filled(asked: m.Fill | None, answer: m.Filled | None, step: int) -> dict[str, Fact]:
    """What a finished answer on the canvas comes to, beside what was asked; nothing where one is not of the other."""
    if asked is None or answer is None or not answer.done or answer.ticket != asked.ticket or answer.step != step:
        return {}
    image, x = np.asarray(asked.image, float) / 255, answer.x.astype(float) / 255
    if image.ndim < 2 or x.shape[1:] != image.shape:
        return {}  # a string, a sound or points: nothing on a canvas
    free = np.ones(image.shape[:2]) if asked.condition == "observation" else np.asarray(asked.mask, float)
    weight = (free if image.ndim == 2 else free[..., None]) * np.ones_like(image)
    found: dict[str, FactValue] = {
        "fill.condition": asked.condition,
        "fill.method": answer.method,
        "fill.hidden": float(free.mean()),
    }
    if asked.condition == "observation":
        found["fill.operator"], _, amount = asked.operator.partition(":")
        if amount:
            found["fill.amount"] = float(amount)
    if weight.sum() > 0:
        mean = x.mean(0)
        found |= {
            "fill.error": _root(((x - image) ** 2).mean(0), weight),
            "fill.error_of_mean": _root((mean - image) ** 2, weight),
            "fill.spread": _root(x.var(0), weight),
        }
    return {name: Fact(value) for name, value in found.items()}


def _root(squares: m.Array, weight: m.Array) -> float:
    return math.sqrt(float((squares * weight).sum() / weight.sum()))


def _values(answer: m.Event) -> Values:
    if isinstance(answer, m.Attacked):
        return _attacked(answer)
    if isinstance(answer, m.ConditionalSliceResult):
        return _conditional(answer)
    if isinstance(answer, m.Compressed):
        return _file(answer)
    if isinstance(answer, m.OutliersTold):
        names = {name: name.replace("-", "_").replace(" ", "_") for name in answer.areas}
        by_likelihood: dict[str, FactValue] = {
            f"outliers.{names[name]}": area for name, (area, _) in answer.areas.items()
        }
        return by_likelihood | {f"outliers.{names[name]}_typical": area for name, (_, area) in answer.areas.items()}
    return _point(answer) if isinstance(answer, m.Classified) else {}


def _attacked(told: m.Attacked) -> Values:
    n = len(told.labels)
    own = {f"attack.{kind}": _share(itself, n) for kind, (_, itself, _) in told.judged.items() if kind != "model"}
    before, _, right = told.judged.get(told.classifier, (None, None, None))
    return {
        **own,
        "attack.classifier": told.classifier,
        "attack.epsilon": told.epsilon,
        "attack.before": _share(before, n),
        "attack.right": _share(right, n),
        "attack.model": _share(told.judged["model"][2], n) if "model" in told.judged else None,
        "attack.purified": _share(told.purified_right, n),
    }


def _share(share: float | None, n: int) -> Fact | None:
    """With its binomial error."""
    return None if share is None else Fact(share, math.sqrt(share * (1 - share) / max(1, n)))


def _conditional(told: m.ConditionalSliceResult) -> Values:
    excess = None if told.distance is None or told.floor is None else told.distance - told.floor
    return {
        "conditional.axis": told.axis + 1,
        "conditional.known": told.low if told.low == told.high else None,
        "conditional.method": told.method,
        "conditional.distance": told.distance,
        "conditional.floor": told.floor,
        "conditional.excess": excess,
    }


def _file(written: m.Compressed) -> Values:
    return {
        "file.source": written.source,
        "file.bytes": len(written.data),
        "file.ideal": written.ideal,
        **{f"file.{name}": size for name, size in written.sizes.items()},
        "file.pictures": len(written.images),
    }


def _point(told: m.Classified) -> Values:
    """Of one example that was asked about; several are no point."""
    one = told.evidence if told.evidence is not None else told.log_density
    if one is None or len(one) != 1:
        return {}
    found: dict[str, FactValue | Fact | None] = {}
    if told.evidence is not None and len(told.classes) > 1:
        shares = np.asarray(told.shares or [1.0] * len(told.classes))
        logs = told.evidence[0] + np.log(np.maximum(shares, 1e-300))
        p = np.exp(logs - logs.max())
        best = int(p.argmax())
        found |= {"point.class": told.classes[best], "point.sure": float(p[best] / p.sum())}
    for name, values in (("log_density", told.log_density), ("rank", told.rank), ("untypical", told.untypical)):
        if values is not None and np.isfinite(values[0]):
            found[f"point.{name}"] = float(values[0])
    return found
