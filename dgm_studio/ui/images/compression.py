"""Compression: pictures as a file without loss, beside what usual formats take, and what one flipped bit breaks.

Behind a flipped bit the decoder goes on as if nothing had happened: what it makes of bits that mean nothing to it are samples
of the model.
"""

from __future__ import annotations

import numpy as np
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from dgm_studio.language import tr
from dgm_studio.protocol.messages import (
    Array,
    Compressed,
    CompressSource,
    Decompressed,
    Event,
    History,
    Opened,
    Progress,
)
from dgm_studio.studio.reading.flipping import flipped
from dgm_studio.studio.studio import Studio

from ..binding import bind, bind_run
from ..controls import Bars, Heading, Segmented, SliderRow, Tree, dim
from ..look import theme
from ..naming import join
from .tiles import Tiles

SOURCES: tuple[tuple[CompressSource, str, str], ...] = (
    ("held-out", tr("held-out"), tr("Write held-out pictures, as the model expects them.")),
    ("noise", tr("noise"), tr("Write as many pictures of noise, which no model can expect.")),
    ("upside down", tr("upside down"), tr("Write the held-out pictures upside down.")),
)
_USUAL = {"raw": tr("bits as they are"), "png": "PNG", "zlib": "zlib"}
_BARS = 420
_ASK = tr("Choose what to write. The file is read back and compared before its size is shown.")
_CHANGED = tr("The model has changed since: write the file again to flip bits of it.")


