"""Prose: a piece of Markdown as part of a page, as high as its text; formulas on the line, nothing from a network, no HTML.

Qt reads the Markdown (CommonMark with tables) after the formulas have been taken out of it; what it makes of headings, lists,
tables, code and pictures is given the look of the program here. Pictures come from the page's own folder and from nowhere else.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QSize, Qt, QUrl
from PySide6.QtGui import (
    QBrush,
    QDesktopServices,
    QFont,
    QFontMetricsF,
    QImage,
    QResizeEvent,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextFrameFormat,
    QTextLength,
    QTextListFormat,
    QTextTable,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QSizePolicy, QTextBrowser

from dgm_studio.language import tr
from dgm_studio.studio.lesson.formula import MARK_FIRST, MARK_LAST, Formula, split

from ..look import theme
from ..sequences.letters import typeface
from .formulas import OBJECT_TYPE, FormulaObject, object_format, store

SIZE = 15
"""Pixels of the type of a page."""
MEASURE = 66
"""Characters of a line."""
_SAMPLE = tr("The sampler follows a curved path from noise to data; with few steps it cuts the corners.")
_LEADING = 6
_HEADINGS = {1: 22, 2: 19, 3: 16}
_MOST_PICTURE = 16_000_000
"""Bytes of a picture's file."""
_FEATURES = QTextDocument.MarkdownFeature.MarkdownDialectGitHub | QTextDocument.MarkdownFeature.MarkdownNoHTML


def measure(size: float = SIZE) -> int:
    """The width of a full line of a page, in pixels."""
    font = QFont(theme.application().font())
    font.setPixelSize(theme.px(size))
    return round(QFontMetricsF(font).horizontalAdvance(_SAMPLE) / len(_SAMPLE) * MEASURE)


class Prose(QTextBrowser):
    """Shows Markdown by `show_markdown`. ``size`` is that of its type in pixels, ``token`` the colour of its text."""

    def __init__(self, size: float = SIZE, token: str = "text") -> None:
        super().__init__()
        self._size, self._token = size, token
        self._markdown, self._folder = "", Path()
        self._formulas: tuple[Formula, ...] = ()
        self._object = FormulaObject(self)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setOpenLinks(False)
        self.anchorClicked.connect(_open_link)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setStyleSheet("QTextBrowser { background: transparent; padding: 0; border: none; }")
        self.viewport().setAutoFillBackground(False)
        self.document().setDocumentMargin(0)
        self.document().setUndoRedoEnabled(False)
        self.document().documentLayout().registerHandler(OBJECT_TYPE, self._object)
        store().made.connect(self._take_formulas)
        theme.follow(self._rebuild)

    @property
    def markdown(self) -> str:
        return self._markdown

    @property
    def folder(self) -> Path:
        """Where its pictures lie."""
        return self._folder

    @property
    def formulas(self) -> tuple[Formula, ...]:
        """Those of the text, in their order."""
        return self._formulas

    @property
    def waits(self) -> bool:
        """Whether a formula is still being drawn."""
        return any(store().get(each) is None for each in self._formulas)

    def show_markdown(self, markdown: str, folder: Path | None = None) -> None:
        """Show a text whose pictures lie in ``folder``."""
        self._markdown, self._folder = markdown, folder or Path()
        self._rebuild()

    # --- the document ----------------------------------------------------------------------------------------------

    def _rebuild(self) -> None:
        text, self._formulas = split(self._markdown)
        store().ask(self._formulas)
        font = QFont(theme.application().font())
        font.setPixelSize(theme.px(self._size))
        document = self.document()
        document.clear()
        document.setDefaultFont(font)
        document.setBaseUrl(QUrl())
        document.setMarkdown(text, _FEATURES)
        _Dressed(document, font, self._token).dress(self._formulas)
        self.setAccessibleName(self._spoken(text)[:400])
        self._fit()

    def _spoken(self, text: str) -> str:
        for number, formula in enumerate(self._formulas):
            text = text.replace(f"{MARK_FIRST}{number}{MARK_LAST}", formula.tex)
        return " ".join(text.split())

    def _take_formulas(self) -> None:
        if self._formulas:
            self._rebuild()

    def loadResource(self, kind: int, name: QUrl | str) -> Any:
        """A picture of the page's folder; anything else is an empty one."""
        name = QUrl(name)
        if kind != QTextDocument.ResourceType.ImageResource.value or name.scheme() not in ("", "file"):
            return None
        root = self._folder.resolve()
        path = (root / name.path().lstrip("/")).resolve() if name.scheme() == "" else Path(name.toLocalFile()).resolve()
        if not path.is_relative_to(root) or not path.is_file() or path.stat().st_size > _MOST_PICTURE:
            return None
        image = QImage(str(path))
        wide = max(60, self.viewport().width())
        ratio = self.devicePixelRatioF()
        if image.width() > wide * ratio:
            image = image.scaledToWidth(round(wide * ratio), Qt.TransformationMode.SmoothTransformation)
            image.setDevicePixelRatio(ratio)
        return image

    # --- its size --------------------------------------------------------------------------------------------------

    def _fit(self) -> None:
        self.document().setTextWidth(self.viewport().width())
        self.setFixedHeight(max(1, round(self.document().size().height())))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self._fit()

    def sizeHint(self) -> QSize:
        return QSize(measure(self._size), self.height())

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.px(160), self.height())

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()  # the page scrolls as a whole

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Polish:
            self._fit()
        return super().event(event)


