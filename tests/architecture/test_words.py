"""One word per thing: the table of CONTRIBUTING says which, and no public class has the name of another."""

from __future__ import annotations

import ast
import re
import tokenize
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
OWN_TO_EACH = {"Config", "Run"}
"""Names that modules give to a class of their own by agreement; people know the `Run` of the library alone."""


def rejected() -> dict[str, str]:
    """Identifiers that are not used, with what is said instead."""
    rows = re.findall(r"^\|(.*)\|(.*)\|(.*)\|$", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), flags=re.M)
    return {word: say.strip() for say, _, no in rows for word in re.findall(r"`([^`]+)`", no)}


def modules() -> list[Path]:
    return sorted((ROOT / "dgm_studio").rglob("*.py"))


def names(path: Path) -> Iterator[tokenize.TokenInfo]:
    with tokenize.open(path) as file:
        yield from (t for t in tokenize.generate_tokens(file.readline) if t.type == tokenize.NAME)


def test_no_rejected_word_is_an_identifier() -> None:
    words = rejected()
    assert len(words) > 10
    found = [
        f"{path.relative_to(ROOT)}:{token.start[0]} {token.string}: say {words[token.string]}"
        for path in modules()
        for token in names(path)
        if token.string in words
    ]
    assert not found


def test_no_two_public_classes_share_a_name() -> None:
    homes: dict[str, list[str]] = defaultdict(list)
    for path in modules():
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes[node.name].append(str(path.relative_to(ROOT)))
    assert not {name: where for name, where in homes.items() if len(where) > 1 and name not in OWN_TO_EACH}


def test_a_workspace_is_the_studios_and_nobody_below_knows_of_it() -> None:
    """Below there are kinds of data."""
    above = {"studio", "ui", "cli"}
    below = [path for path in modules() if path.relative_to(ROOT / "dgm_studio").parts[0] not in above]
    assert len(below) > 200
    assert not [str(path) for path in below for token in names(path) if "workspace" in token.string.lower()]


def test_only_a_vq_vae_has_codes() -> None:
    """Others have latents. Programs end with a code and letters have one."""
    others = {"data/icons.py", "data/reading/idx.py", "ui/app.py"}
    root = ROOT / "dgm_studio"
    those = [
        path for path in modules() if str(path.relative_to(root)) not in others and not path.name.startswith("vq_")
    ]
    assert len(those) > 200
    assert not [
        str(path) for path in those for token in names(path) if {"code", "codes"} & set(token.string.lower().split("_"))
    ]


def test_what_is_shown_and_asked_about_is_an_image() -> None:
    """A picture is what people bring: a file that `data/reading` makes an image of; and what pyqtgraph's axes paint from."""
    floors = {"engine", "studio", "ui", "protocol", "conditions"}
    those = [path for path in modules() if path.relative_to(ROOT / "dgm_studio").parts[0] in floors]
    those.remove(ROOT / "dgm_studio" / "ui" / "look" / "axis.py")
    assert len(those) > 200
    pyqtgraphs = {ROOT / "dgm_studio/ui/look/axis.py"}  # where its axis keeps what it has painted
    found = [str(path) for path in those for token in names(path) if token.string in ("picture", "_picture")]
    assert not set(found) - set(map(str, pyqtgraphs))
