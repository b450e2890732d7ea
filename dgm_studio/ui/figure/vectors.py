"""Vector files of laid out widgets: SVG that any renderer reads, and PDF.

Qt writes an SVG whose thin lines only some renderers keep thin (``vector-effect``), and whose clipping forgets where a widget
lies and when it ends (seen with 6.11 and librsvg 2.54). So every plot is written at the origin, its paths are taken into the
coordinates of the page, what was clipped to a word is clipped to its plot, and the parts are put together.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from xml.etree import ElementTree as xml
from xml.sax.saxutils import escape

import pyqtgraph as pg
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPoint, QSizeF
from PySide6.QtGui import QColor, QImage, QPageSize, QPainter, QPdfWriter, QPen, QRegion
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QGraphicsPathItem, QGraphicsView, QWidget

from dgm_studio.language import tr
from dgm_studio.studio.figure.choice import CM_PER_INCH, UNITS_PER_INCH

from ..pdf import pdf

_MARKS_FIT = 560
"""Width of a plot, in units of the layout, in which marks are as large as on screen; in a narrower one they are smaller."""
_FALLBACKS = (
    ("Inter", tr("Inter, Helvetica, Arial, sans-serif")),
    ("DejaVu Serif", "DejaVu Serif, Times, serif"),
)
_ROUND = 0.5522847498
"""Of a radius: how far the handles of a Bézier curve lie that is nearest to a quarter of a circle."""
_SVG = "http://www.w3.org/2000/svg"
_FINE = 512
"""Pixels that the longer side of a picture is enlarged to, at most."""
_DRAWN = {
    f"{{{_SVG}}}{name}"
    for name in ("path", "rect", "image", "text", "polyline", "polygon", "circle", "ellipse", "line")
}
_XLINK = "http://www.w3.org/1999/xlink"
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")


@contextmanager
def drawn_as_vectors(page: QWidget, lines: float = 1.0) -> Iterator[None]:
    """Plots of a page paint their points one by one rather than from pixels that are kept, and lines of a fixed width so many
    times as broad, as an image of more pixels needs them.
    """
    items, views = [], page.findChildren(pg.PlotWidget)
    modes = [view.cacheMode() for view in views]
    for view in views:
        view.setCacheMode(QGraphicsView.CacheModeFlag.CacheNone)  # else the ground is a picture of the whole plot
        how = {"antialias": True, "resolutionScale": min(1.0, view.width() / _MARKS_FIT)}
        found = [item for item in view.scene().items() if hasattr(item, "setExportMode")]
        for item in found:
            item.setExportMode(True, how)
        items += found
    paths = [item for view in views for item in view.scene().items() if isinstance(item, _WITH_PEN)]
    pens = [item.pen() if isinstance(item, QGraphicsPathItem) else item.opts["pen"] for item in paths]
    if lines != 1.0:
        _give(paths, [_broadened(pen, lines) if pen is not None and pen.style() else pen for pen in pens])
    try:
        yield
    finally:
        for view, mode in zip(views, modes, strict=True):
            view.setCacheMode(mode)
        if lines != 1.0:
            _give(paths, pens)
        for item in items:
            item.setExportMode(False)


_WITH_PEN = (QGraphicsPathItem, pg.PlotCurveItem)


def _broadened(pen: QPen, factor: float) -> QPen:
    """The same pen, so many times as broad."""
    made = QPen(pen)
    made.setWidthF(max(1.0, pen.widthF()) * factor)
    return made


def _give(items: Sequence[Any], pens: Sequence[Any]) -> None:
    for item, pen in zip(items, pens, strict=True):
        if isinstance(item, QGraphicsPathItem):
            item.setPen(pen)
        else:
            item.opts["pen"] = pen


def painters(page: QWidget) -> Iterator[QWidget]:
    """All of a page that can be seen, what is behind first: plots as a whole, of everything else each widget."""
    yield page
    if isinstance(page, QGraphicsView):
        return
    for child in page.children():
        if isinstance(child, QWidget) and child.isVisible() and not child.isWindow():
            yield from painters(child) if page.rect().intersects(child.geometry()) else ()


def svg_of(
    page: QWidget,
    parts: Iterable[QWidget],
    ground: QColor,
    title: str,
    alternative: str,
    scale: float = 1.0,
    *,
    alone: bool = False,
) -> bytes:
    """The ``parts`` of a page at their places, each with what is in it or ``alone``; the page's width times ``scale`` in units
    of the layout.
    """
    for prefix, address in (("", _SVG), ("xlink", _XLINK)):
        xml.register_namespace(prefix, address)
    width, height = page.width(), page.height()
    per_unit = scale * 10 * CM_PER_INCH / UNITS_PER_INCH
    whole = [
        f'<svg xmlns="{_SVG}" xmlns:xlink="{_XLINK}" version="1.1" role="img" width="{width * per_unit:.3f}mm" '
        f'height="{height * per_unit:.3f}mm" viewBox="0 0 {width} {height}">',
        f"<title>{escape(title)}</title><desc>{escape(alternative)}</desc>",
        f'<rect width="{width}" height="{height}" fill="{ground.name()}"/>',
    ]
    with drawn_as_vectors(page):
        for number, part in enumerate(parts):
            at = part.mapTo(page, QPoint(0, 0))
            if content := _part(part, number, alone=alone and not isinstance(part, QGraphicsView)):
                whole.append(f'<g transform="translate({at.x()},{at.y()})">{content}</g>')
    return "".join([*whole, "</svg>\n"]).encode()


def pdf_of(page: QWidget, title: str, alternative: str, scale: float = 1.0) -> bytes:
    """A page of exactly the size of the widget, times ``scale``, letters as letters."""
    millimetres = scale * 10 * CM_PER_INCH / UNITS_PER_INCH
    size = QSizeF(page.width() * millimetres, page.height() * millimetres)

    def draw(writer: QPdfWriter) -> None:
        painter = QPainter(writer)
        try:
            painter.scale(scale, scale)
            with drawn_as_vectors(page):
                page.render(painter, QPoint())
        finally:
            painter.end()

    paper = QPageSize(size, QPageSize.Unit.Millimeter, "", QPageSize.SizeMatchPolicy.ExactMatch)
    return pdf(f"{title}. {alternative}", UNITS_PER_INCH, draw, paper)


def _part(part: QWidget, number: int, *, alone: bool = False) -> str:
    """What a widget paints, with what is in it or ``alone``, as elements in its own coordinates, with names that no other part
    has; nothing where it paints nothing.
    """
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator(QSvgGenerator.SvgVersion.Svg11)
    generator.setOutputDevice(buffer)
    generator.setSize(part.size())
    generator.setViewBox(part.rect())
    generator.setResolution(UNITS_PER_INCH)
    painter = QPainter(generator)
    try:
        # Not that of a view, which would draw its scene into a page of its own; and no ground, which is that of the window.
        flags = QWidget.RenderFlag(0) if alone else QWidget.RenderFlag.DrawChildren
        QWidget.render(part, painter, QPoint(), QRegion(), flags)
    finally:
        painter.end()
    root = xml.fromstring(bytes(content.data()))
    for each in list(root):
        if each.tag in (f"{{{_SVG}}}title", f"{{{_SVG}}}desc"):
            root.remove(each)
    for image in root.iter(f"{{{_SVG}}}image"):
        _square(image)
    for group in root.iter(f"{{{_SVG}}}g"):
        _into_page(group)
    _clip_to_plots(root, part.width() * part.height())
    for clip in root.iter(f"{{{_SVG}}}clipPath"):
        for each in clip:
            each.attrib.pop("vector-effect", None)  # there it means nothing
    if alone and not any(each.tag in _DRAWN for each in root.iter()):
        return ""
    text = "".join(xml.tostring(each, encoding="unicode") for each in root)
    for font, fonts in _FALLBACKS:
        text = text.replace(f'font-family="{font}"', f'font-family="{fonts}"')
    return re.sub(r'(id="|url\(#|href="#)', rf"\g<1>p{number}-", text)


def _square(image: xml.Element) -> None:
    """Give a picture of few pixels more of them, so that they stay squares in a renderer that smooths what it enlarges."""
    address = f"{{{_XLINK}}}href"
    held = QImage.fromData(QByteArray.fromBase64(image.get(address, "").partition(",")[2].encode()))
    times = _FINE // max(1, held.width(), held.height())
    if held.isNull() or times < 2:
        return
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    held.scaled(held.width() * times, held.height() * times).save(buffer, "PNG")  # type: ignore[call-overload]
    image.set(address, f"data:image/png;base64,{content.toBase64().toStdString()}")


def _clip_to_plots(root: xml.Element, room: float) -> None:
    """Let what is clipped to less than a plot, as words are and with them all that follows, be clipped to the plot instead."""
    areas: dict[str, float] = {}
    for clip in root.iter(f"{{{_SVG}}}clipPath"):
        numbers = [float(v) for each in clip for v in _NUMBER.findall(each.get("d", ""))]
        x, y = numbers[::2] or [0.0], numbers[1::2] or [0.0]
        areas[clip.get("id", "")] = (max(x) - min(x)) * (max(y) - min(y))
    plot = next((name for name, area in areas.items() if area > room / 4), None)
    for group in root.iter(f"{{{_SVG}}}g"):
        name = group.get("clip-path", "").removeprefix("url(#").removesuffix(")")
        if name and areas.get(name, 0.0) <= room / 4:
            if (
                plot is None or next(group.iter(f"{{{_SVG}}}text"), None) is not None
            ):  # letters stand beside the plot, too
                group.attrib.pop("clip-path")
            else:
                group.set("clip-path", f"url(#{plot})")


def _outline(each: xml.Element) -> str:
    """The path of a rectangle, a circle or an ellipse, which loses its own measures; empty for anything else."""
    kind = each.tag.rpartition("}")[2]
    if kind == "rect":
        x, y, wide, high = (float(each.attrib.pop(name)) for name in ("x", "y", "width", "height"))
        return f"M{x},{y} L{x + wide},{y} L{x + wide},{y + high} L{x},{y + high} Z"
    if kind not in ("circle", "ellipse"):
        return ""
    x, y = float(each.attrib.pop("cx")), float(each.attrib.pop("cy"))
    wide, high = (float(each.attrib[name]) for name in (("r", "r") if kind == "circle" else ("rx", "ry")))
    for name in ("r", "rx", "ry"):
        each.attrib.pop(name, None)
    u, v = _ROUND * wide, _ROUND * high
    return (
        f"M{x + wide},{y} C{x + wide},{y + v} {x + u},{y + high} {x},{y + high} C{x - u},{y + high} {x - wide},{y + v} "
        f"{x - wide},{y} C{x - wide},{y - v} {x - u},{y - high} {x},{y - high} C{x + u},{y - high} {x + wide},{y - v} "
        f"{x + wide},{y} Z"
    )


def _into_page(group: xml.Element) -> None:
    """Move what is painted in a group with lines of a fixed width into the coordinates of the page."""
    thin = [each for each in group if each.get("vector-effect") == "non-scaling-stroke"]
    matrix = re.fullmatch(r"matrix\(([^)]*)\)", group.get("transform", ""))
    if not thin or matrix is None:
        return
    a, b, c, d, e, f = (float(v) for v in matrix[1].split(","))
    for each in group:
        if outline := _outline(each):
            each.tag = f"{{{_SVG}}}path"
            each.set("d", outline)

    def moved(text: str) -> str:
        numbers = itertools.pairwise([float(v) for v in _NUMBER.findall(text)])
        pairs = itertools.islice(numbers, 0, None, 2)
        found = iter([v for x, y in pairs for v in (a * x + c * y + e, b * x + d * y + f)])
        return _NUMBER.sub(lambda _: f"{next(found):.6g}", text)

    for each in group:
        for name in ("d", "points"):
            if text := each.get(name):
                each.set(name, moved(text))
        each.attrib.pop("vector-effect", None)
    group.set("transform", "matrix(1,0,0,1,0,0)")
