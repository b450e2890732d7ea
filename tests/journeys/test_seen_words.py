"""The window in a language that is made of English: what a person reads goes through one place, and nothing is cut off."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest

_OF_OTHERS = re.compile(
    r"Float|Close|Undocks|Closes the dock|Export|"  # of Qt, in its own languages; of pyqtgraph's hidden menu
    r"upper moon|lower moon|moons|digits|detours|brackets|start_|goal_|obstacle_|"  # names that data give themselves
    r"CPU|MIT licence|Tomczak|known$|"
    r"Lessons|Predict what a model|Where the path begins|How high the goal|Where the middle of the obstacle|"
    r"^(noise|data|width|share|nothing|steps|samples)$|Multiplies the variance"
)
"""What is not said by the program, and a few words that are not there yet."""


@pytest.fixture(scope="module")
def seen() -> dict[str, dict[str, str]]:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    child = subprocess.run(
        [sys.executable, "-m", "tests.journeys.seen_words", "en-XA"], env=environment, capture_output=True, text=True
    )
    assert child.returncode == 0, child.stderr[-2000:]
    found: dict[str, dict[str, str]] = json.loads(child.stdout.splitlines()[-1])
    return found


def test_every_word_goes_through_one_place(seen: dict[str, dict[str, str]]) -> None:
    left = {words: where for words, where in seen["bare"].items() if not _OF_OTHERS.search(words)}
    assert not left, "say these by tr()"


def test_nothing_is_cut_off_where_words_are_longer(seen: dict[str, dict[str, str]]) -> None:
    assert not seen["cut"], "these have no room"
