"""Class numbers and contexts: filling in the missing ones, and what a conditional density says about an unlabelled point.

A label tensor (n,) holds one class number per sample and -1 for "no class". A generator without a notion of "no class"
(kernel density, flow, VAE, GAN) then draws a class as often as it is among the data, and its marginal density is

    log p(x) = log sum_y p(y) p(x | y),        with the shares p(y) of the `DataSpec`.

A context (n, width) goes in the place of the labels. What of it is free needs no such sum: a model that learned from contexts
with slots taken away (`shown_to`) knows p(x | c) for every subset of them.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from dgm_studio.contract import Batch, DataSpec, Frame, Rng, Steer, Work
from dgm_studio.contract.context import drop_slots


def log_shares(spec: DataSpec, like: Tensor) -> Tensor:
    """log p(y) (C,) in the type and on the device of ``like``; minus infinity for a class without an example."""
    return like.new_tensor(spec.class_shares).log()


def draw_classes(n: int, spec: DataSpec, rng: Rng) -> Tensor:
    """Class numbers (n,), each as often as its share says; zeros where there are no classes. A context of free slots."""
    if spec.context:
        return all_free(n, spec, rng.device)
    if not spec.shares:
        return torch.randint(max(len(spec.classes), 1), (n,), generator=rng, device=rng.device)
    shares = torch.tensor(spec.shares, device=rng.device)
    return torch.multinomial(shares.expand(max(n, 1), -1), 1, generator=rng)[:n, 0]


def labels_for(frame: Frame, steer: Steer) -> Tensor:
    """The class of each sample (n,): the one asked for, or the one drawn at the start and kept in the frame."""
    drawn: Tensor = frame.state["drawn_class"]
    if steer.label is None:
        return drawn
    return filled_in(steer.label.to(drawn.device), drawn)


def filled_in(asked: Tensor, drawn: Tensor) -> Tensor:
    """Class numbers (n,) with those ``drawn`` where none is asked for; a context stays as it is."""
    return asked if asked.is_floating_point() else torch.where(asked >= 0, asked, drawn)


def all_free(n: int, spec: DataSpec, device: torch.device) -> Tensor:
    """A context (n, width) in which nothing is given."""
    return torch.zeros(n, spec.given_size, device=device)


def shown_to(batch: Batch, spec: DataSpec, rng: Rng) -> Tensor | None:
    """Labels of a batch as a model learns from them: contexts with some slots taken away, class numbers as they are."""
    if batch.label is None or not spec.context:
        return batch.label
    return drop_slots(spec.context, batch.label, rng)


def one_hot(label: Tensor | None, n: int, classes: int, like: Tensor) -> Tensor:
    """Labels as (n, classes) in the type and on the device of ``like``; an empty (n, 0) where there are no classes.

    Weights of classes (n, classes) and contexts in place of labels stay as they are. Raises ValueError for a class number that
    does not exist, and where a conditional network gets no label.
    """
    if not classes:
        return like.new_zeros(n, 0)
    if label is None:
        raise ValueError(f"this network needs a class for each sample; give numbers from 0 to {classes - 1}")
    if label.is_floating_point():
        return label.to(like)
    check_labels(label, classes)
    return F.one_hot(label.to(like.device), classes).to(like.dtype)


def class_or_first(label: Tensor | None, like: Tensor, spec: DataSpec) -> Tensor:
    """One-hot classes (n, C) for the n rows of ``like``; the first where no class is asked for, so that latents keep their
    meaning. Contexts stay, and nothing is given where none is asked for."""
    if spec.context:
        return all_free(len(like), spec, like.device).to(like) if label is None else label.to(like)
    if label is None:
        label = torch.zeros(len(like), dtype=torch.long, device=like.device)
    return one_hot(label.clamp_min(0), len(like), len(spec.classes), like)


def check_labels(label: Tensor, classes: int) -> None:
    """Raise ValueError where a class number is not in [0, classes)."""
    if len(label) and (int(label.min()) < 0 or int(label.max()) >= classes):
        wrong = label[(label < 0) | (label >= classes)][0]
        raise ValueError(f"class {int(wrong)} does not exist; this model knows classes 0 to {classes - 1}")


def marginal(
    given: Callable[[Tensor, Tensor | None], Work[Tensor]], x: Tensor, label: Tensor | None, spec: DataSpec
) -> Work[Tensor]:
    """Log-density (n,) from a class-conditional one: of the labelled class where there is one, else of the mixture."""
    classes = len(spec.classes)
    if spec.context:
        return (yield from given(x, all_free(len(x), spec, x.device) if label is None else label))
    if not classes:
        return (yield from given(x, None))
    if label is not None and bool((label >= 0).all()):
        return (yield from given(x, label))
    joint = x.new_empty(len(x), classes)
    for y in range(classes):
        joint[:, y] = yield from given(x, torch.full((len(x),), y, device=x.device))
    mixture = (joint + log_shares(spec, joint)).logsumexp(-1)
    if label is None:
        return mixture
    chosen = joint.gather(-1, label.clamp_min(0)[:, None])[:, 0]
    return torch.where(label >= 0, chosen, mixture)
