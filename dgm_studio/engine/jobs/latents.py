"""Jobs of a latent space: a grid of it bent into the plane of data, examples on a plane of it, and the way there and back."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from dgm_studio.contract import rng_for
from dgm_studio.language import tr
from dgm_studio.protocol import messages as m
from dgm_studio.protocol.context import Label

from ..errors import UserError
from ..runs.run import Run
from .encoding import PLANE, LatentProjection, commonest, encoded, takes_class
from .parts import in_parts
from .showing import Emit, Job, grid

_AT_ONCE = 100
"""Examples or latents of a slice."""
_DECODED_AT_ONCE = 48
"""Latents of a slice where people wait for a picture of many."""


def mesh(run: Run, emit: Emit, t: float = 1.0, *, lines: int = 17, points: int = 65, reach: float = 2.5) -> Job:
    """A square grid of the latent plane, decoded: lines (2 * lines, points, 2) in data units.

    Where latents become examples step by step, it is where they are at progress ``t``. Where each latent needs a class and none
    is asked for, there is a grid for every class, (classes, lines, points, 2), of fewer lines the more classes there are.
    """
    latent = run.shown.abilities().latent
    if latent is None or latent.size != 2:
        return
    t = min(max(t, 0.0), 1.0) if latent.part_way is not None else 1.0
    shown = run.shown.step
    asked = run.asked.sampling.label
    apart = asked is None and takes_class(latent, run.event_spec)
    every: Sequence[Label] = range(len(run.event_spec.classes)) if apart else [asked]
    lines = max(3, round(lines / math.sqrt(len(every))))
    across, along = torch.linspace(-reach, reach, lines), torch.linspace(-reach, reach, points)
    held, moving = torch.meshgrid(across, along, indexing="ij")
    z = torch.cat([torch.stack([held, moving], -1), torch.stack([moving, held], -1)]).flatten(0, 1).to(run.device)
    part_way = latent.part_way if t < 1 else None
    bend = latent.decode if part_way is None else lambda part, given: part_way(part, t, given)
    parts = []
    for label in every:
        labels = None if label is None else run.labels(len(z), label)
        parts.append((yield from in_parts(bend, z, labels, run.shown.chunk)))
    values = run.units.array(torch.cat(parts)).reshape(len(every), 2 * lines, points, 2)
    extent = (-reach, reach, -reach, reach)
    emit(m.Field(run.name, run.step, "mesh", values if apart else values[0], extent, "mesh", t, shown, 1.0, asked))


def latents(run: Run, emit: Emit, *, examples: int = 400, side: int = 12) -> Job:
    """Latents of examples on a plane, and what is decoded from a grid over it."""
    latent = run.shown.abilities().latent
    if latent is None:
        return
    shown = run.shown.step
    label = run.asked.sampling.label
    known: Tensor | None = None
    if latent.encode is not None:
        chosen = torch.randperm(len(run.data.train), generator=rng_for(0, 7))[:examples]
        batch = run.data.train.take(chosen)
        x = run.units.to_model(batch.x).to(run.device)
        known = batch.label.to(run.device) if batch.label is not None and run.event_spec.classes else None
        latents = yield from in_parts(latent.encode, x, known, _AT_ONCE)
        labels = None if batch.label is None else batch.label.numpy()
    else:
        latents, labels = latent.prior(examples, rng_for(0, 8, device=run.device)), None
    centre, axes = _plane(latents)
    plane = ((latents - centre) @ axes.T).cpu().numpy()
    reach = 1.05 * float(np.quantile(np.abs(plane), 0.995)) + 1e-6
    extent = (-reach, reach, -reach, reach)
    points, rows, columns = grid(extent, side)
    z = centre + torch.from_numpy(points).to(latents) @ axes
    seen = None if known is None else LatentProjection(centre, axes, (latents - centre) @ axes.T, known)
    if seen is None:
        run.shown.memo.drop(PLANE)
    else:
        run.shown.memo.keep(PLANE, seen)
    of_class = None
    if label is not None:
        of_class = run.labels(len(z), label)
    elif seen is not None:  # each cell is of the class of the latents near it
        of_class = seen.classes(z)
    elif takes_class(latent, run.event_spec):
        of_class = commonest(len(z), run.event_spec, run.device)
    images = run.units.array((yield from in_parts(latent.decode, z, of_class, _DECODED_AT_ONCE)))
    emit(
        m.Latents(
            run.name, run.step, plane.astype(np.float32) if latent.encode else np.empty((0, 2), np.float32),
            labels, centre.cpu().numpy(), axes.cpu().numpy(), images.reshape(rows, columns, *images.shape[1:]), extent,
            None if of_class is None else of_class.reshape(rows, columns).cpu().numpy(), shown,
        )
    )  # fmt: skip


def _plane(latents: Tensor) -> tuple[Tensor, Tensor]:
    """Centre (k,) and orthonormal axes (2, k) of the plane of most variance; the plane itself for two dimensions."""
    k = latents.shape[1]
    if k == 2:
        return torch.zeros(2, device=latents.device), torch.eye(2, device=latents.device)
    centre = latents.mean(0)
    if k == 1:
        return centre, torch.tensor([[1.0], [0.0]], device=latents.device)
    axes = torch.linalg.svd(latents - centre, full_matrices=False).Vh[:2]
    flip = torch.sign(axes.gather(1, axes.abs().argmax(1, keepdim=True)))
    return centre, axes * flip


def encode_examples(run: Run, emit: Emit, intent: m.EncodeExamples) -> Job:
    """The latents of given examples, by the encoder or else by a search. Raises UserError where there is neither."""
    abilities = run.shown.abilities()
    if abilities.latent is None or (abilities.latent.encode or abilities.latent.search) is None:
        raise UserError(tr("{title} cannot turn an example into a latent.", title=run.family.title))
    if intent.label is not None:
        run.check_label(intent.label)
    x = run.tensor(intent.examples)
    parts, labels = [], []
    for i in range(0, len(x), _AT_ONCE):
        part = x[i : i + _AT_ONCE]
        known = None if intent.label is None else run.labels(len(part), intent.label)
        found = yield from encoded(abilities, run.event_spec, part, known, asked=intent.label is not None)
        parts.append(found.latents)
        labels.append(found.label)
        yield
    known_labels = [label for label in labels if label is not None]
    of = torch.cat(known_labels).cpu().numpy() if known_labels else None
    emit(m.EncodedExamples(run.name, run.step, intent.ticket, torch.cat(parts).float().cpu().numpy(), of))


def decode_latents(run: Run, emit: Emit, intent: m.DecodeLatents) -> Job:
    """The examples of given latents. Raises UserError where the model has none, or others."""
    latent = run.shown.abilities().latent
    if latent is None:
        raise UserError(tr("{title} has no latent space to decode from.", title=run.family.title))
    z = torch.from_numpy(np.asarray(intent.latents, np.float32)).to(run.device)
    if z.ndim != 2 or z.shape[1] != latent.size:
        raise UserError(
            tr("Latents of this model are (n, {size}), not {tuple}.", size=latent.size, tuple=tuple(z.shape))
        )
    if intent.label is not None:
        run.check_label(intent.label)
    label = None if intent.label is None else run.labels(len(z), intent.label)
    if label is None and takes_class(latent, run.event_spec):
        label = commonest(len(z), run.event_spec, run.device)
    x = yield from in_parts(latent.decode, z, label, _AT_ONCE)
    emit(m.DecodedLatents(run.name, run.step, intent.ticket, run.units.array(x)))
