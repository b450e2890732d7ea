"""Classifier-free guidance is the formula, and costs a second pass only when it acts."""

from __future__ import annotations

import pytest
import torch

from dgm_studio.samplers.guidance import guided


class Counting:
    """A prediction that is 1 for class 0, 2 for class 1 and so on, and 0 for no class."""

    def __init__(self):
        self.rows = 0

    def __call__(self, x, level, label):
        self.rows += len(x)
        value = torch.zeros(len(x)) if label is None else label + 1.0
        return value[:, None] * torch.ones_like(x)


@pytest.mark.parametrize("weight", [0.0, 0.5, 1.0, 3.0])
def test_is_the_formula(weight):
    x, label = torch.zeros(3, 2), torch.tensor([0, 1, 4])
    out = guided(Counting(), label, weight)(x, 0.5)
    assert torch.allclose(out, weight * (label + 1.0)[:, None].expand(3, 2))


def test_rows_without_a_class_are_not_guided():
    out = guided(Counting(), torch.tensor([-1, 2]), 5.0)(torch.zeros(2, 1), 0.5)
    assert out.flatten().tolist() == [0.0, 15.0]


@pytest.mark.parametrize(("weight", "passes"), [(0.0, 1), (1.0, 1), (2.0, 2)])
def test_passes_only_where_it_acts(weight, passes):
    f = Counting()
    guided(f, torch.tensor([0]), weight)(torch.zeros(1, 1), 0.5)
    assert f.rows == passes
