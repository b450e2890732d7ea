"""What a mask is: one polarity, strengths, and shapes that are checked."""

from __future__ import annotations

import pytest
import torch

from dgm_studio.conditions.mask import Mask, compose, hold


def test_compose_puts_known_pixels_back_bit_for_bit():
    value = torch.randn(1, 4, 4)
    mask = torch.zeros(1, 4, 4)
    mask[:, :2] = 1
    x = compose(Mask(value, mask), torch.randn(5, 1, 4, 4))
    assert torch.equal(x[:, :, 2:], value[None, :, 2:].expand(5, 1, 2, 4))


def test_compose_leaves_what_is_to_be_generated():
    x = torch.randn(5, 2)
    assert torch.equal(compose(Mask(torch.zeros(2), torch.ones(2)), x), x)


def test_a_mask_of_one_channel_serves_all_channels():
    x = compose(Mask(torch.zeros(3, 2, 2), torch.zeros(1, 2, 2)), torch.ones(4, 3, 2, 2))
    assert torch.equal(x, torch.zeros(4, 3, 2, 2))


def test_strength_frees_a_pixel_when_progress_passes_one_minus_it():
    mask = Mask(torch.zeros(4), torch.tensor([0.0, 0.25, 0.75, 1.0]))
    assert mask.held(0.0).tolist() == [True, True, True, False]
    assert mask.held(0.5).tolist() == [True, True, False, False]
    assert mask.held(0.9).tolist() == [True, False, False, False]
    assert mask.held(1.0).tolist() == [True, False, False, False]


@pytest.mark.parametrize("mask", [torch.tensor([0.0, 1.5]), torch.tensor([-0.1, 0.5]), torch.tensor([float("nan"), 0])])
def test_refuses_strengths_outside_zero_to_one(mask):
    with pytest.raises(ValueError, match="between 0"):
        Mask(torch.zeros(2), mask)


def test_refuses_shapes_that_do_not_fit():
    with pytest.raises(ValueError, match=r"shape \(3,\)"):
        Mask(torch.zeros(2), torch.zeros(3))
    with pytest.raises(ValueError, match="do not fit samples"):
        compose(Mask(torch.zeros(2, 2), torch.zeros(2, 2)), torch.zeros(5, 2))


def test_hold_takes_the_known_values_at_hand():
    mask = Mask(torch.zeros(2), torch.tensor([0.0, 1.0]))
    assert hold(mask, torch.ones(1, 2), torch.full((1, 2), 7.0), 0.5).tolist() == [[7.0, 1.0]]
