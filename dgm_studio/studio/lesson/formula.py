r"""Formulas of a page: where they stand in its Markdown, and each as a drawing in SVG.

A formula is ``$...$`` within a line (no blank behind the first dollar sign or before the last, no digit behind that, as in
Pandoc) and ``$$...$$`` on its own; what stands in code, and ``\$``, is none. ziamath sets them in STIX Two Math from TeX as
LaTeX's users know it, without LaTeX: fractions, roots, sums, integrals, accents, Greek, scripts, matrices, cases and aligned
lines. The first formula of a program takes a second (an import, and the glyphs of a font), so drawings are kept on disk.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

from dgm_studio import atomic
from dgm_studio.language import tr
from dgm_studio.places import data_folder

EM = 20.0
"""Pixels of the type that formulas are set in; drawings scale to any other."""
INK = "#010203"
"""The colour of the ink in a drawing, to be replaced by the one of the page."""
MARK_FIRST, MARK_LAST = "\ue000", "\ue001"
"""Around the number of a formula where it stood in the text: letters that no text has."""
MOST_LETTERS = 2000
"""Of one formula."""
_VERSION = "1"
_PATTERN = re.compile(
    r"(?P<fence>^(?P<bar>`{3,}|~{3,})[^\n]*\n.*?(?:^(?P=bar)[^\n]*$|\Z))"
    r"|(?P<code>(?<!`)(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`))"
    r"|(?P<escaped>\\\$)"
    r"|\$\$(?P<display>.+?)\$\$"
    r"|\$(?P<inline>(?=\S)[^$\n]*?[^\s\\$])\$(?!\d)",
    re.DOTALL | re.MULTILINE,
)
_VIEW = re.compile(r'viewBox="([^"]+)"')
_drawing = threading.Lock()
"""ziamath has settings and caches of the whole program."""


class BadFormula(ValueError):
    """TeX that cannot be set; the message names it."""


@dataclass(frozen=True)
class Formula:
    """TeX as it stands in the text; ``display`` for one on a line of its own."""

    tex: str
    display: bool = False


@dataclass(frozen=True)
class FormulaDrawing:
    """A formula as SVG with ink of colour `INK`; ``width``, and its ``ascent`` above and ``depth`` below the line it stands on,
    in parts of the type's size.
    """

    svg: str
    width: float
    ascent: float
    depth: float

    def in_colour(self, colour: str) -> bytes:
        """The SVG with ink of a colour ``#rrggbb``."""
        return self.svg.replace(INK, colour).encode()


def split(markdown: str) -> tuple[str, tuple[Formula, ...]]:
    """The text with a mark in the place of each formula, and the formulas by their numbers."""
    found: list[Formula] = []

    def marked(match: re.Match[str]) -> str:
        display, inline = match["display"], match["inline"]
        if display is None and inline is None:
            return match[0]
        found.append(Formula((display if inline is None else inline).strip(), inline is None))
        mark = f"{MARK_FIRST}{len(found) - 1}{MARK_LAST}"
        return mark if inline is not None else f"\n\n{mark}\n\n"

    text = markdown.replace(MARK_FIRST, "").replace(MARK_LAST, "")
    return _PATTERN.sub(marked, text), tuple(found)


@lru_cache(maxsize=2048)
def kept(formula: Formula) -> FormulaDrawing | None:
    """The drawing of a formula that was drawn before, now or another day; None where it has to be drawn."""
    try:
        return FormulaDrawing(**json.loads(_place(formula).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def drawn(formula: Formula) -> FormulaDrawing:
    """Draw a formula, or take it from the disk. May take a second; any thread may call it. Raises BadFormula."""
    found = kept(formula)
    if found is not None:
        return found
    made = _draw(formula)
    place = _place(formula)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        atomic.write(place, json.dumps(asdict(made)).encode())
    except OSError:
        return made  # a full disk only costs the time of drawing it again
    kept.cache_clear()
    return made


def _draw(formula: Formula) -> FormulaDrawing:
    if len(formula.tex) > MOST_LETTERS:
        raise BadFormula(
            tr(
                "a formula of {tex} letters is too long; the most is {most_letters}",
                tex=len(formula.tex),
                most_letters=MOST_LETTERS,
            )
        )
    with _drawing:
        from ziamath.config import config
        from ziamath.zmath import Latex

        config.svg2 = False  # shapes as paths, which every reader of SVG knows
        try:
            svg = Latex(formula.tex, size=EM, color=INK, inline=not formula.display).svg()
        except (AssertionError, LookupError, ValueError, TypeError, AttributeError, RuntimeError) as error:
            raise BadFormula(
                tr("${tex}$ cannot be set: {error}", tex=formula.tex, error=error or tr("it is not whole"))
            ) from error
        except Exception as error:  # what its parser raises has no class in common
            raise BadFormula(tr("${tex}$ cannot be set: {name}", tex=formula.tex, name=type(error).__name__)) from error
    found = _VIEW.search(svg)
    if found is None:
        raise BadFormula(tr("${tex}$ cannot be set: nothing came of it", tex=formula.tex))
    _, top, width, height = (float(part) for part in found[1].split())
    return FormulaDrawing(svg, width / EM, -top / EM, (top + height) / EM)


def _place(formula: Formula) -> Path:
    key = json.dumps([_VERSION, formula.tex, formula.display])
    return data_folder() / "formulas" / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.json"
