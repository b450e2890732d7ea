"""Latents of given examples, and the way from one to another, for models that make an example of a latent and a class.

The class of an example is the one it is known by, else the one that the model finds likeliest, else the one under which it
is reproduced best: without it a latent would be that of the first class, whatever is seen. On the way between two examples
the class changes too: where the model takes weights of classes, ``(1 - s) e_a + s e_b``, else at half the way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from dgm_studio.contract import Abilities, DataSpec, Latent, Work

from ..runs.memo import Note
from .parts import in_parts

Origin = Literal["", "asked", "known", "classifier", "reproduction"]
"""Where the classes of examples came from; empty where they have none."""
Change = Literal["", "blended", "halfway"]
"""How a class becomes another; empty where it stays."""

_AT_ONCE = 32
"""Examples that are encoded or searched for in a slice."""


@dataclass(frozen=True)
class Encoded:
    """Latents (n, k) of examples, the classes (n,) they were found under, None without, and where those came from."""

    latents: Tensor
    label: Tensor | None
    origin: Origin


@dataclass(frozen=True)
class LatentProjection:
    """A plane through the latents around ``centre`` (k,) along ``axes`` (2, k), examples on it (n, 2), their classes (n,)."""

    centre: Tensor
    axes: Tensor
    places: Tensor
    label: Tensor

    def classes(self, latents: Tensor) -> Tensor:
        """The class (m,) of the example that is nearest on the plane to each of the latents (m, k)."""
        return self.label[torch.cdist((latents - self.centre) @ self.axes.T, self.places).argmin(1)]


PLANE = Note[LatentProjection]("the plane of latents shown last")


def takes_class(latent: Latent, spec: DataSpec) -> bool:
    """Whether a latent makes no example without a class."""
    return bool(spec.classes) and latent.classes in ("whole", "mixed")


def commonest(n: int, spec: DataSpec, device: torch.device) -> Tensor:
    """The class of greatest share, n times (n,)."""
    shares = spec.class_shares
    return torch.full((n,), shares.index(max(shares)), device=device)


def encoded(
    abilities: Abilities, spec: DataSpec, x: Tensor, known: Tensor | None = None, *, asked: bool = False
) -> Work[Encoded]:
    """Latents of examples x (n, *event) of a model with latents that can be found.

    ``known`` (n,) are their classes, below 0 where unknown; ``asked`` says that a person wants these.
    """
    latent = abilities.latent
    assert latent is not None
    find = latent.encode or latent.search
    assert find is not None
    unknown = known is None or (bool(spec.classes) and bool((known < 0).any()))
    if not takes_class(latent, spec) and not asked:
        return Encoded((yield from find(x, None)), None, "")
    if known is not None and not unknown:
        return Encoded((yield from find(x, known)), known, "asked" if asked else "known")
    if abilities.classifier is not None:
        evidence = yield from abilities.classifier.work(x)
        found = (evidence + evidence.new_tensor(spec.class_shares).log()).argmax(1)
        label = found if known is None else torch.where(known >= 0, known, found)
        return Encoded((yield from find(x, label)), label, "classifier")
    latents, label = yield from _best_reproduced(latent, len(spec.classes), x, known)
    return Encoded(latents, label, "reproduction")


def _best_reproduced(latent: Latent, classes: int, x: Tensor, known: Tensor | None) -> Work[tuple[Tensor, Tensor]]:
    """Latents (n, k) of x under the class (n,) that brings each back best, or that it is known by."""
    find = latent.encode or latent.search
    assert find is not None
    n, at_once = len(x), max(1, _AT_ONCE // len(x))
    rows = torch.arange(n, device=x.device)
    best, latents, label = x.new_full((n,), torch.inf), x.new_zeros(n, latent.size), torch.zeros_like(rows)
    for first in range(0, classes, at_once):
        some = torch.arange(first, min(first + at_once, classes), device=x.device)
        tried, given = x.repeat_interleave(len(some), 0), some.repeat(n)
        z = yield from find(tried, given)
        back = yield from latent.decode(z, given)
        miss = (back - tried).square().flatten(1).mean(1).view(n, -1)
        if known is not None:
            miss = miss.masked_fill((known[:, None] >= 0) & (known[:, None] != some), torch.inf)
        least, at = miss.min(1)
        better = least < best
        best, label = torch.where(better, least, best), torch.where(better, some[at], label)
        latents = torch.where(better[:, None], z[rows * len(some) + at], latents)
        yield
    return latents, label


def between(
    latent: Latent, spec: DataSpec, ends: Encoded, count: int, geometry: Literal["line", "sphere"]
) -> Work[tuple[Tensor, Change]]:
    """Examples (count, *event) from the first to the second of two, both included, and how the class changes."""
    s = torch.linspace(0, 1, count, device=ends.latents.device)[:, None]
    a, b = ends.latents
    z = _spherical(a, b, s) if geometry == "sphere" else (1 - s) * a + s * b
    label, change = _classes_between(latent, spec, ends.label, s)
    return (yield from in_parts(latent.decode, z, label, _AT_ONCE)), change


def _classes_between(latent: Latent, spec: DataSpec, label: Tensor | None, s: Tensor) -> tuple[Tensor | None, Change]:
    if label is None:
        return None, ""
    if spec.context:  # the same is given all along the way
        return label[:1].expand(len(s), -1), ""
    if int(label[0]) == int(label[1]):
        return label[:1].expand(len(s)), ""
    if latent.classes == "mixed":
        first, second = F.one_hot(label, len(spec.classes)).to(s)
        return (1 - s) * first + s * second, "blended"
    return torch.where(s[:, 0] < 0.5, label[0], label[1]), "halfway"


def _spherical(a: Tensor, b: Tensor, s: Tensor) -> Tensor:
    """Points on the great circle from a to b (k,) at s (n, 1), norms interpolated (Shoemake 1985; White 2016)."""
    angle = torch.arccos(torch.clamp(torch.dot(a / a.norm(), b / b.norm()), -1, 1))
    if float(angle) < 1e-4:
        return (1 - s) * a + s * b
    direction = (torch.sin((1 - s) * angle) * (a / a.norm()) + torch.sin(s * angle) * (b / b.norm())) / torch.sin(angle)
    walked: Tensor = direction * ((1 - s) * a.norm() + s * b.norm())
    return walked
