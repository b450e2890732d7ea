"""A report of a saved run or a comparison, as HTML or PDF, drawn without a display."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QFont, QImage, QTextDocument, QTextOption

from dgm_studio import atomic
from dgm_studio.language import tr
from dgm_studio.protocol import messages as m
from dgm_studio.studio.figure.caption import caption_of
from dgm_studio.studio.figure.choice import BadFigure, FigureChoice
from dgm_studio.studio.film.choice import BadFilm
from dgm_studio.studio.film.offstage import Offstage
from dgm_studio.studio.report.contents import compared, facts, measures, reproduction
from dgm_studio.studio.report.page import Report, ReportFigure, ReportTable, body, to_html
from dgm_studio.studio.session.state import RunState
from dgm_studio.tables.result_table import COMPARISON

from ..figure.figure import written
from ..figure.saved import draw_all
from ..film.filming import offstage
from ..pdf import pdf

ENDINGS = (".html", ".pdf")
_WIDE, _HIGH = 18.0, 11.0
_CURVE = 8.6
_SCREEN_UNITS = 96 / 2.54
"""Of a browser for each centimetre."""
_PRINT_STYLE = """
body { font-family: Inter; font-size: 9pt; } h1 { font-size: 16pt; } h2 { font-size: 11pt; margin-top: 14pt; }
.dim { color: #555555; font-size: 8pt; }
pre { font-family: monospace; font-size: 7.5pt; white-space: pre-wrap; }
"""
_PRINTED = {
    "<figure>": "<p>", "</figure>": "</p>", "<figcaption>": '<br><span class="dim">', "</figcaption>": "</span>",
    "<table>": '<table cellpadding="3" cellspacing="0">', "<th>": '<th align="left">',
}  # fmt: skip
"""What Qt's documents know of the elements of the page."""


def report(run: Path, out: Path, tell: Callable[[str], None]) -> None:
    """Write a report on a saved run, or a comparison; ``tell`` what is being done. Raises BadFilm, OSError."""
    if out.suffix.lower() not in ENDINGS:
        raise BadFilm(tr("{name} does not end in {names}: name it so.", name=out.name, names=" or ".join(ENDINGS)))
    with offstage(run, "light") as place:
        place.hold_noise()
        page = _page(place, run, tell)
        content = to_html(page).encode() if out.suffix.lower() == ".html" else _pdf(page)
        atomic.write(out, content)


def _page(place: Offstage, path: Path, tell: Callable[[str], None]) -> Report:
    studio = place.studio
    runs = [studio.runs[slot] for slot in place.slots]
    tell("drawing")
    sections: list[tuple[str, list[ReportFigure | ReportTable]]] = []
    sections.append(
        (tr("What it draws") if len(runs) == 1 else tr("Side by side"), [_figure(place, "samples", _WIDE, _HIGH)])
    )
    table = compared(_member(path), studio.catalogue) if len(runs) > 1 else None
    if table is not None:
        sections.append((tr("Measures"), [table]))
    else:
        for number, run in enumerate(runs, start=1):
            tell(tr("measuring {number} of {runs}", number=number, runs=len(runs)))
            told = _measured(place, run.name)
            title = tr("Measures") if len(runs) == 1 else tr("Measures of {family}", family=_family(place, run))
            sections.append((title, [measures(told, studio.catalogue)]))
    if len(runs) == 1:
        curves = [found for view in ("loss", "quality") if (found := _curve(place, view)) is not None]
        if curves:
            sections.append((tr("Training"), [*curves]))
    for run in runs:
        title = tr("Settings") if len(runs) == 1 else tr("Settings of {family}", family=_family(place, run))
        sections.append((title, [facts(run, studio.catalogue)]))
    pairs = [(run, studio.session.spec(slot)) for run, slot in zip(runs, place.slots, strict=True)]
    caption = caption_of(pairs, studio.session, studio.catalogue)  # with what was measured now
    return Report(
        caption.title,
        [caption.text.partition(". ")[2]],
        [*sections, (tr("How to make it again"), reproduction(runs))],
        caption.provenance,
    )


def _family(place: Offstage, run: RunState) -> str:
    return place.studio.catalogue.family_title("" if run.opened is None else run.opened.spec.family)


def _member(path: Path) -> bytes | None:
    """The table in the file of a comparison, where there is one."""
    with zipfile.ZipFile(path) as archive:
        return archive.read(COMPARISON) if COMPARISON in archive.namelist() else None


def _measured(place: Offstage, run: str) -> m.Measured:
    """Every measure that applies to a run, as it is now."""
    told: list[m.Measured] = []

    def take(event: m.Measured) -> None:
        if event.run == run:
            told.append(event)

    leave = place.studio.on(m.Measured, take)
    try:
        place.backend.send(m.MeasureNow(run, 1))
        place.work_until(lambda: bool(told), "measure")
    finally:
        leave()
    return told[-1]


def _curve(place: Offstage, view: str) -> ReportFigure | None:
    try:
        return _figure(place, view, _CURVE, 0.62 * _CURVE)
    except BadFigure:  # a family that learns at once has no loss
        return None


def _figure(place: Offstage, view: str, width: float, height: float) -> ReportFigure:
    pngs = {}
    for theme in ("light", "dark"):
        choice = FigureChoice(view=view, width=width, height=height, theme=theme)
        pngs[theme], caption = written(place.studio, choice, ".png", draw_all(place))
    return ReportFigure(pngs["light"], pngs["dark"], round(width * _SCREEN_UNITS), caption.text, caption.alternative)


def _pdf(page: Report) -> bytes:
    """Pages of A4."""
    document, images = QTextDocument(), []

    def named(figure: ReportFigure) -> str:
        images.append(figure)
        return f'<img src="figure-{len(images)}" width="{min(figure.width, 640)}">'

    document.setDefaultStyleSheet(_PRINT_STYLE)
    document.setDefaultFont(QFont("Inter", 9))
    text = body(page, named)
    for element, printed in _PRINTED.items():
        text = text.replace(element, printed)
    for number, figure in enumerate(images, start=1):
        image = QImage.fromData(figure.light)
        document.addResource(QTextDocument.ResourceType.ImageResource, QUrl(f"figure-{number}"), image)
    option = document.defaultTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    document.setDefaultTextOption(option)
    document.setHtml(text)
    return pdf(page.title, 300, document.print_)  # which has margins of its own
