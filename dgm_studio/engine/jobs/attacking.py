"""Attacking: held-out examples moved a little to where a classifier is wrong, who else is fooled, and what noise takes away.

A classifier learns p(y | x) alone and knows nothing of how likely x is; a density beside it does. Purification gives a moved
example the noise of a part of the way and removes it again, so that what was added is lost in it (Nie et al. 2022,
arXiv:2205.07460).
"""

from __future__ import annotations

import torch
from torch import Tensor

from dgm_studio.conditions.strokes import Strokes
from dgm_studio.contract import Classifier, DataSpec, Frame, Steer, Work, finish
from dgm_studio.language import tr
from dgm_studio.nets.discriminative import (
    CLASSIFIER_KINDS,
    ClassifierKind,
    DataClassifier,
    Logits,
    attacked,
    can_be_attacked,
    learn_classifier,
    to_the_border,
)
from dgm_studio.protocol import messages as m

from ..errors import UserError
from ..runs.run import Run
from .deciding import evidence_in_chunks
from .showing import Emit, Job, grid, walk

MOST = 1000
_COSTLY = 20
"""Passes of the model's own classifier from which it is not attacked itself."""
_ATTACKED = 64
"""Examples on which the model's own classifier is."""
_SEED = 91
ROBUST_TO = 0.1
"""What the robust classifier was attacked by while it learned, in the units of `messages.Attack`, however far it is now."""


def classifier_of(run: Run, kind: ClassifierKind) -> Work[DataClassifier]:
    """A classifier of the run's data, learned once. Raises UserError for data without classes."""
    if kind not in run.classifiers:
        data, spec = run.data.train, run.data.spec
        if data.label is None or len(spec.classes) < 2:
            raise UserError(
                tr("{name} has no classes to tell apart. Choose other data, or set clusters.", name=run.data.name)
            )
        x = run.units.to_model(data.x)
        run.classifiers[kind] = yield from learn_classifier(
            kind, x, data.label, len(spec.classes), _in_model_units(ROBUST_TO, spec), spec.value_range
        )
    return run.classifiers[kind]


def _in_model_units(epsilon: float, spec: DataSpec) -> float:
    return epsilon * (2.0 if spec.is_image else 1.0)  # pixels lie in [-1, 1]


def attack(run: Run, emit: Emit, intent: m.Attack) -> Job:
    """Move held-out examples where a classifier is wrong. Raises UserError for data without classes, numbers out of range."""
    if not 0 <= intent.epsilon <= 1:
        raise UserError(
            tr(
                "An attack moves numbers by 0 to 1, of black to white or in deviations, not {epsilon:g}.",
                epsilon=intent.epsilon,
            )
        )
    if not 1 <= intent.count <= MOST:
        raise UserError(
            tr("Between 1 and {most} examples can be attacked, not {count}.", most=MOST, count=intent.count)
        )
    spec = run.data.spec
    epsilon = _in_model_units(intent.epsilon, spec)
    nets: dict[ClassifierKind, Logits] = {}
    for kind in CLASSIFIER_KINDS:
        nets[kind] = yield from classifier_of(run, kind)
    if intent.examples is None:
        held = run.data.held_out.take(slice(intent.count))
        assert held.label is not None  # the classifiers have learned from labels
        x, label = run.units.to_model(held.x), held.label
    else:
        x = run.units.tensor(intent.examples, spec)
        label = nets[intent.classifier](x).argmax(1)
    moved = {}
    for kind, net in nets.items():
        moved[kind] = attacked(net, x, label, epsilon, spec.value_range)
        yield
    seen = moved[intent.classifier]
    judged: dict[str, tuple[float, float | None, float]] = {
        kind: (_right(net(x), label), _right(net(moved[kind]), label), _right(net(seen), label))
        for kind, net in nets.items()
    }
    own = run.shown.abilities().classifier
    if own is not None:
        judged["model"] = yield from _model_judged(run, own, x, seen, label, epsilon)
    purified = cleaned = None
    if intent.purify and spec.is_image:
        clean_x = yield from _purified(run, seen, intent.purify)
        if clean_x is not None:
            purified, cleaned = run.units.array(clean_x), _right(nets[intent.classifier](clean_x), label)
    net = nets[intent.classifier]
    distance = None
    if not spec.is_image:
        distance = (to_the_border(net, x) - x).norm(dim=1).numpy() * run.units.scale[0]
    emit(
        m.Attacked(
            run.name, run.step, intent.ticket, spec.classes, run.units.array(x), run.units.array(seen), label.numpy(),
            net(x).softmax(1).numpy(), net(seen).softmax(1).numpy(), judged, purified, cleaned, distance,
            intent.classifier, intent.epsilon,
        )
    )  # fmt: skip


def _model_judged(
    run: Run, own: Classifier, x: Tensor, seen: Tensor, label: Tensor, epsilon: float
) -> Work[tuple[float, float | None, float]]:
    """What the model's own classifier gets right of x, of what is moved against itself, and of what it has ``seen`` moved."""
    size, device = run.shown.chunk, run.device
    clean = yield from evidence_in_chunks(own, x.to(device), size)
    fooled = yield from evidence_in_chunks(own, seen.to(device), size)
    itself = None
    some = slice(_ATTACKED)

    def logits(z: Tensor) -> Tensor:
        return finish(own.work(z))

    if own.passes < _COSTLY and can_be_attacked(logits, x[:2].to(device)):
        z = attacked(logits, x[some].to(device), label[some].to(device), epsilon, run.data.spec.value_range)
        itself = _right((yield from evidence_in_chunks(own, z, size)).cpu(), label[some])
    return _right(clean.cpu(), label), itself, _right(fooled.cpu(), label)


def _right(scores: Tensor, label: Tensor) -> float:
    return float((scores.argmax(1) == label).float().mean())


def _purified(run: Run, x: Tensor, strength: float) -> Work[Tensor | None]:
    """Examples x (n, *event) noised and denoised by the run; None where it has no such method."""
    method = next((one for one in run.shown.abilities().methods.values() if one.condition == "strokes"), None)
    if method is None or run.event_spec.source is not None:
        return None
    parts = []
    for i, part in enumerate(x.to(run.device).split(run.shown.portion)):
        condition = Strokes(part, part, torch.zeros_like(part), strength)
        steer = Steer(method.sampler.Knobs(), 1.0, run.undecided(len(part), None), condition)
        last: Frame | None = None
        for frame in walk(method.sampler, steer, len(part), _SEED + i, run):
            last = frame or last
            yield
        assert last is not None
        parts.append(last.x.float().cpu())
    return torch.cat(parts)


def net_regions(run: Run, emit: Emit, extent: m.Extent, cells: int) -> Job:
    """log p(y | x) over the plane by a small network that knows no density, in the form of `deciding.regions`.

    Under even weights of the classes it is what the network says; it has learned how common they are.
    """
    if len(run.data.spec.classes) < 2:
        return
    net = yield from classifier_of(run, "net")
    points, rows, columns = grid(extent, cells, run.units.step)
    x = run.units.tensor(points, run.event_spec)
    values = net(x).log_softmax(1).reshape(rows, columns, -1).numpy()
    yield
    emit(m.Field(run.name, run.step, "net", values, extent, "", 1.0, run.step))
