"""What the model says of one example: p(y | x) under a prior that can be moved, and whether it has seen anything like it.

Both stand side by side on purpose: a posterior is sure of itself far from all data, a density is not.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtWidgets import QVBoxLayout, QWidget

from dgm_studio.language import tr
from dgm_studio.protocol.messages import Classified, Opened
from dgm_studio.protocol.spec import DataKind
from dgm_studio.studio.reading.posterior import posterior, prior_in_use
from dgm_studio.studio.studio import Studio

from ..controls import Bars, Fold, Heading, Pages, SliderRow, Tree, dim
from ..look import theme
from ..plane.classes import colour
from .captions import CaptionRows

MOST, TOP = 12, 3
"""Of more classes than ``MOST`` only the likeliest few are shown."""
MOST_SLIDERS = 64
"""More classes than this have no prior sliders; the panel scrolls."""
KEPT = 3
"""Sets of sliders that are kept, for models that are gone back to."""
_ASK: dict[DataKind, str] = {
    "points": tr("Click a point to read its class and how likely it is."),
    "images": tr("Click a picture to read its class and how likely it is."),
    "strings": tr("Click a string to read how likely it is."),
    "sounds": tr("Click a sound to read how likely it is."),
    "paths": tr("Of paths no likelihood is read."),
}
_ODD, _UNLIKELY = 3.0, 0.01


class EvidenceSection(QWidget):
    """Bars for the classes, a sentence for the likelihood, and sliders for the prior."""

    def __init__(self, studio: Studio, most: int = MOST) -> None:
        """Shows the ``most`` likely classes; in short, without heading and prior, where that is fewer than usual."""
        super().__init__()
        self._studio, self._most = studio, most
        self._told: Classified | None = None
        self._shares: tuple[float, ...] = ()
        self._heading = Heading(tr("Class and likelihood"))
        self._heading.setVisible(most == MOST)
        self.bars = Bars("p(y | x)")
        self.captions = CaptionRows()
        self.sentence = dim("", wrap=True)
        self.source = dim("", wrap=True)
        self.prior = Fold(tr("prior over classes"))
        self.prior.setToolTip(
            tr(
                "How common each class was held to be before the example was seen, at first as among the data; Bayes' rule "
                "does the rest."
            )
        )
        self._named: tuple[str, ...] = ()
        self._weighed: Pages[_Sliders] = Pages(KEPT)
        self.prior.body.addWidget(self._weighed)
        self.prior.toggled.connect(lambda _: self._show_sliders())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        for each in (self._heading, self.bars, self.captions, self.sentence, self.source, self.prior):
            column.addWidget(each)

    def show_opened(self, opened: Opened | None) -> None:
        """Sliders for the classes of a run; hidden where the model says neither class nor likelihood."""
        info = opened.info if opened else None
        knows = info is not None and (
            info.classifier is not None
            or info.density not in (None, "lower bound")
            or any(slot.embedding for slot in info.context)
        )
        self.setVisible(knows)
        classes = info.classes if info is not None and info.classifier is not None else ()
        self._named = classes if self._most == MOST and 1 < len(classes) <= MOST_SLIDERS else ()
        self.prior.setVisible(bool(self._named))
        self._shares = (info.shares if info is not None else ()) or (1.0,) * len(classes)
        self._show_sliders()
        self.show_classified(None)

    @property
    def sliders(self) -> Sequence[SliderRow]:
        """The weights of the classes, once the fold over them is open."""
        return () if self._weighed.shown is None else self._weighed.shown.rows

    @property
    def controls(self) -> Tree:
        return {"prior": self.prior, "weight": {str(y): row for y, row in enumerate(self.sliders)}}

    def _show_sliders(self) -> None:
        """A slider for each class, made once somebody looks at them."""
        if self.prior.is_open:
            self._weighed.turn(self._named or None, self._make_sliders)
            self._show_weights()

    def _make_sliders(self) -> _Sliders:
        page = _Sliders(self._named)
        for y, row in enumerate(page.rows):
            row.changed.connect(lambda value, y=y: self._moved(y, value))
        return page

    def show_classified(self, told: Classified | None) -> None:
        """Show the answer about the first example it speaks of."""
        self._told = told
        self._draw()

    def show_prior(self) -> None:
        """Show the weights that the session holds."""
        self._show_weights()
        self._draw()

    def _weights(self) -> list[float]:
        """The weights in use, of which the largest is 1 where they are the shares among the data."""
        used = prior_in_use(self._studio.session.prior, self._shares)
        return [w / max(used) for w in used] if used == self._shares else list(used)

    def _show_weights(self) -> None:
        for row, weight in zip(self.sliders, self._weights(), strict=False):
            row.show_value(weight)

    def _moved(self, y: int, value: float) -> None:
        now = self._weights()
        now[y] = value
        self._studio.set_prior(tuple(now))

    def _draw(self) -> None:
        told = self._told
        self.captions.show_captions(None if told is None else told.captions)
        if told is None:
            self.bars.show_shares([], [], [])
            self.sentence.setText(_ASK[self._studio.kind])
            self.source.setText("")
            return
        shown = 0
        if told.evidence is not None:
            p = posterior(told.evidence[0], prior_in_use(self._studio.session.prior, self._shares))
            most = TOP if self._most == MOST and len(p) > MOST else self._most
            best = np.sort(np.argsort(-p, kind="stable")[:most])
            hues = [_hue(int(y), len(told.classes)) for y in best]
            self.bars.show_shares([told.classes[y] for y in best], p[best].tolist(), hues)
            shown = len(best)
        else:
            self.bars.show_shares([], [], [])
        self.sentence.setText(likelihood_said(told))
        more = (
            ""
            if told.evidence is None or shown == told.evidence.shape[1]
            else tr(" The likeliest {shown} are shown.", shown=shown)
        )
        self.source.setText(f"{told.title} ({tr(told.honesty)}).{more}" if told.title else "")


class _Sliders(QWidget):
    """Weights of classes."""

    def __init__(self, classes: Sequence[str]) -> None:
        super().__init__()
        self.rows = [
            SliderRow(name, 0.0, 1.0, step=0.01, help=tr("Weight of {name} before the example was seen.", name=name))
            for name in classes
        ]
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for row in self.rows:
            column.addWidget(row)


def likelihood_said(told: Classified) -> str:
    """One or two sentences on how likely the first example is."""
    if told.log_density is None or told.rank is None or told.untypical is None:
        why = tr("knows only a bound on its density") if told.kind == "lower bound" else tr("has no density")
        return tr("This family {why}, so it cannot say whether it has seen anything like this.", why=why)
    rank, odd = float(told.rank[0]), float(told.untypical[0])
    log_p = f"{float(told.log_density[0]):.2f}".replace("-", "−")
    kind = "" if told.kind == "exact" else f", {told.kind}"
    if rank <= _UNLIKELY:
        place = (
            tr("Less likely than all held-out data")
            if rank == 0
            else tr("Less likely than {value:.0%} of held-out data", value=1 - rank)
        )
    else:
        place = tr("Likelier than {rank:.0%} of held-out data", rank=rank)
    typical = tr(", and untypical: {odd:.1f} standard deviations from the usual", odd=odd) if odd > _ODD else ""
    sure = f" {told.note.rstrip('.')}." if told.note else ""
    return tr(
        "{place}{typical} (log p = {log_p} nats{kind}).{sure}",
        place=place,
        typical=typical,
        log_p=log_p,
        kind=kind,
        sure=sure,
    )


def _hue(y: int, count: int) -> str:
    return colour(y, count, theme.tokens().name)
