"""Paint view: tools, canvas and candidates together. It turns what a person does into edits of the canvas document and
wishes to its `FillController`, and shows what becomes of them.

Enter asks, or accepts the picked candidate once fresh ones are there; Esc stops, or puts them away.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from dgm_studio.language import tr
from dgm_studio.protocol.messages import Array, Data, Decoded, Filled, Latents, Opened, Progress
from dgm_studio.studio.painting.canvas import Canvas
from dgm_studio.studio.painting.canvas_files import to_members
from dgm_studio.studio.painting.canvas_ink import Colour
from dgm_studio.studio.painting.canvas_steps import Results
from dgm_studio.studio.painting.canvas_tools import Tools
from dgm_studio.studio.painting.fill_controller import FillController
from dgm_studio.studio.painting.painting_state import PaintingState
from dgm_studio.studio.painting.results import encoder
from dgm_studio.studio.studio import Studio

from ..binding import bind, bind_run
from ..controls import Tree
from ..controls.drop_hint import DropHint
from ..controls.made import MadeOnce
from ..look import theme
from ..naming import join
from . import keys
from .actions import HARMLESS, actions_of
from .candidates import Candidates
from .canvas_foot import CanvasFoot
from .canvas_view import CanvasView
from .latent_painting import LatentPainting
from .paint_layout import PaintLayout
from .paint_panel import PaintPanel
from .sources import Sources
from .starting import Starting
from .tool_strip import ToolStrip

SOON_MS = 80
"""How much later than a stroke the line under the canvas follows it."""
PULSE_MS = 33
"""How often live mode looks whether it is time to ask."""


class PaintView(QWidget):
    """``sample_wanted`` asks whoever shows samples for `start_from` with the picked one."""

    sample_wanted = Signal()
    needs_changed = Signal()
    """`needs` are other layers now."""

    def __init__(self, studio: Studio, canvas: Canvas | None = None, made: MadeOnce | None = None) -> None:
        """``made`` holds those of its parts that are there already."""
        super().__init__()
        made = made or MadeOnce()
        self.studio = studio
        self.canvas = canvas or Canvas()
        self.tools = studio.settings.tools
        self.starting = Starting(studio, self.canvas)
        self.answers = FillController(studio, self.canvas)
        self.easel = PaintingState(self.canvas, self.answers, lambda: self.tools, self.set_tools)
        self.view = CanvasView(self.canvas)
        self.strip = ToolStrip()
        self.foot = CanvasFoot()
        self.candidates = made.get(Candidates, Candidates)
        self.panel = made.get(PaintPanel, PaintPanel)
        self.sources = Sources(studio, self.canvas, self, self.starting.take, self._shown_image)
        self.arrangement = PaintLayout(self, self.strip, self.view, self.foot, self.candidates, self.panel)
        self.setAcceptDrops(True)
        self.drop_hint = DropHint(self)

        self.strip.did.connect(self.do)
        self.strip.colour_chosen.connect(self._colour)
        self.panel.did.connect(self.do)
        self.panel.brush.changed.connect(self.set_tools)
        self._connect_answers()
        self.view.painted.connect(self._stroke_begins)
        self.view.picked.connect(self._colour)
        self.view.seen_changed.connect(self._show_soon)
        self.foot.fit_asked.connect(self.view.fit)
        self.foot.latent_asked.connect(lambda: self.do("latent"))
        self.candidates.picked.connect(self._preview)
        self.candidates.scrubbed.connect(self._preview)
        self.latents = LatentPainting(studio, self.canvas, self.view)
        self.latents.toggled.connect(self.needs_changed)
        self.latents.taken.connect(self._begin)
        self._picked = -1
        self._actions = actions_of(self)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(SOON_MS)
        self._soon.timeout.connect(self._show_seen)
        self.pulse = QTimer(self)
        self.pulse.setInterval(PULSE_MS)
        self.pulse.timeout.connect(self.tick)
        own: tuple[tuple[str, Callable[[Any], None]], ...] = (
            ("pixels", self._drawn),
            ("history", self._refresh),
            ("results", self._show_results),
            ("lifted", self._stroke_ends),
        )
        for topic, callback in own:
            leave = self.canvas.on(topic, callback)
            self.destroyed.connect(lambda _=None, leave=leave: leave())
        self.destroyed.connect(lambda _=None, answers=self.answers: answers.close())
        bind_run(self, studio, Opened, self._opened, "images")
        bind_run(self, studio, Data, self._show_data, "images")
        bind_run(self, studio, Filled, self.answers.receive, "images")
        bind_run(self, studio, Progress, self._show_outdated, "images")
        bind_run(self, studio, Latents, self.latents.show_latents, "images")
        bind_run(self, studio, Decoded, self.latents.pad.show_decoded, "images")
        bind(self, studio, "unanswered", self._unanswered)
        bind(self, studio, "session", self._show_sampling)
        bind(self, studio, "loaded", self._loaded)
        theme.follow(self._fit)
        if studio.autosave is not None and studio.autosave.watch(
            self.canvas, lambda: not self.starting.untouched, self.answers.history, self.easel
        ):
            self.starting.untouched = False
        run = studio.runs["images"]
        if run.opened is not None:
            self._opened(run.opened)
        if run.data is not None:
            self._show_data(run.data)
        if studio.loaded:
            self._loaded(studio.loaded)
        self._show_sampling()
        self._show_question()
        self._show_history()
        self.set_tools(self.tools)
        self._refresh()
        join(studio.controls, self)

    def _connect_answers(self) -> None:
        answers, choice, panel = self.answers, self.answers.choice, self.panel.answer
        panel.condition_chosen.connect(choice.choose_condition)
        panel.method_chosen.connect(choice.choose_method)
        panel.knob_changed.connect(choice.set_knob)
        panel.asked_changed.connect(lambda name, value: choice.choose(**{name: value}))
        panel.sampling_changed.connect(lambda name, value: self.studio.set_sampling(**{name: value}))
        panel.live_switched.connect(self.switch_live)
        panel.seed_locked.connect(choice.lock_seed)
        panel.seed_rolled.connect(choice.new_seed)
        self.candidates.branched.connect(answers.branch)
        self.candidates.walked_again.connect(answers.walk_again)
        self.candidates.history.film_asked.connect(lambda: self.studio.commands.run("file.film_painting"))
        self.candidates.history.chosen.connect(answers.show)
        self.candidates.history.removed.connect(answers.history.remove)
        self.candidates.history.cleared.connect(answers.history.clear)
        answers.on("question", self._show_question)
        answers.on("question", self._keep)
        answers.on("state", self._show_state)
        answers.history.on("results", self._show_history)

    @property
    def controls(self) -> Tree:
        return {
            "painting": {
                "": self.strip,
                **self.panel.controls,
                "canvas": self.view,
                "view": self.foot,
                "latent_pad": self.latents.pad,
                "candidates": self.candidates,
            }
        }

    def take_panel(self) -> QWidget:
        """Give the panel away, to be shown in a dock; its keys then work there too."""
        self.panel.installEventFilter(self)
        return self.arrangement.take_panel()

    # --- actions ----------------------------------------------------------------------------------------------------

    def do(self, action: str) -> None:
        """One of the actions of `PaintPanel`, `ToolStrip` or `canvas_commands`."""
        if action not in HARMLESS:
            self.starting.untouched = False
        if action.startswith("pick "):
            self.candidates.pick(int(action[5:]) - 1)
        else:
            self._actions[action]()

    def set_tools(self, tools: Tools) -> None:
        """What the pointer paints with from now on."""
        self.tools = self.studio.settings.tools = tools
        self._keep()
        self.view.show_tools(tools)
        self.strip.show_tools(tools)
        self.panel.brush.show_tools(tools)

    def _keep(self, *_: object) -> None:
        """Tools and question are kept for the next start."""
        if self.studio.autosave is not None:
            self.studio.autosave.touch()

    def _colour(self, colour: Colour) -> None:
        self.set_tools(self.tools.picked(colour))

    def fill(self) -> None:
        """Ask the model for candidates."""
        self.answers.fill()

    def again(self) -> None:
        """The same once more with the next seed."""
        self.answers.again()

    def stop(self) -> None:
        self.answers.stop()

    def accept(self) -> None:
        """Make the picked candidate the image, as it is on screen; one that nobody sees is shown first."""
        if self.candidates.index < 0:
            self.candidates.pick(0)
            return
        self.answers.accept(self.candidates.index, self.candidates.frame)

    def switch_live(self, on: bool) -> None:
        self.answers.switch_live(on)
        (self.pulse.start if on else self.pulse.stop)()

    def undo(self) -> bool:
        return self.canvas.undo()

    def redo(self) -> bool:
        return self.canvas.redo()

    @property
    def needs(self) -> frozenset[str]:
        """The layers that are needed of `Studio.look`."""
        return frozenset({"latent"}) if self.latents.on else frozenset()

    # --- what comes and goes ----------------------------------------------------------------------------------------

    def start_from(self, image: Array) -> None:
        """Put a picture on the canvas, made to fit the model's images; one undo step."""
        self.starting.take(image)

    def _shown_image(self) -> Array:
        """The picked candidate, else the canvas with its strokes."""
        shown = self.candidates.shown if self.canvas.results is not None else None
        return self.canvas.flat if shown is None else shown

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        said = self.sources.takes(event.mimeData())
        if said:
            self.drop_hint.say(said)
            event.acceptProposedAction()
        else:
            event.ignore()  # the window may have a use for it

    def dropEvent(self, event: QDropEvent) -> None:
        if self.sources.take(event.mimeData(), tr("The dropped picture")):
            event.acceptProposedAction()

    # --- what the studio says ---------------------------------------------------------------------------------------

    def _opened(self, event: Opened) -> None:
        self.answers.opened(event)
        info = self.answers.choice.info
        self.starting.show_info(info)
        self._show_titles()
        self.panel.answer.show_info(info, self.answers.choice.family)
        self.panel.brush.swatches.show_kind(info is not None and info.event[0] == 1)
        self.panel.brush.show_tools(self.tools)
        self._show_question()
        self._show_sampling()
        self.latents.show_latents()
        self._refresh()

    def _show_sampling(self, *_: object) -> None:
        sampling = self.studio.session.spec("images").sampling
        self.panel.answer.show_sampling(sampling.temperature, sampling.label)
        self._show_outdated()

    def _show_data(self, data: Data) -> None:
        self.starting.show_data(data.x if data.source is None else data.source)

    def _unanswered(self, kind: str) -> None:
        """A fill that failed sends no last answer."""
        if kind == "fill":
            self.answers.failed()

    def _loaded(self, extras: Mapping[str, bytes]) -> None:
        self.studio.loaded = {}
        try:
            if self.canvas.load_members(extras):
                self.starting.untouched = False
                self.answers.history.load_members(extras)
                self.easel.load_members(extras)
        except ValueError as error:
            self.studio.notify("warn", f"{error}.")

    # --- what is shown ----------------------------------------------------------------------------------------------

    def _show_results(self, results: Results | None) -> None:
        answers = self.answers
        self.candidates.show_results(results, answers.running, answers.state.live, waiting=answers.waiting)
        self._preview()
        self._refresh()

    def _show_state(self, *_: object) -> None:
        state = self.answers.state
        self.panel.answer.show_live(state.live, state.draft_took, state.careful_took)
        self._show_results(self.canvas.results)

    def _show_question(self, *_: object) -> None:
        c = self.answers.choice
        self.panel.answer.show_question(c.question, c.methods, c.reason, c.seed_locked)
        self._refresh()

    def _show_history(self, *_: object) -> None:
        self.candidates.history.show_results(self.answers.history.items)
        self._show_titles()

    def _show_titles(self) -> None:
        """What the ways are called: those of the model in front, and those of earlier answers by other families."""
        facts = [r.facts for r in self.answers.history.items]
        info = self.answers.choice.info
        own = {} if info is None else {w.name: w.title for w in info.methods}
        self.candidates.show_methods({**{f.question.method or "": f.method for f in facts}, **own})

    def _preview(self, *_: object) -> None:
        """The picked candidate on the canvas; colours are painted on the picture itself."""
        on = self.canvas.results is not None
        if self.canvas.painting:
            on = on and self.answers.state.live and self.tools.target == "mask"
        question = self.canvas.results.question if self.canvas.results is not None else None
        masked = question is None or question.condition != "observation"
        self.view.show_preview(self.candidates.shown if on else None, masked)

    def _stroke_begins(self) -> None:
        """Painting is done on the image, not on a candidate."""
        self._begin()
        self.latents.pad.settle_now()
        if not self.answers.state.live:
            self._picked = max(self._picked, self.candidates.index)
            self.candidates.tiles.pick(-1)
            self.view.show_preview(None)

    def _stroke_ends(self, _: object) -> None:
        """One that changed nothing leaves the candidate in view that was there."""
        picked, self._picked = self._picked, -1
        if picked >= 0 and self._state == "fresh":
            self.candidates.pick(picked)

    def _begin(self) -> None:
        self.starting.untouched = False

    def _refresh(self, *_: object) -> None:
        c = self.canvas
        self._show_outdated()
        results = c.results
        has = results is not None and results.candidates is not None
        self.panel.answer.show_state(self.answers.running, self._state == "fresh", has)
        self.panel.show_undo(c.can_undo, c.can_redo)
        self._show_soon()

    def _show_outdated(self, *_: object) -> None:
        if self.answers.state.live and (self.answers.running or self.canvas.painting):
            self.candidates.show_outdated(("behind",) if self.answers.overdue else ())
        else:
            self.candidates.show_outdated(self.answers.outdated)

    def tick(self) -> None:
        self.answers.tick()
        if self.answers.overdue:
            self._show_outdated()

    def _drawn(self, _: object) -> None:
        """A part of a stroke: nothing here may cost a share of its frame; what it makes possible is shown at its end."""
        if self.canvas.results is not None:
            self._show_outdated()
        self._show_soon()

    def _show_soon(self) -> None:
        if not self._soon.isActive():
            self._soon.start()

    def _show_seen(self) -> None:
        self.foot.show_canvas(self.canvas.shape, self.view.zoom, float(self.canvas.mask.mean()))
        self.foot.show_place(self.view.over)

    def _fit(self) -> None:
        self.arrangement.fit(self.width(), self.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()

    # --- keys -------------------------------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        return self._take_key(event) or super().event(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The panel has the canvas's keys wherever it is docked."""
        return self._take_key(event) or super().eventFilter(watched, event)

    def _take_key(self, event: QEvent) -> bool:
        """Claim the canvas's keys before the window's shortcuts do, while the focus is here and nobody types."""
        kind = event.type()
        if kind not in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress) or not isinstance(event, QKeyEvent):
            return False
        typing = isinstance(QApplication.focusWidget(), QLineEdit)
        abandons = event.key() == Qt.Key.Key_Escape and self.view.drawing_shape
        action = "" if typing or abandons else keys.action(event, self._state)
        if not action:
            return False
        event.accept()
        if kind == QEvent.Type.KeyPress:
            self.do(action)
        return True

    @property
    def _state(self) -> keys.State:
        if self.answers.running and not self.answers.state.live:
            return "running"
        results = self.canvas.results
        if results is None:
            return "empty"
        asks = set(self.answers.outdated) - {"model"}
        return "fresh" if results.done and not asks else "stale"

    def encoder(self) -> Callable[[], Mapping[str, bytes]]:
        """Takes hold of canvas, answers and what stands beside them as they are now; what it returns encodes them as members of
        a session file, on any thread.
        """
        layers, answers, beside = self.canvas.copied(), encoder(self.answers.history), self.easel.to_members()
        return lambda: {**to_members(layers), **answers(), **beside}
