"""A report as a page of HTML that needs nothing beside it: pictures lie in it, nothing is fetched, and no program runs.

It is light or dark as whoever reads it has it (``prefers-color-scheme``). The same words make the pages of a PDF.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape


@dataclass(frozen=True)
class ReportFigure:
    """A figure as PNG on a light and on a dark ground, so many units of a screen wide."""

    light: bytes
    dark: bytes
    width: int
    caption: str
    alternative: str


@dataclass(frozen=True)
class ReportTable:
    """Words in columns, the first naming the row; ``notes`` stand below."""

    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class ReportLines:
    """What is typed as it stands, such as commands."""

    lines: Sequence[str]
    about: str = ""


Part = ReportFigure | ReportTable | ReportLines


@dataclass(frozen=True)
class Report:
    """``sections`` have a title and parts; ``lead`` are sentences on top, ``provenance`` one at the end."""

    title: str
    lead: Sequence[str]
    sections: Sequence[tuple[str, Sequence[Part]]]
    provenance: str


_STYLE = """
:root { color-scheme: light dark; --text: #1b2027; --dim: #5c6775; --line: #dbe0e7; --ground: #ffffff; --raised: #f3f5f8; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e8ebf0; --dim: #98a3b3; --line: #2c3440; --ground: #0e1116; --raised: #191d24; }
}
body { margin: 0 auto; padding: 2.5rem 1.25rem 4rem; max-width: 54rem; background: var(--ground); color: var(--text);
  font: 1rem/1.55 Inter, system-ui, sans-serif; }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 .6rem; } h2 { font-size: 1.15rem; margin: 2.4rem 0 .6rem; }
p { margin: .3rem 0; } .dim, figcaption { color: var(--dim); font-size: .9rem; }
figure { margin: 0 0 1.2rem; } figure img { max-width: 100%; height: auto; display: block; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; font-size: .92rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .3rem 1.1rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--dim); font-weight: 500; }
pre { background: var(--raised); border-radius: 8px; padding: .8rem 1rem; white-space: pre-wrap; overflow-wrap: anywhere;
  font-size: .85rem; }
@media print { body { padding: 0; } }
"""
_NOTHING_ELSE = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
"""What the page lets a browser load: nothing from elsewhere."""


def to_html(report: Report) -> str:
    """One whole page."""
    return framed(report.title, body(report, _both_themes))


def framed(title: str, body: str, *, language: str = "en", style: str = "") -> str:
    """A page of its own with that ``body``, with ``style`` beside the look that pages have."""
    return (
        f'<!doctype html>\n<html lang="{escape(language, quote=True)}"><head><meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_NOTHING_ELSE}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}{style}</style></head>\n"
        f"<body>\n{body}</body></html>\n"
    )


def body(report: Report, image: Callable[[ReportFigure], str]) -> str:
    """The page without its frame; ``image`` gives the element of a figure."""
    parts = [f"<h1>{escape(report.title)}</h1>", *(f"<p>{escape(text)}</p>" for text in report.lead)]
    for title, section in report.sections:
        parts.append(f"<h2>{escape(title)}</h2>")
        parts += [_element(part, image) for part in section]
    return "\n".join([*parts, f'<p class="dim">{escape(report.provenance)}</p>', ""])


def _element(part: Part, image: Callable[[ReportFigure], str]) -> str:
    if isinstance(part, ReportFigure):
        return f"<figure>{image(part)}<figcaption>{escape(part.caption)}</figcaption></figure>"
    if isinstance(part, ReportLines):
        about = f'<p class="dim">{escape(part.about)}</p>' if part.about else ""
        return f"{about}<pre>{escape(chr(10).join(part.lines))}</pre>"
    heads = "".join(f"<th>{escape(head)}</th>" for head in part.heads)
    rows = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in part.rows)
    notes = "".join(f'<p class="dim">{escape(note)}</p>' for note in part.notes)
    return f'<div class="scroll"><table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>{notes}'


def _both_themes(figure: ReportFigure) -> str:
    light, dark = (f"data:image/png;base64,{base64.b64encode(png).decode()}" for png in (figure.light, figure.dark))
    return (
        f'<picture><source media="(prefers-color-scheme: dark)" srcset="{dark}">'
        f'<img src="{light}" width="{figure.width}" alt="{escape(figure.alternative, quote=True)}"></picture>'
    )
