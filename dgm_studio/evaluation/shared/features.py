"""Features that tell the classes of a data set apart, learned in seconds from the set itself.

A small network is trained to classify noisy training examples; its last hidden layer is the feature. Frechet distances on
such features see what matters for this data, where features of photographs would not. Where the data have no classes,
clusters of the training examples stand in for them.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from dgm_studio.contract import Work, rng_for, seeded
from dgm_studio.nets.kmeans import kmeans, nearest
from dgm_studio.nets.momentum import Momentum

SIZE = 48
_STEPS, _BATCH, _STEPS_PER_SLICE = 600, 128, 4
_RATE, _CLIP = 0.1, 1.0
_NOISE = 0.25
_SEED = 515
_CLUSTERS = 10


class FeatureNet(nn.Module):
    """Two hidden layers; ``features`` (n, 48) is the second, ``forward`` gives logits (n, classes)."""

    def __init__(self, size: int, classes: int) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Linear(size, 128), nn.SiLU(), nn.Linear(128, SIZE), nn.SiLU())
        self.head = nn.Linear(SIZE, classes)

    def features(self, x: Tensor) -> Tensor:
        """Examples (n, *event) in model units to (n, 48)."""
        found: Tensor = self.body(x.flatten(1).float())
        return found

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.head(self.features(x))
        return logits


def learn_features(x: Tensor, label: Tensor | None, classes: int) -> Work[FeatureNet]:
    """A network trained on examples (n, *event) and their classes (n,), on the CPU, in slices; the same every time."""
    x = x.flatten(1).float()
    if label is None or classes < 2:
        classes = min(_CLUSTERS, len(x))
        label = nearest(x, kmeans(x[:2000], classes, rng_for(_SEED)))
    with seeded(torch.Generator().manual_seed(_SEED)):
        net = FeatureNet(x.shape[1], classes)
    descent = Momentum(net.parameters(), _RATE, _STEPS, _CLIP)
    for step in range(_STEPS):
        rng = rng_for(_SEED, step)
        pick = torch.randint(len(x), (_BATCH,), generator=rng)
        noisy = x[pick] + _NOISE * torch.randn(_BATCH, x.shape[1], generator=rng)
        with torch.enable_grad():
            loss = nn.functional.cross_entropy(net(noisy), label[pick])
            gradients = torch.autograd.grad(loss, descent.weights)
        descent.step(step, gradients)
        if step % _STEPS_PER_SLICE == 0:
            yield
    return net.requires_grad_(False)
