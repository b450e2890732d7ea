"""The set-up panel: data, family, and the forms of the data, the model and its training."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QScrollArea, QSizePolicy, QVBoxLayout

from dgm_studio.language import tr
from dgm_studio.protocol.catalogue import SourceInfo
from dgm_studio.protocol.messages import Opened, Progress, RunInfo, Thumbnail
from dgm_studio.protocol.spec import DataChoice, DataKind
from dgm_studio.studio.recipes import apply_recipe
from dgm_studio.studio.session.workspace import Workspace, kinds_in, workspace_of
from dgm_studio.studio.studio import Studio
from dgm_studio.studio.wording import left_out_said

from ..binding import bind, bind_run
from ..controls import ChoiceRow, Heading, SliderRow, SwitchRow, Tree, button, format_number
from ..forms import Form, row_title
from ..naming import join
from .families import FamilyCards
from .gallery import DRAWN, Gallery
from .scroll import column_in_scroll

_FILE = "file…"
"""Offered among sources: which one is asked then."""
_CLASSES_HELP = tr("Learn p(x | y) for every class y, so that a class can be asked for.")


class SetupPanel(QScrollArea):
    """What is ``asked`` by a signal is for the window; every other edit goes to the studio at once."""

    draw_asked = Signal()
    open_asked = Signal()
    source_asked = Signal()
    columns_asked = Signal()
    left_out_asked = Signal()

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._studio = studio
        self.column: QVBoxLayout = column_in_scroll(self)

        self.data_heading = Heading(tr("Data"))
        self.gallery = Gallery()
        self.gallery.chosen.connect(self._choose_data)
        self.gallery.draw_asked.connect(self.draw_asked)
        self.gallery.open_asked.connect(self.open_asked)
        self.columns = _link(tr("columns…"), tr("Choose which columns of the file are x, y and the class."))
        self.columns.setAccessibleName(tr("columns"))
        self.columns.clicked.connect(self.columns_asked)
        self.left_out = _link("", tr("List every file that was not read, with the reason."))
        self.left_out.setAccessibleName(tr("files left out"))
        self.left_out.clicked.connect(self.left_out_asked)
        self.data_form = Form()
        self.data_form.changed.connect(studio.set_data_param)
        self.classes = SwitchRow(tr("use classes"), _CLASSES_HELP)
        self.classes.changed.connect(studio.set_conditional)
        self.clusters = SliderRow(
            tr("clusters"),
            0,
            30,
            integer=True,
            zero=tr("off"),
            help=tr(
                "Group the examples by k-means and use the groups as classes: conditioning for data without labels."
            ),
        )
        self.clusters.changed.connect(studio.set_clusters)
        self.clusters.released.connect(studio.end_drag)

        self.source = ChoiceRow(
            tr("source"),
            [("", tr("noise"))],
            tr("What samples start from: noise, or other data in families that go from one to the other."),
        )
        self.source.changed.connect(self._choose_source)
        self.source_form = Form()
        self.source_form.changed.connect(studio.set_source_param)

        self._family_heading = Heading(tr("Family"))
        self.families = FamilyCards()
        self.families.chosen.connect(self._choose_family)
        self.families.recipe_chosen.connect(self._apply_recipe)

        self.model_heading = Heading(
            tr("Model"), action=tr("reset"), help=tr("Back to the values that are known to work.")
        )
        self.model_heading.acted.connect(studio.reset_config)
        self.config_form = Form()
        self.config_form.changed.connect(studio.set_config)
        self._training_heading = Heading(tr("Training"))
        self.training_form = Form()
        self.training_form.changed.connect(studio.set_training)
        for form in (self.data_form, self.source_form, self.config_form, self.training_form):
            form.released.connect(studio.end_drag)
        self.device = ChoiceRow(
            tr("device"),
            [("auto", tr("automatic"))],
            tr("Where tensors live; can be changed while training is paused."),
        )
        self.device.changed.connect(studio.set_device)

        for section in (
            (
                self.data_heading,
                self.columns,
                self.left_out,
                self.gallery,
                self.data_form,
                self.clusters,
                self.classes,
                self.source,
                self.source_form,
            ),
            (self._family_heading, self.families),
            (self.model_heading, self.config_form),
            (self._training_heading, self.training_form, self.device),
        ):
            for widget in section:
                self.column.addWidget(widget)
                self.column.addSpacing(8 if isinstance(widget, Heading | Gallery) else 0)
            self.column.addSpacing(16)
        self.column.addStretch(1)

        self._shown: tuple[Workspace, DataKind] = studio.workspace, studio.kind
        bind(self, studio, "catalogue", lambda _: self.refresh())
        bind(self, studio, "workspace", lambda _: self.refresh())
        bind(self, studio, "session", lambda _: self._follow_kind())
        bind(self, studio, Thumbnail, self.gallery.show_thumbnail)
        bind_run(self, studio, Opened, self._show_opened)
        bind_run(self, studio, "edited", self._show_opened)
        bind_run(self, studio, Progress, lambda _: self._show_device())
        for thumbnail in studio.thumbnails.values():
            self.gallery.show_thumbnail(thumbnail)
        self.refresh()
        join(studio.controls, self)

    @property
    def controls(self) -> Tree:
        return {
            "data": {
                "": self.data_form,
                "set": self.gallery,
                "columns": self.columns,
                "left_out": self.left_out,
                "source": {"": self.source_form, "set": self.source},
                "clusters": self.clusters,
                "classes": self.classes,
            },
            "model": {"": self.config_form, "family": self.families, "reset": self.model_heading},
            "training": {"": self.training_form, "device": self.device},
        }

    def refresh(self) -> None:
        """Show everything there is to choose in the workspace in front."""
        catalogue = self._studio.catalogue
        if self._studio.ready:
            kind = self._studio.kind
            self._shown = self._studio.workspace, kind
            self.gallery.show_sources(self._sources(kind), kind)
            self.source.setVisible(any(f.takes_source and f.accepts.get(kind) is None for f in catalogue.families))
            self.families.show_recipes(catalogue.recipes)
            self.families.show_families(catalogue.families, kind)
            devices = [("auto", tr("automatic")), *((d.name, d.title) for d in catalogue.devices)]
            self.device.show_options(devices)
        self._show_spec()

    def _follow_kind(self) -> None:
        """Show the settings of the run in front; a comparison may come to be of another kind of data."""
        workspace, kind = self._shown
        if workspace == self._studio.workspace and kind != self._studio.kind:
            self.refresh()
        else:
            self._show_spec()

    def prepare(self, workspace: Workspace) -> Iterator[None]:
        """Make what another workspace will show, a piece at a time."""
        catalogue = self._studio.catalogue
        if not self._studio.ready:
            return
        spec = self._studio.session.spec(workspace)
        shown = self._studio.catalogue.source(spec.data.name)
        kinds = kinds_in(workspace)
        kind = shown.kind if shown is not None and shown.kind in kinds else kinds[0]
        self.gallery.prepare_sources(self._sources(kind), kind)
        yield
        self.families.show_recipes(catalogue.recipes)
        self.families.prepare_families(catalogue.families, kind)
        yield
        family = self._studio.catalogue.family(spec.family)
        if family is not None:
            self.config_form.prepare_schema(family.settings_for(kind))
            yield
            self.training_form.prepare_schema(family.training_schema)
            yield

    def _sources(self, kind: DataKind) -> list[SourceInfo]:
        """The data sets of a kind, and of the others that its workspace shows."""
        here = (kind,) if self._studio.workspace == "compare" else kinds_in(workspace_of(kind))
        return [s for s in self._studio.catalogue.data if s.kind in here]

    def _show_spec(self) -> None:
        studio, spec = self._studio, self._studio.spec
        is_file = spec.data.path is not None
        self.gallery.show_choice("" if is_file else spec.data.name)
        self.families.show_choice(spec.family)
        source = None if is_file else studio.catalogue.source(spec.data.name)
        self.data_form.show_schema(source.schema if source else None)
        if source:
            defaults = {k: v.get("default") for k, v in source.schema.get("properties", {}).items()}
            self.data_form.show_values({**defaults, **spec.data.params})
        self._show_source()
        family = self._studio.catalogue.family(spec.family)
        self.config_form.show_schema(family.settings_for(studio.kind) if family else None)
        self.training_form.show_schema(family.training_schema if family else None)
        resolved, there = studio.resolved, studio.run.is_of(spec)
        for form, kind, own in (
            (self.config_form, "config", spec.config),
            (self.training_form, "training", spec.training),
        ):
            form.setEnabled(there)  # until the model is there nobody knows its recipe
            form.show_values({**(getattr(resolved, kind) if there else {}), **own})
        if self.model_heading.action is not None:
            self.model_heading.action.setEnabled(bool(spec.config or spec.training))
        needs = bool(family and family.needs_classes)
        self.classes.show_value(spec.conditional or needs)
        self.classes.box.setEnabled(not needs)
        self.clusters.show_value(spec.data.clusters)
        self.clusters.setVisible(studio.kind in ("points", "images"))
        self.device.show_value(spec.device)
        if studio.run.opened is None or not there:
            self.model_heading.show_note(tr("not built yet"))
            self.data_heading.show_note(source.title.lower() if source else spec.data.label)
            for there_only in (self.classes, self.columns, self.left_out):
                there_only.hide()
        else:
            self._show_info(studio.run.opened)

    def _show_source(self) -> None:
        """What samples start from, with its settings."""
        begin = self._studio.spec.source
        named = [(s.name, s.title) for s in self._sources(self._studio.kind) if s.name != DRAWN and not s.from_file]
        file = [] if begin is None or begin.path is None else [(begin.path, begin.label, begin.path)]
        self.source.show_options(
            [("", tr("noise")), *named, *file, (_FILE, tr("file…"), tr("A file of your own, read as data are."))]
        )
        self.source.show_value("" if begin is None else begin.path or begin.name)
        source = None if begin is None or begin.path is not None else self._studio.catalogue.source(begin.name)
        self.source_form.show_schema(_named_after("its", source.schema) if source else None)
        if source and begin:
            defaults = {k: v.get("default") for k, v in source.schema.get("properties", {}).items()}
            self.source_form.show_values({**defaults, **begin.params})

    def _show_opened(self, opened: Opened) -> None:
        self._follow_kind()
        self._show_device()

    def _show_info(self, opened: Opened) -> None:
        info = opened.info
        many = len(info.classes)
        examples = "endless" if info.endless else _counted(info.examples, "example")
        self.data_heading.show_note(f"{info.data_title.lower()} · {_counted(many, 'class') if many else examples}")
        self._show_conditional(info)
        self.columns.setVisible(info.table is not None)
        self.left_out.setText(left_out_said(len(info.problems)))
        self.left_out.setVisible(bool(info.problems))
        learns = info.parameters > 0
        self._training_heading.setVisible(learns)
        self.training_form.setVisible(learns)
        parameters = (
            tr("{parameters} parameters", parameters=format_number(info.parameters, integer=True))
            if learns
            else tr("nothing to train")
        )
        self.model_heading.show_note(parameters)

    def _show_conditional(self, info: RunInfo) -> None:
        """Whether classes, or the context, of the data can be learned."""
        family, context = self._studio.catalogue.family(self._studio.spec.family), bool(info.context)
        self.classes.setVisible(bool(info.classes) or context)
        if context and family is not None:
            names = ", ".join(slot.name for slot in info.context)
            self.classes.box.setEnabled(family.takes_context)
            cannot = tr("{title} takes no context; choose another family.", title=family.title)
            self.classes.setToolTip(
                tr("Learn p(x | {names}), any of them left free.", names=names) if family.takes_context else cannot
            )
            self.classes.label.setText(tr("use context"))
        elif info.classes:
            self.classes.label.setText(tr("use classes"))
            self.classes.setToolTip(_CLASSES_HELP)

    def _show_device(self) -> None:
        self.device.box.setEnabled(not self._studio.run.training)

    def _choose_data(self, name: str) -> None:
        if name != self._studio.spec.data.name or self._studio.spec.data.path is not None:
            self._studio.choose_data(DataChoice(name=name))
        self._show_spec()

    def _choose_source(self, name: str) -> None:
        now = self._studio.spec.source
        if name == _FILE:
            self.source_asked.emit()
        elif name != ("" if now is None else now.path or now.name):
            self._studio.choose_source(DataChoice(name=name) if name else None)
        self._show_spec()

    def _apply_recipe(self, name: str) -> None:
        apply_recipe(self._studio, name)
        self._show_spec()

    def _choose_family(self, name: str) -> None:
        if name != self._studio.spec.family:
            self._studio.choose_family(name)
        self._show_spec()


def _named_after(whose: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """A schema whose rows say whose they are, beside others of the same names."""
    fields = {k: {**v, "title": f"{whose} {row_title(k, v)}"} for k, v in schema.get("properties", {}).items()}
    return {**schema, "properties": fields}


def _link(text: str, help: str) -> QPushButton:
    link = button(text, help, "link")
    link.setProperty("flush", True)
    link.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
    link.hide()
    return link


def _counted(count: int, what: str) -> str:
    """A number of things, one of them in the singular."""
    plural = f"{what}es" if what.endswith("s") else f"{what}s"
    return f"{format_number(count, integer=True)} {what if count == 1 else plural}"
