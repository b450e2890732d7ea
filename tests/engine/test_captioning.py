"""Captions of pictures: by two towers, by the model, among named ones; what a bag of words cannot tell apart."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from dgm_studio.api.job import RUN, BadInput, Job
from dgm_studio.contract import rng_for
from dgm_studio.data.captions import drawn_as
from dgm_studio.data.shared.language import CAPTIONS, number
from dgm_studio.protocol import messages as m
from dgm_studio.protocol.spec import DataChoice, RunSpec

ASKED, SWAP = "red circle above blue square", "blue square above red circle"


def opened(reading: str = "ordered", data: str = "captions", *, conditional: bool = True) -> Job:
    job = Job()
    params = {"examples": 500, "reading": reading} if data == "captions" else {}
    job.open(RunSpec(data=DataChoice(name=data, params=params), family="kde", conditional=conditional))
    return job


def pictures(*captions: str) -> np.ndarray:
    numbers = torch.tensor([CAPTIONS.index(each) for each in captions])
    return drawn_as(numbers, rng_for(3)).permute(0, 2, 3, 1).numpy()


def test_a_picture_has_its_caption_and_not_the_swapped_one() -> None:
    told = opened().ask(m.Classify(RUN, pictures(ASKED, "green triangle"), 1), m.Classified).captions
    assert told is not None
    first, alone = told.few
    assert first[0] == ASKED
    assert first[-1] == SWAP
    assert alone[0] == "green triangle"  # which has no other order
    assert told.read[0, 0] > 0.9
    assert told.read[0, -1] < 0.01
    assert told.kind == "exact"
    shares = told.by_model()
    assert shares is not None
    assert np.allclose(shares.sum(1), 1)


def test_a_bag_of_words_finds_both_orders_alike() -> None:
    told = opened("bag of words").ask(m.Classify(RUN, pictures(ASKED), 1, (ASKED, SWAP)), m.Classified).captions
    assert told is not None
    assert told.few == ((ASKED, SWAP),)
    assert told.read[0] == pytest.approx([0.5, 0.5], abs=1e-3)
    assert number("red circle", "above", "blue square") == CAPTIONS.index(ASKED)


def test_a_model_that_is_not_told_captions_has_no_say_and_data_without_them_are_refused() -> None:
    told = opened(conditional=False).ask(m.Classify(RUN, pictures(ASKED), 1), m.Classified).captions
    assert told is not None
    assert told.evidence is None
    with pytest.raises(BadInput, match="no word 'crimson'"):
        opened().ask(m.Classify(RUN, pictures(ASKED), 1, ("crimson circle",)), m.Classified)
    digits = opened(data="digits")
    x = np.zeros((1, 8, 8), np.uint8)
    assert digits.ask(m.Classify(RUN, x, 1), m.Classified).captions is None
    with pytest.raises(BadInput, match="no captions"):
        digits.ask(m.Classify(RUN, x, 2, (ASKED,)), m.Classified)
