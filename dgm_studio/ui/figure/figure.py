"""Figures of what a studio shows, laid out anew at their own size and in their own look, whatever is on screen."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image, PngImagePlugin
from PySide6.QtCore import QEvent
from PySide6.QtGui import QFont, QImage
from PySide6.QtWidgets import QWidget

from dgm_studio import atomic
from dgm_studio.language import tr
from dgm_studio.studio.figure.caption import Caption, caption_of
from dgm_studio.studio.figure.choice import DOTS_PER_INCH, BadFigure, FigureChoice
from dgm_studio.studio.film.choice import FilmChoice
from dgm_studio.studio.studio import Studio

from ..film.scenes import Scene
from ..film.stage import Stage
from ..look import theme
from ..look.plots import Plot
from .curve_scene import CurveScene, ShownCurves, curves_of
from .vectors import drawn_as_vectors, painters, pdf_of, svg_of

LOOKS = {"paper": theme.PAPER, "light": theme.LIGHT, "dark": theme.DARK}
_EDGE = 3
_QUICKLY = 3
"""How much is tried to make a PNG small: of ten million pixels a sixth larger than usual, in three fifths of the time."""


def seen(studio: Studio) -> tuple[str, ...]:
    """The slots of which a figure is made: the cells of a comparison, else what is steered. Raises BadFigure."""
    slots = studio.session.cells if studio.workspace == "compare" else (studio.session.front,)
    if not slots or any(studio.runs[slot].opened is None for slot in slots):
        raise BadFigure(tr("There is nothing to be drawn yet."))
    return slots


@contextmanager
def laid_out(studio: Studio, choice: FigureChoice, drawn: Callable[[Stage], None] = lambda _: None) -> Iterator[Stage]:
    """The page of a figure of what is known now, or once ``drawn`` has let the engine draw it. No event of the window may be
    let through before it is left. Raises BadFigure.
    """
    slots = seen(studio)
    asked = FilmChoice(size=choice.layout, title=False, number=False, legend=choice.legend, extent=choice.extent)
    if choice.view != "samples":
        slots = slots[:1]
    make = None if choice.view == "samples" else partial(_curves, curves_of(studio, slots[0], choice.view))
    with theme.worn(LOOKS[choice.theme]):
        stage = Stage(studio, slots, asked, make, _EDGE)
        try:
            drawn(stage)
            for scene in stage.scenes.values():
                scene.show_time(studio.session.time)
            stage.show_moment("")
            for scene in stage.scenes.values():
                scene.draw_finely(choice.ratio)
            _set_letters(stage, choice)
            stage.show_moment("")
            yield stage
        finally:
            stage.close()
            stage.deleteLater()


def _curves(shown: ShownCurves, slot: str) -> Scene:
    return CurveScene(shown)


def _set_letters(stage: Stage, choice: FigureChoice) -> None:
    """The letters of a figure, which every renderer places as they are."""
    font = QFont("DejaVu Serif" if choice.serif else stage.font().family())
    if choice.serif:
        font.setStyleHint(QFont.StyleHint.Serif)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    font.setPixelSize(11)
    colour = LOOKS[choice.theme].text
    stage.setStyleSheet(f'QLabel {{ font-family: "{font.family()}"; font-size: 11px; color: {colour}; }}')
    for scene in stage.scenes.values():
        for plot in scene.findChildren(Plot):
            for side in ("left", "bottom"):
                axis = plot.item.getAxis(side)
                axis.setTickFont(font)
                axis.label.setFont(font)
    for each in stage.findChildren(QWidget):
        each.setFont(font)


def write(studio: Studio, choice: FigureChoice, path: Path, drawn: Callable[[Stage], None] = lambda _: None) -> Caption:
    """Draw what a studio shows now into ``path``, and say what it is. Raises BadFigure, OSError."""
    choice.check(path)
    content, caption = written(studio, choice, path.suffix.lower(), drawn)
    atomic.write(path, content)
    return caption


def written(
    studio: Studio, choice: FigureChoice, ending: str, drawn: Callable[[Stage], None] = lambda _: None
) -> tuple[bytes, Caption]:
    """The content of the file of a figure, and what it is. Raises BadFigure."""
    with laid_out(studio, choice, drawn) as stage:
        runs = [(studio.runs[slot], studio.session.spec(slot)) for slot in stage.slots]
        caption = caption_of(runs, studio.session, studio.catalogue, choice.view)
        return _bytes(stage, choice, ending, caption), caption


def write_as_seen(view: QWidget, studio: Studio, choice: FigureChoice, path: Path) -> Caption:
    """The same of a view as it is on screen, in the look that was chosen. Raises BadFigure, OSError."""
    choice.check(path)
    runs = [(studio.runs[slot], studio.session.spec(slot)) for slot in seen(studio)]
    caption = caption_of(runs, studio.session, studio.catalogue)
    look = LOOKS[choice.theme]
    with nullcontext() if look is theme.tokens() else theme.dressed(look):
        _lay_out(view)
        content = _as_seen(view, choice, path.suffix.lower(), caption)
    atomic.write(path, content)
    return caption


def _lay_out(view: QWidget) -> None:
    """Let what a view has made anew be shown and find its place, and nothing else happen."""
    for each in (view, *view.findChildren(QWidget)):
        theme.application().sendPostedEvents(each, QEvent.Type.MetaCall)
    for each in reversed((view, *view.findChildren(QWidget))):
        theme.application().sendPostedEvents(each, QEvent.Type.LayoutRequest)


def _as_seen(view: QWidget, choice: FigureChoice, ending: str, caption: Caption) -> bytes:
    across, said = choice.layout[0] / view.width(), f"{caption.alternative} {caption.provenance}"
    if ending == ".png":
        return png_of(grabbed(view, across * choice.ratio), caption)
    if ending == ".pdf":
        return pdf_of(view, caption.title, said, across)
    return svg_of(view, painters(view), theme.tokens().colour("plot"), caption.title, said, across, alone=True)


def grabbed(view: QWidget, ratio: float) -> QImage:
    """A view as it is on screen, with so many pixels for each logical one."""
    image = QImage(round(view.width() * ratio), round(view.height() * ratio), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    image.fill(theme.tokens().colour("plot"))
    with drawn_as_vectors(view, ratio):
        QWidget.render(view, image)
    image.setDevicePixelRatio(1.0)
    return image


def drawn_image(studio: Studio, choice: FigureChoice, ratio: float) -> QImage:
    """The same as pixels, so many for each unit of the layout, for the clipboard. Raises BadFigure."""
    with laid_out(studio, choice) as stage:
        return _pixels(stage, ratio)


def _bytes(stage: Stage, choice: FigureChoice, ending: str, caption: Caption) -> bytes:
    if ending == ".svg":
        ground = LOOKS[choice.theme].colour("plot")
        return svg_of(stage, _parts(stage), ground, caption.title, f"{caption.alternative} {caption.provenance}")
    if ending == ".pdf":
        return pdf_of(stage, caption.title, f"{caption.alternative} {caption.provenance}")
    return png_of(_pixels(stage, choice.ratio), caption)


def png_of(image: QImage, caption: Caption) -> bytes:
    """A picture with 300 dots per inch, and what it shows among its texts."""
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    pixels = rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3)
    said, buffer = PngImagePlugin.PngInfo(), io.BytesIO()
    for name, text in (
        (tr("Title"), caption.title),
        (tr("Description"), caption.alternative),
        (tr("Source"), caption.provenance),
    ):
        said.add_itxt(name, text)
    dots = (DOTS_PER_INCH, DOTS_PER_INCH)
    Image.fromarray(pixels).save(buffer, "PNG", dpi=dots, pnginfo=said, compress_level=_QUICKLY)
    return buffer.getvalue()


def _pixels(stage: Stage, ratio: float) -> QImage:
    with drawn_as_vectors(stage, ratio):
        image = stage.image(ratio)
    image.setDevicePixelRatio(1.0)
    return image


def _parts(stage: Stage) -> Sequence[QWidget]:
    """The widgets that paint, each of which lies in no other of them."""
    parts = [part for scene in stage.scenes.values() for part in scene.parts]
    parts += [name for name in stage.names.values() if name.isVisibleTo(stage)]
    if stage.foot.isVisibleTo(stage):
        parts += [each for each in (stage.layers, stage.keys) if each.isVisibleTo(stage)]
    return parts
