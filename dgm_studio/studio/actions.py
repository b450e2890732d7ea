"""The commands that need no window: run, steer, edit, and what the plane shows.

Menus, shortcuts, the palette and the help are made from these; a window adds its own (files, docks, themes).
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from dgm_studio.protocol.layers import PLANE_LAYERS

from .commands import Command
from .session.workspace import WORKSPACES, Workspace

if TYPE_CHECKING:
    from .studio import Studio

SEEDS = 10_000
"""Dice roll seeds below this, short enough to read out."""


LESSONS = ("Lessons", "Predict what a model will do, run it, and measure.")
"""Title and help of what is no workspace of its own: a lesson shows a run of any."""


def show_workspace(studio: Studio, name: str) -> None:
    """Bring a workspace to the front, or the lessons; whoever leaves these finds what was there before."""
    if name == "lessons":
        studio.lesson.come()
        return
    studio.lesson.leave()
    studio.set_workspace(cast(Workspace, name))


def install(studio: Studio) -> None:
    """Add all commands that need no window to ``studio.commands``."""
    _run(studio)
    _edit(studio)
    _view(studio)
    _lesson(studio)


def new_seed(studio: Studio) -> None:
    """Begin afresh from another seed: other first weights, other batches."""
    studio.set_spec(seed=_other(studio.spec.seed))


def new_noise(studio: Studio) -> None:
    """Sample from other noise; the model stays as it is."""
    studio.set_sampling(seed=_other(studio.spec.sampling.seed))


def _other(seed: int) -> int:
    drawn = random.randrange(SEEDS - 1)
    return drawn + (drawn >= seed)


def _run(studio: Studio) -> None:
    def is_open() -> bool:
        return studio.run.opened is not None

    def learns() -> bool:
        return is_open() and studio.run.learns

    def trains() -> bool:
        return studio.comparison.learns if studio.workspace == "compare" else learns()

    def at_rest() -> bool:
        return learns() and not studio.run.training

    def tell_outliers() -> None:
        studio.ask.tell_outliers()

    def has_density() -> bool:
        opened = studio.run.opened
        return opened is not None and opened.info.density not in (None, "lower bound")

    def rewound() -> bool:
        return studio.run.history is not None and studio.run.history.shown is not None

    def lock_noise() -> None:
        studio.set_sampling(seed_locked=not studio.spec.sampling.seed_locked)

    for id, title, help, run, shortcut, icon, enabled in (
        ("run.train", "Train or pause", "Take steps until paused.", studio.toggle_train, "T", "play", trains),
        ("run.step", "One step", "Take a single optimiser step and look.", studio.step, "N", "step", at_rest),
        ("run.reset", "Reset", "Begin again from the same seed; what was learned is kept among the runs.", studio.reset,
         "Ctrl+R", "reset", learns),
        ("run.seed", "Another seed", "Begin again with other first weights and other batches.",
         lambda: new_seed(studio), "Ctrl+D", "dice", is_open),
        ("run.noise", "Other noise", "Draw the samples from other noise; the model stays as it is.",
         lambda: new_noise(studio), "D", "dice", is_open),
        ("run.measure", "Measure now", "Compute every measure of quality on fresh samples.", studio.ask.measure, "Ctrl+M",
         "measure", is_open),
        ("run.outliers", "Test for outliers", "How well the model tells blank, noisy or turned examples from data, by "
         "likelihood and by typicality.", tell_outliers, "", "measure", has_density),
        ("run.branch", "Branch from here", "Go on training from the weights that are shown, as another run; this one is kept.",
         studio.branch, "Ctrl+B", "branch", rewound),
        ("run.keep", "Keep this run for the shoot-out",
         "Let the run in front, as it is now, take part beside others in answering the same mask.", studio.shoot_out.keep,
         "Ctrl+Shift+K", "keep", lambda: is_open() and studio.workspace == "images"),
        ("run.gentler", "Train on at a tenth of the rate", "Go on from the weights that are here with a learning rate a tenth "
         "as large, which what came apart may bear.", studio.train_gently, "", "play", at_rest),
        ("run.restart", "Restart the engine", "Go on after the engine stopped; every model is as it was.", studio.restart, "",
         "reset", lambda: studio.stopped),
        ("run.live", "Back to live", "Show the newest weights again.",
         lambda: studio.rewind(None), "", "live", rewound),
    ):  # fmt: skip
        studio.commands.add(Command(id, title, help, "Run", run, shortcut, icon, enabled))
    studio.commands.add(
        Command(
            "run.lock",
            "Hold the noise still",
            "Use the same noise for every preview, so that only the model or a knob moves the samples.",
            "Run",
            lock_noise,
            "",
            "lock",
            is_open,
            lambda: studio.spec.sampling.seed_locked,
        )
    )


def _edit(studio: Studio) -> None:
    add = studio.commands.add
    add(Command("edit.undo", "Undo", "Take back the last change.", "Edit", studio.undo, "Ctrl+Z", "undo",
                lambda: studio.can_undo, said=lambda: studio.undo_said))  # fmt: skip
    add(Command("edit.redo", "Redo", "Do again what was taken back.", "Edit", studio.redo, "Ctrl+Shift+Z", "redo",
                lambda: studio.can_redo, said=lambda: studio.redo_said))  # fmt: skip
    add(Command("edit.recipe", "Back to the recipe", "Give model and training the values that are known to work.",
                "Edit", studio.reset_config, "", "reset",
                lambda: bool(studio.spec.config or studio.spec.training)))  # fmt: skip


def _lesson(studio: Studio) -> None:
    lesson, writer, recorder, rehearsal = studio.lesson, studio.writer, studio.recorder, studio.rehearsal

    def write_another() -> None:
        writer.new()
        lesson.write()

    def change() -> None:
        played = lesson.lesson
        if played is not None and writer.change(played, lesson.at):
            lesson.write()

    def here() -> int:
        """The step that is recorded over: the one that is tried, or the one in hand."""
        return lesson.at if lesson.tried and lesson.step is not None else writer.at

    def may_record_over() -> bool:
        return recorder.possible and writer.folder is not None and here() >= 0

    def over_said() -> str:
        return f"{here() + 1}" if may_record_over() else ""

    for id, title, help, run, shortcut, enabled, said in (
        ("lesson.rehearse", "Rehearse", "Open every step of the lesson once, so that each opens at once when it counts.",
         rehearsal.toggle, "", lambda: rehearsal.under_way or (lesson.step is not None and not lesson.tried),
         lambda: "stop" if rehearsal.under_way else ""),
        ("lesson.write", "Write a lesson", "The lesson that you write: its text beside the page that learners see.",
         lesson.write, "Ctrl+Shift+L", lambda: True, None),
        ("lesson.write_new", "Write another lesson", "Begin a new lesson; the one before is kept.", write_another, "",
         lambda: writer.folder is not None, None),
        ("lesson.change", "Change this lesson", "Open the lesson in front to be written; one that came with the program is "
         "copied first.", change, "", lambda: lesson.step is not None and not lesson.tried, None),
        ("lesson.try", "Try as a learner", "Play the lesson that is being written from the step in hand; nothing is kept.",
         lesson.try_written, "", lambda: lesson.place == "write" and bool(writer.lesson.steps), None),
        ("lesson.record", "Record step", "A new step of the lesson that is being written, which begins as it is on screen "
         "now, weights and all.", recorder.record, "Ctrl+Alt+R", lambda: recorder.possible, None),
        ("lesson.record_untrained", "Record step without weights", "A new step that begins with what is on screen, untrained.",
         lambda: recorder.record(weights=False), "", lambda: recorder.possible and studio.workspace != "compare", None),
        ("lesson.record_over", "Record over step", "Let a step that is there begin as it is on screen now.",
         lambda: recorder.record(over=here()), "", may_record_over, over_said),
    ):  # fmt: skip
        studio.commands.add(Command(id, title, help, "Lesson", run, shortcut, enabled=enabled, said=said))


def _view(studio: Studio) -> None:
    def on_plane() -> bool:
        return studio.kind == "points"

    def switch(layer: str) -> Callable[[], None]:
        return lambda: studio.toggle_layer(layer)

    def shown(layer: str) -> Callable[[], bool]:
        return lambda: layer in studio.session.layers

    def show(workspace: Workspace) -> Callable[[], None]:
        return lambda: show_workspace(studio, workspace)

    def front(workspace: Workspace) -> Callable[[], bool]:
        return lambda: studio.workspace == workspace and not studio.lesson.in_front

    for key, (workspace, (title, help)) in enumerate(WORKSPACES.items(), start=1):
        studio.commands.add(
            Command(f"view.workspace.{workspace}", title, help, "View", show(workspace), f"Ctrl+{key}", "workspace",
                    checked=front(workspace))
        )  # fmt: skip
    lesson, last = studio.lesson, f"Ctrl+{len(WORKSPACES) + 1}"
    for id, title, help, run, shortcut, enabled in (
        ("view.workspace.lessons", *LESSONS, lesson.come, last, lambda: True),
        ("lesson.next", "Next step", "The next step of the lesson.", lesson.next, "Alt+PgDown", lambda: lesson.has_next),
        ("lesson.back", "Step before", "The step before of the lesson.", lesson.back, "Alt+PgUp", lambda: lesson.has_back),
        ("lesson.reset", "Reset step", "The step of the lesson as it begins.", lesson.reset, "",
         lambda: lesson.step is not None),
    ):  # fmt: skip
        checked = (lambda: lesson.in_front) if id.startswith("view") else None
        group = "View" if id.startswith("view") else "Lesson"
        studio.commands.add(Command(id, title, help, group, run, shortcut, enabled=enabled, checked=checked))
    for key, each in enumerate(PLANE_LAYERS, start=1):
        layer, title, help = each.name, each.title, each.help
        digit = str(key) if key < 10 else ""
        studio.commands.add(
            Command(f"view.layer.{layer}", title, help, "View", switch(layer), digit, "layer", on_plane, shown(layer))
        )
