"""Notices: quiet cards below the view, in a strip of their own, so that they never cover what floats on it."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from dgm_studio.language import tr
from dgm_studio.studio.notices import Notice
from dgm_studio.studio.session.session import tab_of
from dgm_studio.studio.studio import Studio

from ..binding import bind
from ..controls import Tree, button, dim, label
from ..look import theme
from ..look.icons import icon
from ..naming import join

SHOWN = 2
LINGER_MS = 6000
LONG = 140
"""Letters of an advice that are shown at once."""


class Advice(QWidget):
    """What to do. Of a long one the first sentence, and the rest when it is asked for, so that what is seen keeps its room."""

    def __init__(self, advice: str) -> None:
        super().__init__()
        self._advice = advice
        first, _, rest = advice.partition(". ")
        folded = bool(rest) and len(advice) > LONG
        self.words = dim(f"{first}." if folded else advice, wrap=True)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self.words, 1)
        self.more: QPushButton | None = None
        if folded:
            self.more = button(tr("More"), advice, "link")
            self.more.clicked.connect(self.unfold)
            row.addWidget(self.more, 0, Qt.AlignmentFlag.AlignTop)

    def unfold(self) -> None:
        """Show all of it."""
        self.words.setText(self._advice)
        if self.more is not None:
            self.more.hide()


class NoticeCard(QFrame):
    """One notice: its level as a shape, the message, what to do, an action where there is one."""

    def __init__(self, notice: Notice, studio: Studio) -> None:
        super().__init__()
        self._studio, self.notice = studio, notice
        self.setProperty("surface", "overlay")
        self.setAccessibleName(notice.message)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 6, 6, 6)
        row.setSpacing(10)
        self._sign = QLabel()
        row.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(2)
        times = tr(" ({count} times)", count=notice.count) if notice.count > 1 else ""
        self.message = label(f"{notice.message}{times}", wrap=True)
        words.addWidget(self.message)
        self.advice: Advice | None = None
        if notice.advice:
            self.advice = Advice(notice.advice)
            words.addWidget(self.advice)
        row.addLayout(words, 1)
        self.action: QPushButton | None = None
        if notice.command and notice.command in studio.commands:
            command = studio.commands[notice.command]
            # A command that switches, such as "Train or pause", is offered for its first half.
            self.action = button(command.title.partition(" or ")[0], command.help)
            self.action.clicked.connect(self._act)
            row.addWidget(self.action, 0, Qt.AlignmentFlag.AlignTop)
        self.close_button = button("", tr("Dismiss this notice."), "flat")
        self.close_button.setAccessibleName(tr("Dismiss"))
        self.close_button.clicked.connect(lambda: studio.dismiss(notice.number))
        row.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
        theme.follow(self._restyle)

    @property
    def controls(self) -> Tree:
        found: dict[str, QWidget] = {"dismiss": self.close_button}
        if self.action is not None:
            found["act"] = self.action
        if self.advice is not None and self.advice.more is not None:
            found["more"] = self.advice.more
        return found

    def _act(self) -> None:
        studio, slot = self._studio, self.notice.about[0]
        if slot in studio.session.slots and slot != studio.session.front:  # commands act on the run that is steered
            studio.set_workspace(tab_of(slot))
            studio.comparison.choose(slot)
        self._studio.commands.run(self.notice.command)
        self._studio.dismiss(self.notice.number)

    def _restyle(self) -> None:
        level = self.notice.level
        self._sign.setPixmap(icon(level, {"info": "accent"}.get(level, level)).pixmap(18, 18))
        self.close_button.setIcon(icon("close", "dim"))


class NoticeStrip(QWidget):
    """The newest notices; those that only inform leave by themselves."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._studio = studio
        self.cards: list[NoticeCard] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(12, 6, 12, 6)
        self._column.setSpacing(6)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._expire)
        bind(self, studio, "notice", self.show_notices)
        self.show_notices(studio.notices.items)
        join(studio.controls, self)

    @property
    def controls(self) -> Tree:
        return {"notices": {str(card.notice.number): card for card in self.cards}}

    def show_notices(self, notices: list[Notice]) -> None:
        wanted = notices[-SHOWN:]
        if [card.notice for card in self.cards] != wanted:
            for card in self.cards:
                self._column.removeWidget(card)
                card.hide()
                card.deleteLater()
            self.cards = [NoticeCard(notice, self._studio) for notice in wanted]
            for card in self.cards:
                self._column.addWidget(card)
        self.setVisible(bool(wanted))
        if any(passing(n) for n in notices):
            self._timer.start(LINGER_MS)

    def _expire(self) -> None:
        for notice in [n for n in self._studio.notices.items if passing(n)]:
            self._studio.dismiss(notice.number)


def passing(notice: Notice) -> bool:
    """Whether a notice may leave by itself: it only informs and asks for nothing."""
    return notice.level == "info" and not notice.command
