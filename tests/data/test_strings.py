"""Strings: their rules, their laws in numbers, how they are written, and files of lines."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from pathlib import Path

import pytest
import torch

from dgm_studio.contract import DataError, DataSet, Source, Units, finish, rng_for
from dgm_studio.data import brackets, names, written
from dgm_studio.data.brackets import balanced
from dgm_studio.data.files import source_for_path
from dgm_studio.data.thumbnail import thumbnail
from dgm_studio.data.written import adds_up, is_date, roman
from dgm_studio.protocol.strings import numbers_of, pattern_of, text_of

SOURCES = {source.name: source for source in (*brackets.SOURCES, *written.SOURCES, *names.SOURCES)}
FEW = 200


def load(source: Source, seed: int = 0, **params: object) -> DataSet:
    return finish(source.load(source.Params(**params), rng_for(seed)))


@pytest.mark.parametrize("name", list(SOURCES))
def test_data_follow_their_rule_and_numbers_stand_for_letters(name: str) -> None:
    data = load(SOURCES[name], examples=FEW)
    spec = data.spec
    assert spec.data_kind == SOURCES[name].kind == "strings"
    assert len(spec.event) == 1
    assert spec.size <= 16
    assert spec.levels == len(spec.alphabet)
    assert spec.alphabet[0] == ""
    assert data.valid is not None
    assert data.log_density is not None
    for batch in (data.train, data.held_out):
        assert batch.x.dtype == torch.uint8
        assert bool(data.valid(batch.x).all())
        assert bool(data.log_density(batch.x).isfinite().all())
        texts = [text_of(row, spec.alphabet) for row in batch.x.tolist()]
        assert [numbers_of(text, spec.alphabet, spec.size) for text in texts] == batch.x.tolist()
    units = Units.of(data)
    assert torch.equal(units.to_data(units.to_model(data.train.x)), data.train.x)
    assert units.log_volume(spec.size) == 0
    shown = thumbnail(data, 64)
    assert shown.shape == (64, 64)
    assert shown.max() > 128


@pytest.mark.parametrize("name", list(SOURCES))
def test_what_is_changed_by_chance_is_caught(name: str) -> None:
    """A letter is put in the place of another: strings of a rule are few among all, so that few of them stay valid."""
    data = load(SOURCES[name], examples=FEW)
    assert data.valid is not None
    x, rng = data.train.x.clone(), rng_for(1)
    at = (torch.rand(len(x), generator=rng) * (x > 0).sum(1)).long()
    rows = torch.arange(len(x))
    there = x[rows, at]
    x[rows, at] = ((there + torch.randint(1, data.spec.levels - 1, (len(x),), generator=rng) - 1) % (
        data.spec.levels - 1
    ) + 1).to(torch.uint8)  # fmt: skip
    assert float(data.valid(x).float().mean()) < 0.75
    x[rows, at] = 0  # a gap is no letter of any rule
    inner = at < (data.train.x > 0).sum(1) - 1
    assert not bool(data.valid(x)[inner].any())


@pytest.mark.parametrize("name", ["sums", "dates", "roman", "names"])
def test_what_is_held_out_was_never_seen(name: str) -> None:
    data = load(SOURCES[name], examples=FEW)
    seen, held = ({tuple(row) for row in batch.x.tolist()} for batch in (data.train, data.held_out))
    assert len(seen) == len(data.train)
    assert not seen & held


def test_the_law_of_brackets_adds_up_to_one_and_is_drawn() -> None:
    law = brackets.brackets(1)
    every = ["".join(letters) for n in range(2, 13, 2) for letters in itertools.product("()", repeat=n)]
    valid = [text for text in every if law.rule(text)]
    assert len(valid) == 1 + 2 + 5 + 14 + 42 + 132  # Catalan's numbers
    assert sum(math.exp(law.log_p(text)) for text in valid) == pytest.approx(6 / 8)  # of eight lengths six
    drawn = law.draw(4000, rng_for(0))
    counts = Counter(text for text in drawn if len(text) == 6)
    n = sum(counts.values())
    assert abs(n / 4000 - 1 / 8) < 8 * (1 / 8 * 7 / 8 / 4000) ** 0.5
    assert len(counts) == 5
    assert max(abs(count / n - 1 / 5) for count in counts.values()) < 8 * (0.16 / n) ** 0.5
    nats = torch.tensor([-law.log_p(text) for text in drawn])
    assert abs(float(nats.mean()) - law.entropy) < 8 * float(nats.std()) / 4000**0.5


def test_rules_by_example() -> None:
    assert balanced("([]{})")
    for wrong in ("", "(", "([)]", "())", "(a)"):
        assert not balanced(wrong)
    assert adds_up("17+25=42")
    assert adds_up("0+0=0")
    for wrong in ("17+25=43", "017+25=42", "17+25=42=42", "100+1=101", "17-25=42", "17+25", "+1=1", "²+1=3"):
        assert not adds_up(wrong)
    assert is_date("2000-02-29")
    for wrong in ("1900-02-29", "2026-13-01", "2026-04-31", "26-04-30", "2026-4-30", "2200-01-01"):
        assert not is_date(wrong)
    assert [roman(n) for n in (4, 9, 1969, 3888)] == ["IV", "IX", "MCMLXIX", "MMMDCCCLXXXVIII"]
    assert not written.numerals().rule("IIII")


ALPHABET = ("", *"()[]")


def test_texts_and_patterns() -> None:
    assert text_of([1, 0, 2, 5, 0, 0], ALPHABET) == "(·)_"
    row, hidden = pattern_of("(()_?", ALPHABET, 8)
    assert row == [1, 1, 2, 5, 5, 0, 0, 0]
    assert hidden == [False] * 3 + [True] * 2 + [False] * 3
    row, hidden = pattern_of("(*", ALPHABET, 4)
    assert (row, hidden) == ([1, 5, 5, 5], [False, True, True, True])
    with pytest.raises(ValueError, match=r"'\(\(\)' hides no letter"):
        pattern_of("(()", ALPHABET, 8)
    with pytest.raises(ValueError, match="has '<', which the data never have"):
        pattern_of("(<_", ALPHABET, 8)
    with pytest.raises(ValueError, match="has 9 letters, and there is room for 8"):
        pattern_of("(((((((__", ALPHABET, 8)
    with pytest.raises(ValueError, match="for 'A' there is 'a'"):
        numbers_of("Anna", ("", *"an"), 4)


def test_a_file_of_lines_is_strings_and_a_file_of_numbers_points(tmp_path: Path) -> None:
    path = tmp_path / "fruit.txt"
    path.write_text(
        "\n".join(["", *(f"fruit {letter}" for letter in "abcdefghijklmn"), " apple ", ""]), encoding="utf-8"
    )
    source = source_for_path(path)
    assert source.name == "strings"
    data = load(source)
    assert data.spec.size == 7
    assert data.valid is None
    assert data.said == ("1 empty line left out",)
    assert "apple" in {text_of(row, data.spec.alphabet) for row in torch.cat([data.train.x, data.held_out.x]).tolist()}
    for table in (
        "x y\n1 2\n3 4\n5 6\n7 8.5\n",
        "1,5;2,5;red\n3;4;blue\n",
        "# made by hand\n1.5 2.5 red\n3 4 blue\n",
        "1\n2\n",
    ):
        numbers = tmp_path / "numbers.txt"
        numbers.write_text(table, encoding="utf-8")
        assert source_for_path(numbers).name == "points", table
    sums = tmp_path / "sums.txt"
    sums.write_text("1+1=2\n2+3=5\n", encoding="utf-8")
    assert source_for_path(sums).name == "strings"


def test_lines_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    path = tmp_path / "long.txt"
    path.write_text("\n".join([*"abcdefghijkl", "a line of more letters"]), encoding="utf-8")
    with pytest.raises(DataError, match=r"line 13 the longest with 22 .*set data.longest=22"):
        load(source_for_path(path))
    assert load(source_for_path(path), longest=22).spec.size == 22
    path.write_text("ab\nac\n", encoding="utf-8")
    with pytest.raises(DataError, match="2 different lines"):
        load(source_for_path(path))