class _Dressed:
    """Gives a document the look of a page."""

    def __init__(self, document: QTextDocument, font: QFont, token: str) -> None:
        self._document, self._font, self._token = document, font, token
        self._t = theme.tokens()

    def dress(self, formulas: tuple[Formula, ...]) -> None:
        everything = QTextCursor(self._document)
        everything.select(QTextCursor.SelectionType.Document)
        ink = QTextCharFormat()
        ink.setForeground(self._t.colour(self._token))
        everything.mergeCharFormat(ink)
        block, first = self._document.begin(), True
        while block.isValid():
            self._dress_block(block, first)
            first, block = False, block.next()
        for frame in self._document.rootFrame().childFrames():
            if isinstance(frame, QTextTable):
                self._dress_table(frame)
        self._place(formulas)

    def _dress_block(self, block: QTextBlock, first: bool) -> None:
        level = block.blockFormat().headingLevel()
        cursor = QTextCursor(block)
        shape = QTextBlockFormat()
        shape.setLineHeight(_LEADING * theme.scale(), QTextBlockFormat.LineHeightTypes.LineDistanceHeight.value)
        shape.setTopMargin(0 if first else theme.px(18 if level else 0))
        listed = block.textList() is not None
        within = listed and block.next().isValid() and block.next().textList() is not None
        shape.setBottomMargin(theme.px(6 if level or within else 12))
        quoted = block.blockFormat().intProperty(QTextFormat.Property.BlockQuoteLevel)
        if _is_fenced(block):
            shape.setBottomMargin(0 if _is_fenced(block.next()) else theme.px(12))
            shape.setLeftMargin(theme.px(16))
        if quoted:
            shape.setLeftMargin(theme.px(16))
        cursor.mergeBlockFormat(shape)
        cursor.select(QTextCursor.SelectionType.BlockUnderCursor)
        if level:
            title = QTextCharFormat()
            font = QFont(self._font)
            font.setPixelSize(theme.px(_HEADINGS.get(level, SIZE)))
            font.setWeight(QFont.Weight.DemiBold)
            title.setFont(font)
            cursor.mergeCharFormat(title)
        if quoted:
            said = QTextCharFormat()
            said.setForeground(self._t.colour("dim"))
            cursor.mergeCharFormat(said)
        if (items := block.textList()) is not None:
            of_list = QTextListFormat(items.format())
            of_list.setIndent(max(1, of_list.indent()))
            items.setFormat(of_list)
        self._dress_fragments(block)

    def _dress_fragments(self, block: QTextBlock) -> None:
        """Code and links, which Qt leaves to the system's taste."""
        found = []
        each = block.begin()
        while not each.atEnd():
            fragment = each.fragment()
            found.append((fragment.position(), fragment.length(), fragment.charFormat()))
            each += 1
        for position, length, shape in found:
            changed = QTextCharFormat()
            if shape.fontFixedPitch():
                changed.setFontFamilies([typeface(SIZE).family()])
                changed.setProperty(QTextFormat.Property.FontPixelSize, round(self._font.pixelSize() * 0.88))
                if not _is_fenced(block):
                    changed.setBackground(QBrush(self._t.colour("raised")))
            if shape.fontWeight() > QFont.Weight.DemiBold:
                changed.setFontWeight(QFont.Weight.DemiBold)  # the boldest that the bundled type has
            if shape.isAnchor():
                changed.setForeground(self._t.colour("accent"))
                changed.setFontUnderline(False)
            if not changed.isEmpty():
                cursor = QTextCursor(self._document)
                cursor.setPosition(position)
                cursor.setPosition(position + length, QTextCursor.MoveMode.KeepAnchor)
                cursor.mergeCharFormat(changed)

    def _dress_table(self, table: QTextTable) -> None:
        shape = table.format()
        shape.setBorder(1)
        shape.setBorderCollapse(True)
        shape.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
        shape.setBorderBrush(QBrush(self._t.colour("line")))
        shape.setCellPadding(theme.px(5))
        shape.setCellSpacing(0)
        shape.setTopMargin(theme.px(2))
        shape.setBottomMargin(theme.px(12))
        shape.setWidth(QTextLength(QTextLength.Type.PercentageLength, 100))
        table.setFormat(shape)
        for row in range(table.rows()):
            for column in range(table.columns()):
                cell = table.cellAt(row, column)
                begin = cell.firstCursorPosition()
                tight = QTextBlockFormat()
                tight.setBottomMargin(0)
                begin.mergeBlockFormat(tight)

    def _place(self, formulas: tuple[Formula, ...]) -> None:
        """Put every formula in the place of its mark."""
        for number, formula in enumerate(formulas):
            mark = f"{MARK_FIRST}{number}{MARK_LAST}"
            cursor = self._document.find(mark)
            while not cursor.isNull():
                around = cursor.charFormat().font()
                font = QFont(self._font)
                if around.pixelSize() > 0:
                    font.setPixelSize(around.pixelSize())
                if formula.display:
                    middle = QTextBlockFormat()
                    middle.setAlignment(Qt.AlignmentFlag.AlignHCenter)
                    middle.setTopMargin(theme.px(4))
                    middle.setBottomMargin(theme.px(16))
                    cursor.mergeBlockFormat(middle)
                cursor.insertText("\ufffc", object_format(formula, font.pixelSize(), font))
                cursor = self._document.find(mark)


def _is_fenced(block: QTextBlock) -> bool:
    """Whether it is a line of code that stands on lines of its own."""
    shape = block.blockFormat()
    marks = QTextFormat.Property.BlockCodeFence, QTextFormat.Property.BlockCodeLanguage
    return block.isValid() and any(shape.hasProperty(mark) for mark in marks)


def _open_link(link: QUrl) -> None:
    """A page of the web is the browser's; the program itself opens none."""
    if link.scheme() in ("https", "http"):
        QDesktopServices.openUrl(link)
