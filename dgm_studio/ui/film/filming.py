"""Filming a saved run into a file, without a display and without the settings of a person."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication

from dgm_studio.studio.files.settings import Places
from dgm_studio.studio.film.choice import FilmChoice
from dgm_studio.studio.film.film_file import film_file
from dgm_studio.studio.film.offstage import LessonPlace, Offstage

from ..app import make_application
from ..look import theme
from .shooting import frames

LAYOUT_HEIGHT = 720
"""Films that are higher are laid out as one of this height and drawn with more pixels."""


@contextmanager
def offstage(run: Path | LessonPlace, look: str, height: int = LAYOUT_HEIGHT) -> Iterator[Offstage]:
    """The runs of a file, or of a step of a lesson, where no screen is, with the look ``light`` or ``dark``. Raises BadFilm
    where they cannot be read.
    """
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    if QApplication.instance() is None:  # Qt reads it once
        os.environ.setdefault("QT_SCALE_FACTOR", str(max(1.0, height / LAYOUT_HEIGHT)))
    app = make_application()
    with tempfile.TemporaryDirectory() as home:
        theme.apply(app, look)
        places = Places()  # families of one's own stay where they are
        places.settings, places.tray, places.autosave = (
            Path(home) / name for name in ("settings.json", "runs", "autosave")
        )
        made = Offstage(places)
        try:
            if isinstance(run, LessonPlace):
                made.open_step(run)
            else:
                made.open(run)
            yield made
        finally:
            made.studio.close()
            app.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def film(
    run: Path | LessonPlace,
    choice: FilmChoice,
    out: Path,
    tell: Callable[[int, int], None],
    ends: tuple[int, int] = (0, 1),
) -> None:
    """Film a saved run, a comparison or a step of a lesson into ``out``; ``tell(frame, count)`` after each frame. Raises
    BadFilm, OSError.
    """
    choice.check(out)
    with offstage(run, choice.theme, choice.size[1]) as place:
        count = choice.count
        with film_file(
            out, choice.size, count, choice.fps, loop=choice.loop, alpha=choice.transparent
        ) as file:  # fmt: skip
            for number, pixels in enumerate(frames(place, choice, ends), start=1):
                file.add(pixels)
                tell(number, count)
