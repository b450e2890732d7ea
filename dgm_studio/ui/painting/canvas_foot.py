"""Canvas foot: one quiet line under the canvas: its size, the zoom, how much is masked, and the pixel pointed at."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from dgm_studio.language import tr

from ..controls import Tree, button, label


class CanvasFoot(QWidget):
    """``fit_asked()`` when all of the image is to be seen, ``latent_asked()`` when its latent is to be moved."""

    fit_asked = Signal()
    latent_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.about = label("", "small")
        self.place = label("", "small")
        self.fit = button(tr("fit  0"), tr("Show all of the image (0). The wheel zooms, Space pans."), "link")
        self.fit.clicked.connect(self.fit_asked)
        self.latent = button(
            tr("latent  K"), tr("Drag the picture's latent; the decoded picture follows under the strokes (K)."), "link"
        )
        self.latent.clicked.connect(self.latent_asked)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 8, 0)
        row.setSpacing(8)
        row.addWidget(self.about)
        row.addStretch(1)
        row.addWidget(self.place)
        row.addWidget(self.latent)
        row.addWidget(self.fit)
        for each in (self.about, self.place):
            each.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        row.setStretch(0, 3)
        row.setStretch(1, 0)
        row.setStretch(2, 1)
        self.setFixedHeight(28)

    @property
    def controls(self) -> Tree:
        return {"fit": self.fit, "latent": self.latent}

    def show_canvas(self, shape: tuple[int, int], zoom: float, masked: float) -> None:
        """``masked`` is the mean of the mask, in [0, 1]."""
        height, width = shape
        times = f"{zoom:.0f}" if zoom >= 10 else f"{zoom:.2g}"
        share = tr("nothing masked") if masked == 0 else tr("{max:.3g} % masked", max=max(100 * masked, 0.1))
        self.about.setText(
            tr("{width} × {height} px · {times}× · {share}", width=width, height=height, times=times, share=share)
        )

    def show_place(self, over: tuple[int, int] | None) -> None:
        self.place.setText("" if over is None else f"{over[0]}, {over[1]}")
