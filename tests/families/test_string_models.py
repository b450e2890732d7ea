"""Models of strings: exact conditionals, filling in that is exact, and what letters revealed together do not know."""

from __future__ import annotations

import itertools
import math

import pytest
import torch
from torch import Tensor

from dgm_studio.conditions.mask import Mask
from dgm_studio.contract import Batch, DataError, DataSpec, Model, Steer, finish, rng_for, trajectory
from dgm_studio.data import brackets
from dgm_studio.data.shared.strings import string_spec
from dgm_studio.families.autoregressive.autoregressive import FAMILY as AUTOREGRESSIVE
from dgm_studio.families.autoregressive.candidates import LetterCandidateKnobs
from dgm_studio.families.masked.masked import FAMILY as MASKED
from dgm_studio.families.masked.masked import Masked
from dgm_studio.families.masked.unmasking_walks import LetterUnmaskingKnobs, Unmasking
from dgm_studio.protocol.strings import numbers_of

SPEC = string_spec(("", "a", "b"), 3)
STRINGS = torch.tensor(list(itertools.product(range(3), repeat=3))).float()


def learned(family: object, strings: Tensor, spec: DataSpec, steps: int, **config: object) -> Model:
    model = family.build(family.Config(**{"width": 16, **config}), spec, rng_for(0))  # type: ignore[attr-defined]
    for i in range(steps):
        which = torch.randint(len(strings), (64,), generator=rng_for(1, i))
        model.train_step(Batch.of(strings[which]), rng_for(2, i))
    return model


@pytest.fixture(scope="module")
def agreeing() -> Model:
    """An autoregressive model of ``aaa``, ``abb`` and ``b``, which has learned them in part."""
    some = torch.tensor([[1, 1, 1], [1, 2, 2], [2, 0, 0]]).float()
    return learned(AUTOREGRESSIVE, some, SPEC, 25, layers=1)


def test_the_density_of_strings_sums_to_one(agreeing: Model) -> None:
    density = agreeing.abilities().log_density
    assert density is not None
    assert density.kind == "exact"
    with torch.no_grad():
        assert float(density(STRINGS).exp().sum()) == pytest.approx(1, abs=1e-5)


def test_every_filling_is_the_conditional_of_the_model(agreeing: Model) -> None:
    """Of ``a?b`` and as a whole, within six standard errors; weighted candidates come near it."""
    abilities = agreeing.abilities()
    assert abilities.log_density is not None
    ends_in_b = torch.tensor([[1.0, k, 2.0] for k in range(3)])
    with torch.no_grad():
        p = abilities.log_density(ends_in_b).softmax(0)
    n = 3000
    mask = Mask(torch.tensor([1.0, 3.0, 2.0]), torch.tensor([0.0, 1.0, 0.0]))
    error = float((p * (1 - p) / n).sqrt().max())
    for name, knobs, slack in (
        ("every-filling", None, 6 * error),
        ("candidates", LetterCandidateKnobs(candidates=32), 8 * error + 0.02),
    ):
        sampler = abilities.methods[name].sampler
        x = finish(trajectory(sampler, n, Steer(knobs or sampler.Knobs(), condition=mask), 0))[-1].x
        assert bool((x[:, 0] == 1).all())
        assert bool((x[:, 2] == 2).all())
        share = torch.bincount(x[:, 1].long(), minlength=3) / n
        assert float((share - p).abs().max()) < slack


def test_too_many_fillings_are_refused_with_their_number() -> None:
    spec = string_spec(("", *"abcdefghij"), 6)
    model = learned(AUTOREGRESSIVE, torch.ones(4, 6), spec, 1, layers=1)
    sampler = model.abilities().methods["every-filling"].sampler
    asked = Steer(sampler.Knobs(), condition=Mask(torch.ones(6), torch.ones(6)))
    with pytest.raises(DataError, match="6 hidden letters can be filled in 1,771,561 ways"):
        sampler.start(1, asked, rng_for(0))


PAIRS = torch.tensor([[1, 1], [2, 2]]).float()


