"""A result slip as one page of A4: what was predicted, what turned out, what was reached and written. No name is on it."""

from __future__ import annotations

from functools import partial
from html import escape

import numpy as np
from PySide6.QtCore import QRectF, QSizeF, Qt, QUrl
from PySide6.QtGui import QFont, QImage, QPainter, QPdfWriter, QPen, QTextDocument

from dgm_studio.language import tr
from dgm_studio.lessons.classroom import prediction_said
from dgm_studio.lessons.progress import MadePrediction
from dgm_studio.lessons.slip import ResultSlip, SlipPrediction

from ..look import theme
from ..pdf import pdf

_WIDE, _HIGH = 210.0, 297.0
_MARGIN = 16.0
_RESOLUTION = 200
_PICTURE = 300
_STYLE = """
body { font-family: Inter; font-size: 9pt; color: #000; } h1 { font-size: 15pt; } h2 { font-size: 10.5pt; margin-top: 8pt; }
.dim { color: #555; font-size: 8pt; }
"""


def slip_pdf(slip: ResultSlip) -> bytes:
    """The page; what does not fit at the usual size is made smaller as a whole."""
    document = QTextDocument()
    document.setDocumentMargin(0)
    document.setDefaultStyleSheet(_STYLE)
    document.setDefaultFont(QFont("Inter", 9))
    document.setHtml(_html(slip, document))
    return pdf(tr("{title}: result slip", title=slip.title), _RESOLUTION, partial(_draw, document))


def _draw(document: QTextDocument, writer: QPdfWriter) -> None:
    document.documentLayout().setPaintDevice(writer)
    dot = _RESOLUTION / 25.4
    room = QSizeF((_WIDE - 2 * _MARGIN) * dot, (_HIGH - 2 * _MARGIN) * dot)
    document.setTextWidth(room.width())
    scale = min(1.0, room.height() / max(1.0, document.size().height()))
    document.setTextWidth(room.width() / scale)
    scale = min(scale, room.height() / max(1.0, document.size().height()))
    painter = QPainter(writer)
    painter.translate(_MARGIN * dot, _MARGIN * dot)
    painter.scale(scale, scale)
    document.drawContents(painter)
    painter.end()


def _html(slip: ResultSlip, document: QTextDocument) -> str:
    passed, goals = slip.goals
    parts = [
        f"<h1>{escape(slip.title)}</h1>",
        f'<p class="dim">Result slip {escape(slip.slip)} · lesson {escape(slip.lesson)} {escape(slip.fingerprint[:12])} · '
        f"begun {escape(slip.started[:16])}, written {escape(slip.written[:16])} · {escape(slip.program)}</p>",
        f"<p>{passed} of {goals} goals reached · {slip.seconds / 60:.0f} minutes</p>",
    ]
    for number, step in enumerate(slip.steps, start=1):
        used = [tr("{seconds:.1f} min", seconds=step.seconds / 60)]
        if step.hints:
            used.append("1 hint" if step.hints == 1 else tr("{hints} hints", hints=step.hints))
        parts.append(f'<h2>{number}. {escape(step.title)} <span class="dim">{", ".join(used)}</span></h2>')
        for place, each in enumerate(step.predictions):
            parts.append(_prediction(each, f"painted-{number}-{place}", document))
        for goal in step.goals:
            found = {} if goal.passed is None else goal.passed.found
            values = ", ".join(f"{name} {_value(*value)}" for name, value in found.items())
            mark = "✓" if goal.passed is not None else "·"
            parts.append(f"<p>{mark} <b>{escape(goal.condition)}</b> {escape(values)}</p>")
        for answer in step.answers:
            written = escape(answer.written).replace("\n", "<br>") or "–"
            parts.append(f'<p><span class="dim">{escape(_plain(answer.asked))}</span><br>{written}</p>')
    return f"<body>{''.join(parts)}</body>"


def _prediction(each: SlipPrediction, name: str, document: QTextDocument) -> str:
    asked = f'<span class="dim">{escape(_plain(each.asked))}</span>'
    if each.made is None:
        return f"<p>{asked}<br>–</p>"
    said = prediction_said(each.made, each.choices)
    truth = (
        ""
        if each.made.truth is None or each.made.kind == "draw"
        else tr(" · turned out {value}", value=_value(each.made.truth, 0.0))
    )
    image = ""
    if each.made.points:
        document.addResource(QTextDocument.ResourceType.ImageResource, QUrl(name), painted_image(each.made))
        image = f'<br><img src="{name}" width="{_PICTURE}">'
    return f"<p>{asked}<br>Predicted: {escape(said)} {escape(each.unit)}{escape(truth)}{image}</p>"


def painted_image(made: MadePrediction) -> QImage:
    """What was painted on the plane, as a picture."""
    points = np.asarray(made.points)
    low, high = points.min(0) - 2 * made.radius, points.max(0) + 2 * made.radius
    scale = _PICTURE / max(float((high - low).max()), 1e-9)
    image = QImage(_PICTURE, max(40, round(float(high[1] - low[1]) * scale)), QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(theme.PAPER.colour("line")))
    painter.drawRect(QRectF(0.5, 0.5, image.width() - 1, image.height() - 1))
    pen = QPen(theme.PAPER.colour("mask", 0.5), 2 * made.radius * scale)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)
    begin = 0
    for count in made.strokes or (len(points),):
        stroke = [((x - low[0]) * scale, (high[1] - y) * scale) for x, y in points[begin : begin + count]]
        for (ax, ay), (bx, by) in zip(stroke, stroke[1:] or stroke, strict=False):
            painter.drawLine(round(ax), round(ay), round(bx), round(by))
        begin += count
    painter.end()
    return image


def _plain(markdown: str) -> str:
    """What was asked, in one line without its marks."""
    return " ".join(markdown.replace("**", "").replace("$", "").split())


def _value(value: float | str | bool, error: float) -> str:
    if isinstance(value, str | bool):
        return str(value)
    return f"{value:.4g} ± {error:.2g}" if error else f"{value:.4g}"
