"""The table of a shoot-out: a row for each contender and one for the original, a column for each model that scores."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from dgm_studio.language import tr
from dgm_studio.protocol.messages import Array
from dgm_studio.studio.compare.shoot_out import ORIGINAL, Contender, ShootOut, best_by, summary

from ..controls import Tree, button, dim, label, separator
from ..images.tiles import Tiles
from ..look import theme
from ..look.icons import icon

TILE = 60
_WHO, _NUMBER, _SCORE = 248, 88, 86
_NONE = np.zeros((0, 1, 1), np.uint8)
_DISTANCE_HELP = tr(
    "Root mean square difference from the original where the mask generates, in shares of the grey range: the best "
    "answer, and the mean of all. An answer can be good and differ, where the known part leaves a choice."
)
_KINDS = {
    "lower bound": tr("at least"),
    "estimate": "estimate",
    "unnormalised": tr("up to a constant"),
    "exact": "exact",
}
_SCORE_HELP = (
    "Log-likelihood of the whole picture in nats by {title} ({kind}): the mean over the answers; more is likelier. "
    "Compare within this column: another model counts in units of its own."
)


class _Row:
    """The widgets of one contender: who it is over its answers, and at the right its numbers."""

    def __init__(self, title: str) -> None:
        self.title = label(title, "title")
        self.method = dim("", wrap=True)
        self.problem = label("", "warn", wrap=True)
        self.tiles = Tiles(
            tr("Answers of {title}", title=title), align=Qt.AlignmentFlag.AlignLeft, limit=theme.px(TILE)
        )
        self.tiles.pickable = False
        self.tiles.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.tiles.setFixedHeight(theme.px(TILE) + 4)
        self.distance = label()
        self.scores: dict[str, QLabel] = {}
        self.who = QWidget()
        self.head = QHBoxLayout()
        self.head.setSpacing(4)
        self.head.addWidget(self.title)
        column = QVBoxLayout(self.who)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(self.head)
        for each in (self.method, self.problem, self.tiles):
            column.addWidget(each)

    def numbers(self) -> Sequence[QLabel]:
        return (self.distance, *self.scores.values())

    def show_images(self, images: Array, expected: bool) -> None:
        """Its answers; room is kept for those that are to come."""
        self.tiles.show_images(images, columns=max(1, len(images)))
        self.tiles.setVisible(expected or len(images) > 0)


class ShootOutTable(QWidget):
    """``dropped`` with the name of a contender that is to leave."""

    dropped = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[str, _Row] = {}
        self._drops: dict[str, QPushButton] = {}
        self._shape: tuple[object, ...] = ()
        self._body = QWidget()
        self._outer = QVBoxLayout(self)
        self._outer.setContentsMargins(0, 0, 0, 0)
        self._outer.addWidget(self._body)
        self._outer.addStretch(1)

    @property
    def controls(self) -> Tree:
        return {"answers": {name: row.tiles for name, row in self.rows.items()}, "drop": self._drops}

    def show_shoot_out(self, shoot: ShootOut) -> None:
        """Everybody who takes part, what each answered, and what the others think of it."""
        contenders, scorers = shoot.contenders, shoot.scorers
        with_original = shoot.original is not None
        shape = (
            tuple((c.name, c.title) for c in contenders),
            tuple((s.name, shoot.kinds.get(s.name, "")) for s in scorers),
            with_original,
            theme.scale(),
            theme.tokens().name,
        )
        if shape != self._shape:
            self._shape = shape
            self._build(shoot, contenders, scorers)
        for one in contenders:
            self._fill(self.rows[one.name], one)
        if with_original and shoot.original is not None:
            self.rows[ORIGINAL].show_images(shoot.original[None], expected=True)
        nearest = {one: best_by({c.name: c.distance for c in contenders}, True, one) for one in (False, True)}
        for c in contenders:
            _say_distance(self.rows[c.name].distance, c, nearest)
        for scorer in scorers:
            likeliest = best_by({c.name: c.log_density.get(scorer.name) for c in contenders}, False, True)
            waiting = shoot.is_scoring(scorer.name)
            for name, values in (
                *((c.name, c.log_density.get(scorer.name)) for c in contenders),
                (ORIGINAL, shoot.original_log_density.get(scorer.name)),
            ):
                if name in self.rows:
                    _say_score(self.rows[name].scores[scorer.name], values, waiting, name == likeliest)

    # --- how it is made ---------------------------------------------------------------------------------------------

    def _build(self, shoot: ShootOut, contenders: Sequence[Contender], scorers: Sequence[Contender]) -> None:
        """The grid anew: who takes part or who scores has changed."""
        body = QWidget()
        grid = QGridLayout(body)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(0, 1)
        grid.setColumnMinimumWidth(0, theme.px(_WHO))
        self._head(grid, shoot, scorers)
        self.rows, self._drops = {}, {}
        named = [(c.name, c.title, c.kept) for c in contenders]
        if shoot.original is not None:
            named.append((ORIGINAL, tr("Original"), False))
        for at, (name, title, kept) in enumerate(named):
            row = self.rows[name] = _Row(title)
            row.scores = {scorer.name: label() for scorer in scorers}
            row.problem.hide()
            if kept:
                row.head.addWidget(self._drop_button(name, title))
            row.head.addStretch(1)
            line = 2 * at + 1
            grid.addWidget(separator(), line, 0, 1, 2 + len(scorers))
            grid.addWidget(row.who, line + 1, 0)
            for column, number in enumerate(row.numbers(), 1):
                grid.addWidget(number, line + 1, column)
        if shoot.original is not None:
            self.rows[ORIGINAL].method.setText(tr("for comparison"))
        self._outer.replaceWidget(self._body, body)
        self._body.hide()
        self._body.deleteLater()
        self._body = body

    def _head(self, grid: QGridLayout, shoot: ShootOut, scorers: Sequence[Contender]) -> None:
        heads = [
            (
                tr("contender and its answers"),
                tr("A trained run, the method by which it fills the mask, and what it makes of it."),
                0,
            ),
            (tr("distance\nbest / mean"), _DISTANCE_HELP, _NUMBER),
            *((*_score_head(s, shoot.kinds.get(s.name, s.opened.info.density or "")), _SCORE) for s in scorers),
        ]
        for column, (text, help, width) in enumerate(heads):
            head = label(text, "small")
            head.setToolTip(help)
            head.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom)
            if width:
                head.setFixedWidth(theme.px(width))
                head.setWordWrap(True)
            grid.addWidget(head, 0, column)

    def _drop_button(self, name: str, title: str) -> QPushButton:
        made = button("", tr("Remove {title} from the shoot-out.", title=title), "link", icon("close", "dim"))
        made.clicked.connect(self._dropper(name))
        self._drops[name] = made
        return made

    def _dropper(self, name: str) -> Callable[[], None]:
        return lambda: self.dropped.emit(name)

    def _fill(self, row: _Row, one: Contender) -> None:
        answer = one.filled
        row.method.setText(said(one))
        row.problem.setText(one.problem)
        row.problem.setVisible(bool(one.problem))
        row.show_images(_NONE if answer is None else answer.x, expected=bool(one.ticket))


def said(one: Contender) -> str:
    """Who a contender is, and how it answers."""
    parts = [] if one.kept else [tr("in front")]
    method = one.opened.info.careful("mask")
    if one.filled is not None:
        title = next((w.title for w in one.opened.info.methods if w.name == one.filled.method), one.filled.method)
        parts += [title, tr(one.filled.honesty)]
        if one.ticket:
            parts.append(f"{one.filled.progress:.0%}")
    elif one.ticket:
        parts.append(tr("waiting for its turn"))
    elif method is not None and not one.problem:
        parts += [method.title, tr(method.honesty)]
    return " · ".join(part for part in parts if part)


def _score_head(scorer: Contender, kind: str) -> tuple[str, str]:
    family = scorer.title.split(" · ")[0]
    word = _KINDS.get(kind, kind)
    return tr("log p by\n{family}\n{word}", family=family, word=word), _SCORE_HELP.format(title=scorer.title, kind=word)


def _bold(where: QLabel, on: bool) -> None:
    font = QFont(where.font())
    font.setWeight(QFont.Weight.Bold if on else QFont.Weight.Normal)
    where.setFont(font)


def _say_distance(where: QLabel, one: Contender, nearest: dict[bool, str]) -> None:
    if one.distance is None:
        where.setText("…" if one.ticket else "–")
        where.setToolTip("")
        _bold(where, False)
        return
    best, mean = summary(one.distance, lower=True)
    words = [f"{best:.3f}", f"{mean:.3f}"]
    is_best = [one.name == nearest[False], one.name == nearest[True]]
    where.setTextFormat(Qt.TextFormat.RichText)
    where.setText(" / ".join(f"<b>{w}</b>" if b else w for w, b in zip(words, is_best, strict=True)))
    where.setToolTip(tr("Of each answer: ") + ", ".join(f"{v:.3f}" for v in one.distance))


def _say_score(where: QLabel, values: Array | None, waiting: bool, best: bool) -> None:
    if values is None or not len(values):
        where.setText("…" if waiting else "–")
        where.setToolTip("")
        _bold(where, False)
        return
    where.setText(f"{summary(values, lower=False)[1]:,.1f}".replace("-", "−"))
    where.setToolTip(tr("Nats of each picture: ") + ", ".join(f"{v:,.1f}" for v in values).replace("-", "−"))
    _bold(where, best)
