"""Method box: the methods by which a run fills in what is hidden, the careful one first in front; there are some to choose from
or it is hidden."""

from __future__ import annotations

from dgm_studio.language import tr
from dgm_studio.protocol.messages import RunInfo, SamplerInfo

from ..controls import ComboBox


class MethodBox(ComboBox):
    """``activated`` on a person's choice, as of any box."""

    def __init__(self) -> None:
        super().__init__()
        self._methods: dict[str, SamplerInfo] = {}
        self.setAccessibleName(tr("Method of filling in"))
        self.setSizeAdjustPolicy(ComboBox.SizeAdjustPolicy.AdjustToContents)
        self.currentIndexChanged.connect(lambda _: self._say())

    @property
    def method(self) -> str:
        """The name of the chosen one, empty where there is none."""
        return str(self.currentData() or "")

    def show_info(self, info: RunInfo) -> None:
        """The methods of another run; what is chosen stays where it has the same."""
        methods = {m.name: m for m in info.methods_for("mask")}
        careful = info.careful("mask")
        if methods.keys() != self._methods.keys():
            self.clear()
            for name, each in methods.items():
                self.addItem(f"{each.title} · {tr(each.honesty)}", name)
            self.setCurrentIndex(max(0, self.findData(careful.name if careful else "")))
        self._methods = methods
        self.setVisible(len(methods) > 1)
        self._say()

    def _say(self) -> None:
        told = self._methods.get(self.method)
        self.setToolTip("" if told is None else told.help)
