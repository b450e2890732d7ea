"""Every word goes through one place, and what translators write fits what is said."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.words import FOLDER, said_in_folders, said_in_source
from dgm_studio import language
from dgm_studio.language import MIRRORED, PSEUDO, places_in, pseudo, read_words, tr, use


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    yield
    use("en")


def test_english_is_complete() -> None:
    there = set(read_words(FOLDER / "en.json"))
    assert there == said_in_source() | said_in_folders(), "python -m benchmarks.words writes it anew"


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.json")), ids=lambda file: file.stem)
def test_a_translation_says_what_is_said_and_names_the_same_values(file: Path) -> None:
    english = read_words(FOLDER / "en.json")
    for text, said in read_words(file).items():
        assert text in english, f"{file.name}: nothing says {text!r}"
        assert said.strip(), f"{file.name}: {text!r} is empty"
        assert places_in(said) == places_in(text), f"{file.name}: {text!r}"


def test_what_is_missing_stays_english_and_values_stand_in_their_places(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "ko.json").write_text(
        json.dumps({"English": "한국어", "step {at} of {steps}": "{steps}단계 중 {at}단계"})
    )
    monkeypatch.setattr(language, "resource", lambda name: tmp_path)
    language.languages.cache_clear()
    try:
        assert language.languages() == {"en": "English", "ko": "한국어"}
        use("ko")
        assert tr("step {at} of {steps}", at=1, steps=3) == "3단계 중 1단계"
        assert tr("Train") == "Train"
        assert tr("a {brace}") == "a {brace}"
        use("tlh")
        assert language.language() == "en"
    finally:
        language.languages.cache_clear()


def test_a_file_of_words_is_flat(tmp_path: Path) -> None:
    file = tmp_path / "xx.json"
    file.write_text('{"Train": {"one": "x"}}')
    with pytest.raises(ValueError, match=r"xx\.json"):
        read_words(file)


def test_made_languages_are_longer_bracketed_and_keep_what_is_no_word() -> None:
    said = pseudo("Trained {steps} steps in $x^2$.")
    assert said.startswith("[")
    assert said.endswith("·]")
    assert "{steps}" in said
    assert "$x^2$" in said
    assert len(said) >= 1.3 * len("Trained {steps} steps in $x^2$.")
    assert pseudo(said) == said
    assert pseudo("± 0.3") == "± 0.3"
    use(MIRRORED)
    assert language.is_right_to_left()
    use(PSEUDO)
    assert not language.is_right_to_left()
    assert tr("Train").startswith("[")


def test_the_language_is_chosen_by_the_environment_or_the_settings(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DGM_STUDIO_HOME", str(tmp_path))
    monkeypatch.delenv("DGM_STUDIO_LANGUAGE", raising=False)
    assert language.chosen_language() == "en"
    settings = tmp_path / "settings.json"
    settings.write_text('{"language": "ko"}')
    assert language.chosen_language() == "ko"
    settings.write_text("{")
    assert language.chosen_language() == "en"
    settings.write_text("[]")
    assert language.chosen_language() == "en"
    monkeypatch.setenv("DGM_STUDIO_LANGUAGE", "en-XA")
    assert language.chosen_language() == "en-XA"
