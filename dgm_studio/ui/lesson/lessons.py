"""Lessons in the window: the shelf in place of the views, or a page at the left of the live program with fewer panels.

How panels lay before is put back when somebody leaves. All parts are made the first time they are seen.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QObject, Qt
from PySide6.QtWidgets import QDockWidget, QFileDialog, QWidget

from dgm_studio import atomic
from dgm_studio.language import tr
from dgm_studio.lessons.control_names import named_by
from dgm_studio.lessons.lesson import Lesson, LessonStep
from dgm_studio.lessons.slip import read_slips, write_slip
from dgm_studio.studio.lesson.from_file import play_file
from dgm_studio.studio.studio import Studio

from ..binding import bind
from ..look import theme
from ..naming import join
from .brush import PredictionBrush
from .lesson_panel import WIDE, LessonPanel
from .results_dialog import ResultsDialog
from .shelf import LessonShelf
from .slip_pdf import slip_pdf
from .try_panel import TryPanel

if TYPE_CHECKING:
    from ..window.main_window import MainWindow
    from ..writing.writer_view import WriterView

SIDE = 288
"""Of the panel Steer, where a step shows it."""
_SHARE = 0.4
"""Of a narrow window that a page may take."""
_STEERED = ("evidence", "painting", "conditioning", "sampling.given")
"""First parts of names of controls that are more than a row: their panel is shown as a whole."""
_PROGRESS = ("progress", "history", "comparison", "sweep")


class Lessons(QObject):
    """Of one window."""

    def __init__(self, window: MainWindow, studio: Studio) -> None:
        super().__init__(window)
        self._window, self._studio, self._player = window, studio, studio.lesson
        self.shelf: LessonShelf | None = None
        self.panel: LessonPanel | None = None
        self.dock: QDockWidget | None = None
        self.trying: TryPanel | None = None
        self.brush: PredictionBrush | None = None
        self.results: ResultsDialog | None = None
        self.writer: WriterView | None = None
        self._state: QByteArray | None = None
        self._arranged: tuple[object, ...] = ()
        bind(self, studio, "lesson", lambda _: self.follow())
        bind(self, studio, "workspace", lambda _: self.follow())

    @property
    def arranged(self) -> bool:
        """Whether panels lie as a lesson wants them."""
        return self._state is not None

    # --- what is in front ------------------------------------------------------------------------------------------

    def front(self) -> QWidget | None:
        """What stands in place of the views; None where they do."""
        places: dict[str, Callable[[], QWidget]] = {"shelf": self._of_shelf, "write": self._of_writer}
        made = places.get(self._player.place)
        return None if made is None else made()

    def follow(self) -> None:
        """Lay out the window for what is in front."""
        player, studio = self._player, self._studio
        now = (player.place, player.lesson, player.at, player.everything, studio.workspace)
        if now == self._arranged:
            return
        before, self._arranged = self._arranged, now
        if player.place and self._state is None:
            self._state = self._window.saveState()
        if not player.place:
            self._put_back()
        elif player.place == "shelf" and self._window.presenting:
            self._of_shelf().read()
        elif player.place == "write":
            self._of_writer()
            if not self._window.presenting:
                self._show_docks(())
                self._show_page(False)
            self._of_writer().refresh()
        elif player.place == "shelf":
            self._show_docks(())
            self._show_page(False)
            if not before or before[0] != "shelf":
                self._of_shelf().read()
        elif (step := player.step) is not None:
            self._of_page()
            if not self._window.presenting:
                self._arrange(step)
        self._window.show_front()

    def put_away(self, on: bool) -> None:
        """Put what is to be tried away while somebody presents, who has it in a strip."""
        if self.trying is not None:
            self.trying.put_away(on)

    def again(self) -> None:
        """Lay out anew what was not while somebody presented."""
        if self.arranged:
            self._arranged = ()
            self.follow()

    def _arrange(self, step: LessonStep) -> None:
        player = self._player
        trying = self.trying
        assert trying is not None
        if player.everything:
            trying.show_names(lambda _: False)
            self._show_docks(("setup", "steer", "progress"))
        else:
            trying.show_names(lambda name: bool(step.show) and shown_by(step, name))
            self._show_docks(panels_of(step, [name for name, _ in self._studio.controls.offered()]))
        self._show_page(not step.slide)

    def _show_docks(self, names: tuple[str, ...]) -> None:
        window = self._window
        for name, dock in window.docks.items():
            dock.setVisible(name in names)
        if "setup" in names and "steer" in names:
            window.removeDockWidget(window.docks["setup"])
            window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, window.docks["setup"])
            window.tabifyDockWidget(window.docks["steer"], window.docks["setup"])
            window.docks["setup"].show()
            window.docks["steer"].raise_()
        window.dress_docks()

    def _show_page(self, on: bool) -> None:
        if self.dock is None:
            return
        self.dock.setVisible(on)
        if not on and self.trying is not None and self._player.place != "step":
            self.trying.show_names(lambda _: False)
        if on:
            wide = min(theme.px(WIDE), round(_SHARE * self._window.width()))
            steer = self._window.docks["steer"]
            docks, widths = [self.dock], [wide]
            if steer.isVisible() and self._window.dockWidgetArea(steer) is Qt.DockWidgetArea.RightDockWidgetArea:
                room = self._window.width() - self._window.views.minimumSizeHint().width()
                docks, widths = [self.dock, steer], [min(wide, room - theme.px(SIDE)), theme.px(SIDE)]
            self._window.resizeDocks(docks, widths, Qt.Orientation.Horizontal)

    def _put_back(self) -> None:
        state, self._state = self._state, None
        if state is None:
            return
        if self.brush is not None:
            self.brush.close()
            self.brush.show(None)
        self._show_page(False)
        self._window.restoreState(state)
        self._show_page(False)
        self._window.dress_docks()

    def end(self) -> None:
        """The window closes: a person's own session and panels are what is kept."""
        for card in () if self.panel is None else self.panel.cards:
            card.settle()
        if self.writer is not None:
            self.writer.settle()
        self._player.leave()

    @property
    def writing(self) -> bool:
        """Whether a lesson that is being written is in front."""
        return self._player.place == "write"

    # --- parts -----------------------------------------------------------------------------------------------------

    def _of_shelf(self) -> LessonShelf:
        if self.shelf is None:
            self.shelf = LessonShelf(self._studio)
            self.shelf.chosen.connect(self._player.play)
            self.shelf.open_asked.connect(self.open)
            self.shelf.results_asked.connect(self.open_results)
            self.shelf.write_asked.connect(self.write)
            self.shelf.rehearse_asked.connect(self._studio.rehearsal.start)
            self._window.views.addWidget(self.shelf)
        return self.shelf

    def _of_writer(self) -> WriterView:
        if self.writer is None:
            from ..writing.writer_view import WriterView

            self.writer = WriterView(self._studio)
            self._window.views.addWidget(self.writer)
        return self.writer

    def _of_page(self) -> LessonPanel:
        if self.panel is None:
            self.brush = PredictionBrush(self._window.plane.canvas, self)
            self.panel = LessonPanel(self._studio, self.brush)
            self.panel.slip_asked.connect(self.save_slip)
            self.trying = TryPanel(self._studio)
            self._window.below_views.addWidget(self.trying)
            self.dock = QDockWidget(tr("Lesson"))
            self.dock.setObjectName("lesson")
            self.dock.setFeatures(QDockWidget.DockWidgetFeature.NoDockWidgetFeatures)
            self.dock.setTitleBarWidget(QWidget())
            self.dock.setWidget(self.panel)
            self._window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, self.dock)
        return self.panel

    # --- writing ---------------------------------------------------------------------------------------------------

    def write(self, lesson: Lesson | Path | None) -> None:
        """Write a lesson, one whose folder alone is known, or a new one."""
        writer = self._studio.writer
        if lesson is None:
            writer.new()
        elif isinstance(lesson, Path):
            if not writer.open(lesson):
                return
        elif not writer.change(lesson):
            return
        self._player.write()

    def open_to_write(self) -> None:
        """Ask for the folder of a lesson, or for one to begin a lesson in."""
        name = QFileDialog.getExistingDirectory(self._window, tr("Folder of a lesson"))
        if name:
            self.write(Path(name))

    # --- files -----------------------------------------------------------------------------------------------------

    def open(self) -> None:
        """Ask for a lesson in a file, and play it."""
        name, _ = QFileDialog.getOpenFileName(
            self._window, tr("Open lesson"), "", tr("Lessons (*.dgml lesson.md);;All files (*)")
        )
        if name:
            self.play(Path(name))

    def play(self, place: Path) -> None:
        """Play the lesson of a file or folder; a notice says what is wrong with it."""
        play_file(self._studio, place)

    def save_slip(self) -> None:
        """Ask where the result slip goes."""
        lesson = self._player.lesson
        if lesson is not None:
            forms = tr("PDF, one page (*.pdf);;JSON, for the teacher (*.json)")
            name, kind = QFileDialog.getSaveFileName(self._window, tr("Result slip"), f"{lesson.name}.json", forms)
            if name:
                path = Path(name)
                self.write_slip(path if path.suffix else path.with_suffix(".pdf" if "pdf" in kind else ".json"))

    def write_slip(self, path: Path) -> None:
        """Write the slip of the lesson under way as JSON or PDF, as the ending says; a notice follows."""
        for card in () if self.panel is None else self.panel.cards:
            card.settle()
        slip, ending = self._player.slip(), path.suffix.lower()
        if slip is None:
            return
        if ending not in (".json", ".pdf"):
            self._studio.notify("warn", tr("{name} does not end in .json or .pdf: name it so.", name=path.name))
            return
        try:
            if ending == ".json":
                write_slip(path, slip)
            else:
                atomic.write(path, slip_pdf(slip))
        except OSError as error:
            self._studio.notify(
                "bad",
                tr("{name} was not written: {strerror}.", name=path.name, strerror=error.strerror or error),
                tr("Choose another folder."),
            )
            return
        self._studio.notify(
            "info", tr("Wrote {name}: what you predicted, reached and wrote. No name is in it.", name=path.name)
        )

    def open_results(self) -> None:
        """Ask for result slips of a class, and show them together."""
        names, _ = QFileDialog.getOpenFileNames(self._window, tr("Open results"), "", tr("Result slips (*.json)"))
        if names:
            self.show_results([Path(name) for name in names])

    def show_results(self, paths: list[Path]) -> None:
        """Show the slips of files or folders together; a notice says so where none of them is one."""
        slips, problems = read_slips(paths)
        if not slips:
            self._studio.notify("warn", tr("None of these is a result slip."), " ".join(problems[:2]))
            return
        if self.results is not None:
            self.results.close()
            self.results.deleteLater()
        self.results = ResultsDialog(slips, problems, self._window)
        join(self._studio.controls, self.results)
        self.results.open()


def shown_by(step: LessonStep, name: str) -> bool:
    """Whether a step shows a control and lets it be changed."""
    shown = not step.show or any(named_by(word, name) for word in step.show)
    return shown and not locked_by(step, name)


def locked_by(step: LessonStep, name: str) -> bool:
    """Whether a step keeps a control from being changed."""
    return any(named_by(word, name) for word in step.lock)


def panels_of(step: LessonStep, names: list[str]) -> tuple[str, ...]:
    """The panels that a step needs as a whole."""
    if not step.show:
        return ("steer", "progress")
    wanted = [name for name in names if shown_by(step, name)]
    needs = {"steer": _STEERED, "progress": _PROGRESS}
    return tuple(panel for panel, firsts in needs.items() if any(name.startswith(firsts) for name in wanted))
