"""A lesson to be changed: tests write what is wrong into it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from lesson_text import BODY, HEAD


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    """Writes a lesson and returns its folder."""

    def write(text: str = HEAD + BODY, **others: str) -> Path:
        folder = tmp_path / "too-few"
        folder.mkdir(exist_ok=True)
        (folder / "lesson.md").write_text(text, encoding="utf-8")
        for language, words in others.items():
            (folder / f"lesson.{language}.md").write_text(words, encoding="utf-8")
        return folder

    return write
