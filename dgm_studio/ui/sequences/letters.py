"""Letters as they are drawn: in a typeface of equal widths that comes with the program, and as pixels that are made once."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFont, QFontDatabase, QFontMetricsF, QPainter, QPixmap

from dgm_studio.protocol.strings import GAP
from dgm_studio.resources import resource

from ..look import theme


@cache
def _family() -> str:
    added = QFontDatabase.addApplicationFont(str(resource("fonts/glyphs/SpaceMono-Regular.ttf")))
    families = QFontDatabase.applicationFontFamilies(added) if added >= 0 else []
    return families[0] if families else QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont).family()


def typeface(size: float) -> QFont:
    """The typeface of letters, so many pixels high."""
    font = QFont(_family())
    font.setPixelSize(max(6, round(size)))
    return font


class Glyphs:
    """Letters of an alphabet in one size as pixmaps: a sheet of hundreds of strings is thousands of letters."""

    def __init__(self) -> None:
        self._made: dict[tuple[str, str, float], QPixmap] = {}
        self._look = ("", 0.0)
        self.kept = True
        """Whether letters are drawn from pixels that are kept, rather than as letters, which print is finer with."""

    def pitch(self, size: float) -> float:
        """From one letter to the next, in pixels."""
        return QFontMetricsF(typeface(size)).horizontalAdvance("0") * 1.08

    def draw(self, painter: QPainter, x: float, y: float, letter: str, token: str, size: float, ratio: float) -> None:
        """A letter in the colour of a token, with its cell's upper left corner at a place."""
        if not self.kept:
            painter.save()
            painter.translate(round(x), round(y))
            self._paint(painter, letter, token, size)
            painter.restore()
            return
        look = (theme.tokens().name, ratio)
        if look != self._look:
            self._made, self._look = {}, look
        key = (letter, token, size)
        if key not in self._made:
            self._made[key] = self._glyph(letter, token, size, ratio)
        painter.drawPixmap(round(x), round(y), self._made[key])

    def _glyph(self, letter: str, token: str, size: float, ratio: float) -> QPixmap:
        width, height = self.pitch(size), 1.5 * size
        pixmap = QPixmap(max(1, round(width * ratio)), max(1, round(height * ratio)))
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        self._paint(painter, letter, token, size)
        painter.end()
        return pixmap

    def _paint(self, painter: QPainter, letter: str, token: str, size: float) -> None:
        """A letter in its cell at the origin."""
        width, height = self.pitch(size), 1.5 * size
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if letter:
            painter.setFont(typeface(size))
            painter.setPen(theme.tokens().colour("dim" if letter == GAP else token))
            painter.drawText(QRectF(0, 0, width, height), Qt.AlignmentFlag.AlignCenter, letter)
        else:  # what is hidden: an empty box, in the colour of masks
            painter.setPen(theme.tokens().colour("mask"))
            side = min(width * 0.72, size)
            painter.drawRoundedRect(QRectF((width - side) / 2, (height - size * 0.9) / 2, side, size * 0.9), 2, 2)


def letters_of(row: list[int], alphabet: tuple[str, ...]) -> list[str]:
    """What is drawn of a row: its letters without the blanks at the end, nothing for a hidden one."""
    shown = [GAP if k == 0 else "" if k >= len(alphabet) else alphabet[k] for k in row]
    while shown and shown[-1] == GAP:
        shown.pop()
    return shown
