"""Menus and shortcuts made from the studio's commands, and the commands that need a window: files, docks, looks."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar

from dgm_studio.language import languages, tr
from dgm_studio.studio.commands import Command
from dgm_studio.studio.studio import Studio

from ..binding import bind
from ..painting import canvas_commands
from .docks import Dock
from .recent import RecentMenu

if TYPE_CHECKING:
    from .main_window import MainWindow

_MENUS = ("File", "Edit", "Canvas", "Run", "View", "Lesson", "Help")
_BREAKS = frozenset({"file.export", "file.runs", "file.data", "file.quit",
                      "run.measure", "run.branch", "view.layer.data", "view.theme.system",
                     "view.panel.setup", "view.overlays", "edit.recipe", "canvas.swap", "canvas.all",
                     "canvas.load_mask", "canvas.copy", "lesson.write", "lesson.record"})  # fmt: skip


def install(window: MainWindow) -> None:
    """Add the commands of a window to those of its studio."""
    studio, add = window.studio, window.studio.commands.add

    def strokes_or_words() -> bool:
        return window.painting or window.lessons.writing

    for id, back, possible, said in (
        ("edit.undo", window.undo, lambda: strokes_or_words() or studio.can_undo, lambda: studio.undo_said),
        ("edit.redo", window.redo, lambda: strokes_or_words() or studio.can_redo, lambda: studio.redo_said),
    ):
        # On the canvas and the pad these are about strokes, in a lesson that is written about words.
        words = partial(_unless, lambda: strokes_or_words() or window.drawing, said)
        studio.commands.replace(dataclasses.replace(studio.commands[id], run=back, enabled=possible, said=words))

    def has_run() -> bool:
        return studio.run.opened is not None

    def has_samples() -> bool:
        return studio.run.samples is not None

    def save() -> None:
        """What is in front: the lesson that is being written, or the run."""
        (studio.writer.keep if window.lessons.writing else window.files.save)()

    def leave() -> None:
        window.close()

    def on_plane() -> bool:
        return studio.workspace == "2d"

    for id, title, help, run, shortcut, enabled in (
        ("file.new", "New", "Start again from the default session.", window.files.new, "Ctrl+N", None),
        ("file.open", "Open run", "Open a saved run.", window.files.open, "Ctrl+O", None),
        ("file.gallery", "Gallery", "Trained models that come with the program: open one and steer it at once.",
         window.show_gallery, "", None),
        ("file.save", "Save", "Save the run in front with its weights.", save, "Ctrl+S", has_run),
        ("file.save_as", "Save as", "Save under another name.", window.files.save_as, "Ctrl+Shift+S", has_run),
        ("file.save_copy", "Save a copy", "Write the run to another file; it goes on belonging to its own.",
         window.files.save_copy, "", has_run),
        ("file.save_session", "Save session", "Write the trained runs in front and all that are pinned to one file.",
         window.files.save_session, "", None),
        ("file.copy_link", "Copy link", "What is on screen as a line of text, without weights, to be sent and pasted.",
         window.files.copy_link, "", None),
        ("file.copy_commands", "Copy as command line", "What trains and samples this run again in a terminal, with its steps.",
         window.files.copy_commands, "", has_run),
        ("file.export_python", "Export as Python", "A script or a notebook that trains and samples this run again.",
         window.files.export_python, "", has_run),
        ("file.export_model", "Export model", "Its weights, one Python file that needs only torch and numpy, or a graph.",
         window.files.export_model, "", has_run),
        ("file.show_link", "Show link as QR code", "The same, large, for the cameras of a class.", window.files.show_link, "",
         None),
        ("file.revert", "Revert", "Read the run again as it is in its file; what was trained since is kept among the runs.",
         window.files.revert, "", lambda: studio.document is not None and studio.documents.modified(studio.run)),
        ("file.runs", "Runs", "Every trained run that gave way to another: bring it back, name it, let it go.",
         window.show_runs, "Ctrl+Shift+R", None),
        ("file.data", "Open data", "Learn from a file or folder of your own.", window.files.open_data, "Ctrl+Shift+O",
         None),
        ("file.columns", "Columns of the data", "Choose which columns of the file are x, y and the class.",
         window.data_dialogs.choose_columns, "", lambda: window.data_dialogs.has_columns),
        ("file.left_out", "Files that were left out", "List every file that was not read, with the reason.",
         window.data_dialogs.show_left_out, "", lambda: window.data_dialogs.has_left_out),
        ("file.export", "Export samples", "Write the samples that are shown to a file.", window.files.export, "Ctrl+E",
         has_samples),
        ("edit.paste", "Paste", "Open the link, learn from the cells or the picture, or start from the picture on the canvas.",
         window.paste, "Ctrl+V", None),
        ("edit.copy_view", "Copy this view", "The view in front as a picture on the clipboard, twice as fine as on screen.",
         window.figures.copy, "", has_run),
        ("file.figure", "Save figure", "The view in front for a paper or a slide: vectors or pixels, with a caption.",
         window.figures.save, "", has_run),
        ("file.report", "Report", "Pictures, curves, measures, settings and how to make it again, as one page.",
         window.reports.ask, "", has_run),
        ("file.film", "Film", "A film of sampling, frame by frame, made in the background.",
         lambda: window.films.show("sampling"), "", has_run),
        ("file.film_training", "Film of training", "A film through the kept steps of training.",
         lambda: window.films.show("training"), "", lambda: has_run() and studio.run.learns and studio.run.step > 0),
        ("file.film_walk", "Film of an interpolation", "A film of the way between two examples.",
         lambda: window.films.show("interpolation"), "", has_run),
        ("lesson.folder", "Write the lesson of a folder", "Open a lesson in a folder of your choice, or begin one there.",
         window.lessons.open_to_write, "", None),
        ("file.film_latents", "Film of a latent walk", "A film of the way that the point of the latent plane was dragged.",
         lambda: window.films.show("latents"), "", lambda: studio.workspace == "images" and has_run()),
        ("file.film_painting", "Film of an answer", "A film of the steps of the newest answer on the canvas.",
         lambda: window.films.show("painting"), "", lambda: window.films.answered),
        ("file.quit", "Quit", "Close the window; the session is kept.", leave, "Ctrl+Q", None),
        ("view.draw", "Draw your own data", "Paint points on the plane.", window.draw, "Ctrl+P", on_plane),
        ("view.home", "Show all", "Bring all of the data into view.", window.plane_home, "0", on_plane),
        ("view.play", "Play sampling", "Move the sampling time from noise to data.", window.play_sampling, "P",
         lambda: studio.workspace in ("2d", "sequences", "paths")),
        ("view.describe", "Describe the view", "What is in front in words, as screen readers have it.", window.describing.say,
         "", None),
        ("view.palette", "Command palette", "Find and run any command.", window.open_palette, "Ctrl+K", None),
        ("help.shortcuts", "Shortcuts", "All keys at a glance.", window.show_shortcuts, "F1", None),
        ("help.families", "Families of your own", "Where a file of yours is found as a family, and what is there.",
         window.show_families, "", None),
        ("help.about", "About DGM Studio", "Version and licence.", window.show_about, "", None),
    ):  # fmt: skip
        add(Command(id, title, help, id.split(".")[0].capitalize(), run, shortcut, enabled=enabled or (lambda: True)))
    for id, title, help, run, shortcut, checked in (
        ("view.overlays", "Legend and keys", "Show or hide what stands above and below the plane.", window.toggle_margin, "H",
         lambda: window.margin_on),
        ("view.presenter", "Presenter", "Large type, panels away, keys still work.", window.toggle_presenter, "F11",
         lambda: window.presenting),
        ("view.notes", "Notes of the lesson", "Questions, hints, what is revealed and the time, in a window of its own.",
         lambda: window.presenter.toggle_notes(), "",
         lambda: window.presenter.notes is not None and not window.presenter.notes.isHidden()),
    ):  # fmt: skip
        add(Command(id, title, help, "View", run, shortcut, checked=checked))
    add(
        Command(
            "view.condition",
            "Condition",
            "Hold a coordinate, a band or a region, and see the model's law of the rest.",
            "View",
            window.toggle_condition,
            "C",
            enabled=on_plane,
            checked=lambda: window.conditioning,
            workspace="2d",
        )
    )
    canvas_commands.install(studio, window.paint, lambda: window.painting)
    for name, dock in window.docks.items():
        add(
            Command(
                f"view.panel.{name}",
                tr("{title} panel", title=dock.windowTitle()),
                tr("Show or hide the {title} panel.", title=dock.windowTitle().lower()),
                "View",
                partial(window.toggle_dock, dock),
                checked=partial(_is_shown, dock),
            )
        )
    for name, title, help in (
        ("system", tr("Theme of the system"), tr("Follow the system's colours.")),
        ("light", tr("Light theme"), tr("Use light colours.")),
        ("dark", tr("Dark theme"), tr("Use dark colours.")),
    ):
        add(
            Command(
                f"view.theme.{name}",
                title,
                help,
                "View",
                partial(studio.set_theme, name),
                checked=partial(_has_theme, studio, name),
            )
        )
    for name, title in languages().items():
        add(
            Command(
                f"view.language.{name}",
                tr("Language: {title}", title=title),
                tr("The window speaks {title} from the next start on.", title=title),
                "View",
                partial(studio.set_language, name),
                checked=partial(_has_language, studio, name),
            )
        )


def _is_shown(dock: Dock) -> bool:
    return not dock.isHidden()


def _has_language(studio: Studio, name: str) -> bool:
    return studio.settings.language == name


def _has_theme(studio: Studio, name: str) -> bool:
    return studio.settings.theme == name


def _unless(other: Callable[[], bool], said: Callable[[], str]) -> str:
    return "" if other() else said()


class Menus(QObject):
    """Keeps the actions of a menu bar in step with what the commands allow."""

    def __init__(self, window: MainWindow, bar: QMenuBar) -> None:
        super().__init__(window)
        self._commands = window.studio.commands
        self.actions: dict[str, QAction] = {}
        menus: dict[str, QMenu] = {}
        for name in _MENUS:
            menus[name] = bar.addMenu(f"&{tr(name)}")
            menus[name].setToolTipsVisible(True)
            menus[name].aboutToShow.connect(self.refresh)
        for command in self._commands:
            menu = menus.get(command.group, menus["View"])
            if command.id in _BREAKS:
                menu.addSeparator()
            action = QAction(command.title, window)
            action.setToolTip(command.help)
            action.setStatusTip(command.help)
            if command.shortcut:
                action.setShortcut(QKeySequence(command.shortcut))
            action.setCheckable(command.checked is not None)
            action.triggered.connect(lambda _=False, id=command.id: self._run(id))
            menu.addAction(action)
            window.addAction(action)
            self.actions[command.id] = action
        self.recent = RecentMenu(window.studio, window)
        menus["File"].insertMenu(self.actions["file.save"], self.recent)
        for topic in ("commands", "session", "workspace"):
            bind(self, window.studio, topic, lambda _: self.refresh())
        self.refresh()

    def refresh(self) -> None:
        for id, action in self.actions.items():
            command = self._commands[id]
            action.setEnabled(command.enabled())
            if command.said is not None:
                action.setText(command.title_now)
            if command.checked is not None:
                action.setChecked(command.checked())

    def _run(self, id: str) -> None:
        self._commands.run(id)
        self.refresh()
