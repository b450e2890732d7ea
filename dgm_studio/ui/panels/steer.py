"""The steer panel: what a person holds while sampling. Made from the schema of the sampler in use."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from dgm_studio.language import tr
from dgm_studio.protocol.messages import Classified, Opened, Probed, Samples
from dgm_studio.protocol.spec import DataKind
from dgm_studio.studio.actions import new_noise
from dgm_studio.studio.studio import Studio
from dgm_studio.studio.wording import pool_said

from ..binding import bind, bind_run
from ..controls import ChoiceRow, EntryRow, Heading, SliderRow, Tree, button, dim
from ..forms import Form
from ..look import theme
from ..look.icons import icon
from ..naming import join
from .context import ContextRows
from .evidence import EvidenceSection
from .probe import ProbeSection
from .scroll import column_in_scroll

_NO_CLASS = -1
_MOST: dict[DataKind, int] = {"points": 20_000, "images": 400, "strings": 2000, "sounds": 64, "paths": 500}


class SteerPanel(QScrollArea):
    """Every edit acts at once, also while training runs."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._studio = studio
        column = column_in_scroll(self)
        self._heading = Heading(tr("Sampling"))
        self.sampler = ChoiceRow(tr("sampler"), help=tr("How noise, or nothing, becomes a sample."))
        self.sampler.changed.connect(lambda name: studio.set_sampling(sampler=name))
        self.knobs = Form()
        self.knobs.changed.connect(studio.set_knob)
        self.temperature = SliderRow(tr("temperature"), 0.0, 2.0, step=0.01, help=tr("1 is the model itself."))
        self.temperature.changed.connect(lambda value: studio.set_sampling(temperature=value))
        self.counts = {
            name: SliderRow(tr("samples"), 1, most, scale="log", integer=True, help=tr("How many are drawn at a time."))
            for name, most in _MOST.items()
        }
        self.label = ChoiceRow(tr("class"), help=tr("Draw from p(x | y) of one class y, or of all."))
        self.label.changed.connect(lambda y: studio.set_sampling(label=None if y == _NO_CLASS else y))
        self.context = ContextRows()
        self.context.changed.connect(studio.set_given)
        self.context.released.connect(studio.end_drag)
        self.noise = EntryRow(tr("noise seed"), tr("Number that fixes the noise the samples start from."), int)
        self.noise.changed.connect(lambda value: studio.set_sampling(seed=max(0, value)))
        self.dice = button("", tr("Draw from other noise; the model stays as it is (D)."))
        self.dice.setAccessibleName(tr("Other noise"))
        self.dice.clicked.connect(lambda: new_noise(studio))
        self.lock = button("", tr("Hold the noise still, so that only the model and the knobs move the samples."))
        self.lock.setAccessibleName(tr("Hold the noise still"))
        self.lock.setCheckable(True)
        self.lock.clicked.connect(lambda on: studio.set_sampling(seed_locked=on))
        for extra in (self.dice, self.lock):
            self.noise.line.addWidget(extra)
        for row in (self.temperature, *self.counts.values()):
            row.released.connect(studio.end_drag)
        for row in self.counts.values():
            row.changed.connect(lambda value: studio.set_sampling(count=value))
        self.knobs.released.connect(studio.end_drag)
        self.pool = dim("", wrap=True)
        self.pool.setToolTip(
            tr(
                "Samples at a true temperature are drawn by weight from a pool of the model's own: the fewer of the pool carry "
                "the weight, the less samples differ from each other."
            )
        )
        self.probe = ProbeSection()
        self.evidence = EvidenceSection(studio)

        self._dock = QVBoxLayout()
        column.addWidget(self._heading)
        column.addSpacing(8)
        self.waiting = dim(tr("What it can be steered by comes with the model."), wrap=True)
        column.addWidget(self.waiting)
        for part in (
            self.sampler,
            self.knobs,
            self.temperature,
            self.pool,
            *self.counts.values(),
            self.label,
            self.context,
            self.noise,
        ):
            column.addWidget(part)
        column.addSpacing(16)
        column.addLayout(self._dock)
        column.addWidget(self.probe)
        column.addSpacing(16)
        column.addWidget(self.evidence)
        column.addStretch(1)

        theme.follow(self._restyle)
        bind(self, studio, "session", lambda _: self._show_spec())
        bind(self, studio, "workspace", lambda _: self.refresh())
        bind_run(self, studio, Opened, lambda _: self.refresh())
        bind_run(self, studio, "edited", lambda _: self._show_spec())
        bind_run(self, studio, Samples, self._show_samples)
        bind_run(self, studio, Probed, self.probe.show_probe, slot="2d")
        bind_run(self, studio, Classified, self.evidence.show_classified)
        bind(self, studio, "forgotten", lambda _: self._show_asked())
        self.refresh()
        join(studio.controls, self)

    @property
    def controls(self) -> Tree:
        return {
            "sampling": {
                "": self.knobs,
                "sampler": self.sampler,
                "temperature": self.temperature,
                **{f"count.{kind}": row for kind, row in self.counts.items()},
                "class": self.label,
                "given": self.context,
                "seed": self.noise,
                "new_seed": self.dice,
                "hold_seed": self.lock,
            },
            "evidence": self.evidence,
        }

    def take(self, card: QWidget) -> None:
        """Give a card of the plane a place among what is steered."""
        self._dock.addWidget(card)

    def refresh(self) -> None:
        """Show the sampler and its knobs for the run in front."""
        studio = self._studio
        for name, row in self.counts.items():
            row.setVisible(name == studio.kind)
        self.probe.setVisible(studio.workspace == "2d")
        opened = studio.run.opened
        self.evidence.show_opened(opened)
        self._show_asked()
        if opened is not None:
            self._show_opened(opened)
        self._show_samples(studio.run.samples)
        self._show_spec()

    def _show_asked(self) -> None:
        """What is known of the example that was asked about, while it is on screen."""
        self.evidence.show_classified(self._studio.run.classified)
        self.probe.show_probe(self._studio.run.probed)

    def _show_samples(self, samples: Samples | None) -> None:
        """What the pool is worth that they were drawn from, where there was one."""
        effective = None if samples is None or not samples.done else samples.effective
        self.pool.setText("" if effective is None else pool_said(effective))
        self.pool.setVisible(effective is not None)

    def _show_opened(self, opened: Opened) -> None:
        info = opened.info
        self.sampler.show_options([(s.name, s.title, s.help) for s in info.samplers])
        self.label.show_options([(_NO_CLASS, tr("all classes")), *enumerate(info.classes)])
        self.temperature.setToolTip(tr("{temperature} (1 is the model itself)", temperature=info.temperature))

    def _show_rows(self, opened: Opened) -> None:
        """The rows of what this model can be steered by."""
        info = opened.info
        self.sampler.setVisible(bool(info.samplers))
        self.label.setVisible(info.uses_label)
        self.context.show_slots(info.slots)
        self.temperature.setVisible(bool(info.temperature))

    def _show_spec(self) -> None:
        studio, spec = self._studio, self._studio.spec
        opened, resolved = studio.run.opened, studio.resolved
        self._heading.show_note(studio.catalogue.family_title(spec.family))
        sampling = spec.sampling
        there = studio.run.is_of(spec)
        self.waiting.setVisible(not there)
        if not there:  # what the old model could be steered by is not the new one's
            self.knobs.show_schema(None)
            self.context.show_slots(())
            for row in (self.sampler, self.temperature, self.label, self.evidence):
                row.hide()
        elif opened is not None and resolved is not None:
            self._show_rows(opened)
            names = [s.name for s in opened.info.samplers]
            name = sampling.sampler or resolved.sampling.sampler or (names[0] if names else None)
            self.sampler.show_value(name)
            chosen = next((s for s in opened.info.samplers if s.name == name), None)
            self.knobs.show_schema(chosen.schema if chosen else None)
            values: dict[str, Any] = {}
            if chosen is not None:
                self.sampler.setToolTip(chosen.help)
                values = {k: v.get("default") for k, v in chosen.schema.get("properties", {}).items()}
            if resolved.sampling.sampler in (name, None):
                values.update({k: v for k, v in resolved.sampling.knobs.items() if k in values})
            self.knobs.show_values({**values, **sampling.knobs})
        self.temperature.show_value(sampling.temperature)
        self.counts[studio.kind].show_value(sampling.count)
        self.label.show_value(sampling.label if isinstance(sampling.label, int) else _NO_CLASS)
        self.context.show_label(sampling.label)
        self.noise.show_value(sampling.seed)
        self.evidence.show_prior()
        if self.lock.isChecked() != sampling.seed_locked:
            self.lock.setChecked(sampling.seed_locked)
            self._restyle()

    def _restyle(self) -> None:
        self.dice.setIcon(icon("dice"))
        locked = self.lock.isChecked()
        self.lock.setIcon(icon("lock" if locked else "unlock", "accent" if locked else "dim"))
