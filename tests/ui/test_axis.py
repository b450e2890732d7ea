"""Our axis shows what pyqtgraph's does, also after the view has moved."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from dgm_studio.ui.look.axis import Axis


def pixels(plot: pg.PlotWidget) -> np.ndarray:
    image = plot.grab().toImage().convertToFormat(QImage.Format.Format_Grayscale8)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : image.width()].astype(float)


def test_lines_and_labels_stand_where_pyqtgraph_puts_them(qtbot: QtBot, nothing_left_on_screen: None) -> None:
    plots = []
    for kind in (Axis, pg.AxisItem):
        plot = pg.PlotWidget(axisItems={side: kind(side) for side in ("left", "bottom")})
        qtbot.addWidget(plot)
        plot.resize(300, 200)
        plot.showGrid(x=True, y=True, alpha=0.5)
        plots.append(plot)
    seen = []
    for view in ((-1.0, 1.0), (200.0, 1300.0)):
        for plot in plots:
            plot.setXRange(*view)
            plot.setYRange(*view)
        ours, theirs = map(pixels, plots)
        bare = np.median(theirs)
        drawn = np.abs(theirs - bare).sum()
        assert np.abs(ours - theirs).sum() < 0.15 * drawn  # of labels a fraction of a pixel may be between
        seen.append(ours)
    assert np.abs(seen[0] - seen[1]).sum() > 0.3 * drawn
