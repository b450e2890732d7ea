"""Regression: a net of what is given to one example, with squared error.

It learns the mean of what was shown, E[x | c]. Where examples under one c are of two kinds the mean is of neither, which is
what a generative model is for (Bishop 1994, Mixture density networks).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from dgm_studio.contract import Work, rng_for, seeded
from dgm_studio.nets.mlp import Mlp, mlp
from dgm_studio.nets.momentum import Momentum

LEARNING_STEPS = 600
_BATCH, _WIDTH = 128, 128
_RATE, _CLIP = 0.1, 0.1
_PER_SLICE, _SEED = 10, 707


def learn_regression(context: Tensor, x: Tensor) -> Work[Mlp]:
    """A net from contexts (n, width) to the flat mean (n, size) of examples x (n, *event), trained in slices; the same every
    time."""
    with torch.inference_mode(False), seeded(torch.Generator().manual_seed(_SEED)):
        context, target = context.clone(), x.flatten(1).clone()
        net = mlp([context.shape[1], _WIDTH, _WIDTH, target.shape[1]])
    descent = Momentum(net.parameters(), _RATE, LEARNING_STEPS, _CLIP)
    for step in range(LEARNING_STEPS):
        pick = torch.randint(len(target), (_BATCH,), generator=rng_for(_SEED, step))
        with torch.inference_mode(False), torch.enable_grad():
            loss = nn.functional.mse_loss(net(context[pick]), target[pick], reduction="sum") / _BATCH
            gradients = torch.autograd.grad(loss, descent.weights)
        descent.step(step, gradients)
        if step % _PER_SLICE == 0:
            yield
    net.requires_grad_(False)
    return net
