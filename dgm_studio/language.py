"""The language of the program: every word that a person reads goes through `tr`.

A sentence stands in English where it is said, and is the key of its translation in ``resources/languages/<language>.json``, one
flat object a language. What a language lacks stays English. The language is chosen when the program begins (`use`), so that
constants of modules are translated, too. Until one is chosen, and for scripts and the library, it is English.

Two languages are made, not written, to try the program with. ``en-XA`` puts accents on every letter and brackets around each
sentence, 40 % longer: what shows no bracket does not go through here, and what loses one is cut off. ``ar-XB`` is the same from
right to left.
"""

from __future__ import annotations

import json
import os
import re
from functools import cache
from pathlib import Path

from .places import settings_file
from .resources import resource

ENGLISH, PSEUDO, MIRRORED = "en", "en-XA", "ar-XB"
_RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})
_ACCENTED = str.maketrans("aceiknorsuyACEIKNORSUY", "åçéîķñöŕšûýÅÇÉÎĶÑÖŔŠÛÝ")
_LONGER = 0.4
_KEPT = re.compile(r"(\{[^{}]*\}|<[^<>]*>|&[a-z]+;|\$[^$]*\$|&(?=\w)|\*\.\w+)")
"""What a translator leaves as it is: places of values, marks of HTML, formulas, keys of menus, patterns of files."""

_language = ENGLISH
_words: dict[str, str] = {}


def tr(text: str, /, **values: object) -> str:
    """A sentence in the person's language, with ``values`` where it names them as `str.format` does.

    Without values braces mean themselves.
    """
    said = _words.get(text)
    if said is None:
        said = pseudo(text) if _language in (PSEUDO, MIRRORED) else text
    return said.format(**values) if values else said


def translate(value: object, *fields: str) -> None:
    """Put fields of a frozen dataclass into the person's language, as its ``__post_init__`` asks for.

    So what is named in the folders of families, data sets and measures is said without a word of it there.
    """
    for name in fields:
        object.__setattr__(value, name, tr(getattr(value, name)))


def language() -> str:
    """The language in use, such as ``"ko"``."""
    return _language


def is_right_to_left() -> bool:
    """Whether the window is laid out from right to left."""
    return _language.split("-")[0] in _RIGHT_TO_LEFT


def use(chosen: str) -> None:
    """Speak a language from now on; to be called before what speaks is imported. One that is not here is English."""
    global _language, _words
    _language = chosen if chosen in (PSEUDO, MIRRORED) or chosen in languages() else ENGLISH
    _words = {} if _language in (ENGLISH, PSEUDO, MIRRORED) else read_words(_words_file(_language))


def chosen_language() -> str:
    """What the environment (``DGM_STUDIO_LANGUAGE``) or the settings say, else English."""
    asked = os.environ.get("DGM_STUDIO_LANGUAGE")
    if asked:
        return asked
    try:
        settings = json.loads(settings_file().read_bytes())
    except (OSError, ValueError):
        return ENGLISH  # what is wrong with the file is said by who reads all of it
    found = settings.get("language") if isinstance(settings, dict) else None
    return found if isinstance(found, str) else ENGLISH


@cache
def languages() -> dict[str, str]:
    """The languages that there are, by their short name, each as it calls itself; English first."""
    found = {
        file.stem: read_words(file).get("English", file.stem) for file in sorted(resource("languages").glob("*.json"))
    }
    return {ENGLISH: "English", **found}


def read_words(file: Path) -> dict[str, str]:
    """Sentences and how they are said. Raises ValueError for a file that is not one flat object of text."""
    words = json.loads(file.read_bytes())
    if not isinstance(words, dict) or not all(isinstance(said, str) for said in words.values()):
        raise ValueError(f"{file.name} is not one flat object of sentences")
    return words


def pseudo(text: str) -> str:
    """A sentence as the made languages say it: accents, brackets, 40 % longer."""
    if not re.search(r"[A-Za-z]", _KEPT.sub("", text)) or (text.startswith("[") and text.endswith("·]")):
        return text
    parts = _KEPT.split(text)
    said = "".join(part if i % 2 else part.translate(_ACCENTED) for i, part in enumerate(parts))
    letters = sum(len(part) for part in parts[::2])
    return f"[{said}{'·' * max(1, round(_LONGER * letters))}]"


def places_in(text: str) -> set[str]:
    """The values that a sentence names."""
    return set(re.findall(r"\{([a-z_0-9]+)[^{}]*\}", text))


def _words_file(name: str) -> Path:
    return resource("languages") / f"{name}.json"
