"""Strings as people write them: rows of whole numbers that stand for letters of an alphabet.

Number k stands for ``alphabet[k]``, 0 for the blank behind strings that are shorter than a row, and the number after the last
for a letter that is hidden. In a pattern, which asks for some letters to be filled in, `HIDDEN` or a question mark stands for
one.
"""

from __future__ import annotations

from collections.abc import Sequence

from dgm_studio.language import tr

HIDDEN = "_"
"""What is written for a hidden letter."""
GAP = "·"
"""What is written for a blank with letters behind it, as only a model writes them."""


def text_of(numbers: Sequence[int], alphabet: Sequence[str]) -> str:
    """A row as text, without the blanks at its end."""
    letters = [GAP if k == 0 else HIDDEN if k >= len(alphabet) else alphabet[k] for k in numbers]
    while letters and letters[-1] == GAP:
        letters.pop()
    return "".join(letters)


def numbers_of(text: str, alphabet: Sequence[str], length: int, what: str = "The string") -> list[int]:
    """A text as a row of ``length`` numbers. Raises ValueError where it is too long or has other letters."""
    if len(text) > length:
        raise ValueError(f"{what} {text!r} has {len(text)} letters, and there is room for {length}. Shorten it.")
    known = {letter: k for k, letter in enumerate(alphabet) if letter}
    strange = [letter for letter in dict.fromkeys(text) if letter not in known]
    if strange:
        raise ValueError(
            f"{what} {text!r} has {_listed(strange)}, which the data never have. Their letters are "
            f"{''.join(alphabet)}{_case(strange, known)}."
        )
    return [known[letter] for letter in text] + [0] * (length - len(text))


def pattern_of(text: str, alphabet: Sequence[str], length: int) -> tuple[list[int], list[bool]]:
    """A pattern as a row of numbers, and which of them are hidden. Blanks follow a pattern that is shorter than the row, and a
    ``*`` at its end leaves all that follows open. Raises ValueError.
    """
    known = set(alphabet)
    signs = {sign for sign in (HIDDEN, "?") if sign not in known}
    body, open_end = (text[:-1], True) if text.endswith("*") and "*" not in known else (text, False)
    hidden = [letter in signs for letter in body] + [open_end] * max(0, length - len(body))
    plain = "".join(alphabet[1] if letter in signs else letter for letter in body)
    try:
        row = numbers_of(plain, alphabet, length, "The pattern")
    except ValueError as error:
        raise ValueError(str(error).replace(repr(plain), repr(text), 1)) from None
    if not any(hidden):
        raise ValueError(f"The pattern {text!r} hides no letter. Write {HIDDEN} or ? for each that is to be filled in.")
    return [len(alphabet) if h else k for k, h in zip(row, hidden, strict=True)], hidden


def _listed(letters: Sequence[str]) -> str:
    return ", ".join(repr(letter) for letter in letters[:8])


def _case(strange: Sequence[str], known: dict[str, int]) -> str:
    other = {letter: letter.swapcase() for letter in strange if letter.swapcase() in known}
    return (
        tr("; for {listed} there is {listed_2}", listed=_listed(list(other)), listed_2=_listed(list(other.values())))
        if other
        else ""
    )
