"""Figures of a window: the menu of every view, its copy on the clipboard, and the dialog that saves it."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QMenu, QStackedWidget, QWidget

from dgm_studio.language import tr
from dgm_studio.studio.figure.choice import CM_PER_INCH, UNITS_PER_INCH, BadFigure, FigureChoice
from dgm_studio.studio.studio import Studio

from ..look import theme
from ..naming import join
from ..plane.plane import PlaneView

_MENU = ("edit.copy_view", "file.figure", "file.film")


class Figures:
    """``views`` shows the view in front."""

    def __init__(self, window: QWidget, studio: Studio, plane: PlaneView, views: QStackedWidget) -> None:
        self._window, self._studio, self._plane, self._views = window, studio, plane, views
        views.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        views.customContextMenuRequested.connect(self.show_menu)

    @property
    def laid_out(self) -> bool:
        """Whether the view in front is one that can be laid out anew, rather than taken as it is on screen."""
        studio = self._studio
        return studio.workspace != "images" or studio.session.image_view == "samples"

    def choice(self) -> FigureChoice:
        """The view in front, as wide and high as on screen, in the look of the window."""
        view = self._plane.canvas if self._studio.workspace == "2d" else self.seen
        per_cm = UNITS_PER_INCH / CM_PER_INCH
        extent = self._plane.canvas.extent() if self._studio.workspace == "2d" else None
        wide, high = (max(3.0, side / per_cm) for side in (view.width(), view.height()))
        return FigureChoice(width=wide, height=high, theme=theme.tokens().name, extent=extent)

    @property
    def seen(self) -> QWidget:
        """The view in front."""
        view = self._views.currentWidget()
        assert view is not None  # the plane is always there
        return view

    def copy(self) -> None:
        """Put the view in front on the clipboard."""
        from .figure import drawn_image, grabbed  # with the pictures of all kinds, which the window need not wait for

        try:
            if self.laid_out:
                choice = self.choice()
                image = drawn_image(self._studio, choice, 2.0)
            else:
                image = grabbed(self.seen, 2.0)
        except BadFigure as error:
            self._studio.notify("warn", str(error))
            return
        theme.application().clipboard().setImage(image)
        self._studio.notify(
            "info",
            tr(
                "A picture of {width} × {height} pixels is on the clipboard.",
                width=image.width(),
                height=image.height(),
            ),
        )

    def save(self) -> None:
        """Ask how, and write it."""
        from .dialog import FigureDialog

        dialog = FigureDialog(self._studio, self.choice(), self.seen, self._window, laid_out=self.laid_out)
        join(self._studio.controls, dialog)
        dialog.open()

    def show_menu(self, at: QPoint) -> None:
        """What can be done with the view in front."""
        menu = QMenu(self._window)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for id in _MENU:
            command = self._studio.commands[id]
            action = menu.addAction(command.title, partial(self._studio.commands.run, id))
            action.setEnabled(command.enabled())
        menu.popup(self._views.mapToGlobal(at))
