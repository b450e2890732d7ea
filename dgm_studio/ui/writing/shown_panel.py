"""What a step shows: the controls of the window by their panels, each with a tick, and a lock for what may not be changed."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QScrollArea, QToolButton, QVBoxLayout, QWidget

from dgm_studio.language import tr
from dgm_studio.studio.lesson.showing import ShownGroup, groups, is_named, ticked
from dgm_studio.studio.studio import Studio

from ..controls import Segmented, TickBox, Tree, dim
from ..look import theme
from ..look.icons import icon


class _Line(QWidget):
    """A control with its tick and its lock."""

    def __init__(self, name: str, title: str, panel: ShownPanel) -> None:
        super().__init__()
        self.name = name
        self.tick = TickBox(title, name)
        self.tick.setAccessibleName(tr("Show {title}", title=title))
        self.tick.clicked.connect(lambda on: panel.show_names((name,), on))
        self.lock = QToolButton()
        self.lock.setProperty("kind", "flat")
        self.lock.setCheckable(True)
        self.lock.setAccessibleName(tr("Lock {title}", title=title))
        self.lock.setToolTip(tr("A learner cannot change it: it is not shown, whatever else is."))
        self.lock.setFixedSize(theme.px(26), theme.px(24))
        self.lock.setStyleSheet("padding: 0; min-height: 0;")
        self.lock.clicked.connect(lambda on: panel.lock_name(name, on))
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.px(24), 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self.tick, 1)
        row.addWidget(self.lock)


class ShownPanel(QWidget):
    """Of the step in hand; what there is to tick is what the window offers for the run in front."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._studio, self._writer = studio, studio.writer
        self._groups: list[ShownGroup] = []
        self._heads: dict[str, TickBox] = {}
        self.lines: dict[str, _Line] = {}
        """The control's name to its line, from top to bottom."""
        self.which = Segmented(
            [
                ("all", tr("Everything"), tr("A learner sees all of the program.")),
                ("some", tr("What is ticked"), tr("The rest is hidden.")),
            ],
            tr("What a learner sees"),
        )
        self.which.chosen.connect(self._choose)
        self.filter = QLineEdit()
        self.filter.setPlaceholderText(tr("Find a control"))
        self.filter.setAccessibleName(tr("Find a control"))
        self.filter.textChanged.connect(lambda _: self._filter())
        self.note = dim("", wrap=True)
        self._holder = QWidget()
        self._column = QVBoxLayout(self._holder)
        self._column.setContentsMargins(0, 0, 8, 0)
        self._column.setSpacing(0)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(self._holder)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.which, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.note)
        column.addWidget(self.filter)
        column.addWidget(area, 1)
        theme.follow(self._restyle)

    @property
    def controls(self) -> Tree:
        return {"which": self.which, "find": self.filter, "show": {name: line.tick for name, line in self.lines.items()},
                "lock": {name: line.lock for name, line in self.lines.items()}}  # fmt: skip

    def refresh(self) -> None:
        """Show what the step in hand shows."""
        step = self._writer.step
        if step is None or not self.isVisible():
            return
        shown, locked = step.parts.words("show"), step.parts.words("lock")
        offered = [(name, control.title) for name, control in self._studio.controls.offered()]
        found = groups(offered, (*shown, *locked))
        if found != self._groups:
            self._groups = found
            self._rebuild()
        some = bool(shown)
        self.which.show_value("some" if some else "all")
        self.note.setText(
            tr("What is ticked stands below the view; panels come where a step needs them. All is one click away.")
            if some
            else tr("All panels are there. Tick what this step is about, and the rest is put away.")
        )
        for group in found:
            on = [is_named(each.name, shown) for each in group.controls]
            head = self._heads[group.name]
            head.show_partly(all(on), any(on))
            for each, named in zip(group.controls, on, strict=True):
                line = self.lines[each.name]
                line.tick.setChecked(named)
                kept = is_named(each.name, locked)
                line.lock.setChecked(kept)
                line.lock.setIcon(icon("lock" if kept else "unlock", "text" if kept else "dim"))

    def show_names(self, names: Sequence[str], on: bool) -> None:
        """Tick controls, or no more."""
        step = self._writer.step
        if step is not None:
            words = ticked(step.parts.words("show"), names, on, list(self.lines))
            self._writer.set_attributes(show=",".join(words))

    def lock_name(self, name: str, on: bool) -> None:
        """Keep a control from being changed, or no more."""
        step = self._writer.step
        if step is not None:
            words = ticked(step.parts.words("lock"), (name,), on, list(self.lines))
            self._writer.set_attributes(lock=",".join(words))

    def _choose(self, which: str) -> None:
        """All of the program, or at first what most steps need."""
        first = next((name for name in self.lines if name.startswith("sampling.")), next(iter(self.lines), ""))
        self._writer.set_attributes(show="" if which == "all" else first)

    def _rebuild(self) -> None:
        """Lay out what there is to tick. Lines of before are taken again: a hundred of them take half a second to make."""
        while self._column.count():
            self._column.takeAt(0)
        heads, lines, self._heads, self.lines = self._heads, self.lines, {}, {}
        for group in self._groups:
            head = heads.pop(group.name, None) or self._head(group)
            self._heads[group.name] = head
            self._column.addWidget(head)
            for each in group.controls:
                line = lines.pop(each.name, None) or _Line(each.name, each.title, self)
                line.tick.setText(each.title)
                self.lines[each.name] = line
                self._column.addWidget(line)
            self._column.addSpacing(theme.px(6))
        self._column.addStretch(1)
        for gone in (*heads.values(), *lines.values()):
            gone.setParent(None)
            gone.deleteLater()
        self._filter()

    def _head(self, group: ShownGroup) -> TickBox:
        head = TickBox(group.title, tr("All of these, or none."), bold=True)
        head.clicked.connect(lambda _=False: self._tick_group(group.name))
        return head

    def _tick_group(self, group: str) -> None:
        step = self._writer.step
        shown = () if step is None else step.parts.words("show")
        names = [each.name for found in self._groups if found.name == group for each in found.controls]
        self.show_names(names, not all(is_named(name, shown) for name in names))

    def _filter(self) -> None:
        wanted = self.filter.text().lower().split()
        for group in self._groups:
            seen = False
            for each in group.controls:
                there = all(word in f"{each.title} {each.name} {group.title}".lower() for word in wanted)
                self.lines[each.name].setVisible(there)
                seen |= there
            self._heads[group.name].setVisible(seen)

    def _restyle(self) -> None:
        for line in self.lines.values():
            line.lock.setIcon(icon("lock" if line.lock.isChecked() else "unlock", "dim"))

    def showEvent(self, event: object) -> None:
        self.refresh()
