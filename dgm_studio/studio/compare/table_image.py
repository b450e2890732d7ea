"""The measured table as an image, for slides: the words of the text, drawn on white."""

from __future__ import annotations

import textwrap

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from dgm_studio.protocol.messages import Array
from dgm_studio.resources import resource
from dgm_studio.tables.result_table import ResultTable

from .writing import figure_said, notes

_SIZE, _SMALL, _PAD, _ROW, _GAP = 26, 20, 40, 52, 36
_INK, _DIM, _LINE = (27, 32, 39), (92, 103, 117), (219, 224, 231)


def drawn(table: ResultTable) -> Array:
    """Pixels (H, W, 3) of the table with its notes below."""
    plain, bold, small = (
        _font(face, size) for face, size in (("Regular", _SIZE), ("SemiBold", _SIZE), ("Regular", _SMALL))
    )
    rows = table.rows
    counts = [f"{row.title} (n = {len(row.runs)})" if len(row.runs) > 1 else row.title for row in rows]
    columns = [["model", *counts]]
    columns += [
        [head, *(figure_said(row.cells[name]) for row in rows)]
        for head, name in zip(table.heads[1:], table.columns, strict=True)
    ]
    widths = [max(bold.getlength(text) for text in column) + _GAP for column in columns]
    width = max(900, round(sum(widths) - _GAP + 2 * _PAD))
    letters = max(20, int((width - 2 * _PAD) / small.getlength("n")))
    lines = [line for text in notes(table) for line in textwrap.wrap(text, letters)]
    head = _PAD + _ROW * (len(rows) + 1)
    image = Image.new("RGB", (width, head + 24 + round(1.4 * _SMALL) * len(lines) + _PAD), "white")
    pen, x = ImageDraw.Draw(image), float(_PAD)
    for column, wide in zip(columns, widths, strict=True):
        for i, text in enumerate(column):
            font = bold if i == 0 or x == _PAD else plain
            pen.text((x, _PAD + i * _ROW), text, fill=_DIM if i == 0 else _INK, font=font)
        x += wide
    for i in range(len(rows) + 1):
        y = _PAD + (i + 1) * _ROW - 12
        pen.line((_PAD, y, width - _PAD, y), fill=_LINE, width=2 if i else 3)
    for i, line in enumerate(lines):
        pen.text((_PAD, head + 24 + i * round(1.4 * _SMALL)), line, fill=_DIM, font=small)
    return np.asarray(image)


def _font(face: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(resource(f"fonts/Inter-{face}.ttf")), size)
