"""Attention by how far apart letters are: what stands elsewhere is treated alike, and each head has its own nearness."""

from __future__ import annotations

import torch

from dgm_studio.contract import rng_for
from dgm_studio.nets.relative_attention import RelativeAttentionBlock


def block() -> RelativeAttentionBlock:
    torch.manual_seed(0)
    made = RelativeAttentionBlock(6, 8, 2)
    torch.nn.init.normal_(made.nearness, 0, 2, generator=rng_for(1))
    return made


def test_each_letter_sees_those_at_its_own_distances() -> None:
    """By the definition, written out for one head and one query at a time."""
    made, h = block(), torch.randn(2, 6, 8, generator=rng_for(2))
    query, key, value = made.enter(made.norm_1(h)).chunk(3, -1)
    expected = torch.zeros_like(h)
    for head in range(2):
        part = slice(4 * head, 4 * head + 4)
        for i in range(6):
            score = (key[..., part] @ query[:, i, part, None])[..., 0] / 2
            score = score + torch.stack([made.nearness[head, j - i + 5] for j in range(6)])
            expected[:, i, part] = (score.softmax(-1)[..., None] * value[..., part]).sum(1)
    joined = h + made.join(expected)
    torch.testing.assert_close(made(h), joined + made.narrow(made.wide(made.norm_2(joined)).relu()))


def test_a_gradient_reaches_every_distance() -> None:
    made, h = block(), torch.randn(2, 6, 8, generator=rng_for(3))
    made(h).square().sum().backward()
    assert made.nearness.grad is not None
    assert bool((made.nearness.grad != 0).all())
