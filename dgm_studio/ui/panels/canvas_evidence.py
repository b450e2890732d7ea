"""What the model says of the picture on the canvas, below the tools of painting: asked for while it is unfolded."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from dgm_studio.language import tr
from dgm_studio.protocol.messages import Classified, Opened
from dgm_studio.studio.painting.canvas import Canvas
from dgm_studio.studio.studio import Studio

from ..binding import bind, bind_run
from ..controls import Fold, Tree, separator
from ..naming import join
from .evidence import EvidenceSection

FEW = 4
"""Classes shown, so that room is left for the tools."""
REST_MS = 200
"""How long the canvas must rest before it is asked about."""


class CanvasEvidence(QWidget):
    """Hidden where the model can say neither a class nor a likelihood; a window of its own for moments without a ``parent``."""

    def __init__(self, studio: Studio, canvas: Canvas, parent: QWidget) -> None:
        super().__init__(parent)
        self._studio, self._canvas = studio, canvas
        self.fold = Fold(tr("class and likelihood"), tr("What the model says of the picture as it is on the canvas."))
        self.section = EvidenceSection(studio, most=FEW)
        self.fold.body.setContentsMargins(4, 0, 0, 8)
        self.fold.body.addWidget(self.section)
        self.fold.toggled.connect(lambda _: self._soon())
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 0, 12, 4)
        column.setSpacing(4)
        column.addWidget(separator())
        column.addWidget(self.fold)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self.ask)
        for topic in ("pixels", "history"):
            leave = canvas.on(topic, lambda _: self._soon())
            self.destroyed.connect(lambda _=None, leave=leave: leave())
        bind_run(self, studio, Opened, self._show_opened, "images")
        bind_run(self, studio, Classified, self.section.show_classified, "images")
        bind(self, studio, "session", lambda _: self.section.show_prior())
        self._show_opened(studio.runs["images"].opened)
        join(studio.controls, self)

    @property
    def controls(self) -> Tree:
        return {"canvas_evidence": {"open": self.fold, "": self.section}}

    def ask(self) -> None:
        """Ask about the canvas as it is, unless nobody would see the answer."""
        opened = self._studio.runs["images"].opened
        fits = opened is not None and opened.info.event[1:] == self._canvas.shape
        if fits and self.fold.is_open and self.isVisible() and self._studio.workspace == "images":
            self._studio.ask.classify(self._canvas.flat[None])

    def _soon(self) -> None:
        if self.fold.is_open and not self._rest.isActive():
            self._rest.start()

    def _show_opened(self, opened: Opened | None) -> None:
        self.section.show_opened(opened)
        self.setVisible(not self.section.isHidden())
        self._soon()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._soon()
