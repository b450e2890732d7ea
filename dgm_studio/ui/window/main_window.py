"""The main window: docks around the view, nothing else. Panels and views know the studio; the window knows where they are."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QByteArray, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QDockWidget,
    QMainWindow,
    QStackedWidget,
    QTabBar,
    QTabWidget,
    QToolBar,
    QVBoxLayout,
    QWidget,
)

from dgm_studio.language import tr
from dgm_studio.protocol.messages import Opened, Progress
from dgm_studio.studio.session.state import RunState
from dgm_studio.studio.session.workspace import ALONE
from dgm_studio.studio.studio import Studio

from ..binding import bind, bind_run
from ..controls import BusyLine, Tree
from ..figure.figures import Figures
from ..film.films import Films
from ..lesson.lessons import Lessons
from ..look import theme
from ..naming import join
from ..panels.empty_state import EmptyState
from ..panels.failed import FailedView
from ..panels.notices import NoticeStrip
from ..panels.progress import ProgressPanel
from ..panels.setup import SetupPanel
from ..panels.status import StatusLine
from ..panels.steer import SteerPanel
from ..panels.top_bar import TopBar
from ..plane.plane import PlaneView
from ..presenter.presenter import Presenter
from ..report.reports import Reports
from . import actions
from .ahead import Ahead
from .arriving import Arriving
from .data_dialogs import DataDialogs
from .describing import Describing
from .docks import Dock
from .families_dialog import FamiliesDialog
from .files import Files
from .gallery_dialog import GalleryDialog
from .help import AboutDialog, ShortcutsDialog
from .palette import Palette
from .pump import Pump

if TYPE_CHECKING:
    from ..compare.compare_view import CompareView
    from ..images.images import ImagesView
    from ..paths.paths_view import PathsView
    from ..sequences.sequences_view import SequencesView
    from .runs_dialog import RunsDialog

SIDE = 288
BELOW = 184
NARROW = 1160
"""Below this width set-up and steer share one side as tabs, so that the view keeps most of the window."""


class MainWindow(QMainWindow):
    """Takes over a studio that was not started yet; closing the window closes the studio."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self.studio = studio
        self._narrow: bool | None = None
        self._images: ImagesView | None = None
        self._compare: CompareView | None = None
        self._sequences: SequencesView | None = None
        self._paths: PathsView | None = None
        self.ahead = Ahead(studio, self._take_images, self._prepare, self)
        self._closed = False
        self._runs: RunsDialog | None = None
        self._name = ("", False)
        self._read: tuple[str, tuple[str, ...]] = ("", ())
        self.setWindowTitle(tr("DGM Studio"))
        self.setMinimumSize(760, 520)
        self.setDockNestingEnabled(True)
        self.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)

        self.pump = Pump(studio, self)
        self.plane = PlaneView(studio)
        self.failed = FailedView(studio)
        self.views = QStackedWidget()
        self.views.addWidget(self.plane)
        self.views.addWidget(self.failed)
        self.waiting = EmptyState(
            tr("Laying out the pictures"), tr("The views of Images are made the first time they are seen.")
        )
        self.views.addWidget(self.waiting)
        self.busy = BusyLine()
        self.notices = NoticeStrip(studio)
        centre = QWidget()
        self.centre_column = column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.busy)
        column.addWidget(self.views, 1)
        self.below_views = QVBoxLayout()
        column.addLayout(self.below_views)
        column.addWidget(self.notices)
        self.setCentralWidget(centre)

        self.setup = SetupPanel(studio)
        self.steer = SteerPanel(studio)
        self.steer.take(self.plane.given.card)
        self.plane.given.changed.connect(self._show_condition)
        self.steering = QStackedWidget()
        self.steering.addWidget(self.steer)
        self.progress = ProgressPanel(studio)
        self.below = QStackedWidget()
        self.below.addWidget(self.progress)
        left, right, bottom = (
            Qt.DockWidgetArea.LeftDockWidgetArea,
            Qt.DockWidgetArea.RightDockWidgetArea,
            Qt.DockWidgetArea.BottomDockWidgetArea,
        )
        self.docks: dict[str, Dock] = {}
        for name, title, content, area in (
            ("setup", tr("Set-up"), self.setup, left),
            ("steer", tr("Steer"), self.steering, right),
            ("progress", tr("Progress"), self.below, bottom),
        ):
            self.docks[name] = Dock(title, name, content)
            self.addDockWidget(area, self.docks[name])
            self.docks[name].visibilityChanged.connect(lambda _: self._menus_soon())
        self.setCorner(Qt.Corner.BottomLeftCorner, left)
        self.setCorner(Qt.Corner.BottomRightCorner, bottom)

        self.top = TopBar(studio)
        self.main_bar = bar = QToolBar(tr("Main"))
        bar.setObjectName("main")
        bar.setMovable(False)
        bar.toggleViewAction().setVisible(False)
        bar.addWidget(self.top)
        bar.setStyleSheet("QToolBar { border: none; padding: 0; spacing: 0; }")
        self.addToolBar(bar)
        self.status = StatusLine(studio)
        self.statusBar().setSizeGripEnabled(False)
        self.statusBar().addPermanentWidget(self.status, 1)

        self.files = Files(self, studio, self.plane)
        self.films = Films(self, studio, self.plane, lambda: self.images)
        self.reports = Reports(self, studio)
        self.figures = Figures(self, studio, self.plane, self.views)
        self.describing = Describing(studio, self.views, self.plane.canvas)
        self.data_dialogs = DataDialogs(self, studio)
        self.arriving = Arriving(self, studio)
        self.lessons = Lessons(self, studio)
        self.presenter = Presenter(self, studio)
        self.palette_dialog = Palette(studio, self)
        actions.install(self)
        self.menus = actions.Menus(self, self.menuBar())
        self._refresh_menus = QTimer(self)
        self._refresh_menus.setSingleShot(True)
        self._refresh_menus.timeout.connect(self.menus.refresh)

        join(studio.controls, self)
        self.top.export_asked.connect(self.files.export)
        self.top.palette_asked.connect(self.open_palette)
        self.setup.draw_asked.connect(self.draw)
        self.setup.open_asked.connect(self.files.open_data)
        self.setup.source_asked.connect(self.files.open_source)
        self.ahead.made.connect(self._show_workspace)
        self.setup.columns_asked.connect(self.data_dialogs.choose_columns)
        self.setup.left_out_asked.connect(self.data_dialogs.show_left_out)
        bind(self, studio, "workspace", lambda _: self._show_workspace())
        bind(self, studio, "session", lambda _: self._show_workspace())
        bind(self, studio, "failed", self._show_failure)
        bind(self, studio, "theme", self._show_theme)
        for topic in ("file", "commands", "session", "workspace"):
            bind(self, studio, topic, lambda _: self._show_name())
        bind_run(self, studio, Opened, self._show_opened)
        bind_run(self, studio, Progress, self._show_progress)
        self.busy.show_activity(tr("Waking the engine"))
        bind(self, studio, "catalogue", lambda _: self.busy.show_activity("Opening the run"))
        self.resize(1440, 900)
        self._restore_layout()
        self._show_workspace()
        self._show_name()
        self.plane.canvas.setFocus()  # where keys act on what is seen; a chip with the focus looks as if it were meant
        self._welcome()

    # --- what is in front -----------------------------------------------------------------------------------------

    def _show_workspace(self) -> None:
        studio = self.studio
        front: QWidget = self.plane
        if studio.workspace == "images":
            front = self._images or self.waiting
        elif studio.workspace == "sequences":
            front = self._of_sequences()
        elif studio.workspace == "paths":
            front = self._of_paths()
        elif studio.workspace == "compare":
            front = self._comparing()
        if front is self.waiting:
            self.ahead.hurry()
        if studio.run.failure and studio.workspace != "compare":
            self.failed.show_run(studio.run)
            front = self.failed
        front = self.lessons.front() or front
        self.views.setCurrentWidget(front)
        self.below.setCurrentIndex(1 if studio.workspace == "compare" else 0)
        self.steering.setCurrentIndex(1 if self.painting and self.steering.count() > 1 else 0)
        progress = studio.run.progress
        if progress is not None:
            self._show_progress(progress)

    def show_front(self) -> None:
        """Bring to the front what is to be there."""
        self._show_workspace()

    def _prepare(self) -> Iterator[None]:
        """What the panels will show of the workspace that is not in front."""
        for workspace in ALONE:
            if workspace != self.studio.workspace:
                yield from self.setup.prepare(workspace)
        self.presenter.prepare()
        yield

    def _of_sequences(self) -> SequencesView:
        """The view of strings, made the first time it is seen."""
        if self._sequences is None:
            from ..sequences.sequences_view import SequencesView

            self._sequences = SequencesView(self.studio)
            self.views.addWidget(self._sequences)
        return self._sequences

    def _of_paths(self) -> PathsView:
        """The view of paths, made the first time it is seen."""
        if self._paths is None:
            from ..paths.paths_view import PathsView

            self._paths = PathsView(self.studio)
            self.views.addWidget(self._paths)
        return self._paths

    def _comparing(self) -> CompareView:
        """The view of the comparison and what stands below it, made the first time they are seen."""
        if self._compare is None:
            from ..compare.compare_panel import ComparePanel
            from ..compare.compare_view import CompareView

            self._compare = CompareView(self.studio, lambda: None if self._images is None else self._images.canvas)
            self._compare.alone_asked.connect(self.studio.comparison.bring_alone)
            self.views.addWidget(self._compare)
            panel = ComparePanel(self.studio)
            panel.image_asked.connect(self._compare.save_image)
            self.below.addWidget(panel)
        return self._compare

    def _take_images(self, view: ImagesView, painting: QWidget) -> None:
        self._images = view
        self.views.addWidget(view)
        self.steering.addWidget(painting)

    def _show_opened(self, opened: Opened) -> None:
        self._show_workspace()
        self.ahead.begin()
        if opened.info.remark:
            self.studio.notify("warn", opened.info.remark)
        read = (opened.spec.data.label, opened.info.said)
        if read != self._read and opened.info.said:  # once, not with every family on the same data
            self.studio.notify("info", f"{read[0]}: {'; '.join(read[1])}.")
        self._read = read

    def _show_failure(self, run: RunState) -> None:
        if run.slot == self.studio.session.front:
            self.busy.show_activity("")
            self._show_workspace()

    def _show_progress(self, progress: Progress) -> None:
        # While it trains the status line says so; the image views have a line of their own.
        elsewhere = self.studio.workspace in ("images", "compare")
        quiet = progress.phase == "training" or elsewhere or bool(self.studio.run.failure)
        self.busy.show_activity("" if quiet else progress.activity, progress.fraction)

    @property
    def painting(self) -> bool:
        """Whether the canvas is in front."""
        return self.studio.workspace == "images" and self.studio.session.image_view == "paint"

    # --- commands of the window -----------------------------------------------------------------------------------

    def undo(self) -> None:
        """Take back a stroke on the canvas or the pad, else the last change of the session."""
        if self.lessons.writing:
            self.studio.writer.undo()
        elif self.studio.run.failure:
            self.studio.undo_failure()
        elif self.drawing:
            self.plane.pad.undo()
        elif self._images is None or not self._images.undo():
            self.studio.undo()

    @property
    def drawing(self) -> bool:
        """Whether the pad on the plane is in front."""
        return self.plane.pad.active and self.views.currentWidget() is self.plane

    def paste(self) -> None:
        """What is on the clipboard: onto the canvas where that is in front, else as what it is."""
        if self.painting and self._images is not None:
            self.paint("paste")
        else:
            self.arriving.paste()

    def redo(self) -> None:
        if self.lessons.writing:
            self.studio.writer.redo()
        elif self.drawing:
            self.plane.pad.redo()
        elif self._images is None or not self._images.redo():
            self.studio.redo()

    @property
    def images(self) -> ImagesView | None:
        """The views of pictures, once they are made."""
        return self._images

    @property
    def controls(self) -> Tree:
        return {"panel": self.docks, "palette": self.palette_dialog}

    def paint(self, action: str) -> None:
        """One of the actions of the canvas."""
        if self._images is not None:
            self._images.paint.do(action)

    def draw(self) -> None:
        """Open the drawing pad on the plane."""
        self.studio.set_workspace("2d")
        self.plane.pad.open()

    def plane_home(self) -> None:
        self.plane.show_all()

    def play_sampling(self) -> None:
        """Play the way from noise to data in the view in front."""
        bars = {"sequences": lambda: self._of_sequences().time, "paths": lambda: self._of_paths().time}
        bars.get(self.studio.workspace, lambda: self.plane.time)().toggle_play()

    def open_palette(self) -> None:
        self.palette_dialog.open_over(self)

    def show_runs(self) -> None:
        """The tray of runs, beside the window."""
        from .runs_dialog import RunsDialog

        if self._runs is None:
            self._runs = RunsDialog(self.studio, self)
        self._runs.show()
        self._runs.raise_()
        self._runs.activateWindow()

    def _show_name(self) -> None:
        """The title: the file of the run in front, or what the run is, and whether something is not saved."""
        studio = self.studio
        document, spec = studio.document, studio.spec
        family = studio.family_titles.get(spec.family, spec.family)
        name = document.path.name if document is not None else f"{spec.data.label} · {family}"
        modified = studio.documents.modified(studio.run)
        if (name, modified) != self._name:
            self._name = (name, modified)
            self.setWindowTitle(tr("{name}[*] · DGM Studio", name=name))
            self.setWindowModified(modified)

    def show_shortcuts(self) -> None:
        self._open(ShortcutsDialog(self.studio.commands, self))

    def show_about(self) -> None:
        self._open(AboutDialog(self))

    def show_families(self) -> None:
        self._open(FamiliesDialog(self.studio, self))

    def show_gallery(self) -> None:
        self._open(GalleryDialog(self.studio, self))

    def _open(self, dialog: ShortcutsDialog | AboutDialog | FamiliesDialog | GalleryDialog) -> None:
        join(self.studio.controls, dialog)
        dialog.open()

    def show_margins(self, on: bool) -> None:
        """Show what stands around the data of the views, or the data alone."""
        self.plane.show_margin(on)
        if self._compare is not None:
            self._compare.show_margin(on)

    @property
    def margin_on(self) -> bool:
        return self.plane.margin_on

    def toggle_margin(self) -> None:
        self.plane.show_margin(not self.plane.margin_on)

    @property
    def conditioning(self) -> bool:
        """Whether the plane shows the model's law of a part given the rest."""
        return self.plane.given.active

    def toggle_condition(self) -> None:
        self.plane.given.toggle()

    def _show_condition(self) -> None:
        """What is asked about a condition stands in the steer panel: that comes to the front, and the card into view."""
        if self.conditioning:
            self.docks["steer"].show()
            self.docks["steer"].raise_()
            QTimer.singleShot(0, self.steer, lambda: self.steer.ensureWidgetVisible(self.plane.given.card, 0, 0))

    def toggle_dock(self, dock: Dock) -> None:
        dock.setVisible(dock.isHidden())
        if dock.isVisible():
            dock.raise_()

    @property
    def presenting(self) -> bool:
        return self.presenter.on

    def toggle_presenter(self) -> None:
        """Large type, panels away; the same again brings everything back."""
        self.presenter.toggle()

    @property
    def every_dock(self) -> list[QDockWidget]:
        """The panels, and the page of a lesson."""
        page = self.lessons.dock
        return [*self.docks.values(), *([] if page is None else [page])]

    def _show_theme(self, name: Any) -> None:
        theme.change(theme.application(), name, theme.scale())

    def _menus_soon(self) -> None:
        self._refresh_menus.start(0)

    def _welcome(self) -> None:
        """One sentence at the first start; Train is one click away."""
        settings = self.studio.settings
        if settings.seen_welcome:
            return
        settings.seen_welcome = True
        self.studio.notify(
            "info",
            tr("Blue points are the data; the model will learn to draw orange ones like them."),
            tr("Train it, then move anything in Steer and watch the samples follow."),
            "run.train",
        )

    # --- layout -----------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._adapt()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._adapt()

    def _adapt(self) -> None:
        """Tabs on one side in a narrow window, two sides in a wide one; only when the width crosses the line."""
        narrow = self.width() < NARROW
        if narrow == self._narrow or self.presenting or self.lessons.arranged:
            return
        crossed = self._narrow is not None or narrow
        self._narrow = narrow
        setup, steer = self.docks["setup"], self.docks["steer"]
        if crossed and not setup.isFloating() and not steer.isFloating():
            if narrow:
                self.tabifyDockWidget(setup, steer)
                setup.raise_()
            else:
                shown = not steer.isHidden()
                self.removeDockWidget(steer)  # moved while in a tab, it may leave the bar of tabs behind (Qt 6.11)
                self.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, steer)
                steer.setVisible(shown)
        self.dress_docks()
        QTimer.singleShot(0, self, self.dress_docks)  # a bar of tabs may be made only once the docks are laid out
        self._default_sizes()

    def dress_docks(self) -> None:
        """A dock has its name where no tab says it; tabs are as wide as their names."""
        for tabs in self.findChildren(QTabBar):
            tabs.setElideMode(Qt.TextElideMode.ElideNone)
            tabs.setDrawBase(False)
        for dock in (self.docks["setup"], self.docks["steer"]):
            dock.show_name(not self.tabifiedDockWidgets(dock))

    def _default_sizes(self) -> None:
        sides = [self.docks["setup"]] if self._narrow else [self.docks["setup"], self.docks["steer"]]
        self.resizeDocks(sides, [theme.px(SIDE)] * len(sides), Qt.Orientation.Horizontal)
        below = BELOW if self.height() >= 800 else 172
        self.resizeDocks([self.docks["progress"]], [theme.px(below)], Qt.Orientation.Vertical)

    def _restore_layout(self) -> None:
        settings = self.studio.settings
        if settings.geometry:
            self.restoreGeometry(QByteArray(base64.b64decode(settings.geometry)))
        if settings.layout and self.restoreState(QByteArray(base64.b64decode(settings.layout))):
            # a layout of two sides, kept on a wide screen, is folded as soon as the window is seen to be narrow
            self._narrow = self.width() < NARROW and bool(self.tabifiedDockWidgets(self.docks["setup"]))
            QTimer.singleShot(0, self, self.dress_docks)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Keep layout and session, stop the engine; asks nothing."""
        if not self._closed:
            self._closed = True
            self.pump.stop()
            self.ahead.stop()
            self.presenter.end()
            self.lessons.end()
            self.films.end()
            self.reports.end()
            if self._runs is not None:
                self._runs.close()
            theme.settle()
            self._keep_layout()
            self.studio.close()
        super().closeEvent(event)

    def keep(self) -> None:
        """Save layout, session and what was trained, and go on."""
        if not self._closed:
            if not (self.presenting or self.lessons.arranged):
                self._keep_layout()
            self.studio.keep()

    def _keep_layout(self) -> None:
        settings = self.studio.settings
        settings.geometry = base64.b64encode(self.saveGeometry().data()).decode("ascii")
        settings.layout = base64.b64encode(self.saveState().data()).decode("ascii")
