"""The question of a shoot-out: the picture as it is asked about, with its mask, and the original to compare with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from dgm_studio.language import tr
from dgm_studio.protocol.messages import Array
from dgm_studio.studio.painting.canvas import Canvas

from ..controls import dim
from ..images.pixels import enlarged, to_qimage
from ..look import theme
from ..painting.mask_overlay import MaskOverlay

_SIDE, _SMALL = 112, 84


BY_DEFAULT = tr("Nothing is masked on the canvas, so the lower half is asked for.")


@dataclass(frozen=True)
class ShootOutQuestion:
    """What every contender is asked: fill ``image`` where ``mask`` is not 0."""

    image: Array
    mask: Array
    original: Array | None
    by_default: bool
    """Whether the mask is ours, because there is none on the canvas."""

    def same(self, other: ShootOutQuestion | None) -> bool:
        return (
            other is not None
            and np.array_equal(self.image, other.image)
            and np.array_equal(self.mask, other.mask)
            and (self.original is None) == (other.original is None)
        )


def lower_half(image: Array) -> Array:
    """A mask (height, width) of the lower half of an image."""
    mask = np.zeros(image.shape[:2], np.float32)
    mask[len(mask) // 2 :] = 1.0
    return mask


def question(canvas: Canvas) -> ShootOutQuestion:
    """What is on the canvas; where nothing is masked there, the lower half is asked for.

    A page of one colour is no original: there is nothing on it to come close to.
    """
    mask = np.array(canvas.mask)
    by_default = not mask.any()
    if by_default:
        mask = lower_half(mask)
    original = np.array(canvas.original)
    plain = original.min() == original.max()
    return ShootOutQuestion(np.array(canvas.flat), mask, None if plain else original, by_default)


class _Image(QWidget):
    """One picture, its mask hatched over it."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self._pixels: Array | None = None
        self._masked = False
        self._overlay = MaskOverlay()
        self._side = _SIDE
        self.setAccessibleName(title)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.follow(self.restyle)

    def show_pixels(self, pixels: Array | None, mask: Array | None = None) -> None:
        self._pixels, self._masked = pixels, mask is not None
        if mask is not None:
            self._overlay.show_mask(mask)
        self.update()

    def show_side(self, side: int) -> None:
        self._side = side
        self.restyle()

    def restyle(self) -> None:
        self._overlay.show_colour(theme.tokens().colour("mask"), self.devicePixelRatioF())
        self.setFixedSize(self.sizeHint())
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(theme.px(self._side), theme.px(self._side))

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._pixels is None:
            return
        painter = QPainter(self)
        ratio = self.devicePixelRatioF()
        height, width = self._pixels.shape[:2]
        scale = min(self.width() / width, self.height() / height)
        w, h = width * scale, height * scale
        target = QRectF((self.width() - w) / 2, (self.height() - h) / 2, w, h)
        big = to_qimage(enlarged(self._pixels, max(1, round(w * ratio)), max(1, round(h * ratio))))
        painter.drawImage(target, big)
        if self._masked:
            self._overlay.paint(painter, target, self.rect(), ratio)


class QuestionPane(QWidget):
    """What is asked and what it was made from; above each other, or side by side where there is little width."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.original = _Image(tr("Asked")), _Image(tr("Original"))
        self._parts = []
        self._line = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        self._line.setContentsMargins(0, 0, 0, 0)
        self._line.setSpacing(12)
        for image, title, help in (
            (self.asked, tr("asked"), tr("Every contender generates the hatched part; the rest is known to it.")),
            (
                self.original,
                tr("original"),
                tr("What the distance is measured to, and a yardstick for the likelihoods."),
            ),
        ):
            part = QWidget()
            part.setToolTip(help)
            column = QVBoxLayout(part)
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(4)
            column.addWidget(dim(title))
            column.addWidget(image)
            self._parts.append(part)
            self._line.addWidget(part)
        self._line.addStretch(1)

    def show_question(self, question: ShootOutQuestion) -> None:
        self.asked.show_pixels(question.image, question.mask)
        self.original.show_pixels(question.original)
        self._parts[1].setVisible(question.original is not None)

    def show_flat(self, flat: bool) -> None:
        """Side by side and small, or above each other."""
        directions = QBoxLayout.Direction
        self._line.setDirection(directions.LeftToRight if flat else directions.TopToBottom)
        self._line.setAlignment(Qt.AlignmentFlag.AlignLeft if flat else Qt.AlignmentFlag.AlignTop)
        for image in (self.asked, self.original):
            image.show_side(_SMALL if flat else _SIDE)
