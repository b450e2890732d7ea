"""The pictures of the README, made by the program itself: `python -m benchmarks.screenshots [NAME ...] [--out FOLDER]`.

Each opens the real window, does what a person would do, waits until everything is drawn, and grabs it. Training is
counted in steps, so that a slow machine takes longer and not worse pictures; all four take some ten minutes.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .surroundings import surroundings

if TYPE_CHECKING:
    from dgm_studio.ui.main_window import MainWindow

SIZE = (1440, 900)


@dataclass(frozen=True)
class Picture:
    """What is shown, in which look."""

    name: str
    look: str
    show: Callable[[MainWindow, float], None]


def plane(window: MainWindow, effort: float) -> None:
    """The default session, trained; a point of the plane probed."""
    from .window import train_to

    window.studio.toggle_layer("path")
    train_to(window.studio, round(3000 * effort))
    window.plane.canvas.clicked.emit(0.5, 0.25)


def mosaic(window: MainWindow, effort: float) -> None:
    """Digits by diffusion, a row per class."""
    from .window import train_to

    _open(window, "digits", "diffusion", conditional=True)
    window.studio.set_sampling(count=100)
    train_to(window.studio, round(2000 * effort))


def latent(window: MainWindow, effort: float) -> None:
    """The latent plane of a VAE on digits, the point dragged to a place."""
    from .window import settle, train_to, wait_for

    studio = window.studio
    _open(window, "digits", "vae", conditional=False)
    train_to(studio, round(4000 * effort))
    studio.set_image_view("latent")
    wait_for(lambda: studio.run.latents is not None, studio)
    settle()
    window._images.latent.plane.drag(0.8, -0.5)
    wait_for(lambda: studio.run.decoded is not None, studio)


def paint(window: MainWindow, effort: float) -> None:
    """The lower half of a glyph masked with the brush, and what diffusion makes of it."""
    from dgm_studio.studio.brush import Brush

    from .window import train_to, wait_for

    studio = window.studio
    _open(window, "glyphs", "diffusion", conditional=True)
    train_to(studio, round(4000 * effort))
    studio.set_image_view("paint")
    view = window._images.paint
    view.start_from(studio.run.data.x[7])
    canvas = view.canvas
    height, width = canvas.shape
    canvas.begin((0.15 * width, 0.72 * height), Brush(size=round(0.36 * height)))
    for i in range(1, 41):
        t = i / 40
        canvas.move((width * (0.15 + 0.7 * t), height * (0.72 + 0.05 * math.sin(7 * t))))
    canvas.end()
    view.fill()
    wait_for(lambda: studio.run.filled is not None and studio.run.filled.done, studio)
    view.candidates.picked.emit(1)


PICTURES = (
    Picture("studio-2d-dark", "dark", plane),
    Picture("studio-images-light", "light", mosaic),
    Picture("studio-latent", "dark", latent),
    Picture("studio-paint", "light", paint),
)


def _open(window: MainWindow, data: str, family: str, *, conditional: bool) -> None:
    """The images workspace with a run of this family on this data."""
    from dgm_studio.engine.spec import DataChoice

    from .window import wait_for

    studio = window.studio
    studio.set_workspace("images")
    studio.set_spec(data=DataChoice(name=data), family=family, conditional=conditional)

    def there() -> bool:
        spec = studio.resolved
        return spec is not None and (spec.data.name, spec.family, spec.conditional) == (data, family, conditional)

    wait_for(there, studio)


def render(picture: Picture, folder: Path, effort: float) -> Path:
    """Open the window, show, grab. Raises OSError when the picture cannot be written."""
    from .window import open_window, run_for, settle

    path = folder / f"{picture.name}.png"
    with open_window(picture.look, SIZE) as window:
        picture.show(window, effort)
        settle()
        for notice in list(window.studio.notices.items):
            window.studio.dismiss(notice.number)
        run_for(0.5)
        if not window.grab().save(str(path), "PNG"):
            raise OSError(f"{path} could not be written")
    return path


def main() -> None:
    names = [p.name for p in PICTURES]
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.screenshots", description="Render the README's pictures."
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which: {', '.join(names)}; all when none is named")
    parser.add_argument("--out", type=Path, default=Path("docs/images"), help="folder (%(default)s)")
    parser.add_argument("--quick", action="store_true", help="hardly any training, to see that it works")
    options = parser.parse_args()
    if unknown := set(options.names) - set(names):
        parser.error(f"there is no picture {unknown.pop()!r}; there is {', '.join(names)}")
    options.out.mkdir(parents=True, exist_ok=True)
    with surroundings():
        for picture in PICTURES:
            if not options.names or picture.name in options.names:
                path = render(picture, options.out, 0.02 if options.quick else 1.0)
                print(f"{path}: {path.stat().st_size / 1024:.0f} KiB", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
