"""The page of controls: every name by which a lesson, a test or a script reaches what a person sets, written from the window;
and the names alone, with those of settings of samplers, by which lessons are checked where no window or no engine is.

python -m benchmarks.controls
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from .surroundings import surroundings

if TYPE_CHECKING:
    from PySide6.QtWidgets import QDialog

    from dgm_studio.ui.controls import Part, Tree
    from dgm_studio.ui.window.main_window import MainWindow

PAGE = Path(__file__).parents[1] / "docs" / "controls.md"
SAMPLING = Path(__file__).parents[1] / "resources" / "sampling-names.txt"
NAMES = Path(__file__).parents[1] / "resources" / "control-names.txt"
HEAD = """# Controls by name

`studio.controls[name]` reaches what a person sets, presses or works on in the window: its `title`, `help`, `value`, `range` or
`options`, whether it is `visible` and `enabled`, a line to be read out (`describe()`), and `set(value)`, which does what a
person would. Titles are what a screen reader says. Names in angle brackets stand for whatever there is to choose; a control is
there while its view is. This page is written by `python -m benchmarks.controls`.

| name | title | what it does |
| --- | --- | --- |
"""


def rows(tree: Tree, prefix: str = "") -> Iterator[tuple[str, str, str]]:
    """Name, title and help of every control of a tree; of those that follow from what is chosen a line for all."""
    from dgm_studio.ui.controls import Part
    from dgm_studio.ui.forms import Form
    from dgm_studio.ui.naming import control_of
    from dgm_studio.ui.painting.colours import Swatches
    from dgm_studio.ui.panels.context import ContextRows
    from dgm_studio.ui.panels.families import FamilyCards
    from dgm_studio.ui.panels.gallery import Gallery

    open_ended: dict[object, tuple[str, str]] = {
        Form: ("setting", "Every setting of what is chosen, by its own name."),
        FamilyCards: ("family", "Choose a family."),
        ContextRows: ("slot", "Give a slot of the context a value; `<slot>.free` leaves a number to the model."),
        Gallery: ("data set", "Choose a data set; `open` asks for a file, `drawn` opens the drawing pad."),
        Swatches: ("colour", "Paint with a ready colour, named as rrggbb."),
        "evidence.weight": ("class", "How common a class is held to be, by its number; once `evidence.prior` is open."),
        "canvas_evidence.weight": ("class", "The same for the picture on the canvas."),
        "images.inside.view": ("view", "Choose an inner view of the family."),
        "shoot_out.answers": ("run", "The answers of a run."),
        "compare.cell": ("A", "The run of a cell; `.menu` and `.remove` are its buttons."),
        "shoot_out.drop": ("run", "Remove a run."),
        "shelf.lesson": ("lesson", "Play a lesson."),
        "lesson.block": (
            "number",
            "What is pressed, chosen and typed in a card of the page, by the number of its block.",
        ),
        "presenter.strip.knob": ("control", "A control that matters here, once more and large."),
        "writing.shows.show": ("control", "Let a learner see a control at this step."),
        "writing.shows.lock": ("control", "Keep a control from being changed at this step."),
        "lesson.try": ("control", "A control that the step shows, once more below the view."),
        "notices": ("number", "`dismiss` a notice, `act` on it, or see `more` of it."),
    }
    for key, each in tree.items():
        name = ".".join(filter(None, (prefix, key)))
        found = open_ended.get(type(each)) or open_ended.get(name)
        if found is not None:
            yield f"{name}.<{found[0]}>", "", found[1]
        elif isinstance(each, Mapping):
            yield from rows(each, name)
        elif isinstance(each, Part):
            yield from rows(each.controls, name)
        else:
            control = control_of(each)
            yield name, control.title, control.help.partition("\n")[0]


def parts(window: MainWindow) -> list[Part]:
    """Whatever joins the controls of the studio, in the order of the page."""
    from dgm_studio.ui.compare.compare_panel import ComparePanel
    from dgm_studio.ui.compare.compare_view import CompareView
    from dgm_studio.ui.panels.canvas_evidence import CanvasEvidence
    from dgm_studio.ui.paths.paths_view import PathsView
    from dgm_studio.ui.sequences.sequences_view import SequencesView
    from dgm_studio.ui.window.runs_dialog import RunsDialog

    images, compared = window.images, [window.findChild(CompareView), window.findChild(ComparePanel)]
    sequences = [*window.findChildren(SequencesView), *window.findChildren(PathsView)]
    assert images is not None
    of = window.lessons
    lessons = (of.shelf, of.panel, of.trying, of.writer)
    return [window.top, window.setup, window.steer, window.plane, window.progress, images, images.paint,
            *window.findChildren(CanvasEvidence), images.shoot_out, images.compression,
            images.adversarial, images.maximising, images.program,
            *sequences,
            *(each for each in compared if each is not None), *window.findChildren(RunsDialog), window.notices,
            window.failed, *(each for each in lessons if each),
            window.presenter, *(each for each in (window.presenter.notes,) if each), window]  # fmt: skip


def visit_lessons(window: MainWindow) -> None:
    """Let the parts of lessons be made, and leave them again."""
    from dgm_studio.lessons.finding import find_lessons

    window.presenter.prepare()
    window.presenter.toggle_notes()
    window.presenter.toggle_notes()
    player = window.studio.lesson
    player.come()
    lesson = next(each.lesson for each in find_lessons() if each.lesson is not None)
    player.play(lesson, 0)
    player.leave()
    player.write()
    player.to_shelf()
    player.leave()


def dialogs(window: MainWindow) -> list[QDialog]:
    """One of each dialog that is made when it is asked for."""
    from dgm_studio.peek import Peek
    from dgm_studio.studio.figure.choice import FigureChoice
    from dgm_studio.ui.figure.dialog import FigureDialog
    from dgm_studio.ui.film.dialog import FilmDialog
    from dgm_studio.ui.window.columns_dialog import ColumnsDialog
    from dgm_studio.ui.window.data_dialogs import LeftOut
    from dgm_studio.ui.window.families_dialog import FamiliesDialog
    from dgm_studio.ui.window.help import AboutDialog, ShortcutsDialog
    from dgm_studio.ui.window.link_dialog import LinkDialog

    table = Peek(("a", "b"), (1, 2), (True, True), ())
    return [ColumnsDialog("", "", table, window), LeftOut("", (), window), ShortcutsDialog(window.studio.commands, window),
            AboutDialog(window), FamiliesDialog(window.studio, window), LinkDialog("dgm:1.", window),
            FilmDialog(window.studio, "sampling", None, window),
            FigureDialog(window.studio, FigureChoice(), window.plane, window)]  # fmt: skip


def page(window: MainWindow) -> str:
    """The page of a window whose views are all there."""
    opened = dialogs(window)
    listed = [row for part in (*parts(window), *opened) for row in rows(part.controls)]
    for dialog in opened:
        dialog.deleteLater()
    return HEAD + "".join(f"| `{name}` | {title} | {help.replace('|', '¦')} |\n" for name, title, help in listed)


def names(page: str) -> list[str]:
    """The names that stand on the page."""
    return re.findall(r"^\| `([^`]+)`", page, re.MULTILINE)


def main() -> None:
    """Write the page anew."""
    with surroundings():
        from .window import open_window, wait_for

        with open_window() as window:
            window.studio.set_workspace("images")
            wait_for(lambda: window.images is not None, window.studio)
            window.studio.set_workspace("sequences")
            window.studio.set_workspace("paths")
            window.studio.set_workspace("compare")
            window.show_runs()
            visit_lessons(window)
            PAGE.write_text(page(window), encoding="utf-8")
            from dgm_studio.api.lesson_words import lesson_words

            settings = sorted(lesson_words().settings["sampling"])
            SAMPLING.write_text("".join(f"{name}\n" for name in settings), encoding="utf-8")
            NAMES.write_text("".join(f"{name}\n" for name in names(PAGE.read_text("utf-8"))), encoding="utf-8")


if __name__ == "__main__":
    main()