def true_conditionals(level: Tensor, hidden: Tensor, label: Tensor | None = None) -> Tensor:
    """Of ``aa`` and ``bb``, each as likely: a letter that is seen decides the other (n, 2, 3)."""
    logits = torch.full((len(level), 2, 3), -1e9)
    logits[:, :, 1:] = 0.0
    for i, j in ((0, 1), (1, 0)):
        seen = ~hidden[:, j]
        logits[seen, i] = -1e9
        logits[seen, i, level[seen, j]] = 0.0
    return logits


def test_letters_revealed_one_by_one_agree_and_together_half_of_them() -> None:
    spec = string_spec(("", "a", "b"), 2)
    n = 2000
    for letters, agree in ((1, 1.0), (2, 0.5)):
        walk = Unmasking(true_conditionals, spec, 3)
        frames = finish(trajectory(walk, n, Steer(LetterUnmaskingKnobs(letters=letters)), 0))
        assert len(frames) == 1 + 2 // letters
        assert bool((frames[0].x == spec.hidden_letter).all())
        x = frames[-1].x
        same = float((x[:, 0] == x[:, 1]).float().mean())
        assert abs(same - agree) <= 6 * math.sqrt(agree * (1 - agree) / n)


def test_frames_show_what_is_hidden_until_it_is_there() -> None:
    spec = string_spec(("", "a", "b"), 2)
    walk = Unmasking(true_conditionals, spec, 3)
    middle = finish(trajectory(walk, 50, Steer(LetterUnmaskingKnobs()), 0))[1]
    assert bool(((middle.x == spec.hidden_letter).sum(1) == 1).all())
    assert middle.t == pytest.approx(0.5)


def test_from_left_to_right_the_first_hidden_letter_comes_next() -> None:
    spec = string_spec(("", "a", "b"), 2)
    walk = Unmasking(true_conditionals, spec, 3)
    middle = finish(trajectory(walk, 50, Steer(LetterUnmaskingKnobs(order="first")), 0))[1]
    assert bool((middle.x[:, 0] != spec.hidden_letter).all())
    assert bool((middle.x[:, 1] == spec.hidden_letter).all())


@pytest.mark.parametrize("net", ["mlp", "transformer"])
def test_what_is_hidden_is_not_seen_and_what_is_not_is(net: str) -> None:
    """Logits do not change with the letter behind a mask, and do with one that is shown."""
    model = learned(MASKED, STRINGS, SPEC, 20, net=net, blocks=1)
    assert isinstance(model, Masked)
    hidden = torch.tensor([[True, False, True]])
    logits = [model.learner.net(torch.tensor([row]), hidden) for row in ([1, 1, 1], [2, 1, 0], [1, 2, 1])]
    assert torch.equal(logits[0], logits[1])
    assert not torch.allclose(logits[0], logits[2])


def test_brackets_are_learned() -> None:
    """The autoregressive family writes some valid brackets after few steps, by many times more than chance does."""
    law = brackets.brackets(1)
    short = [text for text in law.draw(600, rng_for(3)) if len(text) <= 6]
    spec = string_spec(law.alphabet, 6)
    strings = torch.tensor([numbers_of(text, law.alphabet, 6) for text in short]).float()
    model = learned(AUTOREGRESSIVE, strings, spec, 80, layers=2, width=32)
    sampler = next(iter(model.abilities().samplers.values()))
    x = finish(trajectory(sampler, 200, Steer(sampler.Knobs()), 0))[-1].x
    valid = sum("".join(law.alphabet[k] for k in row).rstrip() in short for row in x.long().tolist()) / 200
    assert valid > 0.3  # by chance 8 of 3^6


@pytest.mark.parametrize("family", [AUTOREGRESSIVE, MASKED])
def test_strings_have_no_classes(family: object) -> None:
    spec = DataSpec((3,), "discrete", ("x", "y"), levels=3, alphabet=("", "a", "b"))
    assert "without classes" in (family.refuses(spec) or "")  # type: ignore[attr-defined]
    assert family.refuses(SPEC) is None  # type: ignore[attr-defined]
