"""The table of an attack: who tells how many pictures right, before and after, and how likely runs find them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QTableWidgetItem

from dgm_studio.language import tr
from dgm_studio.protocol.messages import Attacked
from dgm_studio.studio.compare.adversarial import SHOWN, Witness

from ..controls import WordTable
from ..look import theme

TITLES = {
    "logistic": tr("Linear classifier"),
    "net": tr("Network"),
    "robust": tr("Robust network"),
}
_HEADS = (
    ("", ""),
    ("right", tr("The share of held-out pictures that is told right as they are.")),
    (tr("moved against it"), tr("The share that is told right of pictures moved against this very classifier.")),
    (tr("right on these"), tr("The share that is told right of the pictures moved here.")),
    (tr("log p(x)"), tr("How likely the pictures shown are by this run, on average, in nats.")),
    (tr("on these"), tr("The same once they are moved.")),
)
_ROW = 24


class AdversarialTable(WordTable):
    """A row for each classifier, then for each run that was asked."""

    def __init__(self) -> None:
        super().__init__(tr("Who is fooled"))
        self.setColumnCount(len(_HEADS))
        for column, (head, help) in enumerate(_HEADS):
            item = QTableWidgetItem(head)
            item.setToolTip(help)
            self.setHorizontalHeaderItem(column, item)
        theme.follow(self._fit)

    def show_told(self, told: Attacked, attacked: str, front: Witness | None, others: Sequence[Witness]) -> None:
        """What was told of pictures moved against the classifier ``attacked``, by the run in ``front`` and by others."""
        lines: list[tuple[str, ...]] = []
        for name, (clean, itself, moved) in told.judged.items():
            title, nats = TITLES.get(name, tr("This model")), ("", "")
            if name not in TITLES and front is not None:
                title, nats = front.title, _nats(front)
            lines.append((title, f"{clean:.0%}", "–" if itself is None else f"{itself:.0%}", f"{moved:.0%}", *nats))
            if name == attacked and told.purified_right is not None:
                lines.append((tr("{title}, purified", title=title), "", "", f"{told.purified_right:.0%}", "", ""))
        if front is not None and not told.judged.keys() - TITLES.keys():
            lines.append((front.title, *_found(front, told)))
        lines.extend((one.title, *_found(one, told)) for one in others)
        self.setRowCount(len(lines))
        for row, line in enumerate(lines):
            for column, text in enumerate(line):
                self.write(row, column, text, strong=not column and text == TITLES[attacked])
        self._fit()

    def _fit(self) -> None:
        head = self.horizontalHeader().sizeHint().height()
        self.setFixedHeight(head + self.rowCount() * theme.px(_ROW) + 2 * self.frameWidth() + 8)


def _nats(one: Witness) -> tuple[str, str]:
    """What a run says of how likely the pictures shown are, before and after."""
    found = one.log_density()
    if found is None:
        return ("…", "…") if one.ticket else ("–", "–")
    kind = "" if one.found is None or one.found.kind in ("", "exact") else f" ({one.found.kind})"
    before, after = (f"{nats:,.1f}".replace("-", "−") for nats in found)
    return before + kind, after


def _found(one: Witness, told: Attacked) -> tuple[str, str, str, str, str]:
    """The cells of a run; what it tells right is told of the pictures shown only."""
    right, waiting = one.right(told), "…" if one.ticket else "–"
    first, then = (
        (waiting, waiting) if right is None else (tr("{each:.0%} of {shown}", each=each, shown=SHOWN) for each in right)
    )
    return (first, "", then, *_nats(one))
