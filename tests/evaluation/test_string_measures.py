"""Measures of strings against counts by hand."""

from __future__ import annotations

import math

import pytest
import torch

from dgm_studio.contract import Evidence, finish, rng_for
from dgm_studio.data.shared.strings import checked, string_spec
from dgm_studio.discovery import discover
from dgm_studio.evaluation import nll
from dgm_studio.evaluation.shared.outliers import strangers
from dgm_studio.evaluation.strings import copied_share, distinct_share, valid_share

SPEC = string_spec(("", "a", "b"), 4)
TRAIN = torch.tensor([[1, 1, 0, 0], [1, 2, 1, 0]]).float().repeat(20, 1)
HELD = torch.tensor([[1, 1, 0, 0], [2, 2, 2, 2]]).float().repeat(20, 1)
SAMPLES = torch.tensor([[1, 1, 0, 0], [1, 1, 0, 0], [2, 1, 0, 0], [2, 0, 1, 0]]).float().repeat(10, 1)
EVIDENCE = Evidence(
    SPEC, SAMPLES, TRAIN, HELD, rng_for(0), valid=checked(lambda text: text.startswith("a"), SPEC.alphabet)
)


def test_shares_are_counted() -> None:
    assert (valid_share(EVIDENCE).value, valid_share(EVIDENCE).floor) == (0.5, 0.5)
    assert (copied_share(EVIDENCE).value, copied_share(EVIDENCE).floor) == (0.5, 0.5)
    found = finish(distinct_share(EVIDENCE))
    assert (found.value, found.floor) == (3 / 40, 2 / 40)


def test_the_claimed_errors_are_the_spread_over_repetitions() -> None:
    """Of strings of six letters out of two, of which half are valid: not far from it, as leaving out groups overstates the
    error of a count of distinct ones somewhat."""
    spec = string_spec(("", "a", "b"), 6)
    found: dict[str, list[tuple[float, float]]] = {"valid": [], "distinct": [], "copied": []}
    for seed in range(30):
        samples, train, held = (torch.randint(1, 3, (n, 6), generator=rng_for(seed, n)).float() for n in (80, 20, 81))
        evidence = Evidence(spec, samples, train, held, rng_for(seed), valid=lambda x: x[:, 0] + x[:, 1] == 3)
        for name, one in (("valid", valid_share(evidence)), ("copied", copied_share(evidence))):
            found[name].append((one.value, one.error))
        one = finish(distinct_share(evidence))
        found["distinct"].append((one.value, one.error))
    for name, told in found.items():
        values, errors = torch.tensor(told).T
        ratio = float(errors.median() / values.std())
        assert 0.4 < ratio < 3, name


def test_bits_per_letter_divide_by_letters_and_not_by_blanks() -> None:
    nats = torch.full((40,), -3 * math.log(2))
    told = nll.compute(Evidence(SPEC, SAMPLES, TRAIN, HELD, rng_for(0), log_density=nats, true_log_density=nats / 2))
    assert told.value == pytest.approx(3 / 3)  # three bits for strings of two and of four letters
    assert told.floor == pytest.approx(0.5)
    assert told.unit == "bits/letter"


def test_only_measures_of_strings_are_of_strings() -> None:
    measures = discover("dgm_studio.evaluation", "MEASURE")
    found = {name for name, one in measures.items() if one.can_measure(EVIDENCE)}
    assert found == {"valid", "distinct", "copied"}


def test_strange_strings_are_as_long_as_data() -> None:
    sets = strangers(HELD, SPEC, rng_for(1))
    assert set(sets) == {"random letters", "shuffled letters", "reversed data"}
    for x in sets.values():
        assert torch.equal((x > 0).sum(1), (HELD > 0).sum(1))
    assert torch.equal(strangers(TRAIN, SPEC, rng_for(1))["reversed data"], TRAIN)
