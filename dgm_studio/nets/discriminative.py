"""Classifiers that learn p(y | x) and nothing of x: a linear one, a small network, one trained on attacked examples, and a
convolutional one for images.

What fools them is a step of at most ``epsilon`` in every number, uphill in their loss (projected gradient descent, Madry et al.
2017, arXiv:1706.06083),

    x' = clip(x + a sign grad_x -log p(y | x), x0 - epsilon, x0 + epsilon),

which for a linear classifier is a single step (Goodfellow et al. 2014, arXiv:1412.6572). A robust one is trained on such x' in
place of x.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from dgm_studio.contract import Work, rng_for, seeded
from dgm_studio.nets.mlp import mlp
from dgm_studio.nets.momentum import Momentum

ClassifierKind = Literal["logistic", "net", "robust", "convolutional"]
CLASSIFIER_KINDS: tuple[ClassifierKind, ...] = ("logistic", "net", "robust")
"""Those that are attacked."""
Logits = Callable[[Tensor], Tensor]
"""Examples (n, *event) in model units to logits (n, classes), differentiably."""

LEARNING_STEPS = 400
_BATCH, _WIDTH = 128, 128
_RATE, _CLIP = 0.2, 0.1
_PER_SLICE, _SEED = 10, 606
ATTACK_STEPS = 10
_LARGE, _GROUPS = 16, 8
"""Pixels from which a convolutional classifier halves its images at once; groups of channels that are normalised together."""


class FlatClassifier(nn.Module):
    """Layers of the given sizes over flattened examples, to logits (n, classes)."""

    def __init__(self, sizes: list[int]) -> None:
        super().__init__()
        self.layers = mlp(sizes)

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.layers(x.flatten(1).float())
        return logits

    def hidden(self, x: Tensor) -> list[Tensor]:
        """What the units of each hidden layer say of x (n, *event), (n, units) from the first layer on."""
        said, h = [], x.flatten(1).float()
        for layer in list(self.layers)[:-1]:
            h = layer(h)
            if not isinstance(layer, nn.Linear):
                said.append(h)
        return said


class ConvClassifier(nn.Module):
    """Three convolutions, the largest over all places, and a linear layer, from images (n, C, H, W) of any size to logits."""

    def __init__(self, channels: int, side: int, classes: int, widths: tuple[int, ...] = (24, 48, 64)) -> None:
        super().__init__()
        self.convolutions = nn.ModuleList(
            nn.Conv2d(before, after, 3, stride=2 if i or side >= _LARGE else 1, padding=1)
            for i, (before, after) in enumerate(pairwise((channels, *widths)))
        )
        self.norms = nn.ModuleList(nn.GroupNorm(_GROUPS, width) for width in widths)
        self.last = nn.Linear(widths[-1], classes)

    def hidden(self, x: Tensor) -> list[Tensor]:
        """What the units of each layer say of x (n, C, H, W) in every place, (n, units, h, w) from the first layer on."""
        said, h = [], x.float()
        for layer, norm in zip(self.convolutions, self.norms, strict=True):
            h = functional.silu(norm(layer(h)))
            said.append(h)
        return said

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.last(self.hidden(x)[-1].amax((2, 3)))
        return logits


DataClassifier = FlatClassifier | ConvClassifier


def attacked(
    logits: Logits,
    x: Tensor,
    label: Tensor,
    epsilon: float,
    bounds: tuple[float, float] | None = None,
    steps: int = ATTACK_STEPS,
) -> Tensor:
    """Examples x (n, *event) moved by at most ``epsilon`` in every number to where ``label`` (n,) is least believed.

    They stay within ``bounds`` where there are some. From where they are, so that the same x gives the same x'.
    """
    moved = x.detach()
    for _ in range(steps if epsilon > 0 else 0):
        with torch.inference_mode(False), torch.enable_grad():
            at = moved.clone().requires_grad_()
            loss = functional.cross_entropy(logits(at), label, reduction="sum")
            (grad,) = torch.autograd.grad(loss, at)
        moved = moved + 2.5 * epsilon / steps * grad.sign()
        moved = torch.minimum(torch.maximum(moved, x - epsilon), x + epsilon)
        moved = moved if bounds is None else moved.clamp(*bounds)
    return moved


def can_be_attacked(logits: Logits, x: Tensor) -> bool:
    """Whether logits of x (n, *event) can be differentiated by x."""
    with torch.inference_mode(False), torch.enable_grad():
        return bool(logits(x.clone().requires_grad_()).requires_grad)


def learn_classifier(
    kind: ClassifierKind,
    x: Tensor,
    label: Tensor,
    classes: int,
    epsilon: float = 0.0,
    bounds: tuple[float, float] | None = None,
) -> Work[DataClassifier]:
    """A classifier of examples (n, *event) of classes (n,), trained in slices; the same every time. A robust one is trained
    against attacks of ``epsilon``; a convolutional one is of images only."""
    size = x[0].numel()
    sizes = [size, classes] if kind == "logistic" else [size, _WIDTH, _WIDTH, classes]
    with torch.inference_mode(False), seeded(torch.Generator().manual_seed(_SEED)):
        net = ConvClassifier(x.shape[1], x.shape[-1], classes) if kind == "convolutional" else FlatClassifier(sizes)
        x, label = x.clone(), label.clone()
    descent = Momentum(net.parameters(), _RATE, LEARNING_STEPS, _CLIP)
    for step in range(LEARNING_STEPS):
        pick = torch.randint(len(x), (_BATCH,), generator=rng_for(_SEED, step))
        seen, own = x[pick], label[pick]
        if kind == "robust":
            seen = attacked(net, seen, own, epsilon, bounds, 5).clone()
        with torch.inference_mode(False), torch.enable_grad():
            gradients = torch.autograd.grad(functional.cross_entropy(net(seen.clone()), own), descent.weights)
        descent.step(step, gradients)
        if step % _PER_SLICE == 0:
            yield
    return net.requires_grad_(False)


def to_the_border(logits: Logits, x: Tensor, steps: int = 60, reach: float = 8.0) -> Tensor:
    """The nearest points (n, *event) found where another class is believed than at x: Newton's steps along the gradient of
    how far the class is ahead (DeepFool, Moosavi-Dezfooli et al. 2015, arXiv:1511.04599), each at most an eighth of ``reach``
    long, then halving between x and where they end."""
    with torch.no_grad():
        first = logits(x).argmax(1)
    at = x.detach().clone()
    for _ in range(steps):
        with torch.inference_mode(False), torch.enable_grad():
            here = at.clone().requires_grad_()
            scores = logits(here)
            others = scores.scatter(1, first[:, None], -torch.inf)
            lead = scores.gather(1, first[:, None])[:, 0] - others.max(1).values
            (grad,) = torch.autograd.grad(lead.sum(), here)
        flat = grad.flatten(1)
        length = flat.norm(dim=1).clamp_min(1e-6)
        step = ((lead.detach() + 1e-4) / length).clamp(max=reach / 8)
        step = torch.where(lead.detach() > 0, step, torch.zeros_like(step))
        at = at - (step / length)[:, None].mul(flat).view_as(at)
    low, high = torch.zeros(len(x)), torch.ones(len(x))
    for _ in range(20):
        middle = (low + high) / 2
        share = middle.view(-1, *[1] * (x.dim() - 1))
        with torch.no_grad():
            crossed = logits(x + share * (at - x)).argmax(1) != first
        low, high = torch.where(crossed, low, middle), torch.where(crossed, middle, high)
    return x + high.view(-1, *[1] * (x.dim() - 1)) * (at - x)