class CompressionView(QWidget):
    """Asks the engine for files and for what comes out of damaged ones; of the run in the images workspace."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._studio = studio
        self._written: Compressed | None = None
        self._read: Decompressed | None = None
        self._of: int | None = None
        self.source = Segmented(SOURCES, tr("Pictures to write"))
        self.source.chosen.connect(self._write)
        self.said = dim(_ASK, wrap=True)
        self.bars = Bars(tr("Bytes"))
        self.bars.setMaximumWidth(theme.px(_BARS))
        self.bit = SliderRow(
            tr("flip bit"), 0, 1, integer=True, zero=tr("none"),
            help=tr("Turn one bit of the file, counted from the first of the pictures, and read it all the same."),
        )  # fmt: skip
        self.bit.changed.connect(lambda _: self._flip())
        self.broken = dim("", wrap=True)
        self.before, self.after = (
            Tiles(tr("Pictures as they were written"), gap=2),
            Tiles(tr("Pictures as they are read"), gap=2),
        )
        for tiles in (self.before, self.after):
            tiles.pickable = False
        bar = QHBoxLayout()
        bar.addWidget(self.source)
        bar.addStretch(1)
        self._sheets = QWidget()
        sheets = QHBoxLayout(self._sheets)
        sheets.setContentsMargins(0, 0, 0, 0)
        sheets.setSpacing(16)
        for title, tiles in ((tr("Written"), self.before), (tr("Read"), self.after)):
            column = QVBoxLayout()
            column.setSpacing(4)
            column.addWidget(Heading(title))
            column.addWidget(tiles, 1)
            sheets.addLayout(column, 1)
        page = QVBoxLayout(self)
        page.setContentsMargins(0, 0, 0, 0)
        page.setSpacing(8)
        page.addLayout(bar)
        for each in (self.said, self.bars, self.bit, self.broken):
            page.addWidget(each)
        page.addWidget(self._sheets, 1)
        page.addStretch()  # takes what is left while there are no sheets
        bind_run(self, studio, Opened, lambda _: self._show(None), "images")
        bind_run(self, studio, Compressed, self._show, "images")
        bind_run(self, studio, Decompressed, self._show_read, "images")
        bind_run(self, studio, Progress, self._show_age, "images")
        bind_run(self, studio, History, self._show_age, "images")
        bind(self, studio, "unanswered", self._unanswered)
        theme.follow(self._draw)
        self._show(studio.runs["images"].compressed)
        join(studio.controls, self)

    @property
    def controls(self) -> Tree:
        return {"compress": {"source": self.source, "bit": self.bit, "written": self.before, "read": self.after}}

    # --- what a person does ---------------------------------------------------------------------------------------------

    def _write(self, source: str) -> None:
        self.said.setText(tr("Writing, reading back, comparing …"))
        self._studio.ask.compress(next(name for name, *_ in SOURCES if name == source))

    def _flip(self) -> None:
        written, bit = self._written, int(self.bit.value)
        if written is None:
            return
        if bit:
            self._studio.ask.decompress(flipped(written.data, written.coded, bit - 1))
            return
        self._studio.runs["images"].waiting.pop("decompress", None)
        self._read = None
        self._draw()

    # --- what the engine says -------------------------------------------------------------------------------------------

    def _show(self, written: Compressed | None) -> None:
        """A file and its pictures; None where there is none of this run yet."""
        self._written, self._read, self._of = written, None, self._shown_step
        self.source.show_value(written.source if written is not None else "")
        if written is not None:
            self.bit.show_bounds(0, 8 * written.coded)
        self.bit.show_value(0)
        self._draw()

    def _show_read(self, read: Decompressed) -> None:
        self._read = read
        self._draw()

    def _unanswered(self, kind: str) -> None:
        if kind == "compress":
            self._draw()

    @property
    def _shown_step(self) -> int | None:
        """The kept step that is shown; None for the model as it is now."""
        history = self._studio.runs["images"].history
        return None if history is None else history.shown

    @property
    def _fresh(self) -> bool:
        """Whether the model is still the one the file was written with."""
        written = self._written
        step = self._studio.runs["images"].step
        return written is not None and (step, self._shown_step) == (written.step, self._of)

    def _show_age(self, _: Event) -> None:
        if self.bit.isEnabled() != self._fresh:
            self._draw()

    def _draw(self) -> None:
        written = self._written
        for each in (self.bars, self.bit, self.broken, self._sheets):
            each.setVisible(written is not None)
        if written is None:
            self.said.setText(_ASK)
            return
        self.said.setText(said(written))
        own = tr("this file")
        sizes = {own: len(written.data), **{_USUAL[name]: written.sizes[name] for name in _USUAL}}
        most, t = max(sizes.values()), theme.tokens()
        self.bars.show_shares(
            list(sizes),
            [size / most for size in sizes.values()],
            [t.model if name == own else t.dim for name in sizes],
            [f"{size:,} B" for size in sizes.values()],
            own,
        )
        read = written.images if self._read is None else self._read.images
        whole = same_images(written.images, read)
        self.before.show_images(written.images)
        self.after.show_images(read if whole.all() else tinted(read, ~whole, theme.rgb(t.colour("bad"))))
        self.bit.setEnabled(self._fresh)
        self.broken.setText(broken_said(whole) if self._fresh else _CHANGED)


def said(written: Compressed) -> str:
    """How large a file is, and beside what it was to be expected, in two or three sentences."""
    n, size = len(written.images), len(written.data)
    text = tr(
        "{n:,} pictures in {size:,} bytes, of which {coded:,} are pictures; the model's own "
        "likelihood comes to {ideal:,.1f}. Read back and compared, bit for bit.",
        n=n,
        size=size,
        coded=written.coded,
        ideal=written.ideal,
    )
    if written.rounded:
        text += tr(
            " The pictures were rounded to the model's {levels} grey levels first, which is a loss of its own.",
            levels=written.levels,
        )
    return text


def broken_said(whole: Array) -> str:
    """How many pictures are as they were written, and where it begins that they are not."""
    if whole.all():
        return tr("All pictures are read as they were written.")
    first, right = int(np.argmin(whole)), int(whole.sum())
    return tr(
        "{right:,} of {whole:,} pictures are whole; number {first:,} is the first that is not. "
        "Behind the flipped bit the file means nothing, and what is read there, in red, are "
        "samples of the model.",
        right=right,
        whole=len(whole),
        first=first + 1,
    )


def same_images(a: Array, b: Array) -> Array:
    """Which pictures (n, H, W[, 3]) are the same in both: (n,) of truth values."""
    found: Array = (a == b).reshape(len(a), -1).all(1)
    return found


def tinted(images: Array, which: Array, colour: tuple[int, int, int]) -> Array:
    """Pictures (n, H, W[, 3]) in colour, some of them in shades of one."""
    shown = np.repeat(images[..., None], 3, -1) if images.ndim == 3 else images.copy()
    shown[which] = (shown[which].mean(-1, keepdims=True) / 255 * colour).astype(np.uint8)
    return shown
