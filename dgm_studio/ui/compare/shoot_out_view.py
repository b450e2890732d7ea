"""Shoot-out view: the picture and mask of the canvas, answered by any number of trained runs, side by side."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QSize, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QPainter, QPixmap, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QBoxLayout, QFileDialog, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from dgm_studio.language import tr
from dgm_studio.studio.compare.shoot_out import ShootOut
from dgm_studio.studio.painting.canvas import Canvas
from dgm_studio.studio.studio import Studio

from ..binding import bind
from ..controls import ComboBox, Tree, button, dim, label
from ..controls.drop_hint import DropHint
from ..look import theme
from ..look.icons import icon
from ..naming import join
from .shoot_out_question import BY_DEFAULT, QuestionPane, ShootOutQuestion, question
from .shoot_out_table import ShootOutTable

NARROW = 720
"""Below this width the question stands above the table instead of beside it."""
_MARGIN, _COUNT_WIDTH = 16, 136
COUNTS = (1, 2, 4, 8)
_ALONE = tr(
    "Train a model and keep it here, then choose another family and train that one too; saved runs can be added from "
    "files. Ask all gives each of them the same picture and mask, taken from the canvas under paint."
)


class ShootOutView(QWidget):
    """Knows the studio's shoot-out and the canvas the question is taken from."""

    def __init__(self, studio: Studio, canvas: Canvas) -> None:
        super().__init__()
        self._studio, self._canvas = studio, canvas
        self._asked: ShootOutQuestion | None = None
        self.setAcceptDrops(True)
        self.drop_hint = DropHint(self)
        shoot = studio.shoot_out
        self.keep = button(
            tr("Keep this run"), tr("Keep the run in front as it is now, to train on or choose another.")
        )
        self.keep.clicked.connect(shoot.keep)
        self.add = button(tr("Add from file"), tr("Let a saved run take part."))
        self.add.clicked.connect(self._choose_file)
        self.count = ComboBox()
        self.count.setAccessibleName(tr("Answers of each"))
        self.count.setToolTip(tr("How many answers each contender gives."))
        for n in COUNTS:
            self.count.addItem(tr("{n} answer{value} each", n=n, value="s" * (n > 1)), n)
        self.count.setCurrentIndex(COUNTS.index(4))
        self.ask = button(tr("Ask all"), tr("Give every contender the same picture, mask and seed."), "primary")
        self.ask.clicked.connect(self.start)
        self.stop = button(tr("Stop"), tr("End it; answers that are there stay."))
        self.stop.clicked.connect(shoot.stop)
        self.export = button(tr("Export"), tr("Write question, answers and numbers as one picture."))
        self.export.clicked.connect(self._choose_export)
        self._bar = bar = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        bar.setSpacing(8)
        self._rows = [QHBoxLayout(), QHBoxLayout()]
        for row, widgets in zip(
            self._rows, ((self.keep, self.add), (self.count, self.ask, self.stop, self.export)), strict=True
        ):
            row.setSpacing(8)
            for each in widgets:
                row.addWidget(each)
            row.addStretch(int(row is self._rows[0]))
            bar.addLayout(row)

        self.pane = QuestionPane()
        self.stale = label(tr("stale · the canvas has changed since; ask again"), "warn", wrap=True)
        self.note = dim("", wrap=True)
        self.table = ShootOutTable()
        self.table.dropped.connect(shoot.drop)
        self.sheet = QFrame()
        self.sheet.setProperty("surface", "plot")
        self._across = QBoxLayout(QBoxLayout.Direction.LeftToRight, self.sheet)
        self._across.setContentsMargins(0, 0, 8, 8)
        self._across.setSpacing(16)
        self._across.addWidget(self.pane, 0, Qt.AlignmentFlag.AlignTop)
        self._across.addWidget(self.table, 1)
        self.page = scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(self.sheet)
        scroll.setCornerWidget(QWidget())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addLayout(bar)
        column.addWidget(self.note)
        column.addWidget(self.stale)
        column.addWidget(scroll, 1)
        bind(self, studio, "shoot_out", self._show)
        for topic in ("pixels", "history"):
            leave = canvas.on(topic, lambda _: self._show_question())
            self.destroyed.connect(lambda _=None, leave=leave: leave())
        theme.follow(self._restyle)
        self._show(shoot)
        join(studio.controls, self)

    @property
    def controls(self) -> Tree:
        return {
            "shoot_out": {
                "keep": self.keep,
                "add": self.add,
                "count": self.count,
                "ask": self.ask,
                "stop": self.stop,
                "export": self.export,
                "": self.table,
            }
        }

    def start(self) -> None:
        """Ask everybody about what is on the canvas now."""
        self._asked = question(self._canvas)
        q = self._asked
        sampling = self._studio.session.spec("images").sampling
        self._studio.shoot_out.start(q.image, q.mask, self.count.currentData(), sampling.seed, original=q.original,
                                     label=sampling.label, temperature=sampling.temperature)  # fmt: skip
        self._show_question()

    def write(self, path: Path) -> None:
        """The whole of it, also what is scrolled away, as a PNG file. Raises OSError."""
        sheet = self.sheet.grab()
        ratio, margin = sheet.devicePixelRatio(), theme.px(_MARGIN)
        page = QPixmap(
            round((self.sheet.width() + 2 * margin) * ratio), round((self.sheet.height() + 2 * margin) * ratio)
        )
        page.setDevicePixelRatio(ratio)
        page.fill(theme.tokens().colour("plot"))
        painter = QPainter(page)
        painter.drawPixmap(margin, margin, sheet)
        painter.end()
        if not page.save(str(path), "PNG"):
            raise OSError(tr("{path} could not be written", path=path))

    # --- what is shown ----------------------------------------------------------------------------------------------

    def _show(self, shoot: ShootOut) -> None:
        self.table.show_shoot_out(shoot)
        others = any(c.kept for c in shoot.contenders)
        self.ask.setEnabled(bool(shoot.contenders))
        self.keep.setEnabled(bool(shoot.contenders))
        self.stop.setEnabled(shoot.busy)
        self.export.setEnabled(any(c.filled is not None for c in shoot.contenders))
        self._alone = not others
        self._show_question()

    def _show_question(self) -> None:
        if not self.isVisible():
            return
        now = question(self._canvas)
        self.pane.show_question(now)
        self.stale.setVisible(self._asked is not None and not now.same(self._asked))
        words = [tr("Waiting for the model that is chosen.")] if self._studio.shoot_out.waiting else []
        if self._alone:
            words.append(_ALONE)
        if now.by_default:
            words.append(BY_DEFAULT)
        self.note.setText(" ".join(words))
        self.note.setVisible(bool(words))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._show_question()

    def minimumSizeHint(self) -> QSize:
        """That of a toolbar in two rows, so that a small window keeps room for its panels."""
        width = max(row.minimumSize().width() for row in self._rows)
        return QSize(width, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        flat = self.width() < theme.px(NARROW)
        directions = QBoxLayout.Direction
        one_row = sum(row.minimumSize().width() for row in self._rows) + self._bar.spacing()
        self._bar.setDirection(directions.TopToBottom if self.width() < one_row else directions.LeftToRight)
        self._across.setDirection(directions.TopToBottom if flat else directions.LeftToRight)
        self.pane.show_flat(flat)

    def _restyle(self) -> None:
        self.export.setIcon(icon("export"))
        self.add.setIcon(icon("folder"))
        self.count.setMinimumWidth(theme.px(_COUNT_WIDTH))
        self.table.show_shoot_out(self._studio.shoot_out)

    # --- files ------------------------------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Runs take part that are dropped here: files, or those that the window keeps."""
        if paths := _runs_in(event.mimeData()):
            taking = tr("This run takes") if len(paths) == 1 else tr("These {paths} runs take", paths=len(paths))
            self.drop_hint.say(tr("{taking} part in the shoot-out.", taking=taking))
            event.acceptProposedAction()
        else:
            event.ignore()  # the window may have a use for it

    def dropEvent(self, event: QDropEvent) -> None:
        tray = self._studio.tray
        for path in _runs_in(event.mimeData()):
            if tray.owns(path) and path.stem in tray:
                self._studio.shoot_out.keep_kept(path.stem)
            else:
                self._studio.shoot_out.keep_file(path)
        event.acceptProposedAction()

    def _folder(self) -> str:
        recent = self._studio.settings.recent
        return str(Path(recent[0]).parent if recent else Path.home())

    def _choose_file(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, tr("Add a run"), self._folder(), tr("DGM Studio runs (*.dgm)"))
        if name:
            self._studio.shoot_out.keep_file(Path(name))

    def _choose_export(self) -> None:
        proposed = str(Path(self._folder()) / "shoot-out.png")
        name, _ = QFileDialog.getSaveFileName(self, tr("Export the shoot-out"), proposed, tr("Picture (*.png)"))
        if not name:
            return
        path = Path(name) if Path(name).suffix else Path(name).with_suffix(".png")
        try:
            self.write(path)
        except OSError as error:
            self._studio.notify(
                "bad", tr("The shoot-out was not exported: {error}.", error=error), tr("Choose another name or folder.")
            )
        else:
            self._studio.notify("info", tr("Exported the shoot-out to {name}.", name=path.name))


def _runs_in(data: QMimeData) -> list[Path]:
    """The run files among what is dragged."""
    paths = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
    return [path for path in paths if path.suffix.lower() == ".dgm"]
