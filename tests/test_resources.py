"""The files that come with the program are found, and each font has its licence."""

from __future__ import annotations

import pytest
from PIL import ImageFont

from dgm_studio.resources import resource


def test_fonts_open_and_have_licences() -> None:
    fonts = [*resource("fonts").glob("*.ttf"), *resource("fonts/glyphs").glob("*.ttf")]
    assert len(fonts) >= 13
    for file in fonts:
        assert ImageFont.truetype(str(file), 20).getlength("A1") > 5
        assert resource(f"fonts/LICENSE-{file.stem.split('-')[0]}.txt").stat().st_size > 1000


def test_a_missing_file_says_where_it_was_looked_for() -> None:
    with pytest.raises(FileNotFoundError, match=r"'nope\.ttf' is in none of"):
        resource("nope.ttf")
