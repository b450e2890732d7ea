"""The files that were used last, as a menu with a picture of each."""

from __future__ import annotations

import zipfile
from functools import partial
from pathlib import Path

from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import QMenu, QProxyStyle, QStyle, QStyleOption, QWidget

from dgm_studio.language import tr
from dgm_studio.studio.files.thumbnail import HEIGHT, MEMBER
from dgm_studio.studio.studio import Studio

from ..look import theme

LARGEST = 1 << 20
"""Bytes of a picture that is looked at."""


class RecentMenu(QMenu):
    """Filled when it is about to be seen; files that are gone are left out."""

    def __init__(self, studio: Studio, parent: QWidget) -> None:
        super().__init__(tr("Open recent"), parent)
        self._studio = studio
        self._style = _LargeIcons()
        self._style.setParent(self)
        self.setStyle(self._style)
        self.setToolTipsVisible(True)
        self.aboutToShow.connect(self.fill)

    def fill(self) -> None:
        """One entry for each file that is there."""
        self.clear()
        for path in map(Path, self._studio.settings.recent):
            if path.is_file():
                action = self.addAction(_image(path), path.name.replace("&", "&&"))
                action.setToolTip(str(path))
                action.triggered.connect(partial(self._open, path))
        if self.isEmpty():
            self.addAction(tr("No file was used yet")).setEnabled(False)

    def _open(self, path: Path, _: bool = False) -> None:
        self._studio.open(path)


class _LargeIcons(QProxyStyle):
    """Icons of a menu as large as half a thumbnail."""

    def pixelMetric(
        self, metric: QStyle.PixelMetric, option: QStyleOption | None = None, widget: QWidget | None = None
    ) -> int:
        if metric == QStyle.PixelMetric.PM_SmallIconSize:
            return theme.px(HEIGHT // 2)
        return super().pixelMetric(metric, option, widget)


def _image(path: Path) -> QIcon:
    """What a file shows of itself; empty where it shows nothing."""
    try:
        with zipfile.ZipFile(path) as file, file.open(MEMBER) as member:
            data = member.read(LARGEST)
    except (OSError, KeyError, ValueError, RuntimeError, zipfile.BadZipFile):
        return QIcon()
    image = QPixmap()
    image.loadFromData(data)
    return QIcon(image)
