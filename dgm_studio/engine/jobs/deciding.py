"""Deciding: which class an example has by the model, and whether the model has seen anything like it.

Both belong side by side: a classifier is sure of itself far from all data, a density is not.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from dgm_studio.contract import Classifier, Work, rng_for
from dgm_studio.evaluation.shared.outliers import area_under_curve, oddness, strangers, untypicality
from dgm_studio.language import tr
from dgm_studio.nets.discriminative import to_the_border
from dgm_studio.protocol import messages as m

from ..errors import UserError
from ..runs.memo import Note
from ..runs.run import Run
from .captioning import captions
from .parts import in_parts
from .showing import Emit, Job, grid, in_chunks

_STRANGERS = 23
NEIGHBOURS = 2000
"""Training examples that are compared in a slice."""
REFERENCE = {True: 96, False: 500}
"""Held-out examples whose likelihood a given one is compared with: pictures, points."""


_REFERENCE = Note[Tensor]("log-densities of held-out examples")


def evidence_in_chunks(classifier: Classifier, x: Tensor, size: int) -> Work[Tensor]:
    """log p(x | y) (n, classes), so many examples at once."""
    return (yield from in_parts(lambda part, _: classifier.work(part), x, None, size))


def regions(run: Run, emit: Emit, extent: m.Extent, cells: int) -> Job:
    """log p(x | y) over the plane."""
    classifier = run.shown.abilities().classifier
    if classifier is None:
        return
    shown = run.shown.step
    points, rows, columns = grid(extent, cells, run.units.step)
    found = yield from evidence_in_chunks(classifier, run.tensor(points), run.shown.chunk)
    values = found.reshape(rows, columns, -1).float().cpu().numpy()
    emit(m.Field(run.name, run.step, "regions", values, extent, classifier.honesty, 1.0, shown))


def classify(run: Run, emit: Emit, intent: m.Classify) -> Job:
    """Classes, likelihood and nearest training examples of given examples; what the model cannot say is left out."""
    abilities = run.shown.abilities()
    x = run.tensor(intent.examples)
    found = title = None
    honesty = ""
    if abilities.classifier is not None:
        evidence = yield from evidence_in_chunks(abilities.classifier, x, run.shown.chunk)
        found, title, honesty = (
            evidence.double().cpu().numpy(),
            abilities.classifier.title,
            abilities.classifier.honesty,
        )
    log_p = rank = untypical = None
    kind = abilities.log_density.kind if abilities.log_density is not None else ""
    note = ""
    if abilities.log_density is not None and kind != "lower bound":
        volume = 0.0 if abilities.log_density.levels else run.log_volume()
        values = yield from in_chunks(abilities.log_density, x, None, run.shown.chunk)
        known = yield from reference(run)
        rank = (known[None] < values.cpu()[:, None]).double().mean(1).numpy()
        untypical = untypicality(values.cpu(), known).double().numpy()
        note = abilities.log_density.note()
        log_p = (values - volume).double().cpu().numpy()
    classes = run.event_spec.classes if found is not None else ()
    near, distances = yield from nearest(run, x)
    named = yield from captions(run, x, intent.among)
    emit(m.Classified(run.name, run.step, intent.ticket, classes, found, title or "", honesty,
                      log_p, kind, rank, untypical, note, near, distances,
                      run.event_spec.class_shares if found is not None else (), _border(run, x),
                      named))  # fmt: skip


def _border(run: Run, x: Tensor) -> m.Array | None:
    """The nearest points (n, 2) of another class than at x by the network that is drawn; None where none is."""
    net = None if run.event_spec.is_image else run.classifiers.get("net")
    return None if net is None else run.units.array(to_the_border(net, x.cpu()))


def nearest(run: Run, x: Tensor) -> Work[tuple[m.Array, m.Array]]:
    """The training examples (n, *event) nearest to x, as people see them, and how far they are, (n,).

    The distance is the root mean square over coordinates, in data units where one scale serves all, else in deviations.
    """
    flat = x.flatten(1).cpu()
    best = torch.full((len(x),), torch.inf)
    which = torch.zeros(len(x), dtype=torch.long)
    train = run.data.train.x
    for i in range(0, len(train), NEIGHBOURS):
        away = torch.cdist(flat, run.units.to_model(train[i : i + NEIGHBOURS]).flatten(1))
        least, at = away.min(1)
        closer = least < best
        best, which = torch.where(closer, least, best), torch.where(closer, at + i, which)
        yield
    found = run.units.to_model(train[which])
    away = (
        (flat - found.flatten(1)).double().norm(dim=1)
    )  # a product of matrices finds who is near, and takes a copy for equal
    distances = away / run.event_spec.size**0.5 * (run.units.scale[0] if run.units.unlike == 1 else 1.0)
    return run.units.array(found), distances.numpy()


def tell_outliers(run: Run, emit: Emit, intent: m.TellOutliers) -> Job:
    """Areas under the ROC curve for sets of strangers. Raises UserError for a family without a density."""
    density = run.shown.abilities().log_density
    if density is None or density.kind == "lower bound":
        why = "has no density" if density is None else "knows only a lower bound on its density"
        raise UserError(
            tr("{title} {why}, so it cannot say how unlikely anything is.", title=run.family.title, why=why)
        )
    usual = yield from reference(run)
    half = len(usual) // 2
    held = run.units.to_model(run.data.held_out.x[: len(usual)])
    areas = {}
    sets = dict(strangers(held[half:], run.event_spec, rng_for(0, _STRANGERS)))
    middle = yield from _middle(run)
    if middle is not None:
        sets["the middle of the latents"] = middle
    for name, x in sets.items():
        nats = (yield from in_chunks(density, x.to(run.device), None, run.shown.chunk)).cpu()
        first, second = usual[:half], usual[half:]
        odd = area_under_curve(oddness(second), oddness(nats))
        untypical = area_under_curve(untypicality(second, first), untypicality(nats, first))
        areas[name] = (odd, untypical)
        yield
    emit(m.OutliersTold(run.name, run.step, intent.ticket, areas, density.kind))


def _middle(run: Run) -> Work[Tensor | None]:
    """What the likeliest latent, 0, becomes, once for each class (n, *event); None where latents are not Gaussian."""
    latent, classes = run.shown.abilities().latent, len(run.event_spec.classes)
    if latent is None or not latent.gaussian:
        return None
    z = torch.zeros(max(1, classes), latent.size, device=run.device)
    return (yield from latent.decode(z, torch.arange(classes, device=run.device) if classes else None))


def reference(run: Run) -> Work[Tensor]:
    """The model's log-density (n,) on held-out examples in model units, kept until the model changes."""
    stamp = run.shown.stamp
    kept = run.shown.memo.find(_REFERENCE, of=stamp)
    if kept is not None:
        return kept
    density = run.shown.abilities().log_density
    assert density is not None
    held = run.data.held_out.x[: REFERENCE[run.event_spec.is_image or run.event_spec.is_sound]]
    values = yield from in_chunks(density, run.units.to_model(held).to(run.device), None, run.shown.chunk)
    return run.shown.memo.keep(_REFERENCE, values.cpu(), of=stamp)


def inside(run: Run, emit: Emit, name: str) -> Job:
    """An inner view of the model as pictures."""
    view = run.shown.abilities().inside.get(name)
    if view is None:
        return
    shown = run.shown.step
    tiles = yield from view.tiles()
    pixels = ((tiles.detach().float().cpu().clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)
    images = np.ascontiguousarray(pixels.permute(0, 2, 3, 1).numpy())
    images = images[..., 0] if images.shape[-1] == 1 else images
    emit(m.Insides(run.name, run.step, name, images, shown, view.columns))
